#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The allocation-failure sweep over every library in the process: sweep.c under shim.so. Arguments go to it.
set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-$top_srcdir/build}/tests/alloc
[ -z "${SANITIZED-}" ] || { echo "sanitizers bring their own allocator"; exit 77; }
[ -e "$build/.libs/shim.so" ] || { echo "no shim: not a glibc system?"; exit 77; }
unset VC_SHIM_FAIL VC_SHIM_ONCE VC_SWEEP_TLS_PORT SSLKEYLOGFILE
scratch=$(mktemp -d) || exit 99
server=
# shellcheck disable=SC2317
cleanup() {
    [ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null; }
    rm -rf "$scratch"
}
trap cleanup EXIT

# The server of the scenario "tls", where there is what it needs.
if [ -n "${PYTHON3=$(command -v python3)}" ] && command -v openssl >/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=sweep -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$scratch/key.pem" -out "$scratch/ca.pem" 2>"$scratch/log" || { cat "$scratch/log"; exit 99; }
    cat "$scratch/key.pem" "$scratch/ca.pem" >"$scratch/both.pem"
    mkfifo "$scratch/port"
    "$PYTHON3" "$top_srcdir/tests/alloc/tls.py" "$scratch/both.pem" >"$scratch/port" &
    server=$!
    read -r VC_SWEEP_TLS_PORT <"$scratch/port"
    export VC_SWEEP_TLS_PORT VC_SWEEP_TLS_CA=$scratch/ca.pem
fi

LD_PRELOAD=$build/.libs/shim.so "$build/sweep" "$@"
