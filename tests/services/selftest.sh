#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2317
#
# Does `with` what its users count on? Runs the real OpenBao. Exit status as automake wants it: 0, 1, 77, 99.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 99
# shellcheck source-path=SCRIPTDIR source=selftest_lib.sh
. "$here/selftest_lib.sh"

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
signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests in the background has it ignored
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
