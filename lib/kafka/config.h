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
#include <vaultcrypt/kafka.h>

/* A copy that shares nothing. NULL: VC_E_MEMORY. */
vc_kafka_config *vc__kafka_config_copy(const vc_kafka_config *config, vc_error *err);

/* Whether the user has set one of the properties in the NULL-terminated list. */
bool vc__kafka_config_has(const vc_kafka_config *config, const char *const *names);

VC__DEFINE_CLEANUP(vc_kafka_config, vc_kafka_config_free)

#endif
