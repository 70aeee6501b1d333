#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make bench: every figure with the command that makes it. Nothing is asserted. `run.sh NAME...` runs some of them:
# scan record native pair seal dev openbao call items encryptor stream stream-audit latency copies
# The last four: on a real Kafka, for minutes, so only when they are named.
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
bench_native() { show "tests/bench/native" "$build/tests/bench/native"; }
bench_pair() { show "tests/bench/pair" "$build/tests/bench/pair"; }
bench_seal() {
    show "tests/bench/seal" "$build/tests/bench/seal"
    show "vaultcrypt seal, open, and age, of a GiB" bash "$source/tests/bench/seal.sh" "$build/bin/vaultcrypt"
}
bench_dev() {
    show "vaultcrypt dev -- tests/bench/vault dev" "$build/bin/vaultcrypt" dev --no-kafka -- \
        sh -c "$quiet_setup && exec $build/tests/bench/vault dev"
}
for_openbao() { # a program of tests/bench on a real server
    show "tests/services/with openbao -- tests/bench/$1" "$source/tests/services/with" openbao -- \
        sh -c "$quiet_setup && exec $build/tests/bench/$1"
}
bench_openbao() { for_openbao 'vault openbao'; }
bench_call() { for_openbao call; }
bench_items() { for_openbao items; }
# 16 partitions: the embedded Kafka keeps 5 MB of each.
bench_encryptor() {
    local topics=purchases:16 i
    for i in 0 1 2 3 4; do topics+=,mirror_$i:16,identity_$i:16,encrypted_$i:16; done
    show "tests/bench/encryptor" "$build/bin/vaultcrypt" dev --topics "$topics" -- sh -c \
        "$build/bin/vaultcrypt setup -s $source/examples/purchases.yaml >/dev/null && exec $build/tests/bench/encryptor"
}
for_stream() { # a program of tests/bench on a real Kafka and a real OpenBao
    show "tests/services/with openbao kafka -- tests/bench/$1" "$source/tests/services/with" openbao kafka -- \
        sh -c "$build/bin/vaultcrypt setup -s $source/tests/bench/stream.yaml >/dev/null && exec $build/tests/bench/$1"
}
bench_stream() {
    local python
    if python=$("$source/tests/services/venv" files); then
        export BENCH_ORIGINAL="$python $source/tests/bench/original.py"
    fi
    for_stream stream
}
bench_stream-audit() {
    export VAULTCRYPT_OPENBAO_AUDIT=1
    for_stream 'stream transit transit-once'
    unset VAULTCRYPT_OPENBAO_AUDIT
}
bench_latency() { for_stream latency; }
bench_copies() { for_stream copies; }

date -u '+%Y-%m-%d'
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
printf '%s cores, medians of 5 runs\n' "$(nproc)"
[ $# -gt 0 ] || set -- scan record native pair seal dev openbao call items encryptor
for name in "$@"; do
    "bench_$name"
done
