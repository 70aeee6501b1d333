/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_settings.h - the table of a stream's settings: from it come the reader of the configuration file, the program's options and help, and what
 * the manual page is held against. Settings of `kafka.` are not in it: they are librdkafka's.
 *
 * Threads: constant.
 */
#ifndef VC__KAFKA_STREAM_SETTINGS_H
#define VC__KAFKA_STREAM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vaultcrypt/error.h>

typedef enum vc__setting_kind {
    VC__SETTING_TEXT = 0,
    VC__SETTING_LIST,     /* of texts */
    VC__SETTING_FILE,     /* in a configuration file its name counts from there */
    VC__SETTING_NUMBER,
    VC__SETTING_TIME,     /* milliseconds, 10ms, 5m; a bare number is seconds */
    VC__SETTING_CHOICE    /* one of the words of `argument` */
} vc__setting_kind;

typedef struct vc__stream_setting {
    const char *name;
    vc__setting_kind kind;
    const char *argument; /* what stands behind the = of its option */
    const char *fallback; /* NULL: none */
    const char *help;
    const char *vault;    /* its name for vc_config_set(), which has the last word on the value; NULL: none of those */
    bool secret;
} vc__stream_setting;

/* Sorted by their groups; ends in a NULL name. */
extern const vc__stream_setting vc__stream_settings[];

/* How many there are, and room for all. */
size_t vc__stream_setting_count(void);

/* -1: there is none. */
int vc__stream_setting_find(vc_view name);

/* Whether it is the start of names, as `stream.batch` is. */
bool vc__stream_setting_group(vc_view name);

/* For "did you mean"; NULL when none is near. */
const char *vc__stream_setting_nearest(vc_view name);

/* VC_E_CONFIG, with what is expected instead of `value`. Vault's own are not looked into. */
vc_code vc__stream_setting_check(const vc__stream_setting *setting, const char *value, vc_error *err);

/* Of values that have been checked. */
uint64_t vc__stream_setting_number(const vc__stream_setting *setting, const char *value);

#endif
