#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt produce and consume on a real Kafka and a real OpenBao, beside kcat: what both print of the same records is the same, byte for
# byte; and nothing that produce sends is in clear.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_PID-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao kafka -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
kcat=$(command -v kcat || command -v kafkacat) || {
    echo 'no kcat (Debian has it)'
    [ "${VAULTCRYPT_REQUIRE_SERVICES:-0}" = 1 ] && exit 99
    exit 77
}
their() { "$kcat" -q -b "$VAULTCRYPT_BROKERS" "$@"; }
ours() { timeout 60 "$vaultcrypt" consume "$@"; }
send() { timeout 60 "$vaultcrypt" produce -s schema.yaml "$@"; }

# alike ARGS...: of both
alike() {
    their -C "$@" >theirs 2>err
    ours "$@" >ours 2>>err
    same ours theirs
}

cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: cards
    topics: [cards, "moved*", "txn*", group]
    fields:
      - path: $.card
        transit: {key: app}
      - path: $.note
        envelope: {key: app}
  - name: kind
    topics: [kind]
    on_error: dead_letter
    fields: [{path: $.card, transit: {key: app}}]
  - name: whole
    topics: [whole]
    value: {envelope: {key: app}}
END_OF
check 'setup' ends 0 setup -s schema.yaml

echo '# as kcat prints'
printf 'k1:v1\nk2:\n:v3\nnokey\n\nk5:a\tb"\\/\303\251\001x\177\rz\n' | their -P -t plain -p 0 -K: -Z -H a=1 -H b -H 'c=x,y=z' -H d=
printf 'k1:v1\nk2:\n:v3\n' | their -P -t plain -p 0 -K:
check 'no options' alike -t plain -p 0 -e
for format in '%s\n' '%t|%p|%o|%k|%K|%s|%S|%T|%h|%%|\x41|\065|\101|\q|\\|\t\r\n' '%R%s' '%k%k' 'text' '%h\n'; do
    check "-f $format" alike -t plain -p 0 -e -f "$format"
    check "-Z -f $format" alike -t plain -p 0 -e -Z -f "$format"
done
check '-J' alike -t plain -p 0 -e -J
check '-J -D' alike -t plain -p 0 -e -J -D '|\n'
check '-J -Z -c' alike -t plain -p 0 -J -Z -c 2
check '-K' alike -t plain -p 0 -e -K '\t'
check '-K -D' alike -t plain -p 0 -e -K ': ' -D '\x0a--\n'
check '-D with nothing' alike -t plain -p 0 -e -D ''
check '-o N' alike -t plain -p 0 -e -o 3 -c 2
check '-o -N' alike -t plain -p 0 -e -o -3
check '-o beginning' alike -t plain -p 0 -e -o beginning
check '-o end' alike -t plain -p 0 -e -o end
sleep 0.1
now=$(date +%s%3N)
sleep 0.1
printf 'later\n' | their -P -t plain -p 0
check '-o s@' alike -t plain -p 0 -e -o "s@$now"
check 'that was one' equal "$(<ours)" later
check '-o e@' alike -t plain -p 0 -o "e@$now"
check 'that was all before' equal "$(ours -t plain -p 0 -o "e@$now" -f x)" xxxxxxxx
check 'all partitions' eval 'their -C -t plain -e | sort >a; ours -t plain -e | sort >b; same a b'
check 'a topic that is not there' eval 'run ours -t nowhere -e; equal "$status" 3'
check 'a partition that is not there' eval 'run ours -t plain -p 99 -e; equal "$status" 3'
check 'a format that is none' eval 'run ours -t plain -f %y; equal "$status" 2'
check 'nor this' eval 'run ours -t plain -f a%; equal "$status" 2'
check 'an offset that is none' eval 'run ours -t plain -o soon; equal "$status" 2'
check 'no topic' eval 'run ours -e; equal "$status" 2'
check 'no Kafka' eval 'run ours -b 127.0.0.1:1 -t plain -e; equal "$status" 5'

echo '# protected'
for i in {1..300}; do printf 'key-%d\t{"card":"CANARY-%d", "note":["CANARY",%d],  "n":%d}\n' $((i % 7)) "$i" "$i" "$i"; done >lines
check 'produce' eval 'run send -t cards -K "\t" <lines; equal "$status" 0'
check 'it has nothing to say' equal "$(cat out err)" ''
their -C -t cards -e -K '\t' >raw
check 'all are there' equal "$(lines_of raw)" 300
check 'none in clear' eval '! grep -q CANARY raw'
check 'each field is protected' equal "$(grep -c '"card":"vault:v1:[^"]*", "note":"vc1:' raw)" 300
check 'consume without a schema shows them so' eval 'ours -t cards -e -K "\t" | sort | cmp - <(sort raw)'
check 'consume with one opens them' eval 'ours -s schema.yaml -t cards -e -K "\t" | sort | cmp - <(sort lines)'
check 'in order, within a partition' eval 'ours -s schema.yaml -t cards -p 1 -e -K "\t" >one && grep -Fxf one lines | cmp - one'
check 'a key stays with its partition' equal "$(ours -t cards -e -f '%k %p\n' | sort -u | wc -l)" 7
check 'by name' eval 'ours -s schema.yaml -r cards -t cards -e -K "\t" | sort | cmp - <(sort lines)'
check 'by another name they are not opened' eval 'run ours -s schema.yaml -r whole -t cards -e; equal "$status" 1 && equal "$(<out)" ""'
check 'without a rule nothing is read' eval 'run ours -s schema.yaml -t plain -e; equal "$status" 3'
check 'all topics that fit' eval 'ours -t "^car" -e -K "\t" | sort | cmp - <(sort raw)'
check 'none fits' eval 'run ours -t "^nowhere" -e; equal "$status" 3'
check '-J holds what was opened' eval 'ours -s schema.yaml -t cards -e -J | python3 -c "import json,sys; print(sum(json.loads(json.loads(l)[\"payload\"])[\"card\"].startswith(\"CANARY-\") for l in sys.stdin))" >n; equal "$(<n)" 300'

echo '# what cannot be opened'
printf '{"card":"CANARY-clear","note":1,"n":1}\n' | their -P -t cards -p 0
run ours -s schema.yaml -t cards -e
check 'the exit code tells' equal "$status" 1
check 'the others are shown' equal "$(lines_of out)" 300
check 'it is not among them' eval '! grep -q CANARY-clear out'
check 'it is told, with its place' holds "$(<err)" 'cards [0] at offset'
check 'and nothing of it' lacks "$(<err)" CANARY
check 'and counted' holds "$(<err)" '1 records could not be opened'
check 'raw, where that is wanted' eval 'run ours -s schema.yaml -t cards -e --on-error=raw; equal "$status $(grep -c CANARY-clear out)" "1 1"'
check 'or the end' eval 'run ours -s schema.yaml -t cards -p 0 -e --on-error=stop -o -2; equal "$status $(lines_of out)" "1 1"'
their -C -t cards -p 1 -e -o beginning -c 1 -f '%s' >moved
check 'a token of another rule' eval 'their -P -t moved -p 0 <moved; run ours -s schema.yaml -t moved -e; equal "$status" 0'
check 'denied' eval 'VAULT_TOKEN=nobody run ours -s schema.yaml -t cards -e; equal "$status $(<out)" "4 "'
check 'Vault away' eval 'VAULT_ADDR=http://127.0.0.1:1 run ours -s schema.yaml -t cards -e --deadline 1s; equal "$status $(<out)" "5 "'

echo '# what cannot be protected'
printf '%s\n' '{"card":"1","note":1}' '{"card":"CANARY-no-note"}' '{"card":"3","note":3}' >bad
run send -t moved2 <bad
check 'it ends there' equal "$status" 1
check 'those before are sent' equal "$(ours -s schema.yaml -t moved2 -e)" '{"card":"1","note":1}'
check 'it is told, with its number' holds "$(<err)" 'standard input:2: '
check 'and nothing of it' lacks "$(<err)" CANARY
check 'others go on where that is wanted' eval 'run send -t moved3 --on-error=skip <bad; equal "$status $(ours -s schema.yaml -t moved3 -e | wc -l)" "1 2"'
check 'or where the rule says so' eval 'printf "%s\n" "{\"card\":1}" "{\"card\":\"2\"}" >two; run send -t kind <two; equal "$status" 1 && both holds "$(<err)" "standard input:1: " "1 records delivered, 1 could not"'
check 'all or none' eval 'run send -t txn --all <bad; equal "$status" 1 && holds "$(<err)" "nothing was sent"'
check 'and nothing is there' eval 'equal "$(ours -t txn -e)" ""'
check 'all' eval 'head -n 20 lines | cut -f 2 >lines_ok; run send -t txn2 --all -p 0 <lines_ok; equal "$status" 0 && ours -s schema.yaml -t txn2 -e | cmp - lines_ok'
check 'kcat sees them too' equal "$(their -C -t txn2 -e -X isolation.level=read_committed | wc -l)" 20
check 'no schema, no record' eval 'run timeout 9 "$vaultcrypt" produce -t cards </dev/null; equal "$status" 2'
check 'no rule, no record' eval 'run send -t plain <bad; equal "$status" 3'
check 'denied' eval 'VAULT_TOKEN=nobody run send -t moved4 <bad; equal "$status" 4'
check 'Vault away' eval 'VAULT_ADDR=http://127.0.0.1:1 run send -t moved4 --deadline 1s <bad; equal "$status" 5'
check 'Kafka away' eval 'run send -b 127.0.0.1:1 -X message.timeout.ms=1000 -t moved4 <lines_ok; equal "$status" 5'
check 'nothing of all that was sent' eval 'run ours -t moved4 -e; equal "$(<out)" ""'
check 'too long' eval 'run send -t moved4 --max-record 10 <bad; equal "$status" 1 && holds "$(<err)" "longer than 10 bytes"'

echo '# as kcat produces'
# as_kcat TOPIC ARGS...: standard input is `in`; both send; kcat's in clear to x_TOPIC
as_kcat() {
    local topic=$1
    shift
    their -P -t "x_$topic" -p 0 "$@" <in && run send -t "$topic" -r whole -p 0 "$@" <in && equal "$status" 0 || return 1
    local format='%k|%K|%s|%S|%h\n'
    their -C -t "x_$topic" -p 0 -e -f "$format" >theirs
    ours -s schema.yaml -r whole -t "$topic" -p 0 -e -f "$format" >ours
    same ours theirs
}
printf 'a:1\nb:\n:3\nnone\n\n\nlast:x:y' >in
check 'lines' as_kcat p1
check '-K' as_kcat p2 -K :
check '-K -Z' as_kcat p3 -K : -Z
check '-K -k' as_kcat p4 -K : -Z -k fixed
check '-H' as_kcat p5 -H a=1 -H b -H 'c=d=e' -H f=
check '-D' as_kcat p6 -D ':'
check '-D of several' as_kcat p7 -D 'none\n'
check '-c' as_kcat p8 -c 2
check '-l' eval 'cp in lines_of_file; as_kcat p9 -l lines_of_file'
printf 'one\nfile' >f1
: >f2
head -c 100000 /dev/urandom >f3
check 'files' as_kcat p10 -k fixed f1 f2 f3
check 'a file that is not there' eval 'run send -t whole nowhere; equal "$status" 6'
check 'what comes slowly goes at once' eval '{ echo "{\"card\":\"1\",\"note\":1}"; until_true eval "[ -n \"\$(ours -t moved5 -c 1 -e 2>/dev/null)\" ]" >&2; } | send -t moved5'

echo '# in a group'
check 'a part' eval 'ours -s schema.yaml -t txn2 -G readers -c 5 >first && equal "$(lines_of first)" 5'
check 'the rest' eval 'ours -s schema.yaml -t txn2 -G readers -e >second && cat first second | cmp - lines_ok'
check 'nothing more' equal "$(ours -s schema.yaml -G readers -e txn2)" ''
check 'from the beginning' eval 'ours -s schema.yaml -t txn2 -G readers -e -o beginning | cmp - lines_ok'
check 'what is stored, without joining' eval 'equal "$(ours -t txn2 -X group.id=readers -o stored -e)" ""'
finish
