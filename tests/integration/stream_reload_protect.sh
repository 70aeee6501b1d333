#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A stream that protects while its schema is read again: under traffic the next one names other keys, beside a place that hangs; then a key that is
# away, for which records wait. It goes on, no record is lost, and none goes out in clear.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
for program in stream produce consume; do
    [ -x "$top_builddir/bin/vaultcrypt-$program" ] || { echo "vaultcrypt $program was not built"; exit 77; }
done
command -v python3 >/dev/null || { echo "python3 is needed"; exit 77; }
"$vaultcrypt" dev --log-level info --topics plain:1,sealed:1 >dev.env 2>dev.log &
background+=("$!")
until_true grep -q BROKERS dev.env || exit 99
. ./dev.env
unset VAULT_ADDR VAULT_TOKEN
for key in a b; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key.pem" 2>/dev/null
    openssl pkey -in "$key.pem" -pubout -out "$key.pub"
done

# A server that hangs, and a port where nobody listens until web.py does.
hang
free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# write_schema NAME PUBLIC SPARE: exchanged as a whole
write_schema() {
    cat >s.new <<END2
version: 1
keys:
  - {name: $1, public: $2}
  - {name: spare, public: $3}
records:
  - {name: plain, topics: [plain], fields: [{path: \$.card, hybrid: {key: $1}}]}
  - {name: other, topics: [other], fields: [{path: \$.card, hybrid: {key: spare}}]}
END2
    mv s.new s.yaml
}
cat >stream.yaml <<END2
kafka: {bootstrap.servers: "$VAULTCRYPT_BROKERS", group.id: protector, session.timeout.ms: 3500, fetch.wait.max.ms: 10, auto.offset.reset: earliest}
schema: s.yaml
stream: {topics: [plain], to: sealed, direction: protect, guarantee: at_least_once, threads: 1}
END2
cat >as_is.yaml <<END2
version: 1
records: [{name: plain, topics: [plain], fields: []}]
END2
cat >open.yaml <<END2
version: 1
keys: [{name: any, private: [{file: a.pem}, {file: b.pem}]}]
records: [{name: plain, topics: [sealed], fields: [{path: \$.card, hybrid: {key: any}}]}]
END2
logged() { grep -q -- "$1" stream.log; }
alive() { kill -0 "$stream" 2>/dev/null; }
numbers() { for ((i = $1; i <= $2; i++)); do printf '{"card":"card-%s"}\n' "$i"; done; }
sealed() { "$vaultcrypt" consume -t sealed -o beginning -e 2>/dev/null; }
opened() { "$vaultcrypt" consume -t sealed -o beginning -e -s open.yaml 2>consume.log | tr -d '\0' | grep -o 'card-[0-9]*' | sort -u | wc -l; }
all_opened() { [ "$(opened)" = "$1" ]; }

echo '# other keys, under traffic'
write_schema orders '{file: a.pub}' "{jwks: \"$hung/keys.json\"}"
"$top_builddir/bin/vaultcrypt-stream" -c stream.yaml >stream.out 2>stream.log &
stream=$!
background+=("$stream")
check 'the stream starts, though a place hangs' until_true logged 'running: Kafka has dealt'
: >sent
(
    for ((n = 1; n < 3000; n++)); do
        printf '{"card":"card-%s"}\n' "$n"
        echo "$n" >>sent
        [ -e enough ] && exit
        sleep 0.02
    done
) | "$vaultcrypt" produce -t plain -s as_is.yaml >produce.out 2>produce.log &
producing=$!
background+=("$producing")
check 'records pass' until_true eval '[ "$(opened)" -gt 20 ]'
write_schema orders2 '{file: b.pub}' "{jwks: \"$hung/keys.json\"}"
check 'the schema is read again' until_true eval 'logged "were read again" || ! alive'
check 'the stream goes on' alive
sleep 1
: >enough
wait "$producing"
count=$(lines_of sent)
check 'every record is protected, and opens by one of the keys' until_true all_opened "$count"
check 'and none is in clear' lacks "$(sealed | tr -d '\0')" card-

echo '# a key that is away'
write_schema orders3 "{jwks: \"http://127.0.0.1:$free/keys.json\"}" '{file: a.pub}'
: >stream.log
check 'a schema whose key is away is taken' until_true logged 'were read again'
check 'records' eval 'numbers $((count + 1)) $((count + 3)) | "$vaultcrypt" produce -t plain -s as_is.yaml >>produce.out 2>>produce.log'
check 'wait for it, and the log says for which and why' until_true logged 'keys: records wait for one, at most 300 s: public key orders3 (jwks http://127.0.0.1:.*): away: '
check 'the stream lives' alive
python3 - >keys.json <<'END2'
import base64, json, subprocess
der = subprocess.run(["openssl", "pkey", "-pubin", "-in", "b.pub", "-outform", "DER"], capture_output=True, check=True).stdout
x, y = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (der[-64:-32], der[-32:]))
print(json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}]}))
END2
python3 -u -m http.server --bind 127.0.0.1 "$free" >web.log 2>&1 &
background+=("$!")
check 'it comes, and they are protected' until_true all_opened "$((count + 3))"
check 'none in clear' lacks "$(sealed | tr -d '\0')" card-

kill -TERM "$stream"
wait "$stream"
status=$?
check 'the end' equal "$status" 0
check 'no record in a log' lacks "$(cat stream.log dev.log | tr -d '\0')" card-
finish
