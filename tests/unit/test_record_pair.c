/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hybrid` and `rsa-oaep` both ways: which keys protect and open, what is refused and why; private keys in Vault; signatures, with a test for each
 * thing that a consumer that demands one refuses; wrapped to a new key.
 */
#define _GNU_SOURCE /* memmem() */
#include "unit/pair_vault.h"
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/base64.h"
#include "base/text.h"
#include "record/batch.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "- name: carts\n"
    "  fields:\n"
    "  - {path: $.card, hybrid: {key: orders, accept: [old]}}\n"
    "  - {path: $.note, hybrid: {key: orders}, on_missing: ignore}\n"
    "- name: elsewhere\n"
    "  context: carts\n"
    "  fields: [{path: $.card, hybrid: {key: hr}}]\n"
    "- name: enveloped\n"
    "  context: carts\n"
    "  fields: [{path: $.card, envelope: {key: orders}}]\n"
    "- name: blobs\n"
    "  value: {hybrid: {key: orders, bind: [topic, key]}}\n"
    "- name: signed\n"
    "  fields: [{path: $.card, hybrid: {key: orders, sign: shop, bind: [topic]}}]\n"
    "- name: demanded\n"
    "  context: signed\n"
    "  fields: [{path: $.card, hybrid: {key: orders, signed_by: [shop, shop2], bind: [topic]}}]\n"
    "- name: other\n"
    "  context: signed\n"
    "  fields: [{path: $.card, hybrid: {key: orders, sign: shop2, bind: [topic]}}]\n"
    "- name: unsigned\n"
    "  context: signed\n"
    "  fields: [{path: $.card, hybrid: {key: orders, bind: [topic]}}]\n"
    "- name: elsewhere-signed\n"
    "  context: signed\n"
    "  fields: [{path: $.cart, hybrid: {key: orders, signed_by: [shop], bind: [topic]}}]\n"
    "- name: other-context\n"
    "  accept_contexts: [signed]\n"
    "  fields: [{path: $.card, hybrid: {key: orders, signed_by: [shop], bind: [topic]}}]\n"
    "- name: whole-signed\n"
    "  value: {hybrid: {key: orders, sign: shop}}\n"
    "- name: envelope-signed\n"
    "  fields: [{path: $.card, envelope: {key: one, source: static, sign: shop}}]\n"
    "- name: messages\n"
    "  value: {rsa-oaep: {key: orders, accept: [old]}}\n"
    "- name: dropping\n"
    "  fields: [{path: '$.all[*]', rsa-oaep: {key: orders}, on_error: drop_field}]\n"
    "- name: drops\n"
    "  context: signed\n"
    "  on_error: dead_letter\n"
    "  fields:\n"
    "  - {path: $.card, hybrid: {key: orders, sign: shop, bind: [topic]}, on_error: drop_field, on_missing: ignore}\n"
    "  - {path: $.a, rsa-oaep: {key: orders, accept: [old]}, on_error: drop_field, on_missing: ignore}\n"
    "  - {path: $.t, transit: {key: app}, on_error: drop_field, on_missing: ignore}\n"
    "- name: texts\n"
    "  fields:\n"
    "  - {path: $.a, rsa-oaep: {key: orders, accept: [old]}}\n"
    "  - {path: $.b, rsa-oaep: {key: orders}, on_error: drop_field, on_missing: ignore}\n";

static vc_schema *schema;
static vc_keyring *ring;
static vc__keypair *rsa, *ed;
static pair_vault vault;

static int setup(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    schema = vc_schema_parse(vc_str(schema_text), "test", &err);
    if (!schema)
        fprintf(stderr, "%s:%zu:%zu: %s\n", err.source, err.line, err.column, err.message);
    rsa = vc__keypair_private(vc_str(pair_rsa_private), NULL);
    ed = vc__keypair_private(vc_str(pair_ed_private), NULL);
    return schema && rsa && ed ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    vc__keypair_unref(rsa);
    vc__keypair_unref(ed);
    return 0;
}

static int new_ring(void **state)
{
    (void)state;
    ring = vc_keyring_new(NULL);
    vault = (pair_vault){ .rsa_name = "orders-rsa", .sign_name = "shop-sign", .rsa = rsa, .ed = ed };
    return !ring || vc_keyring_add_static(ring, "one", vc_str("11111111111111111111111111111111"), NULL) ? -1 : 0;
}

static int free_ring(void **state)
{
    (void)state;
    vc_keyring_unref(ring);
    return 0;
}

static void public(const char *name, const char *text)
{
    assert_int_equal(vc_keyring_add_public(ring, name, vc_str(text), NULL), VC_OK);
}

static void private(const char *name, const char *text)
{
    assert_int_equal(vc_keyring_add_private(ring, name, vc_str(text), NULL), VC_OK);
}

static const vc_rule *rule_of(const char *name)
{
    const vc_rule *rule = vc_schema_rule(schema, vc_str(name), NULL);
    assert_non_null(rule);
    return rule;
}

/* What a batch of one message came to. */
typedef struct outcome {
    char bytes[4096];
    size_t len;
    vc_code code;
    char message[512];
} outcome;

static vc_batch *new_batch(vc_direction direction)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    return batch;
}

static void take(const vc_batch *batch, size_t i, vc_code code, const vc_error *err, outcome *out)
{
    const vc_error *own = vc_batch_error(batch, i);
    *out = (outcome){ .code = code ? code : own ? own->code : VC_OK };
    if (out->code) {
        snprintf(out->message, sizeof out->message, "%s", code ? err->message : own->message);
        assert_null(vc_batch_output(batch, i).data);
        return;
    }
    const vc_view view = vc_batch_output(batch, i);
    assert_true(view.len < sizeof out->bytes);
    memcpy(out->bytes, view.data, view.len);
    out->len = view.len;
}

static outcome run_as(vc_direction direction, const char *rule, vc_view value, const char *topic, const char *key)
{
    outcome out;
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(direction);
    const vc_message message = { sizeof message, vc_str(topic), vc_str(key), value, NULL, 0 };
    assert_int_equal(vc_batch_add_message(batch, rule_of(rule), &message, NULL), VC_OK);
    take(batch, 0, pair_vault_run(&vault, batch, &err), &err, &out);
    vc_batch_free(batch);
    return out;
}

static outcome run(vc_direction direction, const char *rule, vc_view value)
{
    return run_as(direction, rule, value, "t", "k");
}

static vc_view bytes_of(const outcome *out)
{
    return vc_view_of(out->bytes, out->len);
}

static outcome fine(vc_direction direction, const char *rule, vc_view value)
{
    const outcome out = run(direction, rule, value);
    if (out.code)
        fail_msg("%s: %s: %s", rule, vc_code_name(out.code), out.message);
    return out;
}

static void refused(const outcome *out, vc_code code, const char *message)
{
    if (out->code != code || !strstr(out->message, message))
        fail_msg("%s: %s, not %s: %s", vc_code_name(out->code), out->message, vc_code_name(code), message);
}

static void refuses(vc_direction direction, const char *rule, vc_view value, vc_code code, const char *message)
{
    const outcome out = run(direction, rule, value);
    refused(&out, code, message);
}

static const char cart[] = "{\"id\":1,\"card\":\"4111-1111-1111-1111\",\"note\":{\"a\":[1,2]}}";

/* The token of a text such as {"card":"vc1:..."}, with its bytes in `scratch`. */
static void read_token(const outcome *out, vc__buf *scratch, vc__native *token)
{
    const char *at = memmem(out->bytes, out->len, "\"vc1:", 5);
    assert_non_null(at);
    const vc_view text = vc_view_of(at + 1, (size_t)((char *)memchr(at + 1, '"', out->len) - at) - 1);
    vc_error err = VC_ERROR_INIT;
    if (vc__native_read_text(scratch, text, token, &err))
        fail_msg("%s", err.message);
}

/* -- hybrid ------------------------------------------------------------------------------------------------ */

static void a_public_key_protects_and_a_private_one_opens(void **state)
{
    (void)state;
    static const struct {
        const char *public, *private, *id;
        uint8_t source;
        size_t wrapped;
    } kinds[] = { { pair_rsa_public, pair_rsa_private, PAIR_RSA_ID, VC__NATIVE_RSA, 256 },
                  { pair_rsa3_public, pair_rsa3_private, PAIR_RSA3_ID, VC__NATIVE_RSA, 384 },
                  { pair_ec_public, pair_ec_private, PAIR_EC_ID, VC__NATIVE_EC, 105 } };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        free_ring(NULL);
        new_ring(NULL);
        public("orders", kinds[i].public);
        const outcome sealed = fine(VC_PROTECT, "carts", vc_str(cart));
        vc__auto(vc__buf) scratch = VC__BUF(1 << 16);
        vc__native token;
        read_token(&sealed, &scratch, &token);
        assert_int_equal(token.source, kinds[i].source);
        assert_int_equal(token.wrapped.len, kinds[i].wrapped);
        assert_true(vc__view_is(token.key_name, kinds[i].id));
        assert_int_equal(token.key_version, 0);
        /* who protects cannot open */
        refuses(VC_OPEN, "carts", bytes_of(&sealed), VC_E_NO_KEY, "whose private half is not here");
        private("orders", kinds[i].private);
        const outcome opened = fine(VC_OPEN, "carts", bytes_of(&sealed));
        assert_true(vc__view_is(bytes_of(&opened), cart));
        assert_int_equal(vault.requests, 0);
    }
}

static void why_there_is_no_key_is_told(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    const outcome sealed = fine(VC_PROTECT, "carts", vc_str(cart));
    assert_int_equal(vc_keyring_set_pair_reason(ring, "orders", "the release was refused: wrong measurement", NULL), VC_OK);
    refuses(VC_OPEN, "carts", bytes_of(&sealed), VC_E_NO_KEY,
            "$.card: its data key is wrapped to the key " PAIR_RSA_ID
            " of `orders`, whose private half is not here: the release was refused: wrong measurement");
    refuses(VC_OPEN, "elsewhere", bytes_of(&sealed), VC_E_NO_KEY, "wrapped to the key " PAIR_RSA_ID ", which `hr` does not have here");
    private("hr", pair_ec_private);
    refuses(VC_OPEN, "elsewhere", bytes_of(&sealed), VC_E_NO_KEY, "which `hr` does not have here");
    /* another field's key does not open this one's, though it is in the keyring */
    private("orders", pair_rsa_private);
    refuses(VC_OPEN, "elsewhere", bytes_of(&sealed), VC_E_NO_KEY, "which `hr` does not have here");
    (void)fine(VC_OPEN, "carts", bytes_of(&sealed));
    /* it goes, and comes back: no restart */
    assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    refuses(VC_OPEN, "carts", bytes_of(&sealed), VC_E_NO_KEY, "whose private half is not here: the release was refused");
    private("orders", pair_rsa_private);
    (void)fine(VC_OPEN, "carts", bytes_of(&sealed));
}

static void keys_rotate(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    const outcome first = fine(VC_PROTECT, "carts", vc_str(cart));
    private("orders", pair_rsa_private);
    public("orders", pair_ec_public);
    private("orders", pair_ec_private);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    const outcome second = fine(VC_PROTECT, "carts", vc_str(cart));
    vc__auto(vc__buf) scratch = VC__BUF(1 << 16);
    vc__native token;
    read_token(&second, &scratch, &token);
    assert_true(vc__view_is(token.key_name, PAIR_EC_ID));
    (void)fine(VC_OPEN, "carts", bytes_of(&first));
    (void)fine(VC_OPEN, "carts", bytes_of(&second));
    /* under another name of the field's */
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    refuses(VC_OPEN, "carts", bytes_of(&first), VC_E_NO_KEY, PAIR_RSA_ID ", which `orders` (or `accept`) does not have");
    private("old", pair_rsa_private);
    refuses(VC_OPEN, "carts", bytes_of(&first), VC_E_NO_KEY, "$.note: "); /* which does not accept that one */
}

static void sealing_needs_a_key_that_wraps(void **state)
{
    (void)state;
    refuses(VC_PROTECT, "carts", vc_str(cart), VC_E_CONFIG, "$.card: there is no public key under the name `orders`");
    public("orders", pair_ed_public);
    refuses(VC_PROTECT, "carts", vc_str(cart), VC_E_CONFIG, "is one to sign with");
    refuses(VC_PROTECT, "messages", vc_str("x"), VC_E_CONFIG, "is no RSA key");
    refuses(VC_PROTECT, "signed", vc_str(cart), VC_E_CONFIG, "is one to sign with");
}

static void what_was_changed_is_refused(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    outcome sealed = fine(VC_PROTECT, "blobs", vc_str("any bytes"));
    vc__native token;
    assert_int_equal(vc__native_read_bytes(bytes_of(&sealed), &token, NULL), VC_OK);
    const size_t wrapped = (size_t)(token.wrapped.data - sealed.bytes), id = (size_t)(token.key_id.data - sealed.bytes),
                 source = (size_t)(token.place.data - sealed.bytes), last = sealed.len - 1;
    const size_t at[] = { wrapped, wrapped + 255, id, id + 31, last };
    for (size_t i = 0; i < COUNT(at); i++) {
        outcome changed = sealed;
        changed.bytes[at[i]] ^= 4;
        vc_keyring_clear(ring); /* it is there still, under its id */
        refuses(VC_OPEN, "blobs", bytes_of(&changed), VC_E_CIPHERTEXT, "cannot be authenticated");
    }
    outcome changed = sealed;
    changed.bytes[source + 2] ^= 1; /* another id */
    refuses(VC_OPEN, "blobs", bytes_of(&changed), VC_E_NO_KEY, "which `orders` does not have here");
    changed = sealed;
    changed.bytes[source] = VC__NATIVE_EC;
    refuses(VC_OPEN, "blobs", bytes_of(&changed), VC_E_CIPHERTEXT, "wrapped key that is of another size");
    changed = sealed;
    changed.bytes[source] = VC__NATIVE_TRANSIT;
    refuses(VC_OPEN, "blobs", bytes_of(&changed), VC_E_CIPHERTEXT, "not under a public key");
    /* bound to topic and key */
    outcome moved = run_as(VC_OPEN, "blobs", bytes_of(&sealed), "other", "k");
    refused(&moved, VC_E_CIPHERTEXT, "cannot be authenticated");
    moved = run_as(VC_OPEN, "blobs", bytes_of(&sealed), "t", "other");
    refused(&moved, VC_E_CIPHERTEXT, "cannot be authenticated");
    (void)fine(VC_OPEN, "blobs", bytes_of(&sealed));
    /* another method */
    const outcome text = fine(VC_PROTECT, "carts", vc_str(cart));
    refuses(VC_OPEN, "enveloped", bytes_of(&text), VC_E_CIPHERTEXT, "is under a public key, and the schema says another source");
    refuses(VC_OPEN, "carts", vc_str("{\"card\":\"x\"}"), VC_E_PLAINTEXT, "plaintext");
    refuses(VC_PROTECT, "carts", bytes_of(&text), VC_E_PROTECTED, "protected already");
}

/* Many records of one data key: one unwrapping. A flood of forged ones costs one each, and stops nobody. */
static void one_operation_for_one_data_key(void **state)
{
    (void)state;
    enum { MANY = 50 };
    public("orders", pair_rsa_public);
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_PROTECT);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(batch, rule_of("carts"), vc_str(cart), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.fetched, 1);
    private("orders", pair_rsa_private);
    vc_keyring_clear(ring);
    vc_batch *opening = new_batch(VC_OPEN);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(opening, rule_of("carts"), vc_batch_output(batch, i), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, opening, &err), VC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_true(vc__view_is(vc_batch_output(opening, i), cart));
    vc_keyring_get_stats(ring, &stats);
    assert_int_equal(stats.fetched, 2);
    vc_batch_free(opening);
    vc_batch_free(batch);
}

/* -- private keys in Vault --------------------------------------------------------------------------------- */

static void vault_unwraps_many_at_once(void **state)
{
    (void)state;
    enum { MANY = 20 };
    public("orders", pair_rsa_public);
    assert_int_equal(vc_keyring_set_use_limits(ring, 1, 0, 0, NULL), VC_OK); /* a data key each */
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_PROTECT);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(batch, rule_of("elsewhere"), vc_str("{\"card\":1}"), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_E_CONFIG); /* `hr` has none */
    vc_batch_free(batch);
    batch = new_batch(VC_PROTECT);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(batch, rule_of("carts"), vc_str("{\"card\":1}"), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 1, vc_str(pair_rsa_public), NULL), VC_OK);
    vc_keyring_clear(ring);
    vc_batch *opening = new_batch(VC_OPEN);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(opening, rule_of("carts"), vc_batch_output(batch, i), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, opening, &err), VC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_true(vc__view_is(vc_batch_output(opening, i), "{\"card\":1}"));
    assert_int_equal(vault.requests, 1);
    assert_int_equal(vault.items, MANY);
    vc_batch_free(opening);
    vc_batch_free(batch);
    /* and is not asked for what is damaged time and again; the others open */
    outcome sealed = fine(VC_PROTECT, "blobs", vc_str("x")), bad = sealed;
    vc__native token;
    assert_int_equal(vc__native_read_bytes(bytes_of(&sealed), &token, NULL), VC_OK);
    bad.bytes[token.wrapped.data - sealed.bytes + 9] ^= 1;
    refuses(VC_OPEN, "blobs", bytes_of(&bad), VC_E_CIPHERTEXT, "authenticated");
    (void)fine(VC_OPEN, "blobs", bytes_of(&sealed));
}

/* -- signatures -------------------------------------------------------------------------------------------- */

static void signer_is_there(void)
{
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    private("shop", pair_ed_private);
    private("shop2", pair_ed2_private);
}

static void a_signature_is_made_and_demanded(void **state)
{
    (void)state;
    signer_is_there();
    const outcome sealed = fine(VC_PROTECT, "signed", vc_str("{\"card\":\"x\"}"));
    vc__auto(vc__buf) scratch = VC__BUF(1 << 16);
    vc__native token;
    read_token(&sealed, &scratch, &token);
    assert_int_equal(token.flags, VC__NATIVE_SIGNED | VC__NATIVE_BINDS_TOPIC);
    assert_memory_equal(token.signer.data, vc__keypair_thumbprint(ed), 32);
    (void)fine(VC_OPEN, "signed", bytes_of(&sealed));
    (void)fine(VC_OPEN, "demanded", bytes_of(&sealed));
    (void)fine(VC_OPEN, "unsigned", bytes_of(&sealed)); /* who demands none */
    const outcome whole = fine(VC_PROTECT, "whole-signed", vc_str("any bytes"));
    const outcome opened = fine(VC_OPEN, "whole-signed", bytes_of(&whole));
    assert_true(vc__view_is(bytes_of(&opened), "any bytes"));
    const outcome envelope = fine(VC_PROTECT, "envelope-signed", vc_str("{\"card\":\"x\"}"));
    (void)fine(VC_OPEN, "envelope-signed", bytes_of(&envelope));
    /* a consumer has the signer's public key only */
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    refuses(VC_OPEN, "signed", bytes_of(&sealed), VC_E_NO_KEY, "no key of `shop` is here to check its signature with");
    public("shop", pair_ed_public);
    (void)fine(VC_OPEN, "signed", bytes_of(&sealed));
    refuses(VC_PROTECT, "signed", vc_str("{\"card\":\"x\"}"), VC_E_NO_KEY, "no private key under the name `shop`");
}

/* With the data key's owner's help, even: whoever has the public key can make a whole token. */
static void what_a_demanded_signature_refuses(void **state)
{
    (void)state;
    signer_is_there();
    const vc_view clear = vc_str("{\"card\":\"x\"}");
    const outcome sealed = fine(VC_PROTECT, "signed", clear);
    /* unsigned, and signed by another */
    const outcome unsigned_one = fine(VC_PROTECT, "unsigned", clear), other = fine(VC_PROTECT, "other", clear);
    refuses(VC_OPEN, "signed", bytes_of(&unsigned_one), VC_E_SIGNATURE, "is not signed, and the schema demands it");
    refuses(VC_OPEN, "signed", bytes_of(&other), VC_E_SIGNATURE, "signed by a key that is none of `shop`");
    (void)fine(VC_OPEN, "demanded", bytes_of(&other));
    /* another place: record key, topic, path */
    static const char wrong[] = "its signature is not that of its signer";
    outcome moved = run_as(VC_OPEN, "signed", bytes_of(&sealed), "t", "k2");
    refused(&moved, VC_E_SIGNATURE, wrong);
    moved = run_as(VC_OPEN, "signed", bytes_of(&sealed), "t", "");
    refused(&moved, VC_E_SIGNATURE, wrong);
    moved = run_as(VC_OPEN, "signed", bytes_of(&sealed), "t2", "k");
    refused(&moved, VC_E_SIGNATURE, wrong);
    outcome at_cart = sealed;
    char *name = memmem(at_cart.bytes, at_cart.len, "\"card\"", 6);
    name[4] = 't';
    refuses(VC_OPEN, "elsewhere-signed", bytes_of(&at_cart), VC_E_SIGNATURE, wrong);
    (void)fine(VC_OPEN, "other-context", bytes_of(&sealed)); /* which accepts that context */
}

/* Every byte of a signed token. */
static void every_byte_is_signed(void **state)
{
    (void)state;
    signer_is_there();
    const outcome sealed = fine(VC_PROTECT, "whole-signed", vc_str("x"));
    vc__native token;
    assert_int_equal(vc__native_read_bytes(bytes_of(&sealed), &token, NULL), VC_OK);
    const size_t signer = (size_t)(token.signer.data - sealed.bytes), signature = signer + 32, wrapped = (size_t)(token.wrapped.data - sealed.bytes);
    size_t by_signature = 0;
    for (size_t i = 4; i < sealed.len; i++) {
        outcome changed = sealed;
        changed.bytes[i] ^= 1;
        const outcome out = run(VC_OPEN, "whole-signed", bytes_of(&changed));
        if (!out.code)
            fail_msg("byte %zu changed, and it opens", i);
        const bool must = i >= signature || (i >= wrapped && i < signer) || (i >= 7 && i < 39);
        if (must)
            refused(&out, VC_E_SIGNATURE, "its signature is not that of its signer");
        if (i >= signer && i < signature)
            refused(&out, VC_E_SIGNATURE, "none of `shop`");
        by_signature += out.code == VC_E_SIGNATURE;
    }
    assert_true(by_signature > sealed.len - 70);
    /* cut, and with the signature taken off */
    outcome cut = sealed;
    cut.len--;
    const outcome out = run(VC_OPEN, "whole-signed", bytes_of(&cut));
    assert_true(out.code == VC_E_SIGNATURE);
    cut = sealed;
    cut.len -= 96;
    cut.bytes[5] &= ~8;
    refuses(VC_OPEN, "whole-signed", bytes_of(&cut), VC_E_SIGNATURE, "is not signed");
}

/* What was signed with a record's key does not open without it, and the error leads there. */
static void a_signature_misses_the_key_of_its_record(void **state)
{
    (void)state;
    signer_is_there();
    const outcome sealed = fine(VC_PROTECT, "whole-signed", vc_str("x"));
    vc_batch *batch = new_batch(VC_OPEN);
    assert_int_equal(vc_batch_add(batch, rule_of("whole-signed"), bytes_of(&sealed), NULL), VC_OK);
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_SIGNATURE);
    assert_non_null(strstr(vc_batch_error(batch, 0)->message, "without topic and key of the record, which are not known here"));
    vc_batch_free(batch);
}

static void vault_signs(void **state)
{
    (void)state;
    enum { MANY = 12 };
    signer_is_there();
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    assert_int_equal(vc_keyring_add_vault_private(ring, "shop", NULL, "shop-sign", 1, vc_str(pair_ed_public), NULL), VC_OK);
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_PROTECT);
    for (size_t i = 0; i < MANY; i++) {
        const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), vc_str("{\"card\":\"x\"}"), NULL, 0 };
        assert_int_equal(vc_batch_add_message(batch, rule_of("signed"), &message, NULL), VC_OK);
    }
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    assert_int_equal(vault.requests, 1);
    assert_int_equal(vault.items, MANY);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.requests, 1);
    assert_int_equal(stats.by_method[VC_METHOD_HYBRID], MANY);
    for (size_t i = 0; i < MANY; i++)
        (void)fine(VC_OPEN, "signed", vc_batch_output(batch, i)); /* checked here */
    assert_int_equal(vault.requests, 1);
    vc_batch_free(batch);
    /* bytes, too; and what Vault says is looked at before it leaves */
    const outcome whole = fine(VC_PROTECT, "whole-signed", vc_str("bytes"));
    (void)fine(VC_OPEN, "whole-signed", bytes_of(&whole));
    vault.wrong_signature = true;
    refuses(VC_PROTECT, "whole-signed", vc_str("bytes"), VC_E_PROTOCOL, "is no signature by version 1 of shop-sign");
}

/* -- under a new key --------------------------------------------------------------------------------------- */

static void a_data_key_is_wrapped_anew(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    const outcome sealed = fine(VC_PROTECT, "carts", vc_str(cart));
    public("orders", pair_ec_public);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    refuses(VC_REWRAP, "carts", bytes_of(&sealed), VC_E_NO_KEY, "whose private half is not here");
    private("orders", pair_rsa_private);
    const outcome renewed = fine(VC_REWRAP, "carts", bytes_of(&sealed));
    vc__auto(vc__buf) a = VC__BUF(1 << 16), b = VC__BUF(1 << 16);
    vc__native before, after;
    read_token(&sealed, &a, &before);
    read_token(&renewed, &b, &after);
    assert_true(vc__view_is(after.key_name, PAIR_EC_ID));
    assert_int_equal(after.source, VC__NATIVE_EC);
    assert_true(vc__view_equal(before.key_id, after.key_id) && vc__view_equal(before.sealed, after.sealed) &&
                vc__view_equal(before.header, after.header));
    /* once more changes nothing */
    const outcome again = fine(VC_REWRAP, "carts", bytes_of(&renewed));
    assert_true(vc__view_equal(bytes_of(&again), bytes_of(&renewed)));
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    private("orders", pair_ec_private);
    const outcome opened = fine(VC_OPEN, "carts", bytes_of(&renewed));
    assert_true(vc__view_is(bytes_of(&opened), cart));
}

/*
 * A token with the wrapped bytes of another one, and the id of a third: found by its id, its data key must not become what those wrapped bytes are
 * renewed to.
 */
static void a_forged_token_harms_no_other(void **state)
{
    (void)state;
    enum { FIRST, FORGED, VICTIM, COUNT_OF };
    outcome given[COUNT_OF], renewed[COUNT_OF];
    public("orders", pair_rsa_public);
    given[VICTIM] = fine(VC_PROTECT, "blobs", vc_str("victim"));
    vc_keyring_clear(ring); /* another data key */
    given[FORGED] = given[FIRST] = fine(VC_PROTECT, "blobs", vc_str("other"));
    vc__native token, victim;
    assert_int_equal(vc__native_read_bytes(bytes_of(&given[FORGED]), &token, NULL), VC_OK);
    assert_int_equal(vc__native_read_bytes(bytes_of(&given[VICTIM]), &victim, NULL), VC_OK);
    assert_false(vc__view_equal(token.key_id, victim.key_id));
    assert_int_equal(token.wrapped.len, victim.wrapped.len);
    memcpy(given[FORGED].bytes + (token.wrapped.data - given[FORGED].bytes), victim.wrapped.data, victim.wrapped.len);

    public("orders", pair_ec_public);
    private("orders", pair_rsa_private);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    vc_keyring_clear(ring);
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_REWRAP);
    for (size_t i = 0; i < COUNT_OF; i++) {
        const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), bytes_of(&given[i]), NULL, 0 };
        assert_int_equal(vc_batch_add_message(batch, rule_of("blobs"), &message, NULL), VC_OK);
    }
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    for (size_t i = 0; i < COUNT_OF; i++)
        take(batch, i, VC_OK, NULL, &renewed[i]);
    vc_batch_free(batch);

    free_ring(NULL);
    new_ring(NULL);
    private("orders", pair_ec_private);
    const outcome opened = fine(VC_OPEN, "blobs", bytes_of(&renewed[VICTIM]));
    assert_true(vc__view_is(bytes_of(&opened), "victim"));
    const outcome first = fine(VC_OPEN, "blobs", bytes_of(&renewed[FIRST]));
    assert_true(vc__view_is(bytes_of(&first), "other"));
}

static void a_signed_token_is_not_wrapped_anew(void **state)
{
    (void)state;
    signer_is_there();
    const outcome sealed = fine(VC_PROTECT, "signed", vc_str("{\"card\":\"x\"}"));
    public("orders", pair_ec_public);
    refuses(VC_REWRAP, "signed", bytes_of(&sealed), VC_E_SIGNATURE, "its token is signed: rewrapped, its signature would not hold");
}

/* -- RSA-OAEP ---------------------------------------------------------------------------------------------- */

static void messages_go_both_ways(void **state)
{
    (void)state;
    public("orders", pair_rsa3_public);
    char longest[320];
    memset(longest, 'x', sizeof longest);
    const outcome sealed = fine(VC_PROTECT, "messages", vc_view_of(longest, 318));
    assert_int_equal(sealed.len, 512);
    assert_true(vc__base64_valid(bytes_of(&sealed)));
    refuses(VC_PROTECT, "messages", vc_view_of(longest, 319), VC_E_TOO_LARGE,
            "RSA-3072 takes values of 318 bytes at most, and this one has 319: longer values need `hybrid`");
    refuses(VC_PROTECT, "messages", bytes_of(&sealed), VC_E_PROTECTED, "protected already");
    refuses(VC_OPEN, "messages", bytes_of(&sealed), VC_E_NO_KEY, "the private half of " PAIR_RSA3_ID " of `orders` is not here");
    private("orders", pair_rsa3_private);
    const outcome opened = fine(VC_OPEN, "messages", bytes_of(&sealed));
    assert_int_equal(opened.len, 318);
    assert_memory_equal(opened.bytes, longest, 318);
    const outcome empty = fine(VC_PROTECT, "messages", vc_str(""));
    assert_int_equal(fine(VC_OPEN, "messages", bytes_of(&empty)).len, 0);
    /* fields: the content of strings */
    const outcome text = fine(VC_PROTECT, "texts", vc_str("{\"a\":\"caf\\u00e9\",\"b\":\"\"}"));
    const outcome back = fine(VC_OPEN, "texts", bytes_of(&text));
    assert_true(vc__view_is(bytes_of(&back), "{\"a\":\"caf\xc3\xa9\",\"b\":\"\"}"));
    refuses(VC_PROTECT, "texts", vc_str("{\"a\":1}"), VC_E_TYPE, "is not a string");
    const outcome kept = fine(VC_REWRAP, "messages", bytes_of(&sealed)); /* has nothing to renew */
    assert_true(vc__view_equal(bytes_of(&kept), bytes_of(&sealed)));
}

static void bad_messages_are_errors_of_their_own(void **state)
{
    (void)state;
    public("orders", pair_rsa3_public);
    private("orders", pair_rsa3_private);
    const outcome sealed = fine(VC_PROTECT, "messages", vc_str("m"));
    outcome bad = sealed;
    bad.bytes[100] = '!';
    refuses(VC_OPEN, "messages", bytes_of(&bad), VC_E_CIPHERTEXT, "not standard Base64, at byte 100");
    bad = sealed;
    bad.len = 500;
    refuses(VC_OPEN, "messages", bytes_of(&bad), VC_E_CIPHERTEXT, "with 500 characters it was cut, or made for another key");
    bad.len = 501;
    refuses(VC_OPEN, "messages", bytes_of(&bad), VC_E_CIPHERTEXT, "with 501 characters it was cut");
    bad = sealed;
    bad.bytes[100] = bad.bytes[100] == 'A' ? 'B' : 'A';
    refuses(VC_OPEN, "messages", bytes_of(&bad), VC_E_CIPHERTEXT, "cannot be authenticated");
    refuses(VC_OPEN, "messages", vc_str("a plain text, of no key"), VC_E_PLAINTEXT, "plaintext");
    refuses(VC_OPEN, "messages", vc_str("{\"a\": \"a JSON text that is longer than any short one\", \"b\": [1, 2, 3, 4]}"), VC_E_PLAINTEXT, "plaintext");
    /* a foreign message: of another key of that size */
    free_ring(NULL);
    new_ring(NULL);
    private("orders", pair_rsa_private);
    refuses(VC_OPEN, "messages", bytes_of(&sealed), VC_E_CIPHERTEXT, "with 512 characters");
    free_ring(NULL);
    new_ring(NULL);
    refuses(VC_OPEN, "messages", bytes_of(&sealed), VC_E_NO_KEY, "no private RSA key of `orders` is here");
}

static void each_private_key_is_tried(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    const outcome sealed = fine(VC_PROTECT, "messages", vc_str("under the old one"));
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    private("orders", pair_rsa3_private);
    private("old", pair_ec_private);
    private("old", pair_rsa_private);
    const outcome opened = fine(VC_OPEN, "messages", bytes_of(&sealed));
    assert_true(vc__view_is(bytes_of(&opened), "under the old one"));
}

static void vault_opens_messages(void **state)
{
    (void)state;
    enum { MANY = 10 };
    public("orders", pair_rsa_public);
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_PROTECT);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(batch, rule_of("texts"), vc_str("{\"a\":\"1\",\"b\":\"2\"}"), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    assert_int_equal(vault.requests, 0);
    assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 1, vc_str(pair_rsa_public), NULL), VC_OK);
    vc_batch *opening = new_batch(VC_OPEN);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(vc_batch_add(opening, rule_of("texts"), vc_batch_output(batch, i), NULL), VC_OK);
    outcome bad;
    take(batch, 0, VC_OK, NULL, &bad);
    bad.bytes[200] = bad.bytes[200] == 'A' ? 'B' : 'A';
    assert_int_equal(vc_batch_add(opening, rule_of("texts"), bytes_of(&bad), NULL), VC_OK);
    assert_int_equal(pair_vault_run(&vault, opening, &err), VC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_true(vc__view_is(vc_batch_output(opening, i), "{\"a\":\"1\",\"b\":\"2\"}"));
    assert_int_equal(vc_batch_error(opening, MANY)->code, VC_E_CIPHERTEXT);
    assert_int_equal(vault.requests, 1);
    assert_int_equal(vault.items, 2 * MANY + 2);
    vc_batch_free(opening);
    vc_batch_free(batch);
}

/* The public half of some RSA key of 2048 bits. */
static vc__keypair *any_rsa(vc__buf *pem)
{
    EVP_PKEY *made = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_true(made && bio && PEM_write_bio_PUBKEY(bio, made) == 1);
    const long len = BIO_get_mem_data(bio, &text);
    vc__buf_append(pem, text, (size_t)len);
    EVP_PKEY_free(made);
    BIO_free(bio);
    vc__keypair *pair = vc__keypair_public(vc__buf_get(pem), NULL);
    assert_non_null(pair);
    return pair;
}

/* Vault is asked for one key, and meanwhile another goes (`gone`) or comes, so that the rest have other places: none is passed over. */
static void keys_come_and_go_while_vault_is_asked(void **state)
{
    (void)state;
    static const char refusal[] = "{\"data\":{\"batch_results\":[{\"error\":\"failed to RSA decrypt the ciphertext: crypto/rsa: decryption error\"}]}}";
    vc__auto(vc__buf) pem = VC__BUF(4096);
    vc__keypair *other = any_rsa(&pem);
    for (int comes = 0; comes < 2; comes++) {
        free_ring(NULL);
        new_ring(NULL);
        public("orders", pair_rsa_public);
        const outcome sealed = fine(VC_PROTECT, "messages", vc_str("m"));
        assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
        assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "first", 1, vc__buf_get(&pem), NULL), VC_OK);
        if (!comes)
            assert_int_equal(vc_keyring_add_vault_private(ring, "old", NULL, "orders-rsa", 1, vc_str(pair_rsa_public), NULL), VC_OK);
        vc_error err = VC_ERROR_INIT;
        vc_batch *batch = new_batch(VC_OPEN);
        assert_int_equal(vc_batch_add(batch, rule_of("messages"), bytes_of(&sealed), NULL), VC_OK);
        assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_SEND);
        vc_request *request = vc_batch_next_request(batch);
        assert_non_null(request);
        assert_string_equal(vc_request_path(request), "/v1/transit/decrypt/first");
        if (comes)
            private("orders", pair_rsa_private);
        else
            assert_int_equal(vc_keyring_remove_pair(ring, "orders", vc__keypair_id(other), NULL), VC_OK);
        assert_int_equal(vc_request_reply(request, 200, vc_view_of(NULL, 0), vc_str(refusal), 2, NULL), VC_OK);
        assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
        outcome out;
        take(batch, 0, VC_OK, NULL, &out);
        if (out.code)
            fail_msg("%s", out.message);
        assert_true(vc__view_is(bytes_of(&out), "m"));
        assert_int_equal(vault.requests, comes ? 0 : 1);
        vc_batch_free(batch);
    }
    vc__keypair_unref(other);
}

/* -- drop_field ---------------------------------------------------------------------------------------------- */

static void lacks_a_key(vc_view record, const char *message)
{
    vc_error err = VC_ERROR_INIT;
    outcome out;
    vc_batch *batch = new_batch(VC_OPEN);
    const vc_message one = { sizeof one, vc_str("t"), vc_str("k"), record, NULL, 0 };
    assert_int_equal(vc_batch_add_message(batch, rule_of("drops"), &one, NULL), VC_OK);
    take(batch, 0, pair_vault_run(&vault, batch, &err), &err, &out);
    refused(&out, VC_E_NO_KEY, message);
    assert_int_equal(vc_batch_on_error(batch, 0), VC_ON_ERROR_DEAD_LETTER); /* what the rule says, as the field cannot go */
    vc_batch_free(batch);
}

static void dropped(vc_view record)
{
    const outcome out = fine(VC_OPEN, "drops", record);
    assert_true(vc__view_is(bytes_of(&out), "{}"));
}

/* Dropped, what could be had once the key comes would be lost. */
static void a_field_is_not_dropped_for_a_key_that_may_come(void **state)
{
    (void)state;
    signer_is_there();
    outcome card = fine(VC_PROTECT, "signed", vc_str("{\"card\":\"x\"}")), message = fine(VC_PROTECT, "drops", vc_str("{\"a\":\"x\"}"));
    /* its private half, the whole key, and that of the signer */
    assert_int_equal(vc_keyring_remove_private(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    lacks_a_key(bytes_of(&card), "whose private half is not here");
    lacks_a_key(bytes_of(&message), "the private half of " PAIR_RSA_ID);
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    lacks_a_key(bytes_of(&card), "which `orders` does not have here");
    lacks_a_key(bytes_of(&message), "no private RSA key of `orders` is here");
    private("orders", pair_rsa_private);
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    lacks_a_key(bytes_of(&card), "no key of `shop` is here");
    /* others are here, and one is known to be missing */
    public("shop", pair_ed2_public);
    dropped(bytes_of(&card)); /* none is */
    assert_int_equal(vc_keyring_set_pair_reason(ring, "shop", "away", NULL), VC_OK);
    lacks_a_key(bytes_of(&card), "none of those of `shop` that are here (`signed_by`): away");
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    private("orders", pair_rsa3_private);
    dropped(bytes_of(&message));
    assert_int_equal(vc_keyring_set_pair_reason(ring, "orders", "not released yet", NULL), VC_OK);
    lacks_a_key(bytes_of(&message), "and not all keys of `orders` are here: not released yet");
    dropped(vc_str("{\"a\":\"aGVsbG8=\"}")); /* too short for any */
    /* here again, and what has a fault of its own is dropped */
    private("orders", pair_rsa_private);
    public("shop", pair_ed_public);
    const outcome opened = fine(VC_OPEN, "drops", bytes_of(&message));
    assert_true(vc__view_is(bytes_of(&opened), "{\"a\":\"x\"}"));
    message.bytes[100] = message.bytes[100] == 'A' ? 'B' : 'A';
    lacks_a_key(bytes_of(&message), "and not all keys of `orders` are here: not released yet"); /* nobody knows */
    assert_int_equal(vc_keyring_set_pair_reason(ring, "orders", NULL, NULL), VC_OK);
    card.bytes[100] = card.bytes[100] == 'A' ? 'B' : 'A';
    dropped(bytes_of(&card));
    dropped(bytes_of(&message));
    dropped(vc_str("{\"a\":\"in clear\"}"));
}

/* What Vault refuses to encode does not fit; what it refuses to open, it may have opened before. */
static void vaults_refusal_of_a_value_drops_it_one_way_only(void **state)
{
    (void)state;
    static const char refusal[] = "{\"data\":{\"batch_results\":[{\"error\":\"ciphertext or signature version is disallowed by policy (too old)\"}]}}";
    static const struct {
        vc_direction direction;
        const char *record;
        bool drops;
    } ways[] = { { VC_PROTECT, "{\"t\":\"x\"}", true }, { VC_OPEN, "{\"t\":\"vault:v1:AAAA\"}", false } };
    for (size_t i = 0; i < COUNT(ways); i++) {
        vc_error err = VC_ERROR_INIT;
        vc_batch *batch = new_batch(ways[i].direction);
        const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), vc_str(ways[i].record), NULL, 0 };
        assert_int_equal(vc_batch_add_message(batch, rule_of("drops"), &message, NULL), VC_OK);
        assert_int_equal(vc_batch_step(batch, 1, NULL, &err), VC_STEP_SEND);
        vc_request *request = vc_batch_next_request(batch);
        assert_non_null(request);
        assert_int_equal(vc_request_reply(request, 400, vc_view_of(NULL, 0), vc_str(refusal), 1, &err), VC_OK);
        assert_int_equal(vc_batch_step(batch, 2, NULL, &err), VC_STEP_DONE);
        if (ways[i].drops) {
            assert_null(vc_batch_error(batch, 0));
            assert_true(vc__view_is(vc_batch_output(batch, 0), "{}"));
        } else {
            assert_non_null(vc_batch_error(batch, 0));
            assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_REFUSED);
        }
        vc_batch_free(batch);
    }
}

/* Whoever has the public key can have made it: it opens, and is not authentic for that. */
static void a_survey_believes_signatures_alone(void **state)
{
    (void)state;
    signer_is_there();
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    static const struct {
        const char *protect, *open;
        vc_code code;
    } all[] = { { "signed", "signed", VC_OK }, { "signed", "demanded", VC_OK }, { "signed", "unsigned", VC_E_UNSUPPORTED },
                { "unsigned", "unsigned", VC_E_UNSUPPORTED }, { "unsigned", "demanded", VC_E_SIGNATURE } };
    for (size_t i = 0; i < COUNT(all); i++) {
        const outcome sealed = fine(VC_PROTECT, all[i].protect, vc_str("{\"card\":\"x\"}"));
        vc_batch *batch = new_batch(VC_OPEN);
        assert_int_equal(vc_batch_set_survey(batch, 1, NULL), VC_OK);
        const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), bytes_of(&sealed), NULL, 0 };
        assert_int_equal(vc_batch_add_message(batch, rule_of(all[i].open), &message, NULL), VC_OK);
        assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_DONE);
        assert_int_equal(vc_batch_finding(batch, 0, 0, NULL), all[i].code);
        vc_batch_free(batch);
    }
}

/* A batch that is kept for the next records keeps no key for them. */
static void an_idle_batch_has_no_private_key(void **state)
{
    (void)state;
    private("orders", pair_rsa_private);
    private("shop", pair_ed_private);
    vc_batch *batch = new_batch(VC_PROTECT);
    const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), vc_str("{\"card\":\"x\"}"), NULL, 0 };
    assert_int_equal(vc_batch_add_message(batch, rule_of("signed"), &message, NULL), VC_OK);
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_DONE);
    assert_null(vc_batch_error(batch, 0));
    const vc_field *field = vc_rule_field_at(rule_of("signed"), 0);
    const vc__field_state *kept = &batch->local.fields[field->slot];
    assert_false(kept->protector.pair && vc__keypair_is_private(kept->protector.pair));
    vc_batch_clear(batch);
    assert_null(kept->protector.pair);
    assert_null(kept->signer.pair);
    vc_batch_free(batch);
}

/* -- what records can make private keys do -------------------------------------------------------------------- */

static void a_step_ends_in_time(void **state)
{
    (void)state;
    enum { MANY = 150 };
    private("orders", pair_rsa_private);
    public("orders", pair_rsa_public);
    static outcome sealed[MANY];
    static const char *const rules[] = { "messages", "blobs" };
    for (size_t r = 0; r < COUNT(rules); r++) {
        for (size_t i = 0; i < MANY; i++) {
            sealed[i] = fine(VC_PROTECT, rules[r], vc_str("m"));
            vc_keyring_clear(ring); /* a data key for each */
        }
        vc_batch *batch = new_batch(VC_OPEN);
        for (size_t i = 0; i < MANY; i++) {
            const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), bytes_of(&sealed[i]), NULL, 0 };
            assert_int_equal(vc_batch_add_message(batch, rule_of(rules[r]), &message, NULL), VC_OK);
        }
        vc_error err = VC_ERROR_INIT;
        uint64_t until = 0;
        for (size_t done = 64; done < MANY; done += 64) {
            assert_int_equal(vc_batch_step(batch, 7, &until, &err), VC_STEP_WAIT);
            assert_int_equal(until, 7); /* at once */
            assert_null(vc_batch_next_request(batch));
        }
        assert_int_equal(vc_batch_step(batch, 7, NULL, &err), VC_STEP_DONE);
        for (size_t i = 0; i < MANY; i++)
            assert_true(vc__view_is(vc_batch_output(batch, i), "m"));
        vc_batch_free(batch);
    }
}

/* Each of them is tried by itself, and none opens: a record does not ask for that without end. */
static void what_does_not_open_is_not_tried_without_end(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    const outcome sealed = fine(VC_PROTECT, "messages", vc_str("m"));
    assert_int_equal(sealed.len, 344);
    for (size_t many = 16; many <= 17; many++) {
        vc__auto(vc__buf) text = VC__BUF(1 << 16);
        vc__buf_str(&text, "{\"all\":[");
        for (size_t i = 0; i < many; i++) {
            char bad[345];
            snprintf(bad, sizeof bad, "%.344s", sealed.bytes);
            bad[100 + i] = bad[100 + i] == 'A' ? 'B' : 'A';
            vc__buf_printf(&text, "%s\"%s\"", i ? "," : "", bad);
        }
        vc__buf_str(&text, "]}");
        if (many == 16)
            (void)fine(VC_OPEN, "dropping", vc__buf_get(&text));
        else
            refuses(VC_OPEN, "dropping", vc__buf_get(&text), VC_E_CIPHERTEXT, "so many values of the record were not opened by their keys");
    }
}

/* -- lack of memory ---------------------------------------------------------------------------------------- */

/* One record through a batch; what Vault is asked is answered with `reply`. */
static vc_code once(vc_direction direction, const char *rule, vc_view record, const char *reply, outcome *out)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, direction, &err);
    const vc_message message = { sizeof message, vc_str("t"), vc_str("k"), record, NULL, 0 };
    vc_code code = batch ? vc_batch_set_keyring(batch, ring, &err) : err.code;
    code = code ? code : vc_batch_add_message(batch, rule_of(rule), &message, &err);
    vc_step step = VC_STEP_SEND;
    for (uint64_t now = 1; !code && step != VC_STEP_DONE; now++) {
        step = vc_batch_step(batch, now, NULL, &err);
        code = step == VC_STEP_FAILED ? err.code : VC_OK;
        for (vc_request *request; !code && (request = vc_batch_next_request(batch));)
            code = vc_request_reply(request, 200, vc_view_of(NULL, 0), vc_str(reply), now, &err);
    }
    if (!code && vc_batch_error(batch, 0))
        code = vc_batch_error(batch, 0)->code;
    if (code && code != VC_E_MEMORY)
        fail_msg("%s: %s", rule, err.code ? err.message : vc_batch_error(batch, 0)->message);
    if (!code && out)
        take(batch, 0, VC_OK, NULL, out);
    vc_batch_free(batch);
    return code;
}

typedef struct sweep {
    const char *rule;
    vc_direction direction;
    vc_view record;
    const char *reply;
} sweep;

static vc_code sweep_one(void *arg)
{
    const sweep *one = arg;
    const vc_code code = once(one->direction, one->rule, one->record, one->reply, NULL);
    vc_keyring_clear(ring); /* so that the data key is made, or opened, each time */
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    const outcome old = fine(VC_PROTECT, "blobs", vc_str("x")), message = fine(VC_PROTECT, "messages", vc_str("m"));
    public("orders", pair_ec_public);
    private("orders", pair_ec_private);
    private("shop", pair_ed_private);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    outcome sealed = fine(VC_PROTECT, "signed", vc_str("{\"card\":\"x\"}"));
    sweep sweeps[] = {
        { "signed", VC_PROTECT, vc_str("{\"card\":\"x\"}"), NULL },
        { "signed", VC_OPEN, bytes_of(&sealed), NULL },
        { "blobs", VC_REWRAP, bytes_of(&old), NULL },
        { "messages", VC_OPEN, bytes_of(&message), NULL },
    };
    for (size_t i = 0; i < COUNT(sweeps); i++) {
        assert_int_equal(sweep_one(&sweeps[i]), VC_OK); /* what the ring keeps for good is there now */
        SWEEP_ALLOCATIONS(sweep_one, &sweeps[i]);
    }
    /* by Vault, data key and message */
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 1, vc_str(pair_rsa_public), NULL), VC_OK);
    sweep by_vault = { "messages", VC_OPEN, bytes_of(&message), "{\"data\":{\"batch_results\":[{\"plaintext\":\"bQ==\"}]}}" };
    outcome opened;
    assert_int_equal(once(VC_OPEN, "messages", by_vault.record, by_vault.reply, &opened), VC_OK);
    assert_true(vc__view_is(bytes_of(&opened), "m"));
    SWEEP_ALLOCATIONS(sweep_one, &by_vault);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_ring, free_ring)
    const struct CMUnitTest tests[] = {
        TEST(a_public_key_protects_and_a_private_one_opens),
        TEST(why_there_is_no_key_is_told),
        TEST(keys_rotate),
        TEST(sealing_needs_a_key_that_wraps),
        TEST(what_was_changed_is_refused),
        TEST(one_operation_for_one_data_key),
        TEST(vault_unwraps_many_at_once),
        TEST(a_signature_is_made_and_demanded),
        TEST(what_a_demanded_signature_refuses),
        TEST(every_byte_is_signed),
        TEST(a_signature_misses_the_key_of_its_record),
        TEST(vault_signs),
        TEST(a_data_key_is_wrapped_anew),
        TEST(a_forged_token_harms_no_other),
        TEST(a_signed_token_is_not_wrapped_anew),
        TEST(messages_go_both_ways),
        TEST(bad_messages_are_errors_of_their_own),
        TEST(each_private_key_is_tried),
        TEST(vault_opens_messages),
        TEST(keys_come_and_go_while_vault_is_asked),
        TEST(a_survey_believes_signatures_alone),
        TEST(a_field_is_not_dropped_for_a_key_that_may_come),
        TEST(vaults_refusal_of_a_value_drops_it_one_way_only),
        TEST(an_idle_batch_has_no_private_key),
        TEST(a_step_ends_in_time),
        TEST(what_does_not_open_is_not_tried_without_end),
        TEST(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("record_pair", tests, setup, teardown);
}
