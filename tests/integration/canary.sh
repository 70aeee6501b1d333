#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Canaries. Tokens, passwords, plaintext, member names and ciphertexts are values that stand out, and everything goes wrong that
# can: nothing that a program says (standard error, dead letters, logs, what lint and setup print) may hold any of them, raw or
# in hexadecimal, Base64, JSON escapes or percent signs. First, that a leak is seen.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_dev
python=$(command -v python3) || { echo "no python3"; exit 77; }
tool=$top_srcdir/tests/integration/canary.py
if [ -x "$top_builddir/bin/.libs/vaultcrypt" ]; then # past libtool's script: it is run some 300 times
    export LD_LIBRARY_PATH=$top_builddir/lib/.libs
    vaultcrypt=$top_builddir/bin/.libs/vaultcrypt
fi
search() { "$python" "$tool" search canaries "$@" | sed 's/^/#   /'; return "${PIPESTATUS[0]}"; }

# -- the canaries ---------------------------------------------------------------------------------------------------
token=CANARYtokenQ7f3a91c2Zx
password=CANARYpassw0rd+Kj55/Wq
text='CANARYtext"5d10/e8\é'
name=CANARYname_90ab_e7
card=4929-7712-8831-0047
number=777123450001777
cipher='vault:v1:CANARYcipherN0tOne/Qq4+7hJk2lPz0aaBbCcDdEeFf00'
printf '%s\t%s\n' token "$token" password "$password" text "$text" name "$name" card "$card" number "$number" \
    cipher "${cipher#vault:v1:}" >canaries
json_text=$("$python" -c 'import json, sys; print(json.dumps(sys.argv[1], ensure_ascii=False))' "$text")

# -- it bites -------------------------------------------------------------------------------------------------------
mkdir planted said
"$python" "$tool" plant canaries planted
check 'every form of every canary is seen' equal "$("$python" "$tool" unseen canaries planted/*)" ''
check "there are many" [ "$(find planted -type f | wc -l)" -gt 80 ]
echo 'error: VAULT_TOKEN is missing, line 7, byte 12' >planted/fine
check 'what holds none is fine' search planted/fine

# said TITLE CMD...: runs it; what it says on standard error is kept to be searched. The standard output goes to `out`.
count=0
said() {
    local title=$1
    shift
    count=$((count + 1))
    run timeout 60 "$@" </dev/null
    { printf '== %s (exit %s)\n' "$title" "$status"; cat err; } >"said/$count"
    [ "$status" -lt 124 ] || check "$title: ends by itself" equal "$status" 'less than 124'
}
printed() { # the same, and what it prints is what it says
    said "$@"
    cat out >>"said/$count"
}
# Nothing was said since the last call that holds a canary. What was searched is put away.
silent() { # TITLE
    cat said/* >"kept.$1"
    check "$1: no canary in what was said" search "kept.$1"
    check "$1: programs did say something" [ "$(lines_of "kept.$1")" -gt 20 ]
    rm -f said/*
}

# -- schemas and records --------------------------------------------------------------------------------------------
for way in fail dead_letter drop_field; do
    cat >"schema.$way.yaml" <<END_OF
version: 1
records:
  - name: canary
    topics: ["*"]
    on_error: $way
    fields:
      - path: \$.text
        transit: {key: k}
      - path: \$.people[*].name
        transit: {key: k}
        on_missing: ignore
      - path: \$.map.*
        transit: {key: k, as: json}
        on_missing: ignore
      - path: \$.card
        transform: {role: payments, transformation: creditcard, setup: {pattern: '(\d{4})-(\d{4})-(\d{4})-(\d{4})', alphabet: builtin/numeric}}
        on_missing: ignore
END_OF
done
printf 'version: 1\nrecords:\n  - name: canary\n    topics: ["*"]\n    unlisted: fail\n    fields: [{path: $.text, transit: {key: k}}]\n' >schema.unlisted.yaml
good="{\"text\":$json_text,\"card\":\"$card\",\"people\":[{\"name\":$json_text}],\"map\":{\"$name\":$number},\"$name\":1}"
cat >bad.ndjson <<END_OF
{"text":$json_text,"card":"$card"
{"text":$json_text,,}
{"text":$json_text "$name"}
{"$name":$json_text,"text":$name}
{"text":"$name\\q"}
{"text":"$name	tab"}
$name
$number $number
{"text":"\\ud800 $name"}
{"text":$number}
{"text":[$json_text,{"$name":$number}]}
{"text":"a","text":$json_text}
{"text":"a","map":{"$name":1,"$name":2}}
{"text":"a","people":[{"name":$json_text,"name":"$name"}]}
{"text":"a","people":[{"name":$number}]}
{"$name":$json_text}
{"text":"$cipher"}
{"text":"vault:v7:$name"}
{"text":"a","card":"$card $name"}
{"text":"a","card":$number}
{"text":"a","map":{"$name":{"$name":"$cipher"}}, "card":"$name"}
END_OF
printf '{"text":"%s\xff\xfe"}\n' "$name" >>bad.ndjson
split -l 1 -a 3 bad.ndjson bad.
cat >opened.ndjson <<END_OF
{"text":$json_text,"card":"$card"}
{"text":"$cipher","card":"$card","map":{"$name":"$cipher"}}
{"text":"vault:v1:$name"}
{"text":"vault:v99999999999999999999:${cipher#vault:v1:}"}
{"text":"vault:v5:${cipher#vault:v1:}"}
{"text":"vault:v1:"}
{"text":"vault:v1:$(printf %s "$text$text$text" | base64 -w 0)"}
{"text":"$cipher","people":[{"name":"$name"}],"card":"$name"}
{"text":$number}
END_OF
split -l 1 -a 3 opened.ndjson opened.
echo "$good" >good.ndjson

# everything TITLE OPTIONS...: all records, one by one and together, both ways, each way of dealing with faults.
everything() {
    local title=$1 way file
    shift
    for way in fail dead_letter drop_field; do
        said "$title: encrypt all, $way" "$vaultcrypt" encrypt -s "schema.$way.yaml" --dead-letter "said/letters" "$@" bad.ndjson
        said "$title: encrypt good, $way" "$vaultcrypt" encrypt -s "schema.$way.yaml" "$@" good.ndjson
        said "$title: decrypt all, $way" "$vaultcrypt" decrypt -s "schema.$way.yaml" --dead-letter "said/letters" "$@" opened.ndjson
    done
    for file in bad.???; do said "$title: encrypt $file" "$vaultcrypt" encrypt -s schema.fail.yaml "$@" "$file"; done
    for file in opened.???; do said "$title: decrypt $file" "$vaultcrypt" decrypt -s schema.fail.yaml "$@" "$file"; done
    said "$title: unlisted" "$vaultcrypt" encrypt -s schema.unlisted.yaml "$@" good.ndjson
    said "$title: too long" "$vaultcrypt" encrypt -s schema.dead_letter.yaml --max-record 10 --dead-letter "said/letters" "$@" bad.ndjson
    said "$title: a document" "$vaultcrypt" encrypt -s schema.fail.yaml --document "$@" bad.ndjson
    printed "$title: setup" "$vaultcrypt" setup -s schema.fail.yaml "$@"
}

# -- OpenBao (this script runs itself under `with`, see its end) --------------------------------------------------------
if [ -n "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    for way in fail dead_letter drop_field; do
        sed -i '/\$\.card$/,+2d' "schema.$way.yaml" # it has no transform
    done
    api POST auth/token/create "{\"id\":\"$token\",\"policies\":[\"root\"]}" >/dev/null
    export VAULT_TOKEN=$token
    printed setup "$vaultcrypt" setup -s schema.fail.yaml
    check 'OpenBao: the good record goes through' ends 0 encrypt -s schema.fail.yaml good.ndjson
    grep -oE 'vault:v1:[^"]+' out | sed 's/^vault:v1:/made\t/' >>canaries
    cat out >>opened.ndjson
    sed 's/vault:v1:\(....\)/vault:v1:AAAA/' out >opened.zzz
    everything OpenBao
    said 'another token' env VAULT_TOKEN="$token.x" "$vaultcrypt" encrypt -s schema.fail.yaml good.ndjson
    api POST sys/seal >/dev/null
    said 'sealed' "$vaultcrypt" encrypt -s schema.fail.yaml --deadline 300ms good.ndjson
    silent openbao
    finish
fi

# -- the embedded Vault, at its most talkative ------------------------------------------------------------------------
dev_start --root-token "$token" --log-level debug
printed setup "$vaultcrypt" setup -s schema.fail.yaml
printed 'dry run' "$vaultcrypt" setup -s schema.fail.yaml --dry-run
printed lint "$vaultcrypt" lint schema.fail.yaml

# A leak is seen on that way too: a program that says its token is caught by the very same steps.
printf '#!/bin/sh\necho "debug: $VAULT_TOKEN" | base64 >&2\nexec "%s" "$@"\n' "$vaultcrypt" >leaky
chmod +x leaky
said 'leaky' ./leaky lint schema.fail.yaml
check 'a program that leaks its token is caught' equal "$(search said/"$count" >/dev/null; echo $?)" 1
rm said/"$count"

check 'the good record goes through' ends 0 encrypt -s schema.fail.yaml good.ndjson
check 'and nothing of it is in clear but what no rule selects' equal \
    "$(grep -vE '^(name)' canaries >selected; "$python" "$tool" search selected out)" ''
grep -oE 'vault:v1:[^"]+' out | sed 's/^vault:v1:/made\t/' >>canaries
sed -nE 's/.*"card":"([0-9-]+)".*/made\t\1/p' out >>canaries
check 'its ciphertexts are canaries from now on' equal "$(grep -c '^made' canaries)" 4
cat out >>opened.ndjson
sed 's/vault:v1:\(....\)/vault:v1:AAAA/' out >opened.zzz # one that does not authenticate
everything 'Vault'
silent vault
for fault in 500=1 403=1 404=1 429=1 cut=1 sealed=60s 'cut=0.5,503=0.3,seed=3'; do
    api POST sys/dev/fault "{\"fault\":\"$fault\"}" >/dev/null
    for way in fail dead_letter; do
        said "$fault: encrypt" "$vaultcrypt" encrypt -s "schema.$way.yaml" --deadline 300ms good.ndjson
        said "$fault: decrypt" "$vaultcrypt" decrypt -s "schema.$way.yaml" --deadline 300ms --dead-letter said/letters opened.ndjson
    done
    api DELETE sys/dev/fault >/dev/null
done
api POST sys/dev/fault '{"fault":"silence=1"}' >/dev/null
said 'silence' "$vaultcrypt" encrypt -s schema.fail.yaml --timeout 200ms --deadline 300ms good.ndjson
api DELETE sys/dev/fault >/dev/null
silent faults

# Tokens and addresses that are no good.
said 'another token' env VAULT_TOKEN="$token.x" "$vaultcrypt" encrypt -s schema.fail.yaml good.ndjson
said 'a token in two lines' env VAULT_TOKEN="$token
$token" "$vaultcrypt" encrypt -s schema.fail.yaml good.ndjson
said 'a token that is not ASCII' env VAULT_TOKEN="$token$text" "$vaultcrypt" encrypt -s schema.fail.yaml good.ndjson
said 'a token that is too long' env VAULT_TOKEN="$(for i in {1..500}; do printf %s "$token"; done)" "$vaultcrypt" encrypt -s schema.fail.yaml good.ndjson
printf '%s\n%s\n' "$token" "$text" >token.file
said 'a token file of two lines' env VAULT_TOKEN= "$vaultcrypt" encrypt -s schema.fail.yaml --token-file token.file good.ndjson
echo "$token" >.vault-token
said 'a token file, and no Vault' env VAULT_TOKEN= "$vaultcrypt" encrypt -s schema.fail.yaml --address http://127.0.0.1:1 --deadline 100ms good.ndjson
rm .vault-token
said 'a password in the address' "$vaultcrypt" encrypt -s schema.fail.yaml --address "http://me:$password@127.0.0.1:1" --deadline 100ms good.ndjson
said 'a password in VAULT_ADDR' env VAULT_ADDR="https://me:$password@127.0.0.1:1" "$vaultcrypt" encrypt -s schema.fail.yaml good.ndjson
said 'a token in the query' "$vaultcrypt" encrypt -s schema.fail.yaml --address "$VAULT_ADDR?token=$token" good.ndjson
for proxy in "http://me:$password@127.0.0.1:1" "socks9://me:$password@x" "http://me:$password@" "me:$password"; do
    said "proxy" env VAULT_PROXY_ADDR="$proxy" "$vaultcrypt" encrypt -s schema.fail.yaml --deadline 100ms good.ndjson
done
said 'CA text' env VAULT_CACERT_BYTES="$password" VAULT_ADDR=https://127.0.0.1:1 "$vaultcrypt" encrypt -s schema.fail.yaml --deadline 100ms good.ndjson
said 'TLS to a port without' "$vaultcrypt" encrypt -s schema.fail.yaml --address "${VAULT_ADDR/http:/https:}" --deadline 100ms good.ndjson
printf '%s\n' "$password" >no.pem
said 'a key that is none' "$vaultcrypt" encrypt -s schema.fail.yaml --address "${VAULT_ADDR/http:/https:}" --client-cert no.pem --client-key no.pem good.ndjson
# A schema with a value in the wrong place is told by line and column, and what is a name in it may be told.
sed "s/on_error: fail/on_eror: fail/" schema.fail.yaml >schema.wrong.yaml
said 'a wrong schema' "$vaultcrypt" lint schema.wrong.yaml
said 'the input is no schema' "$vaultcrypt" lint good.ndjson
silent tokens

# -- a server that answers with what it was asked -----------------------------------------------------------------------
mkfifo port
"$python" "$tool" serve >port 2>/dev/null &
background+=("$!")
read -r port modes <port
check 'there are many ways to answer' [ "$(wc -w <<<"$modes")" -gt 25 ]
for mode in $modes; do
    for way in fail dead_letter; do
        said "$mode: encrypt" "$vaultcrypt" encrypt -s "schema.$way.yaml" --address "http://127.0.0.1:$port/$mode" --deadline 60ms good.ndjson
        cat out >>left
        said "$mode: decrypt" "$vaultcrypt" decrypt -s "schema.$way.yaml" --address "http://127.0.0.1:$port/$mode" --deadline 60ms \
            --dead-letter said/letters opened.ndjson
        cat out >>left
    done
    printed "$mode: setup" "$vaultcrypt" setup -s schema.fail.yaml --address "http://127.0.0.1:$port/$mode" --deadline 60ms
done
silent echo
check 'echo: nothing has left' equal "$(cat left)" ''
check "the embedded Vault's log has much to say" [ "$(lines_of dev.log)" -gt 100 ]
check 'and none of it a canary' search dev.log

# -- Kafka ----------------------------------------------------------------------------------------------------------
if [ -x "$top_builddir/examples/encryptor" ]; then
    : >kafka.env
    "$vaultcrypt" dev --log-level debug --root-token "$token" --topics in:1,out:1,out_dead_letter:1 >kafka.env 2>kafka.log &
    background+=("$!")
    until_true grep -q BROKERS kafka.env
    vault=$VAULT_ADDR
    # shellcheck disable=SC1091
    . ./kafka.env
    VAULT_ADDR=$vault
    mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10 -X "sasl.password=$password" -X "ssl.key.password=$password")
    { cat good.ndjson; tr -d '\377\376' <bad.ndjson; cat good.ndjson; } | sed "s/^/$name;/" >in.kafka
    run "$top_builddir/examples/producer" -t in -l -K ';' <in.kafka
    cp err said/producer
    for way in fail dead_letter; do
        said "encryptor, $way" "$top_builddir/examples/encryptor" "${mock[@]}" -X "group.id=$way" -X debug=all -s "schema.$way.yaml" \
            --source in --target out -e --deadline-ms 20000
    done
    check 'the encryptor went through' equal "$status" 0
    said 'encryptor, no Vault' env VAULT_ADDR=http://127.0.0.1:1 "$top_builddir/examples/encryptor" "${mock[@]}" -X group.id=none \
        -s schema.fail.yaml --source in --target out -e --deadline-ms 200
    said 'consumer_from_encrypted of what is none' "$top_builddir/examples/consumer_from_encrypted" "${mock[@]}" -s schema.fail.yaml -t in --reset -e
    said 'the letters' "$top_builddir/examples/consumer" -X session.timeout.ms=3500 -t out_dead_letter --reset -e
    check 'letters were written' [ "$(lines_of out)" -gt 10 ]
    cat out >>"said/$count"
    cat kafka.log >>"said/$count"
    silent kafka
fi

# -- OpenBao, whose own words echo values -----------------------------------------------------------------------------
"$top_srcdir/tests/services/with" openbao -- bash "$here/canary.sh"
status=$?
[ "$status" = 77 ] || check 'the same with a real OpenBao' equal "$status" 0
finish
