#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Public keys in Kafka: a stream that protects with nothing else, its dead letters, which only the private key opens; bad messages among good ones in
# a consumer, which goes on; what a scan says of them.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
for program in stream produce consume dlq scan; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
command -v openssl >/dev/null || { echo "openssl is needed"; exit 77; }
"$vaultcrypt" dev --topics carts:1,carts_out:1,carts_out_dead_letter:1,carts_back:1,messages:1,slim:1,slim_out:1 >dev.env 2>dev.log &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
. ./dev.env
unset VAULT_ADDR VAULT_TOKEN
for name in orders other; do
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out $name.pem 2>/dev/null
    openssl pkey -in $name.pem -pubout -out $name-pub.pem
done
schema() { # PRIVATE PUBLIC
    cat <<END
version: 1
keys:
  - name: orders
    public: {file: $2}
    $1
records:
  - name: carts
    topics: [carts, carts_out, carts_back]
    on_error: dead_letter
    fields: [{path: \$.card, hybrid: {key: orders}, on_error: dead_letter}]
  - name: slim
    topics: [slim, slim_out]
    fields: [{path: \$.card, hybrid: {key: orders, carry: header, bind: [key]}}, {path: \$.note, hybrid: {key: orders, carry: header}}]
  - name: messages
    topics: [messages]
    fields: [{path: \$.m, rsa-oaep: {key: orders}}]
END
}
echo '{version: 1, records: [{name: as-they-are, topics: ["*"], fields: []}]}' >plain.yaml
schema '' orders-pub.pem >public.yaml
schema 'private: {file: orders.pem}' orders-pub.pem >private.yaml
schema '' other-pub.pem >foreign.yaml
cat >stream.yaml <<END
kafka: {bootstrap.servers: "$VAULTCRYPT_BROKERS", group.id: protector, session.timeout.ms: 3500, fetch.wait.max.ms: 10, auto.offset.reset: earliest}
vault: {address: "http://127.0.0.1:1"}
schema: public.yaml
stream: {topics: [carts, slim], to: "{topic}_out", direction: protect, guarantee: at_least_once, threads: 1}
END
consume() { "$vaultcrypt" consume -o beginning -e "$@" 2>>err; }
count_is() { [ "$(consume -t "$1" | wc -l)" = "$2" ]; }

# -- a stream, and its letters --
printf '%s\n' '{"card":"card-one"}' '{"kard":"card-canary"}' '{"card":"card-three"}' | "$vaultcrypt" produce -t carts -s plain.yaml 2>err
"$vaultcrypt" stream -c stream.yaml >stream.out 2>stream.log &
stream=$!
background+=("$stream")
check 'two are protected' until_true count_is carts_out 2
check 'one is a dead letter' until_true count_is carts_out_dead_letter 1
printf 'k1\t%s\n' '{"card":"slim-card","note":[1]}' '{"card":"","note":null}' | "$vaultcrypt" produce -t slim -K '\t' -s plain.yaml 2>>err
check 'two have their key in a header' until_true count_is slim_out 2
kill -TERM "$stream"
wait "$stream"
check 'which holds the record' holds "$(consume -t carts_out_dead_letter)" '"body":"'
check 'encrypted' lacks "$(consume -t carts_out_dead_letter)" canary
check 'and told in no log' lacks "$(cat stream.log stream.out)" card-
check 'who protects does not open it' ends 1 dlq replay -s public.yaml --to carts_back -g public -q --skip carts_out_dead_letter
check 'for want of a key' holds "$(cat err)" 'does not have here'
check 'nor does a key of Vault' ends 1 dlq replay -k app --to carts_back -g app -q carts_out_dead_letter
check 'which says what does' both holds "$(cat err)" 'its token is under a public key' 'of the stream'"'"'s schema is asked for: give -s, too'
check 'the private key does' ends 0 dlq replay -s private.yaml --to carts_back -g private carts_out_dead_letter
check 'it is back' holds "$(consume -t carts_back)" '{"kard":"card-canary"}'
check 'what was protected opens' equal "$(consume -t carts_out -s private.yaml | sort | tr -d '\n')" '{"card":"card-one"}{"card":"card-three"}'

# -- the wrapped key in a header --
check 'nothing of it is in clear' lacks "$(consume -t slim_out)" slim-card
check 'tokens are short' test "$(consume -t slim_out | head -n 1 | wc -c)" -lt 400
check 'the header has the key once' ends 0 inspect -t slim_out -o json
check 'and it is told' holds "$(head -n 1 out)" '"place":"header vaultcrypt-keys","format":"keys","certain":true,"key":"'
check 'as one of an RSA key' equal "$(grep -o '"source":"rsa"' out | wc -l)" 2
check 'it opens' equal "$(consume -t slim_out -s private.yaml)" '{"card":"slim-card","note":[1]}
{"card":"","note":null}'
consume -t slim_out -s public.yaml --on-error raw >raw
check 'not without the private key' lacks "$(cat raw)" slim-card
check 'which is told' holds "$(cat err)" 'which `orders` does not have here'

# -- one bad Base64, one foreign message, one cut message --
produce() { "$vaultcrypt" produce -t messages "$@" 2>>err; }
echo '{"m":"first"}' | produce -s public.yaml
consume -t messages >first
sed 's/.\{30\}"}$/!&/; s/"m":"./"m":"/' first | produce -s plain.yaml
echo '{"m":"foreign"}' | produce -s foreign.yaml
sed 's/.\{99\}"}$/"}/' first | produce -s plain.yaml
echo '{"m":"last"}' | produce -s public.yaml
: >err
consume -t messages -s private.yaml --on-error raw >opened
check 'the consumer goes on' equal "$(sed -n '1p;$p' opened | tr -d '\n')" '{"m":"first"}{"m":"last"}'
check 'and shows what it could not open' equal "$(lines_of opened)" 5
for said in 'not standard Base64, at byte' 'cannot be authenticated' 'it was cut, or made for another key'; do
    check "told: $said" holds "$(cat err)" "$said"
done

# -- a scan --
"$vaultcrypt" scan -s private.yaml -o json carts_out >scan 2>err
check 'what opens by hybrid, unsigned, may be anyone'"'"'s' holds "$(cat scan)" '"undecidable":2'
"$vaultcrypt" scan -s public.yaml -o json carts_out >scan 2>err
check 'without the private key it is not' holds "$(cat scan)" '"unverified":2'
"$vaultcrypt" scan -s private.yaml -o json messages >scan 2>err
check 'what opens by rsa-oaep may be anyone'"'"'s' holds "$(cat scan)" '"undecidable":2'
check 'and the rest is damaged' holds "$(cat scan)" '"damaged":3'
finish
