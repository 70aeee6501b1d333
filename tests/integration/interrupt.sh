#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# SIGTERM and SIGINT while Kafka is away: what reads topics or writes to one ends at once, whether brokers refuse, say nothing, or fall silent later.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"
have_dev
"$vaultcrypt" dev --topics cards:1,dead:1,empty:1 >kafka.env 2>kafka.err &
kafka=$!
background+=("$kafka")
until_true grep -q BROKERS kafka.env || exit 99
# shellcheck source=/dev/null
. ./kafka.env
dev_start
cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: cards
    topics: [cards]
    fields:
      - path: $.card
        transit: {key: app}
END_OF
check 'setup' ends 0 setup -s schema.yaml
printf '{"card":"%s"}\n' 1 2 3 >lines
cat lines lines >"more"
timeout 60 "$vaultcrypt" produce -s schema.yaml -t cards <lines 2>send.err

# stopped SIGNAL PID STATUS: it ends within 2 seconds, with that status.
stopped() {
    local began status
    began=$(date +%s%N)
    kill -"$1" "$2"
    wait "$2"
    status=$?
    equal "$status" "$3" && [ $((($(date +%s%N) - began) / 1000000)) -lt 2000 ] || { echo "# $((($(date +%s%N) - began) / 1000000)) ms"; return 1; }
}
is_ready() { # PID: it catches signals, and librdkafka is at work
    local mask
    mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
    [ $((16#${mask:-0} & 1 << 14)) != 0 ] && [ "$(find "/proc/$1/task" -maxdepth 1 -name '[0-9]*' 2>/dev/null | wc -l)" -ge 3 ]
}
# ends_at SIGNAL STATUS ARGS...
ends_at() {
    local signal=$1 wanted=$2
    shift 2
    "$top_builddir/bin/vaultcrypt-$1" "${@:2}" >out 2>err &
    background+=("$!")
    until_true is_ready "$!" && sleep 0.3 && stopped "$signal" "$!" "$wanted"
}
all() { # HOW ARGS...
    local how=$1
    shift
    check "$how: consume" ends_at TERM 143 consume "$@" -s schema.yaml -t cards
    check "$how: consume, Ctrl-C" ends_at INT 130 consume "$@" -s schema.yaml -t cards -o s@1
    check "$how: consume, a group" ends_at TERM 0 consume "$@" -s schema.yaml -G one cards
    check "$how: scan" ends_at TERM 143 scan "$@" -s schema.yaml cards
    check "$how: produce" ends_at TERM 143 produce "$@" -X message.timeout.ms=9000 -s schema.yaml -t cards -l lines
    check "$how: produce, Ctrl-C" ends_at INT 130 produce "$@" -X message.timeout.ms=9000 -s schema.yaml -t cards -l lines
    check "$how: produce, a full queue" ends_at TERM 143 produce "$@" -X message.timeout.ms=9000 -X queue.buffering.max.messages=3 --batch 1 -s schema.yaml -t cards -l more
    check "$how: produce, all or none" ends_at TERM 143 produce "$@" -X message.timeout.ms=9000 -s schema.yaml -t cards --all -l lines
    check "$how: view" ends_at TERM 0 view "$@" -s schema.yaml -l 0 cards
    check "$how: dlq replay" ends_at TERM 143 dlq replay "$@" -s schema.yaml dead
}

all 'no broker' -b 127.0.0.1:1
for all in '' --all; do # at once: that is what until_true waits for
    rm -f told.err
    "$top_builddir/bin/vaultcrypt-produce" -b 127.0.0.1:1 -X message.timeout.ms=20000 -s schema.yaml -t cards ${all:+"$all"} -l lines 2>told.err &
    background+=("$!")
    check "no broker: produce $all says so" until_true grep -q 'brokers cannot be reached: .*refused.*message.timeout.ms' told.err
    check "no broker: and ends" stopped TERM "$!" 143
    check 'no broker: said once' equal "$(grep -c 'cannot be reached' told.err)" 1
    [ -n "$all" ] || check 'no broker: what was not delivered is counted' holds "$(<told.err)" '0 records delivered, 0 could not be protected, 3 not delivered'
done
suspend "$kafka"
all 'a silent broker'
kill -CONT "$kafka"

# late NAME STATUS READY ARGS...: the broker falls silent when READY (a command) is true.
late() {
    local name=$1 wanted=$2 ready=$3 pid
    shift 3
    "$top_builddir/bin/vaultcrypt-$1" "${@:2}" >"$name.out" 2>"$name.err" &
    pid=$!
    background+=("$pid")
    until_true eval "$ready" && suspend "$kafka" && sleep 0.5
    check "silent later: $name" stopped TERM "$pid" "$wanted"
    kill -CONT "$kafka"
}
late consume 143 'has_lines consume.out 3' consume -s schema.yaml -u -t cards
late group 0 'has_lines group.out 3' consume -s schema.yaml -X auto.commit.interval.ms=60000 -X session.timeout.ms=6000 -u -G two cards
late view 0 'grep -q ^http view.out && curl -sS "$(sed -n 1p view.out)api/state" 2>/dev/null | grep -q "\"lag\": *0"' view -s schema.yaml -l 0 cards
finish
