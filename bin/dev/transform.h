/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h - the transform engine of Vault Enterprise, as its documentation describes it: FPE and masking.
 * No open server has it, so what it answers where the documentation is silent is this emulator's choice, and
 * so are the patterns of the built-in templates and the order of the built-in alphabets.
 *
 * transform.c has the table and the roles, transform_shape.c templates and alphabets, transform_kind.c
 * transformations, transform_code.c encode and decode.
 */
#ifndef VC__DEV_TRANSFORM_H
#define VC__DEV_TRANSFORM_H

#include "crypto/template.h"
#include "route.h"

typedef struct transform_alphabet {
    vc__alphabet *alphabet;
} transform_alphabet;

typedef struct transform_template {
    char *pattern;
    char *alphabet;              /* its name; empty: none, good for masking only */
    char *encode_format;         /* empty: none */
    json_object *decode_formats; /* NULL: none */
    vc__template *compiled;
} transform_template;

typedef enum transform_type { TRANSFORM_FPE, TRANSFORM_MASKING } transform_type;
typedef enum transform_tweak { TWEAK_SUPPLIED, TWEAK_GENERATED, TWEAK_INTERNAL } transform_tweak;

enum { TRANSFORM_TWEAK = 7 }; /* bytes of tweaks that are made here, and of all of FF3-1's */

typedef struct transform_kind {
    char *name;
    transform_type type;
    char *template; /* its name */
    json_object *allowed_roles;
    transform_tweak tweak;
    bool deletion_allowed;
    uint32_t mask;
    long long max_tweak_len; /* FF1: 0 for any */
    vc__fpe_algorithm algorithm;
    char key[32];
    char own_tweak[TRANSFORM_TWEAK];
} transform_kind;

typedef struct transform {
    dev_names roles;     /* -> json array of transformations */
    dev_names kinds;     /* -> transform_kind */
    dev_names templates; /* -> transform_template, built-in ones too */
    dev_names alphabets; /* -> transform_alphabet, built-in ones too */
} transform;

static inline transform *transform_of(const dev_request *request)
{
    return request->mount->state;
}

/* A glob with stars: allowed_roles, and ?filter= of lists. */
bool transform_glob(const char *pattern, const char *text);

/* LIST of a table, with ?filter=. */
void transform_list(dev_request *request, const dev_names *names);

bool transform_shapes_setup(transform *state, vc_error *err);
void transform_template_free(void *item);
void transform_alphabet_free(void *item);
void transform_kind_free(void *item);

/* The name of the object that the path names: args[0], with "builtin/" before it where the route says so. */
vc_view transform_name(const dev_request *request);

dev_handler transform_template_read, transform_template_write, transform_template_delete,
    transform_template_list;
dev_handler transform_alphabet_read, transform_alphabet_write, transform_alphabet_delete,
    transform_alphabet_list;
dev_handler transform_builtin_write;
dev_handler transform_kind_read, transform_kind_write, transform_kind_delete, transform_kind_list;
dev_handler transform_encode, transform_decode;

#endif
