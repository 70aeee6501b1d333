/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer - makes purchases up and sends them, in clear, to a topic. The same seed gives the same purchases.
 */
#include "common.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: producer [OPTIONS]\n"
    "  -b BROKERS   Kafka's brokers (default: VAULTCRYPT_BROKERS)\n"
    "  -X NAME=VALUE   one of librdkafka's properties\n"
    "  -F, --config_file FILE   a file of them\n"
    "  -t TOPIC     (default purchases)\n"
    "  -n COUNT     how many (default 100)\n"
    "  -l           send the lines of standard input instead of purchases\n"
    "  -K TEXT      a line begins with its key, and TEXT behind it\n"
    "  --first NUMBER   of the first purchase (default 1); purchase and key follow from it and the seed\n"
    "  --seed NUMBER    another set of purchases (default 1)\n"
    "  --sleep-ms MS    between two of them (default 0)\n";

static const char *const given[] = { "Ada",      "Bjarne",  "Chlo\\u00e9", "Dennis", "Edsger",    "Frances",
                                     "Grace",    "Hedy",    "Ivan",        "Joan",   "Katherine", "Linus",
                                     "Margaret", "Niklaus", "Ole",         "Radia" };
static const char *const family[] = { "Abel",         "Bauer",  "Costa",   "Dubois", "Evans",    "Fischer",
                                      "Garc\\u00eda", "Hansen", "Ito",     "Jones",  "Kowalski", "Lopez",
                                      "Moreau",       "Novak",  "O'Brien", "Petrov" };
static const char *const streets[] = { "High Street",      "Station Road", "Mill Lane",   "Church Street",
                                       "Park Avenue",      "Harbour View", "Castle Hill", "Orchard Close",
                                       "Victoria Terrace", "Bridge End" };
static const char *const cities[] = { "Aberdeen", "Bristol", "Cardiff", "Dublin",  "Exeter",
                                      "Glasgow",  "Hull",    "Leeds",   "Norwich", "York" };

#define PICK(list, random) list[(random) % (sizeof(list) / sizeof(list)[0])]

/* SplitMix64 (Steele, Lea, Flood 2014): purchase number n is drawn on its own, wherever the run begins. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* As Python's json.dumps() writes it. */
static int write_purchase(char *text, size_t room, unsigned long seed, unsigned long n)
{
    uint64_t state = seed * 1000003 + n;
    draw(&state);
    const uint64_t who = draw(&state), where = draw(&state), card = draw(&state);
    return snprintf(
        text, room,
        "{\"Name\": \"%s %s\", \"Address\": \"%u %s, %s\", \"credit_card\": \"%04u-%04u-%04u-%04u\"}",
        PICK(given, who), PICK(family, who >> 16), (unsigned)(where % 300 + 1), PICK(streets, where >> 16),
        PICK(cities, where >> 32), (unsigned)(card % 10000), (unsigned)(card / 10000 % 10000),
        (unsigned)((card >> 32) % 10000), (unsigned)((card >> 48) % 10000));
}

static unsigned long failed;

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer, (void)opaque;
    if (message->err && !failed++)
        fprintf(stderr, "producer: %s\n", rd_kafka_err2str(message->err));
}

static void send_record(rd_kafka_t *producer, const char *topic, const char *key, size_t key_len,
                        const char *value, size_t len)
{
    const rd_kafka_vu_t what[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)(uintptr_t)key, key_len } },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)value, len } },
    };
    rd_kafka_error_t *error;
    while ((error = rd_kafka_produceva(producer, what, sizeof what / sizeof what[0]))) {
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die_kafka(topic, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        rd_kafka_poll(producer, 100);
    }
    rd_kafka_poll(producer, 0);
}

static unsigned long send_purchases(rd_kafka_t *producer, const struct options *options)
{
    char key[32], value[300];
    unsigned long sent = 0;
    for (; sent < options->count && !stopped; sent++) {
        const int key_len = snprintf(key, sizeof key, "%06lu", options->first + sent);
        const int len = write_purchase(value, sizeof value, options->seed, options->first + sent);
        send_record(producer, options->topic, key, (size_t)key_len, value, (size_t)len);
        if (options->sleep_ms)
            usleep((useconds_t)options->sleep_ms * 1000);
    }
    return sent;
}

static unsigned long send_lines(rd_kafka_t *producer, const struct options *options)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    unsigned long sent = 0;
    for (; !stopped && (len = getline(&line, &room, stdin)) > 0; sent++) {
        if (line[len - 1] == '\n')
            line[--len] = 0;
        char *value = options->separator ? strstr(line, options->separator) : NULL;
        const size_t key_len = value ? (size_t)(value - line) : 0;
        value = value ? value + strlen(options->separator) : line;
        send_record(producer, options->topic, key_len ? line : NULL, key_len, value, strlen(value));
    }
    free(line);
    return sent;
}

int main(int argc, char **argv)
{
    struct options options = { .topic = "purchases", .count = 100, .first = 1, .seed = 1 };
    read_options(&options, usage, argc, argv);
    vc_error err = VC_ERROR_INIT;
    rd_kafka_conf_t *conf = NULL;
    char reason[256];
    if (vc_kafka_config_conf(options.kafka, VC_KAFKA_PRODUCER, &conf, &err))
        die(&err);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!producer)
        die_kafka("the producer cannot be made", reason);
    const unsigned long sent = options.lines ? send_lines(producer, &options)
                                             : send_purchases(producer, &options);
    if (rd_kafka_flush(producer, 30000) || failed)
        die_kafka(options.topic, "not everything was delivered");
    fprintf(stderr, "producer: %lu records sent to %s\n", sent, options.topic);
    rd_kafka_destroy(producer);
    vc_kafka_config_free(options.kafka);
    return 0;
}
