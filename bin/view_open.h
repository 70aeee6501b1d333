/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_open.h - opens messages by the schema, and makes records of them, whatever comes of it. What of a record's fields could not be opened is
 * found by a second look at each (a survey), so that the page can say which.
 *
 * Threads: an opener has one owner; view_opener_stop() may be called by others.
 */
#ifndef VC_BIN_VIEW_OPEN_H
#define VC_BIN_VIEW_OPEN_H

#include "view_record.h"

#include <vaultcrypt/client.h>

typedef struct view_opener view_opener;

/* `schema` NULL: nothing is opened, and no client is needed. `rule`: for all records; NULL: by topic. Both are borrowed. */
view_opener *view_opener_new(vc_client *client, vc_schema *schema, const vc_rule *rule, size_t show, vc_error *err);
void view_opener_free(view_opener *opener);

/*
 * A record of each message; NULL in `records` where there was no memory for it. `patience`: milliseconds that Vault may take in all; 0: as
 * the client was configured.
 */
void view_opener_run(view_opener *opener, view_message *const *messages, size_t count, uint64_t patience, view_record **records);

/* Why Vault did not answer, or refused as a whole, in the last run; "": it did not. */
const char *view_opener_trouble(const view_opener *opener);

/* Whether that was Vault (or the way there), and not what one may do there. */
bool view_opener_is_away(const view_opener *opener);

/* Ends a run that waits, and all later ones. From any thread. */
void view_opener_stop(view_opener *opener);

#endif
