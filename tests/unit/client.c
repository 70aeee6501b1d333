/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/client.h"

enum { TIMEOUT_MS = 20000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char lines[8192], taken[8192];

static void keep_line(void *user, const char *line)
{
    (void)user;
    pthread_mutex_lock(&lock);
    const size_t len = strlen(lines);
    snprintf(lines + len, sizeof lines - len, "%s\n", line);
    pthread_mutex_unlock(&lock);
    assert_null(strstr(line, "canary"));
}

const char *client_log_take(void)
{
    pthread_mutex_lock(&lock);
    memcpy(taken, lines, sizeof taken);
    lines[0] = 0;
    pthread_mutex_unlock(&lock);
    return taken;
}

vc_config *client_config(const char *url)
{
    vc_config *config = vc_config_new(NULL);
    assert_int_equal(vc_config_set_address(config, url, NULL), VC_OK);
    assert_int_equal(vc_config_set_token(config, vc_str(TOKEN), NULL), VC_OK);
    assert_int_equal(vc_config_set_timeout(config, TIMEOUT_MS, NULL), VC_OK);
    assert_int_equal(vc_config_set_deadline(config, TIMEOUT_MS, NULL), VC_OK);
    assert_int_equal(vc_config_set_log(config, keep_line, NULL, NULL), VC_OK);
    return config;
}

vc_client *client_for(const char *url)
{
    vc_error err = VC_ERROR_INIT;
    vc_config *config = client_config(url);
    vc_client *client = vc_client_open(config, &err);
    vc_config_free(config);
    if (!client)
        fail_msg("%s", err.message);
    return client;
}

client_result client_call(vc_client *client, const char *method, const char *path, const char *body, bool replay_safe)
{
    client_result result = { .err = VC_ERROR_INIT };
    vc_request request;
    vc__request_init(&request, method, 64 << 20, replay_safe);
    vc__buf_str(&request.path, path);
    vc__buf_str(&request.body, body);
    result.code = vc__client_call(client, &request, &result.err);
    result.status = request.status;
    result.tries = request.tries;
    snprintf(result.reply, sizeof result.reply, "%.*s", (int)request.reply.len, request.reply.len ? request.reply.data : "");
    vc__request_cleanup(&request);
    assert_int_equal(result.code, result.err.code);
    assert_null(strstr(result.err.message, "canary"));
    return result;
}
