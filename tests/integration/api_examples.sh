#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The examples of the calls of vault.h, sys.h, token.h, wrapping.h and transform*.h run as they stand, on the development server and a real
# OpenBao; and each call of those headers is in one of them.
set -u
examples=$top_builddir/examples/api
if [ "${1-}" = --run ]; then
    "$examples/sys_admin" ${VAULTCRYPT_UNSEAL_KEY-} >/dev/null || exit
    for program in vault_request sys_token sys_wrapping ${2-}; do
        "$examples/$program" >/dev/null || exit
    done
    exit
fi
missing=0
for header in vault sys token wrapping names transform transform_token transform_batch; do
    for name in $(grep -oE '\bvc_[a-z_0-9]+\(' "$top_srcdir/include/vaultcrypt/$header.h" | tr -d '(' | sort -u); do
        case $name in
        vc_bytes_free | vc_transit_* | vc_batch_*) ;; # of other headers
        vc_*_settings_set_*) ;;                       # set alike
        vc_transform_options_set_tweak | vc_transform_template_encode_format | vc_transform_transformation_masking_character | \
            vc_transform_transformation_fpe_algorithm | vc_transform_transformation_allowed_role_count) ;; # as their neighbours
        *)
            grep -q "\b$name(" "$top_srcdir"/examples/api/{vault,sys,transform}_*.c && continue
            echo "no example has $name()"
            missing=1
            ;;
        esac
    done
done
[ $missing = 0 ] || exit 1
ran=77
dev=$top_builddir/bin/vaultcrypt-dev
if [ -x "$dev" ]; then
    for flavour in vault-2.1 vault-1.14; do
        "$dev" --no-kafka --log-level error --flavour $flavour -- bash "$0" --run "transform_value transform_token transform_batch transform_store" ||
            exit
    done
    ran=0
fi
"$top_srcdir/tests/services/with" openbao -- bash "$0" --run
status=$?
[ $status = 77 ] || exit $status
exit $ran
