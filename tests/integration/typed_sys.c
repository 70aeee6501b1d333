/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of vault.h, sys.h, token.h and wrapping.h against a server, with the installed headers only. The server's address and
 * root token come from the environment. What a server does not have (namespaces) is tried where it has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

static int passed, failed;
static vc_error err = VC_ERROR_INIT;

static void check(int holds, int line, const char *what)
{
    char text[1000];
    passed += holds != 0;
    failed += holds == 0;
    if (!holds)
        printf("not ok - line %d: %s (last error: %s)\n", line, what, vc_error_format(&err, text, sizeof text));
}

#define CHECK(condition) check((condition) != 0, __LINE__, #condition)

static int has(vc_view view, const char *text)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i + len <= view.len; i++)
        if (memcmp(view.data + i, text, len) == 0)
            return 1;
    return 0;
}

static int ask(vc_client *vault, const char *method, const char *path, const char *body, const vc_vault_options *options,
               vc_code wanted, int status)
{
    vc_vault_reply *reply = NULL;
    const vc_code code = vc_vault_request(vault, method, path, vc_str(body), options, &reply, &err);
    const int good = code == wanted && reply && vc_vault_reply_status(reply) == status;
    if (!good)
        printf("# %s %s: %s, status %d\n", method, path, vc_code_name(code), reply ? vc_vault_reply_status(reply) : 0);
    vc_vault_reply_free(reply);
    return good;
}

static void any_request(vc_client *vault)
{
    CHECK(ask(vault, "GET", "sys/health", NULL, NULL, VC_OK, 200));
    CHECK(ask(vault, "GET", "/v1/sys/health?activecode=201", NULL, NULL, VC_OK, 201));
    CHECK(ask(vault, "POST", "sys/mounts/typed-any", "{\"type\":\"transit\"}", NULL, VC_OK, 204));
    CHECK(ask(vault, "POST", "sys/mounts/typed-any", "{\"type\":\"transit\"}", NULL, VC_E_REQUEST, 400));
    CHECK(ask(vault, "LIST", "typed-any/keys", NULL, NULL, VC_E_NOT_FOUND, 404));
    CHECK(ask(vault, "PUT", "typed-any/keys/k", NULL, NULL, VC_OK, 200) || err.code == VC_OK);
    CHECK(ask(vault, "LIST", "typed-any/keys", NULL, NULL, VC_OK, 200));
    CHECK(ask(vault, "GET", "typed-none/keys/k", NULL, NULL, VC_E_NOT_FOUND, 404));
    CHECK(ask(vault, "DELETE", "typed-any/keys/k", NULL, NULL, VC_E_REQUEST, 400));
    vc_vault_reply *reply = NULL;
    CHECK(vc_vault_request(vault, "POST", "typed-any/encrypt/k", vc_str("{\"plaintext\":\"aGk=\"}"), NULL, &reply, &err) == VC_OK);
    CHECK(reply && has(vc_vault_reply_body(reply), "vault:v1:") && vc_vault_reply_request_id(reply)[0]);
    CHECK(reply && has(vc_vault_reply_header(reply, "content-type"), "application/json"));
    vc_vault_reply_free(reply);
    CHECK(ask(vault, "DELETE", "sys/mounts/typed-any", NULL, NULL, VC_OK, 204));
    vc_vault_options *options = vc_vault_options_new(&err);
    vc_vault_options_set_no_token(options, 1);
    CHECK(ask(vault, "GET", "sys/health", NULL, options, VC_OK, 200));
    CHECK(ask(vault, "GET", "sys/mounts", NULL, options, VC_E_DENIED, 403));
    vc_vault_options_free(options);
}

static void seal(vc_client *vault)
{
    vc_sys_seal_status *status = vc_sys_seal_status_read(vault, &err);
    CHECK(status && !vc_sys_seal_status_is_sealed(status) && vc_sys_seal_status_is_initialized(status));
    CHECK(status && vc_sys_seal_status_type(status)[0] && vc_sys_seal_status_version(status)[0]);
    CHECK(status && vc_sys_seal_status_threshold(status) == 1 && vc_sys_seal_status_shares(status) == 1);
    vc_sys_seal_status_free(status);
    vc_sys_leader *leader = vc_sys_leader_read(vault, &err);
    CHECK(leader != NULL);
    vc_sys_leader_free(leader);
}

static void mounts(vc_client *vault)
{
    CHECK(vc_sys_mount_enable(vault, "typed-sys", "transit", "first", &err) == VC_OK);
    CHECK(vc_sys_mount_tune(vault, "typed-sys", 60, 120, "second", &err) == VC_OK);
    vc_sys_mounts *there = vc_sys_mounts_read(vault, &err);
    const char *text = there ? vc_sys_mounts_description(there, "typed-sys") : NULL;
    CHECK(text && strcmp(text, "second") == 0);
    CHECK(there && vc_sys_mounts_accessor(there, "typed-sys/") && !vc_sys_mounts_accessor(there, "typed"));
    vc_sys_mounts_free(there);
    CHECK(vc_sys_mount_tune(vault, "typed-nowhere", 60, 120, NULL, &err) != VC_OK);
    CHECK(vc_sys_mount_disable(vault, "typed-sys", &err) == VC_OK);
    CHECK(vc_sys_mount_disable(vault, "typed-sys", &err) == VC_OK);
    there = vc_sys_mounts_read(vault, &err);
    CHECK(there && !vc_sys_mounts_type(there, "typed-sys"));
    vc_sys_mounts_free(there);

    CHECK(vc_sys_auth_enable(vault, "typed-users", "userpass", "of a test", &err) == VC_OK);
    CHECK(vc_sys_auth_enable(vault, "typed-users", "userpass", NULL, &err) == VC_E_REQUEST);
    there = vc_sys_auths_read(vault, &err);
    text = there ? vc_sys_mounts_type(there, "typed-users") : NULL;
    CHECK(text && strcmp(text, "userpass") == 0);
    text = there ? vc_sys_mounts_type(there, "token") : NULL;
    CHECK(text && strcmp(text, "token") == 0);
    vc_sys_mounts_free(there);
    CHECK(vc_sys_auth_tune(vault, "typed-users", VC_SYS_UNCHANGED, 3600, NULL, &err) == VC_OK);
    CHECK(vc_sys_auth_disable(vault, "typed-users", &err) == VC_OK);
}

static void policies(vc_client *vault)
{
    CHECK(vc_sys_policy_write(vault, "typed-sys", vc_str("path \"a/b\" { capabilities = [\"read\", \"update\"] }"), &err) == VC_OK);
    vc_names *names = vc_sys_policies_list(vault, &err);
    CHECK(names && vc_names_has(names, "typed-sys") && vc_names_has(names, "root") && vc_names_has(names, "default"));
    vc_names_free(names);
    static const char *const paths[] = { "a/b", "c/d", "sys/mounts" };
    unsigned bits[3] = { 0, 0, 0 };
    CHECK(vc_sys_capabilities_self_many(vault, paths, 3, bits, &err) == VC_OK);
    CHECK(bits[0] == VC_CAPABILITY_ROOT && bits[1] == VC_CAPABILITY_ROOT && bits[2] == VC_CAPABILITY_ROOT);
}

/* A client with another token. */
static vc_client *client_with(vc_bytes token)
{
    vc_config *config = vc_config_new(&err);
    vc_client *client = NULL;
    if (config && vc_config_from_env(config, &err) == VC_OK && vc_config_set_token(config, vc_bytes_view(token), &err) == VC_OK)
        client = vc_client_open(config, &err);
    vc_config_free(config);
    return client;
}

static void as_the_new_token(vc_bytes token)
{
    static const char *const paths[] = { "a/b", "c/d" };
    unsigned bits[2] = { 9, 9 };
    vc_client *client = client_with(token);
    CHECK(client && vc_sys_capabilities_self_many(client, paths, 2, bits, &err) == VC_OK);
    CHECK(bits[0] == (VC_CAPABILITY_READ | VC_CAPABILITY_UPDATE) && bits[1] == 0);
    vc_token *renewed = client ? vc_token_renew_self(client, 1800, &err) : NULL;
    CHECK(renewed && vc_token_ttl(renewed) > 1700 && vc_token_ttl(renewed) <= 1800 && vc_token_is_renewable(renewed));
    vc_token_free(renewed);
    CHECK(client && vc_token_revoke_self(client, &err) == VC_OK);
    vc_client_close(client);
    client = client_with(token);
    vc_token *gone = client ? vc_token_lookup_self(client, &err) : NULL;
    CHECK(!gone && err.code == VC_E_DENIED);
    vc_token_free(gone);
    vc_client_close(client);
}

static void tokens(vc_client *vault)
{
    vc_token_settings *settings = vc_token_settings_new(&err);
    CHECK(vc_token_settings_add_policy(settings, "typed-sys", &err) == VC_OK);
    CHECK(vc_token_settings_set_ttl(settings, 900, &err) == VC_OK);
    CHECK(vc_token_settings_set_display_name(settings, "typed", &err) == VC_OK);
    CHECK(vc_token_settings_set_meta(settings, "team", "a", &err) == VC_OK);
    vc_bytes token = VC_BYTES_INIT;
    vc_token *about = NULL;
    CHECK(vc_token_create(vault, settings, &token, &about, &err) == VC_OK);
    CHECK(token.len > 8 && about && vc_token_ttl(about) == 900 && vc_token_policy_count(about) == 2);
    vc_token *seen = about ? vc_token_lookup_accessor(vault, vc_token_accessor(about), &err) : NULL;
    CHECK(seen && vc_token_ttl(seen) <= 900 && strcmp(vc_token_display_name(seen), "token-typed") == 0);
    vc_token_free(seen);
    as_the_new_token(token);
    vc_token_free(about);
    about = NULL;
    vc_bytes_free(&token);

    CHECK(vc_token_settings_set_type(settings, "batch", &err) == VC_OK);
    CHECK(vc_token_create(vault, settings, &token, &about, &err) == VC_OK);
    CHECK(about && strcmp(vc_token_type(about), "batch") == 0 && !vc_token_accessor(about)[0]);
    vc_token_free(about);
    about = NULL;
    vc_bytes_free(&token);
    vc_token_settings_free(settings);

    CHECK(vc_token_create(vault, NULL, &token, &about, &err) == VC_OK);
    CHECK(about && vc_token_revoke_accessor(vault, vc_token_accessor(about), &err) == VC_OK);
    vc_token *gone = about ? vc_token_lookup_accessor(vault, vc_token_accessor(about), &err) : NULL;
    CHECK(!gone && (err.code == VC_E_DENIED || err.code == VC_E_NOT_FOUND));
    vc_token_free(gone);
    vc_token_free(about);
    about = NULL;
    vc_bytes_free(&token);
    CHECK(vc_sys_policy_delete(vault, "typed-sys", &err) == VC_OK);
    CHECK(vc_sys_policy_delete(vault, "typed-sys", &err) == VC_OK);
    CHECK(vc_sys_policy_delete(vault, "root", &err) == VC_E_REQUEST);
}

static void wrapping(vc_client *vault)
{
    vc_wrapping *wrapped = vc_wrapping_wrap(vault, vc_str("{\"canary\":\"yes\"}"), 60, &err);
    CHECK(wrapped && vc_wrapping_ttl(wrapped) == 60 && strcmp(vc_wrapping_path(wrapped), "sys/wrapping/wrap") == 0);
    if (!wrapped)
        return;
    vc_wrapping *seen = vc_wrapping_lookup(vault, vc_wrapping_token(wrapped), &err);
    CHECK(seen && vc_wrapping_ttl(seen) == 60 && strcmp(vc_wrapping_path(seen), "sys/wrapping/wrap") == 0 &&
          !vc_wrapping_token(seen).data);
    vc_wrapping_free(seen);
    vc_wrapping *again = vc_wrapping_rewrap(vault, vc_wrapping_token(wrapped), &err);
    CHECK(again != NULL);
    vc_vault_reply *reply = NULL;
    CHECK(vc_wrapping_unwrap(vault, vc_wrapping_token(wrapped), &reply, &err) == VC_E_SPENT && !reply);
    vc_wrapping_free(wrapped);
    CHECK(again && vc_wrapping_unwrap(vault, vc_wrapping_token(again), &reply, &err) == VC_OK);
    CHECK(reply && has(vc_vault_reply_body(reply), "\"canary\":\"yes\""));
    vc_vault_reply_free(reply);
    reply = NULL;
    CHECK(again && vc_wrapping_unwrap(vault, vc_wrapping_token(again), &reply, &err) == VC_E_SPENT && !reply);
    CHECK(again && !vc_wrapping_lookup(vault, vc_wrapping_token(again), &err) && err.code == VC_E_SPENT);
    vc_wrapping_free(again);
}

static void wrapped_request(vc_client *vault)
{
    vc_vault_options *options = vc_vault_options_new(&err);
    vc_vault_options_set_wrap_ttl(options, 30);
    vc_vault_reply *reply = NULL, *inside = NULL;
    CHECK(vc_vault_request(vault, "POST", "auth/token/create", vc_str("{\"ttl\":\"60s\"}"), options, &reply, &err) == VC_OK);
    vc_wrapping *wrapped = reply ? vc_vault_reply_wrapping(reply, &err) : NULL;
    CHECK(wrapped && strcmp(vc_wrapping_path(wrapped), "auth/token/create") == 0 && vc_wrapping_ttl(wrapped) == 30);
    vc_vault_reply_free(reply);
    CHECK(wrapped && vc_wrapping_unwrap(vault, vc_wrapping_token(wrapped), &inside, &err) == VC_OK);
    CHECK(inside && has(vc_vault_reply_body(inside), "\"client_token\""));
    CHECK(inside && !vc_vault_reply_wrapping(inside, &err) && err.code == VC_E_PROTOCOL);
    vc_vault_reply_free(inside);
    vc_wrapping_free(wrapped);
    vc_vault_options_free(options);
}

static void namespaces(vc_client *vault)
{
    vc_names *names = vc_sys_namespaces_list(vault, &err);
    if (!names) {
        CHECK(err.code == VC_E_NOT_FOUND || err.code == VC_E_REQUEST);
        printf("# no namespaces on this server\n");
        return;
    }
    vc_names_free(names);
    CHECK(vc_sys_namespace_create(vault, "typed", &err) == VC_OK);
    names = vc_sys_namespaces_list(vault, &err);
    CHECK(names && vc_names_has(names, "typed/"));
    vc_names_free(names);
    vc_vault_options *options = vc_vault_options_new(&err);
    CHECK(vc_vault_options_set_namespace(options, "typed", &err) == VC_OK);
    CHECK(ask(vault, "POST", "sys/mounts/inner", "{\"type\":\"transit\"}", options, VC_OK, 204));
    CHECK(ask(vault, "POST", "inner/encrypt/k", "{\"plaintext\":\"aGk=\"}", options, VC_OK, 200));
    CHECK(ask(vault, "POST", "inner/encrypt/k", "{\"plaintext\":\"aGk=\"}", NULL, VC_E_NOT_FOUND, 404));
    CHECK(vc_vault_options_set_namespace(options, "nosuch", &err) == VC_OK);
    CHECK(ask(vault, "POST", "inner/encrypt/k", "{\"plaintext\":\"aGk=\"}", options, VC_E_NOT_FOUND, 404) || err.code == VC_E_DENIED);
    vc_vault_options_free(options);
    CHECK(vc_sys_namespace_delete(vault, "typed", &err) == VC_OK);
}

int main(void)
{
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        printf("%s\n", err.message);
        return 99;
    }
    any_request(vault);
    seal(vault);
    mounts(vault);
    policies(vault);
    tokens(vault);
    wrapping(vault);
    wrapped_request(vault);
    namespaces(vault);
    vc_client_close(vault);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
