/* SPDX-License-Identifier: Apache-2.0 */
/* release_policy.c - `vaultcrypt release-policy`: under which claims a key store gives a private key away; make, check, test. */
#include "commands.h"
#include "exit.h"
#include "input.h"
#include "outfile.h"
#include "release_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/release_policy.h>

enum { MOST_FILES = 64, POLICY_MOST = 1 << 17 };

static int run_make(int argc, char **argv);
static int run_check(int argc, char **argv);
static int run_test(int argc, char **argv);

static int usage(const struct command *command, const char *what)
{
    fprintf(stderr, "vaultcrypt %s: %s; vaultcrypt %s --help\n", command->name, what, command->name);
    return EXIT_USAGE;
}

/* -- make ----------------------------------------------------------------------------------------------------------------- */

struct make_options {
    release_options policy;
    const char *output;
    bool force;
};

static const option_row make_rows[] = {
    RELEASE_ROWS(struct make_options, policy),
    { OPTION_HEADING, 0, "Output", NULL, NULL, 0 },
    { OPTION_TEXT, 'o', "output", "FILE", "there, whole or not at all (standard output)", offsetof(struct make_options, output) },
    { OPTION_FLAG, 'f', "force", NULL, "replace a FILE that is there", offsetof(struct make_options, force) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char make_notes[] =
    "Writes a policy for Azure Key Vault or Managed HSM (az keyvault key create --policy FILE), with the conditions of the confidential\n"
    "container demo. What is weak about it is a warning on standard error.\n"
    "Exit codes: 0 made, 2 usage, 3 no condition is left, 6 a file.\n";

const struct command command_release_policy_make = { "release-policy make", "[OPTIONS]", "write one", make_notes, make_rows, 0, run_make };

static int put(const struct command *command, const char *name, bool force, vc_view text)
{
    outfile out;
    int code = outfile_open(&out, name, force);
    if (!code)
        code = outfile_write(&out, text.data, text.len);
    if (!code)
        code = outfile_keep(&out);
    outfile_drop(&out);
    if (code)
        fprintf(stderr, "vaultcrypt %s: %s: %s%s\n", command->name, name ? name : "standard output", strerror(code),
                code == EEXIST ? " (--force replaces it)" : "");
    return code ? EXIT_LOCAL : EXIT_FINE;
}

static int run_make(int argc, char **argv)
{
    struct make_options o = { .policy = RELEASE_OPTIONS_INIT };
    const char *operands[1];
    blob text = { 0 };
    int status;
    if (!option_parse(&command_release_policy_make, argc, argv, &o, operands, &status))
        return status;
    status = release_make(&command_release_policy_make, &o.policy, &text);
    if (!status) {
        release_warn(&command_release_policy_make, o.output ? o.output : "the policy", blob_view(&text));
        status = put(&command_release_policy_make, o.output, o.force, blob_view(&text));
    }
    blob_free(&text);
    return status;
}

/* -- check ---------------------------------------------------------------------------------------------------------------- */

struct check_options {
    bool strict, quiet;
};

static const option_row check_rows[] = {
    { OPTION_FLAG, 0, "strict", NULL, "what is weak is an error", offsetof(struct check_options, strict) },
    { OPTION_FLAG, 'q', "quiet", NULL, "nothing but errors and warnings", offsetof(struct check_options, quiet) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char check_notes[] =
    "Reads policies as strictly as a key store does, and says where they are wrong: line and column. Warns of what lets too many have\n"
    "the key: no measurement of the workload, debuggable environments, conditions on claims under x-ms-runtime, which whoever asks\n"
    "puts in. - is standard input.\n"
    "Exit codes: 0 fine, 2 usage, 3 a policy is wrong (with --strict: or weak), 6 a file cannot be read.\n";

const struct command command_release_policy_check = { "release-policy check", "[OPTIONS] FILE...", "say what is wrong or weak", check_notes,
                                                      check_rows, MOST_FILES, run_check };

static vc_release_policy *read_policy(const struct command *command, const char *file, blob *text, int *status)
{
    vc_error err = VC_ERROR_INIT;
    *status = input_file(command, file, text);
    if (*status)
        return NULL;
    vc_release_policy *policy = vc_release_policy_parse(blob_view(text), file, &err);
    if (!policy)
        *status = exit_report(NULL, &err);
    return policy;
}

static int check(const char *file, const struct check_options *o)
{
    blob text = { 0 };
    int status;
    vc_release_policy *policy = read_policy(&command_release_policy_check, file, &text, &status);
    const size_t warnings = policy ? release_warn(&command_release_policy_check, file, blob_view(&text)) : 0;
    if (warnings && o->strict)
        status = EXIT_CONFIG;
    if (warnings && !o->quiet)
        printf("%s: %zu warning%s\n", file, warnings, warnings == 1 ? "" : "s");
    else if (policy && !o->quiet)
        printf("%s: fine\n", file);
    vc_release_policy_free(policy);
    blob_free(&text);
    return status;
}

static int run_check(int argc, char **argv)
{
    struct check_options o = { .strict = false };
    const char *files[MOST_FILES + 1];
    int status = EXIT_FINE;
    if (!option_parse(&command_release_policy_check, argc, argv, &o, files, &status))
        return status;
    if (!files[0])
        return usage(&command_release_policy_check, "which policy?");
    for (size_t i = 0; files[i]; i++) {
        const int one = check(files[i], &o);
        if (one > status)
            status = one;
    }
    return fflush(stdout) ? EXIT_LOCAL : status;
}

/* -- test ----------------------------------------------------------------------------------------------------------------- */

struct test_options {
    const char *authority;
    bool quiet;
};

static const option_row test_rows[] = {
    { OPTION_TEXT, 'a', "authority", "HOST", "who vouches for the claims (their `iss`, or MAA_ENDPOINT)", offsetof(struct test_options, authority) },
    { OPTION_FLAG, 'q', "quiet", NULL, "the exit code alone", offsetof(struct test_options, quiet) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char test_notes[] =
    "Would a key under POLICY be released to an environment with CLAIMS, a JSON object such as the payload of an attestation token? Says\n"
    "which claim is missing or differs, and where the policy asks for it.\n"
    "Exit codes: 0 released, 2 usage, 3 policy or claims cannot be read, 4 not released, 6 a file.\n";

const struct command command_release_policy_test = { "release-policy test", "[OPTIONS] POLICY CLAIMS", "try it on a set of claims", test_notes,
                                                     test_rows, 2, run_test };

struct telling {
    const char *file;
    bool quiet;
};

/* What came from files goes to a terminal: no control characters. */
static void print(vc_view text)
{
    for (size_t i = 0; i < text.len && i < 200; i++)
        putchar((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f ? '?' : text.data[i]);
}

static void tell(void *user, const vc_release_finding *finding)
{
    const struct telling *telling = user;
    if (telling->quiet)
        return;
    printf("%s:%zu:%zu: ", telling->file, finding->line, finding->column);
    if (finding->fault == VC_RELEASE_OTHER_AUTHORITY) {
        printf("wants the authority \"");
        print(finding->wanted);
        printf("\", not \"");
    } else {
        print(finding->claim);
        printf(finding->fault == VC_RELEASE_MISSING ? " is missing; wanted is \"" : " differs; wanted is \"");
        print(finding->wanted);
        printf(finding->fault == VC_RELEASE_MISSING ? "" : "\", there is \"");
    }
    print(finding->found);
    printf("\"\n");
}

/* "https://..." of the option, the claims, or the environment; false: of none of them. */
static bool find_authority(const struct test_options *o, const vc_claims *claims, char *authority, size_t room)
{
    const vc_view issuer = vc_claims_get(claims, vc_str("iss"));
    const char *host = o->authority ? o->authority : issuer.len ? NULL : option_variable("MAA_ENDPOINT");
    authority[0] = 0;
    if (host && *host)
        snprintf(authority, room, "%s%s", strncmp(host, "https://", 8) == 0 ? "" : "https://", host);
    else if (!host)
        snprintf(authority, room, "%.*s", (int)(issuer.len < room ? issuer.len : room - 1), issuer.len ? issuer.data : "");
    return *authority;
}

static int decide(const struct test_options *o, const char *file, const vc_release_policy *policy, const vc_claims *claims)
{
    char authority[1024];
    struct telling telling = { file, o->quiet };
    vc_error err = VC_ERROR_INIT;
    if (!find_authority(o, claims, authority, sizeof authority))
        return usage(&command_release_policy_test, "who vouches for the claims? --authority");
    const vc_code code = vc_release_policy_decide(policy, vc_str(authority), claims, tell, &telling, &err);
    if (!o->quiet)
        printf(code ? "not released\n" : "released\n");
    return code ? exit_code_of(code) : EXIT_FINE;
}

/* What should be the policy is none: because it is the claims? */
static void hint_at_order(const char *file, blob *text)
{
    if (input_file(&command_release_policy_test, file, text))
        return;
    vc_release_policy *policy = vc_release_policy_parse(blob_view(text), NULL, NULL);
    if (policy)
        fprintf(stderr, "vaultcrypt release-policy test: %s is a policy: the policy comes first, the claims second\n", file);
    vc_release_policy_free(policy);
}

static int run_test(int argc, char **argv)
{
    struct test_options o = { .authority = NULL };
    const char *files[3];
    vc_error err = VC_ERROR_INIT;
    blob policy_text = { 0 }, claims_text = { 0 };
    int status;
    if (!option_parse(&command_release_policy_test, argc, argv, &o, files, &status))
        return status;
    if (!files[0] || !files[1])
        return usage(&command_release_policy_test, "a policy and claims are needed");
    vc_release_policy *policy = read_policy(&command_release_policy_test, files[0], &policy_text, &status);
    vc_claims *claims = NULL;
    if (policy)
        status = input_file(&command_release_policy_test, files[1], &claims_text);
    else if (status == EXIT_CONFIG)
        hint_at_order(files[1], &claims_text);
    if (policy && !status && !(claims = vc_claims_parse(blob_view(&claims_text), files[1], &err)))
        status = exit_report(NULL, &err);
    if (claims)
        status = decide(&o, files[0], policy, claims);
    vc_claims_free(claims);
    vc_release_policy_free(policy);
    blob_free(&policy_text);
    blob_free(&claims_text);
    return status ? status : fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}
