/* SPDX-License-Identifier: Apache-2.0 */
#include "akv.h"

#include <curl/curl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

enum { WAIT_S = 30, REPLY_MAX = 1 << 20, NUMBER_MAX = 2048 };

bool akv_is_local(const char *store)
{
    static const char *const hosts[] = { "127.0.0.1:", "localhost:", "[::1]:" };
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        const size_t len = strlen(hosts[i]);
        if (strncmp(store, hosts[i], len) == 0 && store[len] && strspn(store + len, "0123456789") == strlen(store + len))
            return true;
    }
    return false;
}

static size_t take(char *data, size_t size, size_t count, void *user)
{
    blob *reply = user;
    if (reply->len + size * count > REPLY_MAX)
        return 0;
    blob_add(reply, data, size * count);
    return size * count;
}

void akv_end(akv_answer *answer)
{
    json_object_put(answer->json);
    *answer = (akv_answer){ .status = 0 };
}

/* What the store says is wrong. */
static void explain(akv_answer *answer)
{
    struct json_object *error, *message;
    if (answer->json && json_object_object_get_ex(answer->json, "error", &error) && json_object_object_get_ex(error, "message", &message))
        snprintf(answer->error, sizeof answer->error, "HTTP %ld: %.250s", answer->status, json_object_get_string(message));
    else
        snprintf(answer->error, sizeof answer->error, "HTTP %ld", answer->status);
}

void akv_call(akv_answer *answer, const char *store, const char *method, const char *path, const char *body)
{
    char url[1024];
    blob reply = { 0 };
    CURL *curl = curl_easy_init();
    akv_end(answer);
    snprintf(answer->error, sizeof answer->error, "out of memory");
    if (!curl)
        return;
    snprintf(url, sizeof url, "http://%s%s", store, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WAIT_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
        answer->json = reply.len ? json_tokener_parse(reply.data) : NULL;
        explain(answer);
    } else {
        snprintf(answer->error, sizeof answer->error, "%s", curl_easy_strerror(code));
    }
    curl_easy_cleanup(curl);
    blob_free(&reply);
}

/* -- its keys ------------------------------------------------------------------------------------------------------------- */

/* Base64url without padding. 0: it is none. */
static size_t decode(const char *text, unsigned char *out, size_t room)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned bits = 0, held = 0;
    size_t len = 0;
    for (; text && *text; text++) {
        const char *digit = strchr(digits, *text);
        if (!digit || len == room)
            return 0;
        bits = bits << 6 | (unsigned)(digit - digits);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[len++] = (unsigned char)(bits >> held);
        }
    }
    return len;
}

static const char *text_of(struct json_object *object, const char *name)
{
    struct json_object *value;
    return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) : NULL;
}

static BIGNUM *number_of(struct json_object *key, const char *name)
{
    unsigned char bytes[NUMBER_MAX];
    const size_t len = decode(text_of(key, name), bytes, sizeof bytes);
    return len ? BN_bin2bn(bytes, (int)len, NULL) : NULL;
}

static EVP_PKEY *made_of(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *pair = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (parameters && context && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &pair, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return pair;
}

static EVP_PKEY *read_rsa(struct json_object *key)
{
    EVP_PKEY *pair = NULL;
    BIGNUM *n = number_of(key, "n"), *e = number_of(key, "e");
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (n && e && build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        pair = made_of("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return pair;
}

static EVP_PKEY *read_ec(struct json_object *key)
{
    EVP_PKEY *pair = NULL;
    unsigned char point[200] = { 4 };
    const char *curve = text_of(key, "crv");
    const size_t x = decode(text_of(key, "x"), point + 1, 90), y = decode(text_of(key, "y"), point + 1 + x, 90);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (x && x == y && curve && build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + x + y) == 1)
        pair = made_of("EC", build);
    OSSL_PARAM_BLD_free(build);
    return pair;
}

bool akv_public_pem(const akv_answer *answer, blob *pem)
{
    struct json_object *key;
    char *text;
    bool well = false;
    if (!answer->json || !json_object_object_get_ex(answer->json, "key", &key))
        return false;
    const char *type = text_of(key, "kty");
    EVP_PKEY *pair = !type ? NULL : strncmp(type, "RSA", 3) == 0 ? read_rsa(key) : strncmp(type, "EC", 2) == 0 ? read_ec(key) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (pair && bio && PEM_write_bio_PUBKEY(bio, pair) == 1) {
        const long len = BIO_get_mem_data(bio, &text);
        blob_add(pem, text, (size_t)len);
        well = len > 0 && !pem->failed;
    }
    BIO_free(bio);
    EVP_PKEY_free(pair);
    return well;
}
