#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2317
#
# Are the services kafka and kafka-sasl what their users count on? A foreign client goes there and back, with each way to log in.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 99
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_SASL-}" ]; then
    exec "$here/with" kafka kafka-sasl -- bash "${BASH_SOURCE[0]}"
fi
# shellcheck source-path=SCRIPTDIR source=selftest_lib.sh
. "$here/selftest_lib.sh"
python=$("$here/venv" kafka) || exit $?
folder=$VAULTCRYPT_SERVICE_KAFKA_SASL

roundtrip() { "$python" "$here/roundtrip.py" "$1" 2>&1; }

printf 'bootstrap.servers=%s\n' "$VAULTCRYPT_BROKERS" >"$scratch/plain"
check 'there and back without encryption' equal "$(roundtrip "$scratch/plain")" 'the same'
for mechanism in PLAIN SCRAM-SHA-256 SCRAM-SHA-512; do
    check "there and back with $mechanism" equal "$(roundtrip "$folder/alice-$mechanism.conf")" 'the same'
done
check 'what the environment says is what the files say' grep -qx "sasl.password=$VAULTCRYPT_SERVICE_KAFKA_SASL_PASSWORD" "$folder/alice-PLAIN.conf"
sed 's/^\(sasl.password=\).*/\1wrong/' "$folder/alice-PLAIN.conf" >"$scratch/wrong"
check 'a wrong password is refused' holds "$(roundtrip "$scratch/wrong")" 'Authentication failed'
sed 's/^\(sasl.password=\).*/\1wrong/' "$folder/alice-SCRAM-SHA-512.conf" >"$scratch/wrong"
check 'with SCRAM too' holds "$(roundtrip "$scratch/wrong")" 'Authentication failed'
sed 's/ca\.pem/other.pem/' "$folder/alice-PLAIN.conf" >"$scratch/other"
check "another authority's certificate is refused" holds "$(roundtrip "$scratch/other")" 'certificate'

# What is written before outlives the broker.
read_back() {
    "$python" - "$VAULTCRYPT_BROKERS" 3 <<'END'
import sys, time
from confluent_kafka import Consumer, TopicPartition
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "kept", "log_level": 0})
consumer.assign([TopicPartition("kept", 0, 0)])
deadline, values = time.monotonic() + 20, []
while len(values) < int(sys.argv[2]) and time.monotonic() < deadline:
    message = consumer.poll(0.2)
    if message is not None and not message.error():
        values.append(message.value().decode())
print(*values)
END
}
"$python" - "$VAULTCRYPT_BROKERS" <<'END'
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": sys.argv[1]})
for value in ("one", "two", "three"):
    producer.produce("kept", value, partition=0)
producer.flush(20)
END
ctl=$VAULTCRYPT_SERVICE_KAFKA_CTL
first=$(<"$VAULTCRYPT_SERVICE_KAFKA/pid")
check 'it is up' equal "$("$ctl" status)" up
check 'restart' "$ctl" restart
check 'another process' differ "$first" "$(<"$VAULTCRYPT_SERVICE_KAFKA/pid")"
check 'the first is gone' gone "$first"
check 'what was written is there' equal "$(read_back)" 'one two three'
check 'stop with kill -9' "$ctl" stop KILL
check 'it is down' equal "$("$ctl" status)" down
check 'start' "$ctl" start
check 'it is up again' equal "$("$ctl" status)" up
check 'what was written is there again' equal "$(read_back)" 'one two three'
check 'with passwords too' env KAFKA_CTL="$folder" "$ctl" restart KILL
check 'there and back' equal "$(roundtrip "$folder/alice-PLAIN.conf")" 'the same'
check 'one that runs is not started' equal "$("$ctl" start 2>&1)" 'kafka-ctl: it was not stopped'
check 'without a service it is wrong usage' equal "$(env -u VAULTCRYPT_SERVICE_KAFKA -u VAULTCRYPT_SERVICE_KAFKA_SASL "$ctl" status 2>/dev/null; echo $?)" 2

# One more, to be killed.
"$here/with" kafka -- sh -c 'printf "%s\n" "$VAULTCRYPT_SERVICE_KAFKA_PID" "$VAULTCRYPT_SERVICE_KAFKA_LOG" >"$0.new" && mv "$0.new" "$0"
    exec sleep 300' "$scratch/second" &
background+=($!)
check 'a second runs beside it' appears "$scratch/second"
mapfile -t told <"$scratch/second"
kill -KILL "${background[0]}"
wait "${background[0]}" 2>/dev/null
background=()
check 'KILL takes the server along' gone "${told[0]}"
"$here/with" kafka -- test ! -e "${told[1]}"
check 'what KILL left is swept away' equal "$?" 0

# Without Java it is a skip, or an error where services are required.
mkdir "$scratch/bin" && ln -s /usr/bin/* "$scratch/bin" && rm -f "$scratch/bin/java"
PATH=$scratch/bin VAULTCRYPT_REQUIRE_SERVICES=0 "$here/with" kafka -- true 2>"$scratch/said"
check 'without Java it is skipped' equal "$?" 77
check 'it says why' holds "$(<"$scratch/said")" 'java is missing'
PATH=$scratch/bin VAULTCRYPT_REQUIRE_SERVICES=1 "$here/with" kafka -- true 2>/dev/null
check 'or an error where it is required' equal "$?" 99
exit "$failed"
