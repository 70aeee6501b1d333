/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "exit.h"

#include <ctype.h>
#include <stdio.h>

int call_usage(const struct command *command, const char *what)
{
    fprintf(stderr, "vaultcrypt %s: %s; vaultcrypt %s --help\n", command->name, what, command->name);
    return EXIT_USAGE;
}

/* Letters, digits, `_`, `-` and `.`, not with the last two at an end: what Vault takes. `slashes`: several such, in a row. */
static bool is_name(const char *name, size_t len, bool slashes)
{
    bool edge = true;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)name[i];
        const bool word = isalnum(c) || c == '_', last = i + 1 == len || (slashes && name[i + 1] == '/');
        if (slashes && c == '/' && !edge)
            edge = true;
        else if (word || ((c == '-' || c == '.') && !edge && !last))
            edge = false;
        else
            return false;
    }
    return len > 0 && !edge;
}

bool call_key_path(const struct command *command, char path[PATH_ROOM], const char *verb, const char *key,
                   const char *tail)
{
    const char *slash = strrchr(key, '/'), *name = slash ? slash + 1 : key;
    const char *mount = slash ? key : "transit";
    const size_t mount_len = slash ? (size_t)(slash - key) : strlen(mount);
    if (!is_name(name, strlen(name), false) || !is_name(mount, mount_len, true) ||
        snprintf(path, PATH_ROOM, "%.*s/%s/%s%s", (int)mount_len, mount, verb, name, tail ? tail : "") >= PATH_ROOM) {
        fprintf(stderr, "vaultcrypt %s: %s is not KEY or MOUNT/KEY (letters, digits, _ - .)\n", command->name, key);
        return false;
    }
    return true;
}

bool call_mount_path(const struct command *command, char path[PATH_ROOM], const char *mount, const char *verb)
{
    const char *name = mount ? mount : "transit";
    size_t len = strlen(name);
    while (len > 1 && name[len - 1] == '/')
        len--;
    if (!is_name(name, len, true) || snprintf(path, PATH_ROOM, "%.*s/%s", (int)len, name, verb) >= PATH_ROOM) {
        fprintf(stderr, "vaultcrypt %s: %s is not the path of a mount\n", command->name, name);
        return false;
    }
    return true;
}

struct json_object *call_json(vc_view body)
{
    struct json_tokener *tokener = json_tokener_new_ex(64);
    struct json_object *root = tokener && body.len ? json_tokener_parse_ex(tokener, body.data, (int)body.len) : NULL;
    json_tokener_free(tokener);
    return root;
}

/* Words of the server: a terminal obeys control characters, so there are none in what it shows. */
static void tell_text(const struct call *call, const char *lead, const char *text)
{
    char words[500];
    snprintf(words, sizeof words, "%s", text ? text : "");
    for (char *c = words; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    fprintf(stderr, "vaultcrypt: %s: %s: %s\n", call->command->name, lead, words);
}

/* What Vault says of a refusal, which the library does not repeat: it could hold what was sent. */
static void tell_words(const struct call *call, vc_view body)
{
    struct json_object *root = call_json(body), *errors;
    if (root && output_find(root, ".errors", &errors) && json_object_is_type(errors, json_type_array))
        for (size_t i = 0; i < json_object_array_length(errors); i++)
            tell_text(call, "Vault says", json_object_get_string(json_object_array_get_idx(errors, i)));
    json_object_put(root);
}

vc_vault_reply *call_send(const struct call *call, vc_client *client, int *status)
{
    vc_error err = VC_ERROR_INIT;
    vc_vault_reply *reply = NULL;
    if (body_is_lost(call->body)) {
        fprintf(stderr, "vaultcrypt %s: what is to be sent is too large, or memory is short\n", call->command->name);
        *status = EXIT_LOCAL;
        return NULL;
    }
    vc_vault_options *options = vc_vault_options_new(&err);
    vc_code code = options ? VC_OK : VC_E_MEMORY;
    if (!code) {
        if (call->replay_safe)
            vc_vault_options_set_replay_safe(options, 1);
        vc_vault_options_set_no_token(options, call->no_token);
        vc_vault_options_set_wrap_ttl(options, call->wrap_ttl);
        code = vc_vault_request(client, call->method, call->path, call->body, options, &reply, &err);
    }
    vc_vault_options_free(options);
    *status = code ? exit_report(call->command->name, &err) : EXIT_FINE;
    if (code) {
        const vc_view body = reply ? vc_vault_reply_body(reply) : vc_str(NULL);
        if (call->errors_too && body.len && output_is_json(call->output))
            output_reply(call->command, call->output, NULL, body);
        else if (call->open_words && body.len)
            tell_words(call, body);
        vc_vault_reply_free(reply);
        return NULL;
    }
    const char *warning;
    for (size_t i = 0; (warning = vc_vault_reply_warning(reply, i)); i++)
        if (!output_is_json(call->output))
            tell_text(call, "Vault warns", warning);
    return reply;
}

static int show_reply(const struct call *call, vc_view body)
{
    if (!call->show)
        return output_reply(call->command, call->output, call->main_field, body);
    struct json_object *root = call_json(body);
    int status = call->show(call, root);
    if (status == EXIT_FINE || status == EXIT_DATA) {
        const int printed = output_print(call->command, call->output, call->main_field, root);
        status = printed ? printed : status;
    }
    json_object_put(root);
    return status;
}

int call_run(const struct call *call)
{
    int status = output_check(call->command, call->output);
    if (status)
        return status;
    vc_error err = VC_ERROR_INIT;
    vc_client *client = connect_open(call->connect, &err);
    if (!client)
        return exit_report(call->command->name, &err);
    vc_vault_reply *reply = call_send(call, client, &status);
    if (reply)
        status = show_reply(call, vc_vault_reply_body(reply));
    vc_vault_reply_free(reply);
    vc_client_close(client);
    return status;
}
