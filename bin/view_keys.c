/* SPDX-License-Identifier: Apache-2.0 */
#include "view_keys.h"

#include "connect.h"

#include <stdio.h>
#include <string.h>

static void log_line(void *user, const char *line)
{
    (void)user;
    fprintf(stderr, "vaultcrypt view: %s\n", line);
}

bool view_keys_start(vc_client *client, vc_schema *schema, const char *file, vc_keysource **keys, vc_error *err)
{
    *keys = NULL;
    if (!vc_schema_key_at(schema, 0))
        return true;
    vc_keysource *made = connect_source(client, schema, file, VC_OPEN, err);
    if (made && !vc_keysource_set_patience(made, 0, err) && !vc_keysource_set_log(made, log_line, NULL, err) && !vc_keysource_start(made, err)) {
        *keys = made;
        return true;
    }
    vc_keysource_free(made);
    return false;
}

/* FNV-1a, to see that something is not as it was. */
static uint64_t mix(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* The worst of them, in the order in which people can do something about it. */
static int rank(const vc_keysource_state *state)
{
    switch (state->state) {
    case VC_KEY_UNUSABLE: return 4;
    case VC_KEY_REFUSED: return 3;
    case VC_KEY_AWAY: return state->serves ? 1 : 2; /* one that serves is merely old */
    case VC_KEY_UNKNOWN: return 1;
    case VC_KEY_HERE:
    case VC_KEY_IN_VAULT:
    case VC_KEY_NOT_NEEDED:
    default: return 0;
    }
}

bool view_keys_tell(vc_keysource *keys, view_status *status, uint64_t *seen)
{
    vc_keysource_state state = { .size = sizeof state };
    char word[64] = "here", why[1024] = "";
    uint64_t hash = 14695981039346656037u;
    int worst = 0;
    for (size_t i = 0; vc_keysource_get_state(keys, i, &state); i++) {
        hash = mix(mix(mix(hash, vc_key_state_name(state.state)), state.text), state.id);
        if (rank(&state) <= worst)
            continue;
        worst = rank(&state);
        snprintf(word, sizeof word, "%s", vc_key_state_name(state.state));
        snprintf(why, sizeof why, "%s (%.200s): %s", state.name, state.place, state.text);
    }
    view_status_set(status, VIEW_KEYS, word, why);
    const bool changed = hash != *seen;
    *seen = hash;
    return changed;
}

void view_keys_write(vc_keysource *keys, view_json *json)
{
    vc_keysource_state state = { .size = sizeof state };
    view_json_name(json, "key_places");
    view_json_begin(json, '[');
    for (size_t i = 0; keys && vc_keysource_get_state(keys, i, &state); i++) {
        view_json_begin(json, '{');
        view_json_member_text(json, "name", state.name);
        view_json_member_text(json, "place", state.place);
        view_json_member_flag(json, "private", state.is_private);
        view_json_member_text(json, "state", vc_key_state_name(state.state));
        view_json_member_flag(json, "serves", state.serves);
        view_json_member_text(json, "id", state.id);
        view_json_member_text(json, "text", state.text);
        view_json_end(json, '}');
    }
    view_json_end(json, ']');
}
