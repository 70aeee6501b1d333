#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The examples of the transit calls run as they stand, on the development server and on a real OpenBao; and each call of the
# headers is in one of them.
set -u
if [ "${1-}" = --run ]; then
    curl -sf -H "X-Vault-Token: $VAULT_TOKEN" -d '{"type":"transit"}' "$VAULT_ADDR/v1/sys/mounts/transit" || exit
    for program in transit transit_key transit_backup transit_import; do
        "$2/$program" >/dev/null || exit
    done
    seq 2000 | "$2/transit_batch" | grep -q '^2000 of 2000 signatures are right$'
    exit
fi
examples=$top_builddir/examples/api
missing=0
for header in transit transit_key transit_batch; do
    for name in $(grep -oE '\bvc_transit_[a-z_0-9]+\(' "$top_srcdir/include/vaultcrypt/$header.h" | tr -d '(' | sort -u); do
        case $name in
        vc_transit_key_is_* | vc_transit_key_supports_* | vc_transit_key_allows_* | vc_transit_key_min_* | vc_transit_key_auto_*) ;; # read alike
        vc_transit_batch_step | vc_transit_batch_next_request) ;; # for event loops: as vc_batch_step()
        vc_transit_options_set_* | vc_transit_settings_set_*) ;;  # set alike
        *)
            grep -q "\b$name(" "$top_srcdir"/examples/api/transit*.c && continue
            echo "no example has $name()"
            missing=1
            ;;
        esac
    done
done
[ $missing = 0 ] || exit 1
dev=$top_builddir/bin/vaultcrypt-dev
[ ! -x "$dev" ] || "$dev" --no-kafka --log-level error -- bash "$0" --run "$examples" || exit
exec "$top_srcdir/tests/services/with" openbao -- bash "$0" --run "$examples"
