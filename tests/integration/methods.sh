#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Methods that work here, on the embedded Vault and on a real OpenBao: what setup makes is enough, records come back byte for byte, the two
# policies allow no more than they must, rewrap renews data keys, doctor sees pinned versions that Vault refuses, and 100 000 records are one
# data key in the audit log.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    have_dev
    dev_start
fi
says() { ends "$1" "${@:3}" && holds "$(cat out err)" "$2"; }

people() { # FROM TO
    awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++)
        printf "{ \"name\":\"N \\u00e9 %d\",\"mail\":\"m%d@example.org\", \"card\":\"%06d%06d%04d\",\"currency\":\"EUR\",\"n\":%d.50}\n",
            i, i % 10, i, i * 7 % 1000000, i % 10000, i }'
}
sed '/Values as a whole/,$d; s/key: app-equal/key: app/' "$top_srcdir/examples/methods.yaml" >methods.yaml
people 1 1000 >in
cp "$top_srcdir/examples/methods.yaml" example.yaml
check 'the example' ends 0 setup -s example.yaml --policy-name example
check 'its records' ends 0 encrypt -s example.yaml --record people "$top_srcdir/examples/methods.ndjson"
check 'are protected' lacks "$(cat out)" Ada
check 'equal ones are equal' equal "$(grep -oE '"(mail|customer)":"[^"]*"' out | sort | uniq -d | wc -l)" 2
cp out example.protected
check 'and open' ends 0 decrypt -s example.yaml --record people example.protected
check 'names are as they were' equal "$(grep -oE '"name":("[^"]*"|\{[^}]*\})' out)" "$(grep -oE '"name":("[^"]*"|\{[^}]*\})' "$top_srcdir/examples/methods.ndjson")"
cat >both.yaml <<'END'
version: 1
keys:
  - {name: orders, public: {file: a.pem}, private: {file: a.key}}
  - {name: both, public: {file: b.pem}, private: {file: b.key}}
  - {name: shop, public: {file: c.pem}, private: {file: c.key}}
records:
  - {name: one, fields: [{path: $.a, hybrid: {key: orders, accept: [both], sign: shop}}]}
  - {name: two, fields: [{path: $.b, hybrid: {key: orders, sign: both}}]}
END
check 'a key that signs and opens is a warning' eval 'ends 0 lint both.yaml && holds "$(<err)" "both.yaml:4: warning: key both: it signs (two, \$.b), and others open with it (one, \$.a): "'
check 'and the only one' equal "$(lines_of err)" 1
check 'not when it is to be quiet' eval 'ends 0 lint -q both.yaml && equal "$(<err)" ""'
sed 's/sign: both/sign: shop/' both.yaml >apart.yaml
check 'nor with a name of its own' eval 'ends 0 lint apart.yaml && equal "$(<err)" ""'
cat >unreleased.yaml <<'END'
version: 1
keys:
  - name: orders
    public: {env: NOBODY}
    private: [{release: {kid: orders-2}}, {release: {kid: orders-1}}]
records:
  - name: one
    topics: [one]
    fields: []
END
sed 's|^records:|key_release: {url: "http://localhost:8080", maa_endpoint: m.example, akv_endpoint: v.example}\n&|' unreleased.yaml >released.yaml
check 'a key that nobody releases is a warning' eval 'ends 0 lint unreleased.yaml && equal "$(<err)" "unreleased.yaml:5: warning: key orders: its private key is a \`release\`, and the schema has no \`key_release\` that says who releases it: add \`key_release\` with \`url\`, \`maa_endpoint\` and \`akv_endpoint\`"'
check 'and none with key_release' eval 'ends 0 lint released.yaml && equal "$(<err)" ""'
check 'lint' ends 0 lint methods.yaml
check 'shows keys and versions' holds "$(cat out)" 'siv mount=transit key=app key_version=1 source=transit context=mail'
check 'and patterns' holds "$(cat out)" 'fpe mount=transit key=app key_version=1 source=transit algorithm=ff1 alphabet=digits pattern=\d{6}(\d{6})\d{4}'
check 'setup' ends 0 setup -s methods.yaml
check 'it is all there' says 0 'is there     key transit/app' setup -s methods.yaml
"$vaultcrypt" setup -s methods.yaml --policy=protect >policy
check 'to protect: a data key' holds "$(cat policy)" 'path "transit/datakey/plaintext/app"'
check 'and computing' holds "$(cat policy)" 'path "transit/hmac/app/sha2-256"'
check 'and nothing else' equal "$(grep -c '^path' policy)" 2
"$vaultcrypt" setup -s methods.yaml --policy=open >policy
check 'to open: decrypt' holds "$(cat policy)" 'path "transit/decrypt/app"'
check 'and computing, too' equal "$(grep -c '^path' policy)" 2
"$vaultcrypt" setup -s methods.yaml --policy=rewrap >policy
check 'to rewrap' equal "$(grep '^path' policy)" 'path "transit/rewrap/app" {'

root=$VAULT_TOKEN
protector=$(token_with methods-protect) opener=$(token_with methods-open)
VAULT_TOKEN=$protector check 'encrypt' ends 0 encrypt -s methods.yaml in
cp out protected
check 'names differ' equal "$(grep -o '"name":"vc1:[^"]*' protected | sort -u | wc -l)" 1000
check 'mails are ten' equal "$(grep -o '"mail":"vc1:[^"]*' protected | sort -u | wc -l)" 10
check 'the rest as it was' same <(sed -E 's/"(name|mail|card)":"[^"]*"//g' protected) <(sed -E 's/"(name|mail|card)":"[^"]*"//g' in)
check 'cards keep their ends' same <(sed -E 's/.*"card":"(.{6}).{6}(.{4})".*/\1\2/' protected) <(sed -E 's/.*"card":"(.{6}).{6}(.{4})".*/\1\2/' in)
VAULT_TOKEN=$protector check 'who protects cannot open' ends 4 decrypt -s methods.yaml protected
VAULT_TOKEN=$opener check 'who opens cannot protect' ends 4 encrypt -s methods.yaml in
VAULT_TOKEN=$opener check 'decrypt' ends 0 decrypt -s methods.yaml protected
check 'byte for byte' same out in
echo '{"name":1,"mail":2,"customer":"c","phone":"+1 555 1234","debug":"x"}' >one
check 'what does not come back' ends 0 encrypt -s methods.yaml one
check 'is masked, hashed, dropped' holds "$(cat out)" '"phone":"+* *** 1234"}'
cp out one.protected
check 'and stays so' ends 0 decrypt -s methods.yaml one.protected
check 'while the rest comes back' holds "$(cat out)" '{"name":1,"mail":2,"customer":"vc1:'
check 'twice is refused' says 1 'is protected already' encrypt -s methods.yaml protected
check 'plaintext is refused' says 1 'is plaintext where ciphertext is due' decrypt -s methods.yaml in
sed 's/name: people/name: others/' methods.yaml >others.yaml
check 'another context' says 1 'context that the schema does not list' decrypt -s others.yaml protected
sed 's/key: app/key: other/' methods.yaml >unlisted.yaml
check 'another key' says 1 'under a key that the schema does not list' decrypt -s unlisted.yaml protected

# After a rotation.
check 'rotate' ends 0 key rotate app
api POST sys/policies/acl/rewrap "{\"policy\":\"path \\\"transit/rewrap/app\\\" { capabilities = [\\\"update\\\"] }\"}" >/dev/null
VAULT_TOKEN=$(token_with rewrap) check 'rewrap' ends 0 rewrap -s methods.yaml protected
cp out renewed
check 'it changes names alone' same <(sed -E 's/"name":"[^"]*"//' renewed) <(sed -E 's/"name":"[^"]*"//' protected)
check 'of which ciphertext and tag stay' same <(sed -E 's/.*"name":"[^"]*(.{40})",.*/\1/' renewed) <(sed -E 's/.*"name":"[^"]*(.{40})",.*/\1/' protected)
check 'it opens' ends 0 decrypt -s methods.yaml renewed
check 'byte for byte again' same out in
check 'doctor' says 0 'transit/app (siv, $.mail): a random value came back' doctor -s methods.yaml
check 'old versions may not open any more' ends 0 key config app --min-decryption-version=2
check 'doctor tells of the pinned version' says 3 'its min_decryption_version is 2, and the schema pins `key_version` 1' doctor -s methods.yaml
check 'what was renewed needs no old version for its names' ends 1 decrypt -s methods.yaml protected

# Another schema: transit becomes envelope, in one go.
printf 'version: 1\nrecords:\n  - name: people\n    on_missing: ignore\n    fields: [{path: $.name, transit: {key: blob, as: json}}, {path: $.mail, transit: {key: blob}}]\n' >old.yaml
sed 's/key: app, key_version: 1/key: blob, key_version: 1/; s/key: app/key: blob/' methods.yaml >new.yaml
check 'setup of the new one' ends 0 setup -s new.yaml
check 'protected the old way' ends 0 encrypt -s old.yaml in
cp out old.protected
check 'from the old to the new' ends 0 rewrap --from old.yaml -s new.yaml old.protected
cp out moved
check 'no old ciphertext is left' equal "$(grep -c 'vault:v' moved)" 0
check 'but new ones' equal "$(grep -c '"name":"vc1:' moved)" 1000
check 'which open' ends 0 decrypt -s new.yaml moved
check 'to what it was' same out in
{ head -n 2 old.protected; head -n 1 in; } >mixed
check 'what the old one does not open stops it' says 1 'stopped at line 3; the 2 records before it are written' rewrap --from old.yaml -s new.yaml mixed
check 'and they are' equal "$(lines_of out)" 2

# Whole values.
printf 'version: 1\nrecords:\n  - name: blobs\n    value: {envelope: {key: blob}}\n' >blobs.yaml
check 'setup of whole values' ends 0 setup -s blobs.yaml
head -c 100000 /dev/urandom >blob
check 'need --document' says 3 '--document' encrypt -s blobs.yaml blob
check 'encrypt any bytes' ends 0 encrypt -s blobs.yaml --document blob
cp out blob.protected
check 'with the magic' equal "$(head -c 4 blob.protected | od -An -tx1 | tr -d ' \n')" 8b564301
check 'decrypt them' ends 0 decrypt -s blobs.yaml --document blob.protected
check 'they are the same' same out blob
printf 'null' >blob
check 'null is bytes like others' ends 0 encrypt -s blobs.yaml --document blob
check 'and protected' differ "$(cat out | tr -d '\0')" null
printf 'version: 1\nrecords:\n  - name: m\n    fields: []\n    record_key: {siv: {key: blob, key_version: 1}}\n' >message.yaml
check 'what is for messages' says 3 'are for messages of Kafka' encrypt -s message.yaml in
check 'rewrap too' says 3 'are for messages of Kafka' rewrap -s message.yaml in
for rule in 'fields: [{path: $.name, envelope: {key: blob, carry: header}}]' 'value: {envelope: {key: blob}, format: kroxylicious}' \
    'fields: [{path: $.name, envelope: {key: blob, bind: [topic]}}]'; do
    printf 'version: 1\nrecords:\n  - name: m\n    %s\n' "$rule" >message.yaml
    check "nothing passes as if it were rewrapped: $rule" says 3 'and VC_REWRAP' rewrap -s message.yaml --document in
    check 'nothing is written' equal "$(cat out)" ''
done

if [ -n "${VAULTCRYPT_SERVICE_OPENBAO_AUDIT-}" ]; then
    printf 'version: 1\nrecords:\n  - name: many\n    fields: [{path: $.name, envelope: {key: many}}]\n' >many.yaml
    check 'setup for many' ends 0 setup -s many.yaml
    people 1 100000 >many
    check 'encrypt 100 000' ends 0 encrypt -q -s many.yaml many
    cp out many.protected
    check 'decrypt 100 000' ends 0 decrypt -q -s many.yaml many.protected
    check 'all the same' same out many
    asked() { grep -c "\"type\":\"request\".*\"path\":\"$1\"" "$VAULTCRYPT_SERVICE_OPENBAO_AUDIT"; }
    check 'one data key' equal "$(asked transit/datakey/plaintext/many)" 1
    check 'unwrapped once' equal "$(asked transit/decrypt/many)" 1
fi
VAULT_TOKEN=$root
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    dev_stop
    export VAULTCRYPT_OPENBAO_AUDIT=1
    "$top_srcdir/tests/services/with" openbao -- bash "$here/methods.sh"
    real=$?
    [ "$real" = 77 ] || check 'the same on OpenBao' equal "$real" 0
fi
finish
