/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - what a vc_config holds. Every setting is checked when it is set; `set` remembers which ones were, so that the
 * environment fills in only the others.
 *
 * Threads: one owner; the copy in a client is never changed.
 */
#ifndef VC__IO_CONFIG_H
#define VC__IO_CONFIG_H

#include "base/secret.h"

#include <stdbool.h>
#include <vaultcrypt/client.h>

enum { VC__CONNECTIONS_MAX = 64, VC__IN_FLIGHT_MAX = 4096 };

/* The settings; those that are text first: they index `text`. All are bits of `set`. */
typedef enum vc__setting {
    VC__SET_ADDRESS = 0, /* one or several, with commas */
    VC__SET_NAMESPACE, /* "a/b/" or NULL */
    VC__SET_CA_FILE,
    VC__SET_CA_PATH,
    VC__SET_CA_PEM,
    VC__SET_CLIENT_CERT,
    VC__SET_CLIENT_KEY,
    VC__SET_CLIENT_CERT_PEM,
    VC__SET_CLIENT_KEY_PEM, /* a secret: wiped, as all texts are */
    VC__SET_TLS_SERVER_NAME,
    VC__SET_PROXY,       /* for every address; "" is none */
    VC__SET_HTTP_PROXY,  /* from the environment: by the scheme of the address */
    VC__SET_HTTPS_PROXY,
    VC__SET_NO_PROXY,
    VC__SET_REDIRECT_HOSTS,
    VC__TEXT_COUNT,
    VC__SET_TOKEN = VC__TEXT_COUNT,
    VC__SET_SKIP_VERIFY,
    VC__SET_TIMEOUT,
    VC__SET_DEADLINE,
    VC__SET_CONNECTIONS,
    VC__SET_BATCH_LIMITS,
    VC__SET_DISABLE_REDIRECTS,
    VC__SET_IN_FLIGHT,
    VC__SET_MAX_RETRIES,
    VC__SET_RATE_LIMIT
} vc__setting;

struct vc_config {
    char *text[VC__TEXT_COUNT]; /* NULL: not set */
    vc__secret *token;          /* NULL: none */
    struct vc__auth *auth;      /* how to log in (auth.h); NULL: nothing was set */
    bool skip_verify;
    uint64_t timeout_ms, deadline_ms;
    size_t connections;
    size_t batch_items, batch_bytes; /* 0: the batch's own defaults */
    size_t in_flight;                /* requests under way at once, of the whole client */
    unsigned tries_max;              /* of a request; 0: the deadline ends them */
    double rate, burst;              /* requests in a second, and at once; rate 0: any number */
    bool disable_redirects;
    vc_log_fn log;
    void *log_user;
    vc_keyring *keyring;             /* referenced; NULL: the client makes one */
    uint64_t set; /* bit (1 << vc__setting) */
};

VC__DEFINE_CLEANUP(vc_config, vc_config_free)

static inline bool vc__config_is_set(const vc_config *config, vc__setting setting)
{
    return config->set >> setting & 1;
}

static inline void vc__config_mark(vc_config *config, vc__setting setting)
{
    config->set |= UINT64_C(1) << setting;
}

/* NULL and VC_E_MEMORY. */
vc_config *vc__config_copy(const vc_config *config, vc_error *err);

/* Sets a text setting that was checked; an empty or NULL text unsets it. VC_E_MEMORY. */
vc_code vc__config_set_text(vc_config *config, vc__setting setting, vc_view text, vc_error *err);

/* The same for a PEM text. VC_E_CONFIG: it is none. */
vc_code vc__config_set_pem(vc_config *config, vc__setting setting, vc_view pem, vc_error *err);

/* One line to the configured log; nothing when there is none. */
void vc__config_log(const vc_config *config, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Texts as people write them. A duration: seconds ("60"), or numbers with units as Go writes them ("1m30s", "1.5h", "500ms"), more than
 * nothing and at most 366 days; a truth: 1, t, true, 0, f, false in the cases that Go takes. False when it is none.
 */
bool vc__parse_duration(vc_view text, uint64_t *ms);
bool vc__parse_truth(vc_view text, bool *value);

#endif
