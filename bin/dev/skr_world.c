/* SPDX-License-Identifier: Apache-2.0 */
/* skr_world.c - the simulated environment: its claims, its identity, and what goes wrong. Paths below /dev/ are the emulator's own. */
#include "skr.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "clock.h"
#include "crypto/hash.h"
#include "json_each.h"

#include <errno.h>
#include <stdio.h>

enum { CLAIMS_MAX = 1 << 16 };

/* -- claims --------------------------------------------------------------------------------------------------------------- */

void skr_world_free(dev_skr_world *world)
{
    vc__free(world->text);
    vc_claims_free(world->claims);
    world->text = NULL;
    world->claims = NULL;
}

vc_code skr_world_set(dev_skr_world *world, vc_view json, const char *source, vc_error *err)
{
    vc_claims *claims = vc_claims_parse(json, source, err);
    char *text = claims ? vc__memdup(json.data, json.len) : NULL;
    if (!text) {
        vc_claims_free(claims);
        return claims ? vc__error_memory(err) : err->code;
    }
    skr_world_free(world);
    world->claims = claims;
    world->text = text;
    return VC_OK;
}

/* The claims of a pod of the demo: SEV-SNP, a signed Kata guest, not debuggable, its security policy's hash as host data. */
static void usual_claims(const dev_skr *skr, vc__buf *out)
{
    out_open(out, '{');
    out_member(out, "x-ms-attestation-type", "sevsnpvm");
    out_member(out, "x-ms-compliance-status", "azure-signed-katacc-uvm");
    out_member(out, "x-ms-policy-hash", "dev");
    out_member_bool(out, "x-ms-sevsnpvm-is-debuggable", false);
    out_member(out, "x-ms-sevsnpvm-hostdata", skr->hostdata);
    out_member_int(out, "x-ms-sevsnpvm-guestsvn", 1);
    out_member_int(out, "x-ms-sevsnpvm-vmpl", 0);
    out_member(out, "x-ms-ver", "1.0");
    out_close(out, '}');
}

static vc_code read_file(const char *name, vc__buf *out, vc_error *err)
{
    char block[4096];
    size_t got;
    FILE *file = fopen(name, "re");
    if (!file)
        return vc__error(err, VC_E_IO, "--skr-claims: %s: %s", name, strerror(errno));
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        vc__buf_append(out, block, got);
    const bool failed = ferror(file);
    fclose(file);
    return failed ? vc__error(err, VC_E_IO, "--skr-claims: %s cannot be read", name) : vc__buf_check(out, "a file of claims", err);
}

static vc_code measure(dev_skr *skr, vc_error *err)
{
    unsigned char bytes[VC__HASH_MAX];
    vc__auto(vc__buf) hex = VC__BUF(sizeof skr->hostdata);
    vc__autoptr(vc__digest) digest = vc__digest_new(VC__SHA2_256, err);
    if (!digest || vc__digest_of(digest, vc_str("vaultcrypt dev --skr"), bytes, err) != VC_OK)
        return err->code;
    vc__hex_encode(&hex, vc_view_of(bytes, 32));
    snprintf(skr->hostdata, sizeof skr->hostdata, "%s", hex.data ? hex.data : "");
    return VC_OK;
}

vc_code skr_world_begin(dev_skr *skr, const char *file, vc_error *err)
{
    vc__auto(vc__buf) text = VC__BUF(CLAIMS_MAX);
    skr->world.identity = skr->world.role = true;
    if (measure(skr, err) != VC_OK)
        return err->code;
    if (!file)
        usual_claims(skr, &text);
    else if (read_file(file, &text, err) != VC_OK)
        return err->code;
    if (skr_world_set(&skr->world, vc__buf_get(&text), file, err) != VC_OK)
        return err->code;
    const vc_view told = vc_claims_get(skr->world.claims, vc_str("x-ms-sevsnpvm-hostdata"));
    if (told.data && told.len < sizeof skr->hostdata)
        snprintf(skr->hostdata, sizeof skr->hostdata, "%.*s", (int)told.len, told.data);
    return VC_OK;
}

static void refuse(skr_request *request, const vc_error *err)
{
    char line[700];
    skr_akv_error(request, 400, "BadParameter", "%s", vc_error_format(err, line, sizeof line));
}

static void set_claims(skr_request *request, vc_view json)
{
    vc_error err = VC_ERROR_INIT;
    if (skr_world_set(&request->skr->world, json, NULL, &err) != VC_OK)
        refuse(request, &err);
    else
        skr_claims_read(request);
}

void skr_claims_read(skr_request *request)
{
    const char *text = request->skr->world.text;
    vc__buf_str(skr_answer(request, 200), text ? text : "null");
}

void skr_claims_write(skr_request *request)
{
    set_claims(request, vc__buf_get(&request->body));
}

/* RFC 7396 on the first level: null takes a claim away. */
void skr_claims_patch(skr_request *request)
{
    dev_skr_world *world = &request->skr->world;
    json_object *claims = world->text ? json_tokener_parse(world->text) : json_object_new_object();
    if (!request->json || !claims) {
        json_object_put(claims);
        skr_akv_error(request, 400, "BadParameter", "claims are a JSON object");
        return;
    }
    DEV_JSON_EACH(request->json, each)
    {
        const char *name = json_object_iter_peek_name(&each);
        json_object *value = json_object_iter_peek_value(&each);
        if (json_object_is_type(value, json_type_null))
            json_object_object_del(claims, name);
        else
            json_object_object_add(claims, name, json_object_get(value));
    }
    set_claims(request, vc_str(json_object_to_json_string_ext(claims, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
    json_object_put(claims);
}

void skr_claims_delete(skr_request *request)
{
    skr_world_free(&request->skr->world);
    request->status = 204;
}

/* -- identity ------------------------------------------------------------------------------------------------------------- */

void skr_identity_read(skr_request *request)
{
    const dev_skr_world *world = &request->skr->world;
    vc__buf *out = skr_answer(request, 200);
    out_open(out, '{');
    out_member_bool(out, "managed", world->identity);
    out_member_bool(out, "role", world->role);
    out_member_bool(out, "access_token", world->token[0]);
    out_close(out, '}');
}

void skr_identity_write(skr_request *request)
{
    dev_skr_world *world = &request->skr->world;
    json_object *value;
    const char *token = skr_text(request->json, "access_token");
    if (!request->json || (token && strlen(token) >= sizeof world->token)) {
        skr_akv_error(request, 400, "BadParameter", "{\"managed\": true, \"role\": true, \"access_token\": \"...\"}, each of them if wanted");
        return;
    }
    if (json_object_object_get_ex(request->json, "managed", &value))
        world->identity = json_object_get_boolean(value);
    if (json_object_object_get_ex(request->json, "role", &value))
        world->role = json_object_get_boolean(value);
    if (token)
        snprintf(world->token, sizeof world->token, "%s", token);
    skr_identity_read(request);
}

/* -- faults --------------------------------------------------------------------------------------------------------------- */

vc_code skr_faults_add(dev_skr *skr, vc_view text, vc_error *err)
{
    vc_view item, rest = text;
    while (vc__list_next(&rest, &item)) {
        if (vc__view_is(item, "away"))
            skr->away = true;
        else if (vc__view_is(item, "not-ready"))
            skr->not_ready = true;
        else if (dev_faults_parse(&skr->faults, item, err) != VC_OK) {
            vc__error_prefix(err, "of the key release sidecar (it has away and not-ready too): ");
            return VC_E_CONFIG;
        }
    }
    return VC_OK;
}

void skr_faults_read(skr_request *request)
{
    vc__buf *out = skr_answer(request, 200);
    out_open(out, '{');
    out_member_bool(out, "away", request->skr->away);
    out_member_bool(out, "not_ready", request->skr->not_ready);
    out_member_int(out, "requests", (long long)request->skr->faults.requests);
    out_close(out, '}');
}

/* {"fault":"..."} in place of all there are, as sys/dev/fault of the Vault. */
void skr_faults_write(skr_request *request)
{
    dev_skr *skr = request->skr;
    vc_error err = VC_ERROR_INIT;
    const char *text = skr_text(request->json, "fault");
    dev_skr changed = { .faults = DEV_FAULTS_INIT };
    if (!text) {
        skr_akv_error(request, 400, "BadParameter", "{\"fault\": \"away\"}");
        return;
    }
    if (skr_faults_add(&changed, vc_str(text), &err) != VC_OK) {
        refuse(request, &err);
        return;
    }
    dev_faults_begin(&changed.faults, dev_now());
    skr->faults = changed.faults;
    skr->away = changed.away;
    skr->not_ready = changed.not_ready;
    request->status = 204;
}

void skr_faults_delete(skr_request *request)
{
    request->skr->faults = (dev_faults)DEV_FAULTS_INIT;
    request->skr->away = request->skr->not_ready = false;
    request->status = 204;
}
