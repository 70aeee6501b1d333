/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/transaction.h"

#include "base/error.h"
#include "kafka/clock.h"

#include <string.h>
#include <time.h>

enum { SLICE_MS = 2000, PAUSE_MS = 100, LONG_MS = 60000 };

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

/* Another producer of the same id has begun; or the coordinator says so after a transaction took too long. */
static bool is_fenced(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH || code == RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED;
}

/* What no other producer could do either. */
static bool is_hopeless(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__NOT_CONFIGURED: return true;
    default: return false;
    }
}

/* The coordinator aborts what takes too long, and fences its producer as if there were another. */
static bool is_overdue(const vc__transactions *t)
{
    return t->begun_ms && vc__now_ms() - t->begun_ms >= t->timeout_ms;
}

static vc__outcome fatal_outcome(const vc__transactions *t, rd_kafka_resp_err_t code)
{
    char reason[256];
    const rd_kafka_resp_err_t original = rd_kafka_fatal_error(t->rk, reason, sizeof reason);
    if (original)
        code = original;
    if (is_hopeless(code) || (is_fenced(code) && t->named && !is_overdue(t)))
        return VC__FATAL;
    return VC__RENEW;
}

vc__outcome vc__transactions_judge(const vc__transactions *transactions, rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__FENCED)
        return fatal_outcome(transactions, code);
    /* librdkafka takes no record any more once a transaction has failed. */
    if (code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return rd_kafka_fatal_error(transactions->rk, NULL, 0) ? fatal_outcome(transactions, code) : VC__ABORT;
    return VC__DONE;
}

static vc__outcome judge(const vc__transactions *t, const rd_kafka_error_t *error)
{
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    if (rd_kafka_error_is_fatal(error))
        return fatal_outcome(t, code);
    if (is_hopeless(code))
        return VC__FATAL;
    return rd_kafka_error_txn_requires_abort(error) ? VC__ABORT : VC__RENEW;
}

bool vc__transactions_say_fenced(const vc__transactions *t, vc_error *err)
{
    const rd_kafka_resp_err_t original = t->rk ? rd_kafka_fatal_error(t->rk, NULL, 0) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!is_fenced(original) || !t->named || is_overdue(t))
        return false;
    vc__error(err, VC_E_FENCED,
              "another copy with the same instance name or transactional.id has begun, and has taken this one's place (%s): give each copy a name of its own",
              rd_kafka_err2name(original));
    return true;
}

/* Fills `err`, and destroys `error`. */
static vc__outcome failed(const vc__transactions *t, const char *what, rd_kafka_error_t *error, vc_error *err)
{
    char reason[256];
    const rd_kafka_resp_err_t original = rd_kafka_fatal_error(t->rk, reason, sizeof reason);
    const vc__outcome outcome = judge(t, error);
    if (outcome != VC__FATAL || !vc__transactions_say_fenced(t, err))
        vc__error(err, VC_E_KAFKA, "%s: %s: %s", what, rd_kafka_error_name(error), original ? reason : rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return outcome;
}

/* Whether to call again, after a while. Destroys `error` then. */
static bool again(rd_kafka_error_t *error, uint64_t until)
{
    if (!rd_kafka_error_is_retriable(error) || rd_kafka_error_is_fatal(error) || vc__now_ms() >= until)
        return false;
    rd_kafka_error_destroy(error);
    pause_ms(PAUSE_MS);
    return true;
}

vc__outcome vc__transactions_init(vc__transactions *transactions, vc_error *err)
{
    const uint64_t begun = vc__now_ms();
    bool told = false;
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_init_transactions(transactions->rk, SLICE_MS);
        if (!error)
            return VC__DONE;
        if (!told && vc__now_ms() - begun > 2 * SLICE_MS) {
            vc__log(transactions->log, VC_LOG_WARNING, "kafka: waiting for the transaction coordinator: %s", rd_kafka_error_string(error));
            told = true;
        }
        if (!again(error, atomic_load(transactions->give_up) ? 0 : begun + 10 * LONG_MS))
            return failed(transactions, "beginning with transactions", error, err);
    }
}

vc__outcome vc__transactions_begin(vc__transactions *transactions, vc_error *err)
{
    if (transactions->open)
        return VC__DONE;
    rd_kafka_error_t *error = rd_kafka_begin_transaction(transactions->rk);
    if (error)
        return failed(transactions, "beginning a transaction", error, err);
    transactions->open = true;
    transactions->begun_ms = vc__now_ms();
    return VC__DONE;
}

/*
 * The group as the brokers are to check it. While a consumer that was thrown out has no member id, they take a commit without checking: there must be
 * one, and the same before and after. NULL: there is not.
 */
static rd_kafka_consumer_group_metadata_t *get_group(rd_kafka_t *consumer)
{
    char *before = rd_kafka_memberid(consumer);
    rd_kafka_consumer_group_metadata_t *group = before && before[0] ? rd_kafka_consumer_group_metadata(consumer) : NULL;
    char *after = group ? rd_kafka_memberid(consumer) : NULL;
    if (group && (!after || strcmp(before, after) != 0)) {
        rd_kafka_consumer_group_metadata_destroy(group);
        group = NULL;
    }
    if (before)
        rd_kafka_mem_free(consumer, before);
    if (after)
        rd_kafka_mem_free(consumer, after);
    return group;
}

static vc__outcome send_offsets(const vc__transactions *t, rd_kafka_t *consumer, const rd_kafka_topic_partition_list_t *offsets,
                                uint64_t until, vc_error *err)
{
    for (;;) {
        rd_kafka_consumer_group_metadata_t *group = get_group(consumer);
        if (!group) {
            vc__error(err, VC_E_KAFKA, "the consumer is in no group any more");
            return VC__ABORT;
        }
        rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(t->rk, offsets, group, SLICE_MS);
        rd_kafka_consumer_group_metadata_destroy(group);
        if (!error)
            return VC__DONE;
        if (again(error, atomic_load(t->give_up) ? 0 : until))
            continue;
        if (!rd_kafka_error_is_retriable(error) || rd_kafka_error_is_fatal(error))
            return failed(t, "committing offsets in a transaction", error, err);
        failed(t, "committing offsets in a transaction", error, err);
        return VC__ABORT; /* it took too long */
    }
}

vc__outcome vc__transactions_commit(vc__transactions *transactions, rd_kafka_t *consumer,
                                    const rd_kafka_topic_partition_list_t *offsets, vc_error *err)
{
    const uint64_t until = transactions->begun_ms + transactions->timeout_ms;
    const vc__outcome outcome = send_offsets(transactions, consumer, offsets, until, err);
    if (outcome != VC__DONE)
        return outcome;
    /* Whether it is committed is for the coordinator to say now: there is no giving up before it has. */
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_commit_transaction(transactions->rk, SLICE_MS);
        if (!error) {
            transactions->open = false;
            transactions->begun_ms = 0;
            return VC__DONE;
        }
        if (!rd_kafka_error_is_retriable(error) || rd_kafka_error_is_fatal(error))
            return failed(transactions, "committing a transaction", error, err);
        const bool too_long = vc__now_ms() >= until + LONG_MS;
        if (too_long || (atomic_load(transactions->give_up) && vc__now_ms() >= until)) {
            failed(transactions, "committing a transaction", error, err);
            return VC__RENEW;
        }
        rd_kafka_error_destroy(error);
        pause_ms(PAUSE_MS);
    }
}

vc__outcome vc__transactions_abort(vc__transactions *transactions, vc_error *err)
{
    if (!transactions->open)
        return VC__DONE;
    transactions->open = false;
    const uint64_t until = vc__now_ms() + transactions->timeout_ms;
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_abort_transaction(transactions->rk, SLICE_MS);
        if (!error) {
            transactions->begun_ms = 0;
            return VC__DONE;
        }
        if (again(error, atomic_load(transactions->give_up) ? 0 : until))
            continue;
        const vc__outcome outcome = failed(transactions, "aborting a transaction", error, err);
        return outcome == VC__FATAL ? VC__FATAL : VC__RENEW;
    }
}
