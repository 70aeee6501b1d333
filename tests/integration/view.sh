#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# vaultcrypt view over HTTP, on the embedded servers: what its API tells of records of every state, who may ask it, what it answers to bad
# requests, and what becomes of slow clients. Its page is seen by tests/browser/view.sh.
# shellcheck source-path=SCRIPTDIR source=lib.sh source=view_lib.sh disable=SC2016,SC2317
. "$(dirname "$0")/lib.sh"
. "$here/view_lib.sh"
have_dev
[ -x "$top_builddir/examples/producer" ] || { echo 'built without the examples'; exit 77; }
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)

"$vaultcrypt" dev --topics cards:1,others:1,nowhere:1,many:1,away:1,denied:1,orders:1 >kafka.env 2>kafka.err &
background+=("$!")
until_true grep -q BROKERS kafka.env || exit 99
# shellcheck source=/dev/null
. ./kafka.env
dev_start --tls-dir "$scratch/tls"
export VAULT_CACERT=$scratch/tls/ca.pem
api() { curl -sS --cacert "$scratch/tls/ca.pem" -X "$1" -H "X-Vault-Token: ${4-$VAULT_TOKEN}" ${3:+-d "$3"} "$VAULT_ADDR/v1/$2"; }

cat >schema.yaml <<'END_OF'
version: 1
records:
  - name: cards
    topics: [cards, many, away]
    fields:
      - path: $.card
        transit: {key: app}
      - path: $.note
        envelope: {key: app}
  - name: others
    topics: [others, denied]
    value: {envelope: {key: other}}
    record_key: {siv: {key: other, key_version: 1}}
END_OF
check 'setup' ends 0 setup -s schema.yaml

echo '# every state'
printf '{"card":"CANARY-1 <b>&","note":{"CANARY":2}}\n' | send -t cards
"$vaultcrypt" consume "${mock[@]}" -t cards -e >one 2>>send.err
{
    sed -E 's/"note":"vc1:.{60}/&A/' one            # 1: damaged
    printf '{"card":"CANARY-clear","note":"x"}\n'    # 2: in clear
    printf 'CANARY: no JSON\n'                       # 3
} | plant -t cards
printf 'CANARY-key:CANARY-blob\n' | send -t others -K:
printf 'key:\n' | send -t others -K: -Z
printf 'CANARY\377\n' | plant -t nowhere
view states -o beginning cards others nowhere
check 'they come' until_true are 'open damaged clear unreadable no-rule open null'
check 'opened' equal "$(value 'records[[x["offset"] for x in records if x["topic"]=="cards"].index(0)]["state"]')" open
first='[x for x in records if x["topic"]=="cards" and x["offset"]==0][0]'
check 'its value' equal "$(value "$first"'["opened"]["value"]["text"]')" '{"card":"CANARY-1 <b>&","note":{"CANARY":2}}'
check 'as it is stored' equal "$(value "$first"'["stored"]["text"]')" "$(<one)"
check 'no tag is in the JSON' eval '! grep -q "[<>]" body'
check 'the rule and its fields' equal "$(value "$first"'["rule"]+" "+" ".join(f["path"]+":"+f["method"]+":"+f["key"]+":"+f["result"] for f in '"$first"'["fields"])')" \
    'cards $.card:transit:app:open $.note:envelope:app:open'
check 'what shows without a key' equal "$(value '" ".join(f["place"]+":"+f["format"]+":"+f["rows"].get("key_version","") for f in '"$first"'["found"])')" \
    'value:json: $.card:vault:1 $.note:token:1'
check 'its headers' holds "$(value "$first"'["headers"][0]["name"]["text"]')" vaultcrypt-schema
check 'its time' [ "$(value "$first"'["time"] > 1500000000000')" = True ]
damaged='[x for x in records if x["state"]=="damaged"][0]'
check 'which field is damaged' equal "$(value '[(f["path"], f["result"]) for f in '"$damaged"'["fields"]]')" "[('\$.card', 'open'), ('\$.note', 'damaged')]"
check 'why' holds "$(value "$damaged"'["why"]')" '$.note'
check 'nothing is opened then' equal "$(value '"opened" in '"$damaged")" False
check 'which are in clear' equal "$(value '[f["result"] for f in [x for x in records if x["state"]=="clear"][0]["fields"]]')" "['clear', 'clear']"
other='[x for x in records if x["topic"]=="others"][0]'
check 'a key that was opened' equal "$(value "$other"'["opened"]["key"]["text"]')" CANARY-key
check 'and is stored' lacks "$(value 'str('"$other"'["key"])')" CANARY
check 'what is no UTF-8' equal "$(value '[x for x in records if x["topic"]=="nowhere"][0]["stored"]')" "{'size': 7, 'base64': 'Q0FOQVJZ/w=='}"
get "$url/api/state"
check 'totals' equal "$(value '[r["totals"][s] for s in ("open","damaged","clear","unreadable","no-rule","null","away")]')" '[2, 1, 1, 1, 1, 1, 0]'
check 'servers' equal "$(value 'r["kafka"]["state"]+" "+r["vault"]["state"]')" 'reading well'
check 'no lag' until_true eval 'get "$url/api/state" && [ "$(value "[p[\"lag\"] for p in r[\"partitions\"]]")" = "[0, 0, 0]" ]'
check 'the history' eval 'until_true eval "get $url/api/state && [ \"\$(value \"sum(r['\''history'\'']['\''read'\''])\")\" = 7 ]"'

echo '# since'
get "$url/api/records?limit=3"
check 'some' equal "$(value 'len(records)')" 3
next=$(value 'r["next"]')
get "$url/api/records?since=$next"
check 'the others' equal "$(value 'len(records)')" 4
check 'all are new' equal "$(value "min(x['change'] for x in records) > $next")" True
get "$url/api/records?since=$(value 'r["next"]')"
check 'then none' equal "$(value '(len(records), r["lost"])')" '(0, 0)'
get "$url/api/records?since=1"
check 'of another run: all, and none is lost' equal "$(value '(len(records), r["lost"])')" '(7, 0)'

echo '# headers'
curl -sS -D headers -o body "$url/"
for header in 'Cache-Control: no-store' "Content-Security-Policy: default-src 'none'; script-src 'self';" 'X-Content-Type-Options: nosniff' 'Referrer-Policy: same-origin' \
    'X-Frame-Options: DENY' 'Cross-Origin-Resource-Policy: same-origin' 'Content-Type: text/html; charset=utf-8'; do
    check "$header" holds "$(tr -d '\r' <headers)" "$header"
done
check 'nothing of TLS without it' eval '! grep -qi "^Strict-Transport-Security" headers'
check 'no inline script or style' eval '! grep -qiE "<style|[[:space:]]style=|<script>|[[:space:]]on[a-z]+=|javascript:" body'
check 'nothing from elsewhere' eval '! grep -qE "https?://" body'
for path in page.js model.js plot.js theme.js style.css icon.svg login healthz api/state; do
    check "/$path" answers 200 "$url/$path"
done
check 'headers on errors too' eval 'curl -sS -D headers -o body "$url/none"; grep -q "^Content-Security-Policy" headers && grep -q "^Cache-Control: no-store" headers'
check 'HEAD' eval 'curl -sS -I "$url/" >headers; grep -q "200 OK" headers'

echo '# bad requests'
check 'no such path' answers 404 "$url/none"
check 'nor a folder above' answers 404 --path-as-is "$url/../etc/passwd"
for query in since=x since=-1 limit=0 limit=10001 'limit=1;2' since=99999999999999999999; do
    check "?$query" answers 400 "$url/api/records?$query"
done
check 'its error is JSON' holds "$(<body)" '{"error":"'
check 'events since nonsense' answers 400 "$url/api/events?since=x"
check 'a place that is none' answers 400 -X POST "$url/api/follow?from=soon"
check 'none at all' answers 400 -X POST "$url/api/follow"
check 'GET where POST is wanted' answers 405 "$url/api/retry"
check 'which method is' eval 'curl -sS -D headers -o body "$url/api/retry"; grep -q "^Allow: POST" headers'
check 'POST where GET is wanted' answers 405 -X POST "$url/api/records"
check 'DELETE' answers 405 -X DELETE "$url/"
check 'a body that is too large' answers 413 -X POST --data-binary @<(head -c 5000 /dev/zero) "$url/api/retry"
check 'another host' answers 421 -H 'Host: evil.example' "$url/"
check 'one that begins like an address' answers 421 -H 'Host: 127.0.0.1.evil.example' "$url/api/records"
check 'localhost' answers 200 -H 'Host: localhost' "$url/"
check 'no host' answers 421 -0 -H 'Host:' "$url/"
check 'a foreign origin may change nothing' answers 403 -X POST -H 'Origin: http://evil.example' "$url/api/retry"
check 'nor an opaque one' answers 403 -X POST -H 'Origin: null' "$url/api/retry"
check 'the own one may' answers 200 -X POST -H "Origin: $url" "$url/api/retry"
check 'a foreign page may read nothing' answers 403 -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: no-cors' "$url/api/records"
check 'but lead here' answers 200 -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' "$url/"
python3 - "${url#http://}" >raw <<'END_OF'
import socket, sys
host, port = sys.argv[1].split(":")
for text in (b"garbage\r\n\r\n", b"GET / HTTP/1.1\r\nHost: " + b"a" * 100000 + b"\r\n\r\n", b"GET /" + b"x" * 50000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
             b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"):
    s = socket.create_connection((host, int(port)), timeout=5)
    try:
        s.sendall(text)
        s.shutdown(socket.SHUT_WR)
        answer = s.recv(100).split(b"\r\n")[0].decode()
    except OSError as error:
        answer = type(error).__name__
    print(answer or "closed")
END_OF
check 'what is no request is refused, or cut off' eval '! grep -vE "^HTTP/1.1 [45][0-9][0-9]|^closed|Error" raw'
check 'and the server goes on' answers 200 "$url/healthz"

echo '# from elsewhere'
check 'the end' answers 200 -X POST "$url/api/follow?from=end"
check 'nothing of before' until_true are ''
printf '{"card":"new","note":1}\n' | send -t cards
check 'what comes' until_true are 'open'
check 'the last two' answers 200 -X POST "$url/api/follow?from=-2"
check 'of each partition' until_true are 'unreadable open no-rule open null'
check 'an offset' answers 200 -X POST "$url/api/follow?from=1"
check 'in each' until_true are 'damaged clear unreadable open null'
check 'SIGTERM ends it well' eval 'end_view; equal "$?" 0'
check 'nothing of it is in what it says' eval '! grep -aq CANARY states.out states.err'

echo '# Vault away, and back'
view away -o beginning -X topic.metadata.refresh.interval.ms=500 away
suspend "$dev"
printf '{"card":"vault:v1:AAAA","note":"%s"}\n' "$(python3 -c 'import json; print(json.load(open("one"))["note"])')" | plant -t away
check 'it shows what is stored' until_true are away
kill -CONT "$dev"
check 'and finds it damaged when it can' until_true are damaged
get "$url/api/state"
check 'that is counted' equal "$(value 'r["totals"]["away"]')" 1
end_view

echo '# denied, and then not'
printf 'a\nb\n' | send -t denied
api PUT sys/policies/acl/few '{"policy":"path \"transit/decrypt/app\" { capabilities = [\"update\"] }"}' >/dev/null
token=$(api POST auth/token/create '{"policies":["few"],"no_default_policy":true}' | sed -E 's/.*"client_token": ?"([^"]+)".*/\1/')
VAULT_TOKEN=$token view denied -o beginning cards denied
check 'one topic alone' until_true are 'open damaged clear unreadable open denied denied'
get "$url/api/state"
check 'Vault refuses' equal "$(value 'r["vault"]["state"]')" refuses
get "$url/api/records"
why=$(value '[x for x in records if x["state"]=="denied"][0]["why"]')
check 'with what is known' holds "$why" 'its policies lack "update" on transit/'
check 'and what is not' holds "$why" 'or the token is not valid'
api PUT sys/policies/acl/few '{"policy":"path \"transit/*\" { capabilities = [\"update\", \"read\"] }"}' >/dev/null
check 'it heals by itself' until_true are 'open damaged clear unreadable open open open'
get "$url/api/state"
check 'and is counted' equal "$(value 'r["totals"]["opened_later"]')" 2
end_view
check 'no word of what is in them' eval '! grep -aqE "CANARY|$token" denied.err away.err'

echo '# keys that are released to an attested environment alone'
"$vaultcrypt" dev --no-kafka --skr >skr.env 2>skr.err &
sidecar=$!
background+=("$sidecar")
until_true grep -q VAULT_TOKEN skr.env || exit 99
skr=$(sed -nE 's/^export VAULTCRYPT_SKR_ADDR=//p' skr.env) maa=$(sed -nE 's/^export VAULTCRYPT_MAA_ENDPOINT=//p' skr.env) akv=$(sed -nE 's/^export VAULTCRYPT_AKV_ENDPOINT=//p' skr.env)
cp schema.yaml vault.yaml
cat >schema.yaml <<END_OF
version: 1
keys:
  - name: orders
    public: {file: orders-1-pub.pem}
    private: {release: {kid: orders-1}}
key_release: {url: "$skr", maa_endpoint: "$maa", akv_endpoint: "$akv"}
records:
  - name: orders
    topics: [orders]
    value: {rsa-oaep: {key: orders}}
END_OF
check 'a key' eval '(. ./skr.env && run "$vaultcrypt" setup-key orders-1 "$akv" && equal "$status" 0)'
curl -sS "$skr/dev/claims" >claims
curl -sS -X DELETE "$skr/dev/claims" >/dev/null
printf 'CANARY-order\n' | env -u VAULT_ADDR -u VAULT_TOKEN "$vaultcrypt" produce -s schema.yaml -t orders 2>>send.err
(unset VAULT_ADDR VAULT_TOKEN VAULT_CACERT; exec "$top_builddir/bin/vaultcrypt-view" "${mock[@]}" -s schema.yaml -l 0 --web-service 0 -o beginning orders) >orders.out 2>orders.err &
viewer=$!
background+=("$viewer")
until_true grep -q '^web' orders.out
url=$(sed -n '1s,/$,,p' orders.out) service=$(sed -n 's,^web service: \(.*\)/$,\1,p' orders.out)
check 'refused: Base64 is shown' until_true are 'no-key'
check 'all of it' equal "$(value 'len(records[0]["stored"]["text"])')" 512
check 'by the web service too' eval 'get -D headers "$service/"; equal "$(wc -c <body) $(tr -d "\r" <headers | grep X-Vaultcrypt-State)" "512 X-Vaultcrypt-State: no-key"'
check 'the state is explained' until_true eval 'get "$url/api/state"; holds "$(value "r[\"keys\"][\"state\"]+\": \"+r[\"keys\"][\"why\"]")" "refused: orders (release orders-1): " >/dev/null'
check 'by place' equal "$(value '[(k["name"], k["private"], k["state"]) for k in r["key_places"] if k["private"]]')" "[('orders', True, 'refused')]"
check 'no Vault is spoken of' equal "$(value 'r["vault"]["state"]')" ''
curl -sS -X PUT --data-binary @claims "$skr/dev/claims" >/dev/null
check 'attested again, it opens by itself' until_true are open
check 'to what it was' equal "$(value 'records[0]["opened"]["value"]["text"]')" CANARY-order
check 'and in the web service' eval 'get "$service/"; equal "$(<body)" CANARY-order'
curl -sS -X DELETE "$skr/dev/claims" >/dev/null
check 'asked on demand' answers 200 -X POST "$url/api/retry"
check 'which its thread does' until_true eval 'get "$url/api/state" && [ "$(value "r[\"keys\"][\"state\"]")" = refused ]'
printf 'CANARY-two\n' | env -u VAULT_ADDR -u VAULT_TOKEN "$vaultcrypt" produce -s schema.yaml -t orders 2>>send.err
check 'refused again: what comes stays closed' until_true are 'open no-key'
curl -sS -X PUT --data-binary @claims "$skr/dev/claims" >/dev/null
check 'once more, on demand' answers 200 -X POST "$url/api/retry"
check 'all are open' until_true are 'open open'
suspend "$sidecar"
check 'a sidecar that is silent keeps no request' answers 200 -m 4 -X POST "$url/api/retry"
check 'nor another' answers 200 -m 4 -X POST "$url/api/retry"
sleep 0.5 # its thread is waiting for the answer
check 'nor the end' ends_within 5
kill -CONT "$sidecar"
check 'nothing of it is in what it says' eval '! grep -aqE "CANARY|BEGIN|\"d\"" orders.out orders.err'
mv vault.yaml schema.yaml

echo '# without a schema'
"$top_builddir/bin/vaultcrypt-view" "${mock[@]}" -l 0 -o beginning cards >plain.out 2>plain.err &
viewer=$!
background+=("$viewer")
until_true grep -q '^http' plain.out
url=$(sed 's,/$,,' plain.out)
check 'as they are stored' until_true are 'stored stored stored stored stored'
check 'with what they say of themselves' equal "$(value '[f["format"] for f in records[0]["found"]]')" "['json', 'vault', 'token']"
end_view

echo '# who may see it'
head -c 24 /dev/urandom | base64 >token
secret=$(<token)
view secret -o beginning --page-token-file token --web-service 0 cards
service=$(sed -n 's,^web service: \(.*\)/$,\1,p' secret.out)
check 'nobody without' answers 401 "$url/api/records"
check 'what is wanted' eval 'curl -sS -D headers -o body "$url/api/state"; grep -qi "^WWW-Authenticate: Bearer" headers'
check 'the events neither' answers 401 "$url/api/events"
check 'nor following' answers 401 -X POST "$url/api/follow?from=end"
check 'nor the service' answers 401 "$service/"
check 'the page leads to the log-in' answers 303 "$url/"
check 'the log-in is there' answers 200 "$url/login"
check 'the token' answers 200 -H "Authorization: Bearer $secret" "$url/api/records"
for wrong in "$secret"x "${secret%?}" '' x "$(head -c 3000 /dev/zero | tr '\0' a)"; do
    check "not '${wrong:0:40}'" answers 401 -H "Authorization: Bearer $wrong" "$url/api/records"
done
check 'not another scheme' answers 401 -H "Authorization: Basic $secret" "$url/api/records"
check 'a wrong log-in' answers 303 --data-urlencode token=wrong "$url/login"
check 'leaves no cookie' eval 'curl -sS -D headers -o body --data-urlencode token=wrong "$url/login"; ! grep -qi "^Set-Cookie" headers && grep -q "^Location: /login?wrong" headers'
check 'the right one does' eval 'curl -sS -c jar -D headers -o body --data-urlencode "token=$secret" "$url/login"; grep -q "^Set-Cookie: .*HttpOnly; SameSite=Strict" headers'
check 'with which one sees' answers 200 -b jar "$url/api/records"
check 'not with another' answers 401 -H 'Cookie: vaultcrypt_view=0000000000000000000000000000000000000000000000000000000000000000' "$url/api/records"
check 'nor an empty one' answers 401 -H 'Cookie: vaultcrypt_view=' "$url/api/records"
curl -sS -N -m 60 -b jar "$url/api/events" >stream 2>>curl.err &
stream=$!
curl -sS -N -m 60 -H "Authorization: Bearer $secret" "$url/api/events" >other-stream 2>>curl.err &
other=$!
background+=("$other")
until_true grep -q '^event: state' stream && until_true grep -q '^event: state' other-stream
check 'logged out' answers 303 -b jar -X POST "$url/logout"
check 'what followed by it has ended' until_true ended "$stream"
check 'well' wait "$stream"
check 'what follows by the token itself goes on' kill -0 "$other"
check 'it is over' answers 401 -b jar "$url/api/records"
check 'another site cannot log in' answers 403 -H 'Origin: http://evil.example' --data-urlencode "token=$secret" "$url/login"

echo '# the web service of the demo'
bearer=(-H "Authorization: Bearer $secret")
until_true answers 200 "${bearer[@]}" "$service/" >/dev/null
get -D headers "${bearer[@]}" "$service/"
check 'the newest message' equal "$(<body) $(tr -d '\r' <headers | grep X-Vaultcrypt-State)" '{"card":"new","note":1} X-Vaultcrypt-State: open'
check 'as text' holds "$(<headers)" 'Content-Type: text/plain; charset=utf-8'
get "${bearer[@]}" "$service/api/data"
check 'as the web page has it' equal "$(value 'r["message"]')" '{"card":"new","note":1}'
printf 'CANARY <i>\n' | plant -t cards
check 'what cannot be opened is as stored' until_true eval 'get "${bearer[@]}" "$service/" && [ "$(<body)" = "CANARY <i>" ]'
check 'nothing else is there' answers 404 "${bearer[@]}" "$service/api/records"
check 'POST neither' answers 405 -X POST "${bearer[@]}" "$service/"
guesses=()
for i in {1..24}; do
    curl -sS -m 30 -o "guess.$i" --data-urlencode token=wrong "$url/login" 2>>curl.err &
    guesses+=("$!")
done
sleep 1 # they wait, one behind the other
check 'guesses do not hold its end up' ends_within 5
wait "${guesses[@]}"
check 'the token is in nothing it says' eval '! grep -qF "$secret" secret.out secret.err'

echo '# where it listens'
refused() { run timeout 20 "$top_builddir/bin/vaultcrypt-view" "${mock[@]}" "$@"; }
check 'elsewhere takes a token' eval 'refused -l 0.0.0.0:0 cards; equal "$status" 2 && holds "$(<err)" "--page-token-file"'
check 'and TLS' eval 'refused -l 0.0.0.0:0 --page-token-file token cards; equal "$status" 2 && holds "$(<err)" "--no-tls"'
check 'the service too' eval 'refused -l 0 --web-service 0.0.0.0:0 cards; equal "$status" 2'
check 'IPv6 too' eval 'refused -l "[::]:0" cards; equal "$status" 2'
check 'a short token' eval 'echo short >few; refused -l 0 --page-token-file few cards; equal "$status" 3'
check 'no token' eval 'refused -l 0 --page-token-file none cards; equal "$status" 6'
check 'a certificate alone' eval 'refused -l 0 --tls-cert tls/server.pem cards; equal "$status" 2'
check 'an authority alone' eval 'refused -l 0 --client-ca tls/ca.pem cards; equal "$status" 2'
check 'no topic' eval 'refused -l 0; equal "$status" 2'
check 'no address' eval 'refused -l here cards; equal "$status" 2'
check 'no place' eval 'refused -o soon cards; equal "$status" 2'
check 'no such schema' eval 'refused -s none.yaml cards; equal "$status" 6 || equal "$status" 3'
check 'a key that is none' eval 'refused -l 0 --tls-cert tls/server.pem --tls-key token cards; equal "$status" 6'
view open -l 127.0.0.1:0 --page-token-file token --no-tls -l 0.0.0.0:0 cards
check 'with both it does' answers 200 "${bearer[@]}" "http://127.0.0.1:${url##*:}/api/state"
python3 - "${url##*:}" >crowd <<'END_OF'
import socket, sys, time, urllib.request
port, crowd, began = int(sys.argv[1]), [], time.monotonic()
for _ in range(60): # who asks nothing
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    crowd.append(s)
time.sleep(0.5)
other = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=("127.0.0.2", 0))
try:
    other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    print("another:", other.recv(100).split(b"\r\n")[0].decode())
except OSError as error:
    print("another:", type(error).__name__)
try:
    while crowd[0].recv(100):
        pass
    print("closed" if time.monotonic() - began < 15 else "late")
except OSError as error:
    print(type(error).__name__)
END_OF
check 'a crowd from one address does not shut others out' grep -q '^another: HTTP/1.1 200' crowd
check 'and is not waited for' grep -q '^closed' crowd
check 'an address that is taken' eval 'refused -l "${url##*:}" cards; equal "$status" 6 && holds "$(<err)" "in use"'
end_view
view tls -l 0.0.0.0:0 --tls-cert tls/server.pem --tls-key tls/server.key --client-ca tls/ca.pem cards
https=https://localhost:${url##*:}
check 'a certificate' answers 200 --cacert tls/ca.pem --cert tls/client.pem --key tls/client.key "$https/api/state"
check 'none' eval '! get --cacert tls/ca.pem "$https/api/state"'
check 'a server'"'"'s is none' eval '! get --cacert tls/ca.pem --cert tls/server.pem --key tls/server.key "$https/api/state"'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out self.pem -subj /CN=me -days 1 2>/dev/null
check 'nor one of nobody' eval '! get --cacert tls/ca.pem --cert self.pem --key self.key "$https/api/state"'
check 'browsers are to come back by TLS' eval 'get -D headers --cacert tls/ca.pem --cert tls/client.pem --key tls/client.key "$https/api/state"; grep -q "^Strict-Transport-Security: max-age=" headers'
speaks() { openssl s_client -connect "localhost:${url##*:}" -cert tls/client.pem -key tls/client.key -CAfile tls/ca.pem -cipher ALL:@SECLEVEL=0 "$@" </dev/null >spoken 2>&1; }
check 'TLS 1.2' speaks -tls1_2
check 'and 1.3' speaks -tls1_3
check 'not 1.1' eval '! speaks -tls1_1'
check 'nor 1.0' eval '! speaks -tls1'
check 'it goes on' answers 200 --cacert tls/ca.pem --cert tls/client.pem --key tls/client.key "$https/healthz"
end_view

echo '# slow clients'
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "{\"card\":\"%d\",\"note\":\"%0400d\"}\n", i, i }' >lines
send -t many <lines
view slow -o beginning --records 200 --clients 3 --rate 1000000 many
until_true eval 'get "$url/api/state" && [ "$(value "r[\"totals\"][\"open\"]")" = 1000 ]'
check 'the ring is bounded' equal "$(value 'r["ring"]["records"]')" 200
get "$url/api/records?limit=10000"
check 'who begins has lost nothing' equal "$(value '(len(records), r["lost"])')" '(200, 0)'
python3 "$here/view_slow.py" "$url" "$viewer" 3 >slow.report &
slow=$!
until_true grep -q ready slow.report
check 'no more pages than may follow' answers 503 "$url/api/events"
for _ in 1 2 3 4 5 6 7 8; do send -t many <lines; done
touch all-sent
wait "$slow"
check 'they were told what they lost, to the record' grep -q '^lost and seen are all' slow.report
check 'memory did not grow with them' grep -q '^flat' slow.report
sed 's/^/# /' slow.report
check 'when they have gone, others may' until_true eval 'curl -sS -m 1 -N "$url/api/events" 2>/dev/null | grep -q "^event: records"'
end_view
finish
