/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/topic.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum { MAX_TOPIC = 249, MAX_CONTEXT = 255 };

bool vc__topic_is(const char *name)
{
    static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t len = name ? strlen(name) : 0;
    return len && len <= MAX_TOPIC && strspn(name, legal) == len && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

vc_code vc__topic_check(const char *name, vc_error *err)
{
    if (vc__topic_is(name))
        return VC_OK;
    return vc__error(err, VC_E_ARGUMENT, "\"%.100s\" is not a topic: 1 to %d of a-z A-Z 0-9 . _ -", name ? name : "",
                     MAX_TOPIC);
}

int vc__topic_partitions(rd_kafka_t *rk, rd_kafka_topic_t *topic, int wait_ms, rd_kafka_resp_err_t *result)
{
    const struct rd_kafka_metadata *metadata = NULL;
    int count = 0;
    *result = rd_kafka_metadata(rk, 0, topic, &metadata, wait_ms);
    if (*result)
        return 0;
    if (metadata->topic_cnt == 1) {
        *result = metadata->topics[0].err;
        count = metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    return *result ? 0 : count;
}

vc_code vc__context_check(vc_view context, vc_error *err)
{
    if (context.len <= MAX_CONTEXT && vc__utf8_valid(context) == context.len)
        return VC_OK;
    return vc__error(err, VC_E_ARGUMENT, "a context is at most %d bytes of UTF-8", MAX_CONTEXT);
}

vc_code vc__text_set(char **place, const char *text, vc_error *err)
{
    char *copy = text ? vc__memdup(text, strlen(text)) : NULL;
    if (text && !copy)
        return vc__error_memory(err);
    vc__free(*place);
    *place = copy;
    return VC_OK;
}
