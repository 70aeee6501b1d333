/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role_table.h - what the ways to log in have in common: a mount with a configuration and a table of things
 * by name, each with parameters of tokens, that is listed, read, written and deleted alike.
 */
#ifndef VC__DEV_ROLE_TABLE_H
#define VC__DEV_ROLE_TABLE_H

#include "login.h"

/*
 * One role, certificate or user. `fields` is the kind's own: json-c's object of what it was given, with
 * every member that it shows.
 */
typedef struct dev_entry {
    json_object *fields;
    dev_token_params token;
} dev_entry;

typedef struct dev_table {
    json_object *config; /* NULL: none yet */
    dev_names entries;   /* name -> dev_entry */
    dev_names groups;    /* of ldap */
} dev_table;

void *dev_table_new(dev_server *server, vc_error *err);
void dev_table_free(void *state);

static inline dev_table *dev_table_of(const dev_request *request)
{
    return request->mount->state;
}

dev_entry *dev_entry_find(const dev_names *names, vc_view name);

/* What a field of an entry is. */
typedef enum dev_field_type {
    DEV_FIELD_TEXT = 0,
    DEV_FIELD_BOOL,
    DEV_FIELD_SECONDS,
    DEV_FIELD_LIST,
    DEV_FIELD_TABLE /* an object, taken as it is */
} dev_field_type;

typedef struct dev_field {
    const char *name;
    dev_field_type type;
    const char *otherwise; /* JSON: what it is when it was never given */
} dev_field;

/*
 * Reads the fields (up to one without a name) of the body into `object`, over what is there; with what is
 * usual for those that are nowhere. False: answered.
 */
bool dev_fields_read(dev_request *request, const dev_field *fields, json_object *object);

/* A field's value; never NULL for a text. */
const char *dev_field_text(json_object *object, const char *name);
json_object *dev_field_value(json_object *object, const char *name);
long long dev_field_int(json_object *object, const char *name);
bool dev_field_bool(json_object *object, const char *name);

/* A copy of the entry with the body read over it, not in the table yet. NULL: answered. */
dev_entry *dev_entry_read(dev_request *request, const dev_field *fields, const dev_entry *old);
void dev_entry_free(void *entry);

/* Puts it in the table under the name that the path has, and answers 204. */
void dev_entry_store(dev_request *request, dev_entry *entry);

/* The endpoints that are alike. */
void dev_entry_list(dev_request *request);
void dev_entry_show(dev_request *request);
void dev_entry_delete(dev_request *request);
bool dev_entry_exists(const dev_request *request);

/* Shows the configuration, without the members named in `hidden` (each between spaces). */
void dev_config_show(dev_request *request, const char *hidden);

#endif
