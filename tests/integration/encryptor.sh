#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The encryptor while Vault is sealed, cut off, slow or silent in mid-stream: nothing leaves in clear, nothing is lost, and what it
# could not do before its deadline the next run does. And records that cannot be protected.
set -u
export LC_ALL=C
build=${top_builddir:?} source=${top_srcdir:?}
records=12000
work=$(mktemp -d) || exit 99
servers=()
# shellcheck disable=SC2317
finish() {
    local pid
    for pid in "${servers[@]}"; do
        kill -CONT "$pid" 2>/dev/null
        kill "$pid" 2>/dev/null
    done
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 99' INT TERM

fail() {
    local file
    printf 'FAIL: %s\n' "$1"
    for file in "$work"/*.err; do
        [ ! -s "$file" ] || { printf '== %s\n' "${file##*/}"; tail -n 20 "$file"; }
    done
    exit 1
}

# until CMD...: within 30 s.
until_true() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        ! "$@" || return 0
        sleep 0.1
    done
    return 1
}

# server NAME OPTIONS...: its variables in NAME.env, its process in server_pid.
server() {
    local name=$1
    shift
    "$build/vaultcrypt-dev" "$@" >"$work/$name.env" 2>"$work/$name.err" &
    server_pid=$!
    servers+=("$server_pid")
    until_true grep -q VAULT_TOKEN "$work/$name.env" || fail "$name does not start"
}

# vault NAME FAULT: a Vault of its own for what follows, with all that the schema needs.
vault() {
    server "$1" --no-kafka ${2:+--fault "$2"}
    vault_pid=$server_pid
    # shellcheck source=/dev/null
    . "$work/$1.env"
    "$build/bin/vaultcrypt" setup -s "$work/schema.yaml" >"$work/setup.err" 2>&1 || fail "setup under $2"
}

mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)
tab=$(printf '\t')
encryptor() { # NAME OPTIONS...: from purchases to out_NAME, in a group of that name
    timeout 90 "$build/examples/encryptor" "${mock[@]}" -X "group.id=$1" -s "$work/schema.yaml" --target "out_$1" "${@:2}" \
        2>>"$work/$1.err"
}
dump() { timeout 60 "$build/examples/consumer" "${mock[@]}" --reset -e -K "$tab" -t "$1"; }
has_some() { [ "$(dump "$1" 2>/dev/null | wc -l)" -gt 0 ]; }

# What lies in out_NAME is protected throughout.
all_protected() {
    dump "out_$1" >"$work/protected" || fail "out_$1 cannot be read"
    [ "$(grep -vc '"Address": "vault:v1:' "$work/protected")" = 0 ] || fail "an address in clear in out_$1"
    cut -f 1 "$work/protected" | sort -u >"$work/keys"
    sed 's/.*"credit_card": //' "$work/protected" | paste -d "$tab" <(cut -f 1 "$work/protected") - | sort >"$work/cards"
    [ "$(comm -12 "$work/cards" "$work/cards.clear" | wc -l)" = 0 ] || fail "a card in clear in out_$1"
}

# out_NAME holds every purchase at least once, and all of it opens to what it was.
all_there() {
    all_protected "$1"
    timeout 60 "$build/examples/consumer_from_encrypted" "${mock[@]}" -s "$work/schema.yaml" -t "out_$1" --reset -e -K "$tab" \
        2>"$work/open.err" | sort -u >"$work/opened"
    cmp "$work/opened" "$work/purchases" || fail "out_$1 does not open to the purchases: $(wc -l <"$work/opened") of $records"
}

sed 's/purchases_encrypted/"out_*"/' "$source/examples/purchases.yaml" >"$work/schema.yaml"
server kafka --topics purchases:4,odd:1,out_odd_dead_letter:1
# shellcheck source=/dev/null
. "$work/kafka.env"
"$build/examples/producer" -n "$records" 2>"$work/producer.err" || fail 'producer'
dump purchases | sort >"$work/purchases"
[ "$(wc -l <"$work/purchases")" = "$records" ] || fail 'the purchases are not there'
sed 's/.*"credit_card": //' "$work/purchases" | paste -d "$tab" <(cut -f 1 "$work/purchases") - | sort >"$work/cards.clear"

echo '1. sealed for a while, slow, over quota, broken answers'
vault rough 'latency=1ms..5ms,429=0.05,500=0.02,cut=0.02,sealed=1s@80req,seed=7'
encryptor rough -n "$records" || fail 'the encryptor did not wait it out'
all_there rough

echo '2. sealed for longer than the deadline'
vault sealed 'latency=30ms,sealed=7s@60req'
encryptor sealed -n "$records" --deadline-ms 1500 && fail 'no error after the deadline'
grep -q 'gave up after 1 s.*sealed' "$work/sealed.err" || fail 'the error does not say what happened'
all_protected sealed
[ "$(wc -l <"$work/protected")" -lt "$records" ] || fail 'it was not sealed in mid-stream'
encryptor sealed -e || fail 'the second run'
all_there sealed

echo '3. silent: the process is stopped'
vault silent 'latency=60ms'
encryptor silent -n "$records" &
running=$!
until_true has_some out_silent || fail 'nothing arrives'
kill -STOP "$vault_pid"
sleep 1 # what was under way
before=$(dump out_silent | wc -l)
sleep 1.5
after=$(dump out_silent | wc -l)
all_protected silent
[ "$before" = "$after" ] || fail 'records without Vault'
[ "$after" -lt "$records" ] || fail 'it was not silent in mid-stream'
kill -CONT "$vault_pid"
wait "$running" || fail 'the encryptor did not wait for Vault'
all_there silent

echo '4. silent for longer than the deadline'
kill -STOP "$vault_pid"
encryptor gone -n "$records" --deadline-ms 1500 && fail 'no error after the deadline'
grep -q 'gave up after 1 s' "$work/gone.err" || fail 'the error does not say what happened'
dump out_gone >"$work/protected" 2>/dev/null
[ ! -s "$work/protected" ] || fail 'records without Vault'
kill -CONT "$vault_pid"
encryptor gone -e || fail 'the second run'
all_there gone

echo '5. records that cannot be protected'
canary=c4nary-of-the-body
cat >"$work/odd.yaml" <<'END'
version: 1
records:
  - name: odd
    topics: [odd, out_odd]
    fields:
      - path: $.Address
        transit: {key: transit}
END
printf '%s\n' 'k1;{"Address": "1 High Street"}' "$canary-1;{\"Adress\": \"$canary-2\"}" 'k2;{"Address": "2 High Street"}' \
    "$canary-3;{\"Address\": \"$canary-4\", " 'k3;{"Address": "3 High Street"}' |
    "$build/examples/producer" -t odd -l -K ';' 2>"$work/producer.err" || fail 'producer'
odd() { timeout 60 "$build/examples/encryptor" "${mock[@]}" -X group.id=odd -s "$work/odd.yaml" --source odd --target out_odd -e; }
odd 2>"$work/odd.err" && fail 'a record without the field passed'
grep -qF 'record odd [0] at offset 1 (rule odd)' "$work/odd.err" || fail 'the error does not name the record'
[ "$(dump out_odd | wc -l)" = 1 ] || fail 'not the records before it'
sed -i 's/    fields:/    on_error: dead_letter\n    fields:/' "$work/odd.yaml"
odd 2>>"$work/odd.err" || fail 'dead_letter does not go on'
[ "$(dump out_odd | cut -f 1 | sort | tr '\n' ' ')" = 'k1 k2 k3 ' ] || fail 'the others are not all there'
dump out_odd_dead_letter >"$work/letters"
[ "$(wc -l <"$work/letters")" = 2 ] || fail 'two dead letters are due'
for place in '"offset":1,"timestamp":[0-9]*,"rule":"odd","error":"missing"' '"offset":3,"timestamp":[0-9]*,"rule":"odd","error":"json"'; do
    grep -q "\"topic\":\"odd\",\"partition\":0,$place" "$work/letters" || fail "the letters do not say where: $(cat "$work/letters")"
done
for file in "$work/letters" "$work"/*.err; do
    ! grep -q c4nary "$file" || fail "a canary in ${file##*/}"
done
echo 'all well'
