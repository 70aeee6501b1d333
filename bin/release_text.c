/* SPDX-License-Identifier: Apache-2.0 */
#include "release_text.h"

#include "exit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/release_policy.h>

static int wrong(const struct command *command, const char *what, const char *why)
{
    fprintf(stderr, "vaultcrypt %s: %s%s\n", command->name, what, why);
    return EXIT_USAGE;
}

static const char *host_of(const char *authority)
{
    return strncmp(authority, "https://", 8) == 0 ? authority + 8 : authority;
}

const char *release_authority(const release_options *options)
{
    const char *first = options->authorities.count ? options->authorities.values[0] : option_variable("MAA_ENDPOINT");
    return first ? host_of(first) : NULL;
}

/* The options, and the environment where they are silent. */
static const char *value_at(const option_list *list, const char *variable, size_t i)
{
    if (list->count)
        return i < list->count ? list->values[i] : NULL;
    return i == 0 ? option_variable(variable) : NULL;
}

/* A JSON string. */
static void add_string(blob *out, const char *text, size_t len)
{
    struct json_object *string = json_object_new_string_len(text, (int)len);
    const char *json = string ? json_object_to_json_string_ext(string, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) : NULL;
    if (json)
        blob_text(out, json);
    else
        out->failed = true;
    json_object_put(string);
}

static void add_claim(blob *out, const char *name, size_t name_len, const char *value)
{
    blob_text(out, "{\"claim\": ");
    add_string(out, name, name_len);
    blob_text(out, ", \"equals\": ");
    add_string(out, value, strlen(value));
    blob_text(out, "}");
}

/* A condition on its line, behind a comma where one is due. */
static void next(blob *out, bool *any)
{
    blob_text(out, *any ? ",\n        " : "\n        ");
    *any = true;
}

static void condition(blob *out, bool *any, const char *name, const char *value)
{
    if (strcmp(value, "none") == 0)
        return;
    next(out, any);
    add_claim(out, name, strlen(name), value);
}

/* One measurement, or any of several: while a new version of the workload is rolled out both may have the key. */
static void measurements(blob *out, bool *any, const release_options *o)
{
    static const char name[] = "x-ms-sevsnpvm-hostdata";
    const char *first = value_at(&o->hostdata, "WORKLOAD_MEASUREMENT", 0);
    if (o->any_workload || !first)
        return;
    if (o->hostdata.count < 2) {
        condition(out, any, name, first);
        return;
    }
    next(out, any);
    blob_text(out, "{\"anyOf\": [");
    for (size_t i = 0; i < o->hostdata.count; i++) {
        blob_text(out, i ? ", " : "");
        add_claim(out, name, strlen(name), o->hostdata.values[i]);
    }
    blob_text(out, "]}");
}

static void conditions(blob *out, const release_options *o)
{
    bool any = false;
    condition(out, &any, "x-ms-attestation-type", o->attestation_type);
    measurements(out, &any, o);
    condition(out, &any, "x-ms-compliance-status", o->compliance);
    if (!o->debuggable)
        condition(out, &any, "x-ms-sevsnpvm-is-debuggable", "false");
    for (size_t i = 0; i < o->claims.count; i++) {
        const char *claim = o->claims.values[i], *equals = strchr(claim, '=');
        next(out, &any);
        add_claim(out, claim, (size_t)(equals - claim), equals + 1);
    }
}

static int check(const struct command *command, const release_options *o)
{
    const char *text;
    if (!release_authority(o))
        return wrong(command, "whose attestation counts? --authority or MAA_ENDPOINT, such as ", "sharedeus2.eus2.attest.azure.net");
    for (size_t i = 0; (text = value_at(&o->authorities, "MAA_ENDPOINT", i)); i++)
        if (!*host_of(text) || strpbrk(host_of(text), "/ \"\\?#"))
            return wrong(command, "--authority is a host, without a path: not ", text);
    if (o->any_workload && o->hostdata.count)
        return wrong(command, "--any-workload", " and --hostdata exclude each other");
    for (size_t i = 0; (text = value_at(&o->hostdata, "WORKLOAD_MEASUREMENT", i)); i++)
        if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
            return wrong(command, "--hostdata (WORKLOAD_MEASUREMENT) is a SHA-256 in 64 lower-case hexadecimal digits", "");
    for (size_t i = 0; i < o->claims.count; i++)
        if (o->claims.values[i][0] == '=' || !strchr(o->claims.values[i], '='))
            return wrong(command, "--claim is NAME=VALUE: not ", o->claims.values[i]);
    return EXIT_FINE;
}

static void write_policy(const release_options *o, blob *out)
{
    const char *authority;
    blob_text(out, "{\n  \"version\": \"1.0.0\",\n  \"anyOf\": [");
    for (size_t i = 0; (authority = value_at(&o->authorities, "MAA_ENDPOINT", i)); i++) {
        char url[1024];
        snprintf(url, sizeof url, "https://%s", host_of(authority));
        blob_text(out, i ? ",\n    {\n      \"authority\": " : "\n    {\n      \"authority\": ");
        add_string(out, url, strlen(url));
        blob_text(out, ",\n      \"allOf\": [");
        conditions(out, o);
        blob_text(out, "\n      ]\n    }");
    }
    blob_text(out, "\n  ]\n}\n");
}

int release_make(const struct command *command, const release_options *options, blob *out)
{
    vc_error err = VC_ERROR_INIT;
    const int status = check(command, options);
    if (status)
        return status;
    write_policy(options, out);
    if (out->failed) {
        fprintf(stderr, "vaultcrypt %s: out of memory\n", command->name);
        return EXIT_LOCAL;
    }
    vc_release_policy *policy = vc_release_policy_parse(blob_view(out), NULL, &err);
    if (!policy) { /* no condition at all is left */
        fprintf(stderr, "vaultcrypt %s: ", command->name);
        return exit_report(NULL, &err);
    }
    const bool any = vc_release_policy_weaknesses(policy) & VC_RELEASE_ANY_WORKLOAD;
    vc_release_policy_free(policy);
    if (any && !options->any_workload) /* nor a claim of --claim says which: not what anybody gets by leaving something out */
        return wrong(command, "which workload may have the key? ", "--hostdata or WORKLOAD_MEASUREMENT, or --any-workload: every container");
    return EXIT_FINE;
}

size_t release_warn(const struct command *command, const char *name, vc_view text)
{
    size_t count = 0;
    vc_release_policy *policy = vc_release_policy_parse(text, NULL, NULL);
    const unsigned weak = policy ? vc_release_policy_weaknesses(policy) : 0;
    for (unsigned one = 1; one && one <= weak; one *= 2) {
        if (!(weak & one))
            continue;
        fprintf(stderr, "vaultcrypt %s: %s: warning: %s\n", command->name, name, vc_release_weakness_text((vc_release_weakness)one));
        count++;
    }
    vc_release_policy_free(policy);
    return count;
}
