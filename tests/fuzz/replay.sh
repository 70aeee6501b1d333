#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target takes its seeds, in any build. A target without a program or without seeds is a failure.
set -uo pipefail
source=${top_srcdir:?} build=${top_builddir:?}
failed=0
# targets of libvaultcrypt-kafka, which a build may be without
kafka=' frame letter view '
with_kafka=$(sed -n 's/^WITH_KAFKA_TRUE = *//p' "$build/Makefile")
for target in "$source"/tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    name=${name#fuzz_}
    if [ "$with_kafka" = '#' ] && [[ $kafka == *" $name "* ]]; then
        echo "fuzz_$name: this build is without Kafka"
        continue
    fi
    mapfile -t seeds < <(find "$source/tests/fuzz/seeds/$name" -type f 2>/dev/null | sort)
    if [ ${#seeds[@]} -eq 0 ]; then
        echo "fuzz_$name: no seeds in tests/fuzz/seeds/$name"
        failed=1
    elif [ "$name" = journal ] && [ ! -e "$build/lib/libvckafka.la" ]; then
        echo "fuzz_$name: not without Kafka"
    elif output=$("$build/tests/fuzz/fuzz_$name" "${seeds[@]}" 2>&1); then
        echo "fuzz_$name: ${#seeds[@]} seeds"
    else
        printf '%s\n' "$output" | tail -n 40
        echo "fuzz_$name: failed"
        failed=1
    fi
done
exit $failed
