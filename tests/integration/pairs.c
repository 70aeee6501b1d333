/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys that lie in a real server, and never leave it: data keys of `hybrid` fields, RSA-OAEP messages and signatures, many values in a
 * request; damaged ones among them suffer alone. The script that runs it counts the requests in the server's audit log. The server's address and
 * root token come from the environment.
 */
#include "typed.h"

#include <vaultcrypt/transit_key.h>

enum { MANY = 200 };

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "- name: hybrid\n"
                                  "  fields: [{path: $.card, hybrid: {key: orders}}]\n"
                                  "- name: signed\n"
                                  "  fields: [{path: $.card, hybrid: {key: orders, sign: shop}}]\n"
                                  "- name: messages\n"
                                  "  value: {rsa-oaep: {key: orders}}\n";

static vc_schema *schema;

static int mount(vc_client *vault)
{
    vc_vault_reply *reply = NULL;
    const vc_code code = vc_vault_request(vault, "POST", "sys/mounts/transit", vc_str("{\"type\":\"transit\"}"), NULL, &reply, &err);
    vc_vault_reply_free(reply);
    return code == VC_OK;
}

static int make_key(vc_client *vault, const char *name, const char *type)
{
    vc_transit_settings *settings = vc_transit_settings_new(&err);
    const vc_code code = vc_transit_settings_set_type(settings, type, &err) ? err.code : vc_transit_key_create(vault, name, settings, &err);
    vc_transit_settings_free(settings);
    return code == VC_OK;
}

/* Every version of it, as private keys in Vault; the last one's public half protects. */
static void register_key(vc_client *vault, const char *name, const char *key)
{
    vc_transit_key *read = vc_transit_key_read(vault, key, &err);
    CHECK(read != NULL);
    for (size_t i = 0; read && i < vc_transit_key_version_count(read); i++) {
        const uint64_t version = vc_transit_key_version(read, i);
        const char *pem = vc_transit_key_version_public_key(read, version);
        char jwk[200] = "", *at;
        if (pem[0] != '-') { /* Ed25519: Base64 of the 32 bytes */
            snprintf(jwk, sizeof jwk, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%.43s\"}", pem);
            for (at = jwk; *at; at++)
                *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
        }
        CHECK(vc_keyring_add_vault_private(vc_client_keyring(vault), name, NULL, key, version, vc_str(jwk[0] ? jwk : pem), &err) == VC_OK);
        if (!jwk[0] && i + 1 == vc_transit_key_version_count(read))
            CHECK(vc_keyring_add_public(vc_client_keyring(vault), name, vc_str(pem), &err) == VC_OK);
    }
    vc_transit_key_free(read);
}

static vc_batch *batch_of(vc_direction direction, const char *rule, const vc_bytes *records, size_t count)
{
    vc_batch *batch = vc_batch_new(schema, direction, &err);
    for (size_t i = 0; i < count; i++)
        CHECK(vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), &err), vc_view_of(records[i].data, records[i].len), &err) == VC_OK);
    return batch;
}

static vc_bytes copy_of(vc_view view)
{
    vc_bytes copy = { malloc(view.len + 1), view.len };
    if (!copy.data)
        abort();
    memcpy(copy.data, view.data, view.len);
    copy.data[view.len] = 0;
    return copy;
}

static uint64_t requests_of(const vc_batch *batch)
{
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    return stats.requests;
}

/* MANY values there and back; `each`: a data key of its own. Every tenth is damaged in between, at the byte from the end that is said. */
static void there_and_back(vc_client *vault, const char *rule, size_t damage)
{
    vc_bytes clear[MANY], sealed[MANY];
    for (size_t i = 0; i < MANY; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"card\":\"number %zu\"}", i);
        clear[i] = copy_of(vc_str(text));
    }
    vc_batch *batch = batch_of(VC_PROTECT, rule, clear, MANY);
    CHECK(vc_client_run(vault, batch, &err) == VC_OK);
    printf("# %s: protected with %llu requests\n", rule, (unsigned long long)requests_of(batch));
    for (size_t i = 0; i < MANY; i++) {
        sealed[i] = copy_of(vc_batch_output(batch, i));
        char *at = sealed[i].len > damage ? sealed[i].data + sealed[i].len - damage : NULL;
        CHECK(at != NULL);
        if (at && i % 10 == 0)
            *at = *at == 'A' ? 'B' : 'A';
    }
    vc_batch_free(batch);
    vc_keyring_clear(vc_client_keyring(vault));
    batch = batch_of(VC_OPEN, rule, sealed, MANY);
    CHECK(vc_client_run(vault, batch, &err) == VC_OK);
    printf("# %s: opened with %llu requests\n", rule, (unsigned long long)requests_of(batch));
    CHECK(requests_of(batch) <= 40);
    size_t good = 0, bad = 0;
    for (size_t i = 0; i < MANY; i++) {
        const vc_error *why = vc_batch_error(batch, i);
        const vc_view opened = vc_batch_output(batch, i);
        good += !why && opened.len == clear[i].len && memcmp(opened.data, clear[i].data, opened.len) == 0;
        bad += why && i % 10 == 0 && vc_code_class(why->code) == VC_CLASS_DATA;
        if (why && i < 10)
            printf("# %s: %s\n", vc_code_name(why->code), why->message);
    }
    CHECK(good == MANY - MANY / 10);
    CHECK(bad == MANY / 10);
    vc_batch_free(batch);
    for (size_t i = 0; i < MANY; i++) {
        free(clear[i].data);
        free(sealed[i].data);
    }
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    schema = vc_schema_parse(vc_str(schema_text), "pairs", &err);
    CHECK(vault && schema);
    if (!vault || !schema)
        return 1;
    CHECK(mount(vault));
    CHECK(make_key(vault, "orders-rsa", "rsa-3072") && make_key(vault, "shop-sign", "ed25519"));
    CHECK(vc_transit_key_rotate(vault, "orders-rsa", &err) == VC_OK && vc_transit_key_rotate(vault, "shop-sign", &err) == VC_OK);
    register_key(vault, "orders", "orders-rsa");
    register_key(vault, "shop", "shop-sign");
    /* a data key each, so that each is unwrapped */
    CHECK(vc_keyring_set_use_limits(vc_client_keyring(vault), 1, 0, 0, &err) == VC_OK);
    there_and_back(vault, "hybrid", 400);   /* within the wrapped key */
    there_and_back(vault, "signed", 10);    /* within the signature */
    there_and_back(vault, "messages", 100);
    /* Vault rotates: what was signed with a version that is pinned stays right */
    CHECK(vc_transit_key_rotate(vault, "shop-sign", &err) == VC_OK);
    there_and_back(vault, "signed", 10);
    vc_schema_unref(schema);
    vc_client_close(vault);
    printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed != 0;
}
