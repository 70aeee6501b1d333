/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver makes of records whose sender has no key. No Kafka; the client asks nobody. */
#include "unit/test.h"

#include "kafka/demo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch[64];
static vc_file_receiver receiver;
static vc__partition partition = { .assigned = true };
static unsigned abandoned, refused;

static void count_event(void *user, const vc_file_event *event)
{
    (void)user;
    abandoned += event->kind == VC_FILE_ABANDONED;
    refused += event->kind == VC_FILE_REFUSED;
}

static int begin(void **state)
{
    (void)state;
    static char key[] = "files";
    vc_config *config = vc_config_new(NULL);
    snprintf(scratch, sizeof scratch, "/tmp/test_kafka_receive.XXXXXX");
    if (!config || !mkdtemp(scratch) || vc_config_set_address(config, "http://127.0.0.1:9", NULL))
        return -1;
    receiver = (vc_file_receiver){ .key_count = 1, .keys = { key }, .report = { .event = count_event } };
    receiver.halt.scope = vc_client_open(config, NULL);
    vc_config_free(config);
    abandoned = refused = 0;
    return !receiver.halt.scope || vc__report_init(&receiver.report, NULL) || vc__folder_open(&receiver.folder, scratch, 0, NULL) ||
           vc__ledger_open(&receiver.ledger, receiver.folder.fd, NULL);
}

static int end(void **state)
{
    (void)state;
    vc__transfers_drop(&receiver, true);
    vc__digester_close(&receiver.digester);
    unlinkat(receiver.folder.fd, VC__FILE_JOURNAL, 0);
    vc__ledger_close(&receiver.ledger);
    vc__folder_close(&receiver.folder);
    vc__report_cleanup(&receiver.report);
    vc_client_close(receiver.halt.scope);
    return rmdir(scratch);
}

static vc_code take(unsigned char id, uint32_t index, vc_view value)
{
    const vc__place place = { .id = { id }, .index = index };
    return vc__transfer_take(&receiver, &partition, &place, 0, value, NULL);
}

/* What is not authentic must not hold back what is committed, nor memory. */
static void nothing_begins_without_a_key(void **state)
{
    (void)state;
    static const vc_view values[] = { { "", 0 }, { "\x8b", 1 }, { "\x8bVC\x01\x11", 5 }, { "x", 1 } };
    for (unsigned char i = 0; i < COUNT(values); i++) {
        assert_int_equal(take(i, 0, values[i]), VC_OK);
        assert_int_equal(receiver.transfer_count, 0);
        assert_int_equal(vc__ledger_get(&receiver.ledger, (unsigned char[VC__TRANSFER_ID]){ i }), VC__REFUSED);
    }
    assert_int_equal(refused, COUNT(values));
}

/* As many as there may be are under way. */
static void nobody_is_driven_out_without_a_key(void **state)
{
    (void)state;
    for (unsigned char i = 0; i < VC__TRANSFERS_MOST; i++) {
        vc__transfer *one = calloc(1, sizeof *one);
        assert_non_null(one);
        one->id[0] = i;
        one->partition = &partition;
        one->file.fd = -1;
        one->next = receiver.transfers;
        receiver.transfers = one;
        receiver.transfer_count++;
    }
    assert_int_equal(take(200, 0, vc_str("")), VC_OK);
    assert_int_equal(take(201, 0, vc_str("garbage")), VC_OK);
    assert_int_equal(take(202, 7, vc_str("garbage")), VC_OK);
    assert_int_equal(abandoned, 0);
    assert_int_equal(refused, 3);
    assert_int_equal(receiver.transfer_count, VC__TRANSFERS_MOST);
}

/* A folder may receive from several topics, and a topic may be made anew. */
static void ids_of_the_demo_are_of_one_record(void **state)
{
    (void)state;
    char one[] = "{\"nonce\": 1}", other[] = "{\"nonce\": 2}";
    unsigned char first[VC__TRANSFER_ID], second[VC__TRANSFER_ID];
    rd_kafka_message_t message = { .payload = one, .len = sizeof one, .partition = 1, .offset = 5 };
    vc__demo_id(first, "a", &message, NULL);
    vc__demo_id(second, "a", &message, NULL);
    assert_memory_equal(first, second, sizeof first);
    vc__demo_id(second, "b", &message, NULL);
    assert_memory_not_equal(first, second, sizeof first);
    message.payload = other;
    vc__demo_id(second, "a", &message, NULL);
    assert_memory_not_equal(first, second, sizeof first);
    message.payload = one;
    message.offset = 6;
    vc__demo_id(second, "a", &message, NULL);
    assert_memory_not_equal(first, second, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_begins_without_a_key, begin, end),
        cmocka_unit_test_setup_teardown(nobody_is_driven_out_without_a_key, begin, end),
        cmocka_unit_test(ids_of_the_demo_are_of_one_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
