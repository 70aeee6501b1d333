/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keypair_state.h"

#include "base/error.h"
#include "crypto/ecdh.h"
#include "crypto/failure.h"
#include "crypto/pem.h"

#include <openssl/core_names.h>

/* -- RSA: numbers ------------------------------------------------------------------------------------------ */

enum { N, E, D, P, Q, DP, DQ, QI, NUMBERS };

static const char *const params_named[NUMBERS] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,
    OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

typedef struct rsa_set {
    BIGNUM *of[NUMBERS]; /* NULL: absent */
    BN_CTX *ctx;
} rsa_set;

static void rsa_set_cleanup(rsa_set *set)
{
    for (size_t i = 0; i < NUMBERS; i++)
        BN_clear_free(set->of[i]);
    BN_CTX_free(set->ctx); /* a secure one wipes what it held */
}

static BIGNUM *secret_new(void)
{
    BIGNUM *number = BN_secure_new();
    if (number)
        BN_set_flags(number, BN_FLG_CONSTTIME);
    return number;
}

/* False: libcrypto failed, or a number is longer than may be. */
static bool rsa_set_read(rsa_set *set, const vc__rsa_numbers *numbers)
{
    const vc_view views[NUMBERS] = { numbers->n, numbers->e,  numbers->d,  numbers->p,
                                     numbers->q, numbers->dp, numbers->dq, numbers->qi };
    if (!(set->ctx = BN_CTX_secure_new()))
        return false;
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!views[i].data)
            continue;
        if (views[i].len > VC__OAEP_SEALED_MAX + 1 || !(set->of[i] = i < D ? BN_new() : secret_new()) ||
            !BN_bin2bn((const unsigned char *)views[i].data, (int)views[i].len, set->of[i]))
            return false;
    }
    return true;
}

/* -- RSA: the primes of n, e, d (NIST SP 800-56B, appendix C) ---------------------------------------------- */

/* g^((de-1)/2^k) for k as it falls: where the square of a number is 1 and it is neither 1 nor -1, a prime shows. */
static bool try_base(const rsa_set *set, BN_ULONG base, const BIGNUM *odd, int twos, BIGNUM *p)
{
    bool found = false;
    BN_CTX *const ctx = set->ctx;
    BN_CTX_start(ctx);
    BIGNUM *y = BN_CTX_get(ctx), *square = BN_CTX_get(ctx), *last = BN_CTX_get(ctx);
    bool going = last && BN_set_word(square, base) && BN_mod_exp(y, square, odd, set->of[N], ctx) &&
                 BN_sub(last, set->of[N], BN_value_one());
    for (int i = 0; going && i < twos && !BN_is_one(y) && BN_cmp(y, last) != 0; i++) {
        going = BN_mod_sqr(square, y, set->of[N], ctx) == 1;
        if (going && BN_is_one(square)) {
            found = BN_sub_word(y, 1) && BN_gcd(p, y, set->of[N], ctx);
            break;
        }
        going = going && BN_copy(y, square);
    }
    BN_CTX_end(ctx);
    return found;
}

static bool find_primes(rsa_set *set)
{
    BN_CTX *const ctx = set->ctx;
    bool found = false;
    BN_CTX_start(ctx);
    BIGNUM *product = BN_CTX_get(ctx), *odd = BN_CTX_get(ctx);
    set->of[P] = secret_new();
    set->of[Q] = secret_new();
    if (odd && set->of[P] && set->of[Q] && BN_mul(product, set->of[D], set->of[E], ctx) && BN_sub_word(product, 1) &&
        !BN_is_zero(product) && !BN_is_odd(product)) {
        int twos = 0;
        while (!BN_is_bit_set(product, twos))
            twos++;
        BN_set_flags(odd, BN_FLG_CONSTTIME);
        for (BN_ULONG base = 2; BN_rshift(odd, product, twos) && !found && base < 100; base++)
            found = try_base(set, base, odd, twos, set->of[P]);
        found = found && BN_div(set->of[Q], NULL, set->of[N], set->of[P], ctx);
    }
    BN_CTX_end(ctx);
    return found;
}

/* -- RSA: whether they go together ------------------------------------------------------------------------- */

/* `*number` is what it should be, or becomes it where it is absent. Takes `due`. */
static bool equals(BIGNUM **number, BIGNUM *due)
{
    const bool equal = due && (!*number || BN_cmp(*number, due) == 0);
    if (equal && !*number)
        *number = due;
    else
        BN_clear_free(due);
    return equal;
}

/* d modulo the prime less one, which e undoes. */
static bool exponent_fits(rsa_set *set, const BIGNUM *prime, BIGNUM **exponent)
{
    BN_CTX *const ctx = set->ctx;
    BIGNUM *due = secret_new();
    BN_CTX_start(ctx);
    BIGNUM *less = BN_CTX_get(ctx), *one = BN_CTX_get(ctx);
    const bool fits = one && due && BN_sub(less, prime, BN_value_one()) && BN_mod(due, set->of[D], less, ctx) &&
                      BN_mod_mul(one, due, set->of[E], less, ctx) && BN_is_one(one);
    BN_CTX_end(ctx);
    if (!fits) {
        BN_clear_free(due);
        return false;
    }
    return equals(exponent, due);
}

static bool primes_fit(rsa_set *set)
{
    BN_CTX *const ctx = set->ctx;
    if (BN_is_zero(set->of[P]) || BN_is_one(set->of[P]) || BN_is_zero(set->of[Q]) || BN_is_one(set->of[Q]))
        return false;
    BN_CTX_start(ctx);
    BIGNUM *product = BN_CTX_get(ctx);
    const bool fit = product && BN_mul(product, set->of[P], set->of[Q], ctx) && BN_cmp(product, set->of[N]) == 0;
    BN_CTX_end(ctx);
    return fit && exponent_fits(set, set->of[P], &set->of[DP]) && exponent_fits(set, set->of[Q], &set->of[DQ]) &&
           equals(&set->of[QI], BN_mod_inverse(NULL, set->of[Q], set->of[P], ctx));
}

/* Why not; NULL: they do. */
static const char *complete(rsa_set *set)
{
    BIGNUM *const *of = set->of;
    if (!of[N] || !of[E])
        return "an RSA key has the numbers n and e";
    if (!of[D])
        return of[P] || of[Q] || of[DP] || of[DQ] || of[QI] ? "an RSA key with p or q, and without d, is neither half" : NULL;
    if (!of[P] != !of[Q] || (!of[P] && (of[DP] || of[DQ] || of[QI])))
        return "of an RSA key's primes there are both, p and q, or none, and nothing else of them without both";
    const bool plausible = BN_is_odd(of[N]) && !BN_is_zero(of[D]) && BN_cmp(of[D], of[N]) < 0 && BN_cmp(of[E], of[N]) < 0;
    return plausible && (of[P] || find_primes(set)) && primes_fit(set) ? NULL : vc__keypair_damaged;
}

/* -- RSA: as libcrypto takes it ---------------------------------------------------------------------------- */

static EVP_PKEY *rsa_pkey(const rsa_set *set, vc_error *err)
{
    vc__auto(vc__buf) room = VC__BUF(NUMBERS * (VC__OAEP_SEALED_MAX + 8)); /* wiped, which libcrypto's builder does not */
    OSSL_PARAM params[NUMBERS + 1], *at = params;
    EVP_PKEY *pkey = NULL;
    if (vc__buf_reserve(&room, NUMBERS * (VC__OAEP_SEALED_MAX + 8) - 1)) {
        vc__error_memory(err);
        return NULL;
    }
    bool done = true;
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!set->of[i])
            continue;
        unsigned char *const bytes = (unsigned char *)room.data + room.len;
        const int len = BN_num_bytes(set->of[i]) ? BN_num_bytes(set->of[i]) : 1;
        done = done && BN_bn2nativepad(set->of[i], bytes, len) == len;
        *at++ = OSSL_PARAM_construct_BN(params_named[i], bytes, (size_t)len);
        room.len += (size_t)len;
    }
    *at = OSSL_PARAM_construct_end();
    EVP_PKEY_CTX *ctx = done ? EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL) : NULL;
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, set->of[D] ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
        vc__pem_refuse("the numbers of this RSA key are none of an RSA key", err);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

vc__keypair *vc__keypair_of_rsa(const vc__rsa_numbers *numbers, vc_error *err)
{
    vc__auto(rsa_set) set = { { NULL }, NULL };
    if (!rsa_set_read(&set, numbers)) {
        vc__pem_refuse("the numbers of an RSA key have 16384 bits at most", err);
        return NULL;
    }
    const char *why = complete(&set);
    if (why) {
        vc__pem_refuse(why, err);
        return NULL;
    }
    return vc__keypair_of_pkey(rsa_pkey(&set, err), set.of[D] != NULL, err);
}

/* -- EC P-256, Ed25519 ------------------------------------------------------------------------------------- */

vc__keypair *vc__keypair_of_p256(vc_view x, vc_view y, vc_view d, vc_error *err)
{
    unsigned char point[VC__P256_POINT] = { 4 };
    if (x.len != VC__P256_SIZE || y.len != VC__P256_SIZE || (d.data && d.len != VC__P256_SIZE)) {
        vc__error(err, VC_E_ARGUMENT, "the numbers of a key on P-256 have 32 bytes each");
        return NULL;
    }
    memcpy(point + 1, x.data, VC__P256_SIZE);
    memcpy(point + 1 + VC__P256_SIZE, y.data, VC__P256_SIZE);
    EVP_PKEY *pkey = vc__p256_pkey(vc_view_of(point, sizeof point), d);
    if (!pkey)
        vc__pem_refuse("the numbers of this key are no point of P-256", err);
    return vc__keypair_of_pkey(pkey, d.data != NULL, err);
}

vc__keypair *vc__keypair_of_ed25519(vc_view x, vc_view d, vc_error *err)
{
    enum { SIZE = 32 };
    unsigned char public[SIZE];
    size_t len = SIZE;
    if (x.len != SIZE || (d.data && d.len != SIZE)) {
        vc__error(err, VC_E_ARGUMENT, "the numbers of an Ed25519 key have 32 bytes each");
        return NULL;
    }
    EVP_PKEY *pkey = d.data ? EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, (const unsigned char *)d.data, SIZE)
                            : EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const unsigned char *)x.data, SIZE);
    if (!pkey || EVP_PKEY_get_raw_public_key(pkey, public, &len) != 1 || memcmp(public, x.data, SIZE) != 0) {
        EVP_PKEY_free(pkey);
        vc__pem_refuse(vc__keypair_damaged, err);
        return NULL;
    }
    return vc__keypair_of_pkey(pkey, d.data != NULL, err);
}
