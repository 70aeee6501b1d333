/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/typed.h"

#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 4096 };

typedef struct typed_args {
    vc_client *client;
    const char *key;            /* "MOUNT/KEY" */
    struct json_object *body;   /* or NULL */
    struct json_object *data;   /* of the reply, or NULL */
    vc_transit_options *options;
    char *wrong;
} typed_args;

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *found = NULL;
    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, name, &found);
    return found;
}

static vc_view text_member(struct json_object *object, const char *name)
{
    struct json_object *found = member(object, name);
    return json_object_is_type(found, json_type_string)
               ? vc_view_of(json_object_get_string(found), (size_t)json_object_get_string_len(found))
               : vc_str(NULL);
}

/* Has the body no members but these? */
static bool only(struct json_object *body, const char *const *names)
{
    if (!body)
        return false;
    EACH_MEMBER(body, name, value)
    {
        size_t i = 0;
        (void)value;
        while (names[i] && strcmp(names[i], name) != 0)
            i++;
        if (!names[i])
            return false;
    }
    return true;
}

static bool decoded(struct json_object *body, const char *name, char raw[BYTES_MAX], size_t *len)
{
    const vc_view text = text_member(body, name);
    return text.data && text.len < BYTES_MAX && vc__base64_decode(raw, len, text, NULL) == VC_OK;
}

/* Context, associated data and version; false: what stands there cannot be said with options. */
static bool set_options(typed_args *call)
{
    char raw[BYTES_MAX];
    size_t len;
    call->options = vc_transit_options_new(NULL);
    if (member(call->body, "context")) {
        if (!decoded(call->body, "context", raw, &len) || vc_transit_options_set_context(call->options, vc_view_of(raw, len), NULL))
            return false;
    }
    if (member(call->body, "associated_data")) {
        if (!decoded(call->body, "associated_data", raw, &len) ||
            vc_transit_options_set_associated_data(call->options, vc_view_of(raw, len), NULL))
            return false;
    }
    struct json_object *version = member(call->body, "key_version");
    if (version) {
        if (!json_object_is_type(version, json_type_int) || json_object_get_int64(version) < 0)
            return false;
        vc_transit_options_set_key_version(call->options, (uint64_t)json_object_get_int64(version));
    }
    return true;
}

static bool encrypt(typed_args *call, vc_code *code)
{
    static const char *const names[] = { "plaintext", "context", "associated_data", "key_version", NULL };
    char raw[BYTES_MAX];
    size_t len;
    if (!only(call->body, names) || !decoded(call->body, "plaintext", raw, &len) || !set_options(call))
        return false;
    vc_bytes ciphertext = { 0 };
    *code = vc_transit_encrypt(call->client, call->key, vc_view_of(raw, len), call->options, &ciphertext, NULL);
    if (!*code && (ciphertext.len < 9 || memcmp(ciphertext.data, "vault:v", 7) != 0))
        call->wrong = text_of("vc_transit_encrypt: not a ciphertext");
    vc_bytes_free(&ciphertext);
    return true;
}

static bool decrypt(typed_args *call, vc_code *code)
{
    static const char *const names[] = { "ciphertext", "context", "associated_data", NULL };
    const vc_view ciphertext = text_member(call->body, "ciphertext");
    if (!only(call->body, names) || !ciphertext.data || !set_options(call))
        return false;
    vc_bytes plaintext = { 0 };
    *code = vc_transit_decrypt(call->client, call->key, ciphertext, call->options, &plaintext, NULL);
    char raw[BYTES_MAX];
    size_t len;
    if (!*code && decoded(call->data, "plaintext", raw, &len) && (len != plaintext.len || memcmp(raw, plaintext.data, len) != 0))
        call->wrong = text_of("vc_transit_decrypt: another plaintext than the reply's");
    vc_bytes_free(&plaintext);
    return true;
}

static bool rewrap(typed_args *call, vc_code *code)
{
    static const char *const names[] = { "ciphertext", "context", "key_version", NULL };
    const vc_view ciphertext = text_member(call->body, "ciphertext");
    if (!only(call->body, names) || !ciphertext.data || !set_options(call))
        return false;
    vc_bytes rewrapped = { 0 };
    *code = vc_transit_rewrap(call->client, call->key, ciphertext, call->options, &rewrapped, NULL);
    vc_bytes_free(&rewrapped);
    return true;
}

/* Numbers and texts of the key against the reply's. */
static void compare_key(typed_args *call, const vc_transit_key *key)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        { "latest_version", vc_transit_key_latest_version(key) },
        { "min_available_version", vc_transit_key_min_available_version(key) },
        { "min_decryption_version", vc_transit_key_min_decryption_version(key) },
        { "min_encryption_version", vc_transit_key_min_encryption_version(key) },
        { "auto_rotate_period", vc_transit_key_auto_rotate_seconds(key) },
        { "supports_encryption", (uint64_t)vc_transit_key_supports_encryption(key) },
        { "supports_decryption", (uint64_t)vc_transit_key_supports_decryption(key) },
        { "supports_derivation", (uint64_t)vc_transit_key_supports_derivation(key) },
        { "supports_signing", (uint64_t)vc_transit_key_supports_signing(key) },
        { "derived", (uint64_t)vc_transit_key_is_derived(key) },
        { "convergent_encryption", (uint64_t)vc_transit_key_is_convergent(key) },
        { "exportable", (uint64_t)vc_transit_key_is_exportable(key) },
        { "imported_key", (uint64_t)vc_transit_key_is_imported(key) },
        { "allow_plaintext_backup", (uint64_t)vc_transit_key_allows_plaintext_backup(key) },
        { "deletion_allowed", (uint64_t)vc_transit_key_allows_deletion(key) },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && !call->wrong; i++) {
        struct json_object *told = member(call->data, numbers[i].name);
        if (told && (uint64_t)json_object_get_int64(told) != numbers[i].value)
            call->wrong = text_of("vc_transit_key_read: %s is another", numbers[i].name);
    }
    const vc_view name = text_member(call->data, "name"), type = text_member(call->data, "type");
    if (!call->wrong && (strcmp(vc_transit_key_name(key), name.data ? name.data : "") != 0 ||
                         strcmp(vc_transit_key_type(key), type.data ? type.data : "") != 0))
        call->wrong = text_of("vc_transit_key_read: name or type is another");
}

static bool read_key(typed_args *call, vc_code *code)
{
    vc_error err = VC_ERROR_INIT;
    vc_transit_key *key = vc_transit_key_read(call->client, call->key, &err);
    *code = key ? VC_OK : err.code;
    if (key && call->data)
        compare_key(call, key);
    vc_transit_key_free(key);
    return true;
}

static bool read_health(typed_args *call, vc_code *code)
{
    vc_error err = VC_ERROR_INIT;
    vc_sys_health *health = vc_sys_health_read(call->client, &err);
    *code = health ? VC_OK : err.code;
    vc_sys_health_free(health);
    return true;
}

static bool read_mounts(typed_args *call, vc_code *code)
{
    vc_error err = VC_ERROR_INIT;
    vc_sys_mounts *mounts = vc_sys_mounts_read(call->client, &err);
    *code = mounts ? VC_OK : err.code;
    if (mounts && !vc_sys_mounts_type(mounts, "sys"))
        call->wrong = text_of("vc_sys_mounts_read: sys/ is not there");
    vc_sys_mounts_free(mounts);
    return true;
}

static bool lookup_self(typed_args *call, vc_code *code)
{
    vc_error err = VC_ERROR_INIT;
    vc_token *token = vc_token_lookup_self(call->client, &err);
    *code = token ? VC_OK : err.code;
    const vc_view accessor = text_member(call->data, "accessor");
    if (token && accessor.data && strcmp(vc_token_accessor(token), accessor.data) != 0)
        call->wrong = text_of("vc_token_lookup_self: another accessor than the reply's");
    vc_token_free(token);
    return true;
}

static const struct {
    const char *endpoint, *verb; /* verb: what stands between mount and key; NULL: there is no key */
    bool (*call)(typed_args *, vc_code *);
} calls[] = {
    { "POST transit/encrypt/:name", "/encrypt/", encrypt },
    { "POST transit/decrypt/:name", "/decrypt/", decrypt },
    { "POST transit/rewrap/:name", "/rewrap/", rewrap },
    { "GET transit/keys/:name", "/keys/", read_key },
    { "GET sys/health", NULL, read_health },
    { "GET sys/mounts", NULL, read_mounts },
    { "GET auth/token/:verb", NULL, lookup_self },
};

/* "MOUNT/KEY" of "/v1/MOUNT/encrypt/KEY". */
static char *key_of(const char *path, const char *verb)
{
    const char *start = strncmp(path, "/v1/", 4) == 0 ? path + 4 : path, *at = strstr(start, verb);
    const char *key = at ? at + strlen(verb) : NULL;
    if (!key || !*key || strpbrk(key, "/?"))
        return NULL;
    return text_of("%.*s/%s", (int)(at - start), start, key);
}

/* NULL: not JSON, or there is something behind it. */
static struct json_object *whole_json(const char *text)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *json = json_tokener_parse_ex(tokener, text, (int)strlen(text));
    const bool whole = json && json_tokener_get_error(tokener) == json_tokener_success && !text[json_tokener_get_parse_end(tokener)];
    json_tokener_free(tokener);
    if (whole)
        return json;
    json_object_put(json);
    return NULL;
}

typed_result typed_call(vc_client *client, const char *endpoint, const char *path, const char *body, struct json_object *reply,
                        vc_code *code, char **wrong)
{
    size_t i = 0;
    while (i < sizeof calls / sizeof calls[0] && strcmp(calls[i].endpoint, endpoint) != 0)
        i++;
    if (i == sizeof calls / sizeof calls[0] || strchr(path, '?') || (calls[i].call == lookup_self && !strstr(path, "/lookup-self")))
        return TYPED_NONE;
    char *key = calls[i].verb ? key_of(path, calls[i].verb) : text_of(" ");
    if (!key)
        return TYPED_NONE;
    typed_args call = { .client = client, .key = key, .body = body ? whole_json(body) : NULL, .data = member(reply, "data") };
    const bool called = (!body || call.body) && (!call.body || json_object_is_type(call.body, json_type_object)) && calls[i].call(&call, code);
    vc_transit_options_free(call.options);
    json_object_put(call.body);
    free(key);
    *wrong = call.wrong;
    return called ? TYPED_CALLED : TYPED_NONE;
}
