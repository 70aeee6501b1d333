/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.c - one synchronous vc_transit_encrypt() against libcurl by itself with the same request to the same server: turn by turn in one
 * run, so that what else the machine does meets both.
 */
#include "bench/plain.h"

#include <vaultcrypt/vaultcrypt.h>

enum { TURNS = 21, CALLS = 200, VALUE_LEN = 32 };

static void die(const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "bench: %s\n", vc_error_format(err, line, sizeof line));
    exit(1);
}

static void own_calls(vc_client *client, size_t count)
{
    static const char value[VALUE_LEN] = { 1, 2, 3 };
    for (size_t i = 0; i < count; i++) {
        vc_error err = VC_ERROR_INIT;
        vc_bytes ciphertext = { NULL, 0 };
        if (vc_transit_encrypt(client, "transit", vc_view_of(value, sizeof value), NULL, &ciphertext, &err))
            die(&err);
        vc_bytes_free(&ciphertext);
    }
}

/* What `CALLS` calls took. */
typedef struct turn {
    double wall, own_cpu, server_cpu;
} turn;

static turn begin(void)
{
    return (turn){ bench_now(), plain_own_cpu(), plain_server_cpu() };
}

static void end(turn *since)
{
    since->wall = bench_now() - since->wall;
    since->own_cpu = plain_own_cpu() - since->own_cpu;
    since->server_cpu = plain_server_cpu() - since->server_cpu;
}

int main(void)
{
    static const char body[] = "{\"plaintext\":\"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}";
    static plain_libcurl raw;
    vc_error err = VC_ERROR_INIT;
    vc_client *client = vc_client_open(NULL, &err);
    if (!client)
        die(&err);
    plain_open(&raw, "/v1/transit/encrypt/transit");
    plain_calls(&raw, vc_str(body), CALLS);
    own_calls(client, CALLS);
    double ratios[TURNS], plain_us[TURNS], own_us[TURNS], plain_cpu = 0, own_cpu = 0, plain_server = 0, own_server = 0;
    for (size_t i = 0; i < TURNS; i++) {
        turn plain_turn = begin();
        plain_calls(&raw, vc_str(body), CALLS);
        end(&plain_turn);
        turn own_turn = begin();
        own_calls(client, CALLS);
        end(&own_turn);
        ratios[i] = own_turn.wall / plain_turn.wall;
        plain_us[i] = plain_turn.wall / CALLS * 1e6;
        own_us[i] = own_turn.wall / CALLS * 1e6;
        plain_cpu += plain_turn.own_cpu;
        own_cpu += own_turn.own_cpu;
        plain_server += plain_turn.server_cpu;
        own_server += own_turn.server_cpu;
    }
    const double calls = (double)TURNS * CALLS / 1e6;
    printf("call_plain_us %.1f  (libcurl by itself; processor: client %.1f us, server %.1f us a call)\n", bench_median(plain_us, TURNS),
           plain_cpu / calls, plain_server / calls);
    printf("call_own_us %.1f  (vc_transit_encrypt; processor: client %.1f us, server %.1f us a call)\n", bench_median(own_us, TURNS),
           own_cpu / calls, own_server / calls);
    printf("call_ratio %.3f  (goal: at most 1.05; median of %d turns of %d calls)\n", bench_median(ratios, TURNS), TURNS, CALLS);
    plain_close(&raw);
    vc_client_close(client);
    return 0;
}
