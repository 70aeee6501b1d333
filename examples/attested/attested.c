/* SPDX-License-Identifier: Apache-2.0 */
#include "attested.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    if (value && *value)
        return value;
    if (!otherwise) {
        say("environment variable '%s' is not set", name);
        exit(1);
    }
    return otherwise;
}

void open_log(void)
{
    const char *name = variable("LOG_FILE", "");
    if (*name && !freopen(name, "ae", stderr))
        exit(1);
    setvbuf(stderr, NULL, _IOLBF, 0);
}

void say(const char *format, ...)
{
    char when[32] = "";
    const time_t now = time(NULL);
    struct tm parts;
    va_list list;
    if (localtime_r(&now, &parts))
        strftime(when, sizeof when, "%Y/%m/%d %H:%M:%S ", &parts);
    fputs(when, stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

vc_schema *demo_schema(const char *head)
{
    char text[4096];
    vc_error err = VC_ERROR_INIT;
    snprintf(text, sizeof text, "version: 1\n%srecords:\n  - name: demo\n    topics: [\"*\"]\n    value: {%s: {key: " DEMO_KEY "}}\n", head,
             variable("METHOD", "rsa-oaep"));
    vc_schema *schema = vc_schema_parse(vc_str(text), "the demo's schema", &err);
    if (!schema)
        die(&err);
    return schema;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

vc_code run_here(vc_batch *batch, vc_error *err)
{
    const struct timespec pause = { .tv_nsec = 5000000 };
    uint64_t now, until;
    vc_step step;
    for (;;) { /* private keys work in turns; one that is missing is looked for by the key source's thread */
        now = now_ms();
        until = UINT64_MAX;
        step = vc_batch_step(batch, now, &until, err);
        if (step != VC_STEP_WAIT || until == UINT64_MAX)
            break;
        if (until > now)
            nanosleep(&pause, NULL);
    }
    if (step == VC_STEP_DONE)
        return VC_OK;
    if (step == VC_STEP_FAILED)
        return err->code;
    say("this method asks a server; these programs have none");
    exit(1);
}
