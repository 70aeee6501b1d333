/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - librdkafka's properties as the user gave them, with the role that each is for. The only place
 * that knows defaults of ours. Values are wiped when freed: some are passwords.
 *
 * Threads: one owner.
 */
#ifndef VC__KAFKA_CONFIG_H
#define VC__KAFKA_CONFIG_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <vaultcrypt/kafka.h>

/* A copy that shares nothing. NULL: VC_E_MEMORY. */
vc_kafka_config *vc__kafka_config_copy(const vc_kafka_config *config, vc_error *err);

/* Whether the user has set one of the properties in the NULL-terminated list. */
bool vc__kafka_config_has(const vc_kafka_config *config, const char *const *names);

/* Whether the user has said where Kafka is. VC_E_CONFIG. */
vc_code vc__kafka_config_check(const vc_kafka_config *config, vc_error *err);

/* vc_kafka_config_set() for some roles only: bits of vc_kafka_role. */
vc_code vc__kafka_config_set_for(vc_kafka_config *config, unsigned roles, const char *name, const char *value, vc_error *err);

/* One property of a librdkafka configuration. VC_E_CONFIG. */
vc_code vc__kafka_conf_set(struct rd_kafka_conf_s *conf, const char *name, const char *value, vc_error *err);

/* What a property is that is a number; 0: it is none. */
uint64_t vc__kafka_conf_number(const struct rd_kafka_conf_s *conf, const char *name);

/* Whether the property's value is one that nobody is shown. */
bool vc__kafka_is_secret(const char *name);

VC__DEFINE_CLEANUP(vc_kafka_config, vc_kafka_config_free)

#endif
