/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver makes of segments, in whatever order they come; without Kafka, and with a stand-in for seal.h that seals nothing. */
#define _GNU_SOURCE
#include "unit/test.h"

#include "kafka/receiver.h"
#include "unit/fake_seal.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 64, SEGMENT = 4096 };

static char scratch[64];
static vc_file_receiver *receiver;
static vc__partition partition = { .id = 0, .assigned = true, .done = -1 };
static int kinds[8];
static char last_why[512];

static void on_event(void *user, const vc_file_event *event)
{
    (void)user;
    kinds[event->kind]++;
    if (event->why)
        snprintf(last_why, sizeof last_why, "%s", event->why->message);
}

static vc_code open_receiver(vc_error *err)
{
    receiver = calloc(1, sizeof *receiver);
    receiver->abandon_ms = 1000;
    receiver->report.event = on_event;
    pthread_mutex_init(&receiver->report.lock, NULL);
    const vc_code code = vc__folder_open(&receiver->folder, scratch, 0, err);
    return code ? code : vc__ledger_open(&receiver->ledger, receiver->folder.fd, err);
}

static void close_receiver(void)
{
    vc__transfers_drop(receiver, true);
    vc__digester_close(&receiver->digester);
    vc__ledger_close(&receiver->ledger);
    vc__folder_close(&receiver->folder);
    pthread_mutex_destroy(&receiver->report.lock);
    free(receiver);
}

static int set_up(void **state)
{
    (void)state;
    memset(kinds, 0, sizeof kinds);
    last_why[0] = 0;
    snprintf(scratch, sizeof scratch, "/tmp/test_kafka_transfer.XXXXXX");
    return mkdtemp(scratch) && chdir(scratch) == 0 ? (int)open_receiver(NULL) : -1;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    close_receiver();
    return chdir("/") || nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* -- transfers to be taken ------------------------------------------------------------------------------------------ */

typedef struct part {
    unsigned char id[VC__TRANSFER_ID];
    uint32_t number;
    size_t count;
    struct {
        char *data;
        size_t len;
    } records[MOST];
} part;

static void keep(part *made, vc_view segment)
{
    made->records[made->count].data = malloc(segment.len);
    memcpy(made->records[made->count].data, segment.data, segment.len);
    made->records[made->count++].len = segment.len;
}

static void free_part(part *made)
{
    while (made->count)
        free(made->records[--made->count].data);
}

/* `id` is one letter; the data are those of `text`, `times` over, from `offset` on. */
static part seal(char id, uint32_t number, const char *name, const char *text, size_t times, uint64_t offset)
{
    part made = { .number = number };
    memset(made.id, id, sizeof made.id);
    const size_t len = strlen(text) * times;
    char *data = malloc(len + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(data + i * strlen(text), text, strlen(text));
    vc_manifest *manifest = vc_manifest_new(NULL);
    vc_manifest_set_name(manifest, vc_str(name), NULL);
    vc_manifest_set_size(manifest, len);
    vc_manifest_set_mode(manifest, 0640);
    vc_sealer *sealer = vc_sealer_new("key", NULL);
    vc_sealer_set_segment(sealer, SEGMENT, NULL);
    vc_sealer_set_manifest(sealer, manifest, NULL);
    vc_sealer_set_part(sealer, vc_view_of(made.id, sizeof made.id), offset, NULL);
    vc_sealer_start(sealer, NULL, NULL, NULL);
    vc_sealer_digest(sealer, vc_view_of(data, offset), NULL);
    vc_view plain = vc_view_of(data + offset, len - offset), segment;
    do {
        vc_sealer_push(sealer, &plain, &segment, NULL);
        if (segment.len)
            keep(&made, segment);
    } while (segment.len);
    for (vc_sealer_finish(sealer, &segment, NULL); segment.len; vc_sealer_finish(sealer, &segment, NULL))
        keep(&made, segment);
    vc_sealer_free(sealer);
    vc_manifest_free(manifest);
    free(data);
    return made;
}

static vc_code take_at(const part *from, size_t i, int64_t offset, vc_error *err)
{
    vc__place place = { .part = from->number, .index = (uint32_t)i };
    memcpy(place.id, from->id, sizeof place.id);
    return vc__transfer_take(receiver, &partition, &place, offset, vc_view_of(from->records[i].data, from->records[i].len), err);
}

static void take(const part *from, size_t i)
{
    static int64_t offset;
    vc_error err = VC_ERROR_INIT;
    if (take_at(from, i, offset++, &err))
        fail_msg("%s", err.message);
}

static void take_all(const part *from)
{
    for (size_t i = 0; i < from->count; i++)
        take(from, i);
}

static void assert_file(const char *name, const char *text, size_t times)
{
    const int fd = open(name, O_RDONLY);
    assert_true(fd >= 0);
    struct stat about;
    fstat(fd, &about);
    assert_int_equal(about.st_size, strlen(text) * times);
    char *data = malloc((size_t)about.st_size + 1);
    assert_int_equal(read(fd, data, (size_t)about.st_size), about.st_size);
    for (size_t i = 0; i < times; i++)
        assert_memory_equal(data + i * strlen(text), text, strlen(text));
    free(data);
    close(fd);
}

static void assert_nothing_is_left(void)
{
    char part_name[VC__PART_NAME_ROOM];
    unsigned char id[VC__TRANSFER_ID];
    for (int c = 'a'; c <= 'z'; c++) {
        memset(id, c, sizeof id);
        vc__filename_part(part_name, id);
        assert_int_equal(access(part_name, F_OK), -1);
    }
    assert_int_equal(receiver->transfer_count, 0);
}

/* -- tests ---------------------------------------------------------------------------------------------------------- */

static void two_at_once(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0), b = seal('b', 0, "two", "abcdefghijk", 1000, 0);
    for (size_t i = 0; i < MOST; i++) {
        if (i < a.count)
            take(&a, i);
        if (i < b.count)
            take(&b, i);
        if (i == 1)
            assert_int_equal(receiver->transfer_count, 2);
    }
    assert_file("one", "0123456", 3000);
    assert_file("two", "abcdefghijk", 1000);
    assert_int_equal(kinds[VC_FILE_DONE], 2);
    assert_nothing_is_left();
    struct stat about;
    assert_int_equal(stat("one", &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640);
    free_part(&a);
    free_part(&b);
}

static void records_may_come_again(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0);
    for (size_t i = 0; i < a.count; i++) {
        take(&a, i);
        take(&a, i);
        take(&a, 0);
    }
    take_all(&a);
    assert_file("one", "0123456", 3000);
    assert_int_equal(kinds[VC_FILE_DONE], 1);
    /* Also in another run, and when the file was taken away meanwhile. */
    assert_int_equal(remove("one"), 0);
    close_receiver();
    assert_int_equal(open_receiver(NULL), VC_OK);
    take_all(&a);
    assert_int_equal(access("one", F_OK), -1);
    assert_int_equal(kinds[VC_FILE_DONE], 1);
    free_part(&a);
}

static void a_missing_record_is_seen(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0);
    for (size_t missing = 0; missing + 1 < a.count; missing++) {
        memset(kinds, 0, sizeof kinds);
        memset(a.id, 'a' + (int)missing, sizeof a.id);
        for (size_t i = 0; i < a.count; i++)
            if (i != missing)
                take(&a, i);
        assert_int_equal(kinds[VC_FILE_REFUSED], 1);
        assert_int_equal(access("one", F_OK), -1);
        assert_nothing_is_left();
    }
    free_part(&a);
}

static void another_transfer_does_not_mix_in(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0), b = seal('b', 0, "two", "9876543", 3000, 0);
    memcpy(b.id, a.id, sizeof b.id);
    take(&a, 0);
    for (size_t i = 1; i < b.count; i++) /* the digest is another's: the stand-in authenticates no segment */
        take(i == 1 ? &a : &b, i);
    assert_int_equal(kinds[VC_FILE_REFUSED], 1);
    assert_int_equal(kinds[VC_FILE_DONE], 0);
    /* A file under another transfer's id. */
    memset(b.id, 'c', sizeof b.id);
    take(&b, 0);
    assert_int_equal(kinds[VC_FILE_REFUSED], 2);
    assert_non_null(strstr(last_why, "another transfer"));
    assert_nothing_is_left();
    free_part(&a);
    free_part(&b);
}

static void a_transfer_goes_on(void **state)
{
    (void)state;
    static const uint64_t offsets[] = { 0, SEGMENT, 2 * SEGMENT, 3 * SEGMENT };
    for (size_t i = 0; i < COUNT(offsets); i++) {
        part a = seal((char)('a' + i), 0, "one", "0123456", 3000, 0);
        part own = seal((char)('a' + i), 4, "one", "0123456", 3000, offsets[i]); /* numbers may be left out */
        memset(kinds, 0, sizeof kinds);
        for (size_t r = 0; r < 4; r++) /* three segments, of which the sender knew less */
            take(&a, r);
        take(&own, 0);
        take(&a, 4); /* late, of the first */
        for (size_t r = 1; r < own.count; r++)
            take(&own, r);
        assert_int_equal(kinds[VC_FILE_DONE], 1);
        assert_file("one", "0123456", 3000);
        remove("one");
        free_part(&own);
        free_part(&a);
    }
    /* Beyond what is there. */
    part a = seal('x', 0, "one", "0123456", 3000, 0), far = seal('x', 1, "one", "0123456", 3000, 2 * SEGMENT);
    take(&a, 0);
    take(&a, 1);
    take(&far, 0);
    assert_int_equal(kinds[VC_FILE_REFUSED], 1);
    free_part(&far);
    free_part(&a);
    /* Of a file that was changed in between: the whole digest tells. */
    a = seal('y', 0, "one", "0123456", 3000, 0);
    part other = seal('y', 1, "one", "9999999", 3000, SEGMENT);
    take(&a, 0);
    take(&a, 1);
    take_all(&other);
    assert_int_equal(kinds[VC_FILE_REFUSED], 2);
    assert_int_equal(access("one", F_OK), -1);
    assert_nothing_is_left();
    free_part(&other);
    free_part(&a);
}

static void names_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = { "", ".", "..", "../x", "/tmp/x", "a/b", "a\nb", ".vaultcrypt-received", "\xff" };
    for (size_t i = 0; i < COUNT(names); i++) {
        part a = seal((char)('a' + i), 0, names[i], "text", 1, 0);
        take_all(&a);
        assert_int_equal(kinds[VC_FILE_REFUSED], i + 1);
        assert_nothing_is_left();
        free_part(&a);
    }
    receiver->prefix = (char[]){ "received-" };
    part dots = seal('p', 0, "..", "text", 1, 0), fine = seal('q', 0, "fine", "text", 1, 0);
    take_all(&dots);
    take_all(&fine);
    assert_int_equal(kinds[VC_FILE_REFUSED], COUNT(names) + 1);
    assert_file("received-fine", "text", 1);
    receiver->prefix = NULL;
    free_part(&dots);
    free_part(&fine);
}

static void limits_hold(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0);
    receiver->max_size = 20999;
    take(&a, 0); /* the manifest says it all */
    assert_int_equal(kinds[VC_FILE_REFUSED], 1);
    receiver->max_size = 21000;
    memset(a.id, 'b', sizeof a.id);
    take(&a, 0);
    assert_int_equal(kinds[VC_FILE_REFUSED], 2); /* of another id: the stand-in's manifest keeps its own */
    free_part(&a);
    a = seal('c', 0, "one", "0123456", 3000, 0);
    take_all(&a);
    assert_int_equal(kinds[VC_FILE_DONE], 1);
    free_part(&a);
    receiver->folder.quota = 21000 + 30000;
    a = seal('d', 0, "two", "0123456", 6000, 0);
    take(&a, 0);
    assert_int_equal(kinds[VC_FILE_REFUSED], 3);
    assert_nothing_is_left();
    free_part(&a);
}

static void what_is_given_up_goes(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0), b = seal('b', 0, "two", "0123456", 3000, 0);
    vc__place gone = { .given_up = true };
    memcpy(gone.id, a.id, sizeof gone.id);
    take(&a, 0);
    take(&b, 0);
    assert_int_equal(vc__transfer_take(receiver, &partition, &gone, 9, vc_view_of(NULL, 0), NULL), VC_OK);
    assert_int_equal(kinds[VC_FILE_ABANDONED], 1);
    take(&a, 1); /* comes late */
    assert_int_equal(kinds[VC_FILE_REFUSED], 0);
    receiver->transfers->heard_ms -= 1001;
    assert_int_equal(vc__transfers_expire(receiver, NULL), VC_OK);
    assert_int_equal(kinds[VC_FILE_ABANDONED], 2);
    assert_nothing_is_left();
    /* The sender does not know, and goes on: that is told. */
    part late = seal('b', 1, "two", "0123456", 3000, SEGMENT);
    take_all(&late);
    assert_int_equal(kinds[VC_FILE_REFUSED], 1);
    assert_nothing_is_left();
    free_part(&late);
    free_part(&a);
    free_part(&b);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    for (int i = 0; i <= VC__TRANSFERS_MOST; i++) {
        part a = seal((char)(1 + i), 0, "one", "0123456", 3000, 0);
        take(&a, 0);
        free_part(&a);
    }
    assert_int_equal(receiver->transfer_count, VC__TRANSFERS_MOST);
    assert_int_equal(kinds[VC_FILE_ABANDONED], 1);
}

static void offsets_wait_for_the_oldest(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0), b = seal('b', 0, "two", "0123456", 1, 0);
    vc__partition other = { .id = 1, .assigned = true };
    assert_int_equal(vc__transfers_commit(receiver, &partition, 5), 5);
    assert_int_equal(take_at(&a, 0, 5, NULL), VC_OK);
    assert_int_equal(vc__transfers_commit(receiver, &partition, 6), 5);
    assert_int_equal(take_at(&b, 0, 6, NULL), VC_OK);
    for (size_t i = 1; i < b.count; i++)
        assert_int_equal(take_at(&b, i, 6 + (int64_t)i, NULL), VC_OK);
    assert_int_equal(vc__transfers_commit(receiver, &partition, 20), 5);
    assert_int_equal(vc__transfers_commit(receiver, &other, 20), 20);
    for (size_t i = 1; i < a.count; i++)
        assert_int_equal(take_at(&a, i, 20 + (int64_t)i, NULL), VC_OK);
    assert_int_equal(vc__transfers_commit(receiver, &partition, 40), 40);
    assert_int_equal(kinds[VC_FILE_DONE], 2);
    /* A partition that is taken away takes its transfers along, without a verdict. */
    part c = seal('c', 0, "three", "0123456", 3000, 0);
    take(&c, 0);
    partition.assigned = false;
    vc__transfers_drop(receiver, false);
    partition.assigned = true;
    assert_nothing_is_left();
    take_all(&c);
    assert_int_equal(kinds[VC_FILE_DONE], 3);
    free_part(&a);
    free_part(&b);
    free_part(&c);
}

/* No room on the device, or the journal cannot be written: that is not the file's fault, and it is not settled. */
static void trouble_of_the_machine_ends_the_run(void **state)
{
    (void)state;
    part a = seal('a', 0, "one", "0123456", 3000, 0);
    take(&a, 0);
    const int fd = receiver->transfers->file.fd;
    receiver->transfers->file.fd = open("/dev/full", O_RDWR);
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(take_at(&a, 1, 1, &err), VC_E_IO);
    close(receiver->transfers->file.fd);
    receiver->transfers->file.fd = fd;
    assert_int_equal(kinds[VC_FILE_REFUSED], 0);
    assert_int_equal(vc__ledger_get(&receiver->ledger, a.id), VC__OPEN);
    free_part(&a);
}

static vc_code whole_transfer(void *arg)
{
    const part *a = arg;
    vc_code code = open_receiver(NULL);
    for (size_t i = 0; i < a->count && !code; i++)
        code = take_at(a, i, (int64_t)i, NULL);
    close_receiver();
    return code;
}

static void allocations_may_fail(void **state)
{
    (void)state;
    close_receiver();
    part a = seal('a', 0, "one", "0123456", 3000, 0);
    SWEEP_ALLOCATIONS(whole_transfer, &a);
    assert_file("one", "0123456", 3000);
    assert_int_equal(open_receiver(NULL), VC_OK);
    free_part(&a);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(two_at_once),
        TEST(records_may_come_again),
        TEST(a_missing_record_is_seen),
        TEST(another_transfer_does_not_mix_in),
        TEST(a_transfer_goes_on),
        TEST(names_do_no_harm),
        TEST(limits_hold),
        TEST(what_is_given_up_goes),
        TEST(the_oldest_makes_room),
        TEST(offsets_wait_for_the_oldest),
        TEST(trouble_of_the_machine_ends_the_run),
        TEST(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
