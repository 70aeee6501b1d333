/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/filename.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <strings.h>

#define OURS ".vaultcrypt-"
#define PART ".part"

static vc_code refuse(vc_error *err, const char *why)
{
    return vc__error(err, VC_E_REFUSED, "the name of the file cannot be taken: %s", why);
}

bool vc__filename_is_ours(const char *name)
{
    return strncmp(name, OURS, sizeof OURS - 1) == 0;
}

/* C0, DEL, C1, and the separators that terminals and scripts take for the end of a line. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static bool has_control(vc_view name)
{
    for (size_t at = 0; at < name.len;)
        if (is_control(vc__utf8_next(name, &at)))
            return true;
    return false;
}

/* CON, PRN, AUX, NUL, COM1 to COM9, LPT1 to LPT9, with whatever behind the first dot (Microsoft: Naming Files, Paths, and Namespaces). */
static bool is_device(vc_view name)
{
    static const char *const devices[] = { "CON", "PRN", "AUX", "NUL" };
    const char *dot = memchr(name.data, '.', name.len);
    size_t len = dot ? (size_t)(dot - name.data) : name.len;
    while (len && name.data[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (len == 3 && strncasecmp(name.data, devices[i], 3) == 0)
            return true;
    return len == 4 && (strncasecmp(name.data, "COM", 3) == 0 || strncasecmp(name.data, "LPT", 3) == 0) &&
           name.data[3] >= '0' && name.data[3] <= '9';
}

static vc_code check_portable(vc_view name, vc_error *err)
{
    for (size_t i = 0; i < name.len; i++)
        if (strchr("<>:\"\\|?*", name.data[i]))
            return refuse(err, "Windows does not allow one of its characters");
    if (name.data[name.len - 1] == '.' || name.data[name.len - 1] == ' ')
        return refuse(err, "Windows does not allow a dot or blank at the end");
    return is_device(name) ? refuse(err, "Windows has a device of that name") : VC_OK;
}

vc_code vc__filename_check(vc_view name, bool portable, vc_error *err)
{
    if (!name.len)
        return refuse(err, "it is empty");
    if (name.len > VC__NAME_MOST)
        return refuse(err, "it is longer than 255 bytes");
    if (memchr(name.data, '/', name.len))
        return refuse(err, "it names a folder");
    if (memchr(name.data, 0, name.len) || vc__utf8_valid(name) != name.len)
        return refuse(err, "it is not UTF-8");
    if (has_control(name))
        return refuse(err, "it has a control character");
    if (vc__view_is(name, ".") || vc__view_is(name, ".."))
        return refuse(err, "it is a folder's");
    if (name.len >= sizeof OURS - 1 && strncasecmp(name.data, OURS, sizeof OURS - 1) == 0) /* not every file system tells them apart */
        return refuse(err, "names that begin with " OURS " are kept for what is under way");
    return portable ? check_portable(name, err) : VC_OK;
}

void vc__filename_id(char out[2 * VC__TRANSFER_ID + 1], const unsigned char id[VC__TRANSFER_ID])
{
    static const char digits[] = "0123456789abcdef"; /* a journal has many */
    for (size_t i = 0; i < VC__TRANSFER_ID; i++) {
        out[2 * i] = digits[id[i] >> 4];
        out[2 * i + 1] = digits[id[i] & 15];
    }
    out[2 * VC__TRANSFER_ID] = 0;
}

void vc__filename_part(char out[VC__PART_NAME_ROOM], const unsigned char id[VC__TRANSFER_ID])
{
    char hex[2 * VC__TRANSFER_ID + 1];
    vc__filename_id(hex, id);
    snprintf(out, VC__PART_NAME_ROOM, OURS "%s" PART, hex);
}

bool vc__filename_is_part(const char *name)
{
    enum { FRONT = sizeof OURS - 1, DIGITS = 2 * VC__TRANSFER_ID };
    return vc__filename_is_ours(name) && strspn(name + FRONT, "0123456789abcdef") == DIGITS &&
           strcmp(name + FRONT + DIGITS, PART) == 0;
}

char *vc__filename_show(char *out, size_t room, vc_view name)
{
    size_t at = 0, n = 0;
    while (at < name.len && n + 5 < room) {
        const size_t len = vc__utf8_sequence(name.data + at, name.len - at);
        size_t next = at;
        if (len && !is_control(vc__utf8_next(vc_view_of(name.data, name.len), &next))) {
            memcpy(out + n, name.data + at, len);
            n += len;
        } else {
            out[n++] = '?';
        }
        at += len ? len : 1;
    }
    out[n] = 0;
    return out;
}
