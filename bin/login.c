/* SPDX-License-Identifier: Apache-2.0 */
/* login.c - `vaultcrypt login`: a token by one of Vault's methods, left where the other commands (and `vault`, `bao`) find it. */
#include "call.h"
#include "commands.h"
#include "exit.h"
#include "input.h"
#include "near.h"
#include "token_file.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    const char *mount, *role, *role_id, *secret_id_file, *username, *password_file, *jwt_file, *store;
    bool no_store, print;
    connect_options connect;
    output_options output;
};

static const option_row rows[] = {
    { OPTION_TEXT, 0, "mount", "PATH", "where the method is mounted (its name)", offsetof(struct options, mount) },
    { OPTION_TEXT, 0, "role", "NAME", "role to log in for (jwt, kubernetes, cert)", offsetof(struct options, role) },
    { OPTION_TEXT, 0, "role-id", "TEXT|@FILE", "RoleID (approle)", offsetof(struct options, role_id) },
    { OPTION_TEXT, 0, "secret-id-file", "FILE", "file with the SecretID (approle); - is standard input",
      offsetof(struct options, secret_id_file) },
    { OPTION_TEXT, 'u', "username", "NAME", "user (userpass, ldap)", offsetof(struct options, username) },
    { OPTION_TEXT, 0, "password-file", "FILE", "file with the password, instead of a prompt; - is standard input",
      offsetof(struct options, password_file) },
    { OPTION_TEXT, 0, "jwt-file", "FILE", "file with the token of another issuer (jwt, kubernetes)",
      offsetof(struct options, jwt_file) },
    { OPTION_TEXT, 0, "store", "FILE", "where the token goes (~/.vault-token)", offsetof(struct options, store) },
    { OPTION_FLAG, 0, "no-store", NULL, "leave it nowhere", offsetof(struct options, no_store) },
    { OPTION_FLAG, 0, "print", NULL, "print the token, and nothing else", offsetof(struct options, print) },
    OUTPUT_ROWS(struct options),
    SERVER_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "METHOD is token (the default: an existing token, which is looked up), approle, userpass, ldap, jwt, kubernetes or cert (with\n"
    "--client-cert). Secrets come from files, standard input or a prompt. The token is left in ~/.vault-token, mode 0600; what is\n"
    "shown of it does not hold it, except with --print.\n"
    "Exit codes: 0 logged in, 2 usage, 3 no such method, 4 refused, 5 Vault away, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_login = { "login", "[METHOD] [OPTIONS]",
                                       "get a token, and keep it for the next commands", notes, rows, 1, run };

#define KUBERNETES_JWT "/var/run/secrets/kubernetes.io/serviceaccount/token"

/* Each fills the body of its log-in; `path` has the mount already and may get more. */
typedef int (*login_fn)(struct options *o, blob *body, char path[PATH_ROOM]);

static int with_role_id(struct options *o, blob *body, char path[PATH_ROOM])
{
    (void)path;
    if (!o->role_id || !o->secret_id_file)
        return call_usage(&command_login, "approle needs --role-id and --secret-id-file");
    blob role_id = { 0 }, secret_id = { 0 };
    int status = input_value(&command_login, o->role_id, &role_id);
    while (role_id.len && strchr("\r\n", role_id.data[role_id.len - 1]))
        role_id.len--;
    if (!status)
        status = input_secret(&command_login, o->secret_id_file, NULL, &secret_id);
    body_view(body, "role_id", blob_view(&role_id));
    body_view(body, "secret_id", blob_view(&secret_id));
    blob_free(&role_id);
    blob_free(&secret_id);
    return status;
}

static int with_password(struct options *o, blob *body, char path[PATH_ROOM])
{
    if (!o->username || !*o->username || strpbrk(o->username, "/?#%"))
        return call_usage(&command_login, "this method needs --username");
    const size_t len = strlen(path);
    if ((size_t)snprintf(path + len, PATH_ROOM - len, "/%s", o->username) >= PATH_ROOM - len)
        return call_usage(&command_login, "--username is too long");
    blob password = { 0 };
    const int status = input_secret(&command_login, o->password_file, "Password: ", &password);
    body_view(body, "password", blob_view(&password));
    blob_free(&password);
    return status;
}

static int with_jwt(struct options *o, blob *body, char path[PATH_ROOM])
{
    (void)path;
    if (!o->jwt_file)
        return call_usage(&command_login, "this method needs --jwt-file");
    blob jwt = { 0 };
    const int status = input_secret(&command_login, o->jwt_file, NULL, &jwt);
    body_text(body, "role", o->role);
    body_view(body, "jwt", blob_view(&jwt));
    blob_free(&jwt);
    return status;
}

static int with_service_account(struct options *o, blob *body, char path[PATH_ROOM])
{
    if (!o->role)
        return call_usage(&command_login, "kubernetes needs --role");
    if (!o->jwt_file)
        o->jwt_file = KUBERNETES_JWT;
    return with_jwt(o, body, path);
}

static int with_certificate(struct options *o, blob *body, char path[PATH_ROOM])
{
    (void)path;
    body_text(body, "name", o->role);
    return EXIT_FINE;
}

static const struct method {
    const char *name;
    login_fn fill; /* NULL: the token itself */
} methods[] = {
    { "token", NULL },        { "approle", with_role_id },
    { "userpass", with_password }, { "ldap", with_password },
    { "jwt", with_jwt },      { "kubernetes", with_service_account },
    { "cert", with_certificate },
};

enum { METHODS = sizeof methods / sizeof methods[0] };

static const struct method *find_method(const char *name)
{
    size_t best = NEAR_ENOUGH + 1, distance;
    const char *near = NULL;
    for (size_t i = 0; i < METHODS; i++) {
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
        if ((distance = near_distance(name, methods[i].name)) < best) {
            best = distance;
            near = methods[i].name;
        }
    }
    fprintf(stderr, "vaultcrypt login: no method '%s'%s%s%s; vaultcrypt login --help lists them\n", name,
            near ? " (did you mean '" : "",
            near ? near : "", near ? "'?)" : "");
    return NULL;
}

/* -- what comes of it --------------------------------------------------------------------------------------------------- */

static int keep(const struct options *o, vc_view token)
{
    char file[PATH_ROOM];
    if (o->no_store)
        return EXIT_FINE;
    if (o->store ? snprintf(file, sizeof file, "%s", o->store) >= PATH_ROOM : !token_file_name(file))
        return call_usage(&command_login, "there is no home folder; --store names a file");
    const int status = token_file_write(&command_login, file, token);
    const char *variable = getenv("BAO_TOKEN") && *getenv("BAO_TOKEN") ? "BAO_TOKEN" : "VAULT_TOKEN";
    if (!status && !o->store && getenv(variable) && *getenv(variable))
        fprintf(stderr, "vaultcrypt login: %s is set, and comes before %s\n", variable, file);
    return status;
}

/* `root` is a log-in's reply, or a lookup's; `token` what it is about. */
static int tell(const struct options *o, vc_view token, struct json_object *root)
{
    int status = keep(o, token);
    if (status)
        return status;
    if (o->print) {
        fwrite(token.data, 1, token.len, stdout);
        putchar('\n');
        return output_end(&command_login);
    }
    token_hide(root, ".auth", "client_token");
    token_hide(root, ".data", "id");
    return output_print(&command_login, &o->output, NULL, root);
}

static int accept_reply(const struct options *o, const blob *given, vc_view body)
{
    struct json_object *root = call_json(body), *token, *mfa;
    int status = EXIT_DENIED;
    if (given)
        status = tell(o, blob_view(given), root);
    else if (output_find(root, ".auth.mfa_requirement", &mfa) && mfa)
        fprintf(stderr, "vaultcrypt login: Vault wants a second factor, which this command cannot give\n");
    else if (!output_find(root, ".auth.client_token", &token) || !json_object_is_type(token, json_type_string))
        fprintf(stderr, "vaultcrypt login: Vault's answer holds no token\n");
    else {
        blob copy = { 0 };
        blob_text(&copy, json_object_get_string(token));
        status = tell(o, blob_view(&copy), root);
        blob_free(&copy);
    }
    json_object_put(root);
    return status;
}

static int send(const struct options *o, const struct call *call, const blob *given)
{
    vc_error err = VC_ERROR_INIT;
    vc_client *client = NULL;
    int status;
    vc_config *config = connect_config(&o->connect, &err);
    if (config && given && vc_config_set_token(config, blob_view(given), &err)) {
        vc_config_free(config);
        return exit_report("login", &err);
    }
    if (!config || !(client = vc_client_open(config, &err))) {
        vc_config_free(config);
        return exit_report("login", &err);
    }
    vc_vault_reply *reply = call_send(call, client, &status);
    if (reply)
        status = accept_reply(o, given, vc_vault_reply_body(reply));
    else if (status == EXIT_CONFIG)
        fprintf(stderr, "vaultcrypt login: what was given is refused, or no such method is enabled at auth/%s\n",
                o->mount ? o->mount : call->path + strlen("auth/"));
    vc_vault_reply_free(reply);
    vc_client_close(client);
    vc_config_free(config);
    return status;
}

static int with_token(struct options *o)
{
    blob token = { 0 };
    int status = input_secret(&command_login, o->connect.token_file, "Token: ", &token);
    o->connect.token_file = NULL;
    const struct call call = { .command = &command_login, .output = &o->output, .method = "GET",
                               .path = "auth/token/lookup-self" };
    if (!status && !token.len)
        status = call_usage(&command_login, "the token is empty");
    if (!status)
        status = send(o, &call, &token);
    blob_free(&token);
    return status;
}

static int run(int argc, char **argv)
{
    struct options o = { .mount = NULL };
    const char *operands[2];
    char path[PATH_ROOM], mount[256];
    int status;
    if (!option_parse(&command_login, argc, argv, &o, operands, &status))
        return status;
    if (output_check(&command_login, &o.output))
        return EXIT_USAGE;
    if (o.print && (o.output.format || o.output.field))
        return call_usage(&command_login, "--print goes with neither --format nor --field");
    const struct method *method = find_method(operands[0] ? operands[0] : "token");
    if (!method)
        return EXIT_USAGE;
    if (!method->fill)
        return with_token(&o);
    if ((size_t)snprintf(mount, sizeof mount, "auth/%s", o.mount ? o.mount : method->name) >= sizeof mount)
        return call_usage(&command_login, "--mount is too long");
    if (!call_mount_path(&command_login, path, mount, "login"))
        return EXIT_USAGE;
    blob body = { 0 };
    status = method->fill(&o, &body, path);
    if (!status)
        status = send(&o, &(struct call){ .command = &command_login, .output = &o.output, .method = "POST",
                                          .path = path,
                                          .body = body_end(&body), .no_token = true }, NULL);
    blob_free(&body);
    return status;
}
