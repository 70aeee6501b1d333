#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The encryptor while Vault is sealed, cut off, slow or silent in mid-stream: nothing leaves in clear, nothing is lost, and what it
# could not do before its deadline the next run does. And records that cannot be protected.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
have_dev

count=12000
examples=$top_builddir/examples
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)
tab=$(printf '\t')

# vault FAULT: a Vault of its own for what follows, with all that the schema needs.
vault() {
    dev_start ${1:+--fault "$1"}
    check "setup under ${1:-no fault}" ends 0 setup -s schema.yaml
}

# encryptor GROUP OPTIONS...: from purchases to out_GROUP; $status, and what it said in GROUP.err.
encryptor() {
    timeout 90 "$examples/encryptor" "${mock[@]}" -X "group.id=$1" -s schema.yaml --target "out_$1" "${@:2}" 2>>"$1.err"
    status=$?
}
dump() { timeout 60 "$examples/consumer" "${mock[@]}" --reset -e -K "$tab" -t "$1" 2>>dump.err; }
some_in() { [ "$(dump "$1" | wc -l)" -gt 0 ]; }
cards() { sed -E 's/^([^\t]*)\t.*"credit_card": (.*)\}$/\1 \2/' "$1" | sort; }

# What lies in out_GROUP is protected throughout: every address, and no card is what it was.
all_protected() {
    dump "out_$1" >protected || return
    equal "$(grep -vc '"Address": "vault:v1:' protected)" 0 && cards protected >cards.protected &&
        equal "$(comm -12 cards.protected cards.clear | wc -l)" 0
}

# out_GROUP holds every purchase at least once, and all of it opens to what it was.
all_there() {
    timeout 60 "$examples/consumer_from_encrypted" "${mock[@]}" -s schema.yaml -t "out_$1" --reset -e -K "$tab" 2>>dump.err |
        sort -u >opened
    same opened purchases || { printf '#   %s of them\n' "$(lines_of opened)" && tail -n 5 dump.err "$1.err" && return 1; }
}

sed 's/purchases_encrypted/"out_*"/' "$top_srcdir/examples/purchases.yaml" >schema.yaml
"$vaultcrypt" dev --topics purchases:4,odd:1,out_odd_dead_letter:1 >kafka.env 2>kafka.err &
background+=("$!")
until_true grep -q BROKERS kafka.env || exit 99
# shellcheck source=/dev/null
. ./kafka.env
run "$examples/producer" -n "$count"
dump purchases | sort >purchases
check 'the purchases are there' equal "$(lines_of purchases)" "$count"
cards purchases >cards.clear
check 'the clear cards are found' equal "$(grep -cE '^[0-9]+ "([0-9]{4}-){3}[0-9]{4}"$' cards.clear)" "$count"

echo '# sealed for a while, slow, over quota, broken answers'
vault 'latency=1ms..5ms,429=0.05,500=0.02,cut=0.02,sealed=1s@80req,seed=7'
encryptor rough -n "$count"
check 'it waits that out' equal "$status" 0
check 'nothing is in clear' all_protected rough
check 'nothing is lost' all_there rough
dev_stop

echo '# sealed for longer than the deadline'
vault 'latency=30ms,sealed=7s@60req'
encryptor sealed -n "$count" --deadline-ms 1500
check 'it gives up' equal "$status" 1
check 'it says why' both holds "$(<sealed.err)" 'gave up after 1 s' 'sealed'
check 'nothing is in clear' all_protected sealed
check 'that was in mid-stream' [ "$(lines_of protected)" -lt "$count" ]
encryptor sealed -e
check 'the next run goes on' equal "$status" 0
check 'nothing is lost' all_there sealed
dev_stop

echo '# silent: the process is stopped'
vault 'latency=60ms'
encryptor silent -n "$count" &
running=$!
check 'records arrive' until_true some_in out_silent
kill -STOP "$dev"
sleep 1 # what was under way arrives
before=$(dump out_silent | wc -l)
sleep 1.5
check 'nothing is in clear' all_protected silent
check 'no more records arrive' equal "$(lines_of protected)" "$before"
check 'that is in mid-stream' [ "$before" -lt "$count" ]
kill -CONT "$dev"
wait "$running"
check 'the rest arrives when it returns' all_there silent

echo '# silent for longer than the deadline'
kill -STOP "$dev"
encryptor gone -n "$count" --deadline-ms 1500
check 'it gives up' equal "$status" 1
check 'it says why' holds "$(<gone.err)" 'gave up after 1 s'
check 'no record got through' equal "$(dump out_gone | wc -l)" 0
kill -CONT "$dev"
encryptor gone -e
check 'the next run does it all' all_there gone

echo '# records that cannot be protected'
canary=c4nary-of-the-body
odd() {
    run timeout 60 "$examples/encryptor" "${mock[@]}" -X group.id=odd -s odd.yaml --source odd --target out_odd -e
    cat err >>odd.err
}
schema_of odd.yaml '[{path: $.Address, transit: {key: transit}}]'
printf '%s\n' 'k1;{"Address": "1 High Street"}' "$canary-1;{\"Adress\": \"$canary-2\"}" 'k2;{"Address": "2 High Street"}' \
    "$canary-3;{\"Address\": \"$canary-4\", " 'k3;{"Address": "3 High Street"}' | run "$examples/producer" -t odd -l -K ';'
odd
check 'fail: it stops' equal "$status" 1
check 'fail: it names the record' holds "$(<err)" 'record odd [0] at offset 1 (rule test)'
check 'fail: what came before is there' equal "$(dump out_odd | wc -l)" 1
schema_of odd.yaml '[{path: $.Address, transit: {key: transit}}]' 'on_error: dead_letter'
odd
check 'dead_letter: it goes on' equal "$status" 0
check 'dead_letter: the others are there' equal "$(dump out_odd | cut -f 1 | sort | tr '\n' ' ')" 'k1 k2 k3 '
dump out_odd_dead_letter >letters
check 'two letters' equal "$(lines_of letters)" 2
for place in '"offset":1,"timestamp":[0-9]*,"rule":"test","error":"missing"' '"offset":3,"timestamp":[0-9]*,"rule":"test","error":"json"'; do
    check "a letter with $place" grep -q "\"topic\":\"odd\",\"partition\":0,$place" letters
done
check 'no canary in letters and logs' [ -z "$(grep -l c4nary letters ./*.err)" ]
finish
