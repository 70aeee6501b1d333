/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "conformance/recorded.h"

#include "unit/server.h"

#include <pthread.h>

enum { CASES_MAX = 1000 };

struct recording {
    http_server *server;
    pthread_mutex_t lock;
    struct json_object *cases[CASES_MAX], *chosen;
    size_t count;
    bool strict;
    char *complaint;
};

static const char *text_in(struct json_object *json, const char *name)
{
    struct json_object *found = NULL;
    json_object_object_get_ex(json, name, &found);
    return found ? json_object_get_string(found) : "";
}

/* LIST goes out as a GET. */
static bool same_target(struct json_object *chosen, const server_request *request)
{
    const char *method = text_in(chosen, "method"), *path = text_in(chosen, "path");
    char *listed = text_of("%s?list=true", path);
    const bool same = strcmp(method, "LIST") == 0 ? strcmp(request->method, "GET") == 0 && strcmp(request->path, listed) == 0
                                                  : strcmp(request->method, method) == 0 && strcmp(request->path, path) == 0;
    free(listed);
    return same;
}

/* What is not as recorded; the header lines are compared by their values. */
static char *compare(struct json_object *chosen, const server_request *request)
{
    static const char *const names[] = { "X-Vault-Token", "X-Vault-Namespace", "X-Vault-Wrap-TTL" };
    struct json_object *headers = NULL;
    char value[1024];
    if (!same_target(chosen, request))
        return text_of("%s %s was sent, not %s %s", request->method, request->path, text_in(chosen, "method"), text_in(chosen, "path"));
    if (strcmp(request->body ? request->body : "", text_in(chosen, "body")) != 0)
        return text_of("another body was sent than the recorded one");
    json_object_object_get_ex(chosen, "headers", &headers);
    for (size_t i = 0; headers && i < COUNT(names); i++) {
        const char *sent = server_header(request, names[i], value), *want = text_in(headers, names[i]);
        /* Times to live may be written in several ways, namespaces with a slash at the end or without. */
        if (i == 0 ? strcmp(sent ? sent : "", want) != 0 : !sent != !*want)
            return text_of("header %s is not as recorded", names[i]);
    }
    return server_header(request, "X-Vault-Request", value) ? NULL : text_of("header X-Vault-Request is missing");
}

static void answer_it(void *user, const server_request *request, server_answer *answer)
{
    recording *recorded = user;
    struct json_object *status = NULL;
    pthread_mutex_lock(&recorded->lock);
    if (!recorded->chosen || (strstr(request->path, "/lookup-self") && !same_target(recorded->chosen, request))) {
        /* The client wants to know why it was denied. */
        server_reply(answer, 403, "Content-Type: application/json\r\n", "{\"errors\":[\"permission denied\"]}\n");
    } else {
        if (recorded->strict && !recorded->complaint)
            recorded->complaint = compare(recorded->chosen, request);
        json_object_object_get_ex(recorded->chosen, "status", &status);
        server_reply(answer, json_object_get_int(status), "Content-Type: application/json\r\nCache-Control: no-store\r\n",
                     text_in(recorded->chosen, "reply"));
    }
    pthread_mutex_unlock(&recorded->lock);
}

recording *recorded_start(const char *file)
{
    recording *recorded = calloc(1, sizeof *recorded);
    FILE *lines = fopen(file, "r");
    char *line = NULL;
    size_t room = 0;
    if (!recorded || !lines) {
        perror(file);
        abort();
    }
    pthread_mutex_init(&recorded->lock, NULL);
    while (getline(&line, &room, lines) > 0 && recorded->count < CASES_MAX)
        if (!(recorded->cases[recorded->count++] = json_tokener_parse(line)))
            abort();
    free(line);
    fclose(lines);
    recorded->server = server_start(answer_it, recorded, NULL);
    return recorded;
}

void recorded_stop(recording *recorded)
{
    server_stop(recorded->server);
    for (size_t i = 0; i < recorded->count; i++)
        json_object_put(recorded->cases[i]);
    pthread_mutex_destroy(&recorded->lock);
    free(recorded->complaint);
    free(recorded);
}

const char *recorded_address(const recording *recorded)
{
    return server_url(recorded->server);
}

bool recorded_choose(recording *recorded, const char *name, bool strict)
{
    pthread_mutex_lock(&recorded->lock);
    recorded->chosen = NULL;
    recorded->strict = strict;
    free(recorded->complaint);
    recorded->complaint = NULL;
    for (size_t i = 0; i < recorded->count && !recorded->chosen; i++)
        if (strcmp(text_in(recorded->cases[i], "case"), name) == 0)
            recorded->chosen = recorded->cases[i];
    const bool found = recorded->chosen;
    pthread_mutex_unlock(&recorded->lock);
    return found;
}

char *recorded_complaint(recording *recorded)
{
    pthread_mutex_lock(&recorded->lock);
    char *complaint = recorded->complaint;
    recorded->complaint = NULL;
    pthread_mutex_unlock(&recorded->lock);
    return complaint;
}

size_t recorded_count(const recording *recorded)
{
    return recorded->count;
}
