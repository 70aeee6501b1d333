#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt scan on a real Kafka and a real OpenBao: what was planted in a topic is found, and nothing else; nothing of a record is printed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_KAFKA_PID-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao kafka -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
[ -x "$top_builddir/examples/producer" ] || { echo 'built without the examples'; exit 77; }

scan() { timeout 60 "$vaultcrypt" scan -s schema.yaml "$@"; }
send() { timeout 60 "$vaultcrypt" produce -s schema.yaml "$@"; }
plant() { "$top_builddir/examples/producer" -l -t "$@" 2>/dev/null; } # as it is

cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: people
    topics: [people, others, "part*"]
    fields:
      - path: $.card
        transit: {key: app}
      - path: $.note
        envelope: {key: app}
      - path: $.tags[*]
        siv: {key: app, key_version: 1}
      - path: $.ssn
        fpe: {key: app, key_version: 1}
      - path: $.phone
        mask: {keep_last: 2}
      - path: $.mail
        hash: {key: app, key_version: 1}
  - name: blobs
    topics: [blobs]
    value: {envelope: {key: app}}
END_OF
check 'setup' ends 0 setup -s schema.yaml
for i in {1..40}; do
    printf '{"card":"CANARY-%d","note":{"CANARY":%d},"tags":["CANARY-a%d","CANARY-b%d"],"ssn":"%09d","phone":"0123%d","mail":"CANARY@%d"}\n' \
        "$i" "$i" "$i" "$i" "$i" "$i" "$i"
done >lines
send -t people -p 0 <lines
send -t others -p 0 <lines

# field PATH-OF-THE-JSON: of the last scan; column FIELD KIND
value() { python3 -c 'import json,sys; print(eval("r"+sys.argv[1], {"r": json.load(open("out"))}))' "$1"; }
column() { # FIELD KIND
    python3 -c 'import json,sys; r = json.load(open("out")); print([f[sys.argv[2]] for f in r["fields"] if f["field"] == sys.argv[1]][0])' "$1" "$2"
}
counts() { # FIELD AUTHENTICATED CLEAR MISSING DAMAGED UNDECIDABLE
    local field=$1
    shift
    equal "$(for kind in authenticated clear missing damaged undecidable; do column "$field" "$kind"; done | tr '\n' ' ')" "$* "
}

echo '# all is well'
run scan -o json people
check 'the exit code' equal "$status" 0
check 'the result' equal "$(value '["result"]') $(value '["complete"]') $(value '["keys"]') $(value '["records"]')" 'clean True True 40'
check 'transit' counts '$.card' 40 0 0 0 0
check 'envelope' counts '$.note' 40 0 0 0 0
check 'siv, each node' counts '$.tags[*]' 80 0 0 0 0
check 'fpe' counts '$.ssn' 0 0 0 0 40
check 'mask' counts '$.phone' 0 0 0 0 40
check 'hash' counts '$.mail' 0 0 0 0 40
check 'what could not be judged, over all' equal "$(value '["undecidable"]')" 120
check 'what was read' equal "$(value '["partitions"][0]["first_offset"]') $(value '["partitions"][0]["last_offset"]')" '0 39'
check 'by which schema' holds "$(<out)" '"schema_id":"'
run scan people
check 'of missing fields nothing, when none is' lacks "$(<out)" 'are missing'
check 'as a table' equal "$status $(grep -c '^people  \$' out)" '0 6'
check 'in words: no more than can be judged' both holds "$(<out)" 'Nothing of what can be judged is in clear, damaged or unreadable.' \
    '120 values could not be judged (undecidable)'
check 'one field of it' eval 'run scan -f .records people; equal "$(<out)" 40'

echo '# planted'
"$vaultcrypt" consume -t people -e -c 1 >one
good=$(<one)
flip() { python3 -c 'import sys; t, mark, at = sys.argv[1], sys.argv[2], int(sys.argv[3]); i = t.index(mark) + at; print(t[:i] + ("A" if t[i] != "A" else "B") + t[i+1:])' "$@"; }
{
    head -n 1 lines                                     # 40: in clear, all of it
    flip "$good" '"note":"vc1:' 60                      # 41: an envelope that is damaged
    flip "$good" '"card":"vault:v1:' 30                 # 42: a ciphertext of transit's
    sed 's/"note":"[^"]*",//' one                       # 43: missing
    python3 -c 'import json; r = json.load(open("one")); r["note"] = r["tags"][0]; print(json.dumps(r))' # 44: moved from another field
    echo 'no JSON: CANARY'                              # 45
    python3 -c 'import json; r = json.load(open("one")); r["tags"][1] = "CANARY"; print(json.dumps(r))'   # 46: one of two in clear
} >planted
plant people -X partitioner=consistent -K '#' < <(sed 's/^/samekey#/' planted) # all in one partition
partition=$("$vaultcrypt" consume -t people -e -f '%p %o %s\n' | awk '/no JSON/ { print $1 }')
run scan -o json people
check 'the exit code tells' equal "$status" 1
check 'the result too' equal "$(value '["result"]') $(value '["complete"]') $(value '["records"]') $(value '["unreadable"]')" 'findings True 47 1'
check 'transit' counts '$.card' 44 1 0 1 0
check 'envelope' counts '$.note' 42 1 1 2 0
check 'siv' counts '$.tags[*]' 89 3 0 0 0
check 'hash stays undecidable' counts '$.mail' 0 0 0 0 46
check 'the places are told' equal "$(python3 -c '
import json
r = json.load(open("out"))
first = min(p["offset"] for p in r["positions"])
print(*sorted("%d %s %s %s" % (p["offset"] - first, p["finding"], p.get("field", "-"), p["error"]) for p in r["positions"]), sep="; ")')" \
    '0 clear $.card plaintext; 0 clear $.note plaintext; 0 clear $.tags[*] plaintext; 0 clear $.tags[*] plaintext; 1 damaged $.note ciphertext; 2 damaged $.card ciphertext; 3 missing $.note missing; 4 damaged $.note ciphertext; 5 unreadable - json; 6 clear $.tags[*] plaintext'
check 'with their partition' equal "$(value '["positions"][0]["partition"]')" "$partition"
check 'nothing of a record is printed' eval '! grep -q CANARY out err'
check 'nor in the table' eval 'run scan people; ! grep -q CANARY out err && holds "$(<out)" "damaged: people [$partition] at offset"'
check 'which says that fields are missing' holds "$(<out)" 'are missing 1 times'
check 'places are bounded' eval 'run scan -o json --positions 1 people; equal "$(value "[\"positions_left_out\"]") $(python3 -c "import json; print(len(json.load(open(\"out\"))[\"positions\"]))")" "6 4"'

echo '# without keys'
run env -u VAULT_ADDR -u VAULT_TOKEN timeout 60 "$vaultcrypt" scan -s schema.yaml -o json --no-keys people
check 'no Vault is asked' equal "$status" 1
check 'by the form alone' equal "$(for kind in unverified clear missing damaged; do column '$.note' "$kind"; done | tr '\n' ' ')" '44 1 1 0 '
check 'nothing is authenticated' lacks "$(<out)" '"authenticated"'
check 'and it is said' equal "$(value '["keys"]')" False
check 'all is well as far as that goes' eval 'run scan --no-keys others; equal "$status" 0 && holds "$(<out)" "not authenticated"'

echo '# which records'
check 'a range' eval 'run scan -o json -p 0 --from 10 --to 20 others; equal "$status $(value "[\"records\"]") $(value "[\"partitions\"][0][\"last_offset\"]")" "0 10 19"'
check 'the last' eval 'run scan -o json -p 0 --from -3 others; equal "$(value "[\"records\"]")" 3'
check 'a count' eval 'run scan -o json -n 7 others; equal "$(value "[\"records\"]")" 7'
check 'a time to come' eval 'run scan -o json --from s@9999999999999 others; equal "$status $(value "[\"records\"]")" "0 0"'
check 'a time that was' eval 'run scan -o json --to e@1000 others; equal "$status $(value "[\"records\"]")" "0 0"'
check 'several topics' eval 'run scan -o json others people; equal "$(value "[\"records\"]")" 87'
send -t parts --all -p 0 <lines
{ cat lines; echo '{"card":1}'; } >broken
run send -t parts --all -p 0 <broken
plant parts2 <lines
check 'what was aborted is not read' eval 'run scan -o json parts; equal "$status $(value "[\"records\"]")" "0 40"'
check 'a pattern' eval 'run scan -o json "^parts"; equal "$status $(value "[\"records\"]") $(column "\$.card" clear)" "1 80 40"'
check 'where all can be judged, the verdict is on all' eval 'printf "a\nb\n" | send -t blobs; run scan blobs; equal "$status" 0 && holds "$(<out)" "Nothing is in clear, damaged or unreadable." && lacks "$(<out)" "could not be judged"'
check 'what could not be judged is told beside a finding, too' eval 'run scan people; holds "$(<out)" "could not be judged" && holds "$(<out)" "Something is in clear"'
check 'whole values' eval 'printf "in clear\n" | plant blobs; run scan -o json blobs; equal "$status $(column value authenticated) $(column value clear)" "1 2 1"'

echo '# what goes wrong'
check 'no topic' eval 'run scan -o json; equal "$status" 2'
check 'no schema' eval 'run timeout 9 "$vaultcrypt" scan people; equal "$status" 2'
check 'no rule' eval 'run scan nowhere; equal "$status" 3'
check 'no such topic' eval 'run scan -r people nowhere; equal "$status" 3'
check 'denied' eval 'VAULT_TOKEN=nobody run scan others; equal "$status" 4 && holds "$(<out)" "Not complete"'
check 'Vault away' eval 'VAULT_ADDR=http://127.0.0.1:1 run scan --deadline 1s -o json others; equal "$status $(value "[\"result\"]") $(value "[\"records\"]")" "5 incomplete 0"'
check 'Kafka away' eval 'run scan -b 127.0.0.1:1 others; equal "$status" 5'
check '--to that is none' eval 'run scan --to soon others; equal "$status" 2'
finish
