#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# encrypt and decrypt without any Vault: exit codes, files, framing, the identity rule, JSON that is none, pipes, memory.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

schema_of identity.yaml '[]'
schema_of aside.yaml '[]' 'on_error: dead_letter'
schema_of transit.yaml '[{path: $.a, transit: {key: k}}]'

# -- usage that cli.sh does not look at -----------------------------------------------------------------------------
[ ! -e /dev/full ] || check 'help that cannot be written' equal "$("$vaultcrypt" --help >/dev/full; echo $?)" 6
check 'two inputs are too many' ends 2 encrypt -s identity.yaml a b
check '--record and --topic exclude each other' ends 2 encrypt -s identity.yaml -r a -t b
for wrong in --batch=0 --batch=x --batch=-1 --deadline=soon --deadline=-1 --max-record=1T --batch=99999999999999999999; do
    check "$wrong is refused" ends 2 encrypt -s identity.yaml "$wrong"
done

# -- exit codes that need no Vault ----------------------------------------------------------------------------------
echo '{"a":"b"}' >one
check 'a record rule that is not there' ends 3 encrypt -s identity.yaml -r nobody one
check 'its message has the names there are' holds "$(cat err)" test
printf 'version: 1\nrecords:\n  - name: a\n    topics: [a]\n    fields: []\n  - name: b\n    topics: ["b*"]\n    fields: []\n' >two.yaml
check 'no topic matches' ends 3 encrypt -s two.yaml -t c one
check 'two rules and no choice' ends 3 encrypt -s two.yaml one
check 'a topic chooses' ends 0 encrypt -s two.yaml -t bb one
printf 'version: 1\nrecords:\n  - name: a\n    topics: [a]\n    fieds: []\n' >wrong.yaml
check 'a schema that is wrong' ends 3 encrypt -s wrong.yaml one
check 'file, line, column, and what was meant' both holds "$(cat err)" 'wrong.yaml:5:5' 'fields'
check 'lint says the same' ends 3 lint wrong.yaml
check 'lint of several: the worst counts' ends 3 lint two.yaml wrong.yaml identity.yaml
check 'and the good ones are told' holds "$(cat out)" 'two.yaml: fine'
check 'lint --topic' ends 3 lint -t c two.yaml
check 'a schema that is not there' ends 6 encrypt -s nowhere.yaml one
check 'lint of one that is not there' ends 6 lint nowhere.yaml
check 'an input that is not there' ends 6 encrypt -s identity.yaml nowhere.ndjson
check 'an input that is a folder' ends 6 encrypt -s identity.yaml .
check 'an output that cannot be made' ends 6 encrypt -s identity.yaml -o no/where one
[ ! -e /dev/full ] || check 'an output that is full' ends 6 encrypt -s identity.yaml -o /dev/full one
check 'a dead letter file that cannot be made' ends 6 encrypt -s aside.yaml --dead-letter no/where one
check 'no Vault: the deadline ends it with 5' ends 5 encrypt -s transit.yaml --address http://127.0.0.1:1 --deadline 200ms one
check 'nothing leaves then' equal "$(cat out)" ''
check 'how far it came is said' holds "$(cat err)" 'stopped at line 1'
check 'an address that is none' ends 3 encrypt -s transit.yaml --address ftp://127.0.0.1 one
check 'variables are checked' equal "$(VAULT_SKIP_VERIFY=perhaps "$vaultcrypt" encrypt -s transit.yaml one 2>err; echo $?)" 3
check 'and named' holds "$(cat err)" VAULT_SKIP_VERIFY

# -- the identity ---------------------------------------------------------------------------------------------------
repeated() { text=$1 awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", ENVIRON["text"] }'; }
{
    printf '%s\n' ' { "a" : 1 ,	"b" : [ ] , "c":{ } } ' '{"a":1,"a":2,"\u0061":3}' '[1,"x",true,false,null,[],{}]' \
        '"a lone text"' '0' '-0' '-0.0e-0' '1E400' '-1e-400' '123456789012345678901234567890.000000000000000000000000000001e+10' \
        '{"":""," ":"\"\\\/\b\f\n\r\t\u0000\u001f\u007f"}' '"\ud83d\ude00 \uD800 \udc00\ud800"' '{"\ud800":"\udfff"}' \
        $'"\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80 \xef\xbf\xbf \x7f"' $'{"\xf4\x8f\xbf\xbf":[0.0]}' 'true' 'false' \
        '{"vault":"vault:v1:AAAA","nested":{"vault":["vault:v2:BBBB"]}}' '{"a":[{"b":[{"c":[{"d":1}]}]}]}' '  []  ' '{}'
    repeated '[' 500; printf '{"deep":-0}'; repeated ']' 500; echo
    repeated '{"k":' 500; printf '[]'; repeated '}' 500; echo
    printf '{"long":"'; repeated '0123456789abcdef' 65536; printf '","escaped":"'; repeated '\u00e9\\\\' 131072; printf '"}\n'
    printf '{"'; repeated 'name' 262144; printf '":'; repeated '1' 262144; printf '}\n'
    printf '['; repeated '1,' 200000; printf '2]\n'
} >awkward.ndjson
printf '{"a":1}\r\n\r\n  \r\n{"b":2}\n\n\n\t\n[3]' >framing.ndjson
printf '\r\n\n \n' >blank.ndjson
: >empty.ndjson
printf '{"a":1}' >no_newline.ndjson
printf 'null\n null \t\nnull\r\nnull' >tombstones.ndjson
for file in awkward framing blank empty no_newline tombstones; do
    for command in encrypt decrypt; do
        check "identity, $command: $file" ends 0 "$command" -s identity.yaml "$file.ndjson"
        check "byte for byte" same "$file.ndjson" out
    done
    check "identity: $file, record by record" ends 0 encrypt -s identity.yaml --batch 1 "$file.ndjson"
    check "byte for byte" same "$file.ndjson" out
    check "identity: $file, from a pipe that is slow" same "$file.ndjson" \
        <(while IFS= read -r -d '' -n 7 part || [ -n "$part" ]; do printf '%s' "$part"; done < <(head -c 3000 "$file.ndjson") |
            cat - <(tail -c +3001 "$file.ndjson") | "$vaultcrypt" encrypt -s identity.yaml)
done
check 'tombstones pass a rule with fields, and no Vault is asked' ends 0 encrypt -s transit.yaml tombstones.ndjson
check 'byte for byte' same tombstones.ndjson out
printf '{\n  "a": 1,\n\n  "b": [\n]\n}\r\n' >document.json
check '--document' ends 0 encrypt -s identity.yaml --document document.json
check 'byte for byte' same document.json out
check '--document of nothing' ends 0 encrypt -s identity.yaml --document empty.ndjson
check 'is nothing' equal "$(cat out)" ''
printf '\n null\n' >tombstone.json
check '--document: a tombstone' ends 0 encrypt -s transit.yaml --document tombstone.json
check 'byte for byte' same tombstone.json out

# -- what is not JSON -----------------------------------------------------------------------------------------------
refused() { # TITLE BYTE TEXT: as the third line, it is refused at that byte (0-based), and the lines around it live on
    printf '{"fine":1}\n\n%s\n{"fine":2}\n' "$3" >bad.ndjson
    check "refused: $1" ends 1 encrypt -s identity.yaml bad.ndjson
    check 'with line and byte' both holds "$(cat err)" 'bad.ndjson:3:' "byte $2:"
    check 'what came before is written, and no more' equal "$(cat out)" '{"fine":1}'
    rm -f letters
    check "set aside: $1" ends 1 encrypt -s aside.yaml --dead-letter letters bad.ndjson
    check 'the rest follows' equal "$(cat out)" '{"fine":1}

{"fine":2}'
    check 'the letter tells line and byte' both holds "$(cat letters)" '"line":3,' "\"byte\":$2,"
}
refused 'a member without a value' 5 '{"a":}'
refused 'a comma too many' 6 '{"a":1,}'
refused 'a text that does not end' 9 '{"a":"bcd'
refused 'an object that does not end' 6 '{"a":1'
refused 'a control character' 7 $'{"a":"b\tc"}'
refused 'an escape that is none' 7 '{"a":"\x41"}'
refused 'single quotes' 1 "{'a':1}"
refused 'a leading zero' 6 '{"a":01}'
refused 'NaN' 5 '{"a":NaN}'
refused 'bytes that are not UTF-8' 6 $'{"a":"\xff\xfe"}'
refused 'a surrogate in UTF-8' 6 $'{"a":"\xed\xa0\x80"}'
refused 'two values' 8 '{"a":1} {"b":2}'
refused 'a byte order mark' 0 $'\xef\xbb\xbf{"a":1}'
refused 'a word' 0 'hello'
printf '{"a":1}\n{"b":"\0"}\n' >bad.ndjson
check 'refused: a NUL' ends 1 encrypt -s identity.yaml bad.ndjson
check 'with line and byte' both holds "$(cat err)" 'bad.ndjson:2:' 'byte 6:'
printf 'null\0\n' >bad.ndjson
check 'a NUL makes a tombstone no tombstone' ends 1 encrypt -s transit.yaml bad.ndjson
{ repeated '[' 600; repeated ']' 600; echo; } >bad.ndjson
check 'refused: nested too deep' ends 1 encrypt -s identity.yaml bad.ndjson
printf '{"a":1}\n{"b":"0123456789012345678901234567890123456789"}\n{"c":3}\n' >bad.ndjson
check 'refused: longer than --max-record' ends 1 encrypt -s identity.yaml --max-record 20 bad.ndjson
check 'with its line' holds "$(cat err)" 'bad.ndjson:2'
check 'set aside: longer than --max-record' ends 1 encrypt -s aside.yaml --max-record 20 bad.ndjson
check 'the rest follows' equal "$(cat out)" '{"a":1}
{"c":3}'
printf '{"c":3}\n0123456789012345678901234567890123456789' >bad.ndjson
check 'refused: longer than --max-record, and no line end behind it' ends 1 encrypt -s identity.yaml --max-record 20 bad.ndjson
check 'with its line' holds "$(cat err)" 'bad.ndjson:2'
check 'what came before is written' equal "$(cat out)" '{"c":3}'
printf '{"a":\n1,\n,}\n' >bad.json
check '--document: refused' ends 1 encrypt -s identity.yaml --document bad.json
check 'with the line in the document' both holds "$(cat err)" 'bad.json:3:1' 'byte 9:'

# -- files ----------------------------------------------------------------------------------------------------------
cp framing.ndjson in.ndjson
check '-o FILE' ends 0 encrypt -s identity.yaml -o new.ndjson in.ndjson
check 'the same bytes' same in.ndjson new.ndjson
check 'nothing on standard output' equal "$(cat out)" ''
check 'nobody else may read it' equal "$(stat -c %a new.ndjson)" 600
ln in.ndjson link.ndjson
ln -s in.ndjson soft.ndjson
for same_file in in.ndjson ./in.ndjson link.ndjson soft.ndjson; do
    check "-o may not be the input: $same_file" ends 2 encrypt -s identity.yaml -o "$same_file" in.ndjson
    check "neither from standard input" equal "$("$vaultcrypt" encrypt -s identity.yaml -o "$same_file" <in.ndjson 2>err; echo $?)" 2
    check "nor may the dead letters: $same_file" ends 2 encrypt -s identity.yaml --dead-letter "$same_file" in.ndjson
done
check 'the input is as it was' same framing.ndjson in.ndjson
check 'output and dead letters may not be one file' ends 2 encrypt -s aside.yaml -o new.ndjson --dead-letter new.ndjson in.ndjson
echo old >kept
echo nonsense >bad.ndjson
check 'dead letters are added' ends 1 encrypt -s aside.yaml --dead-letter kept bad.ndjson
check 'as one object' both holds "$(tail -n 1 kept)" '{"source":"bad.ndjson","line":1,' '"rule":"test","code":"json","reason":"not JSON'
check 'behind what was there' equal "$(head -n 1 kept)" old

# -- pipes ----------------------------------------------------------------------------------------------------------
reader_leaves() {
    records 1 200000 | "$vaultcrypt" encrypt -s identity.yaml 2>err | head -n 1 >first
    status=${PIPESTATUS[1]}
    [ "$status" = 141 ] || [ "$status" = 6 ] || { printf '#   status %s\n' "$status"; return 1; } # 6: SIGPIPE is ignored here
}
check 'a reader that leaves ends it' reader_leaves
check 'it had got a whole line' equal "$(cat first)" "$(records 1 1)"
mkfifo to from
"$vaultcrypt" encrypt -s identity.yaml <to >from 2>err &
background+=($!)
exec 3>to 4<from
echo '{"first":1}' >&3
read -r -t 30 -u 4 line
check 'what is there leaves before the input ends' equal "$line" '{"first":1}'
exec 3>&-
wait "$!"
check 'the end of the input ends it' equal "$?" 0
check 'and its output' equal "$(cat <&4)" ''
exec 4<&-

# Memory has a bound: far more input than the process may have memory. (Sanitizers need all address space there is.)
bounded() {
    (
        [ -n "${SANITIZED-}" ] || ulimit -v 400000 || exit 1
        records 1 40000 | awk '{ a[NR] = $0 } END { for (i = 0; i < 125; i++) for (j = 1; j <= NR; j++) print a[j] }' |
            "$vaultcrypt" encrypt -s identity.yaml 2>err | wc -l
    )
}
check 'five million records in bounded memory' equal "$(bounded)" 5000000
finish
