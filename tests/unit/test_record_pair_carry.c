/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hybrid` with `carry: header`: the wrapped key of a record's tokens in its header, once; what of that header is refused; and the keys in it
 * wrapped anew, of which no forged header spoils another's.
 */
#include "unit/pair_vault.h"
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/text.h"
#include "record/batch.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "- name: carts\n"
    "  fields:\n"
    "  - {path: $.card, hybrid: {key: orders, accept: [old], carry: header, bind: [topic, key]}}\n"
    "  - {path: $.note, hybrid: {key: orders, carry: header}, on_missing: ignore}\n"
    "  - {path: $.here, envelope: {key: one, source: static, carry: header}, on_missing: ignore}\n"
    "- name: twins\n"
    "  fields:\n"
    "  - {path: $.card, hybrid: {key: orders, carry: header}}\n"
    "  - {path: $.note, hybrid: {key: twin, carry: header}}\n"
    "- name: inside\n"
    "  context: carts\n"
    "  fields: [{path: $.card, hybrid: {key: orders, bind: [topic, key]}}]\n"
    "- name: demanded\n"
    "  context: carts\n"
    "  fields:\n"
    "  - {path: $.card, hybrid: {key: orders, bind: [topic, key], signed_by: [shop]}}\n"
    "  - {path: $.note, hybrid: {key: orders, carry: header}, on_missing: ignore}\n"
    "- name: enveloped\n"
    "  context: carts\n"
    "  fields: [{path: $.card, envelope: {key: orders, carry: header}}]\n"
    "- name: dropping\n"
    "  context: carts\n"
    "  fields: [{path: $.card, hybrid: {key: orders, carry: header, bind: [topic, key]}, on_error: drop_field}]\n"
    "- name: lists\n"
    "  fields: [{path: '$[*]', hybrid: {key: orders, carry: header}}]\n"
    "- name: blobs\n"
    "  value: {hybrid: {key: orders, carry: header}}\n";

static const char cart[] = "{\"card\":\"4111\",\"note\":[1,2],\"x\":1}";
static const vc_header around[] = { { { "before", 6 }, { "1", 1 } }, { { "after", 5 }, { "2", 1 } } };

static vc_schema *schema;
static vc_keyring *ring;
static vc__keypair *rsa;
static pair_vault vault;

static int setup(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    schema = vc_schema_parse(vc_str(schema_text), "test", &err);
    if (!schema)
        fprintf(stderr, "%s:%zu:%zu: %s\n", err.source, err.line, err.column, err.message);
    rsa = vc__keypair_private(vc_str(pair_rsa_private), NULL);
    return schema && rsa ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vc_schema_unref(schema);
    vc__keypair_unref(rsa);
    return 0;
}

static int new_ring(void **state)
{
    (void)state;
    ring = vc_keyring_new(NULL);
    vault = (pair_vault){ .rsa_name = "orders-rsa", .rsa = rsa };
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

/* The P-256 key protects from now on; that of RSA opens. */
static void rotate(void)
{
    public("orders", pair_ec_public);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    private("orders", pair_rsa_private);
}

/* -- messages ---------------------------------------------------------------------------------------------- */

/* A message with bytes of its own, and what became of it in a batch. */
typedef struct mail {
    char value[4096], keys[4096]; /* keys: of the header of wrapped keys */
    size_t value_len, keys_len;
    vc_header headers[4];
    size_t header_count;
    bool carries; /* has that header */
    vc_code code;
    char message[512];
} mail;

static mail mail_of(vc_view value, const vc_header *headers, size_t count)
{
    mail made = { .value_len = value.len, .header_count = count };
    memcpy(made.value, value.data, value.len);
    for (size_t i = 0; i < count; i++) {
        made.headers[i] = headers[i];
        if (!vc__view_is(headers[i].name, VC__NATIVE_KEYS))
            continue;
        assert_true(!made.carries && headers[i].value.len < sizeof made.keys);
        made.carries = true;
        memcpy(made.keys, headers[i].value.data, headers[i].value.len);
        made.keys_len = headers[i].value.len;
    }
    return made;
}

/* Lent to a batch: its header points to its own bytes. */
static vc_message send(mail *from)
{
    for (size_t i = 0; i < from->header_count; i++)
        if (from->carries && vc__view_is(from->headers[i].name, VC__NATIVE_KEYS))
            from->headers[i] = (vc_header){ vc_str(VC__NATIVE_KEYS), vc_view_of(from->keys, from->keys_len) };
    return (vc_message){ sizeof(vc_message), vc_str("t"), vc_str("k"), vc_view_of(from->value, from->value_len), from->headers, from->header_count };
}

static vc_batch *new_batch(vc_direction direction)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    return batch;
}

static void add(vc_batch *batch, const char *rule, mail *from)
{
    const vc_message message = send(from);
    assert_int_equal(vc_batch_add_message(batch, vc_schema_rule(schema, vc_str(rule), NULL), &message, NULL), VC_OK);
}

static mail take(const vc_batch *batch, size_t i, vc_code code, const vc_error *err)
{
    size_t count;
    const vc_error *own = code ? err : vc_batch_error(batch, i);
    const vc_header *headers = vc_batch_output_headers(batch, i, &count);
    if (own) {
        mail failed = { .code = own->code };
        snprintf(failed.message, sizeof failed.message, "%s", own->message);
        assert_null(vc_batch_output(batch, i).data);
        assert_int_equal(count, 0);
        return failed;
    }
    return mail_of(vc_batch_output(batch, i), headers, count);
}

static mail run(vc_direction direction, const char *rule, const mail *from)
{
    vc_error err = VC_ERROR_INIT;
    mail given = *from;
    vc_batch *batch = new_batch(direction);
    add(batch, rule, &given);
    const vc_code code = pair_vault_run(&vault, batch, &err);
    const mail out = take(batch, 0, code, &err);
    vc_batch_free(batch);
    return out;
}

static mail fine(vc_direction direction, const char *rule, const mail *from)
{
    const mail out = run(direction, rule, from);
    if (out.code)
        fail_msg("%s: %s: %s", rule, vc_code_name(out.code), out.message);
    return out;
}

static mail protect(const char *rule, const char *value)
{
    const mail clear = mail_of(vc_str(value), around, 2);
    return fine(VC_PROTECT, rule, &clear);
}

static void refuses(vc_direction direction, const char *rule, const mail *from, vc_code code, const char *message)
{
    const mail out = run(direction, rule, from);
    if (out.code != code || !strstr(out.message, message))
        fail_msg("%s: %s: %s, not %s: %s", rule, vc_code_name(out.code), out.message, vc_code_name(code), message);
}

static void opens_to(const char *rule, const mail *from, const char *clear)
{
    const mail out = fine(VC_OPEN, rule, from);
    assert_true(vc__view_is(vc_view_of(out.value, out.value_len), clear));
    assert_false(out.carries); /* it has served */
    assert_int_equal(out.header_count, 2);
    assert_true(vc__view_is(out.headers[0].name, "before") && vc__view_is(out.headers[1].name, "after"));
}

/* The entries of its header; `first` (may be NULL): the first one. */
static size_t entries(const mail *from, vc__native *first)
{
    const vc_view keys = vc_view_of(from->keys, from->keys_len);
    vc__native entry;
    size_t count = 0;
    assert_true(from->carries);
    assert_int_equal(vc__native_keys_check(keys, NULL), VC_OK);
    for (size_t at = 0; vc__native_keys_next(keys, &at, &entry); count++)
        if (first && !count)
            *first = entry;
    return count;
}

/* -- protected and opened ---------------------------------------------------------------------------------- */

static void the_key_goes_into_the_header_once(void **state)
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
        const mail sealed = protect("carts", cart);
        vc__native entry;
        assert_int_equal(entries(&sealed, &entry), 1);
        assert_int_equal(entry.source, kinds[i].source);
        assert_int_equal(entry.wrapped.len, kinds[i].wrapped);
        assert_true(vc__view_is(entry.key_name, kinds[i].id));
        assert_int_equal(sealed.header_count, 3);
        assert_true(sealed.value_len < 2 * 200); /* the tokens hold none of it */
        refuses(VC_OPEN, "carts", &sealed, VC_E_NO_KEY, "whose private half is not here");
        private("orders", kinds[i].private);
        vc_keyring_clear(ring);
        opens_to("carts", &sealed, cart);
        const mail whole = protect("blobs", "any bytes");
        assert_int_equal(entries(&whole, NULL), 1);
        opens_to("blobs", &whole, "any bytes");
    }
}

/* A reader refuses an id that is there twice. */
static void two_names_of_one_key_are_one_entry(void **state)
{
    (void)state;
    public("orders", pair_ec_public);
    public("twin", pair_ec_public);
    const mail sealed = protect("twins", "{\"card\":1,\"note\":2}");
    assert_int_equal(entries(&sealed, NULL), 1);
    private("orders", pair_ec_private);
    private("twin", pair_ec_private);
    opens_to("twins", &sealed, "{\"card\":1,\"note\":2}");
    /* and two keys are two */
    public("twin", pair_rsa_public);
    assert_int_equal(vc_keyring_prefer_public(ring, "twin", PAIR_RSA_ID, NULL), VC_OK);
    private("twin", pair_rsa_private);
    const mail other = protect("twins", "{\"card\":1,\"note\":2}");
    assert_int_equal(entries(&other, NULL), 2);
    opens_to("twins", &other, "{\"card\":1,\"note\":2}");
}

/* Beside a key that is no pair; and a reader whose schema has `carry: header` takes tokens that hold theirs. */
static void it_goes_with_others(void **state)
{
    (void)state;
    static const char clear[] = "{\"card\":\"1\",\"here\":true}";
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    const mail sealed = protect("carts", clear);
    assert_int_equal(entries(&sealed, NULL), 2);
    opens_to("carts", &sealed, clear);
    mail inside = protect("inside", "{\"card\":\"1\"}");
    assert_false(inside.carries);
    opens_to("carts", &inside, "{\"card\":\"1\"}");
    refuses(VC_PROTECT, "carts", &sealed, VC_E_PROTECTED, "has a header vaultcrypt-keys already");
}

static void each_record_has_its_header(void **state)
{
    (void)state;
    enum { MANY = 7 };
    public("orders", pair_ec_public);
    private("orders", pair_ec_private);
    assert_int_equal(vc_keyring_set_use_limits(ring, 3, 0, 0, NULL), VC_OK); /* calls of a key */
    mail given = mail_of(vc_str(cart), around, 2), sealed[MANY];
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = new_batch(VC_PROTECT);
    for (size_t round = 0; round < 3; round++) { /* one batch, again and again */
        vc_batch_clear(batch);
        for (size_t i = 0; i < MANY; i++)
            add(batch, "carts", &given);
        assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
        size_t with_two = 0;
        for (size_t i = 0; i < MANY; i++) {
            sealed[i] = take(batch, i, VC_OK, NULL);
            with_two += entries(&sealed[i], NULL) == 2; /* the key changed between its fields */
        }
        assert_true(with_two > 0);
        for (size_t i = 0; i < MANY; i++)
            opens_to("carts", &sealed[i], cart);
    }
    vc_batch_free(batch);
}

static void no_header_that_no_reader_takes(void **state)
{
    (void)state;
    enum { MOST = VC__NATIVE_KEYS_MAX };
    public("orders", pair_ec_public);
    assert_int_equal(vc_keyring_set_use_limits(ring, 1, 0, 0, NULL), VC_OK); /* a data key for each value */
    for (size_t count = MOST; count <= MOST + 1; count++) {
        mail given = { .value_len = 2 * count + 1 };
        given.value[0] = '[';
        for (size_t i = 0; i < count; i++)
            memcpy(given.value + 1 + 2 * i, i + 1 < count ? "0," : "0]", 2);
        vc_batch *batch = new_batch(VC_PROTECT);
        add(batch, "lists", &given);
        assert_int_equal(pair_vault_run(&vault, batch, NULL), VC_OK);
        const vc_error *error = vc_batch_error(batch, 0);
        assert_int_equal(error ? error->code : VC_OK, count > MOST ? VC_E_TOO_LARGE : VC_OK);
        assert_true(!error || strstr(error->message, "more than the 255 data keys that a header takes"));
        vc_batch_free(batch);
    }
}

/* -- refused ----------------------------------------------------------------------------------------------- */

static void a_header_that_is_not_right_is_refused(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    const mail sealed = protect("carts", cart);
    mail bad = sealed;
    bad.header_count = 2; /* the last one goes */
    bad.carries = false;
    refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "in a header (vaultcrypt-keys) that the record does not have");
    bad = sealed;
    bad.headers[bad.header_count++] = bad.headers[2];
    refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "there more than once");
    for (size_t len = 0; len < sealed.keys_len; len += len < 90 ? 1 : 37) {
        bad = sealed;
        bad.keys_len = len;
        refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "the header vaultcrypt-keys is refused at byte ");
    }
    vc_keyring_clear(ring); /* another data key: the header of another record */
    const mail other = protect("carts", cart);
    bad = sealed;
    memcpy(bad.keys, other.keys, other.keys_len);
    bad.keys_len = other.keys_len;
    refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "is not in the header vaultcrypt-keys");
    /* what the schema does not say */
    refuses(VC_OPEN, "inside", &sealed, VC_E_CIPHERTEXT, "the schema does not say so (`carry: header`)");
    refuses(VC_OPEN, "enveloped", &sealed, VC_E_CIPHERTEXT, "is under a public key, and the schema says another source");
    refuses(VC_OPEN, "demanded", &sealed, VC_E_SIGNATURE, "is not signed, and the schema demands it");
}

static void what_was_changed_in_it_is_refused(void **state)
{
    (void)state;
    enum { SOURCE = 33, NAME = 35 };
    public("orders", pair_rsa_public);
    private("orders", pair_rsa_private);
    const mail sealed = protect("carts", cart);
    vc__native entry;
    (void)entries(&sealed, &entry);
    const size_t wrapped = (size_t)(entry.wrapped.data - sealed.keys), ends[] = { wrapped, wrapped + 100, sealed.keys_len - 1 };
    mail bad;
    for (size_t i = 0; i < COUNT(ends); i++) {
        bad = sealed;
        bad.keys[ends[i]] ^= 1;
        vc_keyring_clear(ring);
        refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "cannot be authenticated");
    }
    bad = sealed;
    bad.keys[NAME] ^= 1; /* another id */
    refuses(VC_OPEN, "carts", &bad, VC_E_NO_KEY, "which `orders` (or `accept`) does not have here");
    bad = sealed;
    bad.keys[SOURCE] = VC__NATIVE_EC;
    refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "is refused at byte 34: a wrapped key that is of another size");
    bad.keys[SOURCE] = VC__NATIVE_STATIC;
    refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "not under a public key, as the schema says (`hybrid`)");
    bad.keys[SOURCE] = 9;
    refuses(VC_OPEN, "carts", &bad, VC_E_CIPHERTEXT, "is refused at byte 33: an unknown source of keys");
    /* under `drop_field` the field goes, and with it nothing else */
    bad = sealed;
    bad.value_len = (size_t)snprintf(bad.value, sizeof bad.value, "%.*s", (int)sealed.value_len, sealed.value);
    bad.keys[sealed.keys_len - 1] ^= 1;
    vc_keyring_clear(ring);
    const mail dropped = fine(VC_OPEN, "dropping", &bad);
    assert_null(strstr(dropped.value, "\"card\""));
    opens_to("carts", &sealed, cart);
}

/* The same bytes as those of the record before are not checked again, and others are. */
static void each_header_is_checked(void **state)
{
    (void)state;
    public("orders", pair_ec_public);
    private("orders", pair_ec_private);
    const mail good = protect("carts", cart);
    mail sent[] = { good, good, good, good, good, good };
    sent[2].keys[33] = 9; /* an unknown source */
    memcpy(sent[4].keys + good.keys_len, good.keys + 1, good.keys_len - 1); /* the id twice */
    sent[4].keys_len = 2 * good.keys_len - 1;
    vc_batch *batch = new_batch(VC_OPEN);
    for (size_t i = 0; i < COUNT(sent); i++)
        add(batch, "carts", &sent[i]);
    assert_int_equal(pair_vault_run(&vault, batch, NULL), VC_OK);
    for (size_t i = 0; i < COUNT(sent); i++) {
        const vc_error *error = vc_batch_error(batch, i);
        assert_int_equal(error ? error->code : VC_OK, i == 2 || i == 4 ? VC_E_CIPHERTEXT : VC_OK);
        assert_true(!error || strstr(error->message, i == 2 ? "byte 33: an unknown source" : "a key id that is there already"));
    }
    vc_batch_free(batch);
}

/* -- private keys in Vault --------------------------------------------------------------------------------- */

static void vault_unwraps_what_headers_have(void **state)
{
    (void)state;
    enum { MANY = 12 };
    public("orders", pair_rsa_public);
    assert_int_equal(vc_keyring_set_use_limits(ring, 2, 0, 0, NULL), VC_OK); /* a data key for each record */
    mail sealed[MANY];
    for (size_t i = 0; i < MANY; i++)
        sealed[i] = protect("carts", cart);
    assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 1, vc_str(pair_rsa_public), NULL), VC_OK);
    vc_keyring_clear(ring);
    vc_batch *batch = new_batch(VC_OPEN);
    for (size_t i = 0; i < MANY; i++)
        add(batch, "carts", &sealed[i]);
    assert_int_equal(pair_vault_run(&vault, batch, NULL), VC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_true(vc__view_is(vc_batch_output(batch, i), cart));
    assert_int_equal(vault.requests, 1);
    assert_int_equal(vault.items, MANY);
    vc_batch_free(batch);
}

/* -- under a new key --------------------------------------------------------------------------------------- */

static void a_header_is_wrapped_anew(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    const mail sealed = protect("carts", "{\"card\":\"4111\",\"note\":1,\"here\":2}");
    public("orders", pair_ec_public);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    refuses(VC_REWRAP, "carts", &sealed, VC_E_NO_KEY, "whose private half is not here");
    private("orders", pair_rsa_private);
    const mail renewed = fine(VC_REWRAP, "carts", &sealed);
    vc__native before, after;
    assert_int_equal(entries(&sealed, &before), 2);
    assert_int_equal(entries(&renewed, &after), 2); /* the static one stays */
    assert_true(vc__view_equal(before.key_id, after.key_id));
    assert_true(vc__view_is(after.key_name, PAIR_EC_ID));
    assert_int_equal(after.source, VC__NATIVE_EC);
    const size_t tail = sealed.keys_len - (size_t)(before.wrapped.data + before.wrapped.len - sealed.keys);
    assert_memory_equal(renewed.keys + renewed.keys_len - tail, sealed.keys + sealed.keys_len - tail, tail);
    /* the value is as it was, and the header in its place */
    assert_true(vc__view_equal(vc_view_of(renewed.value, renewed.value_len), vc_view_of(sealed.value, sealed.value_len)));
    assert_int_equal(renewed.header_count, 3);
    assert_true(vc__view_is(renewed.headers[2].name, VC__NATIVE_KEYS));
    const mail again = fine(VC_REWRAP, "carts", &renewed); /* nothing is left to do */
    assert_true(vc__view_equal(vc_view_of(again.keys, again.keys_len), vc_view_of(renewed.keys, renewed.keys_len)));
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    private("orders", pair_ec_private);
    vc_keyring_clear(ring);
    opens_to("carts", &renewed, "{\"card\":\"4111\",\"note\":1,\"here\":2}");
    /* without its header it is refused, not passed by as done */
    mail bad = sealed;
    bad.header_count = 2;
    bad.carries = false;
    refuses(VC_REWRAP, "carts", &bad, VC_E_CIPHERTEXT, "in a header (vaultcrypt-keys) that the record does not have");
}

/* Though its wrapped bytes are those of one that is asked about. */
static void an_entry_that_no_token_names_stays(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    mail sealed = protect("carts", cart);
    vc__native entry, other, after[2];
    (void)entries(&sealed, &entry);
    static const char id[VC__NATIVE_ID] = "another";
    other = entry;
    other.key_id = vc_view_of(id, sizeof id);
    vc__auto(vc__buf) keys = VC__BUF(sizeof sealed.keys);
    vc__native_keys_add(&keys, &entry);
    vc__native_keys_add(&keys, &other);
    memcpy(sealed.keys, keys.data, keys.len); /* what it was is its beginning */
    sealed.keys_len = keys.len;
    rotate();
    const mail renewed = fine(VC_REWRAP, "carts", &sealed);
    size_t at = 0, count = 0;
    while (count < 2 && vc__native_keys_next(vc_view_of(renewed.keys, renewed.keys_len), &at, &after[count]))
        count++;
    assert_int_equal(count, 2);
    assert_true(vc__view_is(after[0].key_name, PAIR_EC_ID));
    assert_true(vc__view_is(after[1].key_name, PAIR_RSA_ID));
    assert_true(vc__view_equal(after[1].wrapped, other.wrapped) && vc__view_equal(after[1].key_id, other.key_id));
}

static void what_was_renewed_is_counted(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    mail sealed = protect("carts", cart);
    rotate();
    vc_batch *batch = new_batch(VC_REWRAP);
    add(batch, "carts", &sealed);
    assert_int_equal(pair_vault_run(&vault, batch, NULL), VC_OK);
    vc_batch_stats stats = { .size = sizeof stats };
    vc_batch_get_stats(batch, &stats);
    assert_int_equal(stats.by_method[VC_METHOD_HYBRID], 2);
    vc_batch_free(batch);
}

/* A header whose entry has the wrapped bytes of another record's under its own id: that one's key stays what it is. */
static void a_forged_header_harms_no_other(void **state)
{
    (void)state;
    enum { FIRST, FORGED, VICTIM, COUNT_OF };
    mail given[COUNT_OF], renewed[COUNT_OF];
    public("orders", pair_rsa_public);
    given[VICTIM] = protect("carts", "{\"card\":\"victim\"}");
    vc_keyring_clear(ring);
    given[FORGED] = given[FIRST] = protect("carts", "{\"card\":\"other\"}");
    vc__native entry, victim;
    (void)entries(&given[FORGED], &entry);
    (void)entries(&given[VICTIM], &victim);
    assert_false(vc__view_equal(entry.key_id, victim.key_id));
    memcpy(given[FORGED].keys + (entry.wrapped.data - given[FORGED].keys), victim.wrapped.data, victim.wrapped.len);
    rotate();
    vc_keyring_clear(ring);
    vc_batch *batch = new_batch(VC_REWRAP);
    for (size_t i = 0; i < COUNT_OF; i++)
        add(batch, "carts", &given[i]);
    assert_int_equal(pair_vault_run(&vault, batch, NULL), VC_OK);
    for (size_t i = 0; i < COUNT_OF; i++)
        renewed[i] = take(batch, i, VC_OK, NULL);
    vc_batch_free(batch);
    free_ring(NULL);
    new_ring(NULL);
    private("orders", pair_ec_private);
    opens_to("carts", &renewed[VICTIM], "{\"card\":\"victim\"}");
    opens_to("carts", &renewed[FIRST], "{\"card\":\"other\"}");
}

/* -- lack of memory ---------------------------------------------------------------------------------------- */

typedef struct sweep {
    vc_direction direction;
    mail *from;
} sweep;

static vc_code sweep_one(void *arg)
{
    const sweep *one = arg;
    vc_error err = VC_ERROR_INIT;
    const vc_message message = send(one->from);
    vc_batch *batch = vc_batch_new(schema, one->direction, &err);
    vc_code code = batch ? vc_batch_set_keyring(batch, ring, &err) : err.code;
    code = code ? code : vc_batch_add_message(batch, vc_schema_rule(schema, vc_str("carts"), NULL), &message, &err);
    if (!code && vc_batch_step(batch, 1, NULL, &err) != VC_STEP_DONE)
        code = err.code;
    if (!code && vc_batch_error(batch, 0))
        code = vc_batch_error(batch, 0)->code;
    vc_batch_free(batch);
    vc_keyring_clear(ring); /* so that the data key is made, or opened, each time */
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    mail clear = mail_of(vc_str(cart), around, 2), sealed = protect("carts", cart);
    rotate();
    private("orders", pair_ec_private);
    sweep sweeps[] = { { VC_PROTECT, &clear }, { VC_OPEN, &sealed }, { VC_REWRAP, &sealed } };
    for (size_t i = 0; i < COUNT(sweeps); i++) {
        assert_int_equal(sweep_one(&sweeps[i]), VC_OK); /* what the ring keeps for good is there now */
        SWEEP_ALLOCATIONS(sweep_one, &sweeps[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_ring, free_ring)
    const struct CMUnitTest tests[] = {
        TEST(the_key_goes_into_the_header_once),
        TEST(two_names_of_one_key_are_one_entry),
        TEST(it_goes_with_others),
        TEST(each_record_has_its_header),
        TEST(no_header_that_no_reader_takes),
        TEST(a_header_that_is_not_right_is_refused),
        TEST(what_was_changed_in_it_is_refused),
        TEST(each_header_is_checked),
        TEST(vault_unwraps_what_headers_have),
        TEST(a_header_is_wrapped_anew),
        TEST(an_entry_that_no_token_names_stays),
        TEST(what_was_renewed_is_counted),
        TEST(a_forged_header_harms_no_other),
        TEST(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("record_pair_carry", tests, setup, teardown);
}
