#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# stream_chaos.sh [KILLS [OUTAGE-SECONDS]]: exactly once under fire, on a real Kafka and a real OpenBao. While a producer writes on, copies of
# the encryptor are killed with SIGKILL (30 times) at random points, join, leave and are suspended until they are zombies; Vault is sealed; the broker is
# killed. Every record must come out once, in order, protected, each poison record as one letter, and nothing of them in clear anywhere.
# STREAM_SEED=N repeats what a run did. STREAM_GUARANTEE=at-least-once: records may come out again, but none is missing, they come first in order, and
# the broker is killed amid writing (stream_fire.sh is a short run of that).
# STREAM_PROTOCOL=eager, cooperative or either (as the seed has it): the group has that one only, not both in turn.
# STREAM_BROKER_KILLS=N: three brokers instead, of which one at a time is killed with SIGKILL amid transactions, N times.
# `make soak-stream` kills 1 000 times, with longer outages. Exit status: 0, 1, 77 no servers, 99 cannot be run.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/integration/lib.sh"
script=$here/stream_chaos.sh
kafka=kafka
[ -z "${STREAM_BROKER_KILLS-}" ] || kafka="kafka-three"
if [ -z "${VAULTCRYPT_SERVICE_KAFKA-}${VAULTCRYPT_SERVICE_KAFKA_THREE-}" ]; then
    export VAULTCRYPT_KAFKA_PROPERTIES='group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000'
    cd "$here" && rm -rf "$scratch" && exec "$top_srcdir/tests/services/with" openbao-tls "$kafka" -- "$BASH" "$script" "$@"
fi
kills=${1:-${STREAM_KILLS:-30}} outage=${2:-0}
python=$("$top_srcdir/tests/services/venv" kafka) || exit $?
examples=$top_builddir/examples
[ -x "$examples/encryptor" ] || { echo "no $examples/encryptor: not built"; exit 99; }

cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: fire
    topics: [in, out]
    on_error: dead_letter
    fields:
      - path: $.card
        transit: {key: cards}
      - path: $.note
        envelope: {key: notes}
END_OF
check 'setup' ends 0 setup -s schema.yaml

"$python" "$here/stream_chaos.py" "$examples/encryptor" "$kills" "$outage"
check 'each record came out once, and all went as it must' equal $? 0

run timeout 120 "$examples/consumer_from_encrypted" -s schema.yaml -t out --reset -e -K $'\t' -X log_level=0
check 'consumer_from_encrypted opens them all' equal "$status" 0
once=()
[ "${STREAM_GUARANTEE:-exactly-once}" = exactly-once ] || once=(-u) # what came out again is the same again
sort "${once[@]}" out >opened
sort sent >expected
check 'what was opened is what was sent' same opened expected

# The clear topic has all of it, so the search can find something; nothing else has.
data=${VAULTCRYPT_SERVICE_KAFKA-}${VAULTCRYPT_SERVICE_KAFKA_THREE-}
mapfile -t clear < <(find "$data" -path '*/in-*' -name '*.log' -size +0)
mapfile -t rest < <(find "$data" -name '*.log' -size +0 ! -path '*/in-*'; find "$data" -name log; ls -- *.log "$VAULTCRYPT_SERVICE_OPENBAO_TLS_LOG")
check 'the canaries are in what was sent' differ "$("$python" "$here/canary.py" search canaries "${clear[@]}" 2>/dev/null | head -1)" ''
check 'there are segments to look at' [ "$(find "$data" \( -path '*/out-*' -o -path '*/out_dead_letter-*' \) -name '*.log' -size +0 | wc -l)" -ge 5 ]
check 'none in any other segment, nor in any log' equal "$("$python" "$here/canary.py" search canaries "${rest[@]}")" ''
finish
