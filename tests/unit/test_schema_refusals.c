/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas that do not load: for each rule of vaultcrypt-schema(5) what is said, and where. */
#include "unit/test.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <vaultcrypt/schema.h>

VC__DEFINE_CLEANUP(vc_schema, vc_schema_unref)

typedef struct refusal {
    const char *yaml;
    vc_code code;
    size_t line, column;
    const char *message; /* a part of it */
} refusal;

static void refuse(const char *yaml, const refusal *want)
{
    vc_error err = VC_ERROR_INIT;
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc_str(yaml), "t.yaml", &err);
    char shown[700];
    vc_error_format(&err, shown, sizeof shown);
    if (schema || err.code != want->code || err.line != want->line || err.column != want->column ||
        !strstr(err.message, want->message) || strcmp(err.source, "t.yaml") != 0)
        fail_msg("%s\n%s, not %s %zu:%zu %s\n%s", schema ? "it loads" : shown, vc_code_name(err.code), vc_code_name(want->code),
                 want->line, want->column, want->message, yaml);
    assert_null(vc_schema_parse(vc_str(yaml), NULL, NULL));
}

static const refusal files[] = {
    { "", VC_E_SCHEMA, 1, 1, "the text is empty" },
    { "a: [", VC_E_SCHEMA, 2, 1, "not YAML" },
    { "~", VC_E_SCHEMA, 1, 1, "a schema must be a map (KEY: VALUE), not nothing" },
    { "text", VC_E_SCHEMA, 1, 1, "a schema must be a map (KEY: VALUE), not a text" },
    { "[]", VC_E_SCHEMA, 1, 1, "a schema must be a map (KEY: VALUE), not a list" },
    { "version: 1\nversion: 1", VC_E_SCHEMA, 2, 1, "the same key as in line 1" },
    { "records: []", VC_E_SCHEMA, 1, 1, "a schema begins with `version: 1`" },
    { "version: '1'\nrecords: []", VC_E_SCHEMA, 1, 10, "`version`: must be the number 1" },
    { "version: 0\nrecords: []", VC_E_SCHEMA, 1, 10, "must be the number 1" },
    { "version: 1.0\nrecords: []", VC_E_SCHEMA, 1, 10, "must be the number 1" },
    { "version: one\nrecords: []", VC_E_SCHEMA, 1, 10, "must be the number 1" },
    { "version: []\nrecords: []", VC_E_SCHEMA, 1, 10, "must be the number 1" },
    { "version:\nrecords: []", VC_E_SCHEMA, 1, 9, "must be the number 1" },
    { "version: 2\nrecords: []", VC_E_UNSUPPORTED, 1, 10, "this library reads version 1" },
    { "version: 1", VC_E_SCHEMA, 1, 1, "needs `records`" },
    { "version: 1\nrecords:", VC_E_SCHEMA, 2, 9, "`records`: must be a list of records, not nothing" },
    { "version: 1\nrecords: {name: a}", VC_E_SCHEMA, 2, 10, "`records`: must be a list of records, not a map" },
    { "version: 1\nrecords: []", VC_E_SCHEMA, 2, 10, "`records`: is empty" },
    { "version: 1\nrecord: []", VC_E_SCHEMA, 2, 1, "unknown key in a schema: `record`: did you mean `records`?" },
    { "version: 1\nthings: []", VC_E_SCHEMA, 2, 1, "unknown key in a schema: `things`: it can be `version`, `records`, `keys` or `key_release`" },
    { "version: 1\n\"a\\e[2J\": 1", VC_E_SCHEMA, 2, 1, "unknown key in a schema: `a?[2J`" },
    { "version: 1\n\"a\\u009b2J\xc3\xa9\": 1", VC_E_SCHEMA, 2, 1, "unknown key in a schema: `a??2J\xc3\xa9`" },
    { "version: 1\nrecords: [x]", VC_E_SCHEMA, 2, 11, "a record must be a map (KEY: VALUE), not a text" },
    { "version: 1\nrecords: [~]", VC_E_SCHEMA, 2, 11, "a record must be a map (KEY: VALUE), not nothing" },
};

static void the_file_as_a_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++)
        refuse(files[i].yaml, &files[i]);
    vc_error err = VC_ERROR_INIT;
    assert_null(vc_schema_parse(vc_view_of(NULL, 3), "x", &err));
    assert_int_equal(err.code, VC_E_ARGUMENT);
    assert_null(vc_schema_parse(vc_view_of(NULL, 0), NULL, &err));
    assert_int_equal(err.code, VC_E_SCHEMA);
    assert_string_equal(err.source, "schema");
}

/* In the place of an entry of `records:`, in line 3. */
static const refusal records[] = {
    { "- {fields: []}", VC_E_SCHEMA, 3, 3, "a record needs `name`" },
    { "- {name: , fields: []}", VC_E_SCHEMA, 3, 10, "`name`: must be a text, not nothing" },
    { "- {name: ~, fields: []}", VC_E_SCHEMA, 3, 10, "`name`: must be a text, not nothing" },
    { "- {name: '', fields: []}", VC_E_SCHEMA, 3, 10, "`name`: is empty" },
    { "- {name: [a], fields: []}", VC_E_SCHEMA, 3, 10, "`name`: must be a text, not a list" },
    { "- {name: {a: b}, fields: []}", VC_E_SCHEMA, 3, 10, "`name`: must be a text, not a map" },
    { "- {name: \"a\\nb\", fields: []}", VC_E_SCHEMA, 3, 10, "`name`: holds a line break or another control" },
    { "- {name: \"a\\u0085\", fields: []}", VC_E_SCHEMA, 3, 10, "`name`: holds a line break or another control" },
    { "- {name: a, fields: []}\n- {name: b, fields: []}\n- {name: a, fields: []}", VC_E_SCHEMA, 5, 10,
      "the name `a` is also in line 3" },
    { "- {name: a}", VC_E_SCHEMA, 3, 3, "a record needs `fields`" },
    { "- {name: a, fields: [], value: {envelope: {key: k}}}", VC_E_SCHEMA, 3, 25, "`value` and `fields`: a value is protected as a whole" },
    { "- {name: a, unlisted: fail, value: {envelope: {key: k}}}", VC_E_SCHEMA, 3, 13, "go with `fields` only" },
    { "- {name: a, value: {}}", VC_E_SCHEMA, 3, 20, "`value` needs a method: `envelope`, `hybrid` or `rsa-oaep`" },
    { "- {name: a, value: {siv: {key: k}}}", VC_E_SCHEMA, 3, 21, "unknown key in `value`: `siv`" },
    { "- {name: a, value: {envelope: {key: k}, on_error: drop_field}}", VC_E_SCHEMA, 3, 51, "no field here that could be dropped" },
    { "- {name: a, value: {envelope: {key: k, bind: [topic]}, format: kroxylicious}}", VC_E_SCHEMA, 3, 64, "has no room for `bind`" },
    { "- {name: a, value: {envelope: {key: k, source: static}, format: kroxylicious}}", VC_E_SCHEMA, 3, 65, "has its keys from Vault alone" },
    { "- {name: a, value: {envelope: {key: k}, format: jwe}}", VC_E_SCHEMA, 3, 49, "it can be `native` or `kroxylicious`" },
    { "- {name: a, fields: [], record_key: {envelope: {key: k}}}", VC_E_SCHEMA, 3, 38, "unknown key in `record_key`: `envelope`" },
    { "- {name: a, fields: [], record_key: {}}", VC_E_SCHEMA, 3, 37, "`record_key` needs a method: `siv`" },
    { "- {name: a, record_key: {siv: {key: k, key_version: 1}}}", VC_E_SCHEMA, 3, 3, "a record needs `fields`" },
    { "- {name: a, accept_contexts: b, fields: []}", VC_E_SCHEMA, 3, 30, "`accept_contexts`: must be a list of contexts" },
    { "- {name: a, accept_contexts: [''], fields: []}", VC_E_SCHEMA, 3, 31, "`accept_contexts`: is empty" },
    { "- {name: a, fields: }", VC_E_SCHEMA, 3, 21, "`fields`: must be a list of fields, not nothing" },
    { "- {name: a, fields: {}}", VC_E_SCHEMA, 3, 21, "`fields`: must be a list of fields, not a map" },
    { "- {name: a, fields: [x]}", VC_E_SCHEMA, 3, 22, "a field must be a map (KEY: VALUE), not a text" },
    { "- {name: a, field: []}", VC_E_SCHEMA, 3, 13, "unknown key in a record: `field`: did you mean `fields`?" },
    { "- {name: a, onerror: fail, fields: []}", VC_E_SCHEMA, 3, 13, "`onerror`: did you mean `on_error`?" },
    { "- {name: a, context: [], fields: []}", VC_E_SCHEMA, 3, 22, "`context`: must be a text, not a list" },
    { "- {name: a, on_error: drop, fields: []}", VC_E_SCHEMA, 3, 23,
      "`on_error`: unknown value `drop`: it can be `fail`, `dead_letter` or `drop_field`" },
    { "- {name: a, on_error: deadletter, fields: []}", VC_E_SCHEMA, 3, 23,
      "`on_error`: unknown value `deadletter`: did you mean `dead_letter`?" },
    { "- {name: a, on_error: [fail], fields: []}", VC_E_SCHEMA, 3, 23, "`on_error`: must be a text, not a list" },
    { "- {name: a, on_missing: pass, fields: []}", VC_E_SCHEMA, 3, 25, "`pass`: it can be `fail` or `ignore`" },
    { "- {name: a, nested: yes, fields: []}", VC_E_SCHEMA, 3, 21, "`nested`: must be true or false" },
    { "- {name: a, nested: 'true', fields: []}", VC_E_SCHEMA, 3, 21, "`nested`: must be true or false" },
    { "- {name: a, nested: [true], fields: []}", VC_E_SCHEMA, 3, 21, "`nested`: must be true or false" },
    { "- {name: a, unlisted: drop, fields: []}", VC_E_SCHEMA, 3, 23, "`drop`: it can be `pass` or `fail`" },
    { "- {name: a, clear: [$.x], fields: []}", VC_E_SCHEMA, 3, 13, "`clear` goes with `unlisted: fail` only" },
    { "- {name: a, unlisted: pass, clear: [$.x], fields: []}", VC_E_SCHEMA, 3, 29, "`clear` goes with `unlisted: fail` only" },
    { "- {name: a, unlisted: fail, clear: $.x, fields: []}", VC_E_SCHEMA, 3, 36, "`clear`: must be a list of paths, not a text" },
    { "- {name: a, unlisted: fail, clear: [x], fields: []}", VC_E_PATH, 3, 37, "" },
    { "- {name: a, unlisted: fail, clear: ['$[?@.a]'], fields: []}", VC_E_PATH, 3, 40, "ilter" },
    { "- {name: a, unlisted: fail, clear: [$.x, $.y, $.x], fields: []}", VC_E_SCHEMA, 3, 47, "`$.x` is also the path in line 3" },
    { "- {name: a, unlisted: fail, clear: [$.x], fields: [{path: $.x, transit: {key: k}}]}", VC_E_SCHEMA, 3, 37,
      "`$.x` is also the path in line 3" },
    /* topics */
    { "- {name: a, topics: x, fields: []}", VC_E_SCHEMA, 3, 21, "`topics`: must be a list of topics, not a text" },
    { "- {name: a, topics: [[x]], fields: []}", VC_E_SCHEMA, 3, 22, "`topics`: must be a text, not a list" },
    { "- {name: a, topics: [~], fields: []}", VC_E_SCHEMA, 3, 22, "`topics`: must be a text, not nothing" },
    { "- {name: a, topics: [''], fields: []}", VC_E_SCHEMA, 3, 22, "`topics`: is empty" },
    { "- {name: a, topics: ['a*b'], fields: []}", VC_E_SCHEMA, 3, 24, "`*` cannot stand here: a topic is exact, `prefix*` or `*`" },
    { "- {name: a, topics: ['**'], fields: []}", VC_E_SCHEMA, 3, 23, "`*` cannot stand here" },
    { "- {name: a, topics: ['*a'], fields: []}", VC_E_SCHEMA, 3, 23, "`*` cannot stand here" },
    { "- {name: a, topics: [b, ^a.*], fields: []}", VC_E_SCHEMA, 3, 25, "`^` cannot stand here" },
    { "- {name: a, topics: [a?], fields: []}", VC_E_SCHEMA, 3, 23, "`?` cannot stand here" },
    { "- {name: a, topics: ['a[0]'], fields: []}", VC_E_SCHEMA, 3, 24, "`[` cannot stand here" },
    { "- {name: a, topics: [a b], fields: []}", VC_E_SCHEMA, 3, 23, "` ` cannot stand here" },
    { "- {name: a, topics: [x, x], fields: []}", VC_E_SCHEMA, 3, 25, "the topic `x` is also in line 3" },
    { "- {name: a, topics: [x], fields: []}\n- {name: b, topics: [y, x], fields: []}", VC_E_SCHEMA, 4, 25,
      "the topic `x` is also in line 3" },
    { "- {name: a, topics: [x*], fields: []}\n- {name: b, topics: ['x*'], fields: []}", VC_E_SCHEMA, 4, 22,
      "the topic `x*` is also in line 3" },
    { "- {name: a, topics: ['*'], fields: []}\n- {name: b, topics: ['*'], fields: []}", VC_E_SCHEMA, 4, 22,
      "the topic `*` is also in line 3" },
};

static void records_of_a_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(records); i++) {
        vc__auto(vc__buf) text = VC__BUF(1 << 16);
        vc__buf_printf(&text, "version: 1\nrecords:\n%s\n", records[i].yaml);
        refuse(text.data, &records[i]);
    }
}

/* In the place of the list of fields, in line 5, from column 3 on. */
static const refusal fields[] = {
    { "- {transit: {key: k}}", VC_E_SCHEMA, 5, 5, "a field needs `path`" },
    { "- {path: $.a}", VC_E_SCHEMA, 5, 5, "a field needs a method: `transit`, `transform`, `envelope`, " },
    { "- {path: $.a, transfrom: {role: r}}", VC_E_SCHEMA, 5, 17, "unknown key in a field: `transfrom`: did you mean `transform`?" },
    { "- {path: $.a, transit: {key: k}, transform: {role: r}}", VC_E_SCHEMA, 5, 36, "a field has one method: it has `transit` already" },
    { "- {path: $.a, on_error: skip, transit: {key: k}}", VC_E_SCHEMA, 5, 27, "`on_error`: unknown value `skip`" },
    { "- {path: $.a, on_missing: ignored, transit: {key: k}}", VC_E_SCHEMA, 5, 29, "did you mean `ignore`?" },
    { "- {path: $.a, nested: 1, transit: {key: k}}", VC_E_SCHEMA, 5, 25, "`nested`: must be true or false" },
    /* paths */
    { "- {path: , transit: {key: k}}", VC_E_SCHEMA, 5, 12, "`path`: must be a text, not nothing" },
    { "- {path: [$.a], transit: {key: k}}", VC_E_SCHEMA, 5, 12, "`path`: must be a text, not a list" },
    { "- {path: a, transit: {key: k}}", VC_E_PATH, 5, 12, "" },
    { "- {path: $.a., transit: {key: k}}", VC_E_PATH, 5, 16, "" },
    { "- {path: '$.a[?(@.b)]', transit: {key: k}}", VC_E_PATH, 5, 17, "ilter" },
    { "- {path: \"$['\\x41'][?@.b]\", transit: {key: k}}", VC_E_PATH, 5, 12, "ilter" },
    { "- {path: $.a, transit: {key: k}}\n  - {path: $.a, transit: {key: j}}", VC_E_SCHEMA, 6, 12, "`$.a` is also the path in line 5" },
    { "- {path: $.a, transit: {key: k}}\n  - {path: \"$['a']\", transit: {key: k}}", VC_E_SCHEMA, 6, 12, "`$['a']` overlaps the path in line 5" },
    { "- {path: $.a, transit: {key: k}}\n  - {path: '$.a.b[*].c', transit: {key: k}}", VC_E_SCHEMA, 6, 12, "overlaps the path in line 5" },
    { "- {path: '$.a[0].b', transit: {key: k}}\n  - {path: $.a, transit: {key: k}}", VC_E_SCHEMA, 6, 12, "overlaps the path in line 5" },
    { "- {path: $, transit: {key: k}}\n  - {path: $.a, transit: {key: k}}", VC_E_SCHEMA, 6, 12, "overlaps the path in line 5" },
    { "- {path: $..a, transit: {key: k}}\n  - {path: $..a, transit: {key: k}}", VC_E_SCHEMA, 6, 12, "is also the path in line 5" },
    { "- {path: '$.a[5:1]', transit: {key: k}}\n  - {path: '$.a[5:1]', transit: {key: k}}", VC_E_SCHEMA, 6, 12, "is also the path in line 5" },
    /* transit */
    { "- {path: $.a, transit: k}", VC_E_SCHEMA, 5, 26, "`transit` must be a map (KEY: VALUE), not a text" },
    { "- {path: $.a, transit: }", VC_E_SCHEMA, 5, 26, "`transit` must be a map (KEY: VALUE), not nothing" },
    { "- {path: $.a, transit: {}}", VC_E_SCHEMA, 5, 17, "`transit` needs `key`" },
    { "- {path: $.a, transit: {kay: k}}", VC_E_SCHEMA, 5, 27, "unknown key in `transit`: `kay`: did you mean `key`?" },
    { "- {path: $.a, transit: {key: }}", VC_E_SCHEMA, 5, 32, "`key`: must be a text, not nothing" },
    { "- {path: $.a, transit: {key: a/b}}", VC_E_SCHEMA, 5, 33, "not a name that Vault takes: letters, digits and _, inside also - and . (a path goes into `mount`)" },
    { "- {path: $.a, transit: {key: -k}}", VC_E_SCHEMA, 5, 32, "not a name that Vault takes" },
    { "- {path: $.a, transit: {key: k-}}", VC_E_SCHEMA, 5, 33, "not a name that Vault takes" },
    { "- {path: $.a, transit: {key: .}}", VC_E_SCHEMA, 5, 32, "not a name that Vault takes" },
    { "- {path: $.a, transit: {key: 'a b'}}", VC_E_SCHEMA, 5, 34, "not a name that Vault takes" },
    { "- {path: $.a, transit: {key: cl\xc3\xa9}}", VC_E_SCHEMA, 5, 34, "not a name that Vault takes" },
    { "- {path: $.a, transit: {key: builtin/x}}", VC_E_SCHEMA, 5, 39, "not a name that Vault takes" },
    { "- {path: $.a, transit: {key: k, mount: /t}}", VC_E_SCHEMA, 5, 42, "`mount`: not a path of Vault" },
    { "- {path: $.a, transit: {key: k, mount: t//u}}", VC_E_SCHEMA, 5, 44, "`mount`: not a path of Vault" },
    { "- {path: $.a, transit: {key: k, mount: t/../sys}}", VC_E_SCHEMA, 5, 44, "`mount`: not a path of Vault" },
    { "- {path: $.a, transit: {key: k, mount: /}}", VC_E_SCHEMA, 5, 42, "`mount`: not a path of Vault" },
    { "- {path: $.a, transit: {key: k, mount: t//}}", VC_E_SCHEMA, 5, 44, "`mount`: not a path of Vault" },
    { "- {path: $.a, transit: {key: k, mount: 'a b'}}", VC_E_SCHEMA, 5, 43, "`mount`: not a path of Vault" },
    { "- {path: $.a, transit: {key: k, mount: ''}}", VC_E_SCHEMA, 5, 42, "`mount`: is empty" },
    { "- {path: $.a, transit: {key: k, as: text}}", VC_E_SCHEMA, 5, 39, "`as`: unknown value `text`: it can be `json`" },
    { "- {path: $.a, transit: {key: k, as: true}}", VC_E_SCHEMA, 5, 39, "`as`: unknown value `true`" },
    { "- {path: $.a, transit: {key: k, setup: x}}", VC_E_SCHEMA, 5, 42, "`setup` must be a map (KEY: VALUE), not a text" },
    { "- {path: $.a, transit: {key: k, setup: {typ: x}}}", VC_E_SCHEMA, 5, 43, "unknown key in `setup`: `typ`: did you mean `type`?" },
    { "- {path: $.a, transit: {key: k, setup: {pattern: x}}}", VC_E_SCHEMA, 5, 43, "unknown key in `setup`: `pattern`: it can be `type`" },
    { "- {path: $.a, transit: {key: k, setup: {type: [x]}}}", VC_E_SCHEMA, 5, 49, "`type`: must be a text, not a list" },
    /* transform */
    { "- {path: $.a, transform: {}}", VC_E_SCHEMA, 5, 17, "`transform` needs `role`" },
    { "- {path: $.a, transform: {role: r, as: json}}", VC_E_SCHEMA, 5, 38, "unknown key in `transform`: `as`: it can be `role`, " },
    { "- {path: $.a, transform: {role: r/s}}", VC_E_SCHEMA, 5, 36, "not a name that Vault takes" },
    { "- {path: $.a, transform: {role: r, transformation: ' t'}}", VC_E_SCHEMA, 5, 55, "not a name that Vault takes" },
    { "- {path: $.a, transform: {role: r, tweak_source: external}}", VC_E_SCHEMA, 5, 52,
      "`tweak_source`: unknown value `external`: did you mean `internal`?" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied}}", VC_E_SCHEMA, 5, 52, "needs `tweak`" },
    { "- {path: $.a, transform: {role: r, tweak_source: generated}}", VC_E_SCHEMA, 5, 52, "needs `tweak_to`" },
    { "- {path: $.a, transform: {role: r, tweak: c29tZW51bQ==}}", VC_E_SCHEMA, 5, 38, "`tweak` goes with `tweak_source: supplied` only" },
    { "- {path: $.a, transform: {role: r, tweak_source: generated, tweak_to: $.b, tweak: $.c}}", VC_E_SCHEMA, 5, 78,
      "`tweak` goes with `tweak_source: supplied` only" },
    { "- {path: $.a, transform: {role: r, tweak_source: internal, tweak_to: $.b}}", VC_E_SCHEMA, 5, 62,
      "`tweak_to` goes with `tweak_source: generated` only" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: ''}}", VC_E_SCHEMA, 5, 69, "`tweak`: is empty" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: so!e}}", VC_E_SCHEMA, 5, 71, "`tweak`: neither Base64" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: c29tZW51bQ}}", VC_E_SCHEMA, 5, 79, "`tweak`: neither Base64" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: '$.b[?@]'}}", VC_E_PATH, 5, 74, "ilter" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: '$.b[*]'}}", VC_E_SCHEMA, 5, 69, "a tweak has one place" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: '$.b[-1]'}}", VC_E_SCHEMA, 5, 69, "a tweak has one place" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: $.a}}", VC_E_SCHEMA, 5, 69, "`$.a` is also the path in line 5" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: $.a.b}}", VC_E_SCHEMA, 5, 69, "overlaps the path in line 5" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: $.t}}\n"
      "  - {path: $.b, transform: {role: r, tweak_source: supplied, tweak: $.t.u}}", VC_E_SCHEMA, 6, 69, "`$.t.u` overlaps the path in line 5" },
    { "- {path: $.a, transform: {role: r, tweak_source: supplied, tweak: $.t}}\n"
      "  - {path: $.b, transform: {role: r, tweak_source: generated, tweak_to: $.t}}", VC_E_SCHEMA, 6, 73, "`$.t` is also the path in line 5" },
    { "- {path: $.a, transform: {role: r, tweak_source: generated, tweak_to: $.t}}\n"
      "  - {path: $.b, transform: {role: r, tweak_source: generated, tweak_to: $.t}}", VC_E_SCHEMA, 6, 73, "`$.t` is also the path in line 5" },
    { "- {path: $.a, transform: {role: r, tweak_source: generated, tweak_to: $.b}}\n"
      "  - {path: $.b, transit: {key: k}}", VC_E_SCHEMA, 5, 73, "`$.b` is also the path in line 6" },
    { "- {path: '$.a[*]', transform: {role: r, tweak_source: generated, tweak_to: $.b}}", VC_E_SCHEMA, 5, 12,
      "`tweak_source: generated` has one place for one tweak" },
    { "- {path: $.a, transform: {role: r, tweak_source: generated, tweak_to: x}}", VC_E_PATH, 5, 73, "" },
    { "- {path: $.a, transform: {role: r, setup: {pattern: x}}}", VC_E_SCHEMA, 5, 38, "`setup` needs `transformation`" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {}}}", VC_E_SCHEMA, 5, 64, "`setup` needs `pattern`, or a `template`" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {template: x, alphabet: y}}}", VC_E_SCHEMA, 5, 78,
      "`alphabet` goes with `pattern` only" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {template: x, encode_format: y}}}", VC_E_SCHEMA, 5, 78,
      "`encode_format` goes with `pattern` only" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {template: builtin/x, pattern: y}}}", VC_E_SCHEMA, 5, 75,
      "`template`: one of Vault's own" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {template: x/y}}}", VC_E_SCHEMA, 5, 76, "not a name that Vault takes" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {template: builtin/}}}", VC_E_SCHEMA, 5, 83, "not a name that Vault takes" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {patern: x}}}", VC_E_SCHEMA, 5, 65, "did you mean `pattern`?" },
    /* what works here: keys */
    { "- {path: $.a, envelope: {}}", VC_E_SCHEMA, 5, 17, "`envelope` needs `key`" },
    { "- {path: $.a, envelope: {key: a/b}}", VC_E_SCHEMA, 5, 34, "not a name that Vault takes" },
    { "- {path: $.a, envelope: {key: k, key_version: 1}}", VC_E_SCHEMA, 5, 36, "unknown key in `envelope`: `key_version`" },
    { "- {path: $.a, envelope: {key: k, source: file}}", VC_E_SCHEMA, 5, 44, "`source`: unknown value `file`: it can be `transit` or `static`" },
    { "- {path: $.a, envelope: {key: k, source: static, mount: m}}", VC_E_SCHEMA, 5, 52, "`mount` goes with `source: transit` only" },
    { "- {path: $.a, envelope: {key: k, carry: value}}", VC_E_SCHEMA, 5, 43, "it can be `token` or `header`" },
    { "- {path: $.a, hybrid: {key: k, carry: value}}", VC_E_SCHEMA, 5, 41, "it can be `token` or `header`" },
    { "- {path: $.a, hybrid: {key: k, carry: header, sign: s}}", VC_E_SCHEMA, 5, 49, "`sign` does not go with `carry: header`: a signature is over" },
    { "- {path: $.a, hybrid: {key: k, signed_by: [s], carry: header}}", VC_E_SCHEMA, 5, 34, "`signed_by` does not go with `carry: header`" },
    { "- {path: $.a, envelope: {key: k, carry: header, sign: s}}", VC_E_SCHEMA, 5, 51, "`sign` does not go with `carry: header`" },
    { "- {path: $.a, rsa-oaep: {key: k, carry: header}}", VC_E_SCHEMA, 5, 36, "unknown key in `rsa-oaep`: `carry`" },
    { "- {path: $.a, envelope: {key: k, bind: topic}}", VC_E_SCHEMA, 5, 42, "`bind`: must be a list" },
    { "- {path: $.a, envelope: {key: k, bind: [topics]}}", VC_E_SCHEMA, 5, 43, "did you mean `topic`?" },
    { "- {path: $.a, envelope: {key: k, bind: [key, key]}}", VC_E_SCHEMA, 5, 48, "`key` is there twice" },
    { "- {path: $.a, accept: [k], envelope: {key: k}}", VC_E_SCHEMA, 5, 26, "`k` is the field's own key" },
    { "- {path: $.a, accept: [j, transit/j], envelope: {key: k}}", VC_E_SCHEMA, 5, 29, "`transit/j` is there twice" },
    { "- {path: $.a, accept: j, envelope: {key: k}}", VC_E_SCHEMA, 5, 25, "`accept`: must be a list of keys" },
    { "- {path: $.a, accept: [a b], envelope: {key: k}}", VC_E_SCHEMA, 5, 27, "not a name that Vault takes" },
    { "- {path: $.a, accept: [m/j], envelope: {key: k, source: static}}", VC_E_SCHEMA, 5, 26, "a static key has no mount" },
    { "- {path: $.a, accept: [j], transit: {key: k}}", VC_E_SCHEMA, 5, 17, "`accept` goes with `envelope`, `hybrid`, `rsa-oaep` and `siv` only" },
    { "- {path: $.a, accept: [j], hash: {key: k, key_version: 1}}", VC_E_SCHEMA, 5, 17, "a `hash` cannot" },
    { "- {path: $.a, accept: [j], fpe: {key: k, key_version: 1}}", VC_E_SCHEMA, 5, 17, "`fpe` leaves no room" },
    { "- {path: $.a, accept: [j], mask: {keep_last: 1}}", VC_E_SCHEMA, 5, 17, "`mask` has none" },
    { "- {path: $.a, accept: [j], drop: true}", VC_E_SCHEMA, 5, 17, "`drop` has none" },
    { "- {path: $.a, siv: {key: k}}", VC_E_SCHEMA, 5, 17, "`siv` needs `key_version`" },
    { "- {path: $.a, siv: {key: k, key_version: 0}}", VC_E_SCHEMA, 5, 44, "`key_version`: must be a number from 1 to 4294967295" },
    { "- {path: $.a, siv: {key: k, key_version: '1'}}", VC_E_SCHEMA, 5, 44, "must be a number" },
    { "- {path: $.a, siv: {key: k, key_version: latest}}", VC_E_SCHEMA, 5, 44, "must be a number" },
    { "- {path: $.a, siv: {key: k, key_version: 1, context: ''}}", VC_E_SCHEMA, 5, 56, "`context`: is empty" },
    { "- {path: $.a, hash: {key: k}}", VC_E_SCHEMA, 5, 17, "`hash` needs `key_version`" },
    { "- {path: $.a, hash: {key: k, key_version: 1, as: base64}}", VC_E_SCHEMA, 5, 52, "it can be `token` or `hex`" },
    /* fpe */
    { "- {path: $.a, fpe: {key: k}}", VC_E_SCHEMA, 5, 17, "`fpe` needs `key_version`" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, algorithm: ff3}}", VC_E_SCHEMA, 5, 58, "`algorithm`: unknown value `ff3`" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, algorithm: ff3-1}}", VC_E_SCHEMA, 5, 17, "`ff3-1` needs `tweak`" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, algorithm: ff3-1, tweak: AAAA}}", VC_E_SCHEMA, 5, 72, "FF3-1 takes 7 bytes, not 3" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, tweak: AAA}}", VC_E_SCHEMA, 5, 57, "`tweak`: neither Base64" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, tweak: $.a}}", VC_E_SCHEMA, 5, 54, "is also the path in line 5" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, alphabet: aa}}", VC_E_SCHEMA, 5, 57, "" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, pattern: 'x'}}", VC_E_SCHEMA, 5, 56, "no capture group" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, pattern: '\\d{6}(\\d{5})\\d{4}'}}", VC_E_SCHEMA, 5, 56,
      "captures 5 characters at most; with 10 in the alphabet fewer than 6" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, pattern: '(\\d{2})-(\\d)(?:a|(\\d\\d?))'}}", VC_E_SCHEMA, 5, 56, "captures 5 characters at most" },
    { "- {path: $.a, fpe: {key: k, key_version: 1, alphabet: lowercase, pattern: '([a-z]{4})'}}", VC_E_SCHEMA, 5, 77, "captures 4 characters at most" },
    /* mask and drop */
    { "- {path: $.a, mask: {}}", VC_E_SCHEMA, 5, 17, "`mask` needs `keep_last`" },
    { "- {path: $.a, mask: {keep_last: -1}}", VC_E_SCHEMA, 5, 35, "`keep_last`: must be a number from 0 to 65535" },
    { "- {path: $.a, mask: {keep_last: 4, with: xx}}", VC_E_SCHEMA, 5, 44, "`with`: must be one character" },
    { "- {path: $.a, mask: {keep_last: 4, all: yes}}", VC_E_SCHEMA, 5, 43, "`all`: must be true or false" },
    { "- {path: $.a, drop: false}", VC_E_SCHEMA, 5, 23, "`drop`: is `true`" },
    /* what cannot be true of one Vault */
    { "- {path: $.a, transit: {key: k, mount: m}}\n  - {path: $.b, transform: {role: k, mount: m}}", VC_E_SCHEMA, 6, 5,
      "mount `m` has `engine` transit in line 5 and transform here" },
    { "- {path: $.a, transit: {key: k, setup: {type: a}}}\n  - {path: $.b, transit: {key: k, setup: {type: b}}}", VC_E_SCHEMA, 6, 5,
      "key `k` has `setup.type` a in line 5 and b here" },
    { "- {path: $.a, transform: {role: r, transformation: t}}\n"
      "  - {path: $.b, transform: {role: s, transformation: t, tweak_source: supplied, tweak: QUJD}}", VC_E_SCHEMA, 6, 5,
      "transformation `t` has `tweak_source` internal in line 5 and supplied here" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {template: x, pattern: a}}}\n"
      "  - {path: $.b, transform: {role: s, transformation: u, setup: {template: x, pattern: b}}}", VC_E_SCHEMA, 6, 5,
      "template `x` has `setup.pattern` a in line 5 and b here" },
    { "- {path: $.a, transform: {role: r, transformation: t, setup: {pattern: a, encode_format: $1}}}\n"
      "  - {path: $.b, transform: {role: s, transformation: t, setup: {pattern: a}}}", VC_E_SCHEMA, 6, 5,
      "template `t` has `setup.encode_format` $1 in line 5 and (not given) here" },
};

static void fields_of_a_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        vc__auto(vc__buf) text = VC__BUF(1 << 16);
        vc__buf_printf(&text, "version: 1\nrecords:\n- name: a\n  fields:\n  %s\n", fields[i].yaml);
        refuse(text.data, &fields[i]);
    }
}

static vc_code code_of(const vc__buf *text, vc_error *err)
{
    vc__autoptr(vc_schema) schema = vc_schema_parse(vc_view_of(text->data, text->len), "t", err);
    return schema ? VC_OK : err->code;
}

static void limits_hold(void **state)
{
    (void)state;
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) text = VC__BUF(2 << 20);
    vc__buf_str(&text, "version: 1\nrecords:\n- name: ");
    for (int i = 0; i < 255; i++)
        vc__buf_byte(&text, 'n');
    vc__buf_str(&text, "\n  fields: []\n");
    assert_int_equal(code_of(&text, &err), VC_OK);
    vc__buf_clear(&text);
    vc__buf_str(&text, "version: 1\nrecords:\n- name: ");
    for (int i = 0; i < 256; i++)
        vc__buf_byte(&text, 'n');
    vc__buf_str(&text, "\n  fields: []\n");
    assert_int_equal(code_of(&text, &err), VC_E_SCHEMA);
    assert_string_equal(err.message, "`name`: is longer than 255 bytes");

    static const char record[] = "version: 1\nrecords:\n- name: a\n  fields:\n";
    vc__buf_clear(&text);
    vc__buf_str(&text, record);
    for (int i = 0; i < 1024; i++)
        vc__buf_printf(&text, "  - {path: $.f%d, transit: {key: k}}\n", i);
    assert_int_equal(code_of(&text, &err), VC_OK);
    vc__buf_str(&text, "  - {path: $.f, transit: {key: k}}\n");
    assert_int_equal(code_of(&text, &err), VC_E_LIMIT);
    assert_string_equal(err.message, "`fields`: more than 1024");
    assert_int_equal(err.line, 5);

    vc__buf_clear(&text);
    vc__buf_str(&text, "version: 1\nrecords:\n- name: a\n  fields: []\n  unlisted: fail\n  clear:\n");
    for (int i = 0; i < 1025; i++)
        vc__buf_printf(&text, "  - $.f%d\n", i);
    assert_int_equal(code_of(&text, &err), VC_E_LIMIT);
    assert_string_equal(err.message, "`clear`: more than 1024");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_as_a_whole),
        cmocka_unit_test(records_of_a_file),
        cmocka_unit_test(fields_of_a_record),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests_name("schema_refusals", tests, NULL, NULL);
}
