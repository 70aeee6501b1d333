/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ha.h - how the server stands among others: health, leader, being the standby of another (which answers with
 * a redirect to it), and X-Vault-Index.
 */
#ifndef VC__DEV_HA_H
#define VC__DEV_HA_H

#include "route.h"

/* Where it is a standby, answers with a redirect what the active one has to answer. False: answered. */
bool dev_ha_active(dev_request *request);

/* X-Vault-Index, where it is asked for: false when the request wants a state that is not here (412). */
bool dev_ha_index_read(dev_request *request);
void dev_ha_index_write(dev_request *request);

/* The endpoints. */
void dev_health(dev_request *request);
void dev_leader(dev_request *request);
void dev_ha_status(dev_request *request);
void dev_step_down(dev_request *request);
void dev_key_status(dev_request *request);
void dev_standby_write(dev_request *request);  /* sys/dev/standby: {"of": "http://..."} */
void dev_standby_delete(dev_request *request); /* it is the active one from now on */
void dev_index_show(dev_request *request);     /* sys/dev/index: the last one that a request had */

#endif
