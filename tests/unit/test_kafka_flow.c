/* SPDX-License-Identifier: Apache-2.0 */
/* Files through librdkafka's mock cluster, which is plumbing only: what a real Kafka does is tests/integration/files.sh's. */
#include "unit/kafka_world.h"

#include "unit/fake_seal.h"

#include <sys/stat.h>
#include <vaultcrypt/kafka_file.h>

static struct world *world;
static char folder[] = "/tmp/test_kafka_flow.XXXXXX";

static int events[8];

static void count_event(void *user, const vc_file_event *event)
{
    (void)user;
    events[event->kind]++;
}

static vc_kafka_config *quick(void)
{
    vc_kafka_config *kafka = vc_kafka_config_new(NULL);
    assert_int_equal(vc_kafka_config_set(kafka, "bootstrap.servers", world->brokers, NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set(kafka, "session.timeout.ms", "3500", NULL), VC_OK);
    assert_int_equal(vc_kafka_config_set(kafka, "fetch.wait.max.ms", "10", NULL), VC_OK);
    return kafka;
}

static vc_code send_to(const char *state, vc_error *err)
{
    vc_kafka_config *kafka = quick();
    vc_file_sender *sender = vc_file_sender_new(kafka, &world->client, "in", err);
    assert_non_null(sender);
    assert_int_equal(vc_file_sender_set_key(sender, "key", err), VC_OK);
    assert_int_equal(vc_file_sender_set_state(sender, state, err), VC_OK);
    assert_int_equal(vc_file_sender_set_events(sender, count_event, NULL, err), VC_OK);
    const vc_code code = vc_file_send(sender, "source", err);
    vc_file_sender_free(sender);
    vc_kafka_config_free(kafka);
    return code;
}

static vc_code receive_in(const char *name, vc_file_stats *stats, vc_error *err)
{
    vc_kafka_config *kafka = quick();
    vc_file_receiver *receiver = vc_file_receiver_new(kafka, &world->client, "in", err);
    assert_non_null(receiver);
    assert_int_equal(vc_file_receiver_allow_key(receiver, "key", err), VC_OK);
    assert_int_equal(vc_file_receiver_set_exit_at_end(receiver, 1, err), VC_OK);
    const vc_code code = vc_file_receive(receiver, name, err);
    *stats = (vc_file_stats){ .size = sizeof *stats };
    vc_file_receiver_get_stats(receiver, stats);
    vc_file_receiver_free(receiver);
    vc_kafka_config_free(kafka);
    return code;
}

static void put_file(const char *name, size_t len)
{
    FILE *file = fopen(name, "w");
    for (size_t i = 0; i < len; i++)
        fputc((int)(i * 31 >> 3 & 255), file);
    fclose(file);
}

static void assert_same(const char *a, const char *b)
{
    char command[256];
    snprintf(command, sizeof command, "cmp %s %s", a, b);
    assert_int_equal(system(command), 0);
}

static void files_go_there(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc_file_stats stats;
    world = make_world(PARTITIONS);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("source", 0700) | mkdir("there", 0700), 0);
    put_file("source/small", 10);
    put_file("source/large", 2000000);
    put_file("source/empty", 0);
    if (send_to("state", &err))
        fail_msg("%s", err.message);
    assert_int_equal(events[VC_FILE_DONE], 3);
    if (send_to("state", &err))
        fail_msg("%s", err.message);
    assert_int_equal(events[VC_FILE_DONE], 3);
    assert_int_equal(events[VC_FILE_PRESENT], 3);
    if (receive_in("there", &stats, &err))
        fail_msg("%s", err.message);
    assert_int_equal(stats.files, 3);
    assert_int_equal(stats.bytes, 2000010);
    assert_same("source/small", "there/small");
    assert_same("source/large", "there/large");
    assert_same("source/empty", "there/empty");
    if (receive_in("there", &stats, &err))
        fail_msg("%s", err.message);
    assert_int_equal(stats.files + stats.present, 0);
    end_world(world);
    assert_int_equal(chdir("/"), 0);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(files_go_there) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
