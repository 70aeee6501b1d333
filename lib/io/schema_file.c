/* SPDX-License-Identifier: Apache-2.0 */
/* The schema that stands in a file. Reading alone is here; all else is lib/schema. */
#include "base/error.h"
#include "io/file.h"

#include <vaultcrypt/schema.h>

enum { SCHEMA_BYTES = 1 << 20 }; /* what lib/yaml takes */

vc_schema *vc_schema_open(const char *file, vc_error *err)
{
    if (!file || !*file) {
        vc__error(err, VC_E_ARGUMENT, "the name of the schema's file is missing");
        return NULL;
    }
    vc__auto(vc__buf) text = VC__BUF(SCHEMA_BYTES);
    return vc__file_read(file, "the schema", &text, err) ? NULL : vc_schema_parse(vc__buf_get(&text), file, err);
}
