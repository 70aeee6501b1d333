/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaultcrypt-dev: an embedded Vault, Kafka and key release for development. This file is the life of the
 * process: start, run a command or wait, pass signals on, end.
 */
#include "options.h"
#include "tls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_CANNOT_RUN = 126, EXIT_NO_COMMAND = 127, SIGNAL_BASE = 128 };

/* What is waited for; blocked in every thread, so that none interrupts a request. */
static void block_signals(sigset_t *signals, sigset_t *before)
{
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGQUIT);
    sigaddset(signals, SIGCHLD);
    struct sigaction action;
    if (sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler != SIG_IGN) /* nohup */
        sigaddset(signals, SIGHUP);
    sigprocmask(SIG_BLOCK, signals, before);
    signal(SIGPIPE, SIG_IGN);
}

/* What runs; NULL: it was not wanted. */
typedef struct services {
    dev_kafka *kafka;
    dev_server *server;
    dev_skr *skr;
} services;

static void say_what_it_is(const dev_options *options, const services *up)
{
    const dev_kafka *kafka = up->kafka;
    fprintf(stderr, "vaultcrypt dev: a Vault (%s) at %s%s%s%s%s, for development: in memory, nothing is kept\n",
            options->server.flavour->name, up->server->address, kafka ? " and a Kafka at " : "",
            kafka ? dev_kafka_brokers(kafka) : "", up->skr ? " and key release at " : "",
            up->skr ? up->skr->address : "");
}

enum { VARIABLES = 15, VALUE = 1200 };

typedef struct variable {
    const char *name;
    char value[VALUE];
} variable;

/* What the command gets, or what is printed; the list ends with one without a name. */
static void variables_of(const dev_options *options, const services *up, variable *list)
{
    size_t count = 0;
    const dev_server *server = up->server;
    const dev_skr *skr = up->skr;
    const char *folder = server->tls ? dev_tls_folder(server->tls) : NULL;
    char first[2 * DEV_SHARE + 1];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(server->unseal_keys, ","), server->unseal_keys);
    const struct {
        const char *name, *before, *after; /* before NULL: not set */
    } all[] = {
        { "VAULT_ADDR", server->address, "" },
        { "VAULT_TOKEN", options->server.root_token, "" },
        { "VAULTCRYPT_UNSEAL_KEYS", options->server.shares > 1 ? server->unseal_keys : NULL, "" },
        { "VAULTCRYPT_UNSEAL_KEY", first, "" },
        { "VAULTCRYPT_BROKERS", up->kafka ? dev_kafka_brokers(up->kafka) : NULL, "" },
        { "VAULTCRYPT_SKR_ADDR", skr ? skr->address : NULL, "" },
        { "VAULTCRYPT_MAA_ENDPOINT", skr ? DEV_SKR_MAA : NULL, "" },
        { "VAULTCRYPT_AKV_ENDPOINT", skr ? skr->host : NULL, "" },
        /* what setup-key asks for, by the demo's names */
        { "MAA_ENDPOINT", skr ? DEV_SKR_MAA : NULL, "" },
        { "WORKLOAD_MEASUREMENT", skr ? skr->hostdata : NULL, "" },
        { "MANAGED_IDENTITY", skr ? "dev" : NULL, "" },
        { "VAULT_CACERT", folder, "/ca.pem" },
        { "VAULT_CLIENT_CERT", options->server.tls_client ? folder : NULL, "/client.pem" },
        { "VAULT_CLIENT_KEY", options->server.tls_client ? folder : NULL, "/client.key" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!all[i].before)
            continue;
        list[count].name = all[i].name;
        snprintf(list[count++].value, VALUE, "%s%s", all[i].before, all[i].after);
    }
    list[count].name = NULL;
}

static void print_variables(const variable *list)
{
    for (; list->name; list++)
        printf("export %s=%s\n", list->name, list->value);
    fflush(stdout);
}

static void set_variables(const variable *list)
{
    for (; list->name; list++)
        setenv(list->name, list->value, 1);
}

/* In the child: never returns. */
static void run_command(const dev_options *options, const sigset_t *mask)
{
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no servers, no command */
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(options->command[0], options->command);
    const int status = errno == ENOENT ? EXIT_NO_COMMAND : EXIT_CANNOT_RUN;
    fprintf(stderr, "vaultcrypt dev: %s: ", options->command[0]);
    perror(NULL);
    _exit(status);
}

/* The child's exit status as a shell tells it, or -1 when it still runs. */
static int reap(pid_t child)
{
    int status;
    for (;;) {
        const pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended <= 0)
            return -1;
        if (ended == child)
            return WIFSIGNALED(status) ? SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

/* Until the child ends, or without a child a signal says so. */
static int wait_for_end(const sigset_t *signals, pid_t child)
{
    for (;;) {
        siginfo_t info;
        const int caught = sigwaitinfo(signals, &info);
        if (caught < 0)
            continue;
        if (caught == SIGCHLD) {
            const int status = child > 0 ? reap(child) : -1;
            if (status >= 0)
                return status;
        } else if (child <= 0) {
            return 0;
        } else if (info.si_code != SI_KERNEL) {
            kill(child, caught); /* what the terminal sends, the child gets by itself */
        }
    }
}

static int run(const dev_options *options, const services *up, const sigset_t *signals, const sigset_t *before)
{
    variable list[VARIABLES];
    say_what_it_is(options, up);
    variables_of(options, up, list);
    if (!options->command) {
        print_variables(list);
        return wait_for_end(signals, 0);
    }
    set_variables(list);
    const pid_t child = fork();
    if (child == 0)
        run_command(options, before);
    if (child < 0) {
        perror("vaultcrypt dev: fork");
        return EXIT_FAILED;
    }
    return wait_for_end(signals, child);
}

/* False: `err` says why; what was started is in `up` all the same. */
static bool start(const dev_options *options, services *up, vc_error *err)
{
    if (!options->no_kafka && !(up->kafka = dev_kafka_start(&options->kafka, err)))
        return false;
    if (!(up->server = dev_server_start(&options->server, err)))
        return false;
    return !options->with_skr || (up->skr = dev_skr_start(up->server, &options->skr, err));
}

static void stop(services *up)
{
    if (up->server)
        dev_server_wake(up->server);
    dev_skr_stop(up->skr);
    if (up->server)
        dev_server_stop(up->server);
    dev_kafka_stop(up->kafka);
}

int main(int argc, char **argv)
{
    dev_options options;
    services up = { NULL, NULL, NULL };
    sigset_t signals, before;
    vc_error err = VC_ERROR_INIT;
    const pid_t parent = getppid();
    int status = dev_options_parse(&options, argc, argv);
    if (status >= 0)
        return status;
    block_signals(&signals, &before);
    if (!options.keep) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) /* gone already */
            return EXIT_FAILED;
    }
    if (start(&options, &up, &err)) {
        status = run(&options, &up, &signals, &before);
    } else {
        char line[700];
        fprintf(stderr, "vaultcrypt dev: %s\n", vc_error_format(&err, line, sizeof line));
        status = EXIT_FAILED;
    }
    stop(&up);
    return status;
}
