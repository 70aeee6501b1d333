/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h - the parts of `vaultcrypt doctor`: each looks at one thing and leaves findings. */
#ifndef VC_BIN_DOCTOR_H
#define VC_BIN_DOCTOR_H

#include "call.h"
#include "finding.h"

#include <vaultcrypt/vaultcrypt.h>

struct doctor {
    const char *schema_file, *brokers, *kafka_config;
    const connect_options *connect;
    findings findings;
    vc_config *config;
    vc_client *client;
    vc_schema *schema; /* NULL: none was given */
};

/* Settings that are traps, before anything is asked. */
void doctor_settings(struct doctor *doctor);

/* Name, connection, TLS, health and clock of the address. False: no use to go on. */
bool doctor_network(struct doctor *doctor);

/* The token. False: there is none that works. */
bool doctor_token(struct doctor *doctor);

/* Rights, keys, roles and a round trip of each field of the schema. */
void doctor_schema(struct doctor *doctor);

/* The key pairs that the schema names: which can be had, and why the others cannot. */
void doctor_source(struct doctor *doctor);

/* -- between the files of doctor_schema() -- */

typedef enum doctor_key_state { DOCTOR_KEY_UNKNOWN = 0, DOCTOR_KEY_USABLE, DOCTOR_KEY_UNUSABLE } doctor_key_state;

/* May the token, for the field's key or role, and for the keys of `accept`? `*creates`: doing so could make the key. */
bool doctor_may(struct doctor *doctor, const vc_field *field, vc_direction direction, bool *creates);

/* The same for one path. */
bool doctor_may_path(struct doctor *doctor, const char *path, bool could_create, bool *creates);

/* Key pairs of the schema that lie in Vault. */
void doctor_pairs(struct doctor *doctor);

/* The transit key `name` ("MOUNT/KEY") of the field, and those of `accept`. */
doctor_key_state doctor_key(struct doctor *doctor, const vc_field *field, const char *name);

/* A field that is protected here. */
void doctor_local(struct doctor *doctor, const vc_rule *rule, const vc_field *field);

void doctor_random_text(char text[33]);
void doctor_trip_failed(struct doctor *doctor, const char *name, const vc_error *err);
void doctor_trip_came(struct doctor *doctor, const char *name, bool equal);

/* A value that the pattern of a template matches; false: the pattern is beyond this. */
bool doctor_sample(const char *pattern, char *value, size_t room);

/* Brokers and topics, by a program of its own. */
void doctor_kafka(struct doctor *doctor);

#endif
