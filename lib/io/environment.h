/* SPDX-License-Identifier: Apache-2.0 */
/*
 * environment.h - what environment.c, the one reader of the environment, gives to the rest of lib/io where the application has asked for it.
 *
 * Threads: nobody may change the environment meanwhile.
 */
#ifndef VC__IO_ENVIRONMENT_H
#define VC__IO_ENVIRONMENT_H

#include "io/config.h"

/* NULL: it is not set, or empty; nothing is read in a set-uid program. */
const char *vc__environment_text(const char *name);

/* Proxies, and the authorities of SSL_CERT_FILE and SSL_CERT_DIR, where none are set. VC_E_MEMORY. */
vc_code vc__environment_web(vc_config *config, vc_error *err);

#endif
