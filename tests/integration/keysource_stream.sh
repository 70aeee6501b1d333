#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A stream and vaultcrypt consume whose private key is released by attestation: it goes and comes back while they run; figures and log say so.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
for program in stream produce consume dlq; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
command -v curl >/dev/null || { echo "curl is needed"; exit 77; }
"$vaultcrypt" dev --log-level info --skr --topics carts:1,carts_open:1,carts_open_dead_letter:1 >dev.env 2>dev.log &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
. ./dev.env
skr=$VAULTCRYPT_SKR_ADDR
world() { curl -sf -X "$1" ${3+-d "$3"} "$skr/dev/$2" >/dev/null; }
check 'a key in the key store' ends 0 setup-key orders-1 "$VAULTCRYPT_AKV_ENDPOINT"
curl -s "$skr/dev/claims" >claims.json
unset VAULT_ADDR VAULT_TOKEN

cat >carts.yaml <<END
version: 1
keys:
  - name: orders
    public: {file: orders-1-pub.pem}
    private: {release: {kid: orders-1}}
key_release: {url: "$skr", maa_endpoint: $VAULTCRYPT_MAA_ENDPOINT, akv_endpoint: "$VAULTCRYPT_AKV_ENDPOINT", refresh: 1s}
records:
  - name: carts
    topics: [carts]
    on_error: dead_letter
    fields:
      - path: \$.card
        hybrid: {key: orders}
        on_error: dead_letter
END
cat >stream.yaml <<END
kafka: {bootstrap.servers: "$VAULTCRYPT_BROKERS", group.id: opener, session.timeout.ms: 3500, fetch.wait.max.ms: 10, auto.offset.reset: earliest}
schema: carts.yaml
stream: {topics: [carts], to: "{topic}_open", direction: open, guarantee: at_least_once, threads: 1}
http: {listen: "0"}
END
check 'the stream can be checked without the keys' ends 0 stream -c stream.yaml --check
sed 's/hybrid: {key: orders}/hybrid: {key: orders, sign: orders}/' carts.yaml >both.yaml
sed 's/schema: carts.yaml/schema: both.yaml/' stream.yaml >both-stream.yaml
check 'it warns of a key that signs and opens' eval 'ends 0 stream -c both-stream.yaml --check && holds "$(<err)" "both.yaml:3: warning: key orders: it signs (carts, "'
check 'and asks for none then' lacks "$(<dev.log)" 'orders-1 released'
"$vaultcrypt" stream -c stream.yaml >stream.out 2>stream.log &
stream=$!
background+=("$stream")
"$vaultcrypt" consume -t carts -s carts.yaml --on-error raw -o beginning >consume.out 2>consume.log &
consumer=$!
background+=("$consumer")
produce() { printf '{"card":"card-%s"}\n' "$1" | "$vaultcrypt" produce -t carts -s "${2-carts.yaml}" >/dev/null 2>>produce.log; }
opened() { "$vaultcrypt" consume -t carts_open -o beginning -e 2>/dev/null; }
letters() { "$vaultcrypt" dlq list carts_open_dead_letter 2>/dev/null | tr -d '\0'; }
all_opened() { [ "$(opened | tr -dc 'a-z0-9{}:\n-' | sed -n 's/.*card:\(card-[0-9a-z]*\).*/\1/p' | tr '\n' ' ')" = "$1" ]; }
has_opened() { case $(opened) in *"$1"*) ;; *) return 1 ;; esac; }
metric() { curl -sf "http://127.0.0.1:$(sed -n 's/.*HTTP on port \([0-9]*\).*/\1/p;q' <(grep 'HTTP on port' stream.log))/metrics"; }
figure() { case $(metric) in *"$1"*) ;; *) return 1 ;; esac; }

check 'a producer with the public key alone' produce 1
check 'the stream opens' until_true has_opened card-1
check 'so does consume' until_true grep -q card-1 consume.out
check 'its figures tell the key' until_true figure 'vaultcrypt_key{name="orders",half="private",place="release orders-1",state="here"} 1'
world DELETE claims
check 'attestation goes: the log says so' until_true grep -q 'private, release orders-1): refused' stream.log
check 'the figures too' until_true figure 'place="release orders-1",state="refused"} 0'
check 'consume says so too' until_true grep -q 'refused: the release' consume.log
produce 2
check 'consume shows what it cannot open' until_true grep -q '"card":"vc1:' consume.out
check 'and says why' until_true grep -q 'nothing attests' consume.log
check 'the stream waits, and tells the key and why' until_true grep -q 'keys: records wait for one, at most 300 s: private key orders (release orders-1): refused: ' stream.log
check 'so do its figures' until_true figure 'vaultcrypt_vault_waits_total 1'
produce 2b
sleep 2
check 'and sets nothing aside' eval 'figure "vaultcrypt_dead_letters_total 0" && equal "$(letters)" ""'
check 'nor opens anything' lacks "$(opened)" card-2
world PUT claims "$(<claims.json)"
check 'attestation comes back' until_true figure 'state="here"} 1'
check 'to consume too' until_true grep -q '): here: RSA' consume.log
produce 3
check 'the stream opens again, without a restart' until_true has_opened card-3
check 'so does consume' until_true grep -q card-3 consume.out
check 'what could not be opened then was opened, all once and in order' until_true all_opened 'card-1 card-2 card-2b card-3 '
# Who was dealt its partitions anew while it waited, on a busy machine, began anew with them.
check 'the log says so' eval 'grep -q "keys: records wait for none any longer" stream.log || ! figure "vaultcrypt_rebalances_total 1"'
check 'nothing was set aside' equal "$(letters)" ""
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 2>/dev/null | openssl pkey -pubout -out stranger-pub.pem
sed 's/orders-1-pub/stranger-pub/' carts.yaml >stranger.yaml
world PUT fault '{"fault":"away"}'
check 'while the sidecar is away' until_true grep -q 'private, release orders-1): away' stream.log
produce 4 stranger.yaml
sleep 2
check 'nobody can tell whether a key that is not here is a new one: nothing is set aside' equal "$(letters)" ""
world DELETE fault
produce 5
check 'with all keys here a record for another one does not stop it' until_true all_opened 'card-1 card-2 card-2b card-3 card-5 '
check 'and is set aside' eval 'holds "$(letters)" no_key'
check 'replay has the keys that the schema names' ends 0 dlq replay --dry-run -s carts.yaml carts_open_dead_letter
check 'and opens the letter' holds "$(<err)" '1 records would be replayed'
kill -TERM "$stream" "$consumer"
wait "$stream"
check 'the stream ends well' equal "$?" 0
check 'no secret in a log' eval 'lacks "$(cat stream.log consume.log produce.log dev.log)" "\"d\":" && lacks "$(cat stream.log consume.log produce.log dev.log)" card-'
finish
