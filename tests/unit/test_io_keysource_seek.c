/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/io/keysource_seek: records that name a key which is not here have its place looked at, by the thread, and not as often as they like; and keys
 * that a place has go into the keyring all or not at all.
 */
#include "unit/pairs.h"
#include "unit/test.h"

#include "base/alloc.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/keysource.h"

#include <unistd.h>
#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] = "version: 1\n"
                                  "keys: [{name: orders, public: {file: public.pem}, private: {file: private.pem}}]\n"
                                  "records:\n- {name: carts, fields: [{path: $.card, hybrid: {key: orders}}]}\n"
                                  "- {name: messages, value: {rsa-oaep: {key: orders}}}\n";
static const char *rule = "carts";
static char folder[] = "/tmp/vc-test-seek-XXXXXX";
static vc_schema *schema;
static vc_keyring *ring;
static vc_keysource *source;
static atomic_uint lines;

static void count_line(void *user, const char *line)
{
    (void)user;
    (void)line;
    atomic_fetch_add(&lines, 1);
}

/* Put in its place at once, as who rotates a key does. */
static void write_file(const char *name, const char *text)
{
    char path[200], made[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(made, sizeof made, "%s/new", folder);
    FILE *file = fopen(made, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0 && rename(made, path) == 0);
}

static int begin_all(void **state)
{
    (void)state;
    schema = vc_schema_parse(vc_str(schema_text), "test", NULL);
    return schema && mkdtemp(folder) ? 0 : -1;
}

static int end_all(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    vc_schema_unref(schema);
    return system(command);
}

/* A source that opens, with its thread, and has the key of RSA-2048. */
static int begin(void **state)
{
    (void)state;
    char base[200];
    snprintf(base, sizeof base, "%s/schema.yaml", folder);
    write_file("public.pem", pair_rsa_public);
    write_file("private.pem", pair_rsa_private);
    ring = vc_keyring_new(NULL);
    source = vc_keysource_new(NULL, schema, ring, NULL);
    return vc_keysource_set_direction(source, VC_OPEN, NULL) || vc_keysource_set_base(source, base, NULL) ||
           vc_keysource_set_log(source, count_line, NULL, NULL) || vc_keysource_load(source, NULL) || vc_keysource_start(source, NULL);
}

static int end(void **state)
{
    (void)state;
    vc_keysource_free(source);
    vc_keyring_unref(ring);
    return 0;
}

static vc_batch *batch_of(vc_direction direction, vc_keyring *with, vc_view record)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    assert_non_null(batch);
    assert_int_equal(vc_batch_set_keyring(batch, with, NULL), VC_OK);
    assert_int_equal(vc_batch_add(batch, vc_schema_rule(schema, vc_str(rule), NULL), record, NULL), VC_OK);
    return batch;
}

/* In the time of this machine, as a driver does it. */
static vc_code run(vc_batch *batch, uint64_t *ms)
{
    const uint64_t begun = vc__clock_ms();
    vc_error err = VC_ERROR_INIT;
    for (;;) {
        uint64_t until = 0;
        const uint64_t now = vc__clock_ms();
        const vc_step step = vc_batch_step(batch, now, &until, &err);
        if (ms)
            *ms = now - begun;
        if (step == VC_STEP_DONE)
            return vc_batch_error(batch, 0) ? vc_batch_error(batch, 0)->code : VC_OK;
        if (step != VC_STEP_WAIT)
            fail_msg("%s", err.message);
        usleep((useconds_t)(until > now ? until - now : 1) * 1000);
    }
}

/* A record under a public key. */
static vc_view sealed_under(const char *key, char *room, size_t size)
{
    vc_keyring *other = vc_keyring_new(NULL);
    assert_int_equal(vc_keyring_add_public(other, "orders", vc_str(key), NULL), VC_OK);
    vc_batch *batch = batch_of(VC_PROTECT, other, vc_str("{\"card\":1}"));
    assert_int_equal(run(batch, NULL), VC_OK);
    const vc_view made = vc_batch_output(batch, 0);
    assert_true(made.len < size);
    memcpy(room, made.data, made.len);
    const size_t len = made.len;
    vc_batch_free(batch);
    vc_keyring_unref(other);
    return vc_view_of(room, len);
}

static vc_code open_one(vc_view record, uint64_t *ms)
{
    vc_batch *batch = batch_of(VC_OPEN, ring, record);
    const vc_code code = run(batch, ms);
    vc_batch_free(batch);
    return code;
}

static void a_file_is_rotated(void **state)
{
    (void)state;
    char one[2000], two[2000], three[2000];
    uint64_t ms;
    const vc_view old = sealed_under(pair_rsa_public, one, sizeof one), new = sealed_under(pair_rsa3_public, two, sizeof two),
                  newest = sealed_under(pair_ec_public, three, sizeof three);
    assert_int_equal(open_one(old, NULL), VC_OK);
    write_file("private.pem", pair_rsa3_private);
    assert_int_equal(open_one(new, NULL), VC_OK);
    write_file("private.pem", pair_ec_private); /* so soon again: it is waited for */
    assert_int_equal(open_one(newest, &ms), VC_OK);
    assert_in_range(ms, 1000, 20000);
    assert_int_equal(open_one(newest, &ms), VC_OK);
    assert_int_equal(open_one(old, &ms), VC_E_NO_KEY); /* the file has it no more */
}

/* Whoever writes records that no key opens gets looks that are further and further apart, and then nobody waits for them. */
static void keys_that_nobody_has(void **state)
{
    (void)state;
    char text[2000];
    uint64_t ms = 0;
    const vc_view foreign = sealed_under(pair_ec_public, text, sizeof text);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(source->in_vain, i);
        assert_int_equal(open_one(foreign, &ms), VC_E_NO_KEY);
        pthread_mutex_lock(&source->sleep_lock);
        assert_in_range(source->seek_ms - vc__clock_ms(), 500, i < 3 ? 2000 : 4000); /* when the next one may be */
        if (i < 3)
            source->seek_ms = 0; /* as if it were then */
        pthread_mutex_unlock(&source->sleep_lock);
    }
    for (int i = 0; i < 200; i++)
        assert_int_equal(open_one(foreign, NULL), VC_E_NO_KEY);
    assert_int_equal(source->in_vain, 4);
    /* they end with a key that is new */
    write_file("private.pem", pair_ec_private);
    pthread_mutex_lock(&source->sleep_lock);
    source->seek_ms = 0;
    pthread_mutex_unlock(&source->sleep_lock);
    assert_int_equal(open_one(foreign, NULL), VC_OK);
    assert_int_equal(source->in_vain, 0);
}

static void set_seeks(unsigned in_vain, uint64_t in_vain_ms, uint64_t seek_ms)
{
    pthread_mutex_lock(&source->sleep_lock);
    source->in_vain = in_vain;
    source->in_vain_ms = in_vain_ms;
    source->seek_ms = seek_ms;
    pthread_mutex_unlock(&source->sleep_lock);
}

/* While nobody looks, because forgeries came, nothing is said to be one. */
static void forgeries_make_no_forgery_of_others(void **state)
{
    (void)state;
    char text[2000];
    rule = "messages";
    const vc_view rotated = sealed_under(pair_rsa3_public, text, sizeof text);
    set_seeks(4, vc__clock_ms(), vc__clock_ms() + 50000);
    assert_int_equal(open_one(rotated, NULL), VC_E_NO_KEY);
    set_seeks(4, vc__clock_ms(), 0);
    assert_int_equal(open_one(rotated, NULL), VC_E_CIPHERTEXT); /* it was looked for */
    write_file("private.pem", pair_rsa3_private);
    assert_int_equal(open_one(rotated, NULL), VC_E_NO_KEY);
    set_seeks(4, vc__clock_ms(), 0);
    assert_int_equal(open_one(rotated, NULL), VC_OK);
    rule = "carts";
}

static void looks_in_vain_are_forgotten(void **state)
{
    (void)state;
    char text[2000];
    const vc_view foreign = sealed_under(pair_ec_public, text, sizeof text);
    set_seeks(8, vc__clock_ms() - 3 * 60000, 0);
    assert_int_equal(open_one(foreign, NULL), VC_E_NO_KEY);
    assert_int_equal(source->in_vain, 6);
    set_seeks(8, vc__clock_ms() - 60 * 60000, 0);
    assert_int_equal(open_one(foreign, NULL), VC_E_NO_KEY);
    assert_int_equal(source->in_vain, 1);
}

static void *free_later(void *arg)
{
    usleep(200000);
    vc_keysource_free(arg);
    return NULL;
}

static void a_source_that_ends_is_not_waited_for(void **state)
{
    (void)state;
    char text[2000];
    uint64_t ms;
    pthread_t thread;
    const vc_view foreign = sealed_under(pair_ec_public, text, sizeof text);
    pthread_mutex_lock(&source->sleep_lock);
    source->seek_ms = vc__clock_ms() + 50000;
    pthread_mutex_unlock(&source->sleep_lock);
    assert_int_equal(pthread_create(&thread, NULL, free_later, source), 0);
    assert_int_equal(open_one(foreign, &ms), VC_E_NO_KEY);
    pthread_join(thread, NULL);
    source = NULL;
    assert_in_range(ms, 100, 10000);
    assert_int_equal(open_one(foreign, &ms), VC_E_NO_KEY);
}

/* What is no good now may be good in a moment: a file that is being written. What is there stays meanwhile. */
static void a_file_that_is_no_key_yet(void **state)
{
    (void)state;
    char one[2000], two[2000];
    const vc_view old = sealed_under(pair_rsa_public, one, sizeof one), new = sealed_under(pair_rsa3_public, two, sizeof two);
    write_file("private.pem", "-----BEGIN");
    assert_int_equal(open_one(new, NULL), VC_E_NO_KEY);
    assert_int_equal(open_one(old, NULL), VC_OK);
    write_file("private.pem", pair_rsa3_private);
    assert_int_equal(open_one(new, NULL), VC_OK);
}

/* -- all of what a place has, or nothing ---------------------------------------------------------------------------- */

static size_t pairs_in_ring(const vc__place *place, size_t *unlisted)
{
    size_t count = 0;
    vc_keyring_pair pair = { .size = sizeof pair };
    for (*unlisted = 0; vc_keyring_get_pair(ring, count, &pair); count++) {
        bool listed = false;
        for (size_t i = 0; i < place->count; i++)
            listed |= strcmp(place->ids[i], pair.id) == 0;
        *unlisted += !listed;
    }
    return count;
}

/* What a place has of three keys, as Vault has of three versions, when the n-th allocation fails. */
static unsigned long enter_three(unsigned long n)
{
    static const char *const texts[] = { pair_rsa_private, pair_rsa3_private, pair_ec_private };
    vc__place *place = &source->places[1];
    size_t unlisted;
    vc__staged *staged = vc__calloc(1, sizeof *staged);
    assert_true(staged && place->private);
    staged->why = (vc_error)VC_ERROR_INIT;
    for (; staged->findings.count < COUNT(texts); staged->findings.count++)
        staged->findings.list[staged->findings.count].pair = vc__keypair_private(vc_str(texts[staged->findings.count]), NULL);
    place->staged = staged;
    inject_fail_at(n);
    assert_int_equal(vc_keysource_commit(source, NULL), VC_OK);
    const unsigned long count = inject_count();
    inject_fail_at(0);
    const size_t all = pairs_in_ring(place, &unlisted);
    if (unlisted || (all != 1 && all != COUNT(texts)))
        fail_msg("allocation %lu: %zu pairs are in the keyring, %zu of them are nobody's", n, all, unlisted);
    assert_int_equal(all, count < n ? COUNT(texts) : 1); /* the one that was there stays */
    return count;
}

static void all_keys_of_a_place_or_none(void **state)
{
    for (unsigned long n = 1;; n++) {
        vc__keysource_stop(source); /* none but this thread allocates */
        if (enter_three(n) < n)
            break;
        end(state);
        assert_int_equal(begin(state), 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = { TEST(a_file_is_rotated), TEST(keys_that_nobody_has), TEST(forgeries_make_no_forgery_of_others),
                                        TEST(looks_in_vain_are_forgotten), TEST(a_source_that_ends_is_not_waited_for),
                                        TEST(a_file_that_is_no_key_yet), TEST(all_keys_of_a_place_or_none) };
    return cmocka_run_group_tests_name("io_keysource_seek", tests, begin_all, end_all);
}
