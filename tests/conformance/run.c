/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conformance suite: asks a server what the rows of a suite say, over the C client, and holds each reply to the row. README.md
 * tells the rows; check.sh runs this on every server.
 */
#define _GNU_SOURCE
#include "conformance/client.h"
#include "conformance/recorded.h"
#include "conformance/row.h"
#include "conformance/typed.h"

#include "base/text.h"

#include <ctype.h>
#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: run [OPTIONS] SUITE...\n"
    "  --label LABEL        what the server is called in the results\n"
    "  --tag TAG            how rows may speak of it; the most particular last\n"
    "  --results FILE       a line for each row is added there\n"
    "  --recorded FILE      the server is a recording, played back\n"
    "  --excuse FILE KEY    rows that may differ: FILE's object KEY (a/b: b within a), pattern of names and reason\n"
    "  --before FILE        what was done before cases and not recorded: FILE's object \"before\"\n"
    "  --extra FILE KEY     members that replies may have besides the due ones: FILE's array KEY\n"
    "The server is VAULT_ADDR, with VAULT_TOKEN (root), VAULT_CACERT, VAULTCRYPT_UNSEAL_KEY.\n";

enum { EXCUSES_MAX = 8 };

typedef enum { PASS, DIFFER, FAIL, SKIP } row_verdict;

typedef struct suite_run {
    server_tags tags;
    size_t tag_count;
    client_pool *clients;
    recording *recorded;
    value_set *values;
    struct json_object *excuses[EXCUSES_MAX], *before, *extra;
    size_t excuse_count;
    FILE *results;
    const char *suite;
    size_t counts[4];
} suite_run;

/* --- what goes wrong is shown without tokens --- */

static void hide_tokens(char *text)
{
    static const char *const starts[] = { "hvs.", "hvb.", "hvr.", "s.", "b." };
    for (char *at = text; *at; at++) {
        for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
            const size_t len = strlen(starts[i]);
            size_t more = 0;
            if ((at > text && isalnum((unsigned char)at[-1])) || strncmp(at, starts[i], len) != 0)
                continue;
            while (isalnum((unsigned char)at[len + more]) || at[len + more] == '_' || at[len + more] == '-')
                more++;
            if (more >= 20)
                memset(at + len, '*', more);
        }
    }
}


/* --- one row --- */

typedef struct row_exchange {
    const suite_row *row;
    char *path, *body, *endpoint;
    vc_client *client;
    bool as_root;
    vc_vault_reply *reply;
    vc_code code;
    struct json_object *json; /* of the reply */
    vc_error err;
} row_exchange;

static char *check_error_text(const row_exchange *exchange, suite_run *run, const char *due)
{
    struct json_object *errors = NULL;
    if (exchange->json && json_object_is_type(exchange->json, json_type_object))
        json_object_object_get_ex(exchange->json, "errors", &errors);
    char *pattern = values_expand(run->values, due, false), *wrong = NULL;
    bool found = false;
    for (size_t i = 0; json_object_is_type(errors, json_type_array) && i < json_object_array_length(errors); i++)
        found = found || strstr(json_object_get_string(json_object_array_get_idx(errors, i)), pattern);
    if (!found)
        wrong = text_of("no error with the text \"%s\"", due);
    free(pattern);
    return wrong;
}

static char *check_body(const row_exchange *exchange, suite_run *run)
{
    struct json_object *reply = row_get(exchange->row, "reply"), *has = row_get(exchange->row, "has");
    const vc_view body = vc_vault_reply_body(exchange->reply);
    const bool is_recorded = row_text(exchange->row, "case");
    const bool empty_due = json_object_object_get_ex(exchange->row->json, "reply", NULL) ? !reply : is_recorded;
    if (empty_due)
        return body.len ? text_of("no body is due") : NULL;
    if (json_object_is_type(reply, json_type_object) || has) {
        if (!exchange->json)
            return text_of("the body is not JSON");
        char *wrong = values_match(run->values, has ? has : reply, exchange->json, !has, run->extra, "reply");
        if (wrong)
            return wrong;
    }
    const char *error = row_text(exchange->row, "error");
    return error ? check_error_text(exchange, run, error) : NULL;
}

/* What the code must be; rows say more where the status leaves it open. */
static char *check_code(const row_exchange *exchange, int status)
{
    static const struct {
        int status;
        vc_code code;
    } known[] = { { 403, VC_E_DENIED }, { 404, VC_E_NOT_FOUND }, { 405, VC_E_REQUEST }, { 413, VC_E_TOO_LARGE }, { 429, VC_E_BUSY },
                  { 501, VC_E_SEALED }, { 503, VC_E_SEALED } };
    const char *due = row_text(exchange->row, "code"), *got = vc_code_name(exchange->code);
    if (due)
        return strcmp(due, got) == 0 ? NULL : text_of("the code is %s, not %s", got, due);
    if ((status >= 200 && status <= 299) != (exchange->code == VC_OK))
        return text_of("the code is %s", got);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].status == status && known[i].code != exchange->code)
            return text_of("the code is %s, not %s", got, vc_code_name(known[i].code));
    return NULL;
}

static char *check_typed(const row_exchange *exchange, int status)
{
    vc_code code = VC_OK;
    char *wrong = NULL;
    const char *due = row_text(exchange->row, "typed");
    /* Functions try again for as long as they may; tokens may have few uses, and what is wrapped is another thing. */
    if (!due && (status >= 500 || status == 429 || status == 412))
        return NULL;
    if (!due && (!exchange->as_root || row_get(exchange->row, "wrap_ttl")))
        return NULL;
    if (typed_call(exchange->client, exchange->endpoint, exchange->path, exchange->body, exchange->json, &code, &wrong) == TYPED_NONE)
        return due ? text_of("there is no function for this request") : NULL;
    if (wrong)
        return wrong;
    if (due && strcmp(due, vc_code_name(code)) != 0)
        return text_of("the function's code is %s, not %s", vc_code_name(code), due);
    /* A sealed server is an answer to who asks for its health. */
    if (!due && !strstr(exchange->endpoint, "health") && (status >= 200 && status <= 299) != (code == VC_OK))
        return text_of("the function's code is %s", vc_code_name(code));
    return NULL;
}

/* NULL: all is as it should be. */
static char *check(const row_exchange *exchange, suite_run *run)
{
    if (!exchange->reply)
        return text_of("no answer: %s", exchange->err.message);
    const int status = vc_vault_reply_status(exchange->reply);
    const long due = row_number(exchange->row, "status", 200);
    if (status != due)
        return text_of("status %ld is due, not %d", due, status);
    char *wrong = check_body(exchange, run);
    if (!wrong)
        wrong = check_code(exchange, status);
    if (!wrong && run->recorded)
        wrong = recorded_complaint(run->recorded);
    return wrong ? wrong : check_typed(exchange, status);
}

static const char *excuse_of(const suite_run *run, const suite_row *row)
{
    for (size_t i = 0; i < run->excuse_count; i++) {
        EACH_MEMBER(run->excuses[i], pattern, why)
        {
            if (fnmatch(pattern, row->name, 0) == 0)
                return json_object_get_string(why);
        }
    }
    return NULL;
}

static void show(const row_exchange *exchange, const char *wrong)
{
    const suite_row *row = exchange->row;
    const vc_view body = exchange->reply ? vc_vault_reply_body(exchange->reply) : vc_str("");
    char *lines[] = {
        text_of("request: %s %s %.600s", row->method, exchange->path, exchange->body ? exchange->body : ""),
        text_of("due: %ld %.600s", row_number(row, "status", 200),
                json_object_to_json_string_ext(row_get(row, "has") ? row_get(row, "has") : row_get(row, "reply"), JSON_C_TO_STRING_PLAIN)),
        text_of("got: %d %.*s", exchange->reply ? vc_vault_reply_status(exchange->reply) : 0, (int)(body.len < 600 ? body.len : 600),
                body.data ? body.data : ""),
        text_of("%s", wrong),
    };
    printf("not ok - %s\n", row->name);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        hide_tokens(lines[i]);
        printf("#   %s\n", lines[i]);
        free(lines[i]);
    }
}

static void note(suite_run *run, const row_exchange *exchange, row_verdict verdict, const char *why)
{
    static const char *const names[] = { "pass", "differ", "fail", "skip" };
    run->counts[verdict]++;
    if (run->results && verdict != SKIP)
        fprintf(run->results, "%s\t%s\t%s\t%s\t%s\t%s\n", run->tags.label, run->suite, exchange->row->name, exchange->endpoint, names[verdict],
                why ? why : "");
}

/* One of the keys that the recorded initialisation gave. */
static vc_code unseal_with(value_set *values, vc_client *client, const char *name)
{
    const char *key = values_get(values, name, strlen(name));
    char *body = text_of("{\"key\":\"%s\"}", key ? key : "");
    const vc_code code = vc_vault_request(client, "PUT", "sys/unseal", vc_str(body), NULL, NULL, NULL);
    free(body);
    return code;
}

/* What was done before a recorded case: a new server, or two keys. */
static void before(suite_run *run, const suite_row *row)
{
    struct json_object *what = NULL;
    vc_code code;
    if (!run->before || !row_text(row, "case") || !json_object_object_get_ex(run->before, row->name, &what) || run->recorded)
        return;
    if (strcmp(json_object_get_string(what), "wipe") == 0) {
        code = vc_vault_request(clients_get(run->clients, "root", NULL, false), "PUT", "sys/dev/wipe", vc_str(NULL), NULL, NULL, NULL);
        values_forget(run->values, "root");
    } else {
        vc_client *client = clients_get(run->clients, "", NULL, false);
        code = unseal_with(run->values, client, "901");
        code = code ? code : unseal_with(run->values, client, "902");
    }
    if (code)
        printf("# %s: %s did not come about\n", row->name, json_object_get_string(what));
}

/* "wrap": {"key": "00ff...", "with": "{public_key}"}: {wrapped} is that key, made ready for an import. */
static void wrap_key(value_set *values, const suite_row *row)
{
    struct json_object *wrap = row_get(row, "wrap"), *key = NULL, *with = NULL;
    unsigned char raw[64];
    if (!wrap || !json_object_object_get_ex(wrap, "key", &key) || !json_object_object_get_ex(wrap, "with", &with))
        return;
    const size_t len = (size_t)json_object_get_string_len(key) / 2;
    vc_bytes wrapped = { 0 };
    char *pem = values_expand(values, json_object_get_string(with), false);
    if (len <= sizeof raw && vc__hex_decode(raw, vc_str(json_object_get_string(key))) &&
        !vc_transit_wrap_key(vc_str(pem), vc_view_of(raw, len), NULL, &wrapped, NULL))
        values_set(values, "wrapped", strlen("wrapped"), wrapped.data, wrapped.len);
    vc_bytes_free(&wrapped);
    free(pem);
}

static void send_request(suite_run *run, row_exchange *exchange)
{
    const suite_row *row = exchange->row;
    request_how how = request_how_of(row, run->values);
    vc_vault_options *options = vc_vault_options_new(NULL);
    vc_vault_options_set_once(options, 1);
    request_how_apply(&how, options);
    const char *root = values_get(run->values, "root", 4);
    exchange->as_root = !how.wrap_ttl && !how.namespace && (strcmp(how.token, "root") == 0 || (root && strcmp(how.token, root) == 0));
    exchange->client = clients_get(run->clients, how.token, how.namespace, row_get(row, "certificate"));
    exchange->path = values_expand(run->values, row->path, false);
    wrap_key(run->values, row);
    exchange->body = row_body(row, run->values);
    exchange->code =
        vc_vault_request(exchange->client, row->method, exchange->path, vc_str(exchange->body), options, &exchange->reply, &exchange->err);
    if (exchange->reply) {
        const vc_view body = vc_vault_reply_body(exchange->reply);
        char *text = text_of("%.*s", (int)body.len, body.data ? body.data : "");
        exchange->json = json_tokener_parse(text);
        free(text);
    }
    vc_vault_options_free(options);
    request_how_cleanup(&how);
}

/* What a recording has, and the C client does not send: it is said why. */
static const char *out_of_reach(const row_exchange *exchange)
{
    struct json_object *headers = row_get(exchange->row, "headers");
    if (headers && json_object_object_get_ex(headers, "Authorization", NULL))
        return "the client sends X-Vault-Token";
    if (strncmp(exchange->row->path, "/v1/", 4) != 0 && row_text(exchange->row, "case"))
        return "the client asks under /v1/ only";
    return NULL;
}

static void run_row(suite_run *run, const suite_row *row)
{
    row_exchange exchange = { .row = row, .endpoint = row_endpoint(row), .err = VC_ERROR_INIT };
    const char *name = row_text(row, "case") ? row->name : row_text(row, "recorded"), *away = out_of_reach(&exchange);
    if (away || (run->recorded && (!name || !recorded_choose(run->recorded, name, row_text(row, "case"))))) {
        if (!run->recorded || name)
            note(run, &exchange, SKIP, NULL);
        if (run->recorded && name && !away)
            printf("# %s: there is no recorded case \"%s\"\n", row->name, name);
        free(exchange.endpoint);
        return;
    }
    before(run, row);
    send_request(run, &exchange);
    char *wrong = check(&exchange, run);
    const char *excuse = excuse_of(run, row);
    if (!exchange.reply && exchange.code == VC_E_ARGUMENT && row_text(row, "case")) {
        note(run, &exchange, SKIP, NULL); /* the client does not let it out */
    } else if (!wrong) {
        note(run, &exchange, row->why ? DIFFER : PASS, row->why);
    } else if (excuse) {
        note(run, &exchange, DIFFER, excuse);
    } else {
        note(run, &exchange, FAIL, wrong);
        show(&exchange, wrong);
    }
    free(wrong);
    vc_vault_reply_free(exchange.reply);
    json_object_put(exchange.json);
    free(exchange.path);
    free(exchange.body);
    free(exchange.endpoint);
}

/* --- all of them --- */

static void run_suite(suite_run *run, const char *file)
{
    FILE *lines = fopen(file, "r");
    char *line = NULL, *wrong = NULL;
    size_t room = 0, number = 0;
    if (!lines) {
        perror(file);
        exit(2);
    }
    run->suite = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    while (getline(&line, &room, lines) > 0) {
        suite_row row;
        number++;
        if (*line == '#' || *line == '\n')
            continue;
        if (!row_read(&row, line, &run->tags, &wrong)) {
            printf("%s:%zu: %s\n", file, number, wrong);
            exit(2);
        }
        if (row_is_for(&row, &run->tags))
            run_row(run, &row);
        row_cleanup(&row);
    }
    free(line);
    fclose(lines);
}

static struct json_object *object_of(const char *file, const char *key)
{
    struct json_object *json = json_object_from_file(file), *found = json;
    char *path = text_of("%s", key);
    for (char *saved = NULL, *part = strtok_r(path, "/", &saved); part; part = strtok_r(NULL, "/", &saved))
        if (!json_object_object_get_ex(found, part, &found)) {
            fprintf(stderr, "run: %s has no %s\n", file, key);
            exit(2);
        }
    free(path);
    json_object_get(found);
    json_object_put(json);
    return found;
}

static void read_options(suite_run *run, int argc, char **argv)
{
    static const struct option names[] = {
        { "label", required_argument, NULL, 'l' },  { "tag", required_argument, NULL, 't' },    { "results", required_argument, NULL, 'r' },
        { "recorded", required_argument, NULL, 'R' }, { "excuse", required_argument, NULL, 'e' }, { "before", required_argument, NULL, 'b' },
        { "extra", required_argument, NULL, 'x' },  { 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "+", names, NULL)) != -1) {
        if (option == 'l')
            run->tags.label = optarg;
        else if (option == 't' && run->tag_count + 1 < sizeof run->tags.tags / sizeof run->tags.tags[0])
            run->tags.tags[run->tag_count++] = optarg;
        else if (option == 'r' && (run->results = fopen(optarg, "a")))
            continue;
        else if (option == 'R')
            run->recorded = recorded_start(optarg);
        else if (option == 'e' && optind < argc && run->excuse_count < EXCUSES_MAX)
            run->excuses[run->excuse_count++] = object_of(optarg, argv[optind++]);
        else if (option == 'b')
            run->before = object_of(optarg, "before");
        else if (option == 'x' && optind < argc)
            run->extra = object_of(optarg, argv[optind++]);
        else {
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (!run->tags.label || optind == argc) {
        fputs(usage, stderr);
        exit(2);
    }
}

static void set_from(value_set *values, const char *name, const char *text)
{
    if (text)
        values_set(values, name, strlen(name), text, strlen(text));
}

static void set_from_file(value_set *values, const char *name, const char *file)
{
    char text[8192];
    FILE *opened = file ? fopen(file, "r") : NULL;
    const size_t len = opened ? fread(text, 1, sizeof text, opened) : 0;
    if (len)
        values_set(values, name, strlen(name), text, len);
    if (opened)
        fclose(opened);
}

int main(int argc, char **argv)
{
    suite_run run = { .values = values_new() };
    read_options(&run, argc, argv);
    const char *address = run.recorded ? recorded_address(run.recorded) : getenv("VAULT_ADDR");
    const char *root = run.recorded ? "root" : getenv("VAULT_TOKEN");
    if (!address || !root) {
        fputs(usage, stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    values_set(run.values, "root", 4, root, strlen(root));
    set_from(run.values, "unseal", getenv("VAULTCRYPT_UNSEAL_KEY"));
    set_from_file(run.values, "ca", getenv("CONFORMANCE_CA"));
    run.clients = clients_new(address, root);
    for (int i = optind; i < argc; i++)
        run_suite(&run, argv[i]);
    printf("%s: %zu pass, %zu differ, %zu fail, %zu out of reach\n", run.tags.label, run.counts[PASS], run.counts[DIFFER], run.counts[FAIL],
           run.counts[SKIP]);
    clients_free(run.clients);
    values_free(run.values);
    if (run.recorded)
        recorded_stop(run.recorded);
    if (run.results)
        fclose(run.results);
    for (size_t i = 0; i < run.excuse_count; i++)
        json_object_put(run.excuses[i]);
    json_object_put(run.before);
    json_object_put(run.extra);
    return run.counts[FAIL] ? 1 : 0;
}
