/* SPDX-License-Identifier: Apache-2.0 */
#include "stream_metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vaultcrypt/auth.h>
#include <vaultcrypt/version.h>

static const char *const states[] = { "new", "starting", "running", "waiting", "stopping", "ended" };

enum { STATES = sizeof states / sizeof states[0] };

const char *stream_state_name(vc_stream_state state)
{
    return (size_t)state < STATES ? states[state] : "unknown";
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP vaultcrypt_%s %s\n# TYPE vaultcrypt_%s %s\n", name, help, name, type);
}

static void count(FILE *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    fprintf(out, "vaultcrypt_%s %" PRIu64 "\n", name, value);
}

static void gauge(FILE *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    fprintf(out, "vaultcrypt_%s %.15g\n", name, value);
}

/* -- the stream ---------------------------------------------------------------------------------------------------------- */

static void put_state(FILE *out, const stream_metrics *m)
{
    const vc_stream_state now = vc_stream_get_state(m->stream);
    head(out, "build_info", "gauge", "Always 1; the label tells the version.");
    fprintf(out, "vaultcrypt_build_info{version=\"%s\"} 1\n", vc_version());
    gauge(out, "start_time_seconds", "When the program began, in seconds since 1970.", m->started);
    head(out, "state", "gauge", "1 for the state that the stream is in, 0 for the others.");
    for (int i = 0; i < STATES; i++)
        fprintf(out, "vaultcrypt_state{state=\"%s\"} %d\n", states[i], (int)now == i);
}

static void put_seconds(FILE *out, const vc_stream_stats *stats)
{
    static const char name[] = "batch_seconds";
    uint64_t sum = 0;
    double bound = 0.0005;
    head(out, name, "histogram", "How long batches took, the replies of Vault included.");
    for (int i = 0; i < VC_STREAM_BUCKETS - 1; i++, bound *= 2) {
        sum += stats->batch_seconds[i];
        fprintf(out, "vaultcrypt_%s_bucket{le=\"%.6g\"} %" PRIu64 "\n", name, bound, sum);
    }
    sum += stats->batch_seconds[VC_STREAM_BUCKETS - 1];
    fprintf(out, "vaultcrypt_%s_bucket{le=\"+Inf\"} %" PRIu64 "\nvaultcrypt_%s_sum %.9g\nvaultcrypt_%s_count %" PRIu64 "\n", name, sum, name,
            stats->batch_seconds_sum, name, sum);
}

static void put_stream(FILE *out, const stream_metrics *m)
{
    vc_stream_stats stats = { .size = sizeof stats };
    vc_stream_get_stats(m->stream, &stats);
    count(out, "records_in_total", "Records consumed.", stats.records_in);
    count(out, "records_out_total", "Records delivered to the target; with exactly once, committed.", stats.records_out);
    count(out, "dead_letters_total", "Records set aside in the dead-letter topic.", stats.dead_letters);
    count(out, "bytes_in_total", "Bytes of keys and values consumed.", stats.bytes_in);
    count(out, "bytes_out_total", "Bytes of keys and values delivered.", stats.bytes_out);
    head(out, "fields_total", "counter", "Values protected or opened, by their method.");
    for (unsigned i = 0; i < VC_METHODS; i++)
        fprintf(out, "vaultcrypt_fields_total{method=\"%s\"} %" PRIu64 "\n", vc_method_name(i), stats.fields_by_method[i]);
    count(out, "fields_kept_total", "Values that stayed as they were in a migration.", stats.kept);
    count(out, "records_passed_total", "Records before the cut-over, which passed as they were.", stats.passed);
    count(out, "batches_total", "Batches of records.", stats.batches);
    count(out, "batch_records_total", "Records in these batches.", stats.batch_records);
    put_seconds(out, &stats);
    count(out, "commits_total", "Commits of offsets, or of transactions.", stats.commits);
    head(out, "transactions_total", "counter", "Transactions by their result; none with at least once.");
    fprintf(out, "vaultcrypt_transactions_total{result=\"committed\"} %" PRIu64 "\nvaultcrypt_transactions_total{result=\"aborted\"} %" PRIu64 "\n",
            m->transactions ? stats.commits : 0, stats.aborts);
    count(out, "rebalances_total", "Times that the group dealt its partitions out anew.", stats.rebalances);
    count(out, "reloads_total", "Times that schema and credentials were read again.", atomic_load(&m->reloads));
    count(out, "reloads_refused_total", "Times that what had changed was refused: the stream goes on with what it had.", atomic_load(&m->reloads_refused));
    count(out, "vault_waits_total", "Times that trouble with Vault was waited out.", stats.waits);
    head(out, "busy_seconds_total", "counter", "Seconds with records under way.");
    fprintf(out, "vaultcrypt_busy_seconds_total %.9g\n", stats.seconds);
}

static void put_label(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text, out);
    }
}

static void put_lag(void *user, const vc_stream_partition *partition)
{
    FILE *out = user;
    if (partition->end < 0)
        return;
    const int64_t committed = partition->committed < 0 ? 0 : partition->committed;
    fputs("vaultcrypt_lag_records{topic=\"", out);
    put_label(out, partition->topic);
    fprintf(out, "\",partition=\"%d\"} %" PRId64 "\n", (int)partition->partition, partition->end > committed ? partition->end - committed : 0);
}

/* -- Vault --------------------------------------------------------------------------------------------------------------- */

static void put_keys(FILE *out, vc_keyring *ring)
{
    vc_keyring_stats stats = { .size = sizeof stats };
    vc_keyring_use use = { .size = sizeof use };
    uint64_t oldest = 0;
    vc_keyring_get_stats(ring, &stats);
    for (size_t i = 0; vc_keyring_get_use(ring, i, &use); i++)
        if (use.age_ms > oldest)
            oldest = use.age_ms;
    head(out, "data_keys", "gauge", "Data keys in memory, by what they are for.");
    fprintf(out,
            "vaultcrypt_data_keys{use=\"protect\"} %zu\nvaultcrypt_data_keys{use=\"open\"} %zu\nvaultcrypt_data_keys{use=\"deterministic\"} %zu\n",
            stats.use_keys, stats.open_keys, stats.prf_keys);
    head(out, "data_key_age_seconds", "gauge", "Age of the oldest of them.");
    fprintf(out, "vaultcrypt_data_key_age_seconds{use=\"protect\"} %.3f\nvaultcrypt_data_key_age_seconds{use=\"open\"} %.3f\n", (double)oldest / 1000,
            stats.open_keys ? (double)stats.oldest_open_ms / 1000 : 0.0);
    count(out, "data_key_fetches_total", "Data keys that were had of Vault.", stats.fetched);
}

static void put_vault(FILE *out, const stream_metrics *m)
{
    vc_client_stats stats = { .size = sizeof stats };
    vc_token_info token = { .size = sizeof token };
    vc_client_get_stats(m->client, &stats);
    vc_client_token_info(m->client, &token);
    count(out, "vault_requests_total", "Requests sent to Vault, with those that were sent again.", stats.requests);
    count(out, "vault_retries_total", "Requests that were sent again.", stats.retries);
    count(out, "vault_failovers_total", "Requests that went to another address of Vault at once.", stats.failovers);
    count(out, "token_logins_total", "Log-ins to Vault.", token.logins);
    count(out, "token_renewals_total", "Renewals of the token.", token.renewals);
    count(out, "token_failures_total", "Log-ins and renewals that failed.", token.failures);
    head(out, "token_expires_seconds", "gauge", "Seconds that the token lives; +Inf: without end, or not known.");
    if (token.ttl_ms == UINT64_MAX)
        fprintf(out, "vaultcrypt_token_expires_seconds +Inf\n");
    else
        fprintf(out, "vaultcrypt_token_expires_seconds %.3f\n", (double)token.ttl_ms / 1000);
    put_keys(out, vc_client_keyring(m->client));
}

/* -- key pairs ----------------------------------------------------------------------------------------------------------- */

static void put_pair(void *user, const vc_keysource_state *state)
{
    FILE *out = user;
    if (state->state == VC_KEY_NOT_NEEDED)
        return;
    fputs("vaultcrypt_key{name=\"", out);
    put_label(out, state->name);
    fprintf(out, "\",half=\"%s\",place=\"", state->is_private ? "private" : "public");
    put_label(out, state->place);
    fprintf(out, "\",state=\"%s\"} %d\n", vc_key_state_name(state->state), state->serves);
}

char *stream_metrics_text(const stream_metrics *metrics, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    put_state(out, metrics);
    put_stream(out, metrics);
    head(out, "lag_records", "gauge", "Records of a partition that are not yet done and committed.");
    vc_stream_each_partition(metrics->stream, put_lag, out);
    put_vault(out, metrics);
    head(out, "key", "gauge", "1: a key of this place of the schema is in memory, or in Vault; the label tells how it stands.");
    stream_keys_each(metrics->keys, put_pair, out);
    if (!fclose(out))
        return text;
    free(text);
    return NULL;
}
