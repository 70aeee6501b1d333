/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/fetch_need.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/failure.h"

/* -- life ---------------------------------------------------------------------------------------------- */

void vc__fetch_init(vc__fetch *fetch, vc_keyring *ring)
{
    *fetch = (vc__fetch){ .ring = vc_keyring_ref(ring), .deadline_ms = VC__SPREAD_DEADLINE_MS, .failure = VC_ERROR_INIT };
    atomic_init(&fetch->beat_ms, 0);
    vc__spread_init(&fetch->spread, &vc__fetch_owner, fetch);
    fetch->by_name.seed = ring->flights.seed;
}

static void free_need(vc__need *need)
{
    if (need->request_used)
        vc__request_cleanup(need->request);
    vc__free(need->request);
    vc__datakey_unref(need->key);
    vc__free(need->error);
    vc__free(need);
}

/* Lets others have what this one was fetching. */
static void release(vc__fetch *fetch, const vc__need *need)
{
    vc__keyname name;
    vc__need_name(need, &name);
    vc__ring_release(fetch->ring, &name, &fetch->beat_ms);
}

void vc__fetch_clear(vc__fetch *fetch)
{
    if (!fetch->ring)
        return;
    for (size_t i = 0; i < fetch->singles.count; i++)
        vc__single_harvest(fetch, fetch->singles.at[i]);
    for (size_t i = 0; i < fetch->needs.count; i++) {
        if (fetch->needs.at[i]->state == VC__NEED_ASKED)
            release(fetch, fetch->needs.at[i]);
        free_need(fetch->needs.at[i]);
    }
    for (vc__needs_place *place = fetch->places, *next; place; place = next) {
        next = place->next;
        vc__free(place);
    }
    fetch->places = NULL;
    vc__table_free(&fetch->by_name);
    vc__spread_clear(&fetch->spread);
    fetch->needs.count = fetch->stated.count = fetch->order.count = fetch->singles.count = 0;
    fetch->wanted = fetch->ahead = 0;
    fetch->requests = fetch->retries = fetch->end_ms = 0;
    fetch->running = fetch->failed = false;
    vc_error_clear(&fetch->failure);
}

void vc__fetch_cleanup(vc__fetch *fetch)
{
    if (!fetch->ring)
        return;
    vc__fetch_clear(fetch);
    vc__spread_cleanup(&fetch->spread);
    vc__free(fetch->needs.at);
    vc__free(fetch->stated.at);
    vc__free(fetch->order.at);
    vc__free(fetch->singles.at);
    vc_keyring_unref(fetch->ring);
    *fetch = (vc__fetch){ 0 };
}

vc_code vc__fetch_set_limits(vc__fetch *fetch, size_t items, size_t bytes, size_t in_flight, uint64_t deadline_ms, vc_error *err)
{
    const vc_code code = vc__spread_set_limits(&fetch->spread, items, bytes, in_flight, err);
    if (!code && deadline_ms)
        fetch->deadline_ms = deadline_ms;
    return code;
}

void vc__fetch_end_by(vc__fetch *fetch, uint64_t at_ms)
{
    fetch->end_ms = at_ms;
}

void vc__fetch_count(const vc__fetch *fetch, uint64_t *requests, uint64_t *retries)
{
    *requests = fetch->requests + fetch->spread.requests;
    *retries = fetch->retries + fetch->spread.retries;
}

/* -- needs --------------------------------------------------------------------------------------------- */

bool vc__need_push(vc__need_list *list, vc__need *need)
{
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 8;
        vc__need **more = vc__realloc(list->at, room, sizeof *more);
        if (!more)
            return false;
        list->at = more;
        list->room = room;
    }
    list->at[list->count++] = need;
    return true;
}

void vc__need_name(const vc__need *need, vc__keyname *name)
{
    memcpy(name->bytes, need->node.key.data, need->name_len);
    name->len = need->name_len;
}

static bool is_hard(const vc__need *need)
{
    return need->kind != VC__NEED_AHEAD;
}

void vc__need_settle(vc__fetch *fetch, vc__need *need)
{
    if (need->state == VC__NEED_SETTLED)
        return;
    if (need->state == VC__NEED_ASKED)
        release(fetch, need);
    need->state = VC__NEED_SETTLED;
    *(is_hard(need) ? &fetch->wanted : &fetch->ahead) -= 1;
}

vc_code vc__need_fail(vc__fetch *fetch, vc__need *need, const vc_error *why)
{
    if (!need->error && !(need->error = vc__calloc(1, sizeof *need->error)))
        return VC_E_MEMORY;
    *need->error = (vc_error)VC_ERROR_INIT;
    vc__error_copy(need->error, why);
    vc__need_settle(fetch, need);
    return VC_OK;
}

vc_code vc__need_give(vc__fetch *fetch, vc__need *need, vc__datakey *key)
{
    need->key = vc__datakey_ref(key);
    vc__need_settle(fetch, need);
    return VC_OK;
}

/* The key is the one with the id that was asked for. */
static bool is_the_one(const vc__need *need, const vc__datakey *key)
{
    return need->kind != VC__NEED_OPENING || need->foreign || vc__secret_equal(need->id, vc__datakey_id(key));
}

static vc_code take_key(vc__fetch *fetch, vc__need *need, vc__datakey *key, vc_error *err)
{
    if (!is_the_one(need, key)) {
        vc_error why = VC_ERROR_INIT;
        vc__unauthentic(&why);
        return vc__need_fail(fetch, need, &why) ? vc__error_memory(err) : VC_OK;
    }
    vc__keyname name;
    vc__need_name(need, &name);
    const vc_code code = vc__ring_keep(fetch->ring, &name, key, fetch->now_ms, err);
    return code ? code : vc__need_give(fetch, need, key);
}

vc_code vc__need_open(vc__fetch *fetch, vc__need *need, vc_view bytes, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    if (bytes.len != VC__KEY_SIZE) {
        vc__unauthentic(&why);
        return vc__need_fail(fetch, need, &why) ? vc__error_memory(err) : VC_OK;
    }
    const vc__key_kind kind = need->kind == VC__NEED_PRF ? VC__KEY_PRF : VC__KEY_RANDOM;
    vc__autoptr(vc__datakey) key =
        vc__datakey_make(fetch->ring->slots, kind, bytes, need->place, need->version, need->wrapped, &why);
    if (!key)
        return vc__error_copy(err, &why), why.code;
    return take_key(fetch, need, key, err);
}

/* -- statements ---------------------------------------------------------------------------------------- */

static const vc__keyplace *keep_place(vc__fetch *fetch, const vc__keyplace *place)
{
    for (const vc__needs_place *have = fetch->places; have; have = have->next)
        if (vc__keyplace_equal(&have->place, place))
            return &have->place;
    const char *mount = vc__keyplace_mount(place);
    const size_t mount_len = strlen(mount) + 1, name_len = strlen(place->name) + 1;
    vc__needs_place *made = vc__calloc(1, sizeof *made + mount_len + name_len);
    if (!made)
        return NULL;
    char *behind = (char *)(made + 1);
    made->place = (vc__keyplace){ place->source, memcpy(behind, mount, mount_len), memcpy(behind + mount_len, place->name, name_len) };
    made->next = fetch->places;
    fetch->places = made;
    return &made->place;
}

/* Copies onto `*at`, which moves. */
static vc_view put(char **at, vc_view bytes)
{
    if (bytes.len)
        memcpy(*at, bytes.data, bytes.len);
    const vc_view copy = vc_view_of(*at, bytes.len);
    *at += bytes.len;
    return copy;
}

/* One that is not there yet, found by `full`, of which the first `name_len` bytes are its name in the ring; all is copied. */
static vc__need *add_need(vc__fetch *fetch, const vc__keyplace *place, vc_view full, size_t name_len, const vc__need *with, vc_error *err)
{
    vc__need *need = vc__calloc(1, sizeof *need + full.len + with->id.len + with->wrapped.len + with->text.len);
    const vc__keyplace *kept = need ? keep_place(fetch, place) : NULL;
    if (!kept || !vc__need_push(&fetch->needs, need)) {
        vc__free(need);
        vc__error_memory(err);
        return NULL;
    }
    char *behind = (char *)(need + 1);
    need->node.key = put(&behind, full);
    need->name_len = name_len;
    need->id = put(&behind, with->id);
    need->wrapped = put(&behind, with->wrapped);
    need->text = put(&behind, with->text);
    need->kind = with->kind;
    need->foreign = with->foreign;
    need->place = kept;
    need->version = with->version;
    need->number = (uint32_t)(fetch->needs.count - 1);
    need->state = VC__NEED_SETTLED; /* until it is stated */
    if (!vc__table_add(&fetch->by_name, &need->node)) {
        fetch->needs.count--;
        vc__free(need);
        vc__error_memory(err);
        return NULL;
    }
    return need;
}

/* Settled, or new -> stated. */
static vc_code state_need(vc__fetch *fetch, vc__need *need, vc_error *err)
{
    if (!vc__need_push(&fetch->stated, need))
        return vc__error_memory(err);
    need->state = VC__NEED_STATED;
    *(is_hard(need) ? &fetch->wanted : &fetch->ahead) += 1;
    return VC_OK;
}

static vc_code check_open(const vc__fetch *fetch, const vc__keyplace *place, vc_error *err)
{
    if (!fetch->ring)
        return vc__error(err, VC_E_STATE, "a fetch needs a keyring");
    if (fetch->failed)
        return vc__error(err, VC_E_STATE, "the fetch has failed: clear it first");
    return vc__keyplace_check(place, err);
}

/* One that needs nobody else. */
static vc_code make_here(vc__fetch *fetch, const vc__keyplace *place, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    vc__autoptr(vc__datakey) key = (vc__source_is_pair(place->source) ? vc__pair_make : vc__static_make)(fetch->ring, place, &why);
    if (!key)
        return vc__error_copy(err, &why), why.code;
    return vc__ring_install(fetch->ring, key, vc__ring_now(fetch->ring), err);
}

/* A new key for a place, or the next one; a need of the other kind becomes what is needed more. */
static vc_code state_use(vc__fetch *fetch, vc__need_kind kind, const vc__keyplace *place, vc_error *err)
{
    vc__keyname name;
    vc__keyname_use(&name, place);
    vc__need *need = (vc__need *)vc__table_find(&fetch->by_name, vc__keyname_view(&name));
    if (!need)
        need = add_need(fetch, place, vc__keyname_view(&name), name.len, &(vc__need){ .kind = kind }, err);
    if (!need)
        return VC_E_MEMORY;
    if (need->state == VC__NEED_SETTLED) { /* in an earlier run */
        need->kind = kind;
        return state_need(fetch, need, err);
    }
    if (kind == VC__NEED_USE && need->kind == VC__NEED_AHEAD) {
        need->kind = kind;
        fetch->ahead--;
        fetch->wanted++;
    }
    return VC_OK;
}

vc_code vc__fetch_use(vc__fetch *fetch, const vc__keyplace *place, vc_error *err)
{
    const vc_code code = check_open(fetch, place, err);
    if (code)
        return code;
    return place->source != VC__SOURCE_VAULT ? make_here(fetch, place, err) : state_use(fetch, VC__NEED_USE, place, err);
}

vc_code vc__fetch_ahead(vc__fetch *fetch, const vc__keyplace *place, uint64_t now_ms, vc_error *err)
{
    const vc_code code = check_open(fetch, place, err);
    if (code || place->source != VC__SOURCE_VAULT || !vc__ring_wants_ahead(fetch->ring, place, now_ms))
        return code;
    return state_use(fetch, VC__NEED_AHEAD, place, err);
}

/* What a static key, or a private one that is here, answers at once. */
static vc_code answer_here(vc__fetch *fetch, vc__need *need, const char *purpose, vc_view context, vc_error *err)
{
    vc_error why = VC_ERROR_INIT;
    fetch->now_ms = vc__ring_now(fetch->ring);
    vc__autoptr(vc__datakey) key = need->kind == VC__NEED_PRF
                                       ? vc__static_prf(fetch->ring, need->place, need->version, purpose, context, &why)
                                   : vc__source_is_pair(need->place->source) ? vc__pair_open(fetch->ring, need->place, need->wrapped, &why)
                                       : vc__static_open(fetch->ring, need->place, need->wrapped, &why);
    if (key)
        return take_key(fetch, need, key, err);
    if (vc_code_class(why.code) == VC_CLASS_DATA)
        return vc__need_fail(fetch, need, &why) ? vc__error_memory(err) : VC_OK;
    vc__error_copy(err, &why);
    return why.code;
}

/* A need that was new is stated, or answered. */
static vc_code begin_need(vc__fetch *fetch, vc__need *need, const char *purpose, vc_view context, vc_error *err)
{
    if (need->key || need->error || need->state != VC__NEED_SETTLED)
        return VC_OK;
    if (need->place->source == VC__SOURCE_VAULT)
        return state_need(fetch, need, err);
    need->state = VC__NEED_STATED;
    fetch->wanted++;
    const vc_code code = answer_here(fetch, need, purpose, context, err);
    vc__need_settle(fetch, need);
    return code;
}

/* As Vault wants it: "vault:vN:" and Base64. */
static vc_code opening_text(vc__buf *text, uint64_t version, vc_view wrapped, vc_error *err)
{
    vc__buf_printf(text, "vault:v%llu:", (unsigned long long)version);
    vc__base64_encode(text, wrapped);
    return vc__buf_check(text, "a wrapped key", err);
}

static vc_code state_opening(vc__fetch *fetch, const vc__keyplace *place, vc_view key_id, uint64_t version, vc_view wrapped, bool foreign,
                             uint32_t *number, vc_error *err)
{
    vc_code code = check_open(fetch, place, err);
    if (code)
        return code;
    if (key_id.len != VC__KEY_ID_SIZE || !wrapped.len || wrapped.len > VC__KEY_WRAPPED_MAX ||
        (place->source == VC__SOURCE_VAULT && !version))
        return vc__unauthentic(err);
    /* The same id with other wrapped bytes, forged perhaps, is asked about by itself: one record does not suffer for another. */
    vc__keyname name;
    vc__keyname_opening(&name, place, key_id);
    vc__auto(vc__buf) full = VC__BUF(sizeof name.bytes + sizeof version + VC__KEY_WRAPPED_MAX);
    vc__buf_view(&full, vc__keyname_view(&name));
    vc__buf_append(&full, (const char *)&version, sizeof version);
    vc__buf_view(&full, wrapped);
    code = vc__buf_check(&full, "a need", err);
    if (code)
        return code;
    vc__need *need = (vc__need *)vc__table_find(&fetch->by_name, vc__buf_get(&full));
    vc__auto(vc__buf) text = VC__BUF(2 * VC__KEY_WRAPPED_MAX);
    if (!need) {
        code = opening_text(&text, version, wrapped, err);
        const vc__need with = {
            .kind = VC__NEED_OPENING, .version = version, .id = key_id, .foreign = foreign, .wrapped = wrapped, .text = vc__buf_get(&text)
        };
        need = code ? NULL : add_need(fetch, place, vc__buf_get(&full), name.len, &with, err);
    }
    if (!need)
        return code ? code : VC_E_MEMORY;
    *number = need->number;
    return begin_need(fetch, need, NULL, vc_str(NULL), err);
}

vc_code vc__fetch_opening(vc__fetch *fetch, const vc__keyplace *place, vc_view key_id, uint64_t version, vc_view wrapped,
                          uint32_t *number, vc_error *err)
{
    return state_opening(fetch, place, key_id, version, wrapped, false, number, err);
}

vc_code vc__fetch_foreign(vc__fetch *fetch, const vc__keyplace *place, vc_view name, uint64_t version, vc_view wrapped, uint32_t *number,
                          vc_error *err)
{
    return state_opening(fetch, place, name, version, wrapped, true, number, err);
}

vc_code vc__fetch_prf(vc__fetch *fetch, const vc__keyplace *place, uint64_t version, const char *purpose, vc_view context,
                      uint32_t *number, vc_error *err)
{
    vc_code code = check_open(fetch, place, err);
    if (code)
        return code;
    if (!purpose || strlen(purpose) > VC__PURPOSE_MAX || context.len > VC__CONTEXT_MAX)
        return vc__error(err, VC_E_ARGUMENT, "a context has at most %d bytes", VC__CONTEXT_MAX);
    if (!version && place->source == VC__SOURCE_VAULT)
        return vc__error(err, VC_E_ARGUMENT, "a key that is computed needs a version of Vault's key");
    vc__keyname name;
    vc__keyname_prf(&name, place, version, purpose, context);
    vc__need *need = (vc__need *)vc__table_find(&fetch->by_name, vc__keyname_view(&name));
    vc__auto(vc__buf) label = VC__BUF(1024);
    if (!need) {
        vc__prf_label(&label, purpose, context);
        code = vc__buf_check(&label, "a label", err);
        const vc__need with = { .kind = VC__NEED_PRF, .version = version, .text = vc__buf_get(&label) };
        need = code ? NULL : add_need(fetch, place, vc__keyname_view(&name), name.len, &with, err);
    }
    if (!need)
        return code ? code : VC_E_MEMORY;
    *number = need->number;
    return begin_need(fetch, need, purpose, context, err);
}

/* -- results ------------------------------------------------------------------------------------------- */

bool vc__fetch_wanted(const vc__fetch *fetch)
{
    return fetch->wanted || fetch->ahead;
}

vc__datakey *vc__fetch_key(const vc__fetch *fetch, uint32_t need)
{
    return need < fetch->needs.count ? fetch->needs.at[need]->key : NULL;
}

const vc_error *vc__fetch_error(const vc__fetch *fetch, uint32_t need)
{
    return need < fetch->needs.count ? fetch->needs.at[need]->error : NULL;
}
