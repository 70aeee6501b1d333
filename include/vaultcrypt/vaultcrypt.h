/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaultcrypt.h - all of libvaultcrypt. (libvaultcrypt-kafka has headers of its own: vaultcrypt/kafka.h, kafka_stream.h and kafka_file.h.)
 *
 *     vc_error err = VC_ERROR_INIT;
 *     vc_client *vault = vc_client_open(NULL, &err);
 *     vc_schema *schema = vc_schema_open("purchases.yaml", &err);
 *     vc_batch *batch = vc_batch_new(schema, VC_PROTECT, &err);
 *     const vc_rule *rule = vc_schema_match(schema, vc_str("purchases"), &err);
 *     vc_batch_add(batch, rule, record, &err);
 *     vc_client_run(vault, batch, &err);
 *     use(vc_batch_output(batch, 0), vc_batch_error(batch, 0));
 */
#ifndef VAULTCRYPT_VAULTCRYPT_H
#define VAULTCRYPT_VAULTCRYPT_H

#include <vaultcrypt/attest.h>
#include <vaultcrypt/auth.h>
#include <vaultcrypt/batch.h>
#include <vaultcrypt/client.h>
#include <vaultcrypt/error.h>
#include <vaultcrypt/inspect.h>
#include <vaultcrypt/keyring.h>
#include <vaultcrypt/keysource.h>
#include <vaultcrypt/names.h>
#include <vaultcrypt/loop.h>
#include <vaultcrypt/message.h>
#include <vaultcrypt/payload.h>
#include <vaultcrypt/release_policy.h>
#include <vaultcrypt/request.h>
#include <vaultcrypt/schema.h>
#include <vaultcrypt/seal.h>
#include <vaultcrypt/sys.h>
#include <vaultcrypt/token.h>
#include <vaultcrypt/transform.h>
#include <vaultcrypt/transform_batch.h>
#include <vaultcrypt/transform_token.h>
#include <vaultcrypt/transit.h>
#include <vaultcrypt/transit_batch.h>
#include <vaultcrypt/transit_key.h>
#include <vaultcrypt/types.h>
#include <vaultcrypt/vault.h>
#include <vaultcrypt/version.h>
#include <vaultcrypt/wrapping.h>

#endif
