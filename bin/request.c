/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - `vaultcrypt request`: any endpoint of Vault's API, with the retries, token and errors of every other command. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "members.h"

struct options {
    bool repeat;
    connect_options connect;
    output_options output;
};

static const option_row rows[] = {
    { OPTION_FLAG, 0, "repeat", NULL, "it may be sent again when it is not known whether Vault got it",
      offsetof(struct options, repeat) },
    OUTPUT_ROWS(struct options),
    CONNECT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "METHOD is GET, LIST, POST, PUT, PATCH, DELETE or HEAD; PATH what stands behind /v1/. The body is one of: - (JSON on standard\n"
    "input), @FILE, JSON text, or members: name=text, name=@FILE, name=- (their content, as a string), name:=JSON.\n"
    "Secrets belong in files or on standard input: what stands on a command line, everybody on the machine can read.\n"
    "With -o json the answer is printed also when it is a refusal; otherwise Vault's own words, which may repeat what was sent, are not.\n"
    "GET, LIST and HEAD are sent again after a doubtful failure, others only with --repeat.\n"
    "Exit codes: 0 done, 2 usage, 3 nothing there, or refused, 4 denied, 5 Vault away, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_request = { "request", "[OPTIONS] METHOD PATH [BODY | NAME=VALUE...]",
                                         "any request to Vault", notes, rows,
                                         2 + MOST_MEMBERS, run };

static int run(int argc, char **argv)
{
    struct options o = { .repeat = false };
    const char *operands[2 + MOST_MEMBERS + 1];
    int status;
    if (!option_parse(&command_request, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0] || !operands[1])
        return call_usage(&command_request, "METHOD and PATH are needed");
    blob body = { 0 };
    vc_view view;
    status = members_read(&command_request, operands + 2, &body, &view);
    if (!status)
        status = call_run(&(struct call){ .command = &command_request, .connect = &o.connect, .output = &o.output,
                                          .method = operands[0],
                                          .path = operands[1], .body = view, .replay_safe = o.repeat,
                                              .errors_too = true });
    blob_free(&body);
    return status;
}
