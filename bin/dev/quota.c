/* SPDX-License-Identifier: Apache-2.0 */
#include "quota.h"

#include "base/alloc.h"
#include "base/text.h"
#include "clock.h"
#include "mount.h"
#include "param.h"
#include "reply.h"

#include <math.h>
#include <stdio.h>

enum { PATH_ROOM = 1024 };

/* Requests are counted in windows: the first opens one, and it fills. */
typedef struct rule {
    char path[PATH_ROOM];               /* empty: everywhere */
    double rate;                        /* requests in an interval */
    long long interval, block_interval; /* seconds */
    bool inheritable;
    uint64_t opened;  /* dev_now() of the window; 0: none yet */
    uint64_t blocked; /* until then all are refused */
    uint64_t counted;
} rule;

/* In the order in which they are listed. */
static const char *const exempt[] = { "sys/generate-recovery-token/attempt",
                                      "sys/generate-recovery-token/update",
                                      "sys/generate-root/attempt",
                                      "sys/generate-root/update",
                                      "sys/health",
                                      "sys/seal-status",
                                      "sys/unseal" };

void dev_quotas_init(dev_quotas *quotas)
{
    pthread_mutex_init(&quotas->lock, NULL);
    quotas->rules.free_item = vc__free;
    quotas->exempting = true;
}

void dev_quotas_free(dev_quotas *quotas)
{
    dev_names_free(&quotas->rules);
    pthread_mutex_destroy(&quotas->lock);
}

/* The rule with the longest path that fits. */
static rule *find(const dev_quotas *quotas, const dev_request *request)
{
    rule *best = NULL;
    vc__auto(vc__buf) whole = VC__BUF(2 * PATH_ROOM * 8);
    vc__buf_str(&whole, request->space->path);
    vc__buf_view(&whole, vc__buf_get(&request->path));
    for (size_t i = 0; !whole.failed && i < quotas->rules.count; i++) {
        rule *each = quotas->rules.list[i].item;
        if (vc__view_starts(vc__buf_get(&whole), each->path) &&
            (!best || strlen(each->path) > strlen(best->path)))
            best = each;
    }
    return best;
}

static bool is_exempt(const dev_quotas *quotas, const dev_request *request)
{
    for (size_t i = 0; quotas->exempting && i < sizeof exempt / sizeof exempt[0]; i++)
        if (vc__view_is(vc__buf_get(&request->path), exempt[i]))
            return true;
    return false;
}

/* Whether the request may go on; `*wait` is then or else in how many seconds the window ends. */
static bool take(rule *each, uint64_t now, uint64_t *remaining, uint64_t *wait)
{
    const uint64_t window = (uint64_t)each->interval * 1000;
    const uint64_t most = (uint64_t)ceil(each->rate);
    *remaining = 0;
    if (now < each->blocked) {
        *wait = (each->blocked - now) / 1000;
        return false;
    }
    if (each->opened == 0 || now - each->opened >= window) {
        each->opened = now;
        each->counted = 0;
    }
    *wait = (each->opened + window - now) / 1000;
    if (each->counted >= most) {
        if (each->block_interval) {
            each->blocked = now + (uint64_t)each->block_interval * 1000;
            *wait = (uint64_t)each->block_interval;
        }
        return false;
    }
    *remaining = most - ++each->counted;
    return true;
}

bool dev_quotas_admit(dev_request *request)
{
    dev_quotas *quotas = request->server->quotas;
    uint64_t remaining = 0, wait = 0, most = 0;
    pthread_mutex_lock(&quotas->lock);
    rule *each = is_exempt(quotas, request) ? NULL : find(quotas, request);
    const bool admitted = !each || take(each, dev_now(), &remaining, &wait);
    const bool told = each && quotas->headers;
    most = each ? (uint64_t)ceil(each->rate) : 0;
    pthread_mutex_unlock(&quotas->lock);
    if (!admitted)
        dev_reply_error(request, 429, "request path \"%s\": rate limit quota exceeded", request->path.data);
    if (told) {
        dev_reply_header(request, "X-Ratelimit-Limit", "%llu", (unsigned long long)most);
        dev_reply_header(request, "X-Ratelimit-Remaining", "%llu", (unsigned long long)remaining);
        dev_reply_header(request, "X-Ratelimit-Reset", "%llu", (unsigned long long)wait);
    }
    if (told && !admitted)
        dev_reply_header(request, "Retry-After", "%llu", (unsigned long long)wait);
    return admitted;
}

/* -- endpoints; they find the server's lock taken, and take the quotas' -- */

void dev_quota_list(dev_request *request)
{
    dev_reply_keys(request, &request->server->quotas->rules);
}

static void write_rate(vc__buf *out, double rate)
{
    out_key(out, "rate");
    if (rate == floor(rate) && rate < 1e15)
        out_int(out, (long long)rate);
    else
        vc__buf_printf(out, "%.15g", rate);
}

void dev_quota_read(dev_request *request)
{
    const rule *each = dev_names_get(&request->server->quotas->rules, request->args[0]);
    if (!each) {
        dev_reply_missing(request);
        return;
    }
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_int(out, "block_interval", each->block_interval);
    if (request->server->flavour->openbao)
        out_member_bool(out, "inheritable", each->inheritable);
    out_member_int(out, "interval", each->interval);
    out_key(out, "name");
    out_string(out, request->args[0]);
    out_member(out, "path", each->path);
    write_rate(out, each->rate);
    out_member(out, "role", "");
    out_member(out, "type", "rate-limit");
    out_close(out, '}');
}

/* The path as it is kept: a mount's own with its slash, what is deeper without. False: answered. */
static bool read_path(dev_request *request, rule *each)
{
    vc_view path;
    size_t len = 0;
    if (!dev_param_string(request, "path", &path))
        return false;
    while (path.len && path.data[path.len - 1] == '/')
        path.len--;
    if (path.len == 0) {
        each->path[0] = 0;
        each->inheritable = true;
        return true;
    }
    const bool own = vc__view_starts(path, "sys") && (path.len == 3 || path.data[3] == '/');
    if (vc__view_starts(path, "auth/")) {
        const vc_view rest = vc_view_of(path.data + 5, path.len - 5);
        len = dev_mount_find(&request->space->auths, rest, &len) ? len + 5 : 0;
    } else if (!dev_mount_find(&request->space->mounts, path, &len)) {
        len = own ? 3 : 0;
    }
    if (len == 0 || path.len + 2 > sizeof each->path) {
        dev_reply_error(request, 400, "invalid mount path \"%.*s/\"", (int)path.len, path.data);
        return false;
    }
    snprintf(each->path, sizeof each->path, "%.*s%s", (int)path.len, path.data, path.len <= len ? "/" : "");
    return true;
}

/* A number, or one in a string. */
static bool read_rate(dev_request *request, rule *each)
{
    json_object *value = dev_param(request, "rate");
    if (value)
        each->rate = json_object_get_double(value);
    if (each->rate > 0)
        return true;
    dev_reply_error(request, 400, "'rate' is invalid");
    return false;
}

static const char *same_path(const dev_quotas *quotas, vc_view name, const char *path)
{
    for (size_t i = 0; i < quotas->rules.count; i++) {
        const rule *other = quotas->rules.list[i].item;
        if (!vc__view_is(name, quotas->rules.list[i].name) && strcmp(other->path, path) == 0)
            return quotas->rules.list[i].name;
    }
    return NULL;
}

void dev_quota_write(dev_request *request)
{
    dev_quotas *quotas = request->server->quotas;
    const rule *old = dev_names_get(&quotas->rules, request->args[0]);
    rule *each = vc__calloc(1, sizeof *each);
    if (!each) {
        dev_reply_error(request, 500, "out of memory");
        return;
    }
    if (old)
        *each = *old;
    else
        each->interval = 1;
    each->opened = each->blocked = 0;
    if (!read_path(request, each) || !read_rate(request, each) ||
        !dev_param_duration(request, "interval", &each->interval) ||
        !dev_param_duration(request, "block_interval", &each->block_interval) ||
        !dev_param_bool(request, "inheritable", &each->inheritable)) {
        vc__free(each);
        return;
    }
    const char *other = same_path(quotas, request->args[0], each->path);
    if (other) {
        vc__free(each);
        dev_reply_error(request, 400, "quota rule with similar properties exists under the name \"%s\"",
                        other);
        return;
    }
    pthread_mutex_lock(&quotas->lock);
    const bool kept = dev_names_put(&quotas->rules, request->args[0], each);
    pthread_mutex_unlock(&quotas->lock);
    if (kept)
        dev_reply_empty(request);
    else
        dev_reply_error(request, 500, "out of memory");
}

void dev_quota_delete(dev_request *request)
{
    dev_quotas *quotas = request->server->quotas;
    pthread_mutex_lock(&quotas->lock);
    dev_names_drop(&quotas->rules, request->args[0]);
    pthread_mutex_unlock(&quotas->lock);
    dev_reply_empty(request);
}

void dev_quota_config_read(dev_request *request)
{
    const dev_quotas *quotas = request->server->quotas;
    vc__buf *out = dev_reply_data(request);
    out_open(out, '{');
    out_member_bool(out, "enable_rate_limit_audit_logging", false);
    out_member_bool(out, "enable_rate_limit_response_headers", quotas->headers);
    out_key(out, "rate_limit_exempt_paths");
    out_open(out, '[');
    for (size_t i = 0; quotas->exempting && i < sizeof exempt / sizeof exempt[0]; i++)
        out_string(out, vc_str(exempt[i]));
    out_close(out, ']');
    out_close(out, '}');
}

/* Writing it forgets the paths that are exempt by default, as the real ones do. */
void dev_quota_config_write(dev_request *request)
{
    dev_quotas *quotas = request->server->quotas;
    bool headers = quotas->headers;
    if (!dev_param_bool(request, "enable_rate_limit_response_headers", &headers))
        return;
    pthread_mutex_lock(&quotas->lock);
    quotas->headers = headers;
    quotas->exempting = false;
    pthread_mutex_unlock(&quotas->lock);
    dev_reply_empty(request);
}
