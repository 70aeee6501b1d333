/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_vault.c - whose keys a ring holds: one Vault and one namespace, those of the first client. Places do not tell them apart: with the
 * keys of two Vaults under one name, records would be sealed under keys that nobody can unwrap later.
 */
#include "keys/ring_state.h"

#include "base/error.h"
#include "base/text.h"

/* Its addresses are told as far as a message has room. */
enum { TOLD = 120 };

static bool knows(const vc_keyring *ring, vc_view address)
{
    for (vc_view rest = vc__buf_get(&ring->addresses), known; vc__list_next(&rest, &known);)
        if (vc__view_equal(known, address))
            return true;
    return false;
}

/* All addresses of one client are nodes of one Vault: with one of them in common, so are those of two. */
static bool is_same_vault(const vc_keyring *ring, vc_view addresses)
{
    for (vc_view address; vc__list_next(&addresses, &address);)
        if (knows(ring, address))
            return true;
    return false;
}

static int told(size_t len)
{
    return len < TOLD ? (int)len : TOLD;
}

static vc_code check(const vc_keyring *ring, vc_view addresses, vc_view space, vc_error *err)
{
    const vc_view known = vc__buf_get(&ring->addresses), own = vc__buf_get(&ring->space);
    if (!is_same_vault(ring, addresses))
        return vc__error(err, VC_E_CONFIG,
                         "the keyring is of the Vault at %.*s: a client of %.*s cannot share it (each Vault needs a keyring of its own; two "
                         "clients of one Vault have an address in common)",
                         told(known.len), known.data, told(addresses.len), addresses.data);
    if (!vc__view_equal(own, space))
        return vc__error(err, VC_E_CONFIG,
                         "the keyring is of namespace \"%.*s\": a client of namespace \"%.*s\" cannot share it (each namespace needs a keyring "
                         "of its own)",
                         told(own.len), own.len ? own.data : "", told(space.len), space.len ? space.data : "");
    return VC_OK;
}

/* Those that are new, all or none. */
static vc_code learn(vc_keyring *ring, vc_view addresses, vc_view space, vc_error *err)
{
    const size_t before = ring->addresses.len;
    if (!ring->attached)
        vc__buf_view(&ring->space, space);
    for (vc_view address; vc__list_next(&addresses, &address);) {
        if (knows(ring, address))
            continue;
        if (ring->addresses.len)
            vc__buf_byte(&ring->addresses, ',');
        vc__buf_view(&ring->addresses, address);
    }
    vc_code code = vc__buf_check(&ring->space, "a namespace", err);
    code = code ? code : vc__buf_check(&ring->addresses, "the addresses of a keyring's clients", err);
    if (!code) {
        ring->attached = true;
        return VC_OK;
    }
    vc__buf_cut(&ring->addresses, before);
    ring->addresses.failed = VC_OK;
    if (!ring->attached)
        vc__buf_clear(&ring->space);
    return code;
}

vc_code vc__ring_attach(vc_keyring *ring, vc_view addresses, vc_view space, vc_error *err)
{
    vc__ring_enter(ring);
    vc_code code = ring->attached ? check(ring, addresses, space, err) : VC_OK;
    code = code ? code : learn(ring, addresses, space, err);
    vc__ring_leave(ring);
    return code;
}
