/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_kafka.c - hands over to vaultcrypt-doctor-kafka, which links librdkafka, and takes what it found. */
#include "doctor.h"
#include "exit.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 64, MOST_TOPICS = 24 };

/* Exact topics of the schema; patterns name none. */
static size_t add_topics(const struct doctor *doctor, char **argv, size_t n)
{
    const vc_rule *rule;
    const char *topic;
    size_t topics = 0;
    for (size_t r = 0; doctor->schema && (rule = vc_schema_rule_at(doctor->schema, r)); r++)
        for (size_t t = 0; (topic = vc_rule_topic_at(rule, t)) && topics < MOST_TOPICS; t++)
            if (!strchr(topic, '*')) {
                const union {
                    const char *read;
                    char *argument;
                } text = { topic };
                argv[n++] = text.argument;
                topics++;
            }
    return n;
}

static void take_lines(struct doctor *doctor, FILE *lines)
{
    char line[8192];
    while (fgets(line, sizeof line, lines)) {
        struct json_object *one = call_json(vc_str(line));
        if (one)
            finding_take(&doctor->findings, one);
        json_object_put(one);
    }
}

static void run_program(const char *file, char **argv, int out)
{
    if (dup2(out, STDOUT_FILENO) >= 0)
        execv(file, argv);
    _exit(127);
}

void doctor_kafka(struct doctor *doctor)
{
    static char name[] = "vaultcrypt-doctor-kafka", brokers[] = "--brokers", config[] = "--kafka-config",
        json[] = "--lines";
    char file[4096], *argv[MOST_ARGUMENTS];
    const union {
        const char *read;
        char *argument;
    } list = { doctor->brokers }, properties = { doctor->kafka_config };
    int ends[2];
    size_t n = 0;
    if (!program_find("doctor-kafka", file, sizeof file)) {
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "kafka",
                    "build with librdkafka, and set VAULTCRYPT_EXEC_PATH in a build tree",
                    "this program was built without Kafka");
        return;
    }
    argv[n++] = name;
    argv[n++] = json;
    if (list.argument) {
        argv[n++] = brokers;
        argv[n++] = list.argument;
    }
    if (properties.argument) {
        argv[n++] = config;
        argv[n++] = properties.argument;
    }
    argv[add_topics(doctor, argv, n)] = NULL;
    const pid_t child = pipe(ends) ? -1 : fork();
    if (child < 0) {
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_LOCAL, "kafka", NULL, "%s: %s", file, strerror(errno));
        return;
    }
    if (child == 0) {
        close(ends[0]);
        run_program(file, argv, ends[1]);
    }
    close(ends[1]);
    FILE *lines = fdopen(ends[0], "r");
    if (lines) {
        take_lines(doctor, lines);
        fclose(lines);
    }
    int ended = 0;
    while (waitpid(child, &ended, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) > EXIT_LOCAL)
        finding_add(&doctor->findings, FINDING_FAULT, EXIT_LOCAL, "kafka", NULL, "%s could not be run", file);
}
