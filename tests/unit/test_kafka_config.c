/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include <librdkafka/rdkafka.h>
#include <unistd.h>
#include <vaultcrypt/kafka.h>

#define CANARY "c4nary-pa55word"

static char *get(const rd_kafka_conf_t *conf, const char *name, char *value, size_t size)
{
    *value = 0;
    rd_kafka_conf_get(conf, name, value, &size);
    return value;
}

static rd_kafka_conf_t *conf_of(const vc_kafka_config *config, vc_kafka_role role)
{
    rd_kafka_conf_t *conf = NULL;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_kafka_config_conf(config, role, &conf, &err), VC_OK);
    assert_non_null(conf);
    return conf;
}

static void properties_go_to_their_role(void **state)
{
    (void)state;
    char text[200];
    vc_kafka_config *config = vc_kafka_config_new(NULL);
    assert_int_equal(vc_kafka_config_set(config, "client.id", "first", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set_pair(config, " client.id = second one ", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set_pair(config, "linger.ms=7", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set_pair(config, "session.timeout.ms=4000", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set_pair(config, "topic.acks=1", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set_pair(config, "topic.metadata.refresh.interval.ms=1234", NULL),
                     VC_OK);
    assert_int_equal(vc_kafka_config_set_pair(config, "sasl.password=a=b=c", NULL), VC_OK);
    rd_kafka_conf_t *consumer = conf_of(config, VC_KAFKA_CONSUMER),
                    *producer = conf_of(config, VC_KAFKA_PRODUCER);
    assert_string_equal(get(consumer, "client.id", text, sizeof text), "second one");
    assert_string_equal(get(producer, "client.id", text, sizeof text), "second one");
    assert_string_equal(get(producer, "sasl.password", text, sizeof text), "a=b=c");
    assert_string_equal(get(producer, "linger.ms", text, sizeof text), "7");
    assert_string_equal(get(consumer, "linger.ms", text, sizeof text), "5");
    assert_string_equal(get(producer, "acks", text, sizeof text), "1");
    assert_string_equal(get(consumer, "acks", text, sizeof text), "-1");
    assert_string_equal(get(consumer, "session.timeout.ms", text, sizeof text), "4000");
    assert_string_equal(get(producer, "session.timeout.ms", text, sizeof text), "45000");
    assert_string_equal(get(consumer, "topic.metadata.refresh.interval.ms", text, sizeof text), "1234");
    rd_kafka_conf_destroy(consumer);
    rd_kafka_conf_destroy(producer);
    vc_kafka_config_free(config);
}

/* Either the pause after a full queue can be made short, or the queue is large; what the user sets stays. */
static void prefetch_does_not_stall(void **state)
{
    (void)state;
    char text[200];
    vc_kafka_config *config = vc_kafka_config_new(NULL);
    rd_kafka_conf_t *conf = conf_of(config, VC_KAFKA_CONSUMER);
    if (rd_kafka_version() < 0x02020000) {
        assert_string_equal(get(conf, "queued.min.messages", text, sizeof text), "1000000");
        assert_string_equal(get(conf, "queued.max.messages.kbytes", text, sizeof text), "262144");
    } else {
        assert_string_equal(get(conf, "fetch.queue.backoff.ms", text, sizeof text), "10");
    }
    rd_kafka_conf_destroy(conf);
    assert_int_equal(vc_kafka_config_set(config, "queued.min.messages", "500", NULL), VC_OK);
    conf = conf_of(config, VC_KAFKA_CONSUMER);
    assert_string_equal(get(conf, "queued.min.messages", text, sizeof text), "500");
    rd_kafka_conf_destroy(conf);
    vc_kafka_config_free(config);
}

static const struct {
    const char *pair;
    vc_code code;
    const char *part; /* of the message */
} bad_pairs[] = {
    { "fetch.wait.max.ms", VC_E_CONFIG, "name=value" },
    { "=1", VC_E_CONFIG, "name=value" },
    { "", VC_E_CONFIG, "name=value" },
    { "fetch.wait.maxms=1", VC_E_CONFIG, "did you mean \"fetch.wait.max.ms\"?" },
    { "nothing.like.it.at.all=1", VC_E_CONFIG, "has no property \"nothing.like.it.at.all\"" },
    { "linger.ms=soon", VC_E_CONFIG, "linger.ms" },
    { "session.timeout.ms=0", VC_E_CONFIG, "session.timeout.ms" },
    { "sasl.oauthbearer.method=" CANARY, VC_E_CONFIG, "sasl.oauthbearer.method" },
    { "ssl.key.pem=" CANARY, VC_OK, "" },
};

static void bad_properties_are_told(void **state)
{
    (void)state;
    vc_kafka_config *config = vc_kafka_config_new(NULL);
    for (size_t i = 0; i < COUNT(bad_pairs); i++) {
        vc_error err = VC_ERROR_INIT;
        assert_int_equal(vc_kafka_config_set_pair(config, bad_pairs[i].pair, &err), bad_pairs[i].code);
        if (!strstr(err.message, bad_pairs[i].part))
            fail_msg("%s: %s", bad_pairs[i].pair, err.message);
        assert_null(strstr(err.message, CANARY));
    }
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_kafka_config_set(config, NULL, "x", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_kafka_config_set(config, "client.id", NULL, &err), VC_E_ARGUMENT);
    assert_int_equal(vc_kafka_config_set_pair(NULL, "client.id=x", &err), VC_E_ARGUMENT);
    assert_int_equal(vc_kafka_config_conf(config, (vc_kafka_role)3, &(rd_kafka_conf_t *){ NULL }, &err),
                     VC_E_ARGUMENT);
    char *huge = calloc((1 << 20) + 2, 1);
    memset(huge, 'x', (1 << 20) + 1);
    assert_int_equal(vc_kafka_config_set(config, "client.id", huge, &err), VC_E_LIMIT);
    free(huge);
    vc_kafka_config_free(config);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const struct {
    const char *text;
    vc_code code;
    size_t line;
    const char *part;
} files[] = {
    { "# a comment\n\n bootstrap.servers = localhost:1 \r\nclient.id=me", VC_OK, 0, "" },
    { "[default]\nbootstrap.servers=localhost:1\n[consumer]\ngroup.id=mine\n[encryptor]\nsourcetopic="
      "purchases\n",
      VC_OK, 0, "" },
    { "client.id=me\n\nclient.idd=you\n", VC_E_CONFIG, 3, "did you mean \"client.id\"?" },
    { "client.id\n", VC_E_CONFIG, 1, "name=value" },
    { "[comsumer]\n", VC_E_CONFIG, 1, "did you mean [consumer]?" },
    { "[consumer\n", VC_E_CONFIG, 1, "[name]" },
    { "linger.ms=" CANARY "\n", VC_E_CONFIG, 1, "linger.ms" },
};

static void files_are_read(void **state)
{
    (void)state;
    char name[] = "kafka-config-XXXXXX", text[100];
    const int fd = mkstemp(name);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < COUNT(files); i++) {
        vc_kafka_config *config = vc_kafka_config_new(NULL);
        vc_error err = VC_ERROR_INIT;
        write_file(name, files[i].text);
        assert_int_equal(vc_kafka_config_load(config, name, &err), files[i].code);
        assert_int_equal(err.line, files[i].line);
        if (!strstr(err.message, files[i].part))
            fail_msg("%s: %s", files[i].text, err.message);
        assert_string_equal(err.source, files[i].line ? name : "");
        if (!files[i].code) {
            rd_kafka_conf_t *conf = conf_of(config, VC_KAFKA_PRODUCER);
            assert_string_equal(get(conf, "bootstrap.servers", text, sizeof text), "localhost:1");
            assert_string_equal(get(conf, "group.id", text, sizeof text), "");
            rd_kafka_conf_destroy(conf);
        }
        vc_kafka_config_free(config);
    }
    unlink(name);
    vc_kafka_config *config = vc_kafka_config_new(NULL);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(vc_kafka_config_load(config, name, &err), VC_E_IO);
    vc_kafka_config_free(config);
}

static vc_code make_all(void *arg)
{
    vc_error err = VC_ERROR_INIT;
    vc_kafka_config *config = vc_kafka_config_new(&err);
    (void)arg;
    if (!config)
        return err.code;
    vc_code code = VC_OK;
    for (int i = 0; i < 20 && !code; i++)
        code = vc_kafka_config_set_pair(config, "client.id=me", &err);
    rd_kafka_conf_t *conf = NULL;
    if (!code)
        code = vc_kafka_config_conf(config, VC_KAFKA_CONSUMER, &conf, &err);
    if (conf)
        rd_kafka_conf_destroy(conf);
    vc_kafka_config_free(config);
    return code;
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(make_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_go_to_their_role), cmocka_unit_test(prefetch_does_not_stall),
        cmocka_unit_test(bad_properties_are_told),     cmocka_unit_test(files_are_read),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
