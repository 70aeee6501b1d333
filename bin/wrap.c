/* SPDX-License-Identifier: Apache-2.0 */
/* wrap.c - `vaultcrypt wrap` and `vaultcrypt unwrap`: something handed over in Vault, that can be opened once. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"
#include "members.h"
#include "show.h"

#include <stdio.h>
#include <unistd.h>
#include <vaultcrypt/wrapping.h>

struct options {
    const char *expect;
    unsigned long ttl;
    bool lookup;
    connect_options connect;
    output_options output;
};

static const option_row wrap_rows[] = {
    { OPTION_MS, 't', "ttl", "TIME", "how long it can be opened (5m)", offsetof(struct options, ttl) },
    OUTPUT_ROWS(struct options),
    CONNECT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};
static const option_row unwrap_rows[] = {
    { OPTION_TEXT, 0, "expect", "PATH", "open it only if that endpoint made it", offsetof(struct options, expect) },
    { OPTION_FLAG, 0, "lookup", NULL, "only tell what made it, and when; do not open it",
      offsetof(struct options, lookup) },
    OUTPUT_ROWS(struct options),
    CONNECT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char wrap_notes[] =
    "What to wrap: JSON on standard input (-, the default), in @FILE, or members: name=text, name=@FILE, name=-, name:=JSON.\n"
    "Prints the wrapping token: hand it over; whoever opens it first gets what is in it, and the other knows.\n"
    "Exit codes: 0 done, 2 usage, 3 refused, 4 denied, 5 Vault away, 6 local.\n";
static const char unwrap_notes[] =
    "The wrapping token comes from FILE, from standard input, or from a prompt. It is looked up first: what made it, and when.\n"
    "Exit codes: 0 done, 1 it is not what was expected, 2 usage, 4 the token was used before, has expired or never was,\n"
    "5 Vault away, 6 local.\n";

static int run_wrap(int argc, char **argv);
static int run_unwrap(int argc, char **argv);

const struct command command_wrap = { "wrap", "[OPTIONS] [- | @FILE | NAME=VALUE...]",
                                      "hand something over that can be opened once", wrap_notes, wrap_rows,
                                      MOST_MEMBERS, run_wrap };
const struct command command_unwrap = { "unwrap", "[OPTIONS] [FILE]", "open what was wrapped, once", unwrap_notes,
                                        unwrap_rows, 1, run_unwrap };

static int run_wrap(int argc, char **argv)
{
    struct options o = { .ttl = 300000 };
    const char *operands[MOST_MEMBERS + 1];
    int status;
    if (!option_parse(&command_wrap, argc, argv, &o, operands, &status))
        return status;
    if (o.ttl < 1000)
        return call_usage(&command_wrap, "--ttl is one second at least");
    blob body = { 0 };
    vc_view view;
    if (!operands[0]) {
        operands[0] = "-";
        operands[1] = NULL;
    }
    status = members_read(&command_wrap, operands, &body, &view);
    if (!status)
        status = call_run(&(struct call){ .command = &command_wrap, .connect = &o.connect, .output = &o.output,
                                          .method = "POST",
                                          .path = "sys/wrapping/wrap", .body = view, .wrap_ttl = o.ttl / 1000,
                                          .main_field = ".wrap_info.token" });
    blob_free(&body);
    return status;
}

/* -- unwrap --------------------------------------------------------------------------------------------------------------- */

static int alarm_text(const vc_error *err)
{
    const int status = exit_report("unwrap", err);
    if (err->code != VC_E_SPENT)
        return status;
    fprintf(stderr, "vaultcrypt unwrap: ALARM: revoke what was in it, and look in Vault's audit log for who opened it.\n");
    return EXIT_DENIED;
}

static int show_lookup(const struct options *o, const vc_wrapping *wrapping)
{
    struct json_object *root = json_object_new_object();
    show_text(root, "creation_path", vc_wrapping_path(wrapping));
    show_text(root, "creation_time", vc_wrapping_created(wrapping));
    show_number(root, "creation_ttl", vc_wrapping_ttl(wrapping));
    const int status = output_print(&command_unwrap, &o->output, NULL, root);
    json_object_put(root);
    return status;
}

static int open_it(const struct options *o, vc_client *client, vc_view token)
{
    vc_error err = VC_ERROR_INIT;
    vc_vault_reply *reply = NULL;
    if (vc_wrapping_unwrap(client, token, &reply, &err)) {
        vc_vault_reply_free(reply);
        return alarm_text(&err);
    }
    const int status = output_reply(&command_unwrap, &o->output, NULL, vc_vault_reply_body(reply));
    vc_vault_reply_free(reply);
    return status;
}

static int look_and_open(const struct options *o, vc_client *client, vc_view token)
{
    vc_error err = VC_ERROR_INIT;
    vc_wrapping *wrapping = vc_wrapping_lookup(client, token, &err);
    int status;
    if (!wrapping) {
        status = alarm_text(&err);
    } else if (o->expect && strcmp(o->expect, vc_wrapping_path(wrapping)) != 0) {
        fprintf(stderr, "vaultcrypt unwrap: it was made by %s, not by %s: not opened. Somebody may have put another in its place.\n",
                vc_wrapping_path(wrapping), o->expect);
        status = EXIT_DATA;
    } else {
        status = o->lookup ? show_lookup(o, wrapping) : open_it(o, client, token);
    }
    vc_wrapping_free(wrapping);
    return status;
}

static int run_unwrap(int argc, char **argv)
{
    struct options o = { .expect = NULL };
    const char *operands[2];
    vc_error err = VC_ERROR_INIT;
    int status;
    if (!option_parse(&command_unwrap, argc, argv, &o, operands, &status))
        return status;
    if (output_check(&command_unwrap, &o.output))
        return EXIT_USAGE;
    blob token = { 0 };
    status = input_secret(&command_unwrap, operands[0] ? operands[0] : isatty(STDIN_FILENO) ? NULL : "-",
                          "Wrapping token: ", &token);
    if (!status && !token.len)
        status = call_usage(&command_unwrap, "there is no token");
    if (!status) {
        vc_client *client = connect_open(&o.connect, &err);
        status = client ? look_and_open(&o, client, blob_view(&token)) : exit_report("unwrap", &err);
        vc_client_close(client);
    }
    blob_free(&token);
    return status;
}
