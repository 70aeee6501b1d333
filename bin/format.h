/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - how a record is printed: kcat's format strings and its JSON envelope, byte for byte as kcat 1.7.1 has them. */
#ifndef VC_BIN_FORMAT_H
#define VC_BIN_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <vaultcrypt/message.h>

enum { FORMAT_MOST = 128 };

typedef struct format_item {
    char token; /* one of %skSKRTtpoh's letters; 0: text */
    vc_bytes text;
} format_item;

typedef struct format {
    format_item items[FORMAT_MOST];
    size_t count;
    bool show_null; /* -Z: null and empty keys and values are "NULL" */
} format;

/* A record, as it is to be shown. */
typedef struct format_record {
    vc_message message;
    int32_t partition, broker;
    int64_t offset, timestamp;  /* -1: none */
    const char *timestamp_type; /* "create", "logappend", or NULL: none */
} format_record;

/* Escapes \n \r \t \xNN \NNN (decimal; octal with a 0 in front) become bytes. False: no memory. */
bool format_unescape(const char *text, vc_bytes *bytes);

/* A format string onto what is there. NULL, or what is wrong with it. */
const char *format_add(format *f, const char *text);

/* Text as it is, once unescaped, onto what is there. NULL, or what is wrong. */
const char *format_add_text(format *f, const char *text);
const char *format_add_token(format *f, char token);

void format_free(format *f);

/* Errors of the stream are left to ferror(). */
void format_print(const format *f, const format_record *record, FILE *to);
/* The envelope, without anything behind it. */
void format_print_json(const format_record *record, FILE *to);

#endif
