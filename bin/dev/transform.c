/* SPDX-License-Identifier: Apache-2.0 */
/* transform.c - the engine's table, and its roles. */
#include "transform.h"

#include "base/alloc.h"
#include "base/error.h"
#include "param.h"
#include "reply.h"

static void role_free(void *item)
{
    json_object_put(item);
}

static void state_free(void *item)
{
    transform *state = item;
    dev_names_free(&state->roles);
    dev_names_free(&state->kinds);
    dev_names_free(&state->templates);
    dev_names_free(&state->alphabets);
    dev_names_free(&state->stores);
    pthread_mutex_destroy(&state->tokens_lock);
    vc__free(state);
}

static void *state_new(dev_server *server, vc_error *err)
{
    (void)server;
    transform *state = vc__calloc(1, sizeof *state);
    if (!state) {
        vc__error_memory(err);
        return NULL;
    }
    pthread_mutex_init(&state->tokens_lock, NULL);
    state->roles.free_item = role_free;
    state->stores.free_item = role_free;
    state->kinds.free_item = transform_kind_free;
    state->templates.free_item = transform_template_free;
    state->alphabets.free_item = transform_alphabet_free;
    if (!transform_shapes_setup(state, err)) {
        state_free(state);
        return NULL;
    }
    return state;
}

bool transform_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

void transform_list(dev_request *request, const dev_names *names)
{
    const char *filter = dev_query(request, "filter");
    vc__buf *out = dev_reply_data(request);
    size_t count = 0;
    vc__buf_str(out, "{\"keys\":[");
    for (size_t i = 0; i < names->count; i++) {
        if (!filter || transform_glob(filter, names->list[i].name)) {
            out_string(out, vc_str(names->list[i].name));
            count++;
        }
    }
    vc__buf_str(out, "]}");
    if (count == 0)
        dev_reply_missing(request);
}

static void role_write(dev_request *request)
{
    json_object *list = NULL;
    if (!dev_param_list(request, "transformations", &list))
        return;
    if (!list)
        list = json_object_new_array();
    if (list && dev_names_put(&transform_of(request)->roles, request->args[0], list))
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

static void role_read(dev_request *request)
{
    json_object *list = dev_names_get(&transform_of(request)->roles, request->args[0]);
    if (!list) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_json(out, "transformations",
                    json_object_to_json_string_ext(list, JSON_C_TO_STRING_NOSLASHESCAPE));
    out_close(out, '}');
}

static void role_delete(dev_request *request)
{
    dev_names_drop(&transform_of(request)->roles, request->args[0]);
    dev_reply_empty(request);
}

static void role_list(dev_request *request)
{
    transform_list(request, &transform_of(request)->roles);
}

static void no_import(dev_request *request)
{
    dev_reply_error(request, 400, "this emulator imports no keys for transform");
}

#define KIND_FIELDS                                                                                          \
    " template tweak_source masking_character allowed_roles deletion_allowed max_tweak_len type name "          \
    "mapping_mode convergent max_ttl stores "

#define CRUD(read, write, delete) { [DEV_READ] = read, [DEV_UPDATE] = write, [DEV_DELETE] = delete }
#define TEMPLATE CRUD(transform_template_read, transform_template_write, transform_template_delete)
#define ALPHABET CRUD(transform_alphabet_read, transform_alphabet_write, transform_alphabet_delete)
#define KIND CRUD(transform_kind_read, transform_kind_write, transform_kind_delete)

static const dev_route routes[] = {
    { "encode/:name", { [DEV_UPDATE] = transform_encode }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "decode/:name", { [DEV_UPDATE] = transform_decode }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "decode/:name/:name", { [DEV_UPDATE] = transform_decode }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "role", { [DEV_LIST] = role_list }, DEV_SHARED, NULL, NULL },
    { "role/:name", CRUD(role_read, role_write, role_delete), 0, " transformations name ", NULL },
    { "template", { [DEV_LIST] = transform_template_list }, DEV_SHARED, NULL, NULL },
    { "template/:name", TEMPLATE, 0, " type pattern alphabet encode_format decode_formats name ", NULL },
    { "template/builtin/:name",
      CRUD(transform_template_read, transform_builtin_write, transform_builtin_write), 0, NULL, NULL },
    { "alphabet", { [DEV_LIST] = transform_alphabet_list }, DEV_SHARED, NULL, NULL },
    { "alphabet/:name", ALPHABET, 0, " alphabet name ", NULL },
    { "alphabet/builtin/:name",
      CRUD(transform_alphabet_read, transform_builtin_write, transform_builtin_write), 0, NULL, NULL },
    { "transformation", { [DEV_LIST] = transform_kind_list }, DEV_SHARED, NULL, NULL },
    { "transformation/:name", KIND, 0, KIND_FIELDS, NULL },
    { "transformations/fpe", { [DEV_LIST] = transform_kind_list }, DEV_SHARED, NULL, NULL },
    { "transformations/fpe/:name", KIND, 0, KIND_FIELDS, NULL },
    { "transformations/masking", { [DEV_LIST] = transform_kind_list }, DEV_SHARED, NULL, NULL },
    { "transformations/masking/:name", KIND, 0, KIND_FIELDS, NULL },
    { "transformations/tokenization", { [DEV_LIST] = transform_kind_list }, DEV_SHARED, NULL, NULL },
    { "transformations/tokenization/:name", KIND, 0, KIND_FIELDS, NULL },
    { "transformations/tokenization/snapshot/:name", { [DEV_UPDATE] = transform_snapshot }, 0, " limit continuation name ",
      NULL },
    { "transformations/tokenization/restore/:name", { [DEV_UPDATE] = transform_restore }, 0, " values name ", NULL },
    { "transformations/tokenization/export-decoded/:name", { [DEV_UPDATE] = transform_export }, 0,
      " limit continuation name ", NULL },
    { "transformations/fpe/:name/import", { [DEV_UPDATE] = no_import }, 0, NULL, NULL },
    { "transformations/tokenization/:name/import", { [DEV_UPDATE] = no_import }, 0, NULL, NULL },
    { "transformations/tokenization/:name/import_version", { [DEV_UPDATE] = no_import }, 0, NULL, NULL },
    { "stores", { [DEV_LIST] = transform_store_list }, DEV_SHARED, NULL, NULL },
    { "stores/:name", CRUD(transform_store_read, transform_store_write, transform_store_delete), 0,
      " type driver connection_string username password supported_transformations schema max_open_connections "
      "max_idle_connections max_connection_lifetime name ",
      NULL },
    { "stores/:name/schema", { [DEV_UPDATE] = transform_store_schema }, 0, " username password transformation_type name ",
      NULL },
    { "tokenization/keys", { [DEV_LIST] = transform_keys_list }, DEV_SHARED, NULL, NULL },
    { "tokenization/keys/:name", { [DEV_READ] = transform_keys_read }, DEV_SHARED, NULL, NULL },
    { "tokenization/keys/:name/rotate", { [DEV_UPDATE] = transform_keys_rotate }, 0, NULL, NULL },
    { "tokenization/keys/:name/config", { [DEV_UPDATE] = transform_keys_config }, 0,
      " min_decryption_version auto_rotate_period name ", NULL },
    { "tokenization/keys/:name/trim", { [DEV_UPDATE] = transform_keys_trim }, 0, " min_available_version name ", NULL },
    { "validate/:name", { [DEV_UPDATE] = transform_validate }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "tokenized/:name", { [DEV_UPDATE] = transform_tokenized, [DEV_DELETE] = transform_value_delete },
      DEV_SHARED | DEV_RAW, NULL, NULL },
    { "metadata/:name", { [DEV_UPDATE] = transform_metadata }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "tokens/:name", { [DEV_UPDATE] = transform_token_list, [DEV_DELETE] = transform_token_delete },
      DEV_SHARED | DEV_RAW, NULL, NULL },
    { "rewrap/:name", { [DEV_UPDATE] = transform_rewrap }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "wrapping_key", { [DEV_READ] = no_import }, 0, NULL, NULL },
    { 0 },
};

const dev_engine dev_transform = { "transform", routes, state_new, state_free };
