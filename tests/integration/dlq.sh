#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Dead letters on a real Kafka and a real OpenBao: nothing of a record is in clear in their topic, a replay gives it back byte for byte, and
# each once, also when it was killed in the middle.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_BROKERS-}" ] || [ -z "${VAULT_ADDR-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao kafka -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
python=$("$top_srcdir/tests/services/venv" files) || exit $?
topics() { timeout 120 "$python" "$here/dlq_topics.py" "$@"; }
encryptor() { run timeout 120 "$top_builddir/examples/encryptor" -e "$@"; }
dlq() { run timeout 120 "$vaultcrypt" dlq "$@"; }
replays() { # STATUS RECORDS ARGS...: dlq replay ends so, and tells of so many
    local wanted=$1 records=$2
    shift 2
    dlq replay "$@"
    equal "$status" "$wanted" && holds "$(cat err)" " replay: $records records "
}
replayed_so_far() { topics replayed "$1" | grep -c .; } # headers vaultcrypt-replayed of a topic
canary=4929-1111-canary

cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: purchases
    topics: [in, many]
    on_error: dead_letter
    fields:
      - path: $.card
        envelope: {key: app}
  - name: remote
    topics: [remote]
    on_error: dead_letter
    fields:
      - path: $.card
        transit: {key: app}
END_OF
check 'setup' ends 0 setup -s schema.yaml

# -- letters --------------------------------------------------------------------------------------------------------
topics send in 20 40
topics bad in >wanted
check 'there are forty' equal "$(lines_of wanted)" 40
encryptor -s schema.yaml --source in --target out
check 'the stream goes on' equal "$status" 0
check 'and writes letters' holds "$(cat err)" '60 records in, 20 out, 40 dead letters'
topics raw out_dead_letter >letters
check 'forty lie there' equal "$(lines_of letters)" 40
check 'with their places in clear' holds "$(cat letters)" '"topic":"in","partition":'
check 'the canary is in the source' holds "$(cat wanted)" "$canary"
for form in "$canary" "$(printf %s "$canary" | base64)" "$(printf %s "$canary" | od -An -tx1 | tr -d ' \n')" '\bbad\b' '\bnote\b' '\bkey\b'; do
    check "not in them: $form" [ "$(grep -cE -- "$form" letters)" = 0 ]
done

# -- list -----------------------------------------------------------------------------------------------------------
dlq list out_dead_letter
check 'list: ends well' equal "$status" 0
check 'list: a line for each, and one above' equal "$(lines_of out)" 41
check 'list: sums up' holds "$(cat err)" '40 letters, 40 with their record'
check 'list: place, rule, error and field' grep -qE '^[0-3]/[0-9]+ +in/[0-3]/[0-9]+ +purchases +missing +\$\.card ' out
dlq list -o json out_dead_letter
check 'list: as JSON' equal "$("$python" -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
print(len(lines), {l["topic"] for l in lines}, {l["error"] for l in lines if l.get("field")}, {l["record"] for l in lines})' <out)" \
    "40 {'in'} {'missing'} {True}"
dlq list -q --error missing out_dead_letter
check 'list: by error' equal "$(lines_of out)" 21
dlq list -q --error missing --rule other out_dead_letter
check 'list: by rule' equal "$(lines_of out)" 0
dlq list -q --from in -n 7 out_dead_letter
check 'list: so many' equal "$(lines_of out)" 8
dlq list --counts out_dead_letter
check 'list: counts' grep -qE '^in +purchases +missing +20 +20$' out
check 'list: no such topic' ends 3 dlq list no_such_topic
check 'list: records that are no letters' ends 1 dlq list in
check 'list: and says nothing of them' lacks "$(cat out err)" "$canary"

# -- replay ---------------------------------------------------------------------------------------------------------
check 'dry run' replays 0 40 --dry-run -s schema.yaml out_dead_letter
topics make back again by_key moved back_many back_fenced
check 'a filter needs a group' ends 2 dlq replay -s schema.yaml --error missing out_dead_letter
check 'a key is needed' ends 2 dlq replay out_dead_letter
check 'no such target' replays 3 0 -s schema.yaml --to no_such_topic out_dead_letter
check 'to another topic' replays 0 40 -s schema.yaml --to back out_dead_letter
topics bad back | sed 's/^[0-9]* //' | sort >got
sed 's/^[0-9]* //' wanted | sort >wanted_elsewhere
check 'byte for byte' same got wanted_elsewhere
topics replayed back >replayed
check 'each says which letter it comes from' equal "$(sort -u replayed | grep -cE '^out_dead_letter/[0-3]/[0-9]+$')" 40
check 'nothing twice' replays 0 0 -s schema.yaml --to back out_dead_letter
dlq list out_dead_letter
check 'list: what was replayed is marked' equal "$(grep -c ' (replayed)$' out)" 40
check 'list: for another group nothing was' eval 'dlq list -g other out_dead_letter; equal "$(grep -c " (replayed)$" out) $(lines_of out)" "0 41"'
check 'list: nothing is pending' eval 'dlq list -q --pending out_dead_letter; equal "$status $(lines_of out)" "0 0"'
check 'another group' replays 0 20 -s schema.yaml --to by_key -g other --error missing out_dead_letter
check 'for which the others are done too' replays 0 0 -s schema.yaml --to by_key -g other out_dead_letter
check 'with a key, without a schema' replays 0 3 -k app --to by_key -g third -n 3 out_dead_letter
check 'list: the others are pending' eval 'dlq list -q --pending -g third -o json out_dead_letter; equal "$(lines_of out) $(grep -c "\"replayed\":false" out)" "37 37"'
check 'list: among all' eval 'dlq list -q -g third -o json out_dead_letter; equal "$(grep -c "\"replayed\":true" out) $(grep -c "\"replayed\":false" out)" "3 37"'
check 'and goes on behind them' replays 0 37 -k app --to by_key -g third out_dead_letter
check 'back to where they came from' replays 0 40 -s schema.yaml -g back out_dead_letter
topics bad in >got
sort wanted wanted >wanted_twice
check 'in the same partitions' same got wanted_twice

# A record that fails again is a new letter, whose record says the last replay only.
encryptor -s schema.yaml --source in --target out
check 'fail again' holds "$(cat err)" '40 dead letters'
check 'are replayed again' replays 0 80 -s schema.yaml -g all --to again out_dead_letter
check 'with one header each' equal "$(replayed_so_far again)" 80

# -- what cannot be -------------------------------------------------------------------------------------------------
topics change out_dead_letter moved '"topic":"in"' '"topic":"by_key"'
check 'a letter that says another topic: stops there' replays 1 0 -s schema.yaml moved
check 'and says why' holds "$(cat err)" 'the letter says another place than the record in it'
check 'nothing of it is seen' lacks "$(cat err out)" "$canary"
check 'passed over' replays 1 0 -s schema.yaml --skip moved
check 'and done' replays 0 0 -s schema.yaml moved
denied=$(token_with default)
VAULT_TOKEN=$denied dlq replay -s schema.yaml -g denied --to by_key out_dead_letter
check 'without the right' equal "$status" 4
check 'is told' holds "$(cat err)" 'HTTP 403'
check 'and nothing was done' replays 0 80 -s schema.yaml -g denied --dry-run out_dead_letter

topics send remote 0 6
encryptor -s schema.yaml --source remote --target remote_out
check 'a rule without a key is told' holds "$(cat err)" 'rule remote has no envelope key'
dlq list remote_out_dead_letter
check 'its letters hold no record' grep -q 'without the record: no key' out
check 'and are passed over' replays 1 0 -s schema.yaml remote_out_dead_letter
check 'with their places' grep -qE 'record remote \[[0-3]\] at offset [0-9]+ is not in its letter \(no key\)' err

# -- killed in the middle -------------------------------------------------------------------------------------------
topics send many 0 3000
encryptor -s schema.yaml --source many --target many_out
check 'three thousand letters' holds "$(cat err)" '3000 dead letters'
topics bad many | sed 's/^[0-9]* //' | sort >wanted
more_than() { [ "$(replayed_so_far "$1")" -gt "$2" ]; }
kills=0
for _ in 1 2 3; do
    before=$(replayed_so_far back_many)
    "$vaultcrypt" dlq replay -s schema.yaml --to back_many -g killed --batch 5 many_out_dead_letter 2>killed.err &
    pid=$!
    background+=("$pid")
    until_true more_than back_many "$before"
    if kill -9 "$pid" 2>/dev/null; then kills=$((kills + 1)); fi
    wait "$pid" 2>/dev/null
done
check 'it was killed in the middle' [ "$kills" -ge 2 ]
dlq replay -s schema.yaml --to back_many -g killed many_out_dead_letter
check 'and comes to its end' equal "$status" 0
check 'what was done before is not done again' [ "$(sed -nE 's/.* replay: ([0-9]+) records.*/\1/p' err)" -lt 3000 ]
check 'nothing was said of any record' lacks "$(cat err killed.err)" "$canary"
topics bad back_many | sed 's/^[0-9]* //' | sort >got
check 'each once' same got wanted

# A second replay of the same letters takes over from the first.
"$vaultcrypt" dlq replay -s schema.yaml --to back_fenced -g fenced --batch 5 many_out_dead_letter 2>first.err &
pid=$!
background+=("$pid")
until_true more_than back_fenced 0
kill -STOP "$pid"
dlq replay -s schema.yaml --to back_fenced -g fenced many_out_dead_letter
check 'the second comes to its end' equal "$status" 0
kill -CONT "$pid"
wait "$pid"
check 'the first ends with 6' equal "$?" 6
check 'and says so' holds "$(cat first.err)" 'another replay of the same group took over'
topics bad back_fenced | sed 's/^[0-9]* //' | sort >got
check 'each once again' same got wanted

check 'Kafka away' ends 5 dlq list -b 127.0.0.1:1 many_out_dead_letter
finish
