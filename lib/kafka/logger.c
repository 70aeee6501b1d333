/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/logger.h"

#include <stdarg.h>
#include <stdio.h>

void vc__log(const vc__logger *logger, vc_log_level level, const char *format, ...)
{
    char line[1024];
    if (!logger || !logger->log)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    pthread_mutex_lock(logger->lock);
    logger->log(logger->user, level, line);
    pthread_mutex_unlock(logger->lock);
}

void vc__log_kafka(const vc__logger *logger, int level, const char *text)
{
    vc__log(logger, level <= 4 ? VC_LOG_WARNING : level <= 6 ? VC_LOG_INFO : VC_LOG_DEBUG, "kafka: %s", text);
}
