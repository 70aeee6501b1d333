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

const scenario scenarios_record[] = {
    { "record", NULL, run_record, { VC_OK }, 0, NULL, false, 0 },
    { "bad records", NULL, run_bad_records, { VC_OK }, 0, NULL, false, 0 },
    { NULL, NULL, NULL, { VC_OK }, 0, NULL, false, 0 },
};
