#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A key pair is rotated, in a file and in Vault's transit engine, while a stream and vaultcrypt consume run that look for keys every 5 minutes: records
# under the new key are opened at once, none is set aside, and nothing is restarted. With ROTATE_SERVICE=1 Vault is the OpenBao of tests/services/with.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
if [ -n "${ROTATE_SERVICE-}" ] && [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
have_dev
for program in stream produce consume dlq; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
topics=carts:1,carts_open:1,carts_open_dead_letter:1,texts:1,texts_open:1,texts_open_dead_letter:1
real_addr=${VAULT_ADDR-} real_token=${VAULT_TOKEN-}
"$vaultcrypt" dev --topics "$topics" >dev.env 2>dev.log &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
. ./dev.env
[ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ] || export VAULT_ADDR=$real_addr VAULT_TOKEN=$real_token

rsa() { openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null >"$1.key" && openssl pkey -in "$1.key" -pubout >"$1-pub.pem"; }
rsa one && rsa two && rsa stranger || exit 99
cp one.key in-use.key
# schema FILE PUBLIC PRIVATE
schema() {
    cat >"$1" <<END
version: 1
keys:
  - {name: orders, public: $2, private: $3}
records:
  - {name: carts, topics: [carts], fields: [{path: \$.card, hybrid: {key: orders}, on_error: dead_letter}]}
  - {name: texts, topics: [texts], fields: [{path: \$.card, rsa-oaep: {key: orders}, on_error: dead_letter}]}
END
}
# stream NAME SCHEMA: of both topics; $stream is its process
stream() {
    cat >"$1.yaml" <<END
kafka: {bootstrap.servers: "$VAULTCRYPT_BROKERS", group.id: opener, session.timeout.ms: 3500, fetch.wait.max.ms: 10, auto.offset.reset: earliest}
schema: $2
stream: {topics: [carts, texts], to: "{topic}_open", direction: open, guarantee: at_least_once, threads: 1, on_error: dead_letter}
END
    "$vaultcrypt" stream -c "$1.yaml" >"$1.out" 2>"$1.log" &
    stream=$!
    background+=("$stream")
}
produce() { # SCHEMA CARD: to both topics
    printf '{"card":"card-%s"}\n' "$2" | "$vaultcrypt" produce -t carts -s "$1" >/dev/null 2>>produce.log &&
        printf '{"card":"text-%s"}\n' "$2" | "$vaultcrypt" produce -t texts -s "$1" >/dev/null 2>>produce.log
}
opened() { for topic in carts_open texts_open; do "$vaultcrypt" consume -t $topic -o beginning -e 2>/dev/null; done; }
has_opened() { local all; all=$(opened) && case $all in *"card-$1\""*) case $all in *"text-$1\""*) return 0 ;; esac ;; esac; return 1; }
letters() { for topic in carts texts; do "$vaultcrypt" dlq list ${topic}_open_dead_letter 2>/dev/null | tr -d '\0'; done; }
follow() { # SCHEMA: $consumer is its process
    "$vaultcrypt" consume -t carts -s "$1" -o end >consume.out 2>consume.log &
    consumer=$!
    background+=("$consumer")
    sleep 1
}

# -- a file
schema old.yaml '{file: one-pub.pem}' '{file: one.key}'
schema new.yaml '{file: two-pub.pem}' '{file: two.key}'
schema stranger.yaml '{file: stranger-pub.pem}' '{file: stranger.key}'
schema file.yaml '[{file: one-pub.pem}]' '[{file: in-use.key}, {file: one.key}]'
stream files file.yaml
follow file.yaml
produce old.yaml 1
check 'a file: the stream opens' until_true has_opened 1
check 'so does consume' until_true grep -q card-1 consume.out
cp two.key new.key && mv new.key in-use.key
produce new.yaml 2
check 'rotated, it opens what is under the new key' until_true has_opened 2
check 'so does consume' until_true grep -q card-2 consume.out
check 'the log tells the key' grep -q 'key orders (private, file in-use.key): here: RSA' files.log
produce old.yaml 3
check 'and what is under the old one' until_true has_opened 3
check 'nothing was set aside' equal "$(letters)" ""
produce stranger.yaml 4
produce new.yaml 5
check 'a key that nobody has stops nobody' until_true has_opened 5
check 'and its records are set aside' until_true eval 'holds "$(letters)" no_key'
kill -TERM "$stream" "$consumer"
wait "$stream"
check 'the stream ends well' equal "$?" 0
wait "$consumer"

# -- Vault
api POST sys/mounts/transit '{"type":"transit"}' >/dev/null # the embedded one has it
api POST transit/keys/orders '{"type":"rsa-2048"}' >/dev/null
schema vault.yaml '{vault: {key: orders}}' '{vault: {key: orders}}'
before=$(letters)
stream vaults vault.yaml
follow vault.yaml
produce vault.yaml 6
check 'Vault: the stream opens' until_true has_opened 6
check 'so does consume' until_true grep -q card-6 consume.out
api POST transit/keys/orders/rotate '{}' >/dev/null
produce vault.yaml 7
check 'rotated, it opens what is under the new version' until_true has_opened 7
check 'so does consume' until_true grep -q card-7 consume.out
check 'the log tells the versions' grep -q 'key orders (private, vault transit/orders): in Vault: RSA, 2048 bits, 2 versions' vaults.log
check 'nothing was set aside' equal "$(letters)" "$before"
kill -TERM "$stream" "$consumer"
wait "$stream"
check 'that stream ends well, too' equal "$?" 0
check 'no content in a log' lacks "$(cat files.log vaults.log consume.log produce.log)" card-
finish
