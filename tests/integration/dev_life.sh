#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# vaultcrypt-dev as a process: its command's status and variables, signals, ports, refusals, faults, and what it never logs.
set -u
dev=$top_builddir/bin/vaultcrypt-dev
[ -x "$dev" ] && command -v curl >/dev/null || exit 77
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

check() { # WHAT CONDITION...
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
    fi
}
run() { "$dev" "$@" 2>>"$scratch/err"; }
is() { [ "$1" = "$2" ] || { echo "  '$1' is not '$2'"; return 1; }; }
end() { # PID SIGNAL: sends it, and waits for the end; what does not end in 10 s is killed
    kill -"$2" "$1"
    for _ in $(seq 200); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$1" 2>/dev/null
    wait "$1"
}
# In the command: ask METHOD PATH [BODY] prints the status; the body is in the file reply
cat >"$scratch/ask" <<'EOF'
ask() {
    curl -s --max-time "${limit:-10}" -o "$scratch/reply" -w '%{http_code}' -H "X-Vault-Token: $VAULT_TOKEN" -X "$1" "$VAULT_ADDR/v1/$2" \
        ${3:+-d "$3"}
}
EOF
export scratch
inside() { # SCRIPT [OPTIONS]: runs the script with ask() against a server
    local script=$1
    shift
    run --no-kafka "$@" -- bash -c '. "$scratch/ask"; '"$script"
}

# -- the command --
run --no-kafka -- sh -c 'exit 7'
check 'ends with the status of its command' is $? 7
run --no-kafka -- sh -c 'kill -KILL $$'
check 'tells the signal that ended it' is $? 137
run --no-kafka -- /nonexistent
check 'no such command' is $? 127
run --no-kafka --root-token s3cr3t -- sh -c 'echo "$VAULT_TOKEN ${VAULT_ADDR%:*} ${#VAULTCRYPT_UNSEAL_KEY}"' >"$scratch/out"
check 'variables' is "$(cat "$scratch/out")" 's3cr3t http://127.0.0.1 64'

# -- usage --
for bad in '--address 0.0.0.0:0' '--address 10.0.0.1:80' '--address x' '--flavour none' '--fault 429=2' '--brokers 0' '--log-level x' '--nope' \
    '--kafka-port 70000'; do
    # shellcheck disable=SC2086
    run $bad -- true
    check "refused: $bad" is $? 2
done
check 'help' grep -q -- --fault <("$dev" --help)
check 'version' grep -q '^vaultcrypt-dev [0-9]' <("$dev" --version)

# -- signals --
"$dev" --no-kafka >"$scratch/vars" 2>>"$scratch/err" &
pid=$!
for _ in $(seq 100); do
    grep -q UNSEAL "$scratch/vars" && break
    sleep 0.05
done
check 'prints variables' grep -q '^export VAULT_ADDR=http://127.0.0.1:' "$scratch/vars"
address=$(sed -n 's/^export VAULT_ADDR=//p' "$scratch/vars")
check 'answers' is "$(curl -s -o /dev/null -w '%{http_code}' "$address/v1/sys/health")" 200
"$dev" --no-kafka --address "${address##*:}" -- true 2>"$scratch/busy"
check 'a port that is taken' is $? 1
check 'says so' grep -q 'is it in use' "$scratch/busy"
end $pid TERM
check 'ends on SIGTERM' is $? 0
"$dev" --no-kafka -- sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.05; done' >"$scratch/up" 2>>"$scratch/err" &
pid=$!
for _ in $(seq 100); do
    [ -s "$scratch/up" ] && break
    sleep 0.05
done
end $pid TERM
check 'passes signals on' is $? 5
bash -c '"$1" --no-kafka >"$2" 2>&1 & sleep 0.5; echo $! >"$3"' - "$dev" "$scratch/orphan" "$scratch/pid"
for _ in $(seq 100); do
    kill -0 "$(cat "$scratch/pid")" 2>/dev/null || break
    sleep 0.05
done
check 'ends with its parent' eval '! kill -0 "$(cat "$scratch/pid")" 2>/dev/null'

# -- faults --
mount='ask POST sys/mounts/transit "{\"type\":\"transit\"}" >/dev/null; encrypt() { ask POST transit/encrypt/k "{\"plaintext\":\"eA==\"}"; }; '
check 'faults come and go while it runs' \
    is "$(inside "$mount"'encrypt; ask POST sys/dev/fault "{\"fault\":\"429=1\"}"; encrypt; ask DELETE sys/dev/fault; encrypt')" 200204429204200
check 'status' is "$(inside "$mount"'encrypt; cat "$scratch/reply"' --fault 503=1)" '503{"errors":["Vault is sealed"]}'
check 'Retry-After' grep -qi '^retry-after: 1' <(inside 'curl -s -D - -H "X-Vault-Token: root" "$VAULT_ADDR/v1/transit/x"' --fault 429=1)
check 'cut' is "$(inside "$mount"'encrypt; echo " $?"' --fault cut=1)" '200 18'
check 'silence' is "$(inside "$mount"'limit=1 encrypt; echo " $?"' --fault silence=1)" '000 28'
check 'sealed by requests' is "$(inside "$mount"'encrypt; encrypt; encrypt; ask GET sys/health' --fault sealed=1m@2req)" 200200503503
check 'sealed for a while' is "$(inside "$mount"'ask POST sys/dev/fault "{\"fault\":\"sealed=500ms\"}"; encrypt; sleep 0.7; encrypt')" 204503200
timeout -k 2 20 "$dev" --no-kafka --fault latency=10m -- sh -c 'curl -s -o /dev/null "$VAULT_ADDR/v1/transit/x" & sleep 0.3; exit 3' 2>>"$scratch/err"
check 'ends although an answer waits' is $? 3
one=$(inside "$mount"'for i in $(seq 40); do encrypt; done' --fault 429=0.3,500=0.2,seed=5)
two=$(inside "$mount"'for i in $(seq 40); do encrypt; done' --fault 429=0.3,500=0.2,seed=5)
check 'the same seed, the same fate' is "$one" "$two"
check 'of all kinds' eval '[[ $one == *200* && $one == *429* && $one == *500* ]]'

# -- what it never logs: raw, base64, hexadecimal --
inside "$mount"'text=$(printf canary-plaintext | base64); ask POST transit/encrypt/k "{\"plaintext\":\"$text\"}"
    ct=$(sed "s/.*ciphertext\":\"\([^\"]*\).*/\1/" "$scratch/reply"); printf "%s\n" "${ct#vault:v1:}" >"$scratch/ciphertext"
    ask POST transit/decrypt/k "{\"ciphertext\":\"$ct\"}"; ask POST transit/decrypt/k "{\"ciphertext\":\"canary-plaintext\"}"
    ask POST auth/token/create "{\"id\":\"canary-token\"}"; ask POST auth/token/lookup "{\"token\":\"canary-token\"}"; ask GET auth/token/lookup-self
    ask POST sys/policies/acl/p "{\"policy\":\"path \\\"canary-plaintext\\\" { x }\"}"; ask POST transit/encrypt/k "{canary-plaintext"' \
    --log-level debug --root-token canary-root >/dev/null 2>&1
check 'logs requests' grep -q 'POST /v1/transit/encrypt/k: 200' "$scratch/err"
for canary in canary-plaintext canary-token canary-root "$(printf canary-plaintext | base64)" "$(printf canary-plaintext | od -An -tx1 | tr -d ' \n')" \
    "$(cat "$scratch/ciphertext")"; do
    check "not in the log: $canary" eval '! grep -qF -- "$canary" "$scratch/err"'
done

# -- Kafka --
check 'brokers' is "$(run --brokers 3 --topics a:2,b -- sh -c 'echo "$VAULTCRYPT_BROKERS"' | tr ',' '\n' | grep -c '^127.0.0.1:[0-9]')" 3
# Any port may be a stranger's: others are tried then, below those that systems hand out to outgoing connections. The command of the one
# that holds two ports wants them again: the first as another's second, the first alone; and last, ports that there are not.
wants='echo "$VAULTCRYPT_BROKERS"
    "$0" --kafka-port "$(($1 - 1))" --brokers 2 -- true 2>"$scratch/second" || echo "$?"
    "$0" --kafka-port "$1" -- true 2>"$scratch/first" || echo "$?"
    "$0" --kafka-port 65535 --brokers 2 -- true 2>"$scratch/beyond" || echo "$?"'
for _ in $(seq 20); do
    port=$((10002 + RANDOM % 4500 * 2))
    out=$("$dev" --kafka-port "$port" --brokers 2 -- bash -c "$wants" "$dev" "$port" 2>"$scratch/holder")
    cat "$scratch/holder" >>"$scratch/err"
    grep -q 'in use' "$scratch/holder" || grep -qs 'broker 1 of 2' "$scratch/second" || break
done
check 'ports of its own, and taken ones' is "$(tr '\n' ' ' <<<"$out")" "127.0.0.1:$port,127.0.0.1:$((port + 1)) 1 1 1 "
check 'the second port is named' grep -q "cannot listen on port $port .*in use.*broker 2 of 2" "$scratch/second"
check 'the first port is named' grep -q "cannot listen on port $port .*in use.*broker 1 of 1" "$scratch/first"
check 'ports beyond the last' grep -q 'go beyond port 65535' "$scratch/beyond"
run --topics 'a:x' -- true
check 'bad topics' is $? 1

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] || { sed 's/^/  stderr: /' "$scratch/err" | tail -40; exit 1; }
