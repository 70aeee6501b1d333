/* SPDX-License-Identifier: Apache-2.0 */
#include "setup_key.h"

#include "akv.h"
#include "exit.h"

#include <stdio.h>
#include <string.h>

/* 'text', for the shell. */
static void quote(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else
            putchar(*text);
    }
    putchar('\'');
}

static void print_file(const char *name, const char *kid, vc_view text)
{
    printf("cat >%s%s <<'END'\n%.*s%sEND\n", kid, name, (int)text.len, text.data, text.len && text.data[text.len - 1] == '\n' ? "" : "\n");
}

/* The files that it writes are nobody else's; as put() in setup_key.c has it. */
static void print_guard(const setup_key *s)
{
    const char *kid = s->kid;
    if (s->options->force)
        printf("rm -f %s-pub.pem\n", kid);
    else
        printf("for file in %s-release-policy.json %s-pub.pem %s-info.json; do\n"
               "    if [ -e \"$file\" ]; then echo \"$file: there is such a file (setup-key --force replaces it)\" >&2; exit %d; fi\n"
               "done\n", kid, kid, kid, EXIT_LOCAL);
}

/* Nothing in Azure knows the names of vaultcrypt dev --skr. */
static void warn_of_emulator(const setup_key *s)
{
    static const char zone[] = ".dev.localhost";
    const size_t len = strlen(s->attester), tail = sizeof zone - 1;
    if (akv_is_local(s->store))
        return;
    if (len > tail && strcmp(s->attester + len - tail, zone) == 0)
        fprintf(stderr, "vaultcrypt setup-key: warning: MAA_ENDPOINT (--authority) is %s, the emulator's (vaultcrypt dev --skr): it attests nothing in Azure\n",
                s->attester);
    if (strcmp(s->identity, "dev") == 0)
        fprintf(stderr, "vaultcrypt setup-key: warning: MANAGED_IDENTITY is dev, the emulator's (vaultcrypt dev --skr): not a principal id\n");
}

static void print_role(const setup_key *s, const char *name, int len, bool hsm)
{
    if (hsm) {
        printf("az keyvault role assignment create --hsm-name %.*s --assignee ", len, name);
        quote(s->identity);
        printf(" --role 'Managed HSM Crypto User' --scope /keys/%s\n", s->kid);
        return;
    }
    printf("az role assignment create --role 'Key Vault Crypto User' --assignee ");
    quote(s->identity);
    printf(" \\\n    --scope \"$(az keyvault show --name %.*s --query id --output tsv)/keys/%s\"\n", len, name, s->kid);
}

int setup_key_print(const setup_key *s)
{
    const bool hsm = strstr(s->store, ".managedhsm.") != NULL, ec = strncmp(s->options->type, "EC", 2) == 0;
    const int len = (int)strcspn(s->store, ".");
    blob info = { 0 };
    setup_key_info(s, &info);
    warn_of_emulator(s);
    printf("# A key under a release policy in https://%s; az login first.\nset -e\n", s->store);
    print_guard(s);
    print_file("-release-policy.json", s->kid, blob_view(&s->policy));
    printf("az keyvault key create --id https://%s/keys/%s --ops wrapKey unwrapKey encrypt decrypt --kty %s ", s->store, s->kid, s->options->type);
    if (ec)
        printf("--curve P-256");
    else
        printf("--size %lu", s->options->size);
    printf(" --exportable --policy %s-release-policy.json\n", s->kid);
    printf("az keyvault key download %s %.*s --name %s --file %s-pub.pem\n", hsm ? "--hsm-name" : "--vault-name", len,
           s->store, s->kid, s->kid);
    print_role(s, s->store, len, hsm);
    print_file("-info.json", s->kid, blob_view(&info));
    blob_free(&info);
    return fflush(stdout) ? EXIT_LOCAL : EXIT_FINE;
}
