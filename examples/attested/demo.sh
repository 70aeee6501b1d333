#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The confidential container demo on the embedded servers: a producer that holds a public key alone; a consumer, and a page, whose private key
# a key release sidecar gives to an attested environment. First it is attested, then it is not, then it is again; nothing is restarted.
# `./bootstrap demo attested` builds and runs it; --help tells the rest.
set -u
export LC_ALL=C

usage() {
    cat <<'END'
usage: demo.sh [OPTIONS]
  -n COUNT        messages to wait for in each of the three parts (default 20)
  --keep          leave all of it up until Ctrl-C, and print where the page is and how to change the environment
  --programs DIR  the build tree (default: the folder build at the top)
MSG is the text of the messages. NO_COLOR turns colours off; without a terminal there are none.
END
}
wrong_usage() { printf 'demo.sh: %s; --help lists the options\n' "$1" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
programs=$here/../../build count=20 keep='' inside=''
arguments=("$@")
while [ $# -gt 0 ]; do
    case $1 in
    -n) count=${2:-}; shift ;;
    --keep) keep=yes ;;
    --programs) programs=${2:-}; shift ;;
    --inside) inside=yes ;;    # this script again, with the servers around it
    -h | --help) usage; exit 0 ;;
    *) wrong_usage "no option $1" ;;
    esac
    shift || break
done
case $count in '' | *[!0-9]* | 0*) wrong_usage '-n wants a number from 1 on' ;; esac
programs=$(cd "$programs" && pwd) || exit 2
command -v curl >/dev/null || { echo 'demo.sh: curl is needed, to change the environment' >&2; exit 2; }
if [ -z "$inside" ]; then
    for name in "${!VAULT_@}" "${!BAO_@}"; do unset "$name"; done    # the caller's own Vault is not meant
    VAULTCRYPT_EXEC_PATH=$programs/bin exec "$programs/bin/vaultcrypt" dev --skr --topics kafka-demo-topic:1 -- \
        bash "${BASH_SOURCE[0]}" --inside ${arguments[@]+"${arguments[@]}"}
fi
# Neither program has to do with the Vault that is there too.
unset VAULT_ADDR VAULT_TOKEN VAULTCRYPT_UNSEAL_KEY VAULTCRYPT_UNSEAL_KEYS

work=$(mktemp -d) || exit 1
started=()
# shellcheck disable=SC2317
finish() {
    local pid
    for pid in ${started[@]+"${started[@]}"}; do
        kill "$pid" 2>/dev/null
    done
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work" || exit 1

failed() {
    printf 'demo.sh: %s\n' "$1" >&2
    tail -n 20 consumer.log producer.log page.log >&2 2>/dev/null
    exit 1
}

# until_true WHAT CMD...: within a minute
until_true() {
    local what=$1 i
    shift
    for ((i = 0; i < 600; i++)); do
        ! "$@" || return 0
        sleep 0.1
    done
    failed "it never came to: $what"
}

# ---- the key, the consumer, the page, the producer ----

kid=kafka-encryption-demo topic=kafka-demo-topic
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)    # the embedded Kafka wants these
"$programs/bin/vaultcrypt" setup-key "$kid" "$VAULTCRYPT_AKV_ENDPOINT" >setup.log 2>&1 || { cat setup.log >&2; exit 1; }

export SkrClientKID=$kid SkrClientMAAEndpoint=$VAULTCRYPT_MAA_ENDPOINT SkrClientAKVEndpoint=$VAULTCRYPT_AKV_ENDPOINT TOPIC=$topic REFRESH=1s SHOW=1
"$programs/examples/attested/consumer" "${mock[@]}" --reset >consumer.out 2>consumer.log &
consumer=$!
started+=("$consumer")

# The page reads the topic by itself: the schema says where its key is from.
cat >demo.yaml <<END
version: 1
keys:
  - name: demo
    private: {release: {kid: $kid}}
key_release: {url: "$VAULTCRYPT_SKR_ADDR", maa_endpoint: $SkrClientMAAEndpoint, akv_endpoint: "$SkrClientAKVEndpoint", refresh: 1s}
records:
  - name: demo
    topics: [$topic]
    value: {rsa-oaep: {key: demo}}
END
"$programs/bin/vaultcrypt" view -s demo.yaml "${mock[@]}" -l 127.0.0.1:0 --web-service 127.0.0.1:0 "$topic" >page.out 2>page.log &
page=$!
started+=("$page")

MSG=${MSG:-Azure Confidential Computing} PUBKEY=$(<"$kid-pub.pem") RATE=50 "$programs/examples/attested/producer" 2>producer.log &
producer=$!
started+=("$producer")

# ---- attested, not attested, attested ----

# total NAME: how many records the page has seen in that state
total() { curl -sS "${url}api/state" 2>/dev/null | sed -n "s/.*\"totals\":{[^}]*\"$1\":\([0-9]*\).*/\1/p"; }
page_has() { local n; n=$(total "$1"); [ "${n:-0}" -ge "$2" ]; }
page_is_up() { url=$(grep -om 1 'http://[^ ]*/' page.out); [ -n "$url" ]; }
all_open() { page_has opened_later "$(total no-key)"; }

lines() { wc -l <consumer.out; }
texts_since() { tail -n "+$(($1 + 1))" consumer.out | grep -c '^Message Id [0-9]*: '; }
base64_since() { tail -n "+$(($1 + 1))" consumer.out | grep -cE '^[A-Za-z0-9+/]{512}$'; }
enough() { [ "$($1 "$2")" -ge "$count" ]; }
alive() { kill -0 "$consumer" 2>/dev/null && kill -0 "$page" 2>/dev/null && kill -0 "$producer" 2>/dev/null; }
environment() { curl -sS -o /dev/null "$@" "$VAULTCRYPT_SKR_ADDR/dev/claims" || failed 'the environment cannot be changed'; }

until_true 'messages in clear' enough texts_since 0
until_true 'the page' page_is_up
until_true 'messages in clear on the page' page_has open 1
first=$(grep -n '^Message Id' consumer.out | head -n 1) texts=$(texts_since 0)

curl -sS "$VAULTCRYPT_SKR_ADDR/dev/claims" >claims.json
environment -X DELETE
until_true 'the key being taken away' grep -q 'refused' consumer.log
before=$(lines)
until_true 'messages in Base64' enough base64_since "$before"
until_true 'messages without a key on the page' page_has no-key 1
second=$(tail -n "+$((before + 1))" consumer.out | grep -E '^[A-Za-z0-9+/]{512}$' | head -n 1) hidden=$(base64_since 0)

environment -X PUT --data-binary @claims.json
again=$(lines)
until_true 'messages in clear again' enough texts_since "$again"
third=$(tail -n "+$((again + 1))" consumer.out | grep '^Message Id' | head -n 1) later=$(texts_since "$again")
until_true 'the page opening what it could not' all_open
late=$(total opened_later)
alive || failed 'a program has ended'

# ---- the screen ----

bold='' red='' blue='' green='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' red=$'\e[31m' blue=$'\e[36m' green=$'\e[32m' plain=$'\e[0m'
fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

title 'The producer holds a public key, and nothing that decrypts'
sed -n '2,3p' "$kid-pub.pem" | sed "s/^/  $blue/; s/\$/$plain/"
title "The key store releases $kid to who is attested with"
sed -n 's/^ *\({"claim.*}\),*$/  \1/p' "$kid-release-policy.json" | cut -c1-100
title 'Attested: the consumer has the key'
printf '  %s%s%s\n' "$green" "${first#*:}" "$plain"
title 'Not attested: the key is taken away, and messages are shown as they lie there'
printf '  %s%.96s...%s\n' "$red" "$second" "$plain"
grep -m 1 'refused' consumer.log | cut -c1-300 | fold -s -w 96 | sed 's/^/  /'
title 'Attested again, and nothing was restarted'
printf '  %s%s%s\n' "$green" "$third" "$plain"
title 'The proof'
printf '  %s messages in clear, then %s in Base64, then %s in clear; all by the same processes\n' "$texts" "$hidden" "$later"
printf '  the page opened the %s that came without a key, too, when the key was back\n' "$late"
[ -n "$keep" ] || exit 0

title 'All of it stays up until Ctrl-C.'
printf '  the page: %s\n' "$url"
printf '  not attested: curl -X DELETE %s/dev/claims\n' "$VAULTCRYPT_SKR_ADDR"
printf '  attested:     curl -X PUT --data-binary @%s/claims.json %s/dev/claims\n' "$work" "$VAULTCRYPT_SKR_ADDR"
trap 'exit 0' INT TERM
sleep infinity &
started+=("$!")
wait "$!"
