/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka.h"

#include <stdlib.h>

static const char *brokers_of(const struct kafka_options *options)
{
    const char *brokers = options->brokers;
    if (!brokers && !options->config) /* -X comes later, and counts */
        brokers = getenv("VAULTCRYPT_BROKERS");
    return brokers && *brokers ? brokers : NULL;
}

bool kafka_is_named(const struct kafka_options *options)
{
    return brokers_of(options) || options->config || options->properties.count;
}

static vc_code set_all(vc_kafka_config *config, const struct kafka_options *options, const char *const (*defaults)[2], vc_error *err)
{
    const char *brokers = brokers_of(options);
    vc_code code = vc_kafka_config_set(config, "log_level", "4", err);
    for (; defaults && (*defaults)[0] && !code; defaults++)
        code = vc_kafka_config_set(config, (*defaults)[0], (*defaults)[1], err);
    if (!code && options->config)
        code = vc_kafka_config_load(config, options->config, err);
    if (!code && brokers)
        code = vc_kafka_config_set(config, "bootstrap.servers", brokers, err);
    for (size_t i = 0; i < options->properties.count && !code; i++)
        code = vc_kafka_config_set_pair(config, options->properties.values[i], err);
    return code;
}

vc_kafka_config *kafka_settings(const struct kafka_options *options, const char *const (*defaults)[2], vc_error *err)
{
    vc_kafka_config *config = vc_kafka_config_new(err);
    if (config && set_all(config, options, defaults, err)) {
        vc_kafka_config_free(config);
        return NULL;
    }
    return config;
}
