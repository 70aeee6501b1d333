/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

volatile sig_atomic_t stopped;
static const char *program;

void die(const vc_error *err)
{
    char line[1024];
    fprintf(stderr, "%s: %s\n", program, vc_error_format(err, line, sizeof line));
    exit(1);
}

void die_kafka(const char *what, const char *reason)
{
    fprintf(stderr, "%s: %s: %s\n", program, what, reason);
    exit(1);
}

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* -- options --------------------------------------------------------------------------------------------- */

enum { RESET = 256, SLEEP, SOURCE, TARGET, FIRST, SEED, DEADLINE, NATIVE, FORCE, EXACTLY_ONCE, INSTANCE };

static const struct option long_options[] = {
    { "brokers", required_argument, NULL, 'b' },
    { "config_file", required_argument, NULL, 'F' },
    { "topic", required_argument, NULL, 't' },
    { "schema", required_argument, NULL, 's' },
    { "count", required_argument, NULL, 'n' },
    { "sleep-ms", required_argument, NULL, SLEEP },
    { "source", required_argument, NULL, SOURCE },
    { "target", required_argument, NULL, TARGET },
    { "first", required_argument, NULL, FIRST },
    { "seed", required_argument, NULL, SEED },
    { "deadline-ms", required_argument, NULL, DEADLINE },
    { "key", required_argument, NULL, 'k' },
    { "reset", no_argument, NULL, RESET },
    { "native", no_argument, NULL, NATIVE },
    { "force", no_argument, NULL, FORCE },
    { "exactly-once", no_argument, NULL, EXACTLY_ONCE },
    { "instance", required_argument, NULL, INSTANCE },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

static void wrong_usage(const char *what, const char *usage)
{
    fprintf(stderr, "%s: %s\n%s", program, what, usage);
    exit(2);
}

static unsigned long number(const char *text, const char *usage)
{
    char *end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || *text == '-')
        wrong_usage("a number is expected", usage);
    return value;
}

/* Whether the program's usage text speaks of this option. */
static bool is_known(int option, const char *usage)
{
    char name[32];
    if (option < 256) {
        snprintf(name, sizeof name, "\n  -%c", option);
        return strstr(usage, name) != NULL;
    }
    for (const struct option *row = long_options; row->name; row++)
        if (row->val == option) {
            snprintf(name, sizeof name, "--%s", row->name);
            return strstr(usage, name) != NULL;
        }
    return false;
}

static void set_option(struct options *options, int option, const char *value, const char *usage)
{
    vc_error err = VC_ERROR_INIT;
    switch (option) {
    case 'b': vc_kafka_config_set(options->kafka, "bootstrap.servers", value, &err); break;
    case 'X': vc_kafka_config_set_pair(options->kafka, value, &err); break;
    case 'F':
        options->config = value;
        vc_kafka_config_load(options->kafka, value, &err);
        break;
    case 'k': options->key = value; break;
    case 't': options->topic = value; break;
    case 's': options->schema = value; break;
    case 'n': options->count = number(value, usage); break;
    case 'K': options->separator = value; break;
    case 'l': options->lines = true; break;
    case 'e': options->exit_at_end = true; break;
    case RESET: options->reset = true; break;
    case NATIVE: options->native = true; break;
    case FORCE: options->force = true; break;
    case EXACTLY_ONCE: options->exactly_once = true; break;
    case INSTANCE: options->instance = value; break;
    case SLEEP: options->sleep_ms = number(value, usage); break;
    case SOURCE: options->source = value; break;
    case TARGET: options->target = value; break;
    case FIRST: options->first = number(value, usage); break;
    case DEADLINE: options->deadline_ms = number(value, usage); break;
    case SEED: options->seed = number(value, usage); break;
    default: break;
    }
    if (err.code)
        die(&err);
}

const char *config_value(const struct options *options, const char *section, const char *name)
{
    static char line[4096];
    char here[256] = "";
    FILE *file = options->config ? fopen(options->config, "re") : NULL;
    const char *found = NULL;
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        char *equals = strchr(line, '=');
        if (sscanf(line, " [%255[^]]]", here) == 1 || !equals || strcmp(here, section) != 0)
            continue;
        const size_t start = strspn(line, " \t"), len = strcspn(line + start, " \t=");
        if (len == strlen(name) && strncmp(line + start, name, len) == 0)
            found = equals + 1 + strspn(equals + 1, " \t");
    }
    if (file)
        fclose(file);
    return found && *found ? found : NULL;
}

struct file_job read_file_job(const struct options *options, const char *folder, const char *setting, const char *fallback)
{
    struct file_job job;
    const char *value = options->topic ? options->topic : config_value(options, "large_payload", "topic");
    snprintf(job.topic, sizeof job.topic, "%s", value ? value : "purchases_large_encrypted");
    value = folder ? folder : config_value(options, "large_payload", setting);
    snprintf(job.folder, sizeof job.folder, "%s", value ? value : fallback);
    return job;
}

void tell_file(void *user, const vc_file_event *event)
{
    const struct file_words *words = user;
    if (event->kind == VC_FILE_DONE)
        printf("%s: %s%s%s, %llu bytes\n", program, words->before, event->name, words->behind, (unsigned long long)event->bytes);
    else if (event->kind == VC_FILE_REFUSED)
        printf("%s: %s refused: %s\n", program, event->name[0] ? event->name : "a file", event->why->message);
    fflush(stdout);
}

void set_default(struct options *options, const char *name, const char *value)
{
    vc_error err = VC_ERROR_INIT;
    if (!options->kafka && !(options->kafka = vc_kafka_config_new(&err)))
        die(&err);
    if (vc_kafka_config_set(options->kafka, name, value, &err))
        die(&err);
}

void read_options(struct options *options, const char *usage, int argc, char **argv)
{
    program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    set_default(options, "log_level", "4");
    const char *brokers = getenv("VAULTCRYPT_BROKERS");
    if (brokers && *brokers)
        set_default(options, "bootstrap.servers", brokers);
    bool where = brokers && *brokers;
    int option;
    while ((option = getopt_long(argc, argv, "b:X:F:t:s:n:K:k:elh", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(0);
        }
        if (option == '?' || !is_known(option, usage))
            wrong_usage("see the options below", usage);
        set_option(options, option, optarg, usage);
        where = where || option == 'b' || option == 'X' || option == 'F';
    }
    if (optind < argc)
        wrong_usage("options only", usage);
    if (!where)
        wrong_usage("where is Kafka? -b or VAULTCRYPT_BROKERS says it", usage);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

/* -- consumers ------------------------------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *ended; /* read to their end at least once: Kafka may tell it again */

/* All partitions from their beginning, without a group. */
static void assign_all(rd_kafka_t *consumer, const char *name)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(consumer, name, NULL);
    const rd_kafka_resp_err_t code = rd_kafka_metadata(consumer, 0, topic, &metadata, 10000);
    if (code || metadata->topic_cnt != 1 || metadata->topics[0].err)
        die_kafka(name, rd_kafka_err2str(code ? code : metadata->topics[0].err));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(
        metadata->topics[0].partition_cnt);
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
}

static void subscribe(rd_kafka_t *consumer, const char *name)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, name, RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer, list);
    if (code)
        die_kafka(name, rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
}

rd_kafka_t *open_consumer(const struct options *options)
{
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    char reason[256] = "";
    if (vc_kafka_config_conf(options->kafka, VC_KAFKA_CONSUMER, &conf, &err))
        die(&err);
    rd_kafka_conf_set(conf, "enable.partition.eof", options->exit_at_end ? "true" : "false", reason,
                      sizeof reason);
    if (options->reset)
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", reason, sizeof reason);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (!consumer)
        die_kafka("the consumer cannot be made", reason);
    rd_kafka_poll_set_consumer(consumer);
    ended = rd_kafka_topic_partition_list_new(1);
    if (options->reset)
        assign_all(consumer, options->topic);
    else
        subscribe(consumer, options->topic);
    return consumer;
}

/* The group may hand out partitions at any time: the end is there when all that are ours now came to theirs. */
static void take_end(rd_kafka_t *consumer, const rd_kafka_message_t *event, bool *more)
{
    const char *topic = rd_kafka_topic_name(event->rkt);
    rd_kafka_topic_partition_list_t *ours = NULL;
    if (!rd_kafka_topic_partition_list_find(ended, topic, event->partition))
        rd_kafka_topic_partition_list_add(ended, topic, event->partition);
    if (rd_kafka_assignment(consumer, &ours))
        return;
    *more = !ours->cnt;
    for (int i = 0; i < ours->cnt && !*more; i++)
        *more = !rd_kafka_topic_partition_list_find(ended, ours->elems[i].topic, ours->elems[i].partition);
    rd_kafka_topic_partition_list_destroy(ours);
}

rd_kafka_message_t *next_message(rd_kafka_t *consumer, const struct options *options, bool *more)
{
    static unsigned long read;
    *more = !stopped && (!options->count || read < options->count);
    rd_kafka_message_t *message = *more ? rd_kafka_consumer_poll(consumer, 100) : NULL;
    if (!message)
        return NULL;
    if (!message->err) {
        read++;
        return message;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        take_end(consumer, message, more);
    else
        fprintf(stderr, "%s: %s\n", program, rd_kafka_message_errstr(message));
    rd_kafka_message_destroy(message);
    return NULL;
}

void print_record(const struct options *options, vc_view key, vc_view value)
{
    if (options->separator) {
        fwrite(key.data, 1, key.len, stdout);
        fputs(options->separator, stdout);
    }
    fwrite(value.data, 1, value.len, stdout);
    putchar('\n');
}

void close_consumer(rd_kafka_t *consumer)
{
    fflush(stdout);
    rd_kafka_consumer_close(consumer);
    rd_kafka_topic_partition_list_destroy(ended);
    rd_kafka_destroy(consumer);
}
