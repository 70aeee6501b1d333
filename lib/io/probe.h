/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - a server that was given up is asked for its health (GET sys/health, where standby nodes count as healthy: they forward).
 *
 * Threads: as its driver, one owner.
 */
#ifndef VC__IO_PROBE_H
#define VC__IO_PROBE_H

#include "io/driver.h"

/*
 * Begins one on this driver, for a server of the cluster; how it goes is counted there, as of any request. NULL: no memory; the server is
 * asked another time.
 */
struct vc__probe *vc__probe_begin(vc__driver *driver, size_t server);

#endif
