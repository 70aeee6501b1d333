#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# stream_memory.sh [RECORDS]: the memory of a stream over 10 000 000 records of 200 bytes on a real Kafka and a real OpenBao. Needs a kilobyte of
# disk for each. `make soak-stream-memory` runs it, and so does `make soak`. Exit status: 0, 1, 77 no servers or too little room, 99 cannot be run.
set -u
records=${1:-10000000} tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) build=${top_builddir:?}
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_BROKERS-}" ]; then
    exec "$tests/services/with" openbao kafka -- "$BASH" "$tests/soak/stream_memory.sh" "$@"
fi
[ -x "$build/tests/soak/stream_memory" ] || { echo "no $build/tests/soak/stream_memory: make tests/soak/stream_memory"; exit 99; }
free_mib=$(df -Pm "${TMPDIR:-/tmp}" | awk 'NR == 2 { print $4 }')
[ "$free_mib" -ge $((records / 1000 + 1024)) ] || { echo "only $free_mib MiB of disk are free: $((records / 1000 + 1024)) are wanted"; exit 77; }
"$build/bin/vaultcrypt" setup -s "$tests/bench/stream.yaml" >/dev/null || exit 99
exec "$build/tests/soak/stream_memory" "$records"
