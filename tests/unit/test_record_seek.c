/* SPDX-License-Identifier: Apache-2.0 */
/* A record names a key that the keyring does not have: the batch has it looked for, once, waits for that look, and goes on with what it brought. */
#include "unit/pair_vault.h"
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/text.h"
#include "record/batch.h"

#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "records:\n"
                                  "- {name: carts, fields: [{path: $.card, hybrid: {key: orders}, on_error: drop_field}]}\n"
                                  "- {name: signed, fields: [{path: $.card, hybrid: {key: orders, sign: shop}}]}\n"
                                  "- {name: messages, value: {rsa-oaep: {key: orders}}}\n";

static vc_schema *schema;
static vc_keyring *ring;
static vc__keypair *rsa;
static pair_vault vault;

/* Who looks: what it is asked for, and what it answered. */
static struct looker {
    vc__seeker seeker;
    vc__sought without; /* what is said instead of looking */
    bool refuses;
    unsigned wishes, taken;
    char name[40];
} looker;

static vc__sought seek(void *user, const char *name)
{
    struct looker *self = user;
    if (self->refuses)
        return self->without;
    self->wishes++;
    snprintf(self->name, sizeof self->name, "%s", name);
    return VC__SOUGHT;
}

static void taken(void *user)
{
    ((struct looker *)user)->taken++;
}

static void answers(void)
{
    vc__ring_answer(ring, &looker.seeker, vc__ring_take_wish(ring, &looker.seeker), true);
}

static int setup(void **state)
{
    (void)state;
    schema = vc_schema_parse(vc_str(schema_text), "test", NULL);
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
    looker = (struct looker){ .seeker = { .seek = seek, .take = taken, .user = &looker } };
    vc__ring_enlist(ring, &looker.seeker);
    return 0;
}

static int free_ring(void **state)
{
    (void)state;
    vc__ring_delist(ring, &looker.seeker);
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

static vc_batch *batch_of(vc_direction direction, const char *rule, vc_view record)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    assert_int_equal(vc_batch_set_deadline(batch, 5000, NULL), VC_OK);
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), NULL), record, NULL), VC_OK);
    return batch;
}

/* What protecting makes of it; the keys go. */
static size_t seal(const char *rule, const char *record, char *out, size_t room)
{
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = batch_of(VC_PROTECT, rule, vc_str(record));
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    const vc_view made = vc_batch_output(batch, 0);
    assert_true(made.len && made.len < room);
    memcpy(out, made.data, made.len);
    vc_batch_free(batch);
    vc_keyring_clear(ring);
    return made.len;
}

static void waits(vc_batch *batch, uint64_t now)
{
    uint64_t until = 0;
    assert_int_equal(vc_batch_step(batch, now, &until, NULL), VC_STEP_WAIT);
    assert_true(until > now && until <= now + 100);
    assert_null(vc_batch_next_request(batch));
    assert_null(vc_batch_output(batch, 0).data);
}

static void ends_with(vc_batch *batch, const char *output)
{
    vc_error err = VC_ERROR_INIT;
    if (pair_vault_run(&vault, batch, &err))
        fail_msg("%s", err.message);
    if (vc_batch_error(batch, 0))
        fail_msg("%s", vc_batch_error(batch, 0)->message);
    assert_true(vc__view_is(vc_batch_output(batch, 0), output));
    vc_batch_free(batch);
}

static void ends_without_key(vc_batch *batch, uint64_t now)
{
    assert_int_equal(vc_batch_step(batch, now, NULL, NULL), VC_STEP_DONE);
    assert_non_null(vc_batch_error(batch, 0));
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_NO_KEY);
    vc_batch_free(batch);
}

static void the_key_that_a_token_names_is_looked_for(void **state)
{
    (void)state;
    char text[2000];
    public("orders", pair_rsa_public);
    const vc_view sealed = vc_view_of(text, seal("carts", "{\"card\":1}", text, sizeof text));
    for (int whole = 0; whole < 2; whole++) { /* its private half, and all of it */
        looker.wishes = 0;
        if (whole)
            assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
        vc_batch *batch = batch_of(VC_OPEN, "carts", sealed);
        waits(batch, 1);
        waits(batch, 30);
        assert_int_equal(looker.wishes, 1);
        assert_string_equal(looker.name, "orders");
        private("orders", pair_rsa_private);
        waits(batch, 60); /* the look is not over */
        answers();
        ends_with(batch, "{\"card\":1}");
        assert_int_equal(looker.wishes, 1);
    }
    assert_int_equal(looker.taken, 2);
}

static void one_look_is_all(void **state)
{
    (void)state;
    char text[2000];
    public("orders", pair_rsa_public);
    const vc_view sealed = vc_view_of(text, seal("carts", "{\"card\":1}", text, sizeof text));
    vc_batch *batch = batch_of(VC_OPEN, "carts", sealed);
    waits(batch, 1);
    answers();
    ends_without_key(batch, 2); /* its field is not dropped for that */
    /* a look that began before it was asked for is none */
    const uint64_t before = vc__ring_take_wish(ring, &looker.seeker);
    batch = batch_of(VC_OPEN, "carts", sealed);
    waits(batch, 1);
    vc__ring_answer(ring, &looker.seeker, before, true);
    waits(batch, 2);
    answers();
    ends_without_key(batch, 3);
    /* nobody looks, or not again so soon */
    looker.refuses = true;
    ends_without_key(batch_of(VC_OPEN, "carts", sealed), 1);
    looker.refuses = false;
    batch = batch_of(VC_OPEN, "carts", sealed);
    waits(batch, 1);
    vc__ring_delist(ring, &looker.seeker); /* who looked is gone */
    ends_without_key(batch, 2);
    ends_without_key(batch_of(VC_OPEN, "carts", sealed), 1);
}

/* Two look, as after a reload: both are waited for. */
static void all_who_look_are_waited_for(void **state)
{
    (void)state;
    char text[2000];
    struct looker other = { .seeker = { .seek = seek, .take = taken, .user = &other } };
    vc__ring_enlist(ring, &other.seeker);
    public("orders", pair_rsa_public);
    const vc_view sealed = vc_view_of(text, seal("carts", "{\"card\":1}", text, sizeof text));
    vc_batch *batch = batch_of(VC_OPEN, "carts", sealed);
    waits(batch, 1);
    answers();
    waits(batch, 2);
    private("orders", pair_rsa_private);
    vc__ring_answer(ring, &other.seeker, vc__ring_take_wish(ring, &other.seeker), true);
    ends_with(batch, "{\"card\":1}");
    vc__ring_delist(ring, &other.seeker);
}

/* It is no trouble of the batch: the record does without. */
static void a_look_that_takes_too_long(void **state)
{
    (void)state;
    char text[2000];
    public("orders", pair_rsa_public);
    const vc_view sealed = vc_view_of(text, seal("carts", "{\"card\":1}", text, sizeof text));
    vc_batch *batch = batch_of(VC_OPEN, "carts", sealed);
    waits(batch, 1);
    waits(batch, 4900);
    assert_int_equal(vc_batch_step(batch, 5001, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_NO_KEY);
    vc_batch_clear(batch); /* and begins anew with the next records */
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str("carts"), NULL), sealed, NULL), VC_OK);
    waits(batch, 6000);
    private("orders", pair_rsa_private);
    answers();
    ends_with(batch, "{\"card\":1}");
}

static void signers_are_looked_for(void **state)
{
    (void)state;
    char text[2000];
    private("orders", pair_rsa_private);
    private("shop", pair_ed_private);
    const vc_view sealed = vc_view_of(text, seal("signed", "{\"card\":1}", text, sizeof text));
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    public("shop", pair_ed2_public);
    vc_batch *batch = batch_of(VC_OPEN, "signed", sealed);
    waits(batch, 1);
    assert_string_equal(looker.name, "shop");
    public("shop", pair_ed_public);
    answers();
    ends_with(batch, "{\"card\":1}");
    /* another's */
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    batch = batch_of(VC_OPEN, "signed", sealed);
    waits(batch, 1);
    answers();
    assert_int_equal(vc_batch_step(batch, 2, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_SIGNATURE);
    vc_batch_free(batch);
}

static vc_code code_of(vc_batch *batch, uint64_t now)
{
    assert_int_equal(vc_batch_step(batch, now, NULL, NULL), VC_STEP_DONE);
    const vc_code code = vc_batch_error(batch, 0) ? vc_batch_error(batch, 0)->code : VC_OK;
    vc_batch_free(batch);
    return code;
}

/* Only who has looked wherever there is to look may say that a signature is forged: what is forged is dropped for good. */
static void who_has_not_looked_does_not_say_forged(void **state)
{
    (void)state;
    char text[2000];
    struct looker other = { .seeker = { .seek = seek, .take = taken, .user = &other }, .refuses = true, .without = VC__SOUGHT_NOT_NOW };
    vc__lack lack = { .name = "shop" }, fine = { .name = "shop" };
    private("orders", pair_rsa_private);
    private("shop", pair_ed_private);
    const vc_view sealed = vc_view_of(text, seal("signed", "{\"card\":1}", text, sizeof text));
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    public("shop", pair_ed2_public);
    looker.refuses = true;
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_SIGNATURE); /* there is nowhere to look */
    looker.without = VC__SOUGHT_NOT_NOW;
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_NO_KEY);
    looker.refuses = false;
    vc__ring_enlist(ring, &other.seeker); /* one of two looks */
    vc_batch *batch = batch_of(VC_OPEN, "signed", sealed);
    waits(batch, 1);
    answers();
    assert_int_equal(code_of(batch, 2), VC_E_NO_KEY);
    vc__ring_delist(ring, &other.seeker);
    batch = batch_of(VC_OPEN, "signed", sealed); /* a look that does not come to its end, and one whose looker goes */
    waits(batch, 1);
    vc__ring_answer(ring, &looker.seeker, vc__ring_take_wish(ring, &looker.seeker), false);
    assert_int_equal(code_of(batch, 2), VC_E_NO_KEY);
    batch = batch_of(VC_OPEN, "signed", sealed);
    waits(batch, 1);
    vc__ring_delist(ring, &looker.seeker);
    assert_int_equal(code_of(batch, 2), VC_E_NO_KEY);
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_SIGNATURE);
    /* who has its keys says that they are not all here; that others have all of theirs takes nothing of that back */
    vc__ring_lack_enlist(ring, &lack);
    vc__ring_lack_enlist(ring, &fine);
    vc__ring_lack_tell(ring, &lack, true, "");
    vc__ring_lack_tell(ring, &fine, false, "");
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_NO_KEY);
    vc__ring_lack_delist(ring, &fine, true);
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_NO_KEY);
    vc__ring_lack_delist(ring, &lack, false);
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_SIGNATURE);
    vc__ring_lack_enlist(ring, &lack); /* and it outlives who said it, until it is taken back */
    vc__ring_lack_tell(ring, &lack, true, "away");
    vc__ring_lack_delist(ring, &lack, true);
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_NO_KEY);
    assert_int_equal(vc_keyring_set_pair_reason(ring, "shop", NULL, NULL), VC_OK);
    assert_int_equal(code_of(batch_of(VC_OPEN, "signed", sealed), 1), VC_E_SIGNATURE);
}

/* A signer and a key of one field, of two records: that one is not there takes no look away from the other. */
static void each_list_of_names_has_its_look(void **state)
{
    (void)state;
    char forged[2000], good[2000];
    private("orders", pair_rsa_private);
    private("shop", pair_ed_private);
    const vc_view first = vc_view_of(forged, seal("signed", "{\"card\":1}", forged, sizeof forged));
    assert_int_equal(vc_keyring_remove_pair(ring, "shop", PAIR_ED_ID, NULL), VC_OK);
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    private("orders", pair_ec_private);
    private("shop", pair_ed2_private);
    const vc_view second = vc_view_of(good, seal("signed", "{\"card\":2}", good, sizeof good));
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    private("orders", pair_rsa_private);
    vc_batch *batch = batch_of(VC_OPEN, "signed", first);
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str("signed"), NULL), second, NULL), VC_OK);
    waits(batch, 1);
    assert_int_equal(looker.wishes, 2);
    private("orders", pair_ec_private);
    answers();
    assert_int_equal(vc_batch_step(batch, 2, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_SIGNATURE);
    assert_null(vc_batch_error(batch, 1));
    vc_batch_free(batch);
}

/* A message that no key opens may be for a new one: also when Vault had to be asked to find that out. */
static void messages_name_no_key(void **state)
{
    (void)state;
    char text[2000];
    public("orders", pair_rsa3_public);
    const vc_view sealed = vc_view_of(text, seal("messages", "m", text, sizeof text));
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA3_ID, NULL), VC_OK);
    private("orders", pair_rsa_private);
    vc_batch *batch = batch_of(VC_OPEN, "messages", sealed);
    waits(batch, 1);
    private("orders", pair_rsa3_private);
    answers();
    ends_with(batch, "m");
    vc_batch *plain = batch_of(VC_OPEN, "messages", vc_str("aGVsbG8=")); /* of no key's length */
    assert_int_equal(vc_batch_step(plain, 1, NULL, NULL), VC_STEP_DONE);
    assert_non_null(vc_batch_error(plain, 0));
    vc_batch_free(plain);

    free_ring(NULL);
    new_ring(NULL);
    public("orders", pair_rsa_public);
    char damaged[2000];
    const size_t len = seal("messages", "m", damaged, sizeof damaged);
    damaged[100] = damaged[100] == 'A' ? 'B' : 'A';
    assert_int_equal(vc_keyring_add_vault_private(ring, "orders", NULL, "orders-rsa", 1, vc_str(pair_rsa_public), NULL), VC_OK);
    batch = batch_of(VC_OPEN, "messages", vc_view_of(damaged, len));
    assert_int_equal(vc_batch_step(batch, 1, NULL, NULL), VC_STEP_SEND);
    vc_request *request = vc_batch_next_request(batch);
    assert_non_null(request);
    static const char refusal[] = "{\"data\":{\"batch_results\":[{\"error\":\"failed to RSA decrypt the ciphertext: crypto/rsa: decryption error\"}]}}";
    assert_int_equal(vc_request_reply(request, 200, vc_view_of(NULL, 0), vc_str(refusal), 2, NULL), VC_OK);
    uint64_t until;
    for (uint64_t now = 3; now < 6; now++)
        assert_int_equal(vc_batch_step(batch, now, &until, NULL), VC_STEP_WAIT);
    assert_int_equal(looker.wishes, 1);
    answers();
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(pair_vault_run(&vault, batch, &err), VC_OK);
    assert_int_equal(vc_batch_error(batch, 0)->code, VC_E_CIPHERTEXT);
    vc_batch_free(batch);
}

/* Records that lack a key and others, in one batch: these are not lost, and a survey waits too. */
static void others_go_on(void **state)
{
    (void)state;
    char known[2000], unknown[2000];
    public("orders", pair_rsa_public);
    const vc_view first = vc_view_of(known, seal("carts", "{\"card\":1}", known, sizeof known));
    assert_int_equal(vc_keyring_remove_pair(ring, "orders", PAIR_RSA_ID, NULL), VC_OK);
    public("orders", pair_ec_public);
    const vc_view second = vc_view_of(unknown, seal("carts", "{\"card\":2}", unknown, sizeof unknown));
    private("orders", pair_rsa_private);
    vc_batch *batch = batch_of(VC_OPEN, "carts", second);
    for (int i = 0; i < 100; i++)
        assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str("carts"), NULL), i % 2 ? first : second, NULL), VC_OK);
    waits(batch, 1);
    assert_int_equal(looker.wishes, 1);
    answers();
    assert_int_equal(vc_batch_step(batch, 2, NULL, NULL), VC_STEP_DONE);
    for (size_t i = 0; i < 101; i++) {
        const vc_error *why = vc_batch_error(batch, i);
        assert_int_equal(why ? why->code : VC_OK, i && !(i % 2) ? VC_OK : VC_E_NO_KEY);
    }
    vc_batch_free(batch);
    batch = vc_batch_new(schema, VC_OPEN, NULL);
    assert_int_equal(vc_batch_set_keyring(batch, ring, NULL), VC_OK);
    assert_int_equal(vc_batch_set_survey(batch, 1, NULL), VC_OK);
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str("carts"), NULL), second, NULL), VC_OK);
    waits(batch, 1);
    answers();
    assert_int_equal(vc_batch_step(batch, 2, NULL, NULL), VC_STEP_DONE);
    assert_int_equal(vc_batch_finding(batch, 0, 0, NULL), VC_E_NO_KEY);
    vc_batch_free(batch);
}

/* -- lack of memory ------------------------------------------------------------------------------------------- */

static vc_code sweep_one(void *arg)
{
    const vc_view *sealed = arg;
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = vc_batch_new(schema, VC_OPEN, &err);
    vc_code code = batch ? vc_batch_set_keyring(batch, ring, &err) : err.code;
    code = code ? code : vc_batch_add(batch, vc_schema_rule(schema, vc_str("messages"), NULL), *sealed, &err);
    vc_step step = VC_STEP_WAIT;
    for (uint64_t now = 1; !code && step != VC_STEP_DONE; now += 10) {
        step = vc_batch_step(batch, now, NULL, &err);
        code = step == VC_STEP_FAILED ? err.code : VC_OK;
        answers();
    }
    if (!code)
        code = vc_batch_error(batch, 0)->code == VC_E_MEMORY ? VC_E_MEMORY : VC_OK;
    vc_batch_free(batch);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    char text[2000];
    public("orders", pair_rsa_public);
    vc_view sealed = vc_view_of(text, seal("messages", "m", text, sizeof text));
    SWEEP_ALLOCATIONS(sweep_one, &sealed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_ring, free_ring)
    const struct CMUnitTest tests[] = {
        TEST(the_key_that_a_token_names_is_looked_for), TEST(one_look_is_all), TEST(all_who_look_are_waited_for), TEST(a_look_that_takes_too_long),
        TEST(signers_are_looked_for), TEST(who_has_not_looked_does_not_say_forged), TEST(each_list_of_names_has_its_look),
        TEST(messages_name_no_key), TEST(others_go_on), TEST(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("record_seek", tests, setup, teardown);
}
