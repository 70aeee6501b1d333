/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_kafka_main.c - vaultcrypt-doctor-kafka: can these brokers be reached, are the topics there, may they be read. A program of
 * its own because it links librdkafka; `vaultcrypt doctor --brokers` runs it.
 */
#include "exit.h"
#include "finding.h"
#include "option.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>
#include <vaultcrypt/kafka.h>

enum { MOST_TOPICS = 32, WAIT_MS = 10000, POLL_MS = 100, POLLS = 15, SCRAM_MENDED = 0x020601ff };

struct options {
    const char *brokers, *config;
    bool lines;
};

static const option_row rows[] = {
    { OPTION_TEXT, 'b', "brokers", "LIST", "bootstrap.servers", offsetof(struct options, brokers) },
    { OPTION_TEXT, 'F', "kafka-config", "FILE", "properties of librdkafka, as kcat's -F",
      offsetof(struct options, config) },
    { OPTION_FLAG, 0, "lines", NULL, "each finding as one line of JSON", offsetof(struct options, lines) },
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] = "Nothing is written, and no group is joined. Exit codes: 0 no fault, 2 usage, 3 configuration or topic, 5 the brokers cannot\n"
                            "be reached or refuse, 6 local.\n";

static const struct command command_doctor_kafka = { "doctor-kafka", "[OPTIONS] [TOPIC...]",
                                                     "can these brokers be reached, and the topics be read", notes,
                                                     rows, MOST_TOPICS, NULL };

static void keep_error(rd_kafka_t *kafka, int error, const char *reason, void *user)
{
    char *last = user;
    (void)kafka;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(last, 512, "%s", reason);
}

static void no_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka, (void)level, (void)facility, (void)text;
}

/* -- settings ------------------------------------------------------------------------------------------------------------- */

static void look_at_library(findings *found, rd_kafka_conf_t *conf)
{
    char mechanism[64] = "";
    size_t room = sizeof mechanism;
    const bool old = rd_kafka_version() < SCRAM_MENDED;
    if (rd_kafka_conf_get(conf, "sasl.mechanisms", mechanism, &room) != RD_KAFKA_CONF_OK)
        mechanism[0] = 0;
    if (old && strncmp(mechanism, "SCRAM", 5) == 0)
        finding_add(found, FINDING_WARNING, 0, "librdkafka",
                    "take librdkafka 2.6.1 or later, or SASL PLAIN over TLS, or client certificates",
                    "version %s cannot log in to Kafka 4 by %s", rd_kafka_version_str(), mechanism);
    else
        finding_add(found, FINDING_OK, 0, "librdkafka", NULL, "version %s", rd_kafka_version_str());
}

static void look_at_protocol(findings *found, rd_kafka_conf_t *conf)
{
    char protocol[32] = "", verify[16] = "";
    size_t room = sizeof protocol;
    if (rd_kafka_conf_get(conf, "security.protocol", protocol, &room) != RD_KAFKA_CONF_OK)
        return;
    room = sizeof verify;
    if (strcmp(protocol, "sasl_plaintext") == 0)
        finding_add(found, FINDING_WARNING, 0, "kafka", "security.protocol=sasl_ssl",
                    "the password can be read on the way (%s)", protocol);
    if (strstr(protocol, "ssl") && rd_kafka_conf_get(conf, "enable.ssl.certificate.verification", verify,
                                                     &room) == RD_KAFKA_CONF_OK &&
        strcmp(verify, "false") == 0)
        finding_add(found, FINDING_WARNING, 0, "kafka",
                    "set ssl.ca.location, and take enable.ssl.certificate.verification=false out",
                    "the brokers' certificates are not verified");
}

/* -- brokers and topics ----------------------------------------------------------------------------------------------------- */

static void tell_brokers(findings *found, const struct rd_kafka_metadata *metadata)
{
    char all[512] = "";
    for (int i = 0; i < metadata->broker_cnt; i++) {
        const size_t len = strlen(all);
        snprintf(all + len, sizeof all - len, "%s%s:%d", len ? ", " : "", metadata->brokers[i].host,
                 metadata->brokers[i].port);
    }
    finding_add(found, FINDING_OK, 0, "brokers", NULL, "%d: %s", metadata->broker_cnt, all);
}

/* Reads from the end of partition 0 for a moment: without the right, an error comes. */
static void look_at_reading(findings *found, rd_kafka_t *kafka, const char *topic)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_resp_err_t error = rd_kafka_assign(kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    bool refused = false;
    for (int i = 0; i < POLLS && !error; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka, POLL_MS);
        if (message && message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            error = message->err;
        if (message)
            rd_kafka_message_destroy(message);
    }
    (void)rd_kafka_assign(kafka, NULL);
    refused = error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    if (error)
        finding_add(found, FINDING_FAULT, EXIT_VAULT, "topic",
                    refused ? "allow READ on the topic for this user" : "the brokers' logs tell more",
                    "%s cannot be read: %s", topic, rd_kafka_err2str(error));
    else
        finding_add(found, FINDING_OK, 0, "topic", NULL, "%s can be read", topic);
}

static void look_at_topic(findings *found, rd_kafka_t *kafka, const char *name)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, name, NULL);
    rd_kafka_resp_err_t error = topic ? rd_kafka_metadata(kafka, 0, topic, &metadata, WAIT_MS) : rd_kafka_last_error();
    bool there = false;
    if (!error) {
        const rd_kafka_resp_err_t about = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        there = !about;
        if (there)
            finding_add(found, FINDING_OK, 0, "topic", NULL, "%s is there, with %d partitions", name,
                        metadata->topics[0].partition_cnt);
        else
            finding_add(found, FINDING_FAULT,
                        about == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ? EXIT_CONFIG : EXIT_DENIED, "topic",
                        about == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ? "create it, or mend its name in the schema" : "allow DESCRIBE on the topic for this user",
                        "%s: %s", name, rd_kafka_err2str(about));
        rd_kafka_metadata_destroy(metadata);
    } else {
        finding_add(found, FINDING_FAULT, EXIT_VAULT, "topic", "the brokers' logs tell more", "%s: %s", name,
                    rd_kafka_err2str(error));
    }
    if (topic)
        rd_kafka_topic_destroy(topic);
    if (there) {
        look_at_reading(found, kafka, name);
        finding_add(found, FINDING_SKIPPED, 0, "topic", "kafka-acls shows it: WRITE on the topic",
                    "%s: whether it may be written shows only by writing", name);
    }
}

/* -- the whole ---------------------------------------------------------------------------------------------------------------- */

static rd_kafka_conf_t *make_conf(const struct options *o, vc_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    vc_kafka_config *config = vc_kafka_config_new(err);
    vc_code code = config ? VC_OK : VC_E_MEMORY;
    if (!code && o->config)
        code = vc_kafka_config_load(config, o->config, err);
    if (!code && o->brokers)
        code = vc_kafka_config_set(config, "bootstrap.servers", o->brokers, err);
    if (!code)
        code = vc_kafka_config_conf(config, VC_KAFKA_CONSUMER, &conf, err);
    vc_kafka_config_free(config);
    return code ? NULL : conf;
}

static void look(findings *found, rd_kafka_conf_t *conf, const char *const *topics)
{
    char last[512] = "", text[512];
    const struct rd_kafka_metadata *metadata;
    look_at_library(found, conf);
    look_at_protocol(found, conf);
    rd_kafka_conf_set_error_cb(conf, keep_error);
    rd_kafka_conf_set_opaque(conf, last);
    rd_kafka_conf_set_log_cb(conf, no_log);
    (void)rd_kafka_conf_set(conf, "group.id", "vaultcrypt-doctor", text,
                            sizeof text); /* assign() wants one; it is not joined */
    (void)rd_kafka_conf_set(conf, "allow.auto.create.topics", "false", text, sizeof text);
    (void)rd_kafka_conf_set(conf, "enable.auto.commit", "false", text, sizeof text);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!kafka) {
        rd_kafka_conf_destroy(conf);
        finding_add(found, FINDING_FAULT, EXIT_CONFIG, "kafka", "mend the property that is named", "%s", text);
        return;
    }
    rd_kafka_poll_set_consumer(kafka);
    const rd_kafka_resp_err_t error = rd_kafka_metadata(kafka, 0, NULL, &metadata, WAIT_MS);
    rd_kafka_message_t *event = rd_kafka_consumer_poll(kafka, 0); /* for the error that was kept */
    if (event)
        rd_kafka_message_destroy(event);
    if (error) {
        finding_add(found, FINDING_FAULT, EXIT_VAULT, "brokers",
                    "are names and ports right, and security.protocol, users and certificates those of the listener?",
                    "%s%s%s", rd_kafka_err2str(error), last[0] ? ": " : "", last);
    } else {
        tell_brokers(found, metadata);
        rd_kafka_metadata_destroy(metadata);
        for (size_t i = 0; topics[i]; i++)
            look_at_topic(found, kafka, topics[i]);
    }
    (void)rd_kafka_consumer_close(kafka);
    rd_kafka_destroy(kafka);
}

int main(int argc, char **argv)
{
    struct options o = { .brokers = NULL };
    const char *topics[MOST_TOPICS + 1];
    vc_error err = VC_ERROR_INIT;
    findings found;
    int status = EXIT_FINE;
    if (!option_parse(&command_doctor_kafka, argc, argv, &o, topics, &status))
        return status;
    if (!o.brokers && !o.config) {
        fprintf(stderr, "vaultcrypt doctor-kafka: --brokers or --kafka-config is needed; vaultcrypt doctor-kafka --help\n");
        return EXIT_USAGE;
    }
    if (!findings_open(&found))
        return EXIT_LOCAL;
    rd_kafka_conf_t *conf = make_conf(&o, &err);
    if (conf)
        look(&found, conf, topics);
    else
        finding_add(&found, FINDING_FAULT, exit_code_of(err.code), "kafka", "mend the property or file that is named",
                    "%s", err.message);
    for (size_t i = 0; o.lines && i < json_object_array_length(found.list); i++)
        puts(json_object_to_json_string_ext(json_object_array_get_idx(found.list, i), JSON_C_TO_STRING_PLAIN));
    if (!o.lines)
        findings_print(&found);
    status = fflush(stdout) ? EXIT_LOCAL : found.status;
    findings_close(&found);
    return status;
}
