/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* explicit_bzero() */
#include "schema_warn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vaultcrypt/keyring.h>

enum { KEY_MOST = 256 << 10 }; /* as key sources have it */

/* One of the names of a list with commas. */
static bool lists(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = list; at && *at; at = strchr(at, ',')) {
        at += strspn(at, ", ");
        if (strncmp(at, name, len) == 0 && (!at[len] || at[len] == ',' || at[len] == ' '))
            return true;
    }
    return false;
}

static bool signs(const vc_field *field, const char *name)
{
    return lists(vc_field_option(field, "sign"), name);
}

static bool opens(const vc_field *field, const char *name)
{
    const char *method = vc_field_method(field);
    return (strcmp(method, "hybrid") == 0 || strcmp(method, "rsa-oaep") == 0) &&
           (lists(vc_field_option(field, "key"), name) || lists(vc_field_option(field, "accept"), name));
}

/* The first field that does so with the key. */
static const vc_field *find(const vc_schema *schema, bool (*does)(const vc_field *field, const char *name), const char *name, const vc_rule **rule)
{
    const vc_field *field;
    for (size_t r = 0; (*rule = vc_schema_rule_at(schema, r)); r++)
        for (size_t f = 0; (field = vc_rule_field_at(*rule, f)); f++)
            if (does(field, name))
                return field;
    return NULL;
}

/* A private key that is to be released, by nobody. */
static void warn_of_release(const vc_schema *schema, const vc_schema_key *key, const char *file, void (*line)(void *user, const char *text), void *user)
{
    const vc_schema_origin *origin;
    for (size_t i = 0; !vc_schema_release_option(schema, "url") && (origin = vc_schema_key_private_at(key, i)); i++) {
        char text[1200];
        if (strcmp(vc_schema_origin_kind(origin), "release") != 0)
            continue;
        snprintf(text, sizeof text,
                 "%.300s:%zu: warning: key %.200s: its private key is a `release`, and the schema has no `key_release` that says who releases it: add "
                 "`key_release` with `url`, `maa_endpoint` and `akv_endpoint`",
                 file ? file : "schema", vc_schema_origin_line(origin), vc_schema_key_name(key));
        line(user, text);
        return; /* once for a name */
    }
}

void schema_warn(const vc_schema *schema, const char *file, void (*line)(void *user, const char *text), void *user)
{
    const vc_schema_key *key;
    for (size_t k = 0; (key = vc_schema_key_at(schema, k)); k++) {
        char text[1200];
        const char *name = vc_schema_key_name(key);
        warn_of_release(schema, key, file, line, user);
        const vc_rule *signing, *opening;
        const vc_field *signer = find(schema, signs, name, &signing), *opener = find(schema, opens, name, &opening);
        if (!signer || !opener)
            continue;
        snprintf(text, sizeof text,
                 "%.300s:%zu: warning: key %.200s: it signs (%.100s, %.100s), and others open with it (%.100s, %.100s): who protects is to have no key that "
                 "opens, and looks at all private keys of this name; give the signer a name of its own",
                 file ? file : "schema", vc_schema_key_line(key), name, vc_rule_name(signing), vc_field_path(signer), vc_rule_name(opening),
                 vc_field_path(opener));
        line(user, text);
    }
}

/* -- files ---------------------------------------------------------------------------------------------------------------- */

/* What is wrong with the file, in `why`; false: nothing, or it is none that can be read twice. */
static bool is_wrong(const char *path, char *why, size_t room)
{
    static char text[KEY_MOST]; /* wiped: it may be a private key, by mistake */
    struct stat status;
    ssize_t n = 0;
    size_t len = 0;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return false; /* opening a pipe would already be heard at its other end */
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        snprintf(why, room, "%s", strerror(errno));
        return true;
    }
    const bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    while (regular && len < sizeof text && (n = read(fd, text + len, sizeof text - len)) > 0)
        len += (size_t)n;
    close(fd);
    vc_error err = VC_ERROR_INIT;
    vc_keyring *ring = regular && n >= 0 ? vc_keyring_new(&err) : NULL;
    const vc_code code = ring ? vc_keyring_add_public(ring, "checked", vc_view_of(text, len), &err) : VC_OK;
    explicit_bzero(text, sizeof text);
    vc_keyring_unref(ring);
    snprintf(why, room, "%s", err.message);
    return code == VC_E_ARGUMENT;
}

void schema_warn_files(const vc_schema *schema, const char *file, void (*line)(void *user, const char *text), void *user)
{
    const vc_schema_key *key;
    const char *slash = file ? strrchr(file, '/') : NULL;
    for (size_t k = 0; (key = vc_schema_key_at(schema, k)); k++) {
        const vc_schema_origin *origin;
        for (size_t i = 0; (origin = vc_schema_key_public_at(key, i)); i++) {
            char path[4096], why[600], text[1800];
            const char *name = vc_schema_origin_option(origin, "file");
            if (!name || strcmp(vc_schema_origin_kind(origin), "file") != 0)
                continue;
            const int folder = slash && *name != '/' ? (int)(slash - file + 1) : 0;
            snprintf(path, sizeof path, "%.*s%s", folder, folder ? file : "", name);
            if (!is_wrong(path, why, sizeof why))
                continue;
            snprintf(text, sizeof text, "%.300s:%zu: warning: public key %.200s: %.500s: %s", file ? file : "schema", vc_schema_origin_line(origin),
                     vc_schema_key_name(key), path, why);
            line(user, text);
        }
    }
}
