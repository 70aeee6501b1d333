/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the API, with names in place of what a caller chooses: the lines of the table. */
#include "conformance/row.h"

#include <stdlib.h>
#include <string.h>

/* Behind the mount. `:x` is one part, `*` the rest. The first that fits counts. */
static const char *const transit[] = {
    "keys", "keys/:name", "keys/:name/config", "keys/:name/rotate", "keys/:name/trim", "keys/:name/import",
    "keys/:name/import_version", "keys/:name/soft-delete", "keys/:name/soft-delete-restore", "encrypt/:name", "decrypt/:name", "rewrap/:name", "datakey/:type/:name", "random",
    "random/:bytes", "random/:source/:bytes", "hash", "hash/:algorithm", "hmac/:name", "hmac/:name/:algorithm", "sign/:name",
    "sign/:name/:algorithm", "verify/:name", "verify/:name/:algorithm", "export/:type/:name", "export/:type/:name/:version",
    "backup/:name", "restore", "restore/:name", "wrapping_key", "config/keys", "cache-config", NULL,
};
static const char *const transform[] = {
    "role", "role/:name", "transformation", "transformation/:name", "transformations/:type/:name", "transformations/:type", "template", "template/:name",
    "alphabet", "alphabet/:name", "encode/:role", "decode/:role", "decode/:role/:format", "rewrap/:role", "validate/:role", "metadata/:role",
    "tokenized/:role", "tokens/:role", "tokenization/keys", "tokenization/keys/:name", "tokenization/keys/:name/:verb", "stores/:name", "transformations/:type/:name/import", NULL,
};
static const char *const others[] = {
    "sys/health", "sys/seal-status", "sys/leader", "sys/init", "sys/seal", "sys/unseal", "sys/mounts", "sys/mounts/*", "sys/auth",
    "sys/auth/*", "sys/policies/acl", "sys/policies/acl/:name", "sys/policy", "sys/policy/:name", "sys/capabilities-self", "sys/capabilities",
    "sys/wrapping/:verb", "sys/namespaces", "sys/namespaces/*", "sys/quotas/*", "sys/internal/*", "sys/*",
    "auth/token/:verb", "auth/token/:verb/:name", "auth/approle/login", "auth/approle/role", "auth/approle/role/:name",
    "auth/approle/role/:name/role-id", "auth/approle/role/:name/secret-id", "auth/approle/role/:name/secret-id/*", "auth/approle/role/:name/secret-id-accessor/*",
    "auth/userpass/login/:name", "auth/userpass/users", "auth/userpass/users/:name", "auth/userpass/users/:name/*", "auth/jwt/login", "auth/jwt/config", "auth/jwt/role", "auth/jwt/role/:name",
    "auth/kubernetes/login", "auth/kubernetes/config", "auth/kubernetes/role/:name", "auth/cert/login", "auth/cert/certs", "auth/cert/certs/:name", "auth/:mount/*", "cubbyhole/*", NULL,
};

static size_t part_of(const char *path)
{
    return strcspn(path, "/");
}

static bool fits(const char *template, const char *path)
{
    for (;; template++, path++) {
        if (strcmp(template, "*") == 0)
            return *path != 0;
        const size_t want = part_of(template), have = part_of(path);
        if (template[0] == ':' ? have == 0 : want != have || strncmp(template, path, want) != 0)
            return false;
        template += want;
        path += have;
        if (!*template || !*path)
            return !*template && !*path;
    }
}

static const char *find(const char *const *templates, const char *path)
{
    for (; *templates; templates++)
        if (fits(*templates, path))
            return *templates;
    return NULL;
}

/* The mount may be any: what looks like an engine's path behind the first or second slash is it. */
static char *of_engine(const char *path)
{
    for (const char *rest = strchr(path, '/'); rest; rest = strchr(rest + 1, '/')) {
        const char *found = find(transit, rest + 1);
        if (found && strncmp(path, "transform", 9) != 0 && strncmp(path, "fpe", 3) != 0)
            return text_of("transit/%s", found);
        if ((found = find(transform, rest + 1)))
            return text_of("transform/%s", found);
    }
    return NULL;
}

char *row_endpoint(const suite_row *row)
{
    const char *path = strncmp(row->path, "/v1/", 4) == 0 ? row->path + 4 : row->path;
    const char *query = strchr(path, '?');
    char *plain = text_of("%.*s", query ? (int)(query - path) : (int)strlen(path), path);
    const char *method = strcmp(row->method, "PUT") == 0 ? "POST" : row->method;
    if (strcmp(method, "GET") == 0 && query && strstr(query, "list=true"))
        method = "LIST";
    const size_t len = strlen(plain);
    if (len && plain[len - 1] == '/')
        plain[len - 1] = 0;
    const char *found = find(others, plain);
    char *template = found ? text_of("%s", found) : of_engine(plain), *endpoint;
    endpoint = template ? text_of("%s %s", method, template) : text_of("other paths");
    free(plain);
    free(template);
    return endpoint;
}
