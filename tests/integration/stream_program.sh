#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# vaultcrypt stream as a service: its configuration, signals, files that change under it, what it tells systemd and Prometheus.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
have_dev
[ -x "$top_builddir/bin/vaultcrypt-stream" ] || { echo "vaultcrypt stream was not built"; exit 77; }

examples=$top_builddir/examples
canary=c4nary-pa55word

"$vaultcrypt" dev --topics purchases:2,purchases_encrypted:2,purchases_encrypted_dead_letter:1,late:1,late_encrypted:1 >dev.env 2>dev.err &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
# shellcheck source=/dev/null
. ./dev.env
cp "$top_srcdir/examples/purchases.yaml" schema.yaml
check setup ends 0 setup -s schema.yaml

# write_config SCHEMA-FILE
write_config() {
    cat >stream.yaml.new <<END
kafka:
  bootstrap.servers: $VAULTCRYPT_BROKERS
  group.id: service
  session.timeout.ms: 3500
  fetch.wait.max.ms: 10
vault: {address: $VAULT_ADDR, token_file: token}
schema: $1
stream: {topics: [purchases], to: "{topic}_encrypted", guarantee: at_least_once, threads: 1}
http: {listen: "0"}
log: {format: json}
END
    mv stream.yaml.new stream.yaml
}
mkdir conf && cd conf || exit 99
umask 077
printf '%s\n' "$VAULT_TOKEN" >token
cp ../schema.yaml good.yaml
write_config good.yaml
token=$VAULT_TOKEN
unset VAULT_TOKEN

echo '# the configuration'
check 'it can be checked' ends 0 stream -c stream.yaml --check
check 'that prints what counts' both holds "$(<out)" 'guarantee: at_least_once' "schema: \"good.yaml\""
check 'defaults too' holds "$(<out)" 'on_error: dead_letter'
cp out printed.yaml
check 'and can be read again' ends 0 stream -c printed.yaml --check
check 'and says the same then' same out printed.yaml
check 'options come over the file' ends 0 stream -c stream.yaml --check --stream.guarantee=exactly_once --kafka.producer.linger.ms=7 -b elsewhere:1 -t purchases --to x
check 'of each kind' both holds "$(<out)" 'guarantee: exactly_once' 'linger.ms: "7"'
check 'short ones' both holds "$(<out)" 'bootstrap.servers: "elsewhere:1"' 'to: "x"'
check 'no secret is printed' ends 0 stream -c stream.yaml --check -X "sasl.password=$canary"
check 'but that it is there' both holds "$(<out)" '# sasl.password' 'group.id'
check 'not its value' lacks "$(cat out err)" c4nary
umask 022
cp stream.yaml open.yaml && echo "# nothing" >>open.yaml && sed -i "s/token_file: token/token: $canary/" open.yaml && chmod 644 open.yaml
check 'a secret that all may read is warned of' ends 0 stream -c open.yaml --check
check 'with what to do' holds "$(<err)" 'chmod'
check 'and is not told' lacks "$(cat out err)" c4nary
mkfifo pipe.pem && openssl genpkey -algorithm ed25519 -out private.pem 2>/dev/null && openssl pkey -in private.pem -pubout -out public.pem
sed '/^records:/i keys: [{name: pair, public: [{file: nowhere.pem}, {file: private.pem}, {file: public.pem}, {file: pipe.pem}]}]' good.yaml >pairs.yaml
check 'files of public keys are read' ends 0 stream -c stream.yaml --check -s pairs.yaml
check 'one that is missing is told' holds "$(<err)" 'warning: public key pair: nowhere.pem: No such file or directory'
check 'and a private key' holds "$(<err)" 'warning: public key pair: private.pem: '
check 'and neither a public one nor a pipe, nor a byte of a key' eval 'lacks "$(<err)" "pair: pu" && lacks "$(<err)" "pair: pi" && lacks "$(<err)" "$(sed -n 2p private.pem)"'
sed 's/guarantee/guarante/' stream.yaml >typo.yaml
check 'a slip is refused' ends 3 stream -c typo.yaml --check
check 'with its place, and what was meant' both holds "$(<err)" 'typo.yaml:8:' 'did you mean `stream.guarantee`'
check 'a schema that is not there is refused' ends 6 stream -c stream.yaml --check -s nowhere.yaml
check 'a topic without a rule is refused' ends 3 stream -c stream.yaml --check -t nobody
check 'an address that is none is refused' ends 3 stream -c stream.yaml --check --http nowhere
check 'a cut-over is for opening' ends 3 stream -c stream.yaml --check --stream.cut_over=purchases:0=5
check 'and has its form' ends 3 stream -c stream.yaml --check --stream.direction=open --stream.cut_over=purchases=yesterday
check 'with what is expected' holds "$(<err)" 'expected TOPIC=TIME'
check 'one that is right' ends 0 stream -c stream.yaml --check --stream.direction=open --stream.cut_over=purchases:0=5 --stream.cut_over=purchases=2026-01-31T12:00:00Z
check 'letters without a record are told of' holds "$(<err)" 'will hold no record'
check 'not when they have a key' ends 0 stream -c stream.yaml --check --stream.dead_letter.key=letters
check 'or so' lacks "$(<err)" 'will hold no record'
check 'an id that copies would share is told of' ends 0 stream -c stream.yaml --check --stream.guarantee=exactly_once --kafka.transactional.id=one
check 'with what to do' holds "$(<err)" 'stream.instance gives each copy one of its own'
check 'an option that is none is refused' ends 2 stream -c stream.yaml --stream.guarantie=x
check 'with what was meant' holds "$(<err)" '--stream.guarantee'
check 'a property without a value is refused' ends 2 stream -c stream.yaml --kafka.linger.ms

"$vaultcrypt" stream --settings >settings
page=$top_srcdir/man/vaultcrypt-stream.yaml.5
sed -nE 's/^\.It Li ([a-z_.]+) Ns = Ns Ar (.*)$/\1 \2/p' "$page" | sed 's/ | /|/g' >written
check 'the manual page has all settings, as they are' equal "$(cut -f1,2 settings | tr '\t' ' ')" "$(<written)"
check 'and their defaults' equal "$(cut -f3 settings | grep .)" "$(sed -nE 's/^Default: (.*)\.$/\1/p' "$page")"
"$vaultcrypt" stream --help | sed -nE 's/^  -(.), --([a-z-]+)[= ].*/\1 \2/p; s/^      --([a-z-]+)[= ].*/\1/p' | grep -vxE 'help|s schema|schema|old_schema' | sort >helped
sed -nE 's/ Ns = Ns .*//; s/^\.It Fl -([a-z-]+)$/\1/p; s/^\.It Fl (.) , Fl -([a-z-]+)$/\1 \2/p' "$top_srcdir/man/vaultcrypt-stream.1" | grep -vx 's schema' | sort >written
check 'vaultcrypt-stream(1) has its own options' equal "$(<helped)" "$(<written)"
# each setting that has an option, with its description beside it or in the line below
"$vaultcrypt" stream --help | tr -s ' \n' ' ' >helped
described() {
    local name argument fallback help wrong=0 count=0
    while IFS=$'\001' read -r name argument fallback help; do
        grep -qF -- "--$name=" helped || continue
        count=$((count + 1))
        grep -qF -- "--$name=$argument $help${fallback:+ ($fallback)} " helped || { echo "# $name"; wrong=1; }
    done < <(tr '\t' '\001' <settings) # tabs would hide an empty default
    [ "$wrong" = 0 ] && [ "$count" -gt 40 ]
}
check 'each has its own description in --help' described
check 'the shell completes them' holds "$("$vaultcrypt" completion bash)" '--stream.guarantee='

echo '# it runs'
cd ..
mkdir -p volume/1 && cp conf/good.yaml volume/1/schema.yaml && ln -s 1 volume/data && ln -s ../volume/data/schema.yaml conf/linked.yaml
(cd conf && write_config linked.yaml)
cat >listen.py <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open("notified", "a", buffering=1) as out:
    while True:
        out.write(s.recv(4096).decode() + "\n")
END
python3 listen.py "$scratch/notify" &
background+=("$!")
until_true [ -S notify ]

run_fails() { ! "$@" >/dev/null 2>&1; }

# The service in the background: $service, its log in service.log, its port in $port.
start() {
    : >service.log
    NOTIFY_SOCKET=$scratch/notify WATCHDOG_USEC=600000 "$top_builddir/bin/vaultcrypt-stream" -c conf/stream.yaml "$@" 2>>service.log &
    service=$!
    background+=("$service")
    until_true grep -q 'HTTP on port' service.log && port=$(sed -nE 's/.*HTTP on port ([0-9]+).*/\1/p' service.log)
}
get() { curl -s --max-time 5 "http://127.0.0.1:$port/$1"; }
code() { curl -s --max-time 5 -o /dev/null -w '%{http_code}' "${@:2}" "http://127.0.0.1:$port/$1"; }
waiting() { get readyz | grep -q '^waiting for Vault'; }
ready() { [ "$(code readyz)" = 200 ]; }
logged() { grep -q "$1" service.log; }
metric() { get metrics | sed -nE "s/^vaultcrypt_$1 //p"; }
metric_is() { [ "$(metric "$1")" = "$2" ]; }
stop() { # SIGNAL: $status
    kill "-$1" "$service"
    wait "$service"
    status=$?
}

start
check 'it becomes ready' until_true ready
check 'systemd is told' until_true grep -qx READY=1 notified
check 'and of its life' until_true grep -qx WATCHDOG=1 notified
check 'and what it does' until_true grep -q '^STATUS=running: 0 records in' notified
check 'the log says that it runs' logged 'running: Kafka has dealt'
check 'it is healthy' equal "$(code healthz)" 200
check 'nothing else is there' equal "$(code nothing)" 404
check 'nothing is taken' equal "$(code metrics -d x)" 405
check 'HEAD is understood' equal "$(code metrics -I)" 200
run "$examples/producer" -n 500
check 'records go through' until_true metric_is records_out_total 500
check 'fields are counted' metric_is 'fields_total\{method="transit"\}' 500
check 'the lag is told' until_true metric_is 'lag_records\{topic="purchases",partition="0"\}' 0
check 'so is the state' metric_is 'state\{state="running"\}' 1
check 'and what Vault was asked' [ "$(metric vault_requests_total)" -gt 0 ]
get metrics >metrics.txt
check 'the log is JSON with time and level' equal "$(jq -r 'select(.time|test("^20[0-9-]+T[0-9:.]+Z$")) | .level' service.log | sort -u | head -1)" info

if python=$("$top_srcdir/tests/services/venv" metrics 2>venv.err); then
    check 'a parser of Prometheus reads them, and a linter finds nothing' "$python" "$top_srcdir/tests/integration/stream_metrics.py" metrics.txt
    check 'dashboard and alerts ask for what is there' "$python" "$top_srcdir/tests/integration/stream_metrics.py" metrics.txt "$top_srcdir"/deploy/grafana/*.json "$top_srcdir"/deploy/prometheus/*.yaml
    sed 's/^# TYPE vaultcrypt_records_in_total counter/# TYPE vaultcrypt_records_in_total gauge/' metrics.txt >bad.txt
    check 'which would find a counter that is none' run_fails "$python" "$top_srcdir/tests/integration/stream_metrics.py" bad.txt
    { cat metrics.txt; grep '^vaultcrypt_bytes_in_total' metrics.txt; } >bad.txt
    check 'and a series that is there twice' run_fails "$python" "$top_srcdir/tests/integration/stream_metrics.py" bad.txt
else
    sed 's/^/# /' venv.err
fi

echo '# files that change'
sed 's/^version: 1/version: 7/' conf/good.yaml >bad.yaml
mkdir volume/2 && cp bad.yaml volume/2/schema.yaml && ln -sfn 2 volume/data.new && mv -T volume/data.new volume/data
check 'a bad schema behind another link is refused' until_true logged 'is refused, and the stream goes on'
check 'with its place' logged 'linked.yaml:3:10'
check 'and it runs on' ready
check 'systemd is told of both' until_true grep -q '^RELOADING=1' notified
mkdir volume/3 && sed '/path: \$.Address/,$d' conf/good.yaml >volume/3/schema.yaml
ln -sfn 3 volume/data.new && mv -T volume/data.new volume/data
check 'a good one is taken' until_true logged 'were read again'
run "$examples/producer" -n 500
check 'and counts from then on' until_true metric_is records_out_total 1000
check 'for one field less' metric_is 'fields_total\{method="transit"\}' 500
sed -i 's/threads: 1/threads: 2/' conf/stream.yaml
check 'what cannot change is told' until_true logged 'stream.threads is another now, which counts after a restart'
check 'what was refused is counted' [ "$(metric reloads_refused_total)" -ge 1 ]
sed -i 's/^kafka:.*/&\n  client.id: another/' conf/stream.yaml
check 'of Kafka too' until_true logged 'kafka.client.id is another now, which counts after a restart'
: >service.log
touch conf/stream.yaml
kill -HUP "$service"
check 'SIGHUP has it read again' until_true logged 'were read again'
check 'once' equal "$(sleep 1.5; grep -c 'were read again' service.log)" 1

echo '# credentials'
fields=$(metric 'fields_total\{method="transform"\}')
other=$(curl -sS -H "X-Vault-Token: $token" -d '{"policies":["root"]}' "$VAULT_ADDR/v1/auth/token/create" | jq -r .auth.client_token)
printf '%s\n' "$other" >conf/token.new && mv conf/token.new conf/token
: >service.log
kill -HUP "$service"
check 'another token is read' until_true logged 'were read again'
: >service.log
curl -sS -H "X-Vault-Token: $token" -d "{\"token\":\"$other\"}" "$VAULT_ADDR/v1/auth/token/revoke"
run "$examples/producer" -n 100
check 'it is the other token that counts: without it the stream waits' until_true waiting
check 'and says so' until_true grep -q 'STATUS=waiting' notified
printf '%s\n' "$token" >conf/token.new && mv conf/token.new conf/token
check 'a good token in its place' until_true logged 'were read again'
check 'ends that' until_true metric_is records_out_total 1100
check 'with what waited' [ "$(metric 'fields_total\{method="transform"\}')" -gt "$fields" ]

echo '# the end'
stop TERM
check 'SIGTERM ends it well' equal "$status" 0
check 'systemd is told' grep -qx STOPPING=1 notified
check 'it says what it has done' logged '1100 records in, 1100 out'
start --stream.exit_at_end=true
wait "$service"
check 'another copy finds all committed' equal "$?" 0
check 'and nothing to do' logged '0 records in'
start
check 'and one more' until_true ready
stop INT
check 'SIGINT ends it well' equal "$status" 0
check 'two at one port' ends 6 stream -c conf/stream.yaml --http 127.0.0.1:"${VAULT_ADDR##*:}"
check 'no token is in any log' lacks "$(cat service.log notified metrics.txt)" "$token"
finish
