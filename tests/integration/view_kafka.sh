#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt view on a real Kafka: what begins at a time, which the embedded one does not look up, and large records.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_PID-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao kafka -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
# shellcheck source=view_lib.sh
. "$here/view_lib.sh"
[ -x "$top_builddir/examples/producer" ] || { echo 'built without the examples'; exit 77; }
mock=()
cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: large
    topics: [large]
    value: {envelope: {key: app}}
END_OF
check 'setup' ends 0 setup -s schema.yaml

echo '# from a time on'
for word in one two three four; do
    printf '%s\n' "$word" | plant -t times
    sleep 0.05
done
view times -o beginning times
shown() { get "$url/api/records" && value '" ".join(x["stored"]["text"] for x in sorted(records, key=lambda x: x["time"]))'; }
shows() { [ "$(shown)" = "$1" ]; }
check 'all' until_true shows 'one two three four'
third=$(value '[x["time"] for x in records if x["stored"]["text"] == "three"][0]')
check 'the time of one' answers 200 -X POST "$url/api/follow?from=s@$third"
check 'it and those after it' until_true shows 'three four'
check 'a millisecond later' answers 200 -X POST "$url/api/follow?from=s@$((third + 1))"
check 'those after it' until_true shows 'four'
check 'before all' answers 200 -X POST "$url/api/follow?from=s@1"
check 'is the beginning' until_true shows 'one two three four'
check 'after all' answers 200 -X POST "$url/api/follow?from=s@$((third + 3600000))"
check 'is the end' until_true shows ''
until_true eval 'get "$url/api/state" && [ "$(value "r[\"kafka\"][\"state\"]")" = reading ]'
sleep 0.5
printf 'five\n' | plant -t times
check 'and what comes' until_true shows 'five'
check 'a time that is none' answers 400 -X POST "$url/api/follow?from=s@now"
end_view
view later -o "s@$third" times
check 'from the command line' until_true shows 'three four five'
end_view

echo '# large records: 90 MB, of which some MB are taken at a time'
python3 -c 'for i in range(100): print("%04d" % i + "x" * 899996)' | send -t large -p 0
peak() { sed -nE 's/^VmHWM:[[:space:]]+([0-9]+) kB/\1/p' "/proc/$viewer/status"; } # KiB
# A sanitizer keeps what was freed, 256 MB of it unless it is told, and needs more for everything.
bound=120000
[ -z "${SANITIZED-}" ] || bound=300000
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=16
view large -o beginning --memory 3M --show 100k large
idle=$(peak)
check 'all were opened' until_true eval 'get "$url/api/state" && [ "$(value "r[\"totals\"][\"open\"]")" = 100 ]'
grown=$(($(peak) - idle))
echo "# $grown KiB over $idle"
check 'in bounded memory' [ "$grown" -lt "$bound" ]
get "$url/api/records?limit=10000"
check 'the newest are kept, without a gap' equal "$(value 'sorted(int(x["opened"]["value"]["text"][:4]) for x in records) == list(range(100 - len(records), 100)) and len(records) > 3')" True
get "$url/api/state"
check 'what is kept is bounded' equal "$(value 'r["ring"]["bytes"] <= r["ring"]["most_bytes"]')" True
end_view
view all -o beginning --memory 300M large
check 'where there is room' until_true eval 'get "$url/api/records?limit=10000" && [ "$(value "len(records)")" = 100 ]'
check 'all of them are shown' equal "$(value 'sorted(int(x["opened"]["value"]["text"][:4]) for x in records) == list(range(100))')" True
check 'each with the size it has' equal "$(value '{x["opened"]["value"]["size"] for x in records}')" '{900000}'
end_view
finish
