/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records whose fields are protected here, with static keys. The first byte picks: o a record to open; m a message to open, whose first
 * line is the value of its header of wrapped keys and whose second is its key; b the bytes of a whole value to open; anything else a
 * record to protect, which must open to itself.
 */
#include "fuzz.h"

#include "base/text.h"

#include <stdbool.h>
#include <vaultcrypt/vaultcrypt.h>

static const char schema_text[] =
    "version: 1\n"
    "records:\n"
    "  - name: fields\n"
    "    fields:\n"
    "      - {path: $.e, envelope: {key: one, source: static}, on_missing: ignore}\n"
    "      - {path: '$.any[*]', envelope: {key: one, source: static}, on_missing: ignore}\n"
    "      - {path: $.s, siv: {key: one, source: static, key_version: 1}, on_missing: ignore}\n"
    "      - {path: $.f, fpe: {key: one, source: static, key_version: 1, alphabet: digits}, on_missing: ignore}\n"
    "  - name: message\n"
    "    fields:\n"
    "      - {path: $.e, envelope: {key: one, source: static, carry: header, bind: [topic, key]}, on_missing: ignore}\n"
    "    record_key: {siv: {key: one, source: static, key_version: 1}}\n"
    "  - name: value\n"
    "    value: {envelope: {key: one, source: static}}\n";

static vc_schema *schema;
static vc_keyring *ring;
static vc_batch *protect, *open;

static const vc_rule *rule_of(const char *name)
{
    const vc_rule *rule = vc_schema_rule(schema, vc_str(name), NULL);
    HOLDS(rule);
    return rule;
}

static vc_batch *batch_of(vc_direction direction)
{
    vc_batch *batch = vc_batch_new(schema, direction, NULL);
    HOLDS(batch && vc_batch_set_keyring(batch, ring, NULL) == VC_OK);
    return batch;
}

static void begin(void)
{
    static const char key[32] = { 7 };
    if (schema)
        return;
    schema = vc_schema_parse(vc_str(schema_text), NULL, NULL);
    ring = vc_keyring_new(NULL);
    HOLDS(schema && ring && vc_keyring_add_static(ring, "one", vc_view_of(key, sizeof key), NULL) == VC_OK);
    protect = batch_of(VC_PROTECT);
    open = batch_of(VC_OPEN);
}

/* Nothing is asked of Vault: one step does it all. True: there is an output. */
static bool run(vc_batch *batch)
{
    HOLDS(vc_batch_step(batch, 1, NULL, NULL) == VC_STEP_DONE);
    const vc_error *err = vc_batch_error(batch, 0);
    HOLDS(!err || (vc_code_class(err->code) == VC_CLASS_DATA && !vc_batch_output(batch, 0).data) || err->code == VC_E_LIMIT);
    return !err;
}

static bool run_record(vc_batch *batch, const char *rule, vc_view record)
{
    vc_batch_clear(batch);
    HOLDS(vc_batch_add(batch, rule_of(rule), record, NULL) == VC_OK);
    return run(batch);
}

static bool run_message(vc_batch *batch, const vc_message *message)
{
    vc_batch_clear(batch);
    HOLDS(vc_batch_add_message(batch, rule_of("message"), message, NULL) == VC_OK);
    return run(batch);
}

static void open_message(vc_view in)
{
    const vc_header header = { vc_str("vaultcrypt-keys"), fuzz_line(&in) };
    const vc_view key = fuzz_line(&in);
    const vc_message message = { sizeof message, vc_str("topic"), key, in, &header, 1 };
    run_message(open, &message);
}

static void there_and_back(vc_view in)
{
    const bool escapes = in.len && memchr(in.data, '\\', in.len); /* those of a siv field come back in their shortest form */
    if (run_record(protect, "fields", in) && run_record(open, "fields", vc_batch_output(protect, 0)))
        HOLDS(escapes || vc__view_equal(vc_batch_output(open, 0), in));
    if (run_record(protect, "value", in)) {
        HOLDS(run_record(open, "value", vc_batch_output(protect, 0)));
        HOLDS(vc__view_equal(vc_batch_output(open, 0), in));
    }
    const vc_message message = { sizeof message, vc_str("topic"), in, in, NULL, 0 };
    if (!run_message(protect, &message))
        return;
    size_t count;
    const vc_header *headers = vc_batch_output_headers(protect, 0, &count);
    const vc_message sent = { sizeof sent, vc_str("topic"), vc_batch_output_key(protect, 0), vc_batch_output(protect, 0), headers, count };
    HOLDS(run_message(open, &sent));
    HOLDS(vc__view_equal(vc_batch_output(open, 0), in) && vc__view_equal(vc_batch_output_key(open, 0), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    begin();
    if (!size)
        return 0;
    const vc_view rest = vc_view_of(data + 1, size - 1);
    switch (data[0]) {
    case 'o':
        run_record(open, "fields", rest);
        break;
    case 'b':
        run_record(open, "value", rest);
        break;
    case 'm':
        open_message(rest);
        break;
    default:
        there_and_back(rest);
    }
    return 0;
}
