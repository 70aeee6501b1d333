/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer - the confidential container demo's: gets its private key from the key release sidecar beside it, and prints the messages of a
 * topic: that they were opened, and on demand their text, where the key is released, else Base64, as they lie there. It goes on either way, asks for the key again, and opens what
 * comes after that, without a restart. A message that is damaged, cut or not ours is printed as it is, and counted.
 */
#include "attested.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vaultcrypt/keysource.h>

static const char usage[] =
    "usage: consumer [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -t TOPIC     (default: TOPIC, or kafka-demo-topic)\n"
    "  -n COUNT     end after so many messages\n"
    "  -e           end at the end of the topic\n"
    "  --reset      read everything from the beginning, outside of the consumer group\n"
    "Environment, as the original's: SkrClientKID, SkrClientMAAEndpoint, SkrClientAKVEndpoint, TOPIC, LOG_FILE.\n"
    "And: VAULTCRYPT_SKR_ADDR, the sidecar (http://localhost:8080); REFRESH, how often the key is asked for (1m);\n"
    "METHOD, rsa-oaep as the original, or hybrid; SHOW=1, the texts of what is opened: without it they are counted,\n"
    "since a container's output is a log that others read.\n"
    "Texts and Base64 go to standard output, all else to standard error.\n";

/* -- the key -------------------------------------------------------------------------------------------------------------- */

/* Into a text in YAML: what would end that has no place in it. */
static const char *plain(const char *name, const char *otherwise)
{
    const char *value = variable(name, otherwise);
    for (const char *c = value; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20 || *c == 0x7f) {
            say("%s has a character that it cannot have", name);
            exit(1);
        }
    return value;
}

static vc_schema *open_schema(void)
{
    char head[3000];
    const int len = snprintf(head, sizeof head,
                             "keys:\n  - name: " DEMO_KEY "\n    private: {release: {kid: \"%s\"}}\n"
                             "key_release: {url: \"%s\", maa_endpoint: \"%s\", akv_endpoint: \"%s\", refresh: \"%s\"}\n",
                             plain("SkrClientKID", NULL), plain("VAULTCRYPT_SKR_ADDR", "http://localhost:8080"),
                             plain("SkrClientMAAEndpoint", NULL), plain("SkrClientAKVEndpoint", NULL), plain("REFRESH", "1m"));
    if (len < 0 || (size_t)len >= sizeof head) {
        say("the variables are too long");
        exit(1);
    }
    return demo_schema(head);
}

static void on_key(void *user, const char *line)
{
    (void)user;
    say("%s", line);
}

/* From here on a thread of its own looks after the key. A refusal is no error: there is something to print either way. */
static vc_keysource *open_keys(vc_schema *schema, vc_keyring *ring)
{
    vc_error err = VC_ERROR_INIT;
    vc_keysource *keys = vc_keysource_new(NULL, schema, ring, &err);
    if (!keys || vc_keysource_set_direction(keys, VC_OPEN, &err) || vc_keysource_set_log(keys, on_key, NULL, &err) ||
        vc_keysource_load(keys, &err) || vc_keysource_start(keys, &err))
        die(&err);
    if (vc_keysource_check(keys, NULL, &err)) {
        char line[1024];
        say("messages are shown as Base64: %s", vc_error_format(&err, line, sizeof line));
    }
    return keys;
}

/* -- messages ------------------------------------------------------------------------------------------------------------- */

static unsigned long opened, shown; /* in clear; as they lie there */
static vc_code last_reason;

static void print(vc_view text)
{
    fwrite(text.data ? text.data : "", 1, text.len, stdout);
    putchar('\n');
}

/* Why messages are not opened, each reason once in a row; never a byte of them. */
static void explain(const vc_error *why, const rd_kafka_message_t *message)
{
    if (why->code != last_reason)
        say("not opened, from partition %d, offset %lld: %s", (int)message->partition, (long long)message->offset, why->message);
    last_reason = why->code;
}

static void show(vc_batch *batch, const vc_rule *rule, const rd_kafka_message_t *message)
{
    vc_error err = VC_ERROR_INIT;
    const vc_view value = vc_view_of(message->payload, message->len);
    vc_batch_clear(batch);
    if (vc_batch_add(batch, rule, value, &err))
        die(&err);
    const vc_code code = run_here(batch, &err);
    const vc_error *why = code ? &err : vc_batch_error(batch, 0);
    if (why) {
        explain(why, message);
        print(value);
        shown++;
    } else {
        if (last_reason)
            say("opened again");
        last_reason = VC_OK;
        opened++;
        if (*variable("SHOW", ""))
            print(vc_batch_output(batch, 0));
        else /* the output may be a log that others read */
            say("opened %lu so far", opened);
    }
    if (fflush(stdout))
        die_kafka("standard output", "cannot be written");
}

int main(int argc, char **argv)
{
    struct options options = { .topic = variable("TOPIC", "kafka-demo-topic") };
    vc_error err = VC_ERROR_INIT;
    set_default(&options, "group.id", "kafka-golang-consumer"); /* the original's pod */
    set_default(&options, "auto.offset.reset", "earliest");
    read_options(&options, usage, argc, argv);
    open_log();
    vc_schema *schema = open_schema();
    const vc_rule *rule = vc_schema_match(schema, vc_str(options.topic), &err);
    vc_keyring *ring = vc_keyring_new(&err);
    vc_batch *batch = vc_batch_new(schema, VC_OPEN, &err);
    if (!rule || !ring || !batch || vc_batch_set_keyring(batch, ring, &err))
        die(&err);
    vc_keysource *keys = open_keys(schema, ring);
    rd_kafka_t *consumer = open_consumer(&options);
    for (bool more = true; more;) {
        rd_kafka_message_t *message = next_message(consumer, &options, &more);
        if (message && !message->err)
            show(batch, rule, message);
        vc_batch_clear(batch); /* it borrows from the message */
        if (message)
            rd_kafka_message_destroy(message);
    }
    close_consumer(consumer);
    say("%lu messages opened, %lu shown as they lie there", opened, shown);
    vc_keysource_free(keys);
    vc_batch_free(batch);
    vc_keyring_unref(ring);
    vc_schema_unref(schema);
    vc_kafka_config_free(options.kafka);
    return 0;
}
