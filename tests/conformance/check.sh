#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check.sh [--write-doc]: the conformance suite on every server: the emulator in its flavours, a real OpenBao, and the recorded Vault. Ends with
# three counts. docs/CONFORMANCE.md must be what comes out; --write-doc writes it. Exit status: 0, 1, 99 cannot be run.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 99
top_srcdir=${top_srcdir:-$(cd "$here/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
run=$top_builddir/tests/conformance/run
dev=$top_builddir/bin/vaultcrypt-dev
recorded=$top_srcdir/tests/integration/recorded
results=$top_builddir/tests/conformance/results
empty_home=$(mktemp -d) || exit 99
trap 'rm -rf "$empty_home"' EXIT
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} HOME=$empty_home # no token file
for name in "${!VAULT_@}" "${!BAO_@}"; do unset "$name"; done
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY SSLKEYLOGFILE
[ -x "$run" ] || { echo "no $run: make check builds it"; exit 99; }
suites=()
for file in "$here"/suite/*.ndjson; do
    case $file in */seal.ndjson) ;; *) suites+=("$file") ;; esac
done
suites+=("$here/suite/seal.ndjson")
status=0
: >"$results"

# asked COMMAND...: one run; what failed is shown.
asked() {
    local log=$results.log
    "$@" >"$log" 2>&1
    case $? in
    0) tail -n 1 "$log" ;;
    77) cat "$log"; return 77 ;;
    *) grep -vE '^ +openbao(-tls)? \||^with: the end of the log' "$log"; status=1 ;;
    esac
}

echo '# the recorded Vault'
asked "$run" --label 'vault 1.14.2' --tag vault --tag vault-1.14 --tag recorded --results "$results" \
    --recorded "$here/recorded/vault-1.14.2.ndjson" --excuse "$here/excused.json" vault "$recorded/vault-1.14.2.ndjson" "${suites[@]}"

emulator() { # FLAVOUR SUITES...
    local flavour=$1
    shift
    asked "$dev" --no-kafka --flavour "$flavour" -- "$run" --label "emulator $flavour" --tag "${flavour%%-*}" --tag "$flavour" \
        --tag emulator --tag "emulator $flavour" --results "$results" --before "$recorded/differences.json" --extra "$recorded/differences.json" "$flavour/extra_members" \
        --excuse "$here/excused.json" emulator --excuse "$recorded/differences.json" all \
        --excuse "$recorded/differences.json" "$flavour/differ" "$@"
}
if [ -x "$dev" ]; then
    echo '# the emulator'
    for flavour in vault-1.14 vault-2.1; do
        emulator "$flavour" "$recorded/vault-1.14.2.ndjson"
        emulator "$flavour" "${suites[@]}"
    done
    emulator openbao-2.7 "$recorded/openbao-2.7.2.ndjson"
    for recording in odd auth transit; do
        emulator openbao-2.7 "$recorded/openbao-2.7.2-$recording.ndjson"
    done
    emulator openbao-2.7 "${suites[@]}"
fi

openbao() { # SERVICE LABEL TAG SUITES...
    # shellcheck disable=SC2016
    asked "$top_srcdir/tests/services/with" "$1" -- sh -c 'VAULTCRYPT_UNSEAL_KEY=${VAULTCRYPT_SERVICE_OPENBAO_TLS_UNSEAL-}
        CONFORMANCE_CLIENT_CERT=${VAULTCRYPT_SERVICE_OPENBAO_TLS-}/client.pem CONFORMANCE_CLIENT_KEY=${VAULTCRYPT_SERVICE_OPENBAO_TLS-}/client.key
        CONFORMANCE_CA=${VAULTCRYPT_SERVICE_OPENBAO_TLS-}/ca.pem
        export VAULTCRYPT_UNSEAL_KEY CONFORMANCE_CLIENT_CERT CONFORMANCE_CLIENT_KEY CONFORMANCE_CA; exec "$@"' sh \
        "$run" --label "$2" --tag openbao --tag "real openbao" --tag "$3" --results "$results" --excuse "$here/excused.json" openbao "${@:4}"
}
echo '# OpenBao'
openbao openbao openbao dev "$recorded/openbao-2.7.2-odd.ndjson"
here_is_openbao=$?
if [ "$here_is_openbao" != 77 ]; then
    for recording in '' -auth -transit; do
        openbao openbao openbao dev "$recorded/openbao-2.7.2$recording.ndjson"
    done
    openbao openbao openbao dev "${suites[@]}"
    openbao openbao-tls 'openbao with TLS' tls "${suites[@]}"
fi

if [ -n "${PYTHON3-python3}" ]; then
    doc=$top_srcdir/docs/CONFORMANCE.md
    "${PYTHON3-python3}" "$here/report.py" table "$results" >"$results.md" || exit 99
    if [ "${1-}" = --write-doc ]; then
        cp "$results.md" "$doc"
    elif [ ! -x "$dev" ] || [ "$here_is_openbao" = 77 ]; then
        echo '# docs/CONFORMANCE.md is not compared: not every server was asked'
    elif ! diff -u "$doc" "$results.md"; then
        echo '# docs/CONFORMANCE.md is not what came out; make conformance-doc writes it'
        status=1
    fi
    "${PYTHON3-python3}" "$here/report.py" counts "$results" || exit 99
fi
exit "$status"
