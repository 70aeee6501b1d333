/* SPDX-License-Identifier: Apache-2.0 */
/* transit.c - the engine's table and state. */
#include "transit.h"

#include "base/alloc.h"
#include "base/error.h"

static void *state_new(dev_server *server, vc_error *err)
{
    (void)server;
    transit *state = vc__calloc(1, sizeof *state);
    if (state)
        state->keys.free_item = transit_key_free;
    else
        vc__error_memory(err);
    return state;
}

static void state_free(void *item)
{
    transit *state = item;
    dev_names_free(&state->keys);
    EVP_PKEY_free(state->wrapping);
    vc__free(state);
}

#define KEY_FIELDS                                                                                           \
    " type derived convergent_encryption exportable allow_plaintext_backup context auto_rotate_period "      \
    "key_size "                                                                                              \
    "managed_key_name managed_key_id name "
#define CONFIG_FIELDS                                                                                        \
    " min_decryption_version min_encryption_version deletion_allowed exportable allow_plaintext_backup "     \
    "auto_rotate_period name "
#define IMPORT_FIELDS                                                                                        \
    " name type hash_function ciphertext public_key allow_rotation derived exportable "                      \
    "allow_plaintext_backup context auto_rotate_period convergent_encryption "
#define HMAC_FIELDS " name urlalgorithm input algorithm key_version batch_input "
#define SIGN_FIELDS                                                                                          \
    " name urlalgorithm input context hash_algorithm algorithm key_version prehashed signature_algorithm "   \
    "marshaling_algorithm salt_length batch_input "
#define VERIFY_FIELDS                                                                                        \
    " name urlalgorithm context signature hmac input hash_algorithm algorithm prehashed "                    \
    "signature_algorithm "                                                                                   \
    "marshaling_algorithm salt_length batch_input "

static const dev_route routes[] = {
    { "encrypt/:name",
      { [DEV_UPDATE] = transit_on_encrypt },
      DEV_SHARED | DEV_RAW,
      NULL,
      transit_key_exists },
    { "decrypt/:name", { [DEV_UPDATE] = transit_on_decrypt }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "rewrap/:name", { [DEV_UPDATE] = transit_on_rewrap }, DEV_SHARED | DEV_RAW, NULL, NULL },
    { "datakey/:name/:name",
      { [DEV_UPDATE] = transit_on_datakey },
      DEV_SHARED,
      " name plaintext bits context nonce key_version associated_data padding_scheme ",
      NULL },
    { "random", { [DEV_UPDATE] = transit_on_random }, DEV_SHARED, " bytes format source ", NULL },
    { "random/:name", { [DEV_UPDATE] = transit_on_random }, DEV_SHARED, " bytes format source ", NULL },
    { "random/:name/:name", { [DEV_UPDATE] = transit_on_random }, DEV_SHARED, " bytes format source ", NULL },
    { "hash", { [DEV_UPDATE] = transit_on_hash }, DEV_SHARED, " input algorithm format ", NULL },
    { "hash/:name", { [DEV_UPDATE] = transit_on_hash }, DEV_SHARED, " input algorithm format ", NULL },
    { "hmac/:name", { [DEV_UPDATE] = transit_on_hmac }, DEV_SHARED, HMAC_FIELDS, NULL },
    { "hmac/:name/:name", { [DEV_UPDATE] = transit_on_hmac }, DEV_SHARED, HMAC_FIELDS, NULL },
    { "verify/:name", { [DEV_UPDATE] = transit_on_verify }, DEV_SHARED, VERIFY_FIELDS, NULL },
    { "verify/:name/:name", { [DEV_UPDATE] = transit_on_verify }, DEV_SHARED, VERIFY_FIELDS, NULL },
    { "sign/:name", { [DEV_UPDATE] = transit_on_sign }, DEV_SHARED, SIGN_FIELDS, NULL },
    { "sign/:name/:name", { [DEV_UPDATE] = transit_on_sign }, DEV_SHARED, SIGN_FIELDS, NULL },
    { "export/:name/:name", { [DEV_READ] = transit_on_export }, DEV_SHARED, NULL, NULL },
    { "export/:name/:name/:name", { [DEV_READ] = transit_on_export }, DEV_SHARED, NULL, NULL },
    { "config/keys",
      { [DEV_READ] = transit_config_read, [DEV_UPDATE] = transit_config_write },
      0,
      " disable_upsert ",
      NULL },
    { "cache-config",
      { [DEV_READ] = transit_cache_read, [DEV_UPDATE] = transit_cache_write },
      0,
      " size ",
      NULL },
    { "keys", { [DEV_LIST] = transit_key_list }, DEV_SHARED, NULL, NULL },
    { "keys/:name",
      { [DEV_READ] = transit_key_read, [DEV_UPDATE] = transit_key_create, [DEV_DELETE] = transit_key_delete },
      0,
      KEY_FIELDS,
      NULL },
    { "keys/:name/config", { [DEV_UPDATE] = transit_key_config }, 0, CONFIG_FIELDS, NULL },
    { "keys/:name/rotate",
      { [DEV_UPDATE] = transit_key_rotate },
      0,
      " name managed_key_name managed_key_id ",
      NULL },
    { "wrapping_key", { [DEV_READ] = transit_on_wrapping_key }, 0, NULL, NULL },
    { "keys/:name/import", { [DEV_UPDATE] = transit_on_import }, 0, IMPORT_FIELDS, NULL },
    { "keys/:name/import_version",
      { [DEV_UPDATE] = transit_on_import_version },
      0,
      IMPORT_FIELDS " version ",
      NULL },
    { "keys/:name/soft-delete", { [DEV_DELETE] = transit_key_soft_delete }, 0, NULL, NULL },
    { "keys/:name/soft-delete-restore", { [DEV_UPDATE] = transit_key_soft_restore }, 0, NULL, NULL },
    { "backup/:name", { [DEV_READ] = transit_on_backup }, 0, NULL, NULL },
    { "restore", { [DEV_UPDATE] = transit_on_restore }, 0, " name backup force ", NULL },
    { "restore/:name", { [DEV_UPDATE] = transit_on_restore }, 0, " name backup force ", NULL },
    { "keys/:name/trim", { [DEV_UPDATE] = transit_key_trim }, 0, " min_available_version name ", NULL },
    { 0 },
};

const dev_engine dev_transit = { "transit", routes, state_new, state_free };
