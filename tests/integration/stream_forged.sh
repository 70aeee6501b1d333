#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Anyone with a public key can write a record that no key here opens. While the key of another rule is away such a record is set aside, and stops
# nobody; while one of its own rule is away nobody can tell, and it waits.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
for program in stream produce consume dlq; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
"$vaultcrypt" dev --log-level info --topics sealed:1,opened:1,opened_dead_letter:1 >dev.env 2>dev.log &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
. ./dev.env
unset VAULT_ADDR VAULT_TOKEN
for key in ours forger; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key.pem" 2>/dev/null
    openssl pkey -in "$key.pem" -pubout -out "$key.pub"
    cat >"$key.yaml" <<END
version: 1
keys: [{name: orders, public: {file: $key.pub}}]
records: [{name: cards, topics: [sealed], fields: [{path: \$.card, hybrid: {key: orders}}]}]
END
done

# write_schema PLACE: another one of the key of `cards`.
write_schema() {
    cat >s.yaml <<END
version: 1
key_release: {url: "http://127.0.0.1:1", maa_endpoint: maa.example, akv_endpoint: akv.example}
keys:
  - {name: orders, private: [{file: ours.pem}$1]}
  - {name: spare, public: {jwks: "http://127.0.0.1:1/jwks"}}
records:
  - {name: cards, topics: [sealed], fields: [{path: \$.card, hybrid: {key: orders}, on_error: dead_letter}]}
  - {name: others, topics: [others], fields: [{path: \$.card, hybrid: {key: orders, signed_by: [spare]}}]}
END
}
cat >stream.yaml <<END
kafka: {bootstrap.servers: "$VAULTCRYPT_BROKERS", group.id: opener, session.timeout.ms: 3500, fetch.wait.max.ms: 10, auto.offset.reset: earliest}
schema: s.yaml
stream: {topics: [sealed], to: opened, direction: open, guarantee: at_least_once, threads: 1, exit_at_end: true}
END
stream() { timeout 120 "$top_builddir/bin/vaultcrypt-stream" -c stream.yaml "$@" >stream.out 2>stream.log; }
opened() { "$vaultcrypt" consume -t opened -e -q 2>/dev/null | sort | tr '\n' ' '; }
letters() { "$vaultcrypt" dlq list opened_dead_letter 2>/dev/null | grep -c no_key; }
send() { echo "{\"card\":\"$2\"}" | "$vaultcrypt" produce -t sealed -s "$1.yaml" 2>>produce.log; }

check 'three records, and a forged one amid them' eval 'send ours 1 && send forger 2 && send ours 3 && send ours 4'
write_schema ''
stream
check 'the key of another rule is away: the stream comes to its end, and says that not all went' equal "$?" 1
check 'what is ours was opened' equal "$(opened)" '{"card":"1"} {"card":"3"} {"card":"4"} '
check 'the forged one was set aside' equal "$(letters)" 1

write_schema ', {release: {kid: orders-2}}'
check 'a forged one more' send forger 5
stream --stream.vault_deadline=3s
check 'a key of its own rule is away: it waits, up to its time' equal "$?" 5
check 'and is told' holds "$(<stream.log)" 'release orders-2'
check 'nothing more was set aside' equal "$(letters)" 1
finish
