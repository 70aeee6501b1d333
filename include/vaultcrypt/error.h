/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h - what went wrong, in a form for programs (code, class, retryable) and for people (message).
 *
 * A fallible function returns a vc_code (or NULL, for constructors) and fills the vc_error that the caller hands in;
 * NULL is accepted where no detail is wanted. Filling never allocates. A message never holds key, token, plaintext or
 * ciphertext bytes, nor names or values of the caller's records.
 *
 * Threads: a vc_error belongs to its caller.
 */
#ifndef VAULTCRYPT_ERROR_H
#define VAULTCRYPT_ERROR_H

#include <vaultcrypt/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vc_code {
    VC_OK = 0,

    /* The call itself, or this process's resources */
    VC_E_ARGUMENT = 1,    /* an argument is not acceptable */
    VC_E_STATE = 2,       /* not now: wrong order of calls */
    VC_E_MEMORY = 3,      /* out of memory */
    VC_E_LIMIT = 4,       /* a maximum is exceeded */
    VC_E_UNSUPPORTED = 5, /* known, but not built into this version */
    VC_E_IO = 6,          /* a file cannot be read or written */
    VC_E_CANCELED = 7,    /* stopped on request */
    VC_E_INTERNAL = 8,    /* a library failed in a way that should not happen */

    /* Configuration and schema */
    VC_E_CONFIG = 20,  /* configuration cannot be used */
    VC_E_SCHEMA = 21,  /* the schema is invalid: `source`, `line`, `column` say where */
    VC_E_PATH = 22,    /* a JSON path is invalid or uses what is not supported */
    VC_E_NO_RULE = 23, /* no rule of the schema applies */

    /* One record, alone: on_error decides what becomes of it */
    VC_E_JSON = 40,       /* not a JSON text (RFC 8259): `offset`, `line`, `column` say where */
    VC_E_MISSING = 41,    /* a field of the rule is not in the record */
    VC_E_TYPE = 42,       /* a field has a type that its method does not take */
    VC_E_AMBIGUOUS = 43,  /* duplicate member, or two fields of the rule overlap in this record */
    VC_E_UNLISTED = 44,   /* `unlisted: fail`, and the record has a field that no rule names */
    VC_E_PROTECTED = 45,  /* already protected */
    VC_E_PLAINTEXT = 46,  /* plaintext where ciphertext is due */
    VC_E_CIPHERTEXT = 47, /* the ciphertext cannot be authenticated or is malformed */
    VC_E_REFUSED = 48,    /* Vault refused this one value */
    VC_E_TOO_LARGE = 49,  /* one value is larger than a request may be */
    VC_E_SIGNATURE = 50,  /* the signature or HMAC of a value is not right */
    VC_E_NO_KEY = 51,     /* the key of a key pair that opens, verifies, protects or signs a value is not here; for the latter two the batch fails */

    /* Vault, and the way there: never about one record */
    VC_E_CONNECT = 60,   /* no connection (name, address, refused, reset) */
    VC_E_TLS = 61,       /* TLS failed: certificate, name, protocol */
    VC_E_TIMEOUT = 62,   /* no answer, or the deadline passed */
    VC_E_PROTOCOL = 63,  /* an answer that is not Vault's */
    VC_E_DENIED = 64,    /* 403: policy, or the token is gone */
    VC_E_NOT_FOUND = 65, /* no such mount, key, role or object */
    VC_E_REQUEST = 66,   /* Vault refused the request (400, 405, 413, 415) */
    VC_E_SEALED = 67,    /* 503: sealed, standby, maintenance, or not initialised */
    VC_E_BUSY = 68,      /* 429: a quota */
    VC_E_SERVER = 69,    /* another 5xx */
    VC_E_SPENT = 70,     /* a wrapping token that was used before, has expired or never was */

    /* Kafka */
    VC_E_KAFKA = 80, /* librdkafka reported an error */
    VC_E_FENCED = 81 /* another copy of the same name has taken this one's place */
} vc_code;

typedef enum vc_class {
    VC_CLASS_NONE = 0,
    VC_CLASS_USAGE,     /* mend the program */
    VC_CLASS_RESOURCE,  /* memory, files, limits of this process */
    VC_CLASS_CONFIG,    /* mend the configuration or the schema */
    VC_CLASS_DATA,      /* one record; others are not touched */
    VC_CLASS_AUTH,      /* token or policy */
    VC_CLASS_TRANSPORT, /* network, TLS, time-outs */
    VC_CLASS_SERVER     /* Vault or Kafka answered, with an error */
} vc_class;

/* `size` tells the library how much room the caller's structure has, so that it can grow. Start from VC_ERROR_INIT. */
typedef struct vc_error {
    size_t size;
    vc_code code;
    int retryable;   /* 1: the same call may succeed later */
    int http_status; /* of Vault's reply; 0 when there was none */
    int reserved;
    size_t line, column;     /* 1-based place in `source` or in the record; 0 when not known */
    size_t offset;           /* byte offset in the record, 0-based; meaningful when `line` is not 0 */
    char request_id[64];     /* Vault's request id, for its audit log; "" when not known */
    char source[128];        /* file, or path of the rule; "" when not known */
    char message[512];       /* for people: what is wrong, and what to do */
    void *reserved_room[8];
} vc_error;

#if defined(__cplusplus) && __cplusplus >= 201103L
#define VC_ERROR_INIT { sizeof(vc_error), VC_OK, 0, 0, 0, 0, 0, 0, "", "", "", { nullptr } }
#else
#define VC_ERROR_INIT { sizeof(vc_error), VC_OK, 0, 0, 0, 0, 0, 0, "", "", "", { NULL } }
#endif

/* The class of a code. Unknown codes are VC_CLASS_SERVER. */
VC_API vc_class vc_code_class(vc_code code);

/* A short constant name such as "sealed"; never NULL. */
VC_API const char *vc_code_name(vc_code code);

/* Back to VC_OK; `size` stays. */
VC_API void vc_error_clear(vc_error *err);

/*
 * One line for people: "source:line:column: message (HTTP 503, request id ...)", cut to `room` bytes with the NUL.
 * Returns `text`. A cleared error gives "no error".
 */
VC_API char *vc_error_format(const vc_error *err, char *text, size_t room);

#ifdef __cplusplus
}
#endif

#endif
