/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of any request, and the replies about tokens, wrapping, seal, lists and transform's stores and keys. The first byte picks; for
 * a reply the next three are the digits of the status; what follows is the path or the body.
 */
#include "fuzz.h"

#include "vault/names.h"
#include "vault/sys.h"
#include "vault/token.h"
#include "vault/transform_object.h"
#include "vault/vault.h"
#include "vault/wrapping.h"

enum { HEAD = 4 };

/* What is sent stays below /v1/, has no part that climbs, and needs no further encoding. */
static void path(const char *text)
{
    vc_request request;
    vc_error err = VC_ERROR_INIT;
    const vc_code code = vc__vault_request(&request, "LIST", text, vc_view_of(NULL, 0), NULL, &err);
    HOLDS(code == err.code);
    if (!code) {
        const char *sent = vc_request_path(&request);
        HOLDS(strncmp(sent, "/v1/", 4) == 0 && sent[4] != '/' && !strchr(sent, '#') && strstr(sent, "list=true"));
        const char *query = strchr(sent, '?');
        const char *climbs = strstr(sent, "/../");
        HOLDS(query && !(climbs && climbs < query));
        for (const char *at = sent; *at; at++)
            HOLDS(*at > ' ' && *at < 0x7f);
    }
    vc__request_cleanup(&request);
}

static void token(int status, char *body, size_t len)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes secret = VC_BYTES_INIT;
    vc_token *made = vc__token_parse_auth(status, body, len, &secret, &err);
    HOLDS((made != NULL) == (err.code == VC_OK) && (made != NULL) == (secret.data != NULL));
    for (size_t i = 0; made && i < vc_token_policy_count(made); i++)
        HOLDS(vc_token_policy(made, i));
    vc_bytes_free(&secret);
    vc_token_free(made);
}

static void wrapping(int status, char *body, size_t len)
{
    vc_error err = VC_ERROR_INIT;
    vc_wrapping *made = vc__wrapping_parse(status, body, len, &err);
    HOLDS((made != NULL) == (err.code == VC_OK));
    HOLDS(!made || (vc_wrapping_path(made) && vc_wrapping_created(made) && vc_wrapping_accessor(made)));
    vc_wrapping_free(made);
}

static void reply(int status, const char *body, size_t len)
{
    vc_request request;
    vc__request_init(&request, "GET", 0, true);
    vc__request_take(&request);
    HOLDS(vc_request_reply(&request, status, vc_view_of(NULL, 0), vc_view_of(body, len), 0, NULL) == VC_OK);
    vc_vault_reply *made = vc__vault_reply_take(&request, NULL);
    HOLDS(made && vc_vault_reply_body(made).len == len && vc_vault_reply_request_id(made));
    for (size_t i = 0; i < vc_vault_reply_warning_count(made); i++)
        HOLDS(strlen(vc_vault_reply_warning(made, i)) <= len);
    vc_vault_reply_free(made);
    vc__request_cleanup(&request);
}

static void objects(char which, int status, vc_view body)
{
    vc_error err = VC_ERROR_INIT;
    bool made = false;
    if (which == 'n') {
        vc_names *names = vc__names_parse(status, body, "keys", &err);
        made = names != NULL;
        for (size_t i = 0; names && i < vc_names_count(names); i++)
            HOLDS(vc_names_at(names, i));
        vc_names_free(names);
    } else if (which == 's') {
        vc_sys_seal_status *seal = vc__sys_seal_status_parse(status, body, &err);
        made = seal && vc_sys_seal_status_type(seal);
        vc_sys_seal_status_free(seal);
    } else if (which == 'l') {
        vc_sys_leader *leader = vc__sys_leader_parse(status, body, &err);
        made = leader && vc_sys_leader_address(leader);
        vc_sys_leader_free(leader);
    } else if (which == 'd') {
        vc_transform_store *store = vc__transform_store_parse(status, body, &err);
        made = store != NULL;
        vc_transform_store_free(store);
    } else {
        vc_transform_key *key = vc__transform_key_parse(status, body, &err);
        made = key && vc_transform_key_latest_version(key);
        if (key)
            (void)vc_transform_key_auto_rotate_seconds(key);
        vc_transform_key_free(key);
    }
    HOLDS(made == (err.code == VC_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    const int status = (data[1] - '0') * 100 + (data[2] - '0') * 10 + (data[3] - '0');
    const size_t len = size - HEAD;
    char *body = calloc(1, len + 1);
    if (!body)
        return 0;
    memcpy(body, data + HEAD, len);
    if (data[0] == 'p')
        path(body);
    else if (data[0] == 't')
        token(status, body, len);
    else if (data[0] == 'w')
        wrapping(status, body, len);
    else if (data[0] == 'r')
        reply(status, body, len);
    else
        objects((char)data[0], status, vc_view_of(body, len));
    free(body);
    return 0;
}
