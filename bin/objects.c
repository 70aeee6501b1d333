/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"

#include "fieldkey.h"
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 1024 };

vc_code objects_open(struct objects *objects, vc_error *err)
{
    objects->mounts = vc_sys_mounts_read(objects->client, err);
    return objects->mounts ? VC_OK : err->code;
}

void objects_close(struct objects *objects)
{
    for (size_t i = 0; i < objects->told_count; i++)
        free(objects->told[i]);
    free(objects->told);
    vc_sys_mounts_free(objects->mounts);
    objects->told = NULL;
    objects->told_count = 0;
    objects->mounts = NULL;
}

/* False when "KIND NAME" was dealt with before. Without memory it is dealt with twice, which does no harm. */
static bool first_time(struct objects *objects, const char *kind, const char *name)
{
    char text[3 * NAME_ROOM];
    snprintf(text, sizeof text, "%s %s", kind, name);
    for (size_t i = 0; i < objects->told_count; i++)
        if (strcmp(objects->told[i], text) == 0)
            return false;
    char **told = realloc(objects->told, (objects->told_count + 1) * sizeof *told);
    if (told) {
        objects->told = told;
        if ((told[objects->told_count] = strdup(text)))
            objects->told_count++;
    }
    return true;
}

static void tell(const struct objects *objects, bool there, const char *kind, const char *name)
{
    printf("%-12s %s %s\n", there ? "is there" : objects->dry_run ? "would make" : "made", kind, name);
}

static void tell_difference(struct objects *objects, const char *kind, const char *name, const char *how)
{
    printf("%-12s %s %s: %s\n", "differs", kind, name, how);
    objects->differences++;
}

static void tell_missing(struct objects *objects, const char *kind, const char *name, const char *how)
{
    printf("%-12s %s %s: %s\n", "is missing", kind, name, how);
    objects->differences++;
}

/* VC_OK: it is there. VC_E_NOT_FOUND: it is not. Anything else is an error. */
static vc_code found(const void *object, const vc_error *err)
{
    return object ? VC_OK : err->code;
}

static vc_code ensure_mount(struct objects *objects, const char *mount, const char *type, vc_error *err)
{
    if (!first_time(objects, "mount", mount))
        return VC_OK;
    const char *there = vc_sys_mounts_type(objects->mounts, mount);
    if (there) {
        if (strcmp(there, type) != 0)
            tell_difference(objects, "mount", mount, "another engine is mounted there");
        else
            tell(objects, true, "mount", mount);
        return VC_OK;
    }
    const vc_code code = objects->dry_run ? VC_OK : vc_sys_mount_enable(objects->client, mount, type, NULL, err);
    if (!code)
        tell(objects, false, "mount", mount);
    return code;
}

static vc_code make_key(struct objects *objects, const char *name, const char *type, vc_error *err)
{
    vc_transit_settings *settings = vc_transit_settings_new(err);
    vc_code code = settings ? VC_OK : VC_E_MEMORY;
    if (!code && type)
        code = vc_transit_settings_set_type(settings, type, err);
    if (!code)
        code = vc_transit_key_create(objects->client, name, settings, err);
    vc_transit_settings_free(settings);
    return code;
}

/* A mount that would only be made has nothing in it: Vault answers 404 or, without the right to look, 403. */
static bool mount_is_there(const struct objects *objects, const vc_field *field)
{
    return !objects->dry_run || vc_sys_mounts_type(objects->mounts, vc_field_option(field, "mount"));
}

static vc_code read_key(const struct objects *objects, const vc_field *field, const char *name, vc_transit_key **key, vc_error *err)
{
    *key = mount_is_there(objects, field) ? vc_transit_key_read(objects->client, name, err) : NULL;
    return mount_is_there(objects, field) ? found(*key, err) : VC_E_NOT_FOUND;
}

/* What the fields of the schema ask of one key: any of them may say it. */
struct demands {
    const char *type;
    bool encrypts; /* itself, or data keys */
};

static struct demands demands_on(const struct objects *objects, const char *name)
{
    struct demands all = { NULL, false };
    char other[NAME_ROOM];
    const vc_rule *rule;
    const vc_field *field;
    for (size_t r = 0; (rule = vc_schema_rule_at(objects->schema, r)); r++)
        for (size_t f = 0; (field = vc_rule_field_at(rule, f)); f++) {
            if (!fieldkey_name(field, 0, other, sizeof other) || strcmp(other, name) != 0)
                continue;
            all.type = all.type ? all.type : vc_field_option(field, "setup.type");
            all.encrypts = all.encrypts || fieldkey_encrypts(field);
        }
    return all;
}

/* Only what encrypts needs a context of a derived key; Vault computes with it without. */
static void look_at_key(struct objects *objects, const vc_transit_key *key, const char *name, const struct demands *demands)
{
    if (demands->type && strcmp(vc_transit_key_type(key), demands->type) != 0)
        tell_difference(objects, "key", name, "its type is another one");
    else if (demands->encrypts && vc_transit_key_is_derived(key))
        tell_difference(objects, "key", name, "it is derived: every call would need a context");
    else if (demands->encrypts && !(vc_transit_key_supports_encryption(key) && vc_transit_key_supports_decryption(key)))
        tell_difference(objects, "key", name, "it is of a type that does not encrypt");
    else
        tell(objects, true, "key", name);
}

static vc_code ensure_key(struct objects *objects, const vc_field *field, vc_error *err)
{
    char name[NAME_ROOM], text[NAME_ROOM + 32], why[256];
    const char *pinned = vc_field_option(field, "key_version");
    if (!fieldkey_name(field, 0, name, sizeof name))
        return VC_OK;
    const bool first = first_time(objects, "key", name);
    snprintf(text, sizeof text, "%s %s", name, pinned ? pinned : "");
    if (!first_time(objects, "version of key", text))
        return VC_OK;
    const struct demands demands = demands_on(objects, name);
    vc_transit_key *key;
    vc_code code = read_key(objects, field, name, &key, err);
    if (code == VC_E_NOT_FOUND) {
        code = objects->dry_run ? VC_OK : make_key(objects, name, demands.type, err);
        if (!code && first)
            tell(objects, false, "key", name);
        if (!code && pinned && strcmp(pinned, "1") != 0) {
            snprintf(why, sizeof why, "its first version is 1, and the schema pins `key_version` %.20s", pinned);
            tell_difference(objects, "key", name, why);
        }
    } else if (!code) {
        if (first)
            look_at_key(objects, key, name, &demands);
        if (fieldkey_refuses(key, pinned, why, sizeof why))
            tell_difference(objects, "key", name, why);
    }
    vc_transit_key_free(key);
    return code;
}

vc_code objects_look_at_accepted(struct objects *objects, const vc_field *field, vc_error *err)
{
    char name[NAME_ROOM];
    for (size_t i = 1; fieldkey_name(field, i, name, sizeof name); i++) {
        if (!first_time(objects, "key", name))
            continue;
        char mount[NAME_ROOM];
        snprintf(mount, sizeof mount, "%.*s", (int)(strrchr(name, '/') - name), name);
        const bool mounted = vc_sys_mounts_type(objects->mounts, mount) != NULL;
        vc_transit_key *key = mounted ? vc_transit_key_read(objects->client, name, err) : NULL;
        const vc_code code = mounted ? found(key, err) : VC_E_NOT_FOUND;
        vc_transit_key_free(key);
        if (code && code != VC_E_NOT_FOUND)
            return code;
        if (code)
            tell_missing(objects, "key", name, "`accept` names it, and a new one would open nothing");
        else
            tell(objects, true, "key", name);
    }
    return VC_OK;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static vc_code make_template(struct objects *objects, const char *name, const vc_field *field, vc_error *err)
{
    const char *alphabet = vc_field_option(field, "setup.alphabet"), *format = vc_field_option(field, "setup.encode_format");
    vc_transform_template *made = vc_transform_template_new(err);
    vc_code code = made ? vc_transform_template_set_pattern(made, vc_field_option(field, "setup.pattern"), err) : VC_E_MEMORY;
    if (!code && alphabet)
        code = vc_transform_template_set_alphabet(made, alphabet, err);
    if (!code && format)
        code = vc_transform_template_set_encode_format(made, format, err);
    if (!code)
        code = vc_transform_template_write(objects->client, name, made, err);
    vc_transform_template_free(made);
    return code;
}

static vc_code ensure_template(struct objects *objects, const vc_field *field, vc_error *err)
{
    char name[NAME_ROOM];
    const char *pattern = vc_field_option(field, "setup.pattern"), *template = vc_field_option(field, "setup.template");
    if (!template || strncmp(template, "builtin/", 8) == 0)
        return VC_OK;
    snprintf(name, sizeof name, "%s/%s", vc_field_option(field, "mount"), template);
    if (!first_time(objects, "template", name))
        return VC_OK;
    vc_transform_template *there = mount_is_there(objects, field) ? vc_transform_template_read(objects->client, name, err) : NULL;
    vc_code code = mount_is_there(objects, field) ? found(there, err) : VC_E_NOT_FOUND;
    if (code == VC_OK) {
        if (pattern && (!same(vc_transform_template_pattern(there), pattern) ||
                        !same(vc_transform_template_alphabet(there), vc_field_option(field, "setup.alphabet")) ||
                        !same(vc_transform_template_encode_format(there), vc_field_option(field, "setup.encode_format"))))
            tell_difference(objects, "template", name, "pattern, alphabet or encode_format is another one");
        else
            tell(objects, true, "template", name);
    } else if (code == VC_E_NOT_FOUND && !pattern) {
        tell_missing(objects, "template", name, "the schema gives no `pattern` to make it");
        code = VC_OK;
    } else if (code == VC_E_NOT_FOUND) {
        code = objects->dry_run ? VC_OK : make_template(objects, name, field, err);
        if (!code)
            tell(objects, false, "template", name);
    }
    vc_transform_template_free(there);
    return code;
}

/* Vault's globs: `*` at the end only. */
static bool role_is_allowed(const vc_transform_transformation *there, const char *role)
{
    const char *allowed;
    for (size_t i = 0; (allowed = vc_transform_transformation_allowed_role(there, i)); i++) {
        const size_t len = strlen(allowed);
        if (strcmp(allowed, role) == 0 || (len && allowed[len - 1] == '*' && strncmp(allowed, role, len - 1) == 0))
            return true;
    }
    return false;
}

/* Every role under which some field of the schema uses the transformation of `field`, once. */
static vc_code allow_roles(const vc_schema *schema, const vc_field *field, vc_transform_transformation *made, vc_error *err)
{
    const vc_rule *rule;
    const vc_field *other;
    for (size_t r = 0; (rule = vc_schema_rule_at(schema, r)); r++)
        for (size_t f = 0; (other = vc_rule_field_at(rule, f)); f++) {
            const char *role = vc_field_option(other, "role");
            if (!role || !same(vc_field_option(other, "mount"), vc_field_option(field, "mount")) ||
                !same(vc_field_option(other, "transformation"), vc_field_option(field, "transformation")) ||
                role_is_allowed(made, role))
                continue;
            const vc_code code = vc_transform_transformation_add_allowed_role(made, role, err);
            if (code)
                return code;
        }
    return VC_OK;
}

static vc_code make_transformation(struct objects *objects, const char *name, const vc_field *field, vc_error *err)
{
    vc_transform_transformation *made = vc_transform_transformation_new("fpe", err);
    vc_code code = made ? vc_transform_transformation_set_template(made, vc_field_option(field, "setup.template"), err) : VC_E_MEMORY;
    if (!code)
        code = vc_transform_transformation_set_tweak_source(made, vc_field_option(field, "tweak_source"), err);
    if (!code)
        code = allow_roles(objects->schema, field, made, err);
    if (!code)
        code = vc_transform_transformation_write(objects->client, name, made, err);
    vc_transform_transformation_free(made);
    return code;
}

static vc_code ensure_transformation(struct objects *objects, const vc_field *field, vc_error *err)
{
    char name[NAME_ROOM], under[2 * NAME_ROOM];
    const char *role = vc_field_option(field, "role"), *template = vc_field_option(field, "setup.template");
    snprintf(name, sizeof name, "%s/%s", vc_field_option(field, "mount"), vc_field_option(field, "transformation"));
    snprintf(under, sizeof under, "%s %s", name, role);
    const bool first = first_time(objects, "transformation", name);
    if (!first_time(objects, "transformation under role", under) || (!first && objects->dry_run))
        return VC_OK;
    vc_transform_transformation *there =
        mount_is_there(objects, field) ? vc_transform_transformation_read(objects->client, name, err) : NULL;
    vc_code code = mount_is_there(objects, field) ? found(there, err) : VC_E_NOT_FOUND;
    if (code == VC_OK) {
        if (!same(vc_transform_transformation_tweak_source(there), vc_field_option(field, "tweak_source")))
            tell_difference(objects, "transformation", name, "its tweak_source is another one");
        else if (template && !same(vc_transform_transformation_template(there), template))
            tell_difference(objects, "transformation", name, "its template is another one");
        else if (!role_is_allowed(there, role))
            tell_difference(objects, "transformation", name, "it does not allow the role");
        else if (first)
            tell(objects, true, "transformation", name);
    } else if (code == VC_E_NOT_FOUND && !template) {
        tell_missing(objects, "transformation", name, "the schema has no `setup` to make it");
        code = VC_OK;
    } else if (code == VC_E_NOT_FOUND) {
        code = objects->dry_run ? VC_OK : make_transformation(objects, name, field, err);
        if (!code)
            tell(objects, false, "transformation", name);
    }
    vc_transform_transformation_free(there);
    return code;
}

static bool role_has(const vc_transform_role *role, const char *transformation)
{
    for (size_t i = 0; role && i < vc_transform_role_transformation_count(role); i++)
        if (strcmp(vc_transform_role_transformation(role, i), transformation) == 0)
            return true;
    return false;
}

/* A role gains a transformation and loses none. */
static vc_code ensure_role(struct objects *objects, const vc_field *field, vc_error *err)
{
    char name[NAME_ROOM];
    const char *transformation = vc_field_option(field, "transformation");
    snprintf(name, sizeof name, "%s/%s", vc_field_option(field, "mount"), vc_field_option(field, "role"));
    vc_transform_role *role = mount_is_there(objects, field) ? vc_transform_role_read(objects->client, name, err) : NULL;
    vc_code code = mount_is_there(objects, field) ? found(role, err) : VC_E_NOT_FOUND;
    const bool there = code == VC_OK;
    if (there && (!transformation || role_has(role, transformation))) {
        if (first_time(objects, "role", name))
            tell(objects, true, "role", name);
    } else if (!transformation && code == VC_E_NOT_FOUND) {
        tell_missing(objects, "role", name, "the schema names no transformation for it");
        code = VC_OK;
    } else if (there || code == VC_E_NOT_FOUND) {
        code = VC_OK;
        if (!role && !(role = vc_transform_role_new(err)))
            code = VC_E_MEMORY;
        if (!code)
            code = vc_transform_role_add_transformation(role, transformation, err);
        if (!code && !objects->dry_run)
            code = vc_transform_role_write(objects->client, name, role, err);
        if (!code)
            tell(objects, false, there ? "transformation in role" : "role", name);
    }
    vc_transform_role_free(role);
    return code;
}

vc_code objects_ensure_field(struct objects *objects, const vc_field *field, vc_error *err)
{
    const char *mount = vc_field_option(field, "mount");
    if (!mount) /* nothing of it is Vault's */
        return VC_OK;
    if (strcmp(vc_field_method(field), "transform") != 0) {
        const vc_code code = ensure_mount(objects, mount, "transit", err);
        return code ? code : ensure_key(objects, field, err);
    }
    vc_code code = ensure_mount(objects, mount, "transform", err);
    if (!code)
        code = ensure_template(objects, field, err);
    if (!code && vc_field_option(field, "transformation"))
        code = ensure_transformation(objects, field, err);
    return code ? code : ensure_role(objects, field, err);
}

/* One that opens must be RSA, one that signs Ed25519; a public half alone may be of any use. */
static void look_at_pair(struct objects *objects, const vc_transit_key *key, const char *name, bool opens, bool signs)
{
    const char *type = vc_transit_key_type(key);
    if (opens && strncmp(type, "rsa-", 4) != 0)
        tell_difference(objects, "key", name, "it is of a type that opens nothing that a public key protected: it must be rsa-2048, rsa-3072 or rsa-4096");
    else if (signs && strcmp(type, "ed25519") != 0)
        tell_difference(objects, "key", name, "it is of a type that does not sign tokens: it must be ed25519");
    else
        tell(objects, true, "key", name);
}

static vc_code ensure_pair(struct objects *objects, const vc_schema_origin *origin, bool opens, bool signs, vc_error *err)
{
    const char *mount = vc_schema_origin_option(origin, "vault.mount"), *key = vc_schema_origin_option(origin, "vault.key");
    char name[NAME_ROOM];
    if (!key)
        return VC_OK;
    snprintf(name, sizeof name, "%.500s/%.500s", mount, key);
    vc_code code = ensure_mount(objects, mount, "transit", err);
    if (code || !first_time(objects, "key", name))
        return code;
    const bool mounted = !objects->dry_run || vc_sys_mounts_type(objects->mounts, mount);
    vc_transit_key *there = mounted ? vc_transit_key_read(objects->client, name, err) : NULL;
    code = mounted ? found(there, err) : VC_E_NOT_FOUND;
    if (!code) {
        look_at_pair(objects, there, name, opens, signs);
    } else if (code == VC_E_NOT_FOUND && (opens || signs)) {
        code = objects->dry_run ? VC_OK : make_key(objects, name, opens ? "rsa-3072" : "ed25519", err);
        if (!code)
            tell(objects, false, "key", name);
    } else if (code == VC_E_NOT_FOUND) {
        tell_missing(objects, "key", name, "`public` names it, and nothing in the schema says what it is for");
        code = VC_OK;
    }
    vc_transit_key_free(there);
    return code;
}

vc_code objects_ensure_pairs(struct objects *objects, vc_error *err)
{
    vc_code code = VC_OK;
    const vc_schema_key *key;
    const vc_schema_origin *origin;
    for (size_t k = 0; !code && (key = vc_schema_key_at(objects->schema, k)); k++) {
        const char *name = vc_schema_key_name(key);
        const bool opens = policy_uses(objects->schema, name, VC_OPEN, POLICY_PRIVATE),
                   signs = policy_uses(objects->schema, name, VC_PROTECT, POLICY_SIGN) || policy_uses(objects->schema, name, VC_OPEN, POLICY_VERIFY);
        for (size_t n = 0; !code && (origin = vc_schema_key_private_at(key, n)); n++)
            code = ensure_pair(objects, origin, opens, signs, err);
        for (size_t n = 0; !code && (origin = vc_schema_key_public_at(key, n)); n++)
            code = ensure_pair(objects, origin, opens, signs, err);
    }
    return code;
}

vc_code objects_ensure_policy(struct objects *objects, const char *name, const char *text, vc_error *err)
{
    vc_bytes there = VC_BYTES_INIT;
    vc_code code = vc_sys_policy_read(objects->client, name, &there, err);
    if (code == VC_OK) {
        if (strcmp(there.data, text) != 0)
            tell_difference(objects, "policy", name, "its text is another one (--policy prints ours)");
        else
            tell(objects, true, "policy", name);
    } else if (code == VC_E_NOT_FOUND) {
        code = objects->dry_run ? VC_OK : vc_sys_policy_write(objects->client, name, vc_str(text), err);
        if (!code)
            tell(objects, false, "policy", name);
    }
    vc_bytes_free(&there);
    return code;
}
