/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/plain.h"

#include <sys/resource.h>
#include <unistd.h>

static void die(const char *what)
{
    fprintf(stderr, "bench: plain libcurl: %s\n", what);
    exit(1);
}

static void must(CURLcode result)
{
    if (result)
        die(curl_easy_strerror(result));
}

static void must_multi(CURLMcode result)
{
    if (result)
        die(curl_multi_strerror(result));
}

static size_t drop(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

static void add_header(plain_libcurl *plain, const char *name, const char *value)
{
    char line[8400];
    if (snprintf(line, sizeof line, "%s: %s", name, value) >= (int)sizeof line)
        die("a header is too long");
    struct curl_slist *longer = curl_slist_append(plain->headers, line);
    if (!longer)
        die("no memory");
    plain->headers = longer;
}

static CURL *open_easy(const plain_libcurl *plain)
{
    CURL *easy = curl_easy_init();
    const char *ca = getenv("VAULT_CACERT");
    if (!easy)
        die("no memory");
    must(curl_easy_setopt(easy, CURLOPT_URL, plain->url));
    must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, plain->headers));
    must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop));
    must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    must(curl_easy_setopt(easy, CURLOPT_POST, 1L));
    if (ca)
        must(curl_easy_setopt(easy, CURLOPT_CAINFO, ca));
    return easy;
}

void plain_open(plain_libcurl *plain, const char *path)
{
    const char *address = getenv("VAULT_ADDR"), *token = getenv("VAULT_TOKEN");
    memset(plain, 0, sizeof *plain);
    must(curl_global_init(CURL_GLOBAL_DEFAULT));
    if (!address || !token)
        die("VAULT_ADDR and VAULT_TOKEN are not set");
    if (snprintf(plain->url, sizeof plain->url, "%s%s", address, path) >= (int)sizeof plain->url)
        die("the address is too long");
    add_header(plain, "X-Vault-Request", "true");
    add_header(plain, "Content-Type", "application/json");
    add_header(plain, "X-Vault-Token", token);
    add_header(plain, "Expect", "");
    plain->multi = curl_multi_init();
    if (!plain->multi)
        die("no memory");
    for (size_t i = 0; i < PLAIN_CONNECTIONS_MAX; i++)
        plain->easy[i] = open_easy(plain);
}

void plain_close(plain_libcurl *plain)
{
    for (size_t i = 0; i < PLAIN_CONNECTIONS_MAX; i++)
        curl_easy_cleanup(plain->easy[i]);
    (void)curl_multi_cleanup(plain->multi);
    curl_slist_free_all(plain->headers);
}

static void set_body(CURL *easy, vc_view body)
{
    must(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len));
    must(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data));
}

static void check_status(CURL *easy)
{
    long status = 0;
    must(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status));
    if (status != 200) {
        fprintf(stderr, "bench: plain libcurl: status %ld\n", status);
        exit(1);
    }
}

void plain_calls(plain_libcurl *plain, vc_view body, size_t count)
{
    set_body(plain->easy[0], body);
    for (size_t i = 0; i < count; i++) {
        must(curl_easy_perform(plain->easy[0]));
        check_status(plain->easy[0]);
    }
}

/* Takes what is done off, and puts it on again while there is more to send. */
static void turn_over(plain_libcurl *plain, size_t *to_send, size_t *done)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(plain->multi, &left));) {
        CURL *easy = message->easy_handle;
        must(message->data.result);
        check_status(easy);
        must_multi(curl_multi_remove_handle(plain->multi, easy));
        ++*done;
        if (*to_send) {
            --*to_send;
            must_multi(curl_multi_add_handle(plain->multi, easy));
        }
    }
}

void plain_load(plain_libcurl *plain, vc_view body, size_t count, size_t connections)
{
    size_t to_send = count, done = 0;
    for (size_t i = 0; i < connections && to_send; i++, to_send--) {
        set_body(plain->easy[i], body);
        must_multi(curl_multi_add_handle(plain->multi, plain->easy[i]));
    }
    while (done < count) {
        int running;
        must_multi(curl_multi_perform(plain->multi, &running));
        const size_t before = done;
        turn_over(plain, &to_send, &done);
        if (done == before)
            must_multi(curl_multi_poll(plain->multi, NULL, 0, 1000, NULL));
    }
}

vc_bytes plain_body(size_t items)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { VALUE = 42, ITEM = 64 }; /* 32 bytes are 42 characters, one of four bits, and one = */
    vc_bytes body = { malloc(items * ITEM + ITEM), 0 };
    uint64_t state = 7;
    if (!body.data)
        die("no memory");
    char *to = body.data;
    to += sprintf(to, "{\"batch_input\":[");
    for (size_t i = 0; i < items; i++) {
        char value[VALUE + 1] = "";
        for (size_t k = 0; k < VALUE; k++)
            value[k] = base64[purchases_random(&state) & 63];
        to += sprintf(to, "%s{\"plaintext\":\"%sA=\"}", i ? "," : "", value);
    }
    to += sprintf(to, "]}");
    body.len = (size_t)(to - body.data);
    return body;
}

double plain_own_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double plain_server_cpu(void)
{
    const char *pid = getenv("VAULTCRYPT_SERVICE_OPENBAO_PID");
    char file[64], text[1024] = "";
    unsigned long user = 0, system = 0;
    if (!pid)
        return 0;
    snprintf(file, sizeof file, "/proc/%s/stat", pid);
    FILE *stat = fopen(file, "r");
    const size_t len = stat ? fread(text, 1, sizeof text - 1, stat) : 0;
    if (stat)
        fclose(stat);
    text[len] = 0;
    const char *behind_name = strrchr(text, ')'); /* proc(5): fields 14 and 15 */
    if (!behind_name || sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}
