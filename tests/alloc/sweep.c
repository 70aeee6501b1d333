/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sweep.c - runs each scenario with the n-th allocation of the process failing, whoever asks for it: libyaml, json-c, libcurl,
 * OpenSSL, PCRE2, the C library or ours. n = 1, 2, 3, ... until no allocation was refused; once with that one alone, once with all
 * after it. Each run is a child process, forked from one that has been through the scenario (so that what libraries keep for
 * ever is there), and, at fewer places, from one that has not.
 *
 * A run must end by itself, without a signal, with VC_E_MEMORY and a message, or with the right result in spite of the failure,
 * or with what the scenario's table says; and leave no block of memory behind.
 *
 *      LD_PRELOAD=shim.so sweep [SCENARIO [N [once|all [BLOCK]]]]      one run; prints the call stack of N, or of BLOCK that it left
 */
#include "alloc/sweep.h"

#include "alloc/shim.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_RUNS = 1500, COLD_RUNS = 60, RUN_SECONDS = 20, MOST_SHOWN = 10 };

typedef struct outcome {
    bool ended;
    vc_code code;
    vc_error err;
    shim_report report;
    bool queued;
} outcome;

static outcome *shared; /* with the children */
static int failures;

static const scenario *const groups[] = { scenarios_text, scenarios_vault, scenarios_crypto, scenarios_record, scenarios_client };
enum { GROUPS = sizeof groups / sizeof groups[0] };

static void run_once(const scenario *one, unsigned long n, bool once)
{
    shared->err = (vc_error)VC_ERROR_INIT;
    shared->ended = false;
    shim_start(n, once);
    shared->code = one->run(&shared->err);
    shared->queued = one->empties && ERR_peek_error();
    OPENSSL_thread_stop(); /* frees this thread's error queue, which may hold up to 16 texts on purpose */
    shim_stop(&shared->report);
    shared->ended = true;
}

static int run_in_child(const scenario *one, unsigned long n, bool once)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(RUN_SECONDS);
        run_once(one, n, once);
        _exit(0);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("sweep");
        exit(99);
    }
    return status;
}

static bool may_end_with(const scenario *one, vc_code code)
{
    if (code == VC_E_MEMORY)
        return true;
    for (size_t i = 0; i < sizeof one->also / sizeof one->also[0]; i++)
        if (code && code == one->also[i])
            return true;
    return false;
}

/* What is wrong with the run; NULL: nothing. */
static const char *verdict(const scenario *one, int status, bool cold, char *text, size_t room)
{
    if (WIFSIGNALED(status))
        snprintf(text, room, "%s", WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)));
    else if (!shared->ended)
        snprintf(text, room, "ended the process with status %d", WEXITSTATUS(status));
    else if ((int)shared->code == WRONG_RESULT)
        snprintf(text, room, "says it is fine, and the result is wrong");
    else if (shared->code && !may_end_with(one, shared->code))
        snprintf(text, room, "ends with %s: %s", vc_code_name(shared->code), shared->err.message);
    else if (shared->code && (shared->err.code != shared->code || !shared->err.message[0]))
        snprintf(text, room, "ends with %s, but the error says %s: %s", vc_code_name(shared->code), vc_code_name(shared->err.code),
                 shared->err.message);
    else if (shared->queued)
        snprintf(text, room, "leaves an error in libcrypto's queue");
    else if (!cold && shared->report.left > one->kept)
        snprintf(text, room, "leaves %lu blocks; the first is allocation %lu, %zu bytes", shared->report.left,
                 shared->report.left_number, shared->report.left_size);
    else
        return NULL;
    return text;
}

struct tally {
    unsigned long runs, memory, fine, other, wrong;
};

static void count_run(const scenario *one, unsigned long n, bool once, bool cold, int status, struct tally *tally)
{
    char text[700];
    const char *wrong = verdict(one, status, cold, text, sizeof text);
    tally->runs++;
    if (!wrong) {
        tally->memory += shared->code == VC_E_MEMORY;
        tally->fine += shared->code == VC_OK;
        tally->other += shared->code && shared->code != VC_E_MEMORY;
        return;
    }
    if (tally->wrong++ < MOST_SHOWN)
        printf("%s%s: allocation %lu %s failing: %s\n", one->name, cold ? " (cold)" : "", n, once ? "alone" : "and all after it", wrong);
}

/* `asked`: what the scenario asks for when nothing fails. Not more than `most` runs, spread evenly. */
static void sweep(const scenario *one, unsigned long asked, unsigned long most, bool once, bool cold)
{
    const unsigned long stride = asked / most + 1;
    struct tally tally = { 0 };
    for (unsigned long n = 1;; n += stride) {
        const int status = run_in_child(one, n, once);
        if (n > asked && WIFEXITED(status) && shared->ended && shared->report.refused == 0)
            break;
        count_run(one, n, once, cold, status, &tally);
        if (n > 10 * asked + 1000) {
            printf("%s: it never ends\n", one->name);
            tally.wrong++;
            break;
        }
    }
    printf("# %-18s %-5s %-5s %5lu of %5lu allocations: %lu out of memory, %lu fine all the same, %lu other\n", one->name,
           cold ? "cold" : "warm", once ? "alone" : "all", tally.runs, asked, tally.memory, tally.fine, tally.other);
    failures += tally.wrong != 0;
}

/* Without a failure: it must work, or end with what is expected of it, and leave nothing when it was run before. */
static unsigned long measure(const scenario *one, bool cold)
{
    char text[700];
    const int status = run_in_child(one, 0, false);
    const char *wrong = verdict(one, status, cold, text, sizeof text);
    if (!wrong && shared->code == VC_E_MEMORY)
        wrong = "is out of memory though nothing failed";
    if (!wrong)
        return shared->report.asked;
    printf("%s, when no allocation fails: %s\n", one->name, wrong);
    failures++;
    return 0;
}

/* True: nothing was wrong. */
static bool sweep_scenario(const scenario *one)
{
    const unsigned long most = one->runs ? one->runs : MOST_RUNS;
    if (one->prepare && !one->prepare()) {
        printf("# %-18s cannot be run here\n", one->name);
        return true;
    }
    unsigned long asked = measure(one, true);
    if (asked)
        sweep(one, asked, COLD_RUNS, false, true);
    vc_error err = VC_ERROR_INIT;
    one->run(&err); /* twice: what grows with the first use may grow with the second */
    one->run(&err);
    asked = measure(one, false);
    if (asked) {
        sweep(one, asked, most, true, false);
        sweep(one, asked, most, false, false);
    }
    return failures == 0;
}

/* In a process of its own, so that every scenario starts with libraries that were never used. */
static void start_scenario(const scenario *one)
{
    int status = -1;
    const pid_t child = fork();
    if (child == 0)
        _exit(sweep_scenario(one) ? 0 : 1);
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status))
        failures++;
}

/* For whoever looks into a failure. */
static int show_one(const scenario *one, char **argv)
{
    const unsigned long n = argv[0] ? strtoul(argv[0], NULL, 10) : 0;
    const bool once = !argv[0] || !argv[1] || strcmp(argv[1], "once") == 0;
    vc_error err = VC_ERROR_INIT;
    if (one->prepare && !one->prepare())
        return 77;
    one->run(&err);
    one->run(&err);
    shim_trace(argv[0] && argv[1] && argv[2] ? strtoul(argv[2], NULL, 10) : n);
    (void)run_in_child(one, n, once);
    char line[700];
    printf("%lu asked, %lu refused, %lu left (first %lu, %zu bytes); %s: %s\n", shared->report.asked, shared->report.refused,
           shared->report.left, shared->report.left_number, shared->report.left_size, vc_code_name(shared->code),
           vc_error_format(&shared->err, line, sizeof line));
    return 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!shim_start) {
        fprintf(stderr, "sweep: the shim is not loaded (LD_PRELOAD)\n");
        return 99;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 99;
    bool found = argc < 2;
    for (size_t i = 0; i < GROUPS; i++)
        for (const scenario *one = groups[i]; one->name; one++) {
            if (argc > 2 && strcmp(argv[1], one->name) == 0)
                return show_one(one, argv + 2);
            if (argc < 2 || strcmp(argv[1], one->name) == 0) {
                found = true;
                start_scenario(one);
            }
        }
    if (!found) {
        fprintf(stderr, "sweep: no scenario %s\n", argv[1]);
        return 99;
    }
    return failures ? 1 : 0;
}
