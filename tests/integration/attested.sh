#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The confidential container demo's programs: the whole demo; a consumer among good, damaged and foreign messages, refused and healed; and that the
# producer's memory holds neither private key nor token.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
programs=$top_builddir/examples/attested
[ -x "$programs/consumer" ] || { echo "the examples were not built"; exit 77; }
command -v curl >/dev/null && command -v python3 >/dev/null || { echo "curl and python3 are needed"; exit 77; }

# -- the demo ---------------------------------------------------------------------------------------------------------
export VAULT_NAMESPACE=elsewhere BAO_ADDR=http://127.0.0.1:1 # the caller's own Vault must not matter
MSG='A text of the test' run timeout 200 bash "$top_srcdir/examples/attested/demo.sh" --programs "$top_builddir" -n 10
unset VAULT_NAMESPACE BAO_ADDR
check 'the demo ends well' equal "$status" 0
shown=$(<out)
for text in 'Message Id 1: A text of the test' 'refused: the release of' 'Attested again, and nothing was restarted' 'messages in clear, then' 'the page opened the'; do
    check "it shows: $text" holds "$shown" "$text"
done
check 'no colours without a terminal' lacks "$shown" $'\e'
check 'it fits on a screen' [ "$(lines_of out)" -le 39 ]
check 'in width too' [ "$(wc -L <out)" -le 130 ]
for wrong in '-n 0' '-n' '-n x' '--what'; do
    # shellcheck disable=SC2086
    check "wrong usage: $wrong" eval "run bash '$top_srcdir/examples/attested/demo.sh' --programs '$top_builddir' $wrong; equal \$status 2"
done

# -- servers ----------------------------------------------------------------------------------------------------------
token=hvs.CANARY-of-the-root-token
: >dev.env
"$vaultcrypt" dev --skr --root-token "$token" --topics demo:1,any:1 >dev.env 2>dev.log &
background+=("$!")
until_true grep -q VAULTCRYPT_SKR_ADDR dev.env || exit 99
. ./dev.env
unset VAULT_ADDR VAULT_TOKEN
export SkrClientKID=orders-1 SkrClientMAAEndpoint=$VAULTCRYPT_MAA_ENDPOINT SkrClientAKVEndpoint=$VAULTCRYPT_AKV_ENDPOINT
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)
check 'a key' ends 0 setup-key orders-1 "$VAULTCRYPT_AKV_ENDPOINT"
curl -s -X POST "$VAULTCRYPT_SKR_ADDR/key/release" -d "{\"maa_endpoint\":\"$VAULTCRYPT_MAA_ENDPOINT\",\"akv_endpoint\":\"$VAULTCRYPT_AKV_ENDPOINT\",\"kid\":\"orders-1\"}" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["key"])' >key.jwk
PUBKEY=$(<orders-1-pub.pem)
export PUBKEY
send() { run timeout 60 "$programs/producer" -t demo "$@"; equal "$status" 0; } # OPTIONS...
receive() { run timeout 60 "$programs/consumer" "${mock[@]}" -t demo --reset -e; }

# -- both ways --------------------------------------------------------------------------------------------------------
export RATE=1000 SHOW=1
check 'sent' eval 'MSG="first of all" send -n 3'
check 'what is opened is counted, and not printed unsaid' eval 'SHOW= receive; equal "$(<out)" "" && holds "$(<err)" "opened 3 so far"'
check 'opened' eval 'receive; equal "$(<out)" "$(printf "Message Id %d: first of all\n" 1 2 3)"'
check 'counted' holds "$(<err)" '3 messages opened, 0 shown'
check 'stored as Base64 of RSA-OAEP, 512 characters' equal "$("$top_builddir/examples/consumer" "${mock[@]}" -t demo --reset -e | grep -cE '^[A-Za-z0-9+/]{512}$')" 3
# shellcheck disable=SC2034
long=$(printf '%0400d' 0)
check 'longer than RSA-OAEP takes: says what to do' eval 'MSG=$long run "$programs/producer" -t demo -n 1; equal "$status" 1 && holds "$(<err)" hybrid'
check 'hybrid takes it' eval 'MSG=$long METHOD=hybrid run "$programs/producer" -t any -n 2; equal "$status" 0'
check 'and it opens' eval 'METHOD=hybrid run "$programs/consumer" "${mock[@]}" -t any --reset -e; equal "$(<out)" "$(printf "Message Id %d: $long\n" 1 2)"'

# -- what is not ours -------------------------------------------------------------------------------------------------
stored=$("$top_builddir/examples/consumer" "${mock[@]}" -t demo --reset -n 1)
{
    printf '%s\n' "${stored:0:400}" 'not Base64 at all!' "AAAA${stored:4}" "$(printf '%0512d' 0)"
} | "$top_builddir/examples/producer" -t demo -l 2>/dev/null
check 'sent among them' eval 'MSG=last send -n 1 --first 9'
receive
check 'the rest is opened' equal "$(grep '^Message Id' out)" "$(printf 'Message Id %d: first of all\n' 1 2 3; echo 'Message Id 9: last')"
check 'the foreign ones are shown as they lie there' both holds "$(<out)" 'not Base64 at all!' "AAAA${stored:4}"
check 'and counted' holds "$(<err)" '4 messages opened, 4 shown'
check 'nothing of messages is in the log' eval '! grep -q "first of all\|not Base64\|${stored:4:40}" err'

# -- not attested, and healed -----------------------------------------------------------------------------------------
claims=$(curl -s "$VAULTCRYPT_SKR_ADDR/dev/claims")
curl -s -X PATCH "$VAULTCRYPT_SKR_ADDR/dev/claims" -d '{"x-ms-sevsnpvm-is-debuggable":true}' >/dev/null
receive
check 'a debuggable environment gets Base64 alone' eval 'equal "$(grep -c "^Message" out)" 0 && holds "$(<out)" "$stored"'
check 'and is told why' holds "$(<err)" refused
REFRESH=1s "$programs/consumer" "${mock[@]}" -t demo --reset >live.out 2>live.err &
consumer=$!
background+=("$consumer")
until_true has_lines live.out 8
check 'it runs without a key' eval '! grep -q "^Message" live.out'
curl -s -X PUT "$VAULTCRYPT_SKR_ADDR/dev/claims" -d "$claims" >/dev/null
check 'the key comes' until_true grep -q 'RSA, 3072 bits' live.err
check 'and opens what comes then' eval 'MSG=healed send -n 1 && until_true grep -q "^Message Id 1: healed" live.out'
curl -s -X PUT "$VAULTCRYPT_SKR_ADDR/dev/fault" -d '{"fault":"away"}' >/dev/null
check 'the sidecar away takes nothing' eval 'MSG="while away" send -n 1 && until_true grep -q "^Message Id 1: while away" live.out'
curl -s -X DELETE "$VAULTCRYPT_SKR_ADDR/dev/fault" >/dev/null

# -- memory -----------------------------------------------------------------------------------------------------------
look() { python3 "$top_srcdir/tests/integration/attested_memory.py" "$@" key.jwk "$token" >seen 2>>err; } # PID or core
if look "$consumer"; then
    check 'the private key is found where it is: in the consumer' grep -q '^d-' seen
    MSG=secret RATE=100 "$programs/producer" -t demo 2>producer.log &
    producer=$!
    background+=("$producer")
    until_true grep -q sending producer.log
    sleep 1
    check 'in the memory of the producer there is nothing of it, and no token' eval 'look "$producer" && equal "$(<seen)" ""'
    check 'nor in its environment and command line' eval '! tr "\0" "\n" <"/proc/$producer/environ" | grep -E "^VAULT_|PRIVATE|CANARY" && ! grep -q PRIVATE "/proc/$producer/cmdline"'
    small() { [ "$(awk '/^VmSize/ { print $2 }' "/proc/$1/status")" -lt 8000000 ]; } # a sanitizer's shadow makes terabytes of it
    if command -v gcore >/dev/null && small "$producer" && gcore -o core "$producer" >/dev/null 2>&1; then
        check 'nor in its core dump' eval 'look "core.$producer" && equal "$(<seen)" ""'
        gcore -o core "$consumer" >/dev/null 2>&1
        check 'in which it would be found' eval 'look "core.$consumer" && grep -q "^d-" seen'
    else
        echo '# no gcore, or a sanitizer: no core dump is looked at'
    fi
else
    echo '# the memory of a process cannot be read here'
fi

# -- usage ------------------------------------------------------------------------------------------------------------
check 'no public key' eval 'MSG=x PUBKEY= run "$programs/producer" -t demo -n 1; equal "$status" 1 && holds "$(<err)" "'"environment variable 'PUBKEY' is not set"'"'
check 'no text' eval 'MSG= run "$programs/producer" -t demo -n 1; equal "$status" 1'
openssl genrsa 2048 >private.pem 2>/dev/null
check 'a private key in its place' eval 'MSG=x PUBKEY=$(<private.pem) run "$programs/producer" -t demo -n 1; equal "$status" 1 && holds "$(<err)" private'
check 'no rate' eval 'MSG=x RATE=0 run "$programs/producer" -t demo -n 1; equal "$status" 1'
check 'no key id' eval 'SkrClientKID= run "$programs/consumer" -t demo -n 1; equal "$status" 1'
check 'a key id that would be YAML' eval 'SkrClientKID="a\"}, x: {" run "$programs/consumer" -t demo -n 1; equal "$status" 1 && holds "$(<err)" "SkrClientKID has a character"'
finish
