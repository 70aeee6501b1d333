/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit_backup - keys that leave Vault and come back, with <vaultcrypt/transit_key.h>: a key that may be exported, its
 * material, a backup of it, and that restored under another name. Makes the keys `example-saved` and
 * `example-restored`.
 */
#include "api.h"

int main(void)
{
    vc_client *vault = made(vc_client_open(NULL, &err));
    vc_transit_settings *settings = made(vc_transit_settings_new(&err));
    must(vc_transit_settings_set_exportable(settings, 1, &err));
    must(vc_transit_settings_set_plaintext_backup(settings, 1, &err));
    must(vc_transit_key_create(vault, "example-saved", settings, &err));
    vc_transit_settings_free(settings);

    vc_transit_material *material =
        made(vc_transit_key_export(vault, "example-saved", "encryption-key", VC_TRANSIT_LATEST, &err));
    for (size_t i = 0; i < vc_transit_material_count(material); i++)
        printf("version %llu: a key of %zu bytes, in memory that is locked and will be wiped\n",
               (unsigned long long)vc_transit_material_version(material, i), vc_transit_material_key(material, i).len);
    vc_transit_material_free(material);

    vc_bytes backup = VC_BYTES_INIT;
    must(vc_transit_key_backup(vault, "example-saved", &backup, &err)); /* holds the key in clear */
    must(vc_transit_key_restore(vault, "example-restored", vc_bytes_view(backup), 1, &err));
    printf("restored from %zu bytes\n", backup.len);
    vc_bytes_free(&backup); /* wipes it */
    vc_client_close(vault);
    return 0;
}
