#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt inspect: files, lines, standard input, headers, and a topic of the embedded Kafka. What is told of each format is tested
# in tests/unit/test_record_inspect.c.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# tells STATUS TEXT ARGS...: standard input is `in`; the output, blanks squeezed, holds TEXT
tells() {
    "$vaultcrypt" inspect "${@:3}" <in >out 2>err
    local status=$?
    equal "$status" "$1" && holds "$(cat out err | tr -s ' ')" "$2"
}
printf 'vault:v7:AAAA\n' >in
check 'standard input' tells 0 'value vault - 7 -'
check 'every field' tells 0 ' encoded_bytes 4' -v
check 'one field' tells 0 7 -f '.found[0].key_version'
check 'and nothing else' equal "$(cat out)" 7
check 'JSON' tells 0 '{"found":[{"place":"value","format":"vault","certain":true,"key_version":7,"source":"transit","encoded_bytes":4}]}' -o json
check 'to the last byte' tells 1 'error: not vault:vN: and Base64' --document
check 'a field that is not there' tells 3 'no field .found[3]' -f '.found[3]'
printf '{"a":"vault:v1:AA==","b":[{"c":"ENCRYPTION_ERROR: x"}]}\n\n{"x":1}\r\nplain\n' >in
check 'lines' tells 0 '1 value json - - 2 of 2 fields protected'
check 'a field' holds "$(tr -s ' ' <out)" '1 $.a vault - 1 -'
check 'what the demo lost' holds "$(tr -s ' ' <out)" '1 $.b[0].c encryption-error - - -'
check 'line ends are none of the value' holds "$(tr -s ' ' <out)" '4 value unknown - - bytes: 5'
check 'blank lines are passed over' equal "$(grep -c '^2 ' out)" 0
check 'lines as they come are the same' eval 'tells 0 json --lines && mv out streamed && tells 0 json && cmp out streamed'
check 'one value' tells 0 'value unknown' --document
check 'a field of those that have it' eval 'tells 0 1 -f ".found[1].key_version" && equal "$(cat out)" 1'
check 'of none' tells 3 'no value has the field' -f '.found[9]'
printf '{\n "a": [\n  "vault:v1:AA=="\n ]\n}\n' >in
check 'JSON in several lines is one value' tells 0 '$.a[0] vault - 1 -'
printf 'vc1:AAAA' >in
check 'what is malformed' tells 1 'token - - error: the body of a token is refused at byte 0: an unknown algorithm'
printf 'a\033[2J\n' >in
check 'unknown' tells 0 'value unknown - - bytes: 5'
printf '["vault:v1:AA==",{"\033[2J\\u001b":"vault:v1:AA=="}]' >in
check 'a terminal is told nothing' eval 'tells 0 unknown; ! grep -q "$(printf "\033")" out'
printf '{"\\u001b[2J\xc3\xa9":"vault:v1:AA=="}' >in
check 'nor by a name' tells 0 "\$['\\u001b[2J"

# Kroxylicious: the worked example of its specification
printf '00640a4b454b2d7472616465737661756c743a76313a6f4b47696f36536c7071656f7161717231343445504f62756d6970785a6b76316862452b2b6638473539543465704d362b73583067665866594f6656677355326954486f7962374a774550475031556400000102030405060708090a0b516ab377a98ae26ce233fbefb266ac8d2d01dcb3221c59cb14f11fb02f' >hex
python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(open("hex").read()))' >record
: >in
check 'a record of Kroxylicious' tells 0 'kroxylicious KEK-trades 1 bound: nothing' -H kroxylicious.io/encryption=hex:02 record
check 'without its header it only looks so' tells 0 'kroxylicious? KEK-trades 1' record
printf '\002' >version
check 'a header from a file' tells 0 'kroxylicious KEK-trades' -H kroxylicious.io/encryption=@version record
check 'a header that is wrong' tells 1 'error: the header kroxylicious.io/encryption tells version 9' -H kroxylicious.io/encryption=hex:09 record
check 'several files' tells 0 'record value kroxylicious?' record version
check 'each with its name' holds "$(tr -s ' ' <out)" 'version value unknown - - bytes: 1'
check 'a header without a name' tells 2 'NAME=VALUE' -H =x
check 'hexadecimal digits' tells 2 'pairs of hexadecimal digits' -H a=hex:0
check 'pairs of them' tells 2 'pairs of hexadecimal digits' -H a=hex:0x
check 'a file that is not there' tells 6 'No such file' nowhere
check 'two of a kind' tells 2 exclude --document --lines
check 'what is for a topic' tells 2 'is for a topic' -n 3
check 'empty' tells 0 'value unknown - - bytes: 0'

# A sealed file is told by its beginning, whatever its length: here a million million bytes that are not there.
python3 - >stream <<'MAKE'
import os, sys
body = bytes([0x11, 0, 0]) + bytes(range(32)) + b"\5files" + b"\0" + b"\1" + b"\3key" + b"\2" + b"\7wrapped" + bytes(39) + b"\0\1\0\0"
sys.stdout.buffer.write(b"\x8bVC\1" + body)
MAKE
truncate -s 1T stream 2>/dev/null || truncate -s 1G stream
check 'a sealed file' tells 0 'value stream key 2 bound: context "files", path' stream

[ -x "$top_builddir/bin/vaultcrypt-inspect-topic" ] || { echo '# built without Kafka: no topics'; finish; }
check 'no topic' tells 2 'with --topic no file' -t topic record
check 'an offset' tells 2 'no whole number' -t topic --offset=x
check 'a partition' tells 2 'no whole number' -t topic -p -1
check 'no brokers there' tells 5 'Connection refused' -t topic -b 127.0.0.1:1
python=$("$top_srcdir/tests/services/venv" kafka) || { echo '# no Kafka client: no topics'; finish; }
cat >produce.py <<'MAKE'
import os, sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"]})
record = open("record", "rb").read()
def put(value, partition, key=None, headers=None):
    producer.produce("topic", value, key=key, partition=partition, headers=headers)
    producer.flush()
for i in range(4):
    put('{"a":"vault:v%d:AA=="}' % (i + 1), 0, key="plain")
put(record, 1, headers=[("x", b""), ("kroxylicious.io/encryption", b"\2")])
put(None, 1, key="vault:v9:AA==")
put(b"", 1, headers=[("vaultcrypt-keys", None)])
MAKE
"$vaultcrypt" dev --log-level error --topics topic:3 >dev.env 2>>dev.log &
background+=("$!")
until_true grep -q VAULTCRYPT_BROKERS dev.env || exit 99
# shellcheck disable=SC1091
. ./dev.env
"$python" produce.py || exit 99
check 'a topic' tells 1 'RECORD PLACE' -t topic
for line in '0/0 $.a vault - 1 -' '0/3 $.a vault - 4 -' '1/0 value kroxylicious KEK-trades 1' '1/1 key vault - 9' '1/1 value null' \
    '1/2 value unknown - - bytes: 0' '1/2 header vaultcrypt-keys keys - - error:'; do
    check "$line" holds "$(tr -s ' ' <out)" "$line"
done
check 'a plain key is not told' lacks "$(tr -s ' ' <out)" '0/0 key'
check 'a partition' eval 'tells 0 "0/3" -t topic -p 0 && lacks "$(cat out)" "1/0"'
check 'a count' eval 'tells 0 "0/1" -t topic -p 0 -n 2 && lacks "$(cat out)" "0/2"'
check 'an offset' eval 'tells 0 "0/2" -t topic -p 0 --offset=2 && lacks "$(cat out)" "0/1"'
check 'the last ones' eval 'tells 1 "0/3" -t topic --offset=-1 && holds "$(cat out)" "1/2" && lacks "$(cat out)" "0/2"'
check 'beyond the end' eval 'tells 0 "" -t topic --offset=99 && [ ! -s out ]'
check 'an empty partition' eval 'tells 0 "" -t topic -p 2 && [ ! -s out ]'
check 'JSON' tells 0 '{"topic":"topic","partition":0,"offset":0,"timestamp":' -t topic -p 0 -o json
check 'a property' tells 0 '0/0' -t topic -p 0 -X "bootstrap.servers=$VAULTCRYPT_BROKERS" -X client.id=me
check 'no such property' tells 3 'has no property' -t topic -X nonsense=1
check 'no such partition' tells 3 'no such partition' -t topic -p 7
finish
