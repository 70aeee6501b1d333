#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt send and receive when something is away: Kafka, Vault, or its address; what interrupts them; and what they take for sent
# before. On the embedded servers.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016,SC2317
. "$(dirname "$0")/lib.sh"
have_dev
export XDG_STATE_HOME=$scratch/state
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)
nobody=127.0.0.1:9

"$vaultcrypt" dev --topics files:1,watched:1 >kafka.env 2>kafka.err &
background+=("$!")
until_true grep -q BROKERS kafka.env || exit 99
# shellcheck source=/dev/null
. ./kafka.env
dev_start
api POST sys/mounts/transit '{"type":"transit"}' >/dev/null
for key in files other; do
    "$vaultcrypt" key create "$key" >/dev/null || exit 99
done
events() { grep -c "\"event\":\"$1\"" out; }
send() { run timeout 60 "$vaultcrypt" send -o json "$@"; }
allowed=(-k files -k other --context= --context=payroll)
receive() { run timeout 60 "$vaultcrypt" receive "${mock[@]}" "${allowed[@]}" -o json "$@"; }
# began NAME ARGS...: vaultcrypt NAME in the background, to NAME.out and NAME.err; the program itself, so that $job is who gets a signal.
began() {
    local name=$1
    shift
    : >"$name.out" # at once: what the one before said must not be taken for this one's
    : >"$name.err"
    "$top_builddir/bin/vaultcrypt-$name" "$@" >"$name.out" 2>"$name.err" &
    job=$!
    background+=("$job")
}
# signalled NAME: $status, and how long it took: $took, in seconds.
signalled() {
    local before=$SECONDS
    kill "-$1" "$job"
    wait "$job"
    status=$? took=$((SECONDS - before))
}

echo '# no broker'
mkdir away
receive -b "$nobody" -e --kafka-wait=2s files away
check 'receive -e ends' equal "$status" 5
check 'it says why' both holds "$(<err)" 'no broker of Kafka answered for 2 s' 'refused'
check 'a send ends' eval 'echo x >x; send -k files -b "$nobody" x files; equal "$status" 5'
for signal in INT TERM; do
    began receive "${mock[@]}" "${allowed[@]}" -b "$nobody" files away
    until_true grep -q 'Kafka is away' receive.err
    sleep 1
    check "without -e it waits, and says so once" equal "$(grep -c 'Kafka is away' receive.err)" 1
    signalled "$signal"
    check "$signal is told as an interruption" equal "$status" "$([ "$signal" = INT ] && echo 130 || echo 143)"
    check 'and that nothing was reached' holds "$(<receive.err)" 'stopped before any broker of Kafka answered'
    check 'not that all is well' lacks "$(<receive.err)" 'files received'
done

echo '# sent before'
mkdir source there
echo one >source/one
send -k files source files
check 'sent' equal "$status $(events 'done')" '0 1'
send -k files source files
check 'sent before' equal "$status $(events present) $(events 'done')" '0 1 0'
send -k other source files
check 'not under another key' equal "$status $(events present) $(events 'done')" '0 0 1'
send -k files --context=payroll source files
check 'nor for another context' equal "$status $(events present) $(events 'done')" '0 0 1'
check 'one journal for each source and topic' equal "$(find "$XDG_STATE_HOME/vaultcrypt" -name 'send-????????????????' | wc -l)" 2
send -k files source/one watched
check 'another source and topic has its own' equal "$(find "$XDG_STATE_HOME/vaultcrypt" -type f | wc -l)" 3
(umask 077 && receive files there -n 1 && exit "$status")
check 'received' equal "$?" 0
check 'the umask counts' equal "$(stat -c %a there/one)" 600
began receive "${mock[@]}" "${allowed[@]}" files there
until_true grep -q 'received before' receive.err
signalled TERM
check 'a receiver that goes on ends well' equal "$status" 0

echo '# a file that is not left alone'
mkdir watched
began send -k files -o json -w --settle=0 watched watched
sleep 1
for ((i = 0; i < 30; i++)); do
    echo x >>watched/busy
    sleep 0.1
done
check 'with --settle=0 it is sent even so' grep -q '"event":"started"' send.out
signalled TERM
# 1: it grew between two looks at it, and was refused for that
check 'its usual end' equal "$status" "$(grep -q '"event":"refused"' send.out && echo 1 || echo 0)"

echo '# Vault away'
echo two >source/two
suspend "$dev"
began send -k files source files
sleep 1
signalled TERM
check 'a sender ends at once' [ "$took" -le 2 ]
check 'as interrupted' equal "$status" 143
mkdir late
began receive "${mock[@]}" "${allowed[@]}" -e files late
sleep 5 # until it has the partition, and asks for the key
signalled INT
check 'a receiver ends at once' [ "$took" -le 2 ]
check 'as interrupted' equal "$status" 130
kill -CONT "$dev"
send -k files source files
check 'the sender goes on' equal "$status $(events 'done')" '0 1'
receive files late -e
check 'and the receiver' equal "$status $(<late/one) $(<late/two)" '0 one two'

echo '# nobody said where Vault is'
unset VAULT_ADDR
said='VAULT_ADDR is not set: https://127.0.0.1:8200 is asked'
send -k files --again --deadline=1s source files
check 'send' both holds "$status $(<err)" "5 " "$said"
receive -e files away --deadline=1s
check 'receive' both holds "$status $(<err)" "5 " "$said"
check 'seal' eval 'ends 5 seal -k files --deadline=1s -o sealed x; holds "$(<err)" "$said"'
check 'open' eval 'ends 1 open -k files --deadline=1s -o opened x; holds "$(<err)" "$said"'
check 'not with an address' eval 'ends 5 seal -k files --address=http://127.0.0.1:9 --deadline=1s -o sealed x; lacks "$(<err)" "is not set"'
finish
