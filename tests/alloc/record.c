/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of the record operation, on replies that are known beforehand. */
#include "alloc/sweep.h"

#include <vaultcrypt/vaultcrypt.h>

enum { RECORDS = 3 };

static const char schema_text[] = "version: 1\nrecords:\n  - name: test\n    topics: [\"*\"]\n    fields:\n"
                                  "      - path: $.address\n        transit: {key: key}\n"
                                  "      - path: $.card\n        transform: {role: role, transformation: card}\n";

static const char *const clear[RECORDS] = {
    "{\"address\":\"a\", \"card\":\"1111\"}",
    "{ \"card\" : \"2222\", \"n\":1e400, \"address\":\"\" }",
    "{\"address\":\"\\u00e9\",\"card\":\"3333\",\"nest\":[[[[[[[[{}]]]]]]]]}",
};

static const struct {
    const char *operation, *reply;
} answers[] = {
    { "/encrypt/", "{\"data\":{\"batch_results\":[{\"ciphertext\":\"vault:v1:AAAA\"},{\"ciphertext\":\"vault:v1:BBBB\"},"
                   "{\"ciphertext\":\"vault:v1:CCCC\"}]}}" },
    { "/decrypt/", "{\"data\":{\"batch_results\":[{\"plaintext\":\"YQ==\"},{\"plaintext\":\"\"},{\"plaintext\":\"w6k=\"}]}}" },
    { "/encode/", "{\"data\":{\"batch_results\":[{\"encoded_value\":\"9999\"},{\"encoded_value\":\"8888\"},{\"encoded_value\":\"7777\"}]}}" },
    { "/decode/", "{\"data\":{\"batch_results\":[{\"decoded_value\":\"1111\"},{\"decoded_value\":\"2222\"},{\"decoded_value\":\"3333\"}]}}" },
};

static vc_code answer(vc_request *request, vc_error *err)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strstr(vc_request_path(request), answers[i].operation))
            return vc_request_reply(request, 200, vc_str(NULL), vc_str(answers[i].reply), 1, err);
    return vc_request_reply(request, 404, vc_str(NULL), vc_str("{\"errors\":[]}"), 1, err);
}

static vc_code drive(vc_batch *batch, vc_error *err)
{
    for (;;) {
        switch (vc_batch_step(batch, 1, NULL, err)) {
        case VC_STEP_DONE:
            return VC_OK;
        case VC_STEP_FAILED:
            return err->code;
        case VC_STEP_SEND:
        case VC_STEP_WAIT:
        default:
            break;
        }
        for (vc_request *request; (request = vc_batch_next_request(batch));)
            if (answer(request, err))
                return err->code;
    }
}

/* Runs RECORDS records through; `out` gets what comes out, where every record is fine. */
static vc_code process(vc_schema *schema, vc_direction direction, const vc_view *in, vc_batch **out, vc_error *err)
{
    const vc_rule *rule = vc_schema_rule(schema, vc_str(NULL), err);
    vc_batch *batch = vc_batch_new(schema, direction, err);
    vc_code code = batch && rule ? VC_OK : err->code;
    for (size_t i = 0; i < RECORDS && !code; i++)
        code = vc_batch_add(batch, rule, in[i], err);
    if (!code)
        code = drive(batch, err);
    for (size_t i = 0; i < RECORDS && !code; i++) {
        const vc_error *why = vc_batch_error(batch, i);
        if (why) {
            *err = *why;
            code = why->code;
        }
    }
    *out = batch;
    return code;
}

static vc_code round_trip(vc_schema *schema, vc_error *err)
{
    vc_batch *protect = NULL, *open = NULL;
    vc_view in[RECORDS], middle[RECORDS];
    for (size_t i = 0; i < RECORDS; i++)
        in[i] = vc_str(clear[i]);
    vc_code code = process(schema, VC_PROTECT, in, &protect, err);
    for (size_t i = 0; i < RECORDS && !code; i++)
        middle[i] = vc_batch_output(protect, i);
    if (!code)
        code = process(schema, VC_OPEN, middle, &open, err);
    for (size_t i = 0; i < RECORDS && !code; i++) {
        const vc_view back = vc_batch_output(open, i);
        const bool same = back.len == in[i].len && memcmp(back.data, in[i].data, back.len) == 0;
        if (!same && i != 2) /* the third has an escape that is not the shortest */
            code = (vc_code)WRONG_RESULT;
    }
    vc_batch_free(protect);
    vc_batch_free(open);
    return code;
}

static vc_code run_record(vc_error *err)
{
    vc_schema *schema = vc_schema_parse(vc_str(schema_text), "test", err);
    const vc_code code = schema ? round_trip(schema, err) : err->code;
    vc_schema_unref(schema);
    return code;
}

/* Every kind of record that is refused. */
static vc_code run_bad_records(vc_error *err)
{
    static const char *const texts[] = { "{", "{\"address\":1,\"card\":\"1\"}", "{\"card\":\"1\"}",
                                         "{\"address\":\"vault:v1:AAAA\",\"card\":\"1\"}", "{\"address\":\"\\ud800\",\"card\":\"1\"}" };
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    vc_schema *schema = vc_schema_parse(vc_str(schema_text), "test", err);
    const vc_rule *rule = schema ? vc_schema_rule(schema, vc_str(NULL), err) : NULL;
    vc_batch *batch = rule ? vc_batch_new(schema, VC_PROTECT, err) : NULL;
    vc_code code = batch ? VC_OK : err->code;
    for (size_t i = 0; i < TEXTS && !code; i++)
        code = vc_batch_add(batch, rule, vc_str(texts[i]), err);
    if (!code)
        code = drive(batch, err);
    for (size_t i = 0; i < TEXTS && !code; i++) {
        const vc_error *why = vc_batch_error(batch, i);
        if (!why || vc_batch_output(batch, i).data)
            code = (vc_code)WRONG_RESULT;
        else if (vc_code_class(why->code) != VC_CLASS_DATA) {
            *err = *why;
            code = why->code;
        }
    }
    vc_batch_free(batch);
    vc_schema_unref(schema);
    return code;
}

/* What vc_inspect() tells of JSON with a token, and of the demo's payload. */
static vc_code run_inspect(vc_error *err)
{
    static const char *const texts[] = {
        "{\"a\":[\"vault:v1:AAAA\",\"vc1:AAAA\"]}",
        "{\"ciphertext\":\"0011223344556677\",\"tag\":\"00112233445566778899aabbccddeeff\","
        "\"nonce\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\"}",
    };
    static const size_t things[] = { 3, 1 };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vc_inspection *found;
        vc_code code = vc_inspect(vc_str(texts[i]), NULL, 0, &found, err);
        if (!code && vc_inspection_count(found) != things[i])
            code = (vc_code)WRONG_RESULT;
        vc_inspection_free(found);
        if (code)
            return code;
    }
    return VC_OK;
}

/* -- what is protected and opened here --------------------------------------------------------------------------------- */

static const char local_text[] =
    "version: 1\nrecords:\n  - name: test\n    on_missing: ignore\n    fields:\n"
    "      - {path: $.a, envelope: {key: one, source: static, carry: header, bind: [topic, key]}, accept: [old]}\n"
    "      - {path: '$.b[*]', envelope: {key: two, source: static}}\n"
    "      - {path: $.c, siv: {key: one, source: static, key_version: 1}}\n"
    "      - {path: $.d, hash: {key: one, source: static, key_version: 1, as: hex}}\n"
    "      - {path: $.e, fpe: {key: one, source: static, key_version: 1, pattern: '(\\d{3})-(\\d{4})', tweak: $.f}}\n"
    "      - {path: $.g, mask: {keep_last: 2}}\n"
    "      - {path: $.h, drop: true}\n"
    "    record_key: {siv: {key: two, source: static, key_version: 1}}\n"
    "  - name: whole\n    value: {envelope: {key: one, source: static}}\n";

static const char *const messages[] = {
    "{\"a\":\"x\\u00e9\",\"b\":[1,null,{\"x\":[]}],\"c\":\"m\\u00e9\",\"e\":\"123-4567\",\"f\":\"t\"}",
    "{\"c\":1e400, \"b\":[\"\"],\"a\":true}",
    "{\"c\":\"x\"}",
};
enum { MESSAGES = sizeof messages / sizeof messages[0] };

/* A batch of messages under `rule`, run; NULL and `err`. */
static vc_batch *run_messages(vc_schema *schema, vc_keyring *ring, const char *name, vc_direction direction, const vc_message *in,
                              vc_error *err)
{
    const vc_rule *rule = vc_schema_rule(schema, vc_str(name), err);
    vc_batch *batch = rule ? vc_batch_new(schema, direction, err) : NULL;
    vc_code code = batch ? vc_batch_set_keyring(batch, ring, err) : err->code;
    for (size_t i = 0; i < MESSAGES && !code; i++)
        code = vc_batch_add_message(batch, rule, &in[i], err);
    if (!code)
        code = drive(batch, err);
    for (size_t i = 0; i < MESSAGES && !code; i++)
        if (vc_batch_error(batch, i)) {
            *err = *vc_batch_error(batch, i);
            code = err->code;
        }
    if (!code)
        return batch;
    vc_batch_free(batch);
    return NULL;
}

static bool equal(vc_view a, vc_view b)
{
    return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

static vc_code there_and_back(vc_schema *schema, vc_keyring *ring, const char *name, vc_error *err)
{
    const vc_header trace = { vc_str("trace"), vc_str("1") };
    vc_message in[MESSAGES], middle[MESSAGES];
    for (size_t i = 0; i < MESSAGES; i++)
        in[i] = (vc_message){ sizeof in[i], vc_str("topic"), vc_str("key"), vc_str(messages[i]), &trace, 1 };
    vc_batch *protect = run_messages(schema, ring, name, VC_PROTECT, in, err);
    if (!protect)
        return err->code;
    for (size_t i = 0; i < MESSAGES; i++) {
        middle[i] = in[i];
        middle[i].key = vc_batch_output_key(protect, i);
        middle[i].value = vc_batch_output(protect, i);
        middle[i].headers = vc_batch_output_headers(protect, i, &middle[i].header_count);
    }
    vc_batch *open = run_messages(schema, ring, name, VC_OPEN, middle, err);
    vc_code code = open ? VC_OK : err->code;
    for (size_t i = 0; i < MESSAGES && !code; i++) {
        const bool decoded = i == 0 && strcmp(name, "test") == 0; /* siv takes content: its escape is gone */
        if ((!decoded && !equal(vc_batch_output(open, i), in[i].value)) || !equal(vc_batch_output_key(open, i), in[i].key))
            code = (vc_code)WRONG_RESULT;
    }
    vc_batch_free(open);
    vc_batch_free(protect);
    return code;
}

static vc_code run_local(vc_error *err)
{
    static const char *const names[] = { "one", "two", "old" };
    vc_schema *schema = vc_schema_parse(vc_str(local_text), "test", err);
    vc_keyring *ring = schema ? vc_keyring_new(err) : NULL;
    vc_code code = ring ? VC_OK : err->code;
    for (size_t i = 0; i < 3 && !code; i++)
        code = vc_keyring_add_static(ring, names[i], vc_str("0123456789abcdef0123456789abcdef"), err);
    code = code ? code : there_and_back(schema, ring, "test", err);
    code = code ? code : there_and_back(schema, ring, "whole", err);
    vc_keyring_unref(ring);
    vc_schema_unref(schema);
    return code;
}

const scenario scenarios_record[] = {
    { "record", NULL, run_record, { VC_OK }, 0, NULL, false, 0 },
    { "bad records", NULL, run_bad_records, { VC_OK }, 0, NULL, false, 0 },
    { "inspect", NULL, run_inspect, { VC_OK }, 0, NULL, false, 0 },
    { "values protected here", NULL, run_local, { VC_E_INTERNAL }, 1,
      "libcrypto cannot always say that it was memory; its table of algorithm names may grow", true, 600 },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};
