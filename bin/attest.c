/* SPDX-License-Identifier: Apache-2.0 */
/* attest.c - `vaultcrypt attest`: what the sidecar of a confidential container says of the environment that it runs in. */
#include "commands.h"
#include "exit.h"
#include "input.h"
#include "output.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/attest.h>

enum { WAIT_MS = 10000 };

/* SEV-SNP ABI specification, table ATTESTATION_REPORT: where they begin, in bytes. */
enum { REPORT_SIZE = 1184, POLICY_AT = 8, DATA_AT = 80, DATA_SIZE = 64, MEASUREMENT_AT = 144, MEASUREMENT_SIZE = 48, HOST_AT = 192, HOST_SIZE = 32 };

static int run_maa(int argc, char **argv);
static int run_raw(int argc, char **argv);

struct options {
    const char *sidecar, *authority, *runtime;
    unsigned long wait;
    bool token;
    output_options output;
};

#define SIDECAR_ROWS \
    { OPTION_TEXT, 0, "sidecar", "URL", "whom to ask (VAULTCRYPT_SKR_ADDR, or http://localhost:8080)", offsetof(struct options, sidecar) }, \
    { OPTION_TEXT, 0, "runtime-data", "FILE", "what it is to be made for ({}); - is standard input", offsetof(struct options, runtime) }, \
    { OPTION_MS, 0, "wait", "TIME", "ask again so long while it is away (10s)", offsetof(struct options, wait) }

static const option_row maa_rows[] = {
    { OPTION_TEXT, 'a', "authority", "HOST", "the attestation service (MAA_ENDPOINT)", offsetof(struct options, authority) },
    SIDECAR_ROWS,
    OUTPUT_ROWS(struct options),
    { OPTION_FLAG, 0, "token", NULL, "the token itself: keep it, until it expires keys are released for it", offsetof(struct options, token) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const option_row raw_rows[] = {
    SIDECAR_ROWS,
    OUTPUT_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char maa_notes[] =
    "Prints the claims that the service vouches for: those that release policies are about. Signatures are not verified. A policy tried on\n"
    "them: vaultcrypt attest maa -o json | vaultcrypt release-policy test POLICY -\n"
    "Exit codes: 0 attested, 2 usage, 3 the request or the answer is wrong, 4 not attested, 5 nobody can be asked, 6 local.\n";

static const char raw_notes[] =
    "Prints the hardware's report (SEV-SNP), and what of it policies are about: host_data is the measurement of the workload, report_data\n"
    "the SHA-256 of the runtime data. Nothing of it is verified.\n"
    "Exit codes: 0 there is one, 2 usage, 3 the request or the answer is wrong, 4 there is none, 5 nobody can be asked, 6 local.\n";

const struct command command_attest_maa = { "attest maa", "[OPTIONS]", "the claims of this environment", maa_notes, maa_rows, 0, run_maa };
const struct command command_attest_raw = { "attest raw", "[OPTIONS]", "the hardware's report", raw_notes, raw_rows, 0, run_raw };

/* The command line, and what the answer is to be made for. False: `*status`. */
static bool begin(const struct command *command, int argc, char **argv, struct options *o, blob *runtime, int *status)
{
    const char *operands[1];
    o->wait = OPTION_NOT_GIVEN;
    if (!option_parse(command, argc, argv, o, operands, status))
        return false;
    *status = output_check(command, &o->output);
    if (*status)
        return false;
    if (o->runtime)
        *status = input_file(command, o->runtime, runtime);
    else
        blob_text(runtime, "{}");
    return !*status;
}

static vc_attest_options options_of(const struct options *o)
{
    const char *url = o->sidecar ? o->sidecar : option_variable("VAULTCRYPT_SKR_ADDR");
    return (vc_attest_options){ .size = sizeof(vc_attest_options), .url = url, .patience_ms = o->wait == OPTION_NOT_GIVEN ? WAIT_MS : o->wait };
}

/* -- claims --------------------------------------------------------------------------------------------------------------- */

static int print_claims(const struct options *o, vc_view token)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes claims = VC_BYTES_INIT;
    if (o->token) {
        printf("%.*s\n", (int)token.len, token.data);
        return output_end(&command_attest_maa);
    }
    if (vc_attest_claims(token, &claims, &err))
        return exit_report(command_attest_maa.name, &err);
    const int status = output_reply(&command_attest_maa, &o->output, NULL, vc_bytes_view(claims));
    vc_bytes_free(&claims);
    return status;
}

static int run_maa(int argc, char **argv)
{
    struct options o = { .token = false };
    vc_error err = VC_ERROR_INIT;
    vc_bytes token = VC_BYTES_INIT;
    blob runtime = { 0 };
    int status;
    if (begin(&command_attest_maa, argc, argv, &o, &runtime, &status)) {
        const char *authority = o.authority ? o.authority : option_variable("MAA_ENDPOINT");
        const vc_attest_options options = options_of(&o);
        if (!authority) {
            fprintf(stderr, "vaultcrypt attest maa: who is to vouch? --authority or MAA_ENDPOINT, such as sharedeus2.eus2.attest.azure.net\n");
            status = EXIT_USAGE;
        } else if (vc_attest_maa(&options, authority, blob_view(&runtime), &token, &err)) {
            status = exit_report(command_attest_maa.name, &err);
        } else {
            status = print_claims(&o, vc_bytes_view(token));
        }
    }
    vc_bytes_free(&token);
    blob_free(&runtime);
    return status;
}

/* -- report --------------------------------------------------------------------------------------------------------------- */

static void show_hex(struct json_object *root, const char *name, vc_view bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * bytes.len + 1);
    for (size_t i = 0; text && i < bytes.len; i++) {
        text[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)bytes.data[i] & 15];
    }
    if (text) {
        text[2 * bytes.len] = 0;
        show_text(root, name, text);
    }
    free(text);
}

static int show_report(const struct options *o, vc_view report)
{
    struct json_object *root = json_object_new_object();
    if (report.len == REPORT_SIZE) {
        show_flag(root, "debuggable", (unsigned char)report.data[POLICY_AT + 2] >> 3 & 1); /* bit 19 of the guest's policy */
        show_hex(root, "host_data", vc_view_of(report.data + HOST_AT, HOST_SIZE));
        show_hex(root, "report_data", vc_view_of(report.data + DATA_AT, DATA_SIZE));
        show_hex(root, "measurement", vc_view_of(report.data + MEASUREMENT_AT, MEASUREMENT_SIZE));
    }
    show_hex(root, "report", report);
    const int status = output_print(&command_attest_raw, &o->output, NULL, root);
    json_object_put(root);
    return status;
}

static int run_raw(int argc, char **argv)
{
    struct options o = { .token = false };
    vc_error err = VC_ERROR_INIT;
    vc_bytes report = VC_BYTES_INIT;
    blob runtime = { 0 };
    int status;
    if (begin(&command_attest_raw, argc, argv, &o, &runtime, &status)) {
        const vc_attest_options options = options_of(&o);
        status = vc_attest_raw(&options, blob_view(&runtime), &report, &err) ? exit_report(command_attest_raw.name, &err)
                                                                             : show_report(&o, vc_bytes_view(report));
    }
    vc_bytes_free(&report);
    blob_free(&runtime);
    return status;
}
