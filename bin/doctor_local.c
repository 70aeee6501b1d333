/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_local.c - fields that are protected here: a random value there and back, through a batch as records go, under a schema of that one
 * field.
 */
#include "doctor.h"
#include "exit.h"
#include "fieldkey.h"
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_ROOM = 2048, SCHEMA_ROOM = 8192, SAMPLE_LEN = 24, MOST_CHARACTERS = 512 };

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* "NAME: 'text'"; what does not fit shows in `room` being used up. */
static void write_option(char *yaml, size_t room, const char *name, const char *value)
{
    size_t at = strlen(yaml);
    at += (size_t)snprintf(yaml + at, room - at, "%s: '", name);
    for (; *value && at + 4 < room; value++)
        at += (size_t)snprintf(yaml + at, room - at, "%s%c", *value == '\'' ? "'" : "", *value);
    if (at + 4 < room)
        snprintf(yaml + at, room - at, "'");
}

/* The same method, key, context, binding, carrier and format for $.v, or for the whole value, with its tweak in $.t where it comes from the record. False: it does not fit. */
static bool write_schema(const vc_rule *rule, const vc_field *field, char *yaml, size_t room)
{
    static const char *const names[] = { "key", "mount", "key_version", "context", "algorithm", "alphabet", "pattern", "tweak", "as", "carry" };
    const char *bind = vc_field_option(field, "bind"), *format = vc_field_option(field, "format");
    bool first = true;
    snprintf(yaml, room, "version: 1\nrecords:\n  - name: doctor\n    ");
    write_option(yaml, room, "context", vc_rule_context(rule));
    size_t at = strlen(yaml);
    if (same(format, "kroxylicious")) /* of whole values alone */
        at += (size_t)snprintf(yaml + at, room - at, "\n    topics: [doctor]\n    value:\n      format: kroxylicious\n      %s: {", vc_field_method(field));
    else
        at += (size_t)snprintf(yaml + at, room - at, "\n    topics: [doctor]\n    fields:\n      - path: $.v\n        %s: {", vc_field_method(field));
    for (size_t i = 0; i < sizeof names / sizeof names[0] && at + 4 < room; i++) {
        const char *value = vc_field_option(field, names[i]);
        if (!value)
            continue;
        at += (size_t)snprintf(yaml + at, room - at, "%s", first ? "" : ", ");
        if (same(names[i], "key_version"))
            snprintf(yaml + at, room - at, "key_version: %s", value);
        else
            write_option(yaml, room, names[i], same(names[i], "tweak") && value[0] == '$' ? "$.t" : value);
        at = strlen(yaml);
        first = false;
    }
    if (bind && at + 4 < room)
        at += (size_t)snprintf(yaml + at, room - at, "%sbind: [%s]", first ? "" : ", ", bind);
    if (at + 4 >= room)
        return false;
    snprintf(yaml + at, room - at, "}\n");
    return true;
}

/* Characters of the alphabet at random. False: it has too many for this. */
static bool draw(const char *characters, char *text, size_t room)
{
    const char *starts[MOST_CHARACTERS + 1];
    size_t count = 0, len = 0;
    for (const char *c = characters; *c && count < MOST_CHARACTERS; c++)
        if (((unsigned char)*c & 0xc0) != 0x80)
            starts[count++] = c;
    starts[count] = characters + strlen(characters);
    for (size_t i = 0; i < SAMPLE_LEN && count; i++) {
        char random[33];
        doctor_random_text(random);
        const size_t one = strtoul(random + 24, NULL, 16) % count;
        const size_t size = (size_t)(starts[one + 1] - starts[one]);
        if (len + size >= room)
            return false;
        memcpy(text + len, starts[one], size);
        len += size;
    }
    text[len] = 0;
    return count > 0 && count < MOST_CHARACTERS;
}

/* A text that the field takes, as far as that can be told from its options. */
static bool text_for(const vc_field *field, char *text, size_t room)
{
    static const struct {
        const char *alphabet, *pattern;
    } known[] = { { "digits", "\\d{24}" },
                  { "lowercase", "[a-z]{24}" },
                  { "uppercase", "[A-Z]{24}" },
                  { "lowercase_digits", "[a-z0-9]{24}" },
                  { "uppercase_digits", "[A-Z0-9]{24}" },
                  { "alphanumeric", "[a-zA-Z0-9]{24}" } };
    const char *pattern = vc_field_option(field, "pattern"), *alphabet = vc_field_option(field, "alphabet");
    if (!alphabet) {
        doctor_random_text(text);
        return true;
    }
    if (pattern)
        return doctor_sample(pattern, text, room);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(alphabet, known[i].alphabet) == 0)
            return doctor_sample(known[i].pattern, text, room);
    return draw(alphabet, text, room);
}

static void write_record(const char *text, char *record, size_t room)
{
    size_t at = (size_t)snprintf(record, room, "{\"t\":\"doctor1\",\"v\":\"");
    for (; *text && at + 8 < room; text++) {
        if (*text == '"' || *text == '\\')
            record[at++] = '\\';
        record[at++] = *text;
    }
    snprintf(record + at, room - at, "\"}");
}

/* One message through a batch, which is to be freed; NULL and `err`. */
static vc_batch *run_message(struct doctor *doctor, vc_schema *schema, vc_direction direction, const vc_message *message, vc_error *err)
{
    const vc_rule *rule = vc_schema_rule(schema, vc_str(NULL), err);
    vc_batch *batch = rule ? vc_batch_new(schema, direction, err) : NULL;
    bool fine = batch && !vc_batch_add_message(batch, rule, message, err) && !vc_client_run(doctor->client, batch, err);
    if (fine && vc_batch_error(batch, 0)) {
        *err = *vc_batch_error(batch, 0);
        fine = false;
    }
    if (fine)
        return batch;
    vc_batch_free(batch);
    return NULL;
}

static void skip_trip(struct doctor *doctor, const char *name, const char *advice, const char *why)
{
    finding_add(&doctor->findings, FINDING_SKIPPED, 0, "round trip", advice, "%s: %s", name, why);
}

static void not_protected(struct doctor *doctor, const vc_field *field, const char *name, const vc_error *err)
{
    if (vc_field_option(field, "alphabet") && vc_code_class(err->code) == VC_CLASS_DATA)
        skip_trip(doctor, name, "vaultcrypt encrypt with a record shows it", "no value is known that its pattern and alphabet take");
    else if (err->code == VC_E_UNSUPPORTED)
        skip_trip(doctor, name, NULL, "this version does not protect with it");
    else
        doctor_trip_failed(doctor, name, err);
}

/* What was protected, opened; true: it came back. */
static bool comes_back(struct doctor *doctor, vc_schema *schema, const vc_batch *there, vc_message *message, vc_error *err)
{
    const vc_view sent = message->value;
    message->value = vc_batch_output(there, 0);
    message->headers = vc_batch_output_headers(there, 0, &message->header_count); /* `carry` has the wrapped key in one */
    vc_keyring_clear(vc_client_keyring(doctor->client)); /* Vault is asked for opening too */
    vc_batch *here = run_message(doctor, schema, VC_OPEN, message, err);
    const vc_view came = here ? vc_batch_output(here, 0) : vc_view_of(NULL, 0);
    const bool same_value = here && came.len == sent.len && memcmp(came.data, sent.data, sent.len) == 0;
    vc_batch_free(here);
    return same_value;
}

/* `name`: of the field, in findings. */
static void local_trip(struct doctor *doctor, const vc_rule *rule, const vc_field *field, const char *name, bool back)
{
    char yaml[SCHEMA_ROOM], text[VALUE_ROOM], record[2 * VALUE_ROOM + 64];
    vc_error err = VC_ERROR_INIT;
    if (!write_schema(rule, field, yaml, sizeof yaml) || !text_for(field, text, sizeof text)) {
        skip_trip(doctor, name, "vaultcrypt encrypt with a record shows it", "no value is known that its pattern and alphabet take");
        return;
    }
    write_record(text, record, sizeof record);
    vc_message message = VC_MESSAGE_INIT;
    message.topic = message.key = vc_str("doctor"); /* what `bind` binds to */
    message.value = vc_str(record);
    vc_schema *schema = vc_schema_parse(vc_str(yaml), "doctor", &err);
    vc_batch *there = schema ? run_message(doctor, schema, VC_PROTECT, &message, &err) : NULL;
    if (!there)
        not_protected(doctor, field, name, &err);
    else if (!back)
        finding_add(&doctor->findings, FINDING_OK, 0, "round trip", NULL, "%s: a random value was protected; %s", name,
                    same(vc_field_method(field), "hash") ? "it does not come back" : "the token may not open it");
    else {
        const bool came = comes_back(doctor, schema, there, &message, &err);
        if (err.code)
            doctor_trip_failed(doctor, name, &err);
        else
            doctor_trip_came(doctor, name, came);
    }
    vc_batch_free(there);
    vc_schema_unref(schema);
}

void doctor_local(struct doctor *doctor, const vc_rule *rule, const vc_field *field)
{
    char name[PATH_ROOM], trip[2 * PATH_ROOM], other[PATH_ROOM];
    const char *key = vc_field_option(field, "key");
    const char *method = vc_field_method(field);
    if (!key || strcmp(method, "hybrid") == 0 || strcmp(method, "rsa-oaep") == 0) /* masked or dropped; doctor_pair.c */
        return;
    if (!fieldkey_name(field, 0, name, sizeof name)) {
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "key", NULL, "%.200s: a static key, which the program has that protects and opens", key);
        return;
    }
    const bool opens = policy_path(field, VC_OPEN, 0, other, sizeof other), protects = policy_path(field, VC_PROTECT, 0, other, sizeof other);
    bool unused;
    const bool protect = protects && doctor_may(doctor, field, VC_PROTECT, &unused), open = opens && doctor_may(doctor, field, VC_OPEN, &unused);
    const doctor_key_state state = doctor_key(doctor, field, name);
    const char *bind = vc_field_option(field, "bind");
    snprintf(trip, sizeof trip, "%s (%s, %.300s%s%s%.100s%s)", name, vc_field_method(field), vc_field_path(field),
             same(vc_field_option(field, "format"), "kroxylicious") ? ", as Kroxylicious" : "", bind ? ", bound to " : "", bind ? bind : "",
             same(vc_field_option(field, "carry"), "header") ? ", carried by a header" : "");
    if (!protects)
        skip_trip(doctor, trip, NULL, "FF3-1 opens what exists, and protects nothing");
    else if (protect && state != DOCTOR_KEY_UNUSABLE)
        local_trip(doctor, rule, field, trip, open);
}
