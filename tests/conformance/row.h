/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row.h - one line of a suite: what is asked, and what must come. README.md tells its members. What differs between servers is
 * laid over the row here, so that the rest sees one expectation.
 */
#ifndef VC__CONFORMANCE_ROW_H
#define VC__CONFORMANCE_ROW_H

#include "conformance/values.h"

/* A server as rows speak of it: the more particular a tag, the later it stands. */
typedef struct server_tags {
    const char *label;    /* "emulator vault-2.1", "openbao", "vault 1.14.2" */
    const char *tags[6];  /* NULL behind the last */
} server_tags;

bool tags_have(const server_tags *tags, const char *tag);

typedef struct suite_row {
    struct json_object *json; /* as in the file, with what differs laid over */
    const char *name, *method, *path;
    char *why;                /* NULL: as everywhere; else why this server differs */
} suite_row;

/* False: the line is not a row, and `wrong` (to be freed) says why. */
bool row_read(suite_row *row, const char *line, const server_tags *tags, char **wrong);
void row_cleanup(suite_row *row);

/* Is it for such a server? */
bool row_is_for(const suite_row *row, const server_tags *tags);

/* Members; NULL or the default when they are not there. */
struct json_object *row_get(const suite_row *row, const char *name);
const char *row_text(const suite_row *row, const char *name);
long row_number(const suite_row *row, const char *name, long otherwise);

/* The body as it is sent, with values; NULL: none. To be freed. */
char *row_body(const suite_row *row, value_set *values);

/* "POST transit/encrypt/:name": the line of the table that it belongs to. To be freed. */
char *row_endpoint(const suite_row *row);

#endif
