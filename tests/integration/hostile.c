/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.c - calls of the library against a server that answers as no honest one does, and how much memory
 * that takes; for hostile.sh. On the installed headers only.
 *
 *     hostile calls TIMEOUT DEADLINE
 *                            in milliseconds: asks the server of the environment three times; a line for each:
 *                            its name, "ok" or "error", and what the error says; then "peak KIB" for this
 *                            process
 *     hostile peak CMD...    runs CMD; writes its peak to the file `peak`; ends with its status
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vaultcrypt/vaultcrypt.h>

static void tell(const char *name, const vc_error *err)
{
    if (err->code == VC_OK)
        printf("%s ok\n", name);
    else
        printf("%s error %s\n", name, err->message);
}

static vc_client *open_client(uint64_t timeout, uint64_t deadline, vc_error *err)
{
    vc_config *config = vc_config_new(err);
    vc_client *client = NULL;
    if (config && vc_config_from_env(config, err) == VC_OK && vc_config_set_timeout(config, timeout, err) == VC_OK &&
        vc_config_set_deadline(config, deadline, err) == VC_OK)
        client = vc_client_open(config, err);
    vc_config_free(config);
    return client;
}

static int calls(uint64_t timeout, uint64_t deadline)
{
    vc_error err = VC_ERROR_INIT;
    struct rusage used;
    vc_client *client = open_client(timeout, deadline, &err);
    if (!client) {
        fprintf(stderr, "%s\n", err.message);
        return 99;
    }
    vc_bytes sealed = VC_BYTES_INIT;
    vc_error_clear(&err);
    vc_transit_encrypt(client, "transit/hostile", vc_str("a secret of the caller"), NULL, &sealed, &err);
    tell("encrypt", &err);
    vc_bytes_free(&sealed);

    vc_error_clear(&err);
    vc_transit_key *key = vc_transit_key_read(client, "transit/hostile", &err);
    tell("key", &err);
    vc_transit_key_free(key);

    vc_error_clear(&err);
    vc_vault_reply *reply = NULL;
    vc_vault_request(client, "GET", "transit/keys/hostile", vc_str(""), NULL, &reply, &err);
    tell("request", &err);
    vc_vault_reply_free(reply);

    vc_client_close(client);
    getrusage(RUSAGE_SELF, &used);
    printf("peak %ld\n", used.ru_maxrss);
    return 0;
}

static int peak(char **command)
{
    int status = 0;
    struct rusage used;
    const pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    FILE *file = fopen("peak", "w");
    if (child < 0 || waitpid(child, &status, 0) != child || !file)
        return 99;
    getrusage(RUSAGE_CHILDREN, &used);
    fprintf(file, "%ld\n", used.ru_maxrss);
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "calls") == 0)
        return calls(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    if (argc > 2 && strcmp(argv[1], "peak") == 0)
        return peak(argv + 2);
    return 2;
}
