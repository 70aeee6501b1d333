/* SPDX-License-Identifier: Apache-2.0 */
/* What vaultcrypt-view reads of a browser's request, and writes of Kafka's bytes: the first line is a host, the second cookies, the rest a form and a value. */
#include "fuzz.h"

#include "view_json.h"
#include "view_request.h"

static char *text_of(vc_view view)
{
    char *text = malloc(view.len + 1);
    HOLDS(text);
    if (view.len)
        memcpy(text, view.data, view.len);
    text[view.len] = 0;
    return text;
}

/* What is written is one line of ASCII and UTF-8 without a tag, and no longer than its bytes allow. */
static void write_value(vc_view value, size_t most)
{
    view_json json = VIEW_JSON_INIT(1 << 20);
    size_t good;
    view_json_bytes(&json, value, most);
    HOLDS(!json.failed);
    HOLDS(view_json_is_utf8(vc_view_of(json.data, json.len), &good) && good == json.len);
    for (size_t i = 0; i < json.len; i++)
        HOLDS((unsigned char)json.data[i] >= 0x20 && json.data[i] != '<' && json.data[i] != '>' && json.data[i] != '&');
    HOLDS(json.len <= 64 + 6 * (value.len < most ? value.len : most));
    view_json_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const option_list hosts = { { "view.example" }, 1 };
    vc_view rest = vc_view_of(data, size < 4096 ? size : 4096);
    const vc_view lines[2] = { fuzz_line(&rest), fuzz_line(&rest) };
    char *host = text_of(lines[0]), *cookies = text_of(lines[1]), *origin = malloc(lines[0].len + 8), value[32];
    HOLDS(origin);
    sprintf(origin, "http://%s", host);
    HOLDS(view_origin_is_ours(origin, host));
    if (view_host_is_fine(host, &hosts)) /* nothing but letters, digits and what stands between them */
        HOLDS(host[0] && host[strspn(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:[]")] == 0);
    if (view_cookie(cookies, "v", value, sizeof value))
        HOLDS(strlen(value) < sizeof value && strstr(cookies, value) && !strchr(value, ';'));
    if (view_form_value(rest, "token", value, sizeof value))
        HOLDS(strlen(value) < sizeof value);
    write_value(rest, 100);
    write_value(rest, lines[0].len);
    free(host);
    free(cookies);
    free(origin);
    return 0;
}
