#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A stream whose schema is read again while its keys cannot be had: release refused, a sidecar that accepts and never answers, a reload that is
# refused after the keys were asked for. It goes on, tells systemd that it lives, and ends when it is told to.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
for program in stream produce consume dlq; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
for program in curl python3; do
    command -v "$program" >/dev/null || { echo "$program is needed"; exit 77; }
done
"$vaultcrypt" dev --log-level info --skr --topics carts:1,carts_open:1,carts_open_dead_letter:1 >dev.env 2>dev.log &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
. ./dev.env
skr=$VAULTCRYPT_SKR_ADDR
world() { curl -sf -X "$1" ${3+-d "$3"} "$skr/dev/$2" >/dev/null; }
check 'a key in the key store' ends 0 setup-key orders-1 "$VAULTCRYPT_AKV_ENDPOINT"
curl -s "$skr/dev/claims" >claims.json
unset VAULT_ADDR VAULT_TOKEN

cat >listen.py <<'END2'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open("notified", "a", buffering=1) as out:
    while True:
        out.write(s.recv(4096).decode() + "\n")
END2
: >notified
python3 listen.py "$scratch/notify" &
background+=("$!")
until_true [ -S notify ]

# write_schema SIDECAR TOPIC: exchanged as a whole
write_schema() {
    cat >carts.new <<END2
version: 1
keys:
  - name: orders
    public: {file: orders-1-pub.pem}
    private: {release: {kid: orders-1}}
key_release: {url: "$1", maa_endpoint: $VAULTCRYPT_MAA_ENDPOINT, akv_endpoint: "$VAULTCRYPT_AKV_ENDPOINT", refresh: 1h}
records:
  - name: carts
    topics: [$2]
    fields:
      - path: \$.card
        hybrid: {key: orders}
        on_error: dead_letter
END2
    cp carts.new carts.next && mv carts.next carts.yaml
}
# Topics by a pattern: whether each has a rule shows when the schema is exchanged, after its keys were asked for.
cat >stream.yaml <<END2
kafka: {bootstrap.servers: "$VAULTCRYPT_BROKERS", group.id: opener, session.timeout.ms: 3500, fetch.wait.max.ms: 10, auto.offset.reset: earliest,
        topic.metadata.refresh.interval.ms: 1000}
schema: carts.yaml
stream: {topics: ["^carts\$"], to: "{topic}_open", direction: open, guarantee: at_least_once, threads: 1}
http: {listen: "0"}
END2
write_schema "$skr" carts
cp carts.yaml good.yaml
start() {
    : >stream.log
    NOTIFY_SOCKET=$scratch/notify WATCHDOG_USEC=600000 "$top_builddir/bin/vaultcrypt-stream" -c stream.yaml >stream.out 2>stream.log &
    stream=$!
    background+=("$stream")
    until_true grep -q 'running: Kafka has dealt' stream.log
    port=$(sed -n 's/.*HTTP on port \([0-9]*\).*/\1/p' stream.log)
}
logged() { grep -q -- "$1" stream.log; }
count_of() { grep -c -- "$1" "$2"; }
produce() { printf '{"card":"card-%s"}\n' "$1" | "$vaultcrypt" produce -t carts -s good.yaml >/dev/null 2>>produce.log; }
opened() { "$vaultcrypt" consume -t carts_open -o beginning -e 2>/dev/null | tr -dc 'a-z0-9{}:\n-' | sed -n 's/.*card:\(card-[0-9a-z]*\).*/\1/p' | tr '\n' ' '; }
all_opened() { [ "$(opened)" = "$1" ]; }
letters() { "$vaultcrypt" dlq list carts_open_dead_letter 2>/dev/null | tr -d '\0'; }
metric() { curl -sf --max-time 5 "http://127.0.0.1:$port/metrics"; }
figure() { case $(metric) in *"$1"*) ;; *) return 1 ;; esac; }
healthy() { [ "$(curl -s --max-time 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/healthz")" = 200 ]; }
asked() { has_lines hung.log "$1"; }
# Signs of life in three seconds: ten when the machine is idle, and few enough missing that systemd would wait.
lives() {
    local before
    before=$(count_of '^WATCHDOG=1' notified)
    sleep 3
    [ "$(($(count_of '^WATCHDOG=1' notified) - before))" -ge 4 ]
}

check 'the stream starts' start
check 'a producer with the public key alone' produce 1
check 'the stream opens' until_true all_opened 'card-1 '

echo '# a sidecar that hangs'
hang
write_schema "$hung" carts
check 'a reload asks it' until_true asked 1
check 'systemd is told of the reload' grep -q '^RELOADING=1' notified
check 'and all the time that the stream lives' lives
check 'it is healthy' healthy
check 'and goes on, with the schema from before' produce 2
check 'and its key' until_true all_opened 'card-1 card-2 '
kill -HUP "$stream"
sleep 0.5
kill -HUP "$stream"
sleep 0.5
check 'asked for again meanwhile it does not read twice at once' equal "$(lines_of hung.log)" 1
check 'nor is anything taken' equal "$(count_of 'were read again' stream.log)" 0
kill -TERM "$hanging"
wait "$hanging" 2>/dev/null
check 'it ends when somebody answers, and what was asked meanwhile is done after it' until_true eval '[ "$(count_of "were read again" stream.log)" = 2 ]'
sleep 1.5
check 'once' equal "$(count_of 'were read again' stream.log)" 2
check 'what cannot be asked for stays' figure 'place="release orders-1",state="away"} 1'
check 'and opens' produce 3
check 'as before' until_true all_opened 'card-1 card-2 card-3 '
check 'systemd is told of the end' equal "$(grep -E '^(RELOADING|READY)=1' notified | tail -1)" READY=1

echo '# a reload that is refused'
: >stream.log
write_schema "$skr" carts
check 'the schema from before' until_true logged 'were read again'
check 'has its key' figure 'place="release orders-1",state="here"} 1'
before=$(count_of 'orders-1 released' dev.log)
write_schema "$skr" others
check 'a schema without a rule for the topic is refused' until_true logged 'is refused, and the stream goes on'
check 'after its keys were asked for' equal "$(count_of 'orders-1 released' dev.log)" "$((before + 1))"
sleep 1.5
check 'once' equal "$(count_of 'orders-1 released' dev.log)" "$((before + 1))"
check 'the stream opens with what it had' produce 4
check 'that is schema and key' until_true all_opened 'card-1 card-2 card-3 card-4 '
world DELETE claims
: >stream.log
kill -HUP "$stream"
check 'refused again, while the release is, too' until_true logged 'is refused, and the stream goes on'
check 'the key is as it was' figure 'place="release orders-1",state="here"} 1'
check 'and opens' produce 5
check 'by the schema from before' until_true all_opened 'card-1 card-2 card-3 card-4 card-5 '

echo '# release refused while a schema is read that is taken'
: >stream.log
cp good.yaml carts.next && mv carts.next carts.yaml
kill -HUP "$stream"
check 'it is read again' until_true logged 'were read again'
check 'the key goes, and the log says so' logged 'private, release orders-1): refused'
check 'so do the figures' figure 'place="release orders-1",state="refused"} 0'
check 'what it would open' produce 6
check 'waits' until_true logged 'keys: records wait for one, at most 300 s: private key orders (release orders-1): refused: '
check 'systemd is told that it lives' lives
check 'nothing is set aside' eval 'figure "vaultcrypt_dead_letters_total 0" && equal "$(letters)" ""'
check 'nor opened' all_opened 'card-1 card-2 card-3 card-4 card-5 '
kill -HUP "$stream"
check 'it can be read again while records wait' until_true eval '[ "$(count_of "were read again" stream.log)" = 2 ]'
world PUT claims "$(<claims.json)"
check 'attestation comes back: it goes on, without a restart' until_true all_opened 'card-1 card-2 card-3 card-4 card-5 card-6 '
check 'nothing was set aside' equal "$(letters)" ""

echo '# a schema whose key lies elsewhere ends the wait'
world DELETE claims
: >stream.log
kill -HUP "$stream"
check 'refused once more' until_true logged 'private, release orders-1): refused'
check 'a record' produce 7
check 'waits' until_true logged 'keys: records wait for one'
curl -sf -X PUT -d "$(<claims.json)" "$skr/dev/claims" >/dev/null

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.pem 2>/dev/null
sed 's/private: .*/private: {file: other.pem}/' good.yaml >carts.next && mv carts.next carts.yaml
check 'with another key that is here it is set aside' until_true eval 'holds "$(letters)" no_key >/dev/null'
check 'and waits no longer' until_true figure 'vaultcrypt_dead_letters_total 1'

echo '# the end'
hang
write_schema "$hung" carts
: >stream.log
check 'a reload hangs' until_true asked 1
begun=$(date +%s%N)
kill -TERM "$stream"
wait "$stream"
status=$?
check 'SIGTERM ends it well' equal "$status" 0
check 'in time' [ "$((($(date +%s%N) - begun) / 1000000))" -lt 6000 ]
check 'and the log says what became of the reload' logged 'what was being read again is left, since the stream ends'
check 'systemd was told' grep -q '^STOPPING=1' notified
check 'no secret in a log' eval 'lacks "$(cat stream.log produce.log dev.log | tr -d "\\0")" "\"d\":" && lacks "$(cat stream.log produce.log dev.log | tr -d "\\0")" card-'
finish
