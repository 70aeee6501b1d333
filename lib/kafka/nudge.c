/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/nudge.h"

#include "base/error.h"

enum { WAIT_MS = 1000, MENDED = 0x020200ff };

static void *run(void *arg)
{
    vc__nudge *nudge = arg;
    pthread_mutex_lock(&nudge->lock);
    while (!nudge->ending) {
        if (nudge->partition < 0) {
            pthread_cond_wait(&nudge->wanted, &nudge->lock);
            continue;
        }
        const int32_t partition = nudge->partition;
        int64_t low, high;
        pthread_mutex_unlock(&nudge->lock);
        (void)rd_kafka_query_watermark_offsets(nudge->rk, nudge->topic, partition, &low, &high, WAIT_MS);
        pthread_mutex_lock(&nudge->lock);
        if (nudge->partition == partition)
            nudge->partition = -1;
    }
    pthread_mutex_unlock(&nudge->lock);
    return NULL;
}

vc_code vc__nudge_start(vc__nudge *nudge, rd_kafka_t *rk, const char *topic, vc_error *err)
{
    *nudge = (vc__nudge){ .rk = rk, .topic = topic, .partition = -1 };
    if (rd_kafka_version() >= MENDED)
        return VC_OK;
    if (pthread_mutex_init(&nudge->lock, NULL))
        return vc__error_memory(err);
    if (pthread_cond_init(&nudge->wanted, NULL)) {
        pthread_mutex_destroy(&nudge->lock);
        return vc__error_memory(err);
    }
    nudge->running = pthread_create(&nudge->thread, NULL, run, nudge) == 0;
    if (nudge->running)
        return VC_OK;
    pthread_cond_destroy(&nudge->wanted);
    pthread_mutex_destroy(&nudge->lock);
    return vc__error_memory(err);
}

void vc__nudge_at(vc__nudge *nudge, int32_t partition)
{
    if (!nudge->running)
        return;
    pthread_mutex_lock(&nudge->lock);
    nudge->partition = partition;
    pthread_cond_signal(&nudge->wanted);
    pthread_mutex_unlock(&nudge->lock);
}

void vc__nudge_stop(vc__nudge *nudge)
{
    if (!nudge->running)
        return;
    pthread_mutex_lock(&nudge->lock);
    nudge->ending = true;
    pthread_cond_signal(&nudge->wanted);
    pthread_mutex_unlock(&nudge->lock);
    pthread_join(nudge->thread, NULL);
    pthread_cond_destroy(&nudge->wanted);
    pthread_mutex_destroy(&nudge->lock);
    nudge->running = false;
}
