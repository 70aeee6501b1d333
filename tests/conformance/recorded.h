/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorded.h - a server that answers what a real one once did: the recorded reply of the case that was chosen, byte for byte, to
 * whoever asks for its method and path. It keeps what was wrong with a request.
 */
#ifndef VC__CONFORMANCE_RECORDED_H
#define VC__CONFORMANCE_RECORDED_H

#include "conformance/row.h"

typedef struct recording recording;

/* `file`: a line of JSON for each case. Dies when it cannot be read. */
recording *recorded_start(const char *file);
void recorded_stop(recording *);
const char *recorded_address(const recording *);

/* False: there is no such case. `strict`: the request must be the recorded one, to the byte of its body. */
bool recorded_choose(recording *, const char *name, bool strict);

/* What was wrong with the requests since then; NULL: nothing. To be freed. */
char *recorded_complaint(recording *);

size_t recorded_count(const recording *);

#endif
