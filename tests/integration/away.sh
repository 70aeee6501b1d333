#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Vault goes away in mid-stream: sealed, overloaded, cut off, silent, suspended. No plaintext leaves; records wait and arrive when
# it returns, each once and in order; or the run ends at its deadline with exit code 5, tells the line to go on at, and going on
# there completes the output.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_dev
cp "$top_srcdir/examples/purchases.yaml" .
records 1 1000 >in.ndjson

values() { grep -oE '[0-9]{4}(-[0-9]{4}){3}|[0-9]+ High St' "$1" | sort -u; }
values in.ndjson >clear.txt
no_plaintext() { equal "$(values "$1" | comm -12 clear.txt - | head -n 3)" ''; } # FILE
opens_to() { # FILE INPUT
    "$vaultcrypt" decrypt -s purchases.yaml "$1" >opened 2>err && same opened "$2"
}
fault() { api POST sys/dev/fault "{\"fault\":\"$1\"}" >/dev/null; } # in place of all there are
line_told() { sed -nE 's/.*stopped at line ([0-9]+);.*/\1/p' err; }

dev_start
"$vaultcrypt" setup -s purchases.yaml >/dev/null 2>err || exit 99

# -- faults that pass -----------------------------------------------------------------------------------------------
passes() { # TITLE FAULT OPTIONS...
    local title=$1 fault=$2
    shift 2
    fault "$fault"
    check "$title: all records arrive" ends 0 encrypt -s purchases.yaml --batch 200 --batch-items 50 "$@" in.ndjson
    [[ $fault = *latency* ]] || check "$title: the reason is told" [ -s err ]
    cp out protected
    fault ''
    check "$title: none in clear" no_plaintext protected
    check "$title: each once, in order" opens_to protected in.ndjson
}
passes 'too many requests' 'seed=3,429=0.1'
passes 'errors' 'seed=3,500=0.1,502=0.1,503=0.1'
passes 'answers that break off' 'seed=5,cut=0.15'
passes 'no answer' 'seed=5,silence=0.05' --timeout 300ms
passes 'sealed for a while' 'sealed=700ms@7req'
passes 'slow, and in another order' 'seed=3,latency=0ms..30ms' --connections 8

# Decryption waits in the same way.
fault 'seed=3,429=0.2,cut=0.1,sealed=500ms@5req'
check 'decrypt: all records arrive' ends 0 decrypt -s purchases.yaml --batch 200 --batch-items 50 protected
check 'decrypt: each once, in order' same in.ndjson out
fault ''

# -- away until the deadline ----------------------------------------------------------------------------------------
goes_on() { # TITLE: after exit code 5 with `out` and `err`, the rest of in.ndjson completes it
    local at
    at=$(line_told)
    check "$1: it tells where" [ -n "$at" ]
    check "$1: what was written is whole" equal "$(lines_of out)" "$((at - 1))"
    check "$1: none in clear" no_plaintext out
    cp out protected
    tail -n +"${at:-1}" in.ndjson >rest
    check "$1: going on there" ends 0 encrypt -s purchases.yaml rest
    cat out >>protected
    check "$1: nothing lost, nothing twice" opens_to protected in.ndjson
}
for one in 'sealed=60s@11req' 'seed=9,cut=1' 'silence=1' '503=1' '429=1'; do
    fault "$one"
    check "$one: ends at the deadline" ends 5 encrypt -s purchases.yaml --batch 200 --batch-items 50 --deadline 800ms in.ndjson
    fault ''
    goes_on "$one"
done

# A record that was set aside before does not hide it.
sed 's/^    fields:/    on_error: dead_letter\n&/' purchases.yaml >aside.yaml
{ echo '{}'; cat in.ndjson; } >one_bad.ndjson
fault 'sealed=60s@5req'
check 'after a record was set aside: ends at the deadline' ends 5 encrypt -s aside.yaml --batch 100 --deadline 500ms one_bad.ndjson
check 'both are told' both holds "$(cat err)" 'one_bad.ndjson:1' 'stopped at line'
fault ''

# -- suspended in mid-stream, then back -----------------------------------------------------------------------------
feed() { # starts vaultcrypt with OPTIONS on a pipe (descriptor 3), and suspends the server after 100 records
    mkfifo pipe
    "$vaultcrypt" encrypt -s purchases.yaml --batch 50 --batch-items 20 "$@" <pipe >protected 2>err &
    job=$!
    background+=("$job")
    exec 3>pipe
    rm pipe
    head -n 100 in.ndjson >&3
    until_true has_lines protected 100 || exit 99
    suspend "$dev"
    sed -n 101,600p in.ndjson >&3
}
feed
sleep 0.5
check 'suspended: nothing more leaves' equal "$(lines_of protected)" 100
kill -CONT "$dev"
until_true has_lines protected 600
sed -n '601,$p' in.ndjson >&3
exec 3>&-
wait "$job"
check 'back: it ends well' equal "$?" 0
check 'back: none in clear' no_plaintext protected
check 'back: each once, in order' opens_to protected in.ndjson

feed --deadline 700ms
exec 3>&-
wait "$job"
check 'suspended for good: ends at the deadline' equal "$?" 5
kill -CONT "$dev"
cp protected out
goes_on 'suspended for good'

# -- killed in mid-stream -------------------------------------------------------------------------------------------
feed --deadline 700ms
kill -KILL "$dev"
wait "$dev" 2>/dev/null
exec 3>&-
wait "$job"
check 'killed: ends at the deadline' equal "$?" 5
check 'killed: none in clear' no_plaintext protected
check 'killed: it tells where' equal "$(line_told)" 101
check 'killed: what was written is whole' equal "$(lines_of protected)" 100
finish
