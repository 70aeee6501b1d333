/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - `vaultcrypt doctor`: everything between here and a protected record, looked at in the order in which it is needed. */
#include "doctor.h"

#include "commands.h"
#include "exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct options {
    const char *schema, *brokers, *kafka_config;
    connect_options connect;
    output_options output;
};

enum { PATIENCE_MS = 10000 };

static const option_row rows[] = {
    { OPTION_TEXT, 's', "schema", "FILE", "look at what this schema needs, too", offsetof(struct options, schema) },
    { OPTION_TEXT, 'b', "brokers", "LIST", "look at these Kafka brokers (VAULTCRYPT_BROKERS), and at the schema's topics",
      offsetof(struct options, brokers) },
    { OPTION_TEXT, 'F', "kafka-config", "FILE", "properties of librdkafka, as kcat's -F",
      offsetof(struct options, kafka_config) },
    OUTPUT_ROWS(struct options),
    CONNECT_ROWS(struct options),
    BATCH_ROWS(struct options),
    { OPTION_END, 0, NULL, NULL, NULL, 0 },
};

static const char notes[] =
    "Looks at settings, name, connection, certificate, clock, health, token, rights, keys and roles, and takes a random value there\n"
    "and back for each field of the schema. Nothing is changed. Each finding says what to do.\n"
    "Exit codes, of the first fault: 0 none (warnings do not count), 1 a round trip, 2 usage, 3 configuration, key or role,\n"
    "4 token or rights, 5 Vault or Kafka cannot be reached or is not well, 6 local.\n";

static int run(int argc, char **argv);

const struct command command_doctor = { "doctor", "[OPTIONS]",
                                        "find what is wrong between here and a protected record", notes, rows, 0, run };

static bool is_loopback(const char *address)
{
    static const char *const hosts[] = { "http://127.", "http://localhost", "http://[::1]" };
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strncmp(address, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

static void look_at_file(struct doctor *doctor, const char *what, const char *file)
{
    struct stat about;
    if (!file || stat(file, &about))
        return;
    if (about.st_mode & 077)
        finding_add(&doctor->findings, FINDING_WARNING, 0, "files",
                    "chmod 600 that file, and take the token in it for known",
                    "%s %s can be read by others (mode %04o)", what, file, (unsigned)about.st_mode & 07777u);
    else
        finding_add(&doctor->findings, FINDING_OK, 0, "files", NULL, "%s %s is for its owner alone", what, file);
}

void doctor_settings(struct doctor *doctor)
{
    const char *address = connect_address(doctor->config);
    char file[4096];
    if (strncmp(address, "http://", 7) == 0 && !is_loopback(address))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "address",
                    "use https:// (a listener with TLS, or a local agent)",
                    "%s is not encrypted: token and plaintext can be read on the way", address);
    else
        finding_add(&doctor->findings, FINDING_OK, 0, "address", NULL, "%s", address);
    if (vc_config_get(doctor->config, "skip_verify"))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "settings",
                    "unset VAULT_SKIP_VERIFY (and --tls-skip-verify); trust the authority with VAULT_CACERT instead",
                    "the certificate is not verified: whoever stands between can read everything");
    if (option_variable("SSLKEYLOGFILE"))
        finding_add(&doctor->findings, FINDING_WARNING, 0, "settings", "unset SSLKEYLOGFILE",
                    "the keys of TLS sessions are written to a file");
    look_at_file(doctor, "the client's key", vc_config_get(doctor->config, "client_key"));
    if (doctor->connect->token_file)
        look_at_file(doctor, "the token file", doctor->connect->token_file);
    else if (!option_variable("VAULT_TOKEN") && !option_variable("BAO_TOKEN") && option_variable("HOME")) {
        snprintf(file, sizeof file, "%.4000s/.vault-token", getenv("HOME"));
        look_at_file(doctor, "the token file", file);
    }
}

static void look(struct doctor *doctor)
{
    vc_error err = VC_ERROR_INIT;
    doctor_settings(doctor);
    if (doctor->schema_file) {
        doctor->schema = vc_schema_open(doctor->schema_file, &err);
        char line[1024];
        if (doctor->schema)
            finding_add(&doctor->findings, FINDING_OK, 0, "schema", NULL, "%s is valid", doctor->schema_file);
        else
            finding_add(&doctor->findings, FINDING_FAULT, exit_code_of(err.code), "schema",
                        "mend the schema: vaultcrypt lint",
                        "%s", vc_error_format(&err, line, sizeof line));
    }
    if (doctor->schema && !connect_needs_vault(doctor->schema, VC_REWRAP))
        finding_add(&doctor->findings, FINDING_SKIPPED, 0, "Vault", NULL, "%s needs none", doctor->schema_file);
    else if (doctor_network(doctor) && doctor_token(doctor) && doctor->schema)
        doctor_schema(doctor);
    if (doctor->schema)
        doctor_source(doctor);
    if (doctor->brokers || doctor->kafka_config)
        doctor_kafka(doctor);
}

static int report(const struct doctor *doctor, const output_options *output)
{
    int status;
    if (output->format || output->field) {
        struct json_object *root = json_object_new_object();
        json_object_object_add(root, "findings", json_object_get(doctor->findings.list));
        json_object_object_add(root, "faults",
                               json_object_new_uint64(findings_count(&doctor->findings, FINDING_FAULT)));
        json_object_object_add(root, "warnings",
                               json_object_new_uint64(findings_count(&doctor->findings, FINDING_WARNING)));
        status = output_print(&command_doctor, output, NULL, root);
        json_object_put(root);
    } else {
        findings_print(&doctor->findings);
        printf("faults: %zu, warnings: %zu\n", findings_count(&doctor->findings, FINDING_FAULT),
               findings_count(&doctor->findings, FINDING_WARNING));
        status = output_end(&command_doctor);
    }
    return status ? status : doctor->findings.status;
}

static int run(int argc, char **argv)
{
    struct options o = { .connect = { .deadline = PATIENCE_MS } };
    const char *operands[1];
    vc_error err = VC_ERROR_INIT;
    int status;
    if (!option_parse(&command_doctor, argc, argv, &o, operands, &status))
        return status;
    if (output_check(&command_doctor, &o.output))
        return EXIT_USAGE;
    if (!o.brokers && !o.kafka_config)
        o.brokers = option_variable("VAULTCRYPT_BROKERS"); /* as the commands that talk to Kafka */
    struct doctor doctor = { .schema_file = o.schema, .brokers = o.brokers, .kafka_config = o.kafka_config,
                             .connect = &o.connect };
    if (!findings_open(&doctor.findings))
        return EXIT_LOCAL;
    if (!(doctor.config = connect_quiet(&o.connect, &err)) || !(doctor.client = vc_client_open(doctor.config, &err))) {
        finding_add(&doctor.findings, FINDING_FAULT, exit_code_of(err.code), "settings",
                    "mend the option or variable that is named", "%s",
                    err.message);
    } else {
        look(&doctor);
    }
    status = report(&doctor, &o.output);
    vc_client_close(doctor.client);
    vc_config_free(doctor.config);
    vc_schema_unref(doctor.schema);
    findings_close(&doctor.findings);
    return status;
}
