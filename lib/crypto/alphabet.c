/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/alphabet.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdlib.h>

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char *const builtin_names[] = {
    "builtin/numeric",
    "builtin/alphalower",
    "builtin/alphaupper",
    "builtin/alphanumericlower",
    "builtin/alphanumericupper",
    "builtin/alphanumeric",
    NULL,
};
static const char *const builtin_characters[] = { DIGITS,       LOWER,        UPPER,
                                                  DIGITS LOWER, DIGITS UPPER, DIGITS LOWER UPPER };

enum { ASCII = 128 };

struct entry {
    uint32_t code_point;
    int32_t index;
};

struct vc__alphabet {
    atomic_size_t refs;
    uint32_t size;
    char *characters;
    size_t characters_len;
    int32_t ascii[ASCII];  /* number by code point; -1: none */
    uint32_t *code_points; /* code point by number */
    struct entry *others;  /* those above ASCII, by code point */
    size_t others_count;
};

static int by_code_point(const void *a, const void *b)
{
    const uint32_t x = ((const struct entry *)a)->code_point, y = ((const struct entry *)b)->code_point;
    return (x > y) - (x < y);
}

static vc_code twice(vc_error *err)
{
    return vc__error(err, VC_E_CONFIG, "an alphabet has a character twice");
}

static vc_code fill(vc__alphabet *alphabet, vc_view characters, vc_error *err)
{
    memset(alphabet->ascii, -1, sizeof alphabet->ascii);
    int32_t index = 0;
    for (size_t at = 0; at < characters.len; index++) {
        const uint32_t c = vc__utf8_next(characters, &at);
        alphabet->code_points[index] = c;
        if (c >= ASCII)
            alphabet->others[alphabet->others_count++] = (struct entry){ c, index };
        else if (alphabet->ascii[c] >= 0)
            return twice(err);
        else
            alphabet->ascii[c] = index;
    }
    qsort(alphabet->others, alphabet->others_count, sizeof *alphabet->others, by_code_point);
    for (size_t i = 1; i < alphabet->others_count; i++)
        if (alphabet->others[i].code_point == alphabet->others[i - 1].code_point)
            return twice(err);
    return VC_OK;
}

vc__alphabet *vc__alphabet_new(vc_view characters, vc_error *err)
{
    if (vc__utf8_valid(characters) != characters.len) {
        vc__error(err, VC_E_CONFIG, "an alphabet is not UTF-8");
        return NULL;
    }
    size_t size = 0;
    for (size_t at = 0; at < characters.len; size++)
        (void)vc__utf8_next(characters, &at);
    if (size < 2 || size > VC__ALPHABET_MAX) {
        vc__error(err, VC_E_CONFIG, "an alphabet has 2 to %d characters, not %zu", VC__ALPHABET_MAX, size);
        return NULL;
    }
    vc__autoptr(vc__alphabet) alphabet = vc__calloc(1, sizeof *alphabet);
    if (!alphabet) {
        vc__error_memory(err);
        return NULL;
    }
    atomic_init(&alphabet->refs, 1);
    alphabet->size = (uint32_t)size;
    alphabet->characters_len = characters.len;
    alphabet->characters = vc__memdup(characters.data, characters.len);
    alphabet->code_points = vc__calloc(size, sizeof *alphabet->code_points);
    alphabet->others = vc__calloc(size, sizeof *alphabet->others);
    if (!alphabet->characters || !alphabet->code_points || !alphabet->others) {
        vc__error_memory(err);
        return NULL;
    }
    if (fill(alphabet, characters, err) != VC_OK)
        return NULL;
    return vc__steal(&alphabet);
}

vc__alphabet *vc__alphabet_builtin(vc_view name, vc_error *err)
{
    for (size_t i = 0; builtin_names[i]; i++)
        if (vc__view_is(name, builtin_names[i]))
            return vc__alphabet_new(vc_str(builtin_characters[i]), err);
    vc__error(err, VC_E_NOT_FOUND, "there is no built-in alphabet of that name");
    return NULL;
}

const char *const *vc__alphabet_builtins(void)
{
    return builtin_names;
}

vc__alphabet *vc__alphabet_ref(vc__alphabet *alphabet)
{
    atomic_fetch_add_explicit(&alphabet->refs, 1, memory_order_relaxed);
    return alphabet;
}

void vc__alphabet_unref(vc__alphabet *alphabet)
{
    if (!alphabet || atomic_fetch_sub_explicit(&alphabet->refs, 1, memory_order_acq_rel) != 1)
        return;
    vc__free(alphabet->characters);
    vc__free(alphabet->code_points);
    vc__free(alphabet->others);
    vc__free(alphabet);
}

uint32_t vc__alphabet_size(const vc__alphabet *alphabet)
{
    return alphabet->size;
}

vc_view vc__alphabet_characters(const vc__alphabet *alphabet)
{
    return vc_view_of(alphabet->characters, alphabet->characters_len);
}

int32_t vc__alphabet_index(const vc__alphabet *alphabet, uint32_t code_point)
{
    if (code_point < ASCII)
        return alphabet->ascii[code_point];
    const struct entry wanted = { code_point, 0 };
    const struct entry *found =
        bsearch(&wanted, alphabet->others, alphabet->others_count, sizeof wanted, by_code_point);
    return found ? found->index : -1;
}

void vc__alphabet_append(const vc__alphabet *alphabet, uint32_t index, vc__buf *out)
{
    vc__utf8_append(out, alphabet->code_points[index]);
}
