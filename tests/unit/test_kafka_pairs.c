/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vc_consumer and vc_producer with key pairs: `hybrid` and `rsa-oaep`, on the mock cluster, with the library itself and no Vault. Each record stands or
 * falls alone, whichever keys are here; and a key that was rotated is had while the consumer goes on.
 */
#include "unit/kafka_world.h"
#include "unit/pairs.h"

#include <vaultcrypt/kafka_consumer.h>
#include <vaultcrypt/kafka_producer.h>
#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] =
    "version: 1\n"
    "keys: [{name: orders, private: {file: private.pem}}, {name: old, private: {file: old.pem}}, {name: shop, public: {file: shop.pem}}]\n"
    "records:\n"
    "- name: carts\n"
    "  topics: [in]\n"
    "  on_error: dead_letter\n"
    "  fields: [{path: $.card, hybrid: {key: orders, bind: [topic, key], sign: shop}}]\n"
    "- {name: texts, topics: [out], value: {rsa-oaep: {key: orders, accept: [old]}}}\n"
    "- {name: unsigned, context: carts, topics: [nowhere], fields: [{path: $.card, hybrid: {key: orders, bind: [topic, key]}}]}\n";

enum { FIRST_LEN = 2000 };

static struct world *world; /* its client and schema are not used */
static vc_schema *real_schema;
static vc_client *client;
static vc_keyring *ring;
static char folder[] = "/tmp/vc-test-pairs-XXXXXX";

static int make_all(void **state)
{
    (void)state;
    real_schema = vc_schema_parse(vc_str(schema_text), "test", NULL);
    return real_schema && mkdtemp(folder) ? 0 : -1;
}

static int end_all(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    vc_schema_unref(real_schema);
    return system(command);
}

/* Topics of its own, and a client that has no Vault to ask: nothing here may. */
static int begin(void **state)
{
    (void)state;
    vc_config *config = vc_config_new(NULL);
    world = make_world(1);
    assert_int_equal(vc_config_set(config, "address", "http://127.0.0.1:9", NULL), VC_OK);
    assert_int_equal(vc_config_set_token(config, vc_str("none"), NULL), VC_OK);
    client = vc_client_open(config, NULL);
    vc_config_free(config);
    assert_non_null(client);
    ring = vc_client_keyring(client);
    return 0;
}

static int end(void **state)
{
    (void)state;
    vc_client_close(client);
    end_world(world);
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

static void remove_pair(const char *name, const char *id)
{
    assert_int_equal(vc_keyring_remove_pair(ring, name, id, NULL), VC_OK);
}

/* Protected by the rule of that name (NULL: the topic's) just before producing. */
static void protect(const char *topic, const char *rule, const char *key, const char *value)
{
    vc_error err = VC_ERROR_INIT;
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str(topic);
    message.key = vc_str(key);
    message.value = vc_str(value);
    vc_producer *producer = vc_producer_new(world->producer, client, real_schema, &err);
    assert_non_null(producer);
    if (rule)
        assert_int_equal(vc_producer_set_rule(producer, rule, &err), VC_OK);
    if (vc_producer_produce(producer, &message, 0, 0, NULL, &err) || vc_producer_flush(producer, 10000, &err))
        fail_msg("%s", err.message);
    vc_producer_free(producer);
}

static void send_as_it_is(const char *topic, const char *key, vc_view value)
{
    const rd_kafka_vu_t what[] = { { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic },
                                   { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 0 },
                                   { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
                                   { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)(uintptr_t)key, strlen(key) } },
                                   { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)value.data, value.len } } };
    assert_null(rd_kafka_produceva(world->producer, what, COUNT(what)));
    assert_int_equal(rd_kafka_flush(world->producer, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* What is in the topic at offset `i`, again and under another key, with its byte `at` changed (0: none). */
static void send_again(const char *topic, size_t i, const char *key, size_t at)
{
    char room[FIRST_LEN];
    struct topic *all = read_topic(world, topic, 1);
    const size_t len = all->records[i]->len;
    assert_true(len < sizeof room);
    memcpy(room, all->records[i]->payload, len);
    if (at)
        room[at] = room[at] == 'A' ? 'B' : 'A';
    free_topic(all);
    send_as_it_is(topic, key, vc_view_of(room, len));
}

typedef struct outcome {
    vc_code code;
    const char *text; /* the value, or what the message holds */
} outcome;

/* The whole topic through one consumer: what becomes of each record, in order; none is told of with a byte of its content. */
static void opens_as(const char *topic, const outcome *want, size_t count)
{
    vc_error err = VC_ERROR_INIT;
    struct topic *all = read_topic(world, topic, 1);
    vc_consumer *consumer = vc_consumer_new(client, real_schema, &err);
    assert_int_equal(all->count, count);
    if (vc_consumer_open(consumer, all->records, count, &err))
        fail_msg("%s", err.message);
    assert_int_equal(vc_consumer_count(consumer), count);
    for (size_t i = 0; i < count; i++) {
        vc_message message = VC_MESSAGE_INIT;
        const vc_code code = vc_consumer_message(consumer, i, &message);
        const vc_error *why = vc_consumer_error(consumer, i);
        if (code != want[i].code)
            fail_msg("record %zu: %s: %s", i, vc_code_name(code), why ? why->message : "");
        if (!code) {
            assert_null(why);
            assert_int_equal(message.value.len, strlen(want[i].text));
            assert_memory_equal(message.value.data, want[i].text, message.value.len);
            continue;
        }
        assert_null(message.value.data);
        if (!strstr(why->message, want[i].text))
            fail_msg("record %zu: %s", i, why->message);
        assert_null(strstr(why->message, "CANARY"));
        assert_int_equal(vc_consumer_on_error(consumer, i), strcmp(topic, "in") == 0 ? VC_ON_ERROR_DEAD_LETTER : VC_ON_ERROR_FAIL);
    }
    vc_consumer_free(consumer);
    free_topic(all);
}

static void nothing_is_in_clear(const char *topic)
{
    struct topic *all = read_topic(world, topic, 1);
    assert_absent(all, "CANARY");
    free_topic(all);
}

/* -- hybrid -------------------------------------------------------------------------------------------------------- */

static void hybrid_fields(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    private("shop", pair_ed_private);
    protect("in", NULL, "k1", "{\"n\":1, \"card\":\"CANARY one\"}");
    protect("in", "unsigned", "k2", "{\"card\":\"CANARY two\"}");
    send_again("in", 0, "other", 0);
    send_again("in", 0, "k1", 60);
    public("orders", pair_ec_public);
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_EC_ID, NULL), VC_OK);
    protect("in", NULL, "k5", "{\"card\":{\"CANARY\":[1]}}");
    send_as_it_is("in", "k6", vc_str("{\"card\":\"CANARY in clear\"}"));
    send_as_it_is("in", "k7", vc_str("CANARY"));
    nothing_is_in_clear("out");
    const outcome with_ec[] = { { VC_E_NO_KEY, "whose private half is not here" },
                                { VC_E_SIGNATURE, "is not signed" },
                                { VC_E_NO_KEY, "whose private half is not here" },
                                { VC_E_NO_KEY, "" }, /* its fault is found once its key is here */
                                { VC_OK, "{\"card\":{\"CANARY\":[1]}}" },
                                { VC_E_PLAINTEXT, "plaintext" },
                                { VC_E_JSON, "" } };
    private("orders", pair_ec_private);
    outcome want[COUNT(with_ec)];
    memcpy(want, with_ec, sizeof want);
    want[1] = (outcome){ VC_E_NO_KEY, "whose private half is not here" }; /* the key is asked for first */
    opens_as("in", want, COUNT(want));
    private("orders", pair_rsa_private); /* it comes: the same consumer's next look opens */
    memcpy(want, with_ec, sizeof want);
    want[0] = (outcome){ VC_OK, "{\"n\":1, \"card\":\"CANARY one\"}" };
    want[2] = (outcome){ VC_E_SIGNATURE, "was changed, or belongs to another record or place" };
    want[3].code = VC_E_SIGNATURE;
    opens_as("in", want, COUNT(want));
    remove_pair("shop", PAIR_ED_ID);
    want[0] = want[4] = (outcome){ VC_E_NO_KEY, "no key of `shop` is here" };
    want[2] = want[3] = want[0];
    opens_as("in", want, COUNT(want));
    public("shop", pair_ed_public); /* who opens has the public half */
    want[0] = (outcome){ VC_OK, "{\"n\":1, \"card\":\"CANARY one\"}" };
    want[4] = with_ec[4];
    want[2] = want[3] = (outcome){ VC_E_SIGNATURE, "" };
    opens_as("in", want, COUNT(want));
}

/* -- rsa-oaep ------------------------------------------------------------------------------------------------------ */

static void rsa_oaep_values(void **state)
{
    (void)state;
    public("orders", pair_rsa_public);
    protect("out", NULL, "a", "CANARY one");
    send_again("out", 0, "b", 0); /* bound to nothing */
    send_again("out", 0, "c", 100);
    send_as_it_is("out", "d", vc_str("CANARY, in clear"));
    struct topic *all = read_topic(world, "out", 1);
    send_as_it_is("out", "e", vc_view_of(all->records[0]->payload, all->records[0]->len - 4));
    free_topic(all);
    remove_pair("orders", PAIR_RSA_ID);
    public("orders", pair_rsa3_public);
    protect("out", NULL, "f", "CANARY six");
    remove_pair("orders", PAIR_RSA3_ID);
    static const char cut[] = "it was cut, or made for another key";
    outcome want[] = { { VC_E_NO_KEY, "no private RSA key of `orders` is here" }, { VC_E_NO_KEY, "" },         { VC_E_NO_KEY, "" },
                       { VC_E_PLAINTEXT, "plaintext" },                           { VC_E_NO_KEY, "" },         { VC_E_NO_KEY, "" } };
    opens_as("out", want, COUNT(want));
    private("old", pair_rsa_private); /* under a name that is accepted */
    want[0] = want[1] = (outcome){ VC_OK, "CANARY one" };
    want[2] = (outcome){ VC_E_CIPHERTEXT, "cannot be authenticated" };
    want[4] = (outcome){ VC_E_CIPHERTEXT, cut };
    want[5] = (outcome){ VC_E_CIPHERTEXT, cut };
    opens_as("out", want, COUNT(want));
    private("orders", pair_rsa3_private);
    want[5] = (outcome){ VC_OK, "CANARY six" };
    opens_as("out", want, COUNT(want));
    /* too long for any key: the producer has nothing of it */
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    vc_error err = VC_ERROR_INIT;
    vc_message message = VC_MESSAGE_INIT;
    message.topic = vc_str("out");
    message.value = vc_str(longest);
    vc_producer *producer = vc_producer_new(world->producer, client, real_schema, &err);
    assert_int_equal(vc_producer_add(producer, &message, 0, 0, NULL, &err), VC_OK);
    assert_int_equal(vc_producer_flush(producer, 10000, &err), VC_E_TOO_LARGE);
    assert_non_null(strstr(err.message, "hybrid"));
    vc_producer_free(producer);
    opens_as("out", want, COUNT(want));
}

/* An event loop steps the batch itself: private keys that are here need no network, in bounded steps. */
static void an_event_loop_steps_it(void **state)
{
    (void)state;
    enum { MANY = 150 };
    private("orders", pair_rsa_private);
    public("orders", pair_rsa_public);
    char value[40];
    for (int i = 0; i < MANY; i++) {
        snprintf(value, sizeof value, "CANARY %d", i);
        protect("out", NULL, "k", value);
    }
    vc_error err = VC_ERROR_INIT;
    vc_batch *batch = NULL;
    struct topic *all = read_topic(world, "out", 1);
    vc_consumer *consumer = vc_consumer_new(client, real_schema, &err);
    assert_int_equal(vc_consumer_prepare(consumer, all->records, all->count, &batch, &err), VC_OK);
    assert_int_equal(vc_batch_set_keyring(batch, ring, &err), VC_OK); /* a client's run lends it */
    uint64_t until = 0;
    int steps = 1;
    for (vc_step step; (step = vc_batch_step(batch, 1, &until, &err)) != VC_STEP_DONE; steps++) {
        assert_int_equal(step, VC_STEP_WAIT);
        assert_int_equal(until, 1);
    }
    assert_int_equal(steps, 3);
    for (int i = 0; i < MANY; i++) {
        vc_message message = VC_MESSAGE_INIT;
        snprintf(value, sizeof value, "CANARY %d", i);
        assert_int_equal(vc_consumer_message(consumer, (size_t)i, &message), VC_OK);
        assert_memory_equal(message.value.data, value, strlen(value));
    }
    vc_consumer_free(consumer);
    free_topic(all);
}

/* -- a rotation ---------------------------------------------------------------------------------------------------- */

static void write_file(const char *name, const char *text)
{
    char path[200], made[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(made, sizeof made, "%s/new", folder);
    FILE *file = fopen(made, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0 && rename(made, path) == 0);
}

/* The file of the private key is exchanged: what is under the new one opens at once, with both methods, though keys are looked for every 5 minutes. */
static void a_file_is_rotated(void **state)
{
    (void)state;
    char base[200];
    private("shop", pair_ed_private);
    write_file("private.pem", pair_rsa_private);
    snprintf(base, sizeof base, "%s/schema.yaml", folder);
    vc_keysource *source = vc_keysource_new(client, real_schema, NULL, NULL);
    assert_int_equal(vc_keysource_set_direction(source, VC_OPEN, NULL), VC_OK);
    assert_int_equal(vc_keysource_set_base(source, base, NULL), VC_OK);
    assert_int_equal(vc_keysource_load(source, NULL), VC_OK);
    assert_int_equal(vc_keysource_start(source, NULL), VC_OK);
    public("orders", pair_rsa_public);
    protect("in", NULL, "k", "{\"card\":1}");
    opens_as("in", &(outcome){ VC_OK, "{\"card\":1}" }, 1);
    public("orders", pair_rsa3_public); /* the producers' new one */
    assert_int_equal(vc_keyring_prefer_public(ring, "orders", PAIR_RSA3_ID, NULL), VC_OK);
    protect("in", NULL, "k", "{\"card\":2}");
    protect("out", NULL, "k", "text");
    write_file("private.pem", pair_rsa3_private);
    const outcome both[] = { { VC_OK, "{\"card\":1}" }, { VC_OK, "{\"card\":2}" } }; /* the old one was opened before that look */
    opens_as("in", both, COUNT(both));
    opens_as("out", &(outcome){ VC_OK, "text" }, 1);
    const outcome later[] = { { VC_E_NO_KEY, "which `orders` does not have here" }, { VC_OK, "{\"card\":2}" } }; /* the file has the old one no more */
    opens_as("in", later, COUNT(later));
    vc_keysource_free(source);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = { TEST(hybrid_fields), TEST(rsa_oaep_values), TEST(an_event_loop_steps_it), TEST(a_file_is_rotated) };
    return cmocka_run_group_tests_name("kafka/pairs", tests, make_all, end_all);
}
