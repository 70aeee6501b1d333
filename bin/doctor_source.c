/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_source.c - the key pairs that a schema names: has each of them once, as the commands would. */
#include "doctor.h"
#include "exit.h"

static const char *what_to_do(const vc_keysource_state *state)
{
    switch (state->state) {
    case VC_KEY_REFUSED: return "give the identity its role, or the environment what the release policy asks for";
    case VC_KEY_AWAY: return "see that whoever has the key is there: vaultcrypt status -s SCHEMA looks again";
    case VC_KEY_UNUSABLE:
        return state->is_private ? "who opens or signs mends the file or name that is told; who only protects needs no private key"
                                 : "mend the file, variable or name that is told";
    case VC_KEY_UNKNOWN:
    case VC_KEY_HERE:
    case VC_KEY_IN_VAULT:
    case VC_KEY_NOT_NEEDED:
    default: return NULL;
    }
}

static int exit_of(vc_key_state state)
{
    return state == VC_KEY_REFUSED ? EXIT_DENIED : state == VC_KEY_AWAY ? EXIT_VAULT : EXIT_CONFIG;
}

void doctor_source(struct doctor *doctor)
{
    vc_error err = VC_ERROR_INIT;
    vc_keysource_state state = { .size = sizeof state };
    if (!vc_schema_key_at(doctor->schema, 0))
        return;
    vc_keysource *source = connect_source(doctor->client, doctor->schema, doctor->schema_file, VC_REWRAP, &err);
    if (!source || vc_keysource_set_patience(source, 0, &err) || vc_keysource_load(source, &err))
        finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err.code), "key pairs", NULL, "%s", err.message);
    for (size_t i = 0; source && vc_keysource_get_state(source, i, &state); i++) {
        const char *half = state.is_private ? "private" : "public", *mend = what_to_do(&state);
        const bool warning = state.state == VC_KEY_UNUSABLE && state.is_private; /* who only protects has none, and should not */
        if (mend)
            finding_add(&doctor->findings, warning ? FINDING_WARNING : FINDING_FAULT, warning ? 0 : exit_of(state.state), "key pairs", mend, "%s key %s (%s): %s: %s", half, state.name, state.place,
                        vc_key_state_name(state.state), state.text);
        else
            finding_add(&doctor->findings, FINDING_OK, 0, "key pairs", NULL, "%s key %s (%s): %s: %s, id %s", half, state.name, state.place,
                        vc_key_state_name(state.state), state.text, state.id);
    }
    vc_keysource_free(source);
}
