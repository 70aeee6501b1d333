/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the embedded Vault's log-ins and seal: shares of a key, blocks of addresses, JWTs. */
#include "unit/test.h"

#include "cidr.h"
#include "jws.h"
#include "shamir.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static void any_threshold_of_shares_gives_the_secret(void **state)
{
    (void)state;
    enum { COUNT_SHARES = 5, THRESHOLD = 3 };
    vc__random *random = vc__random_new(NULL);
    unsigned char secret[DEV_SECRET], shares[COUNT_SHARES][DEV_SHARE], got[DEV_SECRET];
    assert_non_null(random);
    assert_int_equal(vc__random_bytes(random, secret, sizeof secret, NULL), VC_OK);
    assert_true(dev_shamir_split(secret, COUNT_SHARES, THRESHOLD, random, shares));
    for (unsigned chosen = 0; chosen < 1U << COUNT_SHARES; chosen++) {
        unsigned char some[COUNT_SHARES][DEV_SHARE];
        size_t count = 0;
        for (size_t i = 0; i < COUNT_SHARES; i++)
            if (chosen >> i & 1)
                memcpy(some[count++], shares[i], DEV_SHARE);
        assert_true(dev_shamir_join(some, count, got));
        assert_int_equal(memcmp(got, secret, sizeof secret) == 0, count >= THRESHOLD);
    }
    unsigned char twice[2][DEV_SHARE];
    memcpy(twice[0], shares[0], DEV_SHARE);
    memcpy(twice[1], shares[0], DEV_SHARE);
    assert_false(dev_shamir_join(twice, 2, got));
    assert_false(dev_shamir_split(secret, 2, 3, random, shares));
    assert_false(dev_shamir_split(secret, 2, 1, random, shares));
    vc__random_free(random);
}

static const struct {
    const char *block, *address;
    bool holds;
} blocks[] = {
    { "127.0.0.0/8", "127.1.2.3", true },
    { "127.0.0.0/8", "128.0.0.1", false },
    { "127.0.0.1", "127.0.0.1", true },
    { "127.0.0.1", "127.0.0.2", false },
    { "10.1.2.128/25", "10.1.2.127", false },
    { "10.1.2.128/25", "10.1.2.200", true },
    { "0.0.0.0/0", "9.9.9.9", true },
    { "::1", "::1", true },
    { "fd00::/8", "fd12::1", true },
    { "fd00::/8", "fe12::1", false },
    { "0.0.0.0/0", "::1", false },
};

static void blocks_hold_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
        const bool is_v4 = inet_pton(AF_INET, blocks[i].address, &v4.sin_addr) == 1;
        assert_true(is_v4 || inet_pton(AF_INET6, blocks[i].address, &v6.sin6_addr) == 1);
        json_object *list = json_object_new_array();
        json_object_array_add(list, json_object_new_string("192.0.2.0/24"));
        json_object_array_add(list, json_object_new_string(blocks[i].block));
        assert_int_equal(
            dev_cidrs_hold(list, is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6),
            blocks[i].holds);
        json_object_put(list);
    }
    assert_true(dev_cidrs_hold(NULL, NULL));
    static const char *const bad[] = {
        "", "x", "127.0.0.1/33", "127.0.0.1/-1", "::/129", "1.2.3", "1.2.3.4/"
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(dev_cidr_ok(bad[i]));
}

static const struct {
    const char *claims, *why; /* NULL: they hold */
} claims[] = {
    { "{\"exp\":1061,\"aud\":\"a\"}", NULL },
    { "{\"exp\":940,\"aud\":\"a\"}", NULL }, /* the leeway of a minute */
    { "{\"exp\":939,\"aud\":\"a\"}", "token is expired" },
    { "{\"nbf\":1060,\"aud\":\"a\"}", NULL },
    { "{\"nbf\":1061,\"aud\":\"a\"}", "not yet valid" },
    { "{\"iat\":1061,\"nbf\":900,\"exp\":2000,\"aud\":\"a\"}", "issued in the future" },
    { "{\"iat\":790,\"aud\":\"a\"}", NULL }, /* it ends 150 s later, and a minute */
    { "{\"iat\":789,\"aud\":\"a\"}", "token is expired" },
    { "{\"aud\":\"a\"}", "no issued at (iat)" },
    { "{\"exp\":2000}", "audience" },
    { "{\"exp\":1100,\"aud\":[\"x\",\"b\"]}", NULL },
    { "{\"exp\":2000,\"aud\":[\"x\"]}", "audience" },
    { "{\"exp\":2000,\"aud\":\"a\",\"sub\":7}", "json: cannot unmarshal" },
};

static void claims_are_held_to_their_bounds(void **state)
{
    (void)state;
    json_object *audiences = json_tokener_parse("[\"a\",\"b\"]");
    const dev_jws_bounds bounds = { .audiences = audiences };
    for (size_t i = 0; i < COUNT(claims); i++) {
        json_object *object = json_tokener_parse(claims[i].claims);
        const char *why = dev_jws_check(object, &bounds, 1000);
        if (claims[i].why ? !why || !strstr(why, claims[i].why) : why != NULL)
            fail_msg("%s: %s", claims[i].claims, why ? why : "holds");
        json_object_put(object);
    }
    json_object_put(audiences);
}

static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "eyJhbGciOiJub25lIn0.e30."
    };
    json_object *keys = json_tokener_parse("[\"no key\"]");
    char alg[DEV_JWS_ALG];
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *why = NULL;
        assert_null(dev_jws_open(vc_str(bad[i]), keys, alg, &why));
        assert_non_null(why);
    }
    json_object_put(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_threshold_of_shares_gives_the_secret),
        cmocka_unit_test(blocks_hold_addresses),
        cmocka_unit_test(claims_are_held_to_their_bounds),
        cmocka_unit_test(what_is_no_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
