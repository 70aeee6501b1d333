#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make fuzz: the targets with libFuzzer for FUZZ_SECONDS in all, from their seeds and what earlier runs found; as many at once as there
# are cores, each for its share of the seconds. Everything is kept in the build folder: tests/fuzz/corpus/X grows, what crashes is in
# tests/fuzz/finds. Exits non-zero after a crash.
# run.sh SECONDS TARGET...
set -uo pipefail
source=${top_srcdir:?} build=${top_builddir:?}
seconds=${1:?}
shift
least_mib=1024
cores=$(nproc)

free_mib=$(($(df -Pk "$build" | awk 'NR == 2 { print $4 }') / 1024))
if [ "$free_mib" -lt "$least_mib" ]; then
    echo "fuzz: $free_mib MiB are free, $least_mib are wanted before corpora grow; make room, or remove $build/tests/fuzz/corpus"
    exit 1
fi
each=$((seconds / $#))
[ "$each" -gt 0 ] || each=1
finds=$build/tests/fuzz/finds
mkdir -p "$finds"

fuzz() { # TARGET
    local target=$1 name=${1##*/fuzz_} corpus log options
    corpus=$build/tests/fuzz/corpus/$name
    log=$build/tests/fuzz/$name.log
    mkdir -p "$corpus"
    options=(-max_total_time="$each" -timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1
        -artifact_prefix="$finds/$name-")
    [ ! -f "$source/tests/fuzz/$name.dict" ] || options+=(-dict="$source/tests/fuzz/$name.dict")
    if "$build/$target" "${options[@]}" "$corpus" "$source/tests/fuzz/seeds/$name" >"$log" 2>&1; then
        awk -v name="$name" -v each="$each" '
            / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
            /number_of_executed_units/ { runs = $2 }
            END { printf "fuzz_%s: %d s, %d runs, %d edges, no crash\n", name, each, runs, edges }' "$log"
    else
        tail -n 60 "$log"
        echo "fuzz_$name: FAILED; the input is in $finds"
        return 1
    fi
}

failed=0 running=0
for target; do
    if [ "$running" = "$cores" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    fuzz "$target" &
    running=$((running + 1))
done
for ((; running > 0; running--)); do
    wait -n || failed=1
done
exit $failed
