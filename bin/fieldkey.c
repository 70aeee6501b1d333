/* SPDX-License-Identifier: Apache-2.0 */
#include "fieldkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entry `i` of "a, b, c"; its length, 0: there is none. */
static size_t entry_of(const char *list, size_t i, const char **entry)
{
    for (; list && i; i--) {
        list = strstr(list, ", ");
        list = list ? list + 2 : NULL;
    }
    *entry = list;
    return list ? strcspn(list, ",") : 0;
}

bool fieldkey_name(const vc_field *field, size_t i, char *name, size_t room)
{
    const char *mount = vc_field_option(field, "mount"), *entry = vc_field_option(field, "key");
    if (!mount || !entry)
        return false;
    const size_t len = i ? entry_of(vc_field_option(field, "accept"), i - 1, &entry) : strlen(entry);
    if (!len)
        return false;
    if (memchr(entry, '/', len)) /* of another mount */
        snprintf(name, room, "%.*s", (int)len, entry);
    else
        snprintf(name, room, "%s/%.*s", mount, (int)len, entry);
    return true;
}

bool fieldkey_encrypts(const vc_field *field)
{
    return strcmp(vc_field_method(field), "transit") == 0 || strcmp(vc_field_method(field), "envelope") == 0;
}

bool fieldkey_refuses(const vc_transit_key *key, const char *version, char *text, size_t room)
{
    if (!version)
        return false;
    const unsigned long long pinned = strtoull(version, NULL, 10), latest = vc_transit_key_latest_version(key),
                             encrypts = vc_transit_key_min_encryption_version(key), decrypts = vc_transit_key_min_decryption_version(key);
    if (pinned > latest)
        snprintf(text, room, "its latest version is %llu, and the schema pins `key_version` %llu", latest, pinned);
    else if (pinned < encrypts || pinned < decrypts)
        snprintf(text, room, "its %s is %llu, and the schema pins `key_version` %llu, with which Vault refuses to compute then",
                 pinned < encrypts ? "min_encryption_version" : "min_decryption_version", pinned < encrypts ? encrypts : decrypts, pinned);
    else
        return false;
    return true;
}
