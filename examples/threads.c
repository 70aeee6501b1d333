/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads - one client, many threads: each encrypts and decrypts values of its own with the key KEY, and checks what comes back. The
 * client is the only thing they share: it has the token, the connections and what it has learnt of the server's limits.
 *
 *     vaultcrypt dev -- sh -c 'vaultcrypt setup -s purchases.yaml && ./threads transit 8 100'
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/vaultcrypt.h>

enum { THREADS_MAX = 64 };

struct work {
    vc_client *vault; /* shared */
    const char *key;
    unsigned long values;
    unsigned number;
    unsigned long equal; /* out */
    vc_error err;        /* out; one each: a vc_error belongs to its thread */
};

/* True when the value comes back. */
static int round_trip(struct work *work, unsigned long i)
{
    char text[64];
    vc_bytes ciphertext = VC_BYTES_INIT, plaintext = VC_BYTES_INIT;
    snprintf(text, sizeof text, "value %lu of thread %u", i, work->number);
    if (vc_transit_encrypt(work->vault, work->key, vc_str(text), NULL, &ciphertext, &work->err))
        return 0;
    const vc_code code = vc_transit_decrypt(work->vault, work->key, vc_bytes_view(ciphertext), NULL, &plaintext, &work->err);
    const int equal = !code && plaintext.len == strlen(text) && memcmp(plaintext.data, text, plaintext.len) == 0;
    vc_bytes_free(&ciphertext);
    vc_bytes_free(&plaintext); /* wipes it */
    return equal;
}

static void *run(void *user)
{
    struct work *work = user;
    for (unsigned long i = 0; i < work->values && round_trip(work, i); i++)
        work->equal++;
    return NULL;
}

int main(int argc, char **argv)
{
    static struct work work[THREADS_MAX];
    static pthread_t threads[THREADS_MAX];
    char line[1024];
    const unsigned long count = argc == 4 ? strtoul(argv[2], NULL, 10) : 0, values = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (!count || count > THREADS_MAX || !values) {
        fprintf(stderr, "usage: threads KEY THREADS VALUES (at most %d threads)\n", THREADS_MAX);
        return 2;
    }
    vc_error err = VC_ERROR_INIT;
    vc_client *vault = vc_client_open(NULL, &err);
    if (!vault) {
        fprintf(stderr, "threads: %s\n", vc_error_format(&err, line, sizeof line));
        return 1;
    }
    unsigned started = 0;
    for (; started < count; started++) {
        work[started] = (struct work){ vault, argv[1], values, started, 0, VC_ERROR_INIT };
        if (pthread_create(&threads[started], NULL, run, &work[started]))
            break;
    }
    unsigned long equal = 0;
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
        equal += work[i].equal;
        if (work[i].err.code)
            fprintf(stderr, "threads: %u: %s\n", i, vc_error_format(&work[i].err, line, sizeof line));
    }
    vc_client_close(vault); /* no call is under way any more */
    printf("%lu values of %u threads came back equal\n", equal, started);
    return started == count && equal == count * values ? 0 : 1;
}
