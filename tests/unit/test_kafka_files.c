/* SPDX-License-Identifier: Apache-2.0 */
/* What files over Kafka stand on: names, destinations, journals, headers, settings. No Kafka, no key. */
#define _GNU_SOURCE
#include "unit/test.h"

#include "kafka/folder.h"
#include "kafka/incoming.h"
#include "kafka/ledger.h"
#include "kafka/outbox.h"
#include "kafka/outlet.h"
#include "kafka/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64];
static const unsigned char id_a[VC__TRANSFER_ID] = "aaaaaaaaaaaaaaa", id_b[VC__TRANSFER_ID] = "bbbbbbbbbbbbbbb";

static int make_scratch(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/test_kafka_files.XXXXXX");
    return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

static int remove_scratch(void **state)
{
    (void)state;
    return chdir("/") || nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *get_file(const char *name)
{
    static char text[4096];
    FILE *file = fopen(name, "r");
    if (!file)
        return NULL;
    const size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = 0;
    fclose(file);
    return text;
}

/* -- names ---------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t len; /* 0: strlen() */
    vc_code code, portable;
} names[] = {
    { "a", 0, VC_OK, VC_OK },
    { "report 2026.pdf", 0, VC_OK, VC_OK },
    { ".hidden", 0, VC_OK, VC_OK },
    { "...", 0, VC_OK, VC_E_REFUSED },
    { "gr\xc3\xbc\xc3\x9f.txt", 0, VC_OK, VC_OK },
    { "", 0, VC_E_REFUSED, VC_E_REFUSED },
    { ".", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "..", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "../x", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "/etc/passwd", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a/b", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\0b", 3, VC_E_REFUSED, VC_E_REFUSED },
    { "a\nb", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\x1b[2Jb", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\x7f", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\xc2\x85z", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\xe2\x80\xa8z", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\xff", 0, VC_E_REFUSED, VC_E_REFUSED },
    { "a\xc0\xaf", 0, VC_E_REFUSED, VC_E_REFUSED },
    { ".vaultcrypt-received", 0, VC_E_REFUSED, VC_E_REFUSED },
    { ".vaultcrypt-00.part", 0, VC_E_REFUSED, VC_E_REFUSED },
    { ".VaultCrypt-received", 0, VC_E_REFUSED, VC_E_REFUSED }, /* some file systems take it for the same */
    { "..\\x", 0, VC_OK, VC_E_REFUSED },
    { "C:x", 0, VC_OK, VC_E_REFUSED },
    { "con", 0, VC_OK, VC_E_REFUSED },
    { "NUL.txt", 0, VC_OK, VC_E_REFUSED },
    { "com1.tar.gz", 0, VC_OK, VC_E_REFUSED },
    { "LPT9 .x", 0, VC_OK, VC_E_REFUSED },
    { "conx", 0, VC_OK, VC_OK },
    { "com", 0, VC_OK, VC_OK },
    { "end.", 0, VC_OK, VC_E_REFUSED },
    { "end ", 0, VC_OK, VC_E_REFUSED },
    { "what?", 0, VC_OK, VC_E_REFUSED },
};

static void names_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const vc_view name = vc_view_of(names[i].name, names[i].len ? names[i].len : strlen(names[i].name));
        vc_error err = VC_ERROR_INIT;
        if (vc__filename_check(name, false, &err) != names[i].code || vc__filename_check(name, true, NULL) != names[i].portable)
            fail_msg("name %zu: %s", i, err.message);
        assert_null(names[i].code && strlen(names[i].name) > 2 ? strstr(err.message, names[i].name) : NULL);
    }
    char longest[257];
    memset(longest, 'x', sizeof longest);
    assert_int_equal(vc__filename_check(vc_view_of(longest, 255), true, NULL), VC_OK);
    assert_int_equal(vc__filename_check(vc_view_of(longest, 256), true, NULL), VC_E_REFUSED);
}

static void names_are_shown_without_harm(void **state)
{
    (void)state;
    char out[16];
    assert_string_equal(vc__filename_show(out, sizeof out, vc_str("a\x1b[2J\xc3\xbc\xff\n")), "a?[2J\xc3\xbc??");
    assert_string_equal(vc__filename_show(out, sizeof out, vc_str("")), "");
    assert_true(strlen(vc__filename_show(out, sizeof out, vc_str("0123456789abcdefghijk"))) < sizeof out);
    char part[VC__PART_NAME_ROOM];
    vc__filename_part(part, id_a);
    assert_true(vc__filename_is_part(part));
    assert_false(vc__filename_is_part(VC__FILE_JOURNAL));
    assert_false(vc__filename_is_part(".vaultcrypt-0123.part"));
}

/* -- incoming files ------------------------------------------------------------------------------------------------- */

static vc__folder here(uint64_t quota)
{
    vc__folder folder;
    assert_int_equal(vc__folder_open(&folder, scratch, quota, NULL), VC_OK);
    return folder;
}

static void write_text(vc__incoming *file, const char *text)
{
    assert_int_equal(vc__incoming_write(file, vc_str(text), NULL), VC_OK);
}

static void a_file_gets_its_name_when_it_is_whole(void **state)
{
    (void)state;
    vc__folder folder = here(0);
    vc__incoming file;
    bool present = true;
    const vc__file_facts facts = { .has_mode = true, .has_mtime = true, .mode = 06754, .mtime = -1500000000 };
    assert_int_equal(vc__incoming_open(&file, &folder, id_a, NULL), VC_OK);
    write_text(&file, "hello ");
    write_text(&file, "world");
    assert_int_equal(access("x", F_OK), -1);
    assert_int_equal(vc__incoming_place(&file, "x", &facts, false, &present, NULL), VC_OK);
    assert_false(present);
    assert_string_equal(get_file("x"), "hello world");
    assert_int_equal(access(file.part, F_OK), -1);
    struct stat about;
    assert_int_equal(stat("x", &about), 0);
    assert_int_equal(about.st_mode & 07777, 0754);
    assert_int_equal(about.st_mtim.tv_sec, -2);
    assert_int_equal(about.st_mtim.tv_nsec, 500000000);
    vc__folder_close(&folder);
}

static vc_code come_in(vc__folder *folder, const char *name, const char *text, bool force, bool *present)
{
    vc__incoming file;
    assert_int_equal(vc__incoming_open(&file, folder, id_a, NULL), VC_OK);
    write_text(&file, text);
    const vc_code code = vc__incoming_place(&file, name, &(vc__file_facts){ 0 }, force, present, NULL);
    vc__incoming_drop(&file);
    assert_int_equal(access(file.part, F_OK), -1);
    return code;
}

static void what_is_there_stays(void **state)
{
    (void)state;
    vc__folder folder = here(0);
    bool present;
    put_file("x", "old");
    assert_int_equal(come_in(&folder, "x", "new", false, &present), VC_E_REFUSED);
    assert_string_equal(get_file("x"), "old");
    assert_int_equal(come_in(&folder, "x", "old", false, &present), VC_OK);
    assert_true(present);
    assert_int_equal(come_in(&folder, "x", "new", true, &present), VC_OK);
    assert_false(present);
    assert_string_equal(get_file("x"), "new");
    /* What has the name is no file. */
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(come_in(&folder, "d", "new", false, &present), VC_E_REFUSED);
    assert_int_equal(come_in(&folder, "d", "new", true, &present), VC_E_REFUSED);
    assert_int_equal(symlink("x", "link"), 0);
    assert_int_equal(symlink("/nowhere/y", "dangling"), 0);
    assert_int_equal(come_in(&folder, "link", "new", false, &present), VC_E_REFUSED); /* though the bytes are equal */
    assert_int_equal(come_in(&folder, "dangling", "other", false, &present), VC_E_REFUSED);
    assert_int_equal(come_in(&folder, "link", "third", true, &present), VC_OK); /* the link goes, its target stays */
    assert_string_equal(get_file("x"), "new");
    assert_string_equal(get_file("link"), "third");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(come_in(&folder, "pipe", "", false, &present), VC_E_REFUSED);
    vc__folder_close(&folder);
}

static void links_are_not_followed(void **state)
{
    (void)state;
    vc__folder folder;
    vc_error err = VC_ERROR_INIT;
    assert_int_equal(symlink(scratch, "me"), 0);
    assert_int_equal(vc__folder_open(&folder, "me", 0, &err), VC_E_IO);
    assert_non_null(strstr(err.message, "symbolic link"));
    put_file("plain", "");
    assert_int_equal(vc__folder_open(&folder, "plain", 0, NULL), VC_E_IO);
    /* A link lies where the temporary file is to be. */
    folder = here(0);
    char part[VC__PART_NAME_ROOM];
    vc__filename_part(part, id_a);
    put_file("victim", "precious");
    assert_int_equal(symlink("victim", part), 0);
    bool present;
    assert_int_equal(come_in(&folder, "x", "new", false, &present), VC_OK);
    assert_string_equal(get_file("victim"), "precious");
    vc__folder_close(&folder);
}

static void zeros_become_holes(void **state)
{
    (void)state;
    enum { BIG = 4 << 20 };
    vc__folder folder = here(0);
    vc__incoming file;
    bool present;
    char *zeros = calloc(1, BIG);
    assert_int_equal(vc__incoming_open(&file, &folder, id_a, NULL), VC_OK);
    write_text(&file, "head");
    assert_int_equal(vc__incoming_write(&file, vc_view_of(zeros, BIG), NULL), VC_OK);
    write_text(&file, "middle");
    assert_int_equal(vc__incoming_write(&file, vc_view_of(zeros, BIG), NULL), VC_OK);
    assert_int_equal(vc__incoming_place(&file, "sparse", &(vc__file_facts){ 0 }, false, &present, NULL), VC_OK);
    struct stat about;
    assert_int_equal(stat("sparse", &about), 0);
    assert_int_equal(about.st_size, 2 * BIG + 10);
    assert_true(about.st_blocks * 512 < BIG / 4);
    const int fd = open("sparse", O_RDONLY);
    char text[11] = "";
    assert_int_equal(pread(fd, text, 4, 0), 4);
    assert_int_equal(pread(fd, text + 4, 6, 4 + BIG), 6);
    assert_string_equal(text, "headmiddle");
    close(fd);
    free(zeros);
    vc__folder_close(&folder);
}

static void a_file_goes_back_and_on(void **state)
{
    (void)state;
    vc__folder folder = here(0);
    vc__incoming file;
    bool present;
    char text[32] = "";
    size_t got;
    assert_int_equal(vc__incoming_open(&file, &folder, id_a, NULL), VC_OK);
    write_text(&file, "0123456789");
    assert_int_equal(vc__incoming_cut(&file, 4, NULL), VC_OK);
    write_text(&file, "abc");
    assert_int_equal(vc__incoming_read(&file, 2, text, sizeof text, &got, NULL), VC_OK);
    assert_int_equal(got, 5);
    assert_memory_equal(text, "23abc", 5);
    assert_int_equal(vc__incoming_read(&file, 7, text, sizeof text, &got, NULL), VC_OK);
    assert_int_equal(got, 0);
    assert_int_equal(vc__incoming_place(&file, "x", &(vc__file_facts){ 0 }, false, &present, NULL), VC_OK);
    assert_string_equal(get_file("x"), "0123abc");
    vc__folder_close(&folder);
}

static void the_quota_holds(void **state)
{
    (void)state;
    vc__folder folder = here(100);
    vc__incoming file;
    put_file("there", "0123456789012345678901234567890123456789");
    assert_int_equal(vc__incoming_open(&file, &folder, id_a, NULL), VC_OK);
    write_text(&file, "0123456789012345678901234567890123456789");
    assert_int_equal(vc__incoming_write(&file, vc_str("012345678901234567890"), NULL), VC_E_REFUSED);
    assert_int_equal(remove("there"), 0); /* somebody took it away */
    write_text(&file, "012345678901234567890");
    vc__incoming_drop(&file);
    assert_int_equal(vc__folder_room(&folder, 100, NULL), VC_OK);
    assert_int_equal(vc__folder_room(&folder, 101, NULL), VC_E_REFUSED);
    vc__folder_close(&folder);
}

/* Holes count as what they will be. */
static void the_quota_holds_for_zeros(void **state)
{
    (void)state;
    enum { SOME = 64 << 10 };
    static const char zeros[SOME];
    vc__folder folder = here(3 * SOME);
    vc__incoming file;
    assert_int_equal(vc__incoming_open(&file, &folder, id_a, NULL), VC_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(vc__incoming_write(&file, vc_view_of(zeros, SOME), NULL), VC_OK);
    assert_int_equal(vc__incoming_write(&file, vc_view_of(zeros, SOME), NULL), VC_E_REFUSED);
    vc__incoming_drop(&file);
    vc__folder_close(&folder);
}

static void remains_are_swept(void **state)
{
    (void)state;
    vc__folder folder = here(0);
    char part[VC__PART_NAME_ROOM];
    vc__filename_part(part, id_b);
    put_file(part, "half");
    put_file("whole", "whole");
    put_file(".vaultcrypt-else", "else");
    assert_int_equal(vc__folder_sweep(&folder, NULL), VC_OK);
    assert_null(get_file(part));
    assert_non_null(get_file("whole"));
    assert_non_null(get_file(".vaultcrypt-else"));
    vc__folder_close(&folder);
}

/* -- journals ------------------------------------------------------------------------------------------------------- */

static vc_code open_ledger(vc__ledger *ledger)
{
    return vc__ledger_open(ledger, AT_FDCWD, NULL);
}

static void verdicts_outlive_a_run(void **state)
{
    (void)state;
    vc__ledger ledger, second;
    vc_error err = VC_ERROR_INIT;
    unsigned char folder_id[VC__TRANSFER_ID];
    assert_int_equal(open_ledger(&ledger), VC_OK);
    memcpy(folder_id, ledger.folder_id, sizeof folder_id);
    assert_int_equal(vc__ledger_open(&second, AT_FDCWD, &err), VC_E_STATE);
    assert_int_equal(vc__ledger_get(&ledger, id_a), VC__OPEN);
    assert_int_equal(vc__ledger_set(&ledger, id_a, VC__DONE, NULL), VC_OK);
    assert_int_equal(vc__ledger_set(&ledger, id_b, VC__ABANDONED, NULL), VC_OK);
    assert_int_equal(vc__ledger_set(&ledger, id_b, VC__REFUSED, NULL), VC_OK);
    vc__ledger_close(&ledger);
    assert_int_equal(open_ledger(&ledger), VC_OK);
    assert_memory_equal(ledger.folder_id, folder_id, sizeof folder_id);
    assert_int_equal(vc__ledger_get(&ledger, id_a), VC__DONE);
    assert_int_equal(vc__ledger_get(&ledger, id_b), VC__REFUSED);
    vc__ledger_reopen(&ledger);
    assert_int_equal(vc__ledger_get(&ledger, id_a), VC__DONE);
    assert_int_equal(vc__ledger_get(&ledger, id_b), VC__OPEN);
    vc__ledger_close(&ledger);
}

/* A crash may cut the last line anywhere, or leave zeros of the file system's. */
static void half_lines_do_no_harm(void **state)
{
    (void)state;
    vc__ledger ledger;
    assert_int_equal(open_ledger(&ledger), VC_OK);
    assert_int_equal(vc__ledger_set(&ledger, id_a, VC__DONE, NULL), VC_OK);
    assert_int_equal(vc__ledger_set(&ledger, id_b, VC__DONE, NULL), VC_OK);
    vc__ledger_close(&ledger);
    char whole[4096];
    snprintf(whole, sizeof whole, "%s", get_file(VC__FILE_JOURNAL));
    const size_t len = strlen(whole);
    for (size_t cut = 0; cut <= len; cut++) {
        FILE *file = fopen(VC__FILE_JOURNAL, "w");
        fwrite(whole, 1, cut, file);
        if (cut % 2)
            fwrite("\0\0\0", 1, 3, file);
        fclose(file);
        assert_int_equal(open_ledger(&ledger), VC_OK);
        const vc__verdict before = vc__ledger_get(&ledger, id_b);
        assert_int_equal(before, cut == len && cut % 2 == 0 ? VC__DONE : cut == len ? before : VC__OPEN);
        assert_int_equal(vc__ledger_set(&ledger, (const unsigned char[VC__TRANSFER_ID]){ "c" }, VC__DONE, NULL), VC_OK);
        vc__ledger_close(&ledger);
        assert_int_equal(open_ledger(&ledger), VC_OK);
        assert_int_equal(vc__ledger_get(&ledger, id_b), before); /* not more than was understood the first time */
        assert_int_equal(vc__ledger_set(&ledger, id_b, VC__REFUSED, NULL), VC_OK);
        vc__ledger_close(&ledger);
        assert_int_equal(open_ledger(&ledger), VC_OK);
        assert_int_equal(vc__ledger_get(&ledger, id_b), VC__REFUSED);
        vc__ledger_close(&ledger);
    }
}

/* How many slots in a row are taken, at most: so many must be looked at. */
static size_t longest_run(const vc__ledger *ledger)
{
    size_t longest = 0;
    for (size_t i = 0, run = 0; i < ledger->slot_count; i++) {
        run = ledger->slots[i] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Ids that differ in a few of their bytes only, wherever these are. */
static void nobody_chooses_slots(void **state)
{
    (void)state;
    enum { IDS = 20000 };
    for (int at = 0; at < VC__TRANSFER_ID - 1; at++) {
        vc__ledger ledger;
        FILE *file = fopen(VC__FILE_JOURNAL, "w");
        fputs("vaultcrypt-received 1 00112233445566778899aabbccddeeff\n", file);
        for (int i = 0; i < IDS; i++)
            fprintf(file, "refused %.*s%04x%.*s\n", 2 * at, "00000000000000000000000000000000", i, 28 - 2 * at,
                    "00000000000000000000000000000000");
        fclose(file);
        assert_int_equal(open_ledger(&ledger), VC_OK);
        assert_int_equal(ledger.count, IDS);
        assert_true(longest_run(&ledger) < 300);
        vc__ledger_close(&ledger);
    }
}

static void a_long_journal_is_shortened(void **state)
{
    (void)state;
    enum { LINES = 200010 };
    vc__ledger ledger;
    assert_int_equal(open_ledger(&ledger), VC_OK);
    vc__ledger_close(&ledger);
    FILE *file = fopen(VC__FILE_JOURNAL, "a");
    for (int i = 0; i < LINES; i++)
        fprintf(file, "done %032x\n", i);
    fclose(file);
    unsigned char first[VC__TRANSFER_ID] = { 0 }, last[VC__TRANSFER_ID] = { 0 };
    last[13] = (LINES - 1) >> 16;
    last[14] = (unsigned char)((LINES - 1) >> 8);
    last[15] = (unsigned char)(LINES - 1);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(open_ledger(&ledger), VC_OK);
        assert_int_equal(ledger.count, 100000);
        assert_int_equal(vc__ledger_get(&ledger, first), VC__OPEN);
        assert_int_equal(vc__ledger_get(&ledger, last), VC__DONE);
        vc__ledger_close(&ledger);
    }
    /* Also in a run that does not end. */
    file = fopen(VC__FILE_JOURNAL, "a");
    for (int i = 0; i < 100000; i++)
        fprintf(file, "refused ff%030x\n", i);
    fclose(file);
    assert_int_equal(open_ledger(&ledger), VC_OK);
    assert_int_equal(ledger.count, 200000);
    assert_int_equal(vc__ledger_set(&ledger, id_a, VC__DONE, NULL), VC_OK);
    assert_int_equal(ledger.count, 100000);
    assert_int_equal(vc__ledger_get(&ledger, id_a), VC__DONE);
    assert_int_equal(vc__ledger_get(&ledger, last), VC__OPEN);
    vc__ledger_close(&ledger);
}

static void a_journal_of_tomorrow_is_refused(void **state)
{
    (void)state;
    vc__ledger ledger;
    put_file(VC__FILE_JOURNAL, "vaultcrypt-received 2 00112233445566778899aabbccddeeff\n");
    assert_int_equal(open_ledger(&ledger), VC_E_CONFIG);
    assert_int_equal(remove(VC__FILE_JOURNAL), 0);
    put_file("elsewhere", "");
    assert_int_equal(symlink("elsewhere", VC__FILE_JOURNAL), 0);
    assert_int_equal(open_ledger(&ledger), VC_E_IO);
}

static vc__outbox_entry like(char *name)
{
    vc__outbox_entry entry = { .tag = 7, .name = name, .partition = 3, .identity = { 11, 5000000000, -5, 13 } };
    memcpy(entry.id, id_a, sizeof entry.id);
    return entry;
}

static void the_outbox_knows_how_far(void **state)
{
    (void)state;
    vc__outbox outbox, second;
    vc__outbox_entry *entry;
    char name[] = "a b\xc3\xbc", other[] = "other";
    const vc__outbox_entry one = like(name), two = like(other);
    assert_int_equal(vc__outbox_open(&outbox, "state", NULL), VC_OK);
    assert_int_equal(vc__outbox_open(&second, "state", NULL), VC_E_STATE);
    assert_int_equal(vc__outbox_begin(&outbox, &one, &entry, NULL), VC_OK);
    assert_int_equal(vc__outbox_part(&outbox, entry, NULL), VC_OK);
    assert_int_equal(vc__outbox_acked(&outbox, entry, 9 << 20, NULL), VC_OK);
    assert_int_equal(vc__outbox_acked(&outbox, entry, (9 << 20) + 1, NULL), VC_OK); /* not worth a line */
    assert_int_equal(vc__outbox_begin(&outbox, &two, &entry, NULL), VC_OK);
    assert_int_equal(vc__outbox_end(&outbox, entry, VC__SENDING_DONE, NULL), VC_OK);
    vc__outbox_close(&outbox);
    assert_int_equal(vc__outbox_open(&outbox, "state", NULL), VC_OK);
    assert_null(vc__outbox_find(&outbox, 8, name));
    entry = vc__outbox_find(&outbox, 7, name);
    assert_non_null(entry);
    assert_memory_equal(entry->id, id_a, sizeof id_a);
    assert_int_equal(entry->partition, 3);
    assert_int_equal(entry->parts, 1);
    assert_int_equal(entry->acked, 9 << 20);
    assert_int_equal(entry->state, VC__SENDING_OPEN);
    assert_memory_equal(&entry->identity, &one.identity, sizeof one.identity);
    assert_int_equal(vc__outbox_part(&outbox, entry, NULL), VC_OK);
    assert_int_equal(entry->parts, 2);
    assert_int_equal(vc__outbox_find(&outbox, 7, other)->state, VC__SENDING_DONE);
    assert_int_equal(vc__outbox_begin(&outbox, &two, &entry, NULL), VC_OK); /* the same name again */
    vc__outbox_close(&outbox);
    assert_int_equal(vc__outbox_open(&outbox, "./state", NULL), VC_OK);
    assert_int_equal(outbox.count, 2);
    assert_int_equal(vc__outbox_find(&outbox, 7, name)->parts, 2);
    assert_int_equal(vc__outbox_find(&outbox, 7, other)->state, VC__SENDING_OPEN);
    vc__outbox_close(&outbox);
}

static bool exists(void *user, const char *name)
{
    return strcmp(name, user) == 0;
}

static void the_outbox_is_tidied(void **state)
{
    (void)state;
    enum { FILES = 20, ROUNDS = 100 };
    vc__outbox outbox;
    vc__outbox_entry *entry;
    char name[16], kept[] = "f3", elsewhere[] = "f4";
    assert_int_equal(vc__outbox_open(&outbox, "state", NULL), VC_OK);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "f%d", i);
            const vc__outbox_entry one = like(name);
            assert_int_equal(vc__outbox_begin(&outbox, &one, &entry, NULL), VC_OK);
            if (i) /* f0 stays open */
                assert_int_equal(vc__outbox_end(&outbox, entry, VC__SENDING_DONE, NULL), VC_OK);
        }
    vc__outbox_entry other = like(elsewhere);
    other.tag = 8;
    assert_int_equal(vc__outbox_begin(&outbox, &other, &entry, NULL), VC_OK);
    vc__outbox_close(&outbox);
    assert_int_equal(vc__outbox_open(&outbox, "state", NULL), VC_OK);
    outbox.line_count += 4000;
    assert_int_equal(vc__outbox_tidy(&outbox, 7, exists, kept, NULL), VC_OK);
    assert_int_equal(outbox.count, 3);
    const vc__outbox_entry again = like(elsewhere);
    assert_int_equal(vc__outbox_begin(&outbox, &again, &entry, NULL), VC_OK);
    vc__outbox_close(&outbox);
    assert_int_equal(vc__outbox_open(&outbox, "state", NULL), VC_OK);
    assert_int_equal(outbox.count, 4);
    assert_int_equal(vc__outbox_find(&outbox, 7, kept)->state, VC__SENDING_DONE);
    assert_non_null(vc__outbox_find(&outbox, 8, elsewhere));
    vc__outbox_close(&outbox);
}

/* A folder through which many files pass. */
static void the_outbox_forgets_who_went(void **state)
{
    (void)state;
    enum { FILES = 2000 };
    char kept[] = "f7", name[16];
    vc__outbox outbox;
    vc__outbox_entry *entry;
    assert_int_equal(vc__outbox_open(&outbox, NULL, NULL), VC_OK);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "f%d", i);
        const vc__outbox_entry one = like(name);
        assert_int_equal(vc__outbox_begin(&outbox, &one, &entry, NULL), VC_OK);
        assert_int_equal(vc__outbox_part(&outbox, entry, NULL), VC_OK);
        assert_int_equal(vc__outbox_end(&outbox, entry, VC__SENDING_DONE, NULL), VC_OK);
        assert_int_equal(vc__outbox_tidy(&outbox, 7, exists, kept, NULL), VC_OK);
    }
    assert_true(outbox.count < 1500);
    assert_int_equal(vc__outbox_find(&outbox, 7, kept)->state, VC__SENDING_DONE);
    vc__outbox_close(&outbox);
}

/* -- the producer --------------------------------------------------------------------------------------------------- */

/* A broker that is not there, and no patience. */
static void the_producer_keeps_the_order(void **state)
{
    (void)state;
    static const struct {
        const char *pair, *idempotence, *in_flight;
    } cases[] = {
        { "client.id=x", "true", NULL },
        { "acks=all", "true", NULL },
        { "retries=5", "true", NULL },
        { "acks=1", NULL, NULL },
        { "max.in.flight=10", NULL, NULL },
        { "enable.idempotence=false", "false", "1" },
    };
    const atomic_int stop = 1;
    for (size_t i = 0; i < COUNT(cases); i++) {
        vc__outlet outlet = { .stop = &stop };
        vc_error err = VC_ERROR_INIT;
        vc_kafka_config *kafka = vc_kafka_config_new(NULL);
        assert_int_equal(vc_kafka_config_set(kafka, "bootstrap.servers", "127.0.0.1:9", NULL), VC_OK);
        assert_int_equal(vc_kafka_config_set(kafka, "log_level", "0", NULL), VC_OK);
        assert_int_equal(vc_kafka_config_set_pair(kafka, cases[i].pair, NULL), VC_OK);
        assert_int_equal(vc__outlet_open(&outlet, kafka, "t", &err), cases[i].idempotence ? VC_E_CANCELED : VC_E_CONFIG);
        char value[16];
        size_t room = sizeof value;
        if (cases[i].idempotence) {
            assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(outlet.rk), "enable.idempotence", value, &room), RD_KAFKA_CONF_OK);
            assert_string_equal(value, cases[i].idempotence);
        } else {
            assert_non_null(strstr(err.message, "enable.idempotence"));
        }
        room = sizeof value;
        if (cases[i].in_flight) {
            assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(outlet.rk), "max.in.flight", value, &room), RD_KAFKA_CONF_OK);
            assert_string_equal(value, cases[i].in_flight);
        }
        vc__outlet_close(&outlet);
        vc_kafka_config_free(kafka);
    }
}

/* -- allocation failures -------------------------------------------------------------------------------------------- */

static vc_code journals(void *arg)
{
    (void)arg;
    vc__ledger ledger;
    vc__outbox outbox;
    vc__outbox_entry *entry;
    char name[] = "name";
    const vc__outbox_entry one = like(name);
    vc_code code = open_ledger(&ledger);
    if (code)
        return code;
    code = vc__ledger_set(&ledger, id_a, VC__DONE, NULL);
    vc__ledger_close(&ledger);
    if (!code)
        code = vc__outbox_open(&outbox, "./state", NULL);
    if (code)
        return code;
    code = vc__outbox_begin(&outbox, &one, &entry, NULL);
    vc__outbox_close(&outbox);
    return code;
}

static vc_code placing(void *arg)
{
    vc__incoming file;
    bool present;
    vc_code code = vc__incoming_open(&file, arg, id_a, NULL);
    if (!code)
        code = vc__incoming_write(&file, vc_str("bytes"), NULL);
    if (!code)
        code = vc__incoming_place(&file, "twice", &(vc__file_facts){ 0 }, false, &present, NULL);
    vc__incoming_drop(&file);
    return code;
}

static void allocations_may_fail(void **state)
{
    (void)state;
    SWEEP_ALLOCATIONS(journals, NULL);
    vc__folder folder = here(0);
    put_file("twice", "bytes"); /* so that both are compared */
    SWEEP_ALLOCATIONS(placing, &folder);
    vc__folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(names_are_shown_without_harm),
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)
        WITH_FOLDER(a_file_gets_its_name_when_it_is_whole),
        WITH_FOLDER(what_is_there_stays),
        WITH_FOLDER(links_are_not_followed),
        WITH_FOLDER(zeros_become_holes),
        WITH_FOLDER(a_file_goes_back_and_on),
        WITH_FOLDER(the_quota_holds),
        WITH_FOLDER(the_quota_holds_for_zeros),
        WITH_FOLDER(remains_are_swept),
        WITH_FOLDER(verdicts_outlive_a_run),
        WITH_FOLDER(half_lines_do_no_harm),
        WITH_FOLDER(nobody_chooses_slots),
        WITH_FOLDER(a_long_journal_is_shortened),
        WITH_FOLDER(a_journal_of_tomorrow_is_refused),
        WITH_FOLDER(the_outbox_knows_how_far),
        WITH_FOLDER(the_outbox_is_tidied),
        WITH_FOLDER(the_outbox_forgets_who_went),
        cmocka_unit_test(the_producer_keeps_the_order),
        WITH_FOLDER(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
