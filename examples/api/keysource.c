/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keysource - the key pairs that a schema names, with <vaultcrypt/keysource.h>: had, told, and kept fresh; without Vault where the schema needs none.
 *
 *     keysource schema.yaml protect < in.ndjson > out.ndjson
 *     keysource schema.yaml open    < out.ndjson
 *
 * Two lines are commands: "again" has the keys looked at, "reload" takes a new source in the place of the old one.
 */
#include "api.h"

static void log_line(void *user, const char *line)
{
    (void)user;
    fprintf(stderr, "keys: %s\n", line);
}

static void tell(vc_keysource *keys)
{
    vc_keysource_state state = { .size = sizeof state };
    for (size_t i = 0; vc_keysource_get_state(keys, i, &state); i++)
        if (state.state != VC_KEY_NOT_NEEDED)
            fprintf(stderr, "line %zu: %s key %s (%s): %s: %s\n", state.line, state.is_private ? "private" : "public", state.name, state.place,
                    vc_key_state_name(state.state), state.text);
}

/* `old`: the source whose place it takes, or NULL. */
static vc_keysource *open_keys(vc_client *client, vc_schema *schema, const char *file, vc_direction direction, vc_keysource *old)
{
    vc_config *web = made(vc_config_new(&err)); /* how the sidecar and sets of keys are reached: short times here */
    must(vc_config_set_timeout(web, 5000, &err));
    vc_keysource *keys = made(vc_keysource_new(client, schema, NULL, &err));
    must(vc_keysource_set_direction(keys, direction, &err));
    must(vc_keysource_set_base(keys, file, &err));
    must(vc_keysource_set_web(keys, web, &err));
    must(vc_keysource_use_env(keys, &err));
    must(vc_keysource_set_patience(keys, 2000, &err));
    must(vc_keysource_set_log(keys, log_line, NULL, &err));
    vc_config_free(web);
    if (old) { /* asked first, so that the keyring is without nothing meanwhile; until the commit it can be given up by vc_keysource_free() */
        must(vc_keysource_prepare(keys, &err));
        vc_keysource_cancel(old);
        must(vc_keysource_follow(keys, old, &err));
        must(vc_keysource_commit(keys, &err));
    } else {
        must(vc_keysource_load(keys, &err));
    }
    tell(keys);
    must(vc_keysource_check(keys, NULL, &err)); /* a service may do without: what needs a missing key fails alone, and heals */
    vc_keysource_retire(old); /* what the new one does not have goes from the keyring */
    must(vc_keysource_start(keys, &err)); /* or, without a thread: vc_keysource_refresh() whenever it is due */
    return keys;
}

static void run_line(vc_client *client, vc_schema *schema, vc_direction direction, vc_view line)
{
    vc_batch *batch = made(vc_batch_new(schema, direction, &err));
    must(vc_batch_add(batch, vc_schema_rule_at(schema, 0), line, &err));
    must(vc_client_run(client, batch, &err));
    const vc_error *wrong = vc_batch_error(batch, 0);
    const vc_view out = vc_batch_output(batch, 0);
    if (wrong && wrong->code)
        fprintf(stderr, "a record failed: %s\n", wrong->message);
    else
        printf("%.*s\n", (int)out.len, out.data);
    vc_batch_free(batch);
}

int main(int argc, char **argv)
{
    static char line[65536];
    if (argc != 3)
        return 2;
    const vc_direction direction = strcmp(argv[2], "open") == 0 ? VC_OPEN : VC_PROTECT;
    vc_schema *schema = made(vc_schema_open(argv[1], &err));
    /* A client runs batches. Without keys in Vault it needs no address, no token, and nothing of the environment. */
    vc_config *config = made(vc_config_new(&err));
    if (vc_keysource_needs_vault(schema, direction))
        must(vc_config_from_env(config, &err));
    vc_client *client = made(vc_client_open(config, &err));
    vc_config_free(config);

    vc_keysource *keys = open_keys(client, schema, argv[1], direction, NULL);
    uint64_t next = 0;
    must(vc_keysource_refresh(keys, 0, &next, &err));
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "again\n") == 0)
            vc_keysource_wake(keys);
        else if (strcmp(line, "reload\n") == 0)
            keys = open_keys(client, schema, argv[1], direction, keys);
        else
            run_line(client, schema, direction, vc_view_of(line, strcspn(line, "\n")));
    }
    vc_keysource_free(keys);
    vc_client_close(client);
    vc_schema_unref(schema);
    return 0;
}
