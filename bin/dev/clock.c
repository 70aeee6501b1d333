/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NANOS = 1000000000 };

uint64_t dev_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t dev_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NANOS + now.tv_nsec;
}

void dev_time_write(vc__buf *out, int64_t wall)
{
    const time_t seconds = (time_t)(wall / NANOS);
    struct tm parts;
    char text[64], fraction[16];
    gmtime_r(&seconds, &parts);
    snprintf(fraction, sizeof fraction, ".%09d", (int)(wall % NANOS));
    for (size_t i = strlen(fraction); i > 0 && (fraction[i - 1] == '0' || fraction[i - 1] == '.'); i--)
        fraction[i - 1] = 0;
    const size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + len, sizeof text - len, "%sZ", fraction);
    out_string(out, vc_str(text));
}

/* Without random bytes nothing here makes sense: tokens and keys would be guessable. */
static void bytes(vc__random *random, unsigned char *out, size_t len)
{
    if (vc__random_bytes(random, out, len, NULL) != VC_OK)
        abort();
}

void dev_hex(vc__random *random, char *out, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        unsigned char byte;
        bytes(random, &byte, 1);
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    out[2 * len] = 0;
}

void dev_uuid(vc__random *random, char *out)
{
    char hex[33];
    dev_hex(random, hex, 16);
    sprintf(out, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

void dev_letters(vc__random *random, char *out, size_t len)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < len;) {
        unsigned char byte;
        bytes(random, &byte, 1);
        if (byte < 248) /* 4 * 62: no letter is likelier than another */
            out[i++] = letters[byte % 62];
    }
    out[len] = 0;
}
