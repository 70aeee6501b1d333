/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_client.h - a stand-in for libvaultcrypt under the stream's tests: the public calls that a stream
 * makes, without schema, JSON or network. Protecting turns "text" into "P(text)"; opening takes it off again. Targets begin with "out".
 * A record that starts with "bad" has an error of its own, and the rest of its text is a canary. What Vault
 * does is set in the client. A message whose value starts with "carry" has its key protected likewise, and a header more.
 * A schema that is made of a text (that of dead letters) protects values of any bytes: fake_token() tells how.
 */
#ifndef VC__FAKE_CLIENT_H
#define VC__FAKE_CLIENT_H

#include <stdatomic.h>
#include <vaultcrypt/client.h>

struct vc_client {
    struct vc_client *of;  /* a scope: of that client */
    atomic_int canceled;
    atomic_int trouble;  /* a vc_code: every batch fails with it; 0: all is well */
    atomic_int lacks;    /* records that end with 7, or 7), have no key here: whoever protects, or opens under an old schema */
    atomic_int delay_ms; /* a batch takes that long, unless it is canceled */
    atomic_int runs;
    atomic_int refusals; /* batches that failed */
    atomic_int key_trouble;  /* a vc_code, for batches of schemas made of a text only */
    atomic_int capabilities; /* that it has everywhere; -1: asking for them fails */
};

/* A field of the fake schema, with those of its options that are asked for; NULL: not set. */
struct vc_field {
    const char *method, *key, *mount, *source, *format, *accept, *path;
};

struct vc_schema {
    vc_on_error on_error;
    const char *context; /* of its rule; NULL: "ctx" */
    const struct vc_field *fields;
    size_t field_count;
    char *text; /* what it was made of */
    const char *id, *mark; /* NULL: "0123456789abcdef", and "P"; the mark is what stands before what is protected */
};

/* What `bytes` become under a schema of a text: "T", its length in 4 digits, the text, and the bytes with every bit turned. */
vc_bytes fake_token(const char *schema_text, vc_view bytes);

/* The text of the schema that was made last, as long as any is; "" before. */
const char *fake_schema_text(void);

#endif
