/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/refusal.h"

#include "base/text.h"

/* The one text for every ciphertext that fails authentication, whatever the reason. */
#define NOT_AUTHENTIC                                                                                        \
    "the ciphertext cannot be authenticated: another key, another context or associated data, or it was "    \
    "changed"
#define MALFORMED "this is not a ciphertext of Vault's transit engine, or a damaged one"
#define NO_KEY                                                                                               \
    "no such key: create it (`vaultcrypt key create MOUNT/NAME`, or `vaultcrypt setup`), or mend its name"
#define NO_ENGINE                                                                                            \
    "no secrets engine answers at this path: enable it at this mount (`vault secrets enable`, or `vaultcrypt " \
    "setup`), or mend the mount's name"
#define NO_SIGNATURE "the signature or HMAC is not right: another key or version, another value, or it was changed"
#define NO_ALGORITHM "the server does not know this algorithm, or not with this type of key"
#define NO_SUCH_MATERIAL "the key has no part of that type: a signing key signs, a public key is of a pair"
#define NOT_WRAPPED                                                                                          \
    "the wrapped key cannot be unwrapped: it was wrapped for another mount, with another hash, or damaged"
#define NEEDS_CONTEXT "the key is a derived one and needs a context with every value"
#define NOT_JSON "Vault cannot read the request as JSON"
#define OVER_LIMIT                                                                                           \
    "the request is over a limit of the server (by default current versions take values of up to 786 432 "   \
    "bytes)"
#define DENIED                                                                                               \
    "permission denied: the token's policies do not allow this request, or the token has expired, is used "  \
    "up or was revoked"

/* The first row that fits counts: particular texts stand before general ones. */
static const vc__refusal texts[] = {
    /* A value */
    { "cipher: message authentication failed", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT, NOT_AUTHENTIC },
    { "chacha20poly1305: message authentication failed", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT,
      NOT_AUTHENTIC },
    { "failed to RSA decrypt the ciphertext", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT, NOT_AUTHENTIC },
    { "unable to RSA decrypt the ciphertext", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT, NOT_AUTHENTIC },
    { "invalid ciphertext: version is too new", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT,
      "the ciphertext names a version of the key that does not exist: another key, or an older backup of "
      "it" },
    { "invalid ciphertext", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT, MALFORMED },
    { "missing ciphertext to decrypt", false, VC_E_CIPHERTEXT, VC__VERDICT_SPLIT, MALFORMED },
    { "ciphertext or signature version is disallowed by policy", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "the ciphertext or signature is of a version that the key no longer opens (its min_decryption_version, or "
      "it was trimmed)" },
    { "refusing to support decryption with old convergent", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "the ciphertext is of an old convergent version that this server does not open" },
    { "illegal base64 data", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "a value of the request is not Base64 as Vault reads it" },
    { "unable to get associated_data", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "the associated data is not Base64 as Vault reads it" },
    { "unable to decode input as base64", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "a value of the request is not Base64 as Vault reads it" },
    { "invalid signature", false, VC_E_SIGNATURE, VC__VERDICT_SPLIT, NO_SIGNATURE },
    { "invalid HMAC", false, VC_E_SIGNATURE, VC__VERDICT_SPLIT, NO_SIGNATURE },
    { "supplied signature is invalid", false, VC_E_SIGNATURE, VC__VERDICT_SPLIT, NO_SIGNATURE },
    { "invalid base64 signature value", false, VC_E_SIGNATURE, VC__VERDICT_SPLIT, NO_SIGNATURE },
    { "crypto/rsa: input must be hashed", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "a value that is said to be hashed has not the length of the hash" },
    { "incorrect tweak size", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "the tweak has a size that this transformation does not take (FF3-1: 7 bytes, in Base64)" },
    { "failed to RSA encrypt the plaintext", false, VC_E_TOO_LARGE, VC__VERDICT_SPLIT,
      "the value is larger than an RSA key encrypts" },

    /* Limits of a request */
    { "http: request body too large", false, VC_E_TOO_LARGE, VC__VERDICT_TOO_LARGE, OVER_LIMIT },
    { "refused JSON input due to high complexity", true, VC_E_TOO_LARGE, VC__VERDICT_TOO_LARGE, OVER_LIMIT },
    { "exceeds allowed", true, VC_E_TOO_LARGE, VC__VERDICT_TOO_LARGE, OVER_LIMIT },

    /* Some item spoils the whole */
    { "failed to parse batch input", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "Vault cannot read an item of the batch" },
    { "context should be set either in all", false, VC_E_REFUSED, VC__VERDICT_SPLIT,
      "a context must be set for all values of a request or for none" },
    { "error parsing JSON", false, VC_E_REFUSED, VC__VERDICT_SPLIT, NOT_JSON },
    { "failed to decode JSON input", false, VC_E_REFUSED, VC__VERDICT_SPLIT, NOT_JSON },
    { "malformed JSON", true, VC_E_REFUSED, VC__VERDICT_SPLIT, NOT_JSON },
    { "duplicate key ", true, VC_E_REFUSED, VC__VERDICT_SPLIT, NOT_JSON },

    /* The key */
    { "encryption key not found", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "key not found", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "missing 'context' for key derivation", true, VC_E_REQUEST, VC__VERDICT_FATAL, NEEDS_CONTEXT },
    { "requested version for encryption is higher", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for does not exist" },
    { "requested version for encryption is less", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for is below its min_encryption_version" },
    { "requested version for encryption is negative", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for does not exist" },
    { "message encryption not supported for key type", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is of a type that does not encrypt" },
    { "message decryption not supported for key type", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is of a type that does not decrypt" },
    { "' provided for non-AEAD cipher suite", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is of a type that takes no associated data" },
    { "signing key not found", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "signature verification key not found", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "requested version for signing is higher", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for does not exist" },
    { "requested version for signing is less", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for is below its min_encryption_version" },
    { "requested version for signing is negative", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for does not exist" },
    { "key version does not exist", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the version of the key that was asked for does not exist" },
    { " does not support signing", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is of a type that does not sign" },
    { " does not support verification", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is of a type that does not verify signatures" },
    { "invalid hash algorithm", false, VC_E_REQUEST, VC__VERDICT_FATAL, NO_ALGORITHM },
    { "hash_algorithm=none requires", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "hash algorithm none goes with pkcs1v15 and values that are hashed already" },
    { "unsupported algorithm", false, VC_E_REQUEST, VC__VERDICT_FATAL, NO_ALGORITHM },
    { "unsupported rsa signature algorithm", false, VC_E_REQUEST, VC__VERDICT_FATAL, NO_ALGORITHM },
    { "invalid marshaling type", false, VC_E_REQUEST, VC__VERDICT_FATAL, "signatures are marshaled as asn1 or jws" },
    { "requested salt length", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the salt is too long for this key and hash, or is no length" },
    { "unsupported entropy source", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "sources of random bytes are platform, seal and all" },
    { "'bytes' ", false, VC_E_REQUEST, VC__VERDICT_FATAL, "the server does not give so many random bytes at once" },
    { "invalid bit length", false, VC_E_REQUEST, VC__VERDICT_FATAL, "data keys have 128, 256 or 512 bits" },
    { "nonce provided when not allowed", false, VC_E_REQUEST, VC__VERDICT_FATAL, "the key takes no nonce" },
    { "refusing to use soft-deleted key", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL,
      "the key is deleted, though it can still be restored" },
    { "private key material is not exportable", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is not exportable" },
    { "exporting is disallowed on the policy", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key is not exportable" },
    { "plaintext backup is disallowed on the policy", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key's configuration does not allow plaintext backups" },
    { "encryption not supported for the key", false, VC_E_REQUEST, VC__VERDICT_FATAL, NO_SUCH_MATERIAL },
    { "signing not supported for the key", false, VC_E_REQUEST, VC__VERDICT_FATAL, NO_SUCH_MATERIAL },
    { "certificate chain not supported", false, VC_E_REQUEST, VC__VERDICT_FATAL, NO_SUCH_MATERIAL },
    { "for export type ", true, VC_E_REQUEST, VC__VERDICT_FATAL, NO_SUCH_MATERIAL },
    { "does not have a certificate chain imported", true, VC_E_REQUEST, VC__VERDICT_FATAL, NO_SUCH_MATERIAL },
    { "invalid export type", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "keys are exported as encryption-key, signing-key, hmac-key, public-key or certificate-chain" },
    { "version does not exist or cannot be found", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key has no such version" },
    { "minimum available version cannot be", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "a key is trimmed up to a version that min_encryption_version and min_decryption_version are both set "
      "to, or below, and never back" },
    { "invalid key name", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "the import path cannot be used with an existing key", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "there is a key of that name: import a version of it, or another name" },
    { "the import_version endpoint can only be used with an imported key", false, VC_E_REQUEST,
      VC__VERDICT_FATAL, "the key was made by Vault: versions are imported into imported keys only" },
    { "no key found with name", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "provided ciphertext is too short", false, VC_E_REQUEST, VC__VERDICT_FATAL, NOT_WRAPPED },
    { "crypto/rsa: decryption error", false, VC_E_REQUEST, VC__VERDICT_FATAL, NOT_WRAPPED },
    { "kwp: ", false, VC_E_REQUEST, VC__VERDICT_FATAL, NOT_WRAPPED },
    { "error importing key", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key that was wrapped is not one of this type" },
    { "does not allow rotation within Vault", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key was imported, and Vault may make no versions of it: import one (or import keys with "
      "allow_rotation)" },
    { "unknown hash function", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the server does not know this hash of RSA-OAEP" },
    { "\" already exists", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "there is a key of that name: restore under another, or by force" },
    { "\" not found", true, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },
    { "unknown key type", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the server knows no key type of that name" },
    { "convergent encryption requires derivation", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "a convergent key must also be a derived one" },
    { "auto rotate period must be", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the automatic rotation period must be 0 or at least an hour" },
    { "cannot set min", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "a minimum version must lie between the oldest version that is left and the latest" },
    { "deletion is not allowed for this key", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the key's configuration does not allow its deletion" },
    { "could not delete key; not found", true, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_KEY },

    /* Log-ins */
    { "invalid role or secret ID", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "role_id and secret_id do not belong together, or the SecretID is used up, expired or destroyed: deliver a new one" },
    { "invalid role ID", false, VC_E_DENIED, VC__VERDICT_DENIED, "there is no AppRole with this role_id" },
    { "invalid secret id", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "the SecretID is not valid, used up, expired or destroyed: deliver a new one" },
    { "missing role_id", false, VC_E_DENIED, VC__VERDICT_DENIED, "Vault got no role_id" },
    { "missing secret_id", false, VC_E_DENIED, VC__VERDICT_DENIED, "Vault got no secret_id" },
    { "invalid username or password", false, VC_E_DENIED, VC__VERDICT_DENIED, "user and password do not belong together" },
    { "ldap operation failed", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "the LDAP server did not take user and password, or does not answer Vault" },
    { "invalid role name", false, VC_E_DENIED, VC__VERDICT_DENIED, "the auth method has no role of that name" },
    { "role \"", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, "there is no role of that name" },
    { "missing role", false, VC_E_DENIED, VC__VERDICT_DENIED, "the auth method has no default role: name one" },
    { "missing jwt", false, VC_E_DENIED, VC__VERDICT_DENIED, "Vault got no JWT" },
    { "missing token", false, VC_E_DENIED, VC__VERDICT_DENIED, "Vault got no JWT" },
    { "error validating token: invalid audience", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "the JWT is valid, but its claims are not those that the role binds (audience, subject, ...)" },
    { "error validating token", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "the JWT is not valid: signature, issuer, or it has expired (or this machine's clock is wrong)" },
    { "error validating claims", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "the JWT is valid, but its claims are not those that the role binds (audience, subject, ...)" },
    { "invalid certificate or no client certificate", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "Vault got no client certificate, or one that it does not trust" },
    { "no chain matching all constraints", false, VC_E_DENIED, VC__VERDICT_DENIED,
      "the client certificate fits no role of the auth method" },
    { "tls connection required", false, VC_E_DENIED, VC__VERDICT_DENIED, "a log-in by certificate needs TLS (https)" },
    { "client certificate must be supplied", false, VC_E_DENIED, VC__VERDICT_DENIED, "Vault got no client certificate" },
    { "wrapping token is not valid or does not exist", false, VC_E_SPENT, VC__VERDICT_FATAL,
      "the wrapping token was used before, has expired or never was: if you did not use it, somebody else did, "
      "and what it held is stolen" },

    /* Mounts, tokens, the server */
    { "no handler for route \"transform/", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL,
      NO_ENGINE " (transform is part of Vault Enterprise only)" },
    { "no handler for route", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_ENGINE },
    { "unsupported path", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, NO_ENGINE },
    { "namespace not found", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL, "no such namespace" },
    { "operation unavailable in namespaces", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "this request works in the root namespace only" },
    { "unsupported operation", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the path exists, but takes no such request" },
    { "path is already in use at", false, VC_E_REQUEST, VC__VERDICT_FATAL,
      "something is mounted at this path already" },
    { "plugin not found in the catalog", false, VC_E_UNSUPPORTED, VC__VERDICT_FATAL,
      "the server has no secrets engine of that type (transform is part of Vault Enterprise only)" },
    { "missing batch input to process", false, VC_E_REQUEST, VC__VERDICT_FATAL, "the batch is empty" },
    { "past the max TTL", true, VC_E_REQUEST, VC__VERDICT_FATAL,
      "the token is at the end of its max_ttl, and is renewed no more: a new log-in is needed" },
    { "invalid accessor", false, VC_E_NOT_FOUND, VC__VERDICT_FATAL,
      "there is no token with this accessor (any more)" },
    { "permission denied", false, VC_E_DENIED, VC__VERDICT_DENIED, DENIED },
    { "Vault is sealed", false, VC_E_SEALED, VC__VERDICT_RETRY, "Vault is sealed: unseal it" },
    { "rate limit quota exceeded", true, VC_E_BUSY, VC__VERDICT_RETRY,
      "a rate limit quota of Vault is used up" },
};

/* The first row that fits counts. */
static const struct {
    int from, to;
    vc__refusal refusal;
} statuses[] = {
    { 200,
      299,
      { NULL, false, VC_E_PROTOCOL, VC__VERDICT_FATAL,
        "the reply is not what Vault sends here: is the address right (https, port, path)?" } },
    { 300,
      399,
      { NULL, false, VC_E_PROTOCOL, VC__VERDICT_FATAL,
        "a redirection that cannot be followed: use the address of the active node" } },
    { 400,
      400,
      { NULL, false, VC_E_REFUSED, VC__VERDICT_SPLIT,
        "Vault refused the request, in words that are not shown for they may repeat data: its own log has "
        "them" } },
    { 401, 401, { NULL, false, VC_E_DENIED, VC__VERDICT_DENIED, DENIED } },
    { 403, 403, { NULL, false, VC_E_DENIED, VC__VERDICT_DENIED, DENIED } },
    { 404,
      404,
      { NULL, false, VC_E_NOT_FOUND, VC__VERDICT_FATAL,
        "there is nothing at this path: check mount and name" } },
    { 405,
      405,
      { NULL, false, VC_E_REQUEST, VC__VERDICT_FATAL, "the path exists, but takes no such request" } },
    { 412,
      412,
      { NULL, false, VC_E_SERVER, VC__VERDICT_RETRY, "the node is behind the one that was written to" } },
    { 413, 413, { NULL, false, VC_E_TOO_LARGE, VC__VERDICT_TOO_LARGE, OVER_LIMIT } },
    { 429, 429, { NULL, false, VC_E_BUSY, VC__VERDICT_RETRY, "a quota of Vault is used up" } },
    { 400, 499, { NULL, false, VC_E_REQUEST, VC__VERDICT_FATAL, "Vault refused the request" } },
    { 501, 501, { NULL, false, VC_E_SEALED, VC__VERDICT_FATAL, "Vault is not initialised" } },
    { 503,
      503,
      { NULL, false, VC_E_SEALED, VC__VERDICT_RETRY,
        "Vault does not serve now: sealed, standby, or maintenance" } },
    { 502,
      504,
      { NULL, false, VC_E_SERVER, VC__VERDICT_RETRY, "a proxy before Vault got no answer from it" } },
    { 500,
      599,
      { NULL, false, VC_E_SERVER, VC__VERDICT_RETRY, "Vault failed inside: its own log has the reason" } },
    { 0, 0, { NULL, false, VC_E_PROTOCOL, VC__VERDICT_FATAL, "not a status of HTTP: is this Vault?" } },
};

enum { TEXTS = sizeof texts / sizeof texts[0], STATUSES = sizeof statuses / sizeof statuses[0] };

static bool contains(vc_view text, const char *part)
{
    const size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return true;
    return false;
}

/* Without Go's multierror frame: "N error(s) occurred:\n\t* ". */
static vc_view unframed(vc_view text)
{
    static const char frame[] = " occurred:\n\t* ";
    const size_t len = sizeof frame - 1;
    for (size_t i = 0; i + len <= text.len && i < 32; i++)
        if (memcmp(text.data + i, frame, len) == 0)
            return vc_view_of(text.data + i + len, text.len - i - len);
    return text;
}

const vc__refusal *vc__refusal_find(vc_view text)
{
    text = unframed(text);
    for (size_t i = 0; i < TEXTS; i++)
        if (texts[i].anywhere ? contains(text, texts[i].text) : vc__view_starts(text, texts[i].text))
            return &texts[i];
    return NULL;
}

const vc__refusal *vc__refusal_of_item(vc__verb verb, vc_view text)
{
    static const vc__refusal unknown = {
        NULL, false, VC_E_REFUSED, VC__VERDICT_SPLIT,
        "Vault refused the value, in words that are not shown for they may repeat it: its own log has them"
    };
    static const vc__refusal untransformed = {
        NULL, false, VC_E_REFUSED, VC__VERDICT_SPLIT,
        "Vault refused the value: does it match the template whole, and are its characters of the alphabet?"
    };
    const bool transform = verb == VC__TRANSFORM_ENCODE || verb == VC__TRANSFORM_DECODE ||
                           verb >= VC__TRANSFORM_VALIDATE;
    const vc__refusal *found = vc__refusal_find(text);
    if (found && (!transform || vc_code_class(found->code) == VC_CLASS_DATA))
        return found;
    return transform ? &untransformed : &unknown;
}

const vc__refusal *vc__refusal_of_signature(void)
{
    static const vc__refusal wrong = { NULL, false, VC_E_SIGNATURE, VC__VERDICT_SPLIT, NO_SIGNATURE };
    return &wrong;
}

const vc__refusal *vc__refusal_of_status(int status)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (status >= statuses[i].from && status <= statuses[i].to)
            return &statuses[i].refusal;
    return &statuses[STATUSES - 1].refusal;
}

bool vc__refusal_is_final(vc_view body)
{
    if (body.len > 65536)
        body.len = 65536;
    for (size_t i = 0; i < TEXTS; i++)
        if (texts[i].verdict != VC__VERDICT_RETRY && contains(body, texts[i].text))
            return true;
    return contains(body, "\"batch_results\"");
}
