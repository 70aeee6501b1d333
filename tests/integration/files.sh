#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt send and receive on a real Kafka and a real OpenBao: both ways, with the original demo's own format too; what is meddled
# with on the way; names, quotas and links that would do harm; and kill -9 of both sides at random points.
# FILES_KILLS and FILES_MB: how often, over a file of how many megabytes (6, 100).
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016,SC2317
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_BROKERS-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao kafka -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
python=$("$top_srcdir/tests/services/venv" files) || exit $?
export XDG_STATE_HOME=$scratch/state
kills=${FILES_KILLS-6} megabytes=${FILES_MB-100}

api POST sys/mounts/transit '{"type":"transit"}' >/dev/null
for key in files other transit; do
    "$vaultcrypt" key create "$key" >/dev/null || exit 99
done

send() { run timeout 120 "$vaultcrypt" send -k files "$@"; }
receive() { run timeout 120 "$vaultcrypt" receive -k files "$@"; }
forge() { timeout 120 "$python" "$here/file_forge.py" "$@"; }
demo() { timeout 120 "$python" "$here/file_demo.py" "$@"; }
events() { sed -nE "s/.*\"event\":\"$1\".*/x/p" "$2" | wc -l; } # KIND FILE: how many lines of JSON
only() { find "$1" -mindepth 1 -maxdepth 1 ! -name .vaultcrypt-received -printf '%f\n' | LC_ALL=C sort | tr '\n' ' '; } # what lies in a folder
mode_and_time() { stat -c '%a %Y' "$1"; }

echo '# both ways'
mkdir source
head -c 2800000 /dev/urandom >source/big
head -c 888832 /dev/urandom >source/segment
printf 'CANARY-one small file' >source/CANARY-small.txt
: >source/empty
truncate -s 30M source/sparse
printf x | dd of=source/sparse bs=1 seek=20000000 conv=notrunc status=none
head -c 100 /dev/urandom >"source/gr$(printf '\303\274')n name"
chmod 4751 source/segment
chmod 600 source/empty
touch -d '2001-02-03 04:05:06.789' source/big source/empty
mkdir source/folder
: >source/.hidden
send source one -o json
check 'send' equal "$status" 0
check 'all six, none else' equal "$(events 'done' out)" 6
mkdir one
receive one one -e -o json
check 'receive' equal "$status" 0
check 'all six came' equal "$(events 'done' out)" 6
for file in source/*; do
    [ -d "$file" ] || check "${file#*/} is the same" same "$file" "one/${file#*/}"
done
check 'nothing half done is left' equal "$(only one)" "$(find source -mindepth 1 -type f ! -name '.*' -printf '%f\n' | LC_ALL=C sort | tr '\n' ' ')"
check 'mode and time are kept' equal "$(mode_and_time one/empty)" "$(mode_and_time source/empty)"
check 'but no set-uid bit' equal "$(stat -c %a one/segment)" 751
check 'holes are holes' [ "$(stat -c %b one/sparse)" -lt 1000 ]
cat >dump.py <<'END_OF'
import os, sys
from confluent_kafka import Consumer, TopicPartition
consumer = Consumer({"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"], "group.id": "dump", "enable.partition.eof": True})
consumer.assign([TopicPartition(sys.argv[1], p, 0) for p in range(4)])
ends = longest = 0
while ends < 4:
    message = consumer.poll(10)
    if message.error():
        ends += 1
        continue
    longest = max(longest, len(message.value() or b""))
    assert b"CANARY" not in (message.value() or b"") + message.key() + repr(message.headers()).encode()
print(longest)
END_OF
check 'no name and no data lie in the topic, and no record is over 900 000 bytes' [ "$("$python" dump.py one)" -lt 900000 ]

echo '# again'
send source one -o json
check 'nothing is sent twice' equal "$status $(events present out) $(events 'done' out)" '0 6 0'
receive one one -e -o json
check 'nothing is received twice' equal "$status $(events 'done' out) $(events present out)" '0 0 0'
send source one --again
receive one one -e -o json
check 'what is there already, byte for byte, is no fault' equal "$status $(events present out)" '0 6'
printf 'CANARY-one small FILE' >source/CANARY-small.txt
send source one -o json
check 'what has changed is sent' equal "$status $(events 'done' out)" '0 1'
receive one one -e -o json
check 'and does not replace what is there' equal "$status $(events refused out)" '1 1'
check 'it says why' holds "$(<out)" 'is there already, with other bytes'
check 'it is there as it was' equal "$(<one/CANARY-small.txt)" 'CANARY-one small file'
receive one one -e
check 'a refusal is settled' equal "$status" 0
receive one one -e --reset --force -o json
check 'unless asked to' equal "$status $(<one/CANARY-small.txt)" '0 CANARY-one small FILE'

echo '# on the way'
mkdir pair
head -c 3000000 /dev/urandom >pair/a
head -c 2500000 /dev/urandom >pair/b
send pair pair
# meddled WHAT: to a topic and into a folder of that name; sets $status, $done and $refused.
meddled() {
    local name=${1// /-} words
    read -ra words <<<"$1"
    mkdir "m-$name"
    forge pair "m-$name" "${words[@]}" && receive "m-$name" "m-$name" -e -o json
    done=$(events 'done' out) refused=$(events refused out)
    folder=m-$name
}
meddled copy
check 'copied as they are' equal "$status $done" '0 2'
meddled weave
check 'interleaved in one partition' equal "$status $done" '0 2'
check 'and right' both same pair/a "$folder/a" pair/a
meddled twice
check 'each record twice' equal "$status $done $(only "$folder")" '0 2 a b '
for what in 'flip 0' 'flip 1' 'flip 3' 'swap 1' 'cross 2' 'drop 2' 'drop 0' rename; do
    meddled "$what"
    check "$what: refused" equal "$status $done $refused" '1 0 2'
    check "$what: nothing is left" equal "$(only "$folder")" ''
    check "$what: its bytes are not shown" lacks "$(cat out err)" CANARY
done
meddled 'drop -1'
check 'the end is missing: not complete' equal "$status $done $refused" '1 0 0'
check 'and nothing is left' equal "$(only "$folder")" ''

echo '# keys and contexts'
mkdir keys
run timeout 60 "$vaultcrypt" receive -k other pair keys -e -o json
check 'another key than is allowed' equal "$status $(events refused out) $(only keys)" '1 2 '
run timeout 60 "$vaultcrypt" receive -k other -k files pair keys -e --reset -o json
check 'one of several' equal "$status $(events 'done' out)" '0 2'
send --context=payroll pair/a context
mkdir context
receive context context -e -o json
check 'another context than is allowed' equal "$status $(events refused out)" '1 1'
receive context context -e --reset --context=payroll
check 'the right one' equal "$status" 0
VAULT_TOKEN=$(token_with default) run timeout 60 "$vaultcrypt" send -k files --again pair/a denied
check 'a token that may not' equal "$status" 4
run timeout 60 "$vaultcrypt" send pair/a denied
check 'no key' equal "$status" 2
for wrong in "-k files" "-k files pair" "-k files pair t --format=x" "-k files pair t -o x" "-k files pair t --what"; do
    # shellcheck disable=SC2086
    check "wrong usage: send $wrong" ends 2 send $wrong
done
check 'a topic that is none' ends 2 send -k files pair 'a topic'
check 'no such folder' ends 6 receive -k files pair nowhere
ln -s keys link
check 'a folder that is a link' ends 6 receive -k files pair link

echo '# what is not sent'
mkdir odd
ln -s /etc/passwd odd/link
mkfifo odd/pipe
: >"odd/$(printf 'bad\377')"
: >"odd/$(printf 'new\nline')"
echo fine >odd/fine
"$python" -c 'import socket; socket.socket(socket.AF_UNIX).bind("odd/socket")'
send odd odd -o json
check 'a link, a pipe, a socket and two names' equal "$status $(events refused out) $(events 'done' out)" '1 5 1'
send odd/link odd
check 'a link by its name' equal "$status" 1
send /dev/zero odd
check 'a device' equal "$status" 1
send pair odd --max-file-size=2600k -o json
check 'what is too large' equal "$status $(events refused out) $(events 'done' out)" '1 1 1'
send nowhere odd
check 'what is not there' equal "$status" 6

echo '# two topics'
mkdir both
send pair/a two_topics
send pair/b three_topics
receive two_topics both -n 1
receive three_topics both -n 1
check 'one after the other, into one folder' equal "$status $(only both)" '0 a b '

echo '# limits'
mkdir small quota
receive pair small -e --max-file-size=2600k -o json
check 'too large a file' equal "$status $(events refused out) $(only small)" '1 1 b '
receive pair quota -e --quota=4M -o json
check 'the quota' equal "$status $(events refused out) $(events 'done' out)" '1 1 1'

echo '# one receiver, and its end'
mkdir busy
"$vaultcrypt" receive -k files -q pair busy >busy.out 2>busy.err &
background+=("$!")
running=$!
until_true test -e busy/b
receive pair busy -e
check 'a second one in the same folder' equal "$status" 6
kill -TERM "$running"
wait "$running"
check 'SIGTERM ends it well' equal "$?" 0

echo '# watching'
mkdir watched came
echo early >watched/early
"$vaultcrypt" send -k files -w --settle=200ms watched watched -o json >watch.out 2>watch.err &
background+=("$!")
running=$!
until_true eval '[ "$(events done watch.out)" = 1 ]'
exec 5>watched/slow
echo part >&5
echo hidden >watched/.temporary
mv watched/.temporary watched/moved
until_true eval '[ "$(events done watch.out)" = 2 ]'
check 'what is being written is left alone' lacks "$(<watch.out)" slow
echo rest >&5
exec 5>&-
until_true eval '[ "$(events done watch.out)" = 3 ]'
receive watched came -n 3
check 'early, moved and slow came' equal "$status $(only came)" '0 early moved slow '
check 'all of it' equal "$(<came/slow)" $'part\nrest'
kill -TERM "$running"
wait "$running"
check 'SIGTERM ends it well' equal "$?" 0

echo "# the original demo's format"
mkdir demo theirs ours
head -c 300000 /dev/urandom >demo/bytes
printf 'a text' >demo/text.txt
: >demo/none
cat >getting_started.ini <<END_OF
[default]
bootstrap.servers=$VAULTCRYPT_BROKERS
[large_payload]
topic=ini_topic
sourcedir=demo
destinationdir=ours
END_OF
run timeout 60 "$top_builddir/examples/producer_file_transfer" --config_file getting_started.ini
check 'our producer' equal "$status" 0
check 'their consumer' demo consume ini_topic theirs 3
for file in bytes text.txt none; do
    check "$file is the same there" same "demo/$file" "theirs/received-$file"
done
check 'their producer' demo produce theirs_topic bytes demo/bytes text.txt demo/text.txt none demo/none ../evil demo/text.txt \
    /tmp/evil demo/text.txt 'a/b' demo/text.txt .. demo/text.txt '' demo/text.txt
run timeout 60 "$top_builddir/examples/consumer_file_transfer" --config_file getting_started.ini -t theirs_topic -e
check 'our consumer' equal "$status" 0
for file in bytes text.txt none; do
    check "$file is the same here" same "demo/$file" "ours/received-$file"
done
check 'no name leads out of the folder' equal "$(grep -c refused out) $(only ours)" '5 received-bytes received-none received-text.txt '
check 'the same by vaultcrypt receive' eval 'mkdir plain; timeout 60 "$vaultcrypt" receive -q -k transit --format=demo -e theirs_topic plain; equal "$? $(only plain)" "1 bytes none text.txt "'
send --format=demo pair/a demo_large
check 'too large for a record' both equal "$status" 1 1
check 'it says what to do' holds "$(<err)" 'take the native one'

echo "# kill -9: $kills times over files of $megabytes MB"
mkdir killed
: >kills
# until_whole NAME ARGS...: starts vaultcrypt NAME again as often as it is killed. A receiver that was killed when it had the file
# already, but not ended, finds no other: then the end of the topic is its end.
until_whole() {
    local name=$1 code=137
    shift
    while [ "$code" = 137 ]; do
        [ "$1" != -n ] || [ ! -e "killed/$victim" ] || set -- -e "${@:3}"
        "$top_builddir/bin/vaultcrypt-$name" -k files -q "$@" >>"$name.out" 2>>"$name.err" &
        echo $! >"$name.pid"
        wait $!
        code=$?
        [ "$code" != 137 ] || echo "$name" >>kills
    done 2>/dev/null
    echo "$name $code" >>ends
}
victims=()
for ((round = 1; round == 1 || $(lines_of kills) < kills; round++)); do # a file may be through before it was killed that often
    victim=victim$round
    victims+=("$victim")
    head -c "${megabytes}000000" /dev/urandom >"$victim"
    : >ends
    until_whole receive -n 1 killed_topic killed &
    background+=("$!")
    until_whole send -o json "$victim" killed_topic &
    background+=("$!")
    while [ "$(lines_of kills)" -lt "$kills" ] && ! has_lines ends 2; do
        sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
        side=$([ $((RANDOM % 2)) = 0 ] && echo send || echo receive)
        kill -9 "$(<"$side.pid")" 2>/dev/null
    done
    until_true has_lines ends 2 || until_true has_lines ends 2
    check "$victim: both end well" equal "$(sort ends | tr '\n' ' ')" 'receive 0 send 0 '
    check "$victim: bytes equal" same "$victim" "killed/$victim"
    rm -f "$victim"
    [ "$round" -lt $((kills + 10)) ] || break
done
check "killed $kills times" [ "$(lines_of kills)" -ge "$kills" ]
check 'nothing half done is left' equal "$(only killed)" "$(printf '%s\n' "${victims[@]}" | LC_ALL=C sort | tr '\n' ' ')"
printf '# killed: %s times send, %s times receive; taken up again at: %s\n' "$(grep -c send kills)" "$(grep -c receive kills)" \
    "$(sed -nE 's/.*"event":"started".*"from":([0-9]+).*/\1/p' send.out | tr '\n' ' ')"
finish
