/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of Vault's control plane, without a server: requests made, replies read (json-c). */
#include "alloc/sweep.h"
#include "base/error.h"
#include "vault/sys.h"
#include "vault/token.h"
#include "vault/transform_object.h"
#include "vault/transit_key.h"

#include <vaultcrypt/vaultcrypt.h>

#define DATA(members) "{\"request_id\":\"0a-1\",\"data\":{" members "},\"warnings\":[\"w\"],\"auth\":null}\n"

/* Takes a request that was made, or not: its code, or WRONG_RESULT when its body lacks `expected`. */
static vc_code made(vc_request *request, vc_code code, const char *expected)
{
    if (!code && (!request->body.len || !strstr(request->body.data, expected)))
        code = (vc_code)WRONG_RESULT;
    vc__request_cleanup(request);
    return code;
}

static vc_code run_template(vc_error *err)
{
    vc_transform_template *template = vc_transform_template_new(err);
    if (!template)
        return err->code;
    vc_request request;
    vc_code code = vc_transform_template_set_pattern(template, "(\\d{4})-(\\d{4})", err);
    if (!code)
        code = vc_transform_template_set_alphabet(template, "builtin/numeric", err);
    if (!code)
        code = vc_transform_template_set_encode_format(template, "$1 $2", err);
    if (!code)
        code = vc_transform_template_set_decode_format(template, "last", "$2", err);
    if (!code) {
        code = vc__transform_template_write(&request, "creditcard", template, err);
        code = made(&request, code, "\"pattern\":\"(\\\\d{4})-(\\\\d{4})\"");
    }
    vc_transform_template_free(template);
    return code;
}

static vc_code run_role(vc_error *err)
{
    vc_transform_role *role = vc_transform_role_new(err);
    if (!role)
        return err->code;
    vc_request request;
    vc_code code = vc_transform_role_add_transformation(role, "creditcard", err);
    if (!code)
        code = vc_transform_role_add_transformation(role, "ssn", err);
    if (!code) {
        code = vc__transform_role_write(&request, "team/payments", role, err);
        code = made(&request, code, "\"ssn\"");
    }
    vc_transform_role_free(role);
    return code;
}

static vc_code run_key_request(vc_error *err)
{
    vc_transit_settings *settings = vc_transit_settings_new(err);
    if (!settings)
        return err->code;
    vc_request request;
    vc_code code = vc_transit_settings_set_type(settings, "aes256-gcm96", err);
    if (!code)
        code = vc_transit_settings_set_auto_rotate(settings, 86400, err);
    if (!code) {
        code = vc__transit_key_create(&request, "team/transit/key", settings, err);
        code = made(&request, code, "aes256-gcm96");
    }
    vc_transit_settings_free(settings);
    return code;
}

static vc_code run_key_reply(vc_error *err)
{
    static const char body[] = DATA("\"name\":\"k\",\"type\":\"aes256-gcm96\",\"latest_version\":2,\"min_decryption_version\":1,"
                                    "\"min_encryption_version\":0,\"min_available_version\":0,\"keys\":{\"1\":1700000000,\"2\":1700000001},"
                                    "\"derived\":false,\"exportable\":false,\"supports_encryption\":true,\"deletion_allowed\":false");
    vc_transit_key *key = vc__transit_key_parse(200, vc_str(body), err);
    if (!key)
        return err->code;
    const bool right = vc_transit_key_latest_version(key) == 2 && strcmp(vc_transit_key_type(key), "aes256-gcm96") == 0;
    vc_transit_key_free(key);
    return right ? VC_OK : (vc_code)WRONG_RESULT;
}

static vc_code run_transformation_reply(vc_error *err)
{
    static const char body[] = DATA("\"type\":\"fpe\",\"templates\":[\"creditcard\"],\"tweak_source\":\"internal\","
                                    "\"allowed_roles\":[\"payments\",\"other*\"]");
    vc_transform_transformation *transformation = vc__transform_transformation_parse(200, vc_str(body), err);
    if (!transformation)
        return err->code;
    const bool right = vc_transform_transformation_allowed_role_count(transformation) == 2;
    vc_transform_transformation_free(transformation);
    return right ? VC_OK : (vc_code)WRONG_RESULT;
}

static vc_code run_token_reply(vc_error *err)
{
    char body[] = DATA("\"accessor\":\"a\",\"creation_ttl\":0,\"display_name\":\"root\",\"id\":\"hvs.secret\",\"num_uses\":0,\"orphan\":true,"
                       "\"path\":\"auth/token/root\",\"policies\":[\"default\",\"team\"],\"renewable\":false,\"ttl\":0,\"type\":\"service\"");
    vc_token *token = vc__token_parse(200, body, sizeof body - 1, err);
    if (!token)
        return err->code;
    const bool right = vc_token_policy_count(token) == 2 && strcmp(vc_token_policy(token, 1), "team") == 0;
    vc_token_free(token);
    return right ? VC_OK : (vc_code)WRONG_RESULT;
}

const scenario scenarios_vault[] = {
    { "template", NULL, run_template, { VC_OK }, 0, NULL, false, 0 },
    { "role", NULL, run_role, { VC_OK }, 0, NULL, false, 0 },
    { "key request", NULL, run_key_request, { VC_OK }, 0, NULL, false, 0 },
    { "key reply", NULL, run_key_reply, { VC_OK }, 0, NULL, false, 0 },
    { "transformation", NULL, run_transformation_reply, { VC_OK }, 0, NULL, false, 0 },
    { "token reply", NULL, run_token_reply, { VC_OK }, 0, NULL, false, 0 },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};
