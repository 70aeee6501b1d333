/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destinations on file systems that have no modes, no times, no holes, no links, or not every name (FAT and its like); the umask; and a
 * crash at the worst moment. System calls are failed here, in the place of libc's own.
 */
#define _GNU_SOURCE
#include "unit/test.h"

#include "kafka/receiver.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[64];
static vc_file_receiver *receiver;
static const unsigned char id[VC__TRANSFER_ID] = "aaaaaaaaaaaaaaa";
static int kinds[8];

/* -- a file system that lacks things --------------------------------------------------------------------------------- */

static int mode_error, time_error, hole_error, replace_error, link_error; /* 0: as ever */
static const char *bad_name;                                            /* that it does not take */
static bool crash;                                                       /* as soon as a file has its name */

static int failed(int number)
{
    errno = number;
    return -1;
}

static bool is_bad(const char *name)
{
    return bad_name && strcmp(name, bad_name) == 0;
}

int fchmod(int fd, mode_t mode)
{
    return mode_error ? failed(mode_error) : (int)syscall(SYS_fchmod, fd, mode);
}

int futimens(int fd, const struct timespec times[2])
{
    return time_error ? failed(time_error) : (int)syscall(SYS_utimensat, fd, NULL, times, 0);
}

int ftruncate(int fd, off_t size)
{
    return hole_error ? failed(hole_error) : (int)syscall(SYS_ftruncate, fd, size);
}

int renameat2(int from_folder, const char *from, int folder, const char *name, unsigned flags)
{
    if (replace_error || is_bad(name))
        return failed(replace_error ? replace_error : EINVAL);
    const int result = (int)syscall(SYS_renameat2, from_folder, from, folder, name, flags);
    if (crash)
        raise(SIGKILL);
    return result;
}

int renameat(int from_folder, const char *from, int folder, const char *name)
{
    return is_bad(name) ? failed(EINVAL) : (int)syscall(SYS_renameat2, from_folder, from, folder, name, 0);
}

int linkat(int from_folder, const char *from, int folder, const char *name, int flags)
{
    if (link_error || is_bad(name))
        return failed(link_error ? link_error : EINVAL);
    return (int)syscall(SYS_linkat, from_folder, from, folder, name, flags);
}

/* -- a receiver ------------------------------------------------------------------------------------------------------ */

static void on_event(void *user, const vc_file_event *event)
{
    (void)user;
    kinds[event->kind]++;
}

static int set_up(void **state)
{
    (void)state;
    mode_error = time_error = hole_error = replace_error = link_error = 0;
    bad_name = NULL;
    crash = false;
    memset(kinds, 0, sizeof kinds);
    snprintf(scratch, sizeof scratch, "/tmp/test_kafka_odd.XXXXXX");
    if (!mkdtemp(scratch) || chdir(scratch))
        return -1;
    receiver = calloc(1, sizeof *receiver);
    receiver->report.event = on_event;
    pthread_mutex_init(&receiver->report.lock, NULL);
    return vc__folder_open(&receiver->folder, scratch, 0, NULL) || vc__ledger_open(&receiver->ledger, receiver->folder.fd, NULL);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    vc__ledger_close(&receiver->ledger);
    vc__folder_close(&receiver->folder);
    pthread_mutex_destroy(&receiver->report.lock);
    free(receiver);
    return chdir("/") || nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static vc_code receive(const char *name, vc_view data)
{
    return vc__transfer_whole(receiver, id, vc_str(name), data, NULL);
}

static vc_code place(const char *name, vc_view data, const vc__file_facts *facts, bool force)
{
    vc__incoming file;
    bool present;
    vc_code code = vc__incoming_open(&file, &receiver->folder, id, NULL);
    if (!code)
        code = vc__incoming_write(&file, data, NULL);
    if (!code)
        code = vc__incoming_place(&file, name, facts, force, &present, NULL);
    vc__incoming_drop(&file);
    assert_int_equal(access(file.part, F_OK), -1);
    return code;
}

static mode_t mode_of(const char *name)
{
    struct stat about;
    assert_int_equal(stat(name, &about), 0);
    return about.st_mode & 07777;
}

static void assert_holds(const char *name, vc_view data)
{
    char room[64 << 10];
    const int fd = open(name, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, room, sizeof room), data.len);
    assert_memory_equal(room, data.data, data.len);
    close(fd);
}

/* -- tests ----------------------------------------------------------------------------------------------------------- */

static void the_umask_counts(void **state)
{
    (void)state;
    const vc__file_facts all = { .has_mode = true, .mode = 0777 }, own = { .has_mode = true, .mode = 0640 };
    static const struct {
        mode_t mask, all, own, unknown;
    } cases[] = { { 022, 0755, 0640, 0644 }, { 077, 0700, 0600, 0600 }, { 0, 0777, 0640, 0666 }, { 0777, 0600, 0600, 0600 } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mode_t before = umask(cases[i].mask);
        receiver->folder.allowed = 0;
        assert_int_equal(place("all", vc_str("x"), &all, true), VC_OK);
        assert_int_equal(place("own", vc_str("x"), &own, true), VC_OK);
        assert_int_equal(place("unknown", vc_str("x"), &(vc__file_facts){ 0 }, true), VC_OK);
        umask(before);
        assert_int_equal(mode_of("all"), cases[i].all);
        assert_int_equal(mode_of("own"), cases[i].own);
        assert_int_equal(mode_of("unknown"), cases[i].unknown);
        assert_int_equal(access(".vaultcrypt-probe", F_OK), -1);
    }
}

static void what_it_does_not_have_is_left(void **state)
{
    (void)state;
    static const int errors[] = { EPERM, EOPNOTSUPP, ENOSYS, EINVAL };
    static char zeros[3 * 4096];
    const vc__file_facts facts = { .has_mode = true, .mode = 0644, .has_mtime = true, .mtime = 1000000000 };
    zeros[0] = 'x'; /* a hole is at the end alone */
    for (size_t i = 0; i < COUNT(errors); i++) {
        mode_error = time_error = hole_error = errors[i];
        assert_int_equal(place("one", vc_view_of(zeros, sizeof zeros), &facts, true), VC_OK);
        assert_holds("one", vc_view_of(zeros, sizeof zeros));
    }
    /* Trouble of the machine is another matter. */
    mode_error = EIO;
    assert_int_equal(place("two", vc_str("x"), &facts, false), VC_E_IO);
    mode_error = 0;
    time_error = EIO;
    assert_int_equal(place("two", vc_str("x"), &facts, false), VC_E_IO);
    time_error = 0;
    hole_error = ENOSPC;
    assert_int_equal(place("two", vc_view_of(zeros, sizeof zeros), &facts, false), VC_E_IO);
}

/* Neither renaming without replacing nor links: still nothing is replaced. */
static void without_links_nothing_is_replaced(void **state)
{
    (void)state;
    const vc__file_facts facts = { 0 };
    for (int links = 0; links < 2; links++) {
        const char *name = links ? "linked" : "renamed";
        replace_error = EINVAL;
        link_error = links ? 0 : EPERM;
        assert_int_equal(place(name, vc_str("first"), &facts, false), VC_OK);
        assert_holds(name, vc_str("first"));
        assert_int_equal(place(name, vc_str("first"), &facts, false), VC_OK);
        assert_int_equal(place(name, vc_str("other"), &facts, false), VC_E_REFUSED);
        assert_holds(name, vc_str("first"));
        assert_int_equal(place(name, vc_str("other"), &facts, true), VC_OK);
        assert_holds(name, vc_str("other"));
    }
}

/* A name that it does not take is that file's fault alone; and it leaves nothing. */
static void a_name_it_does_not_take_is_refused(void **state)
{
    (void)state;
    bad_name = "a:b";
    for (int i = 0; i < 4; i++) {
        replace_error = i & 1 ? EINVAL : 0;
        link_error = i & 2 ? EPERM : 0;
        assert_int_equal(place("a:b", vc_str("x"), &(vc__file_facts){ 0 }, false), VC_E_REFUSED);
        assert_int_equal(place("a:b", vc_str("x"), &(vc__file_facts){ 0 }, true), VC_E_REFUSED);
        assert_int_equal(access("a:b", F_OK), -1);
    }
    assert_int_equal(receive("a:b", vc_str("x")), VC_OK); /* the receiver goes on */
    assert_int_equal(kinds[VC_FILE_REFUSED], 1);
}

/* Killed between name and journal: the transfer comes again, and finds its file there. */
static void a_crash_behind_the_name_loses_nothing(void **state)
{
    (void)state;
    const vc_view data = vc_str("all of it");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        crash = true;
        (void)receive("one", data);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_holds("one", data);
    /* The next run: what was opened before the crash is as if it had not been. */
    vc__ledger_close(&receiver->ledger);
    assert_int_equal(vc__ledger_open(&receiver->ledger, receiver->folder.fd, NULL), VC_OK);
    assert_int_equal(vc__folder_sweep(&receiver->folder, NULL), VC_OK);
    assert_int_equal(vc__ledger_get(&receiver->ledger, id), VC__OPEN);
    assert_int_equal(receive("one", data), VC_OK);
    assert_int_equal(kinds[VC_FILE_PRESENT], 1);
    assert_int_equal(kinds[VC_FILE_DONE] + kinds[VC_FILE_REFUSED], 0);
    assert_int_equal(vc__ledger_get(&receiver->ledger, id), VC__DONE);
    assert_holds("one", data);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_umask_counts),
        TEST(what_it_does_not_have_is_left),
        TEST(without_links_nothing_is_replaced),
        TEST(a_name_it_does_not_take_is_refused),
        TEST(a_crash_behind_the_name_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
