/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup_key.c - `vaultcrypt setup-key`: the steps of the confidential container demo's setup-key-mhsm.sh. A key pair is made in a key store
 * under a release policy, its public half is fetched, and a file says where it came from.
 */
#include "setup_key.h"

#include "akv.h"
#include "exit.h"
#include "input.h"
#include "outfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/release_policy.h>

enum { RSA_BITS = 3072 };

static const option_row rows[] = {
    { OPTION_TEXT, 0, "type", "RSA-HSM|RSA|EC-HSM|EC", "what kind of key (RSA-HSM)", offsetof(struct setup_key_options, type) },
    { OPTION_COUNT, 0, "size", "BITS", "of an RSA key: 2048, 3072 or 4096 (3072)", offsetof(struct setup_key_options, size) },
    { OPTION_TEXT, 'p', "policy", "FILE", "a release policy that is there, instead of one made of the options below",
      offsetof(struct setup_key_options, policy_file) },
    { OPTION_TEXT, 'd', "folder", "FOLDER", "where the files go (the current one)", offsetof(struct setup_key_options, folder) },
    { OPTION_FLAG, 0, "print", NULL, "print the az commands; do nothing", offsetof(struct setup_key_options, print) },
    { OPTION_FLAG, 'f', "force", NULL, "replace files, and make a new version of a key that is there", offsetof(struct setup_key_options, force) },
    RELEASE_ROWS(struct setup_key_options, policy),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "STORE is a key vault or a managed HSM: its name (a managed HSM), its host, or the emulator's address, VAULTCRYPT_AKV_ENDPOINT of\n"
    "vaultcrypt dev --skr. With the emulator the key is made, and KID-release-policy.json, KID-pub.pem and KID-info.json are written.\n"
    "For any other store the az commands that do the same are printed: vaultcrypt setup-key ... | sh\n"
    "The environment: MAA_ENDPOINT, WORKLOAD_MEASUREMENT, MANAGED_IDENTITY (who may release the key), as for the original's script.\n"
    "Exit codes: 0 done, 2 usage, 3 the policy, or there is such a key, 5 the store is away or refuses, 6 a file.\n";

static int run(int argc, char **argv);

const struct command command_setup_key = { "setup-key", "[OPTIONS] KID STORE", "make a key pair that is released by attestation", notes, rows, 2,
                                           run };

static int say(int status, const char *what, const char *why)
{
    fprintf(stderr, "vaultcrypt setup-key: %s%s%s\n", what, *why ? ": " : "", why);
    return status;
}

void setup_key_info(const setup_key *s, blob *out)
{
    char line[1200];
    snprintf(line, sizeof line, "{\n\"public_key_path\": \"%s-pub.pem\",\n\"kms_endpoint\": \"%s\",\n\"attester_endpoint\": \"%s\"\n}\n", s->kid,
             s->store, s->attester);
    blob_text(out, line);
}

/* -- files ---------------------------------------------------------------------------------------------------------------- */

static void file_name(const setup_key *s, const char *suffix, char *name, size_t room)
{
    const char *folder = s->options->folder;
    snprintf(name, room, "%s%s%s%s", folder ? folder : "", folder ? "/" : "", s->kid, suffix);
}

static int put(const setup_key *s, const char *suffix, vc_view text)
{
    char name[2048];
    outfile out;
    file_name(s, suffix, name, sizeof name);
    int code = outfile_open(&out, name, s->options->force);
    if (!code)
        code = outfile_public(&out); /* none of the three is a secret, and producers are other users */
    if (!code)
        code = outfile_write(&out, text.data, text.len);
    if (!code)
        code = outfile_keep(&out);
    outfile_drop(&out);
    if (code)
        return say(EXIT_LOCAL, name, code == EEXIST ? "there is such a file (--force replaces it)" : strerror(code));
    printf("%s\n", name);
    return EXIT_FINE;
}

/* Before anything is made: no key without its files. */
static int files_are_free(const setup_key *s)
{
    static const char *const suffixes[] = { "-release-policy.json", "-pub.pem", "-info.json" };
    char name[2048];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0] && !s->options->force; i++) {
        file_name(s, suffixes[i], name, sizeof name);
        FILE *there = fopen(name, "re");
        if (there)
            fclose(there);
        if (there)
            return say(EXIT_LOCAL, name, "there is such a file (--force replaces it)");
    }
    return EXIT_FINE;
}

/* -- with the emulator ---------------------------------------------------------------------------------------------------- */

/* The policy as a key store takes it: base64url without padding. */
static bool encoded(vc_view text, blob *out)
{
    if (!blob_base64(out, text))
        return false;
    while (out->len && out->data[out->len - 1] == '=')
        out->data[--out->len] = 0;
    for (size_t i = 0; i < out->len; i++)
        out->data[i] = out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i];
    return true;
}

static int create(const setup_key *s, akv_answer *answer)
{
    char path[300], size[64];
    blob body = { 0 }, policy = { 0 };
    snprintf(path, sizeof path, "/keys/%s/create?api-version=7.4", s->kid);
    if (strncmp(s->options->type, "EC", 2) == 0)
        snprintf(size, sizeof size, "\"crv\":\"P-256\"");
    else
        snprintf(size, sizeof size, "\"key_size\":%lu", s->options->size);
    blob_text(&body, "{\"kty\":\"");
    blob_text(&body, s->options->type);
    blob_text(&body, "\",");
    blob_text(&body, size);
    blob_text(&body, ",\"key_ops\":[\"wrapKey\",\"unwrapKey\",\"encrypt\",\"decrypt\"],\"attributes\":{\"exportable\":true},"
                     "\"release_policy\":{\"contentType\":\"application/json; charset=utf-8\",\"data\":\"");
    const bool well = encoded(blob_view(&s->policy), &policy);
    blob_add(&body, policy.data ? policy.data : "", policy.len);
    blob_text(&body, "\"}}");
    if (well && !body.failed)
        akv_call(answer, s->store, "POST", path, body.data);
    blob_free(&policy);
    blob_free(&body);
    return answer->status == 200 ? EXIT_FINE : say(EXIT_VAULT, "the key is not made", answer->error);
}

/* The key's version, the end of its id. */
static const char *version_of(const akv_answer *answer)
{
    struct json_object *key, *kid;
    if (!json_object_object_get_ex(answer->json, "key", &key) || !json_object_object_get_ex(key, "kid", &kid))
        return "";
    const char *slash = strrchr(json_object_get_string(kid), '/');
    return slash ? slash + 1 : "";
}

static int make(const setup_key *s)
{
    char path[300];
    akv_answer answer = { .status = 0 };
    blob pem = { 0 }, info = { 0 };
    int status = files_are_free(s);
    snprintf(path, sizeof path, "/keys/%s", s->kid);
    if (!status) {
        akv_call(&answer, s->store, "GET", path, NULL);
        if (!answer.status)
            status = say(EXIT_VAULT, s->store, answer.error);
        else if (answer.status == 200 && !s->options->force)
            status = say(EXIT_CONFIG, s->kid, "the store has such a key (--force makes a new version of it)");
    }
    if (!status)
        status = put(s, "-release-policy.json", blob_view(&s->policy));
    if (!status)
        status = create(s, &answer);
    if (!status && !akv_public_pem(&answer, &pem))
        status = say(EXIT_VAULT, "the public key cannot be read", "");
    if (!status)
        status = put(s, "-pub.pem", blob_view(&pem));
    setup_key_info(s, &info);
    if (!status)
        status = put(s, "-info.json", blob_view(&info));
    if (!status)
        printf("key %s, version %s, in %s\n", s->kid, version_of(&answer), s->store);
    akv_end(&answer);
    blob_free(&info);
    blob_free(&pem);
    return status ? status : fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}

/* -- the command line ----------------------------------------------------------------------------------------------------- */

/* It becomes a part of file names, of a path and of shell commands. */
static bool is_name(const char *text, const char *others)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t i = 0;
    while (text[i] && (strchr(letters, text[i]) || strchr(others, text[i])))
        i++;
    return i && i <= 127 && !text[i] && text[0] != '-' && text[0] != '.';
}

static int read_store(setup_key *s, const char *store)
{
    store = strncmp(store, "https://", 8) == 0 ? store + 8 : strncmp(store, "http://", 7) == 0 ? store + 7 : store;
    const size_t len = strcspn(store, "/");
    snprintf(s->store, sizeof s->store, "%.*s%s", (int)(len < 300 ? len : 300), store,
             strpbrk(store, ".:") || strcmp(store, "localhost") == 0 ? "" : ".managedhsm.azure.net");
    if (!is_name(s->store, ".:[]") || (store[len] && store[len + 1]))
        return say(EXIT_USAGE, "STORE is a name or a host", store);
    return EXIT_FINE;
}

static bool is_type(const char *type)
{
    static const char *const all[] = { "RSA-HSM", "RSA", "EC-HSM", "EC" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(type, all[i]) == 0)
            return true;
    return false;
}

static int read_policy(setup_key *s)
{
    vc_error err = VC_ERROR_INIT;
    if (!s->options->policy_file)
        return release_make(&command_setup_key, &s->options->policy, &s->policy);
    const int status = input_file(&command_setup_key, s->options->policy_file, &s->policy);
    if (status)
        return status;
    vc_release_policy *policy = vc_release_policy_parse(blob_view(&s->policy), s->options->policy_file, &err);
    const int code = policy ? EXIT_FINE : exit_report(NULL, &err);
    vc_release_policy_free(policy);
    return code;
}

static int prepare(setup_key *s, const char **operands)
{
    const struct setup_key_options *o = s->options;
    if (!operands[0] || !operands[1])
        return say(EXIT_USAGE, "KID and STORE are needed; vaultcrypt setup-key --help", "");
    s->kid = operands[0];
    s->attester = release_authority(&o->policy);
    s->identity = getenv("MANAGED_IDENTITY");
    if (!is_name(s->kid, ""))
        return say(EXIT_USAGE, "KID has letters, digits and dashes", s->kid);
    if (!is_type(o->type))
        return say(EXIT_USAGE, "--type is RSA-HSM, RSA, EC-HSM or EC", "");
    if (o->size != 2048 && o->size != 3072 && o->size != 4096)
        return say(EXIT_USAGE, "--size is 2048, 3072 or 4096", "");
    if (!s->attester || !is_name(s->attester, ".:"))
        return say(EXIT_USAGE, "whose attestation counts? MAA_ENDPOINT or --authority, a host such as sharedeus2.eus2.attest.azure.net", "");
    if (!s->identity || !*s->identity)
        return say(EXIT_USAGE, "who may release the key? MANAGED_IDENTITY, the principal id of a managed identity (az identity create)", "");
    const int status = read_store(s, operands[1]);
    return status ? status : read_policy(s);
}

static int run(int argc, char **argv)
{
    struct setup_key_options o = { .policy = RELEASE_OPTIONS_INIT, .type = "RSA-HSM", .size = RSA_BITS };
    setup_key s = { .options = &o };
    const char *operands[3];
    int status;
    if (!option_parse(&command_setup_key, argc, argv, &o, operands, &status))
        return status;
    status = prepare(&s, operands);
    if (!status) {
        release_warn(&command_setup_key, o.policy_file ? o.policy_file : "the policy", blob_view(&s.policy));
        status = o.print || !akv_is_local(s.store) ? setup_key_print(&s) : make(&s);
    }
    blob_free(&s.policy);
    return status;
}
