/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_schema.c - for each key and role that the schema names: may the token, is it as it must be, and a round trip. */
#include "doctor.h"
#include "exit.h"

#include <ctype.h>
#include <stdio.h>

enum { PROBE_ITEMS = 600, DEFAULT_ITEMS = 240, VALUE_ROOM = 512 };

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Fields share keys and roles: each is looked at once. */
static bool seen_before(const struct doctor *doctor, const vc_field *field)
{
    static const char *const what[] = { "mount",   "key",    "role",   "transformation", "tweak", "key_version", "context",
                                        "alphabet", "pattern", "accept", "algorithm",      "as",    "format",      "source", "bind", "carry" };
    const vc_rule *rule;
    const vc_field *other;
    for (size_t r = 0; (rule = vc_schema_rule_at(doctor->schema, r)); r++)
        for (size_t f = 0; (other = vc_rule_field_at(rule, f)); f++) {
            bool alike = same(vc_field_method(other), vc_field_method(field));
            if (other == field)
                return false;
            for (size_t i = 0; i < sizeof what / sizeof what[0]; i++)
                alike = alike && same(vc_field_option(other, what[i]), vc_field_option(field, what[i]));
            if (alike)
                return true;
        }
    return false;
}

static bool transit_trip(struct doctor *doctor, const char *name, bool back)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes there = VC_BYTES_INIT, here = VC_BYTES_INIT;
    char value[33];
    doctor_random_text(value);
    if (vc_transit_encrypt(doctor->client, name, vc_str(value), NULL, &there, &err))
        doctor_trip_failed(doctor, name, &err);
    else if (!back)
        finding_add(&doctor->findings, FINDING_OK, 0, "round trip", NULL, "%s: encrypted; the token may not decrypt",
                    name);
    else if (vc_transit_decrypt(doctor->client, name, vc_bytes_view(there), NULL, &here, &err))
        doctor_trip_failed(doctor, name, &err);
    else
        doctor_trip_came(doctor, name, strcmp(here.data, value) == 0);
    const bool encrypts = there.data != NULL;
    vc_bytes_free(&there);
    vc_bytes_free(&here);
    return encrypts;
}

/* One request with many values shows how many the server takes. */
static void look_at_cap(struct doctor *doctor, const vc_field *field, const char *name)
{
    vc_error err = VC_ERROR_INIT;
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "version: 1\nrecords:\n  - name: doctor\n    topics: ['*']\n    fields:\n      - path: $.v\n"
                                "        transit: {key: '%.500s', mount: '%.500s'}\n",
             vc_field_option(field, "key"), vc_field_option(field, "mount"));
    vc_schema *schema = vc_schema_parse(vc_str(yaml), "doctor", &err);
    const vc_rule *rule = schema ? vc_schema_rule(schema, vc_str(NULL), &err) : NULL;
    vc_batch *batch = rule ? vc_batch_new(schema, VC_PROTECT, &err) : NULL;
    vc_code code = batch ? vc_batch_set_limits(batch, PROBE_ITEMS, 0, 1, &err) : err.code;
    for (size_t i = 0; !code && i < PROBE_ITEMS; i++)
        code = vc_batch_add(batch, rule, vc_str("{\"v\":\"doctor\"}"), &err);
    if (!code)
        code = vc_client_run(doctor->client, batch, &err);
    vc_batch_stats stats = { .size = sizeof stats };
    if (!code)
        vc_batch_get_stats(batch, &stats);
    const unsigned long wanted = doctor->connect->batch_items ? doctor->connect->batch_items : DEFAULT_ITEMS;
    if (code)
        doctor_trip_failed(doctor, name, &err);
    else if (!stats.item_cap)
        finding_add(&doctor->findings, FINDING_OK, 0, "batch", NULL, "the server takes %d values in a request",
                    PROBE_ITEMS);
    else
        finding_add(&doctor->findings, stats.item_cap < wanted ? FINDING_WARNING : FINDING_OK, 0, "batch",
                    "set --batch-items to what it takes",
                    "the server refuses %d values in a request, and took %llu (OpenBao's max_request_json_strings); %lu are sent", PROBE_ITEMS,
                    (unsigned long long)stats.item_cap, wanted);
    vc_batch_free(batch);
    vc_schema_unref(schema);
}

static void look_at_transit(struct doctor *doctor, const vc_field *field)
{
    char name[PATH_ROOM];
    snprintf(name, sizeof name, "%s/%s", vc_field_option(field, "mount"), vc_field_option(field, "key"));
    bool creates, unused;
    const bool protect = doctor_may(doctor, field, VC_PROTECT, &creates), open = doctor_may(doctor, field, VC_OPEN, &unused);
    const doctor_key_state state = doctor_key(doctor, field, name);
    if (!protect || state == DOCTOR_KEY_UNUSABLE)
        return;
    if (state == DOCTOR_KEY_UNKNOWN && creates)
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "round trip", "take `create` out of the policy",
                    "%s: trying could make the key", name);
    else if (transit_trip(doctor, name, open))
        look_at_cap(doctor, field, name);
}

/* -- roles ---------------------------------------------------------------------------------------------------------------- */

/* A value for the transformation: by its template's pattern, or of the built-in kinds. */
static bool sample_of(struct doctor *doctor, const char *mount, const char *transformation, char value[VALUE_ROOM])
{
    vc_error err = VC_ERROR_INIT;
    char name[PATH_ROOM];
    bool fine = false;
    snprintf(name, sizeof name, "%s/%s", mount, transformation);
    vc_transform_transformation *found = vc_transform_transformation_read(doctor->client, name, &err);
    const char *template = found ? vc_transform_transformation_template(found) : NULL;
    if (template && strcmp(template, "builtin/creditcardnumber") == 0) {
        fine = doctor_sample("\\d{16}", value, VALUE_ROOM);
    } else if (template && strcmp(template, "builtin/socialsecuritynumber") == 0) {
        fine = doctor_sample("\\d{3}-\\d{2}-\\d{4}", value, VALUE_ROOM);
    } else if (template) {
        snprintf(name, sizeof name, "%s/%s", mount, template);
        vc_transform_template *pattern = vc_transform_template_read(doctor->client, name, &err);
        fine = pattern && doctor_sample(vc_transform_template_pattern(pattern), value, VALUE_ROOM);
        vc_transform_template_free(pattern);
    }
    vc_transform_transformation_free(found);
    return fine;
}

/* The template may write what stands between the groups in its own way. */
static bool same_but_for_form(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a && !isalnum((unsigned char)*a))
            a++;
        while (*b && !isalnum((unsigned char)*b))
            b++;
        if (*a != *b || !*a)
            return *a == *b;
    }
}

static void transform_trip(struct doctor *doctor, const char *role, const vc_field *field, const char *value, bool back)
{
    vc_error err = VC_ERROR_INIT;
    vc_bytes there = VC_BYTES_INIT, here = VC_BYTES_INIT, tweak = VC_BYTES_INIT;
    const char *transformation = vc_field_option(field, "transformation"),
        *source = vc_field_option(field, "tweak_source");
    vc_transform_options *options = vc_transform_options_new(&err);
    vc_code code = options ? VC_OK : VC_E_MEMORY;
    if (!code && transformation)
        code = vc_transform_options_set_transformation(options, transformation, &err);
    if (!code && same(source, "supplied"))
        code = vc_transform_options_set_tweak(options, vc_str("ZG9jdG9yMQ=="), &err);
    if (!code)
        code = vc_transform_encode(doctor->client, role, vc_str(value), options, &there, &tweak, &err);
    if (!code && back && tweak.len)
        code = vc_transform_options_set_tweak(options, vc_bytes_view(tweak), &err);
    if (!code && back)
        code = vc_transform_decode(doctor->client, role, vc_bytes_view(there), options, &here, &err);
    if (code)
        doctor_trip_failed(doctor, role, &err);
    else if (back)
        doctor_trip_came(doctor, role, same_but_for_form(here.data, value));
    else
        finding_add(&doctor->findings, FINDING_OK, 0, "round trip", NULL, "%s: encoded; the token may not decode",
                    role);
    vc_transform_options_free(options);
    vc_bytes_free(&there);
    vc_bytes_free(&here);
    vc_bytes_free(&tweak);
}

static void look_at_transform(struct doctor *doctor, const vc_field *field)
{
    vc_error err = VC_ERROR_INIT;
    const char *mount = vc_field_option(field, "mount"), *transformation = vc_field_option(field, "transformation");
    char name[PATH_ROOM], value[VALUE_ROOM];
    snprintf(name, sizeof name, "%s/%s", mount, vc_field_option(field, "role"));
    bool unused;
    const bool protect = doctor_may(doctor, field, VC_PROTECT, &unused), open = doctor_may(doctor, field, VC_OPEN, &unused);
    vc_transform_role *role = vc_transform_role_read(doctor->client, name, &err);
    if (!role && err.code == VC_E_DENIED)
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "role",
                    "`read` on MOUNT/role/ROLE would let this be looked at", "%s: the token may not read it", name);
    else if (!role)
        finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err.code), "role",
                    "vaultcrypt setup, or mend mount and role in the schema (OpenBao has no transform engine)", "%s: %s", name, err.message);
    else {
        bool has = !transformation;
        for (size_t i = 0; i < vc_transform_role_transformation_count(role); i++) {
            has = has || same(vc_transform_role_transformation(role, i), transformation);
            if (!transformation)
                transformation = vc_transform_role_transformation(role, i);
        }
        finding_add(&doctor->findings, has ? FINDING_OK : FINDING_FAULT, EXIT_CONFIG, "role", "vaultcrypt setup",
                    "%s %s %s", name,
                    has ? "has" : "does not have", transformation ? transformation : "no transformation");
    }
    vc_transform_role_free(role);
    if (!protect || (!role && err.code != VC_E_DENIED))
        return;
    if (transformation && sample_of(doctor, mount, transformation, value))
        transform_trip(doctor, name, field, value, open);
    else
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "round trip",
                    "`read` on MOUNT/transformation/* and MOUNT/template/* would let one be made",
                    "%s: no value is known that its template takes", name);
}

void doctor_schema(struct doctor *doctor)
{
    const vc_rule *rule;
    const vc_field *field;
    for (size_t r = 0; (rule = vc_schema_rule_at(doctor->schema, r)); r++)
        for (size_t f = 0; (field = vc_rule_field_at(rule, f)); f++) {
            if (seen_before(doctor, field))
                continue;
            if (strcmp(vc_field_method(field), "transit") == 0)
                look_at_transit(doctor, field);
            else if (strcmp(vc_field_method(field), "transform") == 0)
                look_at_transform(doctor, field);
            else
                doctor_local(doctor, rule, field);
        }
    doctor_pairs(doctor);
}
