#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make bench: every figure with the command that makes it. Nothing is asserted. `run.sh NAME...` runs some of them:
# scan record dev openbao encryptor
set -uo pipefail
source=${top_srcdir:?}
build=${top_builddir:?}
export VAULTCRYPT_EXEC_PATH=$build/bin
quiet_setup="$build/bin/vaultcrypt setup -s $source/tests/bench/transit.yaml >/dev/null"

show() { # what is run, then how
    printf '\n$ %s\n' "$1"
    shift
    "$@" || printf '  (did not run: exit %s)\n' "$?"
}

bench_scan() { show "tests/bench/scan" "$build/tests/bench/scan"; }
bench_record() { show "tests/bench/record" "$build/tests/bench/record"; }
bench_dev() {
    show "vaultcrypt dev -- tests/bench/vault dev" "$build/bin/vaultcrypt" dev --no-kafka -- \
        sh -c "$quiet_setup && exec $build/tests/bench/vault dev"
}
bench_openbao() {
    show "tests/services/with openbao -- tests/bench/vault openbao" "$source/tests/services/with" openbao -- \
        sh -c "$quiet_setup && exec $build/tests/bench/vault openbao"
}
# 16 partitions: the embedded Kafka keeps 5 MB of each.
bench_encryptor() {
    local topics=purchases:16 i
    for i in 0 1 2 3 4; do topics+=,mirror_$i:16,identity_$i:16,encrypted_$i:16; done
    show "tests/bench/encryptor" "$build/bin/vaultcrypt" dev --topics "$topics" -- sh -c \
        "$build/bin/vaultcrypt setup -s $source/examples/purchases.yaml >/dev/null && exec $build/tests/bench/encryptor"
}

date -u '+%Y-%m-%d'
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
printf '%s cores, medians of 5 runs\n' "$(nproc)"
[ $# -gt 0 ] || set -- scan record dev openbao encryptor
for name in "$@"; do
    "bench_$name"
done
