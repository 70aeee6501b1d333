/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.h - the named values of a run: {root}, what replies gave ({7}, {token}), and what a row makes itself. Texts of rows
 * refer to them in braces; a name that is not known stays as it stands.
 *
 * Threads: one owner.
 */
#ifndef VC__CONFORMANCE_VALUES_H
#define VC__CONFORMANCE_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* Every member of an object, `name` and `value` declared here. json-c's own macro is a GNU statement expression. */
#define EACH_MEMBER(object, name, value)                                                                         \
    const char *name = NULL;                                                                                     \
    json_object *value = NULL;                                                                                   \
    for (struct lh_entry *entry_of_##name = lh_table_head(json_object_get_object(object)), *after_##name = NULL; \
         entry_of_##name && (name = lh_entry_k(entry_of_##name), value = lh_entry_v(entry_of_##name),            \
                             after_##name = lh_entry_next(entry_of_##name), true);                               \
         entry_of_##name = after_##name)

typedef struct value_set value_set;

value_set *values_new(void);
void values_free(value_set *);
void values_set(value_set *, const char *name, size_t name_len, const char *text, size_t len);
void values_forget(value_set *, const char *name);
const char *values_get(const value_set *, const char *name, size_t name_len); /* NULL: not known */

/* The length of "{name}" at `text`, and where the name is; 0 when there is none. */
size_t value_name(const char *text, const char **name, size_t *name_len);

/* `text` with its values; `json`: escaped as within a string of JSON. To be freed. */
char *values_expand(const value_set *, const char *text, bool json);

/*
 * Does `actual` look like `expected`? In `expected` a string "{*}" is any string, "{int}" an integer, "{bool}" one of those, "{any}"
 * anything, "{absent}" a member that must not be there; within a string {*} is any text, {name} the value of that
 * name, or a new one that is taken from here. An array's last element "{rest}" lets more follow. `whole`: objects may have
 * no other members, but for those that `extra` (an array of strings, or NULL) names. Returns NULL, or what is wrong, to be freed.
 */
char *values_match(value_set *, struct json_object *expected, struct json_object *actual, bool whole, struct json_object *extra,
                   const char *where);

/* printf into fresh memory. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
