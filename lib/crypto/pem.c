/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem.h"

#include "base/error.h"
#include "crypto/failure.h"

#include <limits.h>
#include <openssl/pem.h>

/* A key with a pass phrase is none of ours: nobody is asked for it. */
static int no_pass_phrase(char *room, int size, int writing, void *arg)
{
    (void)room, (void)size, (void)writing, (void)arg;
    return -1;
}

typedef EVP_PKEY *read_pem(BIO *bio, EVP_PKEY **pkey, pem_password_cb *callback, void *arg);

static EVP_PKEY *pkey_of(vc_view pem, read_pem *read)
{
    BIO *bio = pem.len && pem.len < INT_MAX ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
    EVP_PKEY *pkey = bio ? read(bio, NULL, no_pass_phrase, NULL) : NULL;
    BIO_free(bio);
    return pkey;
}

EVP_PKEY *vc__pem_public(vc_view pem)
{
    return pkey_of(pem, PEM_read_bio_PUBKEY);
}

EVP_PKEY *vc__pem_private(vc_view pem)
{
    return pkey_of(pem, PEM_read_bio_PrivateKey);
}

vc_code vc__pem_refuse(const char *what, vc_error *err)
{
    return vc__libcrypto_forget() ? vc__error_memory(err) : vc__error(err, VC_E_ARGUMENT, "%s", what);
}
