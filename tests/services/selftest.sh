#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2317
#
# Does `with` what its users count on? Runs the real OpenBao. Exit status as automake wants it: 0, 1, 77, 99.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 99
with=$here/with
scratch=$(mktemp -d) || exit 99
background=()

cleanup() {
    local pid
    for pid in ${background[@]+"${background[@]}"}; do
        kill -TERM "$pid" 2>/dev/null
    done
    wait
    rm -rf "$scratch"
}
trap cleanup EXIT

failed=0
check() {
    local title=$1
    shift
    if "$@"; then
        printf 'ok - %s\n' "$title"
    else
        printf 'not ok - %s\n' "$title"
        failed=1
    fi
}

equal() { [ "$1" = "$2" ] || { printf '# got "%s", not "%s"\n' "$1" "$2"; return 1; }; }
differ() { [ "$1" != "$2" ] || { printf '# both are "%s"\n' "$1"; return 1; }; }
holds() { case $1 in *"$2"*) ;; *) printf '# no "%s" in "%s"\n' "$2" "$1"; return 1 ;; esac; }

# Both look again for up to 20 seconds, because a process takes its time to appear and to go.
appears() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ ! -s "$1" ] || return 0
        sleep 0.05
    done
    printf '# %s did not appear\n' "$1"
    return 1
}
gone() {
    local i
    for ((i = 0; i < 400; i++)); do
        kill -0 "$1" 2>/dev/null || return 0
        ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status" || return 0     # dead, and not yet waited for
        sleep 0.05
    done
    printf '# process %s is still there\n' "$1"
    return 1
}

# The command that tells how the service is and what it got: address, the server's process, its own process, log.
tell='printf "%s\n" "$VAULT_ADDR" "$VAULTCRYPT_SERVICE_OPENBAO_PID" "$$" "$VAULTCRYPT_SERVICE_OPENBAO_LOG" >"$0.new" &&
    mv "$0.new" "$0"'
load() {
    mapfile -t told <"$1"
    address=${told[0]} server=${told[1]} command=${told[2]} log=${told[3]}
}

# held NAME: `with` in the background with a command that stays; its facts are loaded.
held() {
    "$with" openbao -- sh -c "$tell; exec sleep 300" "$scratch/$1" &
    background+=($!)
    appears "$scratch/$1" && load "$scratch/$1"
}

"$with" openbao -- sh -c "$tell" "$scratch/first"
status=$?
case $status in 77 | 99) exit "$status" ;; esac
check 'the command ends well' equal "$status" 0
load "$scratch/first"
check 'the server is gone after it' gone "$server"
check 'the log is gone after it' test ! -e "$log"

check 'it is OpenBao 2.7.2' holds \
    "$("$with" openbao -- sh -c 'curl -sS "$VAULT_ADDR/v1/sys/health"')" '"version":"2.7.2"'
check 'the token is root' holds \
    "$("$with" openbao -- sh -c 'curl -sS -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/auth/token/lookup-self"')" \
    '"policies":["root"]'
check 'standard input reaches the command' equal "$(echo through | "$with" openbao -- cat)" through
check "the caller's own Vault is out of sight" equal \
    "$(VAULT_NAMESPACE=mine BAO_TOKEN=mine "$with" openbao -- sh -c 'echo "${VAULT_NAMESPACE-}${BAO_TOKEN-}"')" ''
"$with" openbao -- sh -c 'exit 23' 2>/dev/null
check 'the status passes through' equal "$?" 23
"$with" openbao -- "$scratch/no-such-command" 2>/dev/null
check 'a missing command is told' equal "$?" 127
"$with" no-such-service -- true 2>/dev/null
check 'a missing service is told' equal "$?" 2
"$with" openbao 2>/dev/null
check 'wrong usage is told' equal "$?" 2
XDG_CACHE_HOME=/dev/null/none VAULTCRYPT_REQUIRE_SERVICES=0 "$with" openbao -- true 2>/dev/null
check 'what cannot be had is skipped' equal "$?" 77
XDG_CACHE_HOME=/dev/null/none VAULTCRYPT_REQUIRE_SERVICES=1 "$with" openbao -- true 2>/dev/null
check 'or an error where it is required' equal "$?" 99

# Two at once, then the first ended by TERM while its server is suspended, and the second by KILL.
check 'one runs' held one
one_address=$address one_server=$server one_command=$command one_log=$log
check 'another runs beside it' held two
check 'they have their own ports' differ "$address" "$one_address"
kill -STOP "$one_server"
kill -TERM "${background[0]}"
wait "${background[0]}"
check 'TERM ends it with 128+15' equal "$?" 143
check 'TERM takes the server along' gone "$one_server"
check 'TERM takes the command along' gone "$one_command"
check 'TERM leaves no files' test ! -e "$one_log"
check 'the other still answers' holds "$(curl -sS "$address/v1/sys/health")" '"version":"2.7.2"'
kill -KILL "${background[1]}"
wait "${background[1]}" 2>/dev/null
check 'KILL takes the server along' gone "$server"
check 'KILL takes the command along' gone "$command"

# INT comes through to a command that answers it. Python starts `with`, because this shell would have it ignore INT.
answer=$(python3 - "$with" <<'END'
import signal, subprocess, sys
command = 'trap "echo answered; exit 3" INT; echo started; while :; do sleep 0.1; done'
process = subprocess.Popen([sys.argv[1], 'openbao', '--', 'sh', '-c', command], stdout=subprocess.PIPE, text=True)
process.stdout.readline()
process.send_signal(signal.SIGINT)
print(process.stdout.read().strip(), process.wait())
END
)
check 'INT reaches the command and ends all' equal "$answer" 'answered 130'

# A runner that vanishes: the shell that started `with` is killed.
sh -c '"$1" openbao -- sh -c "$2; exec sleep 300" "$3"; :' sh "$with" "$tell" "$scratch/three" &
background+=($!)
check 'a third runs under a shell' appears "$scratch/three"
check 'what KILL left is swept away' test ! -e "$log"
load "$scratch/three"
kill -KILL "${background[2]}"
wait "${background[2]}" 2>/dev/null
check 'the end of the runner takes the server along' gone "$server"
check 'the end of the runner takes the command along' gone "$command"
background=()
exit "$failed"
