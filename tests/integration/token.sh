#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Logging in, the token that comes of it, status, and what is wrapped: on the embedded Vault and on a real OpenBao.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ] && [ -z "${ON_DEV-}" ]; then
    ON_DEV=1 bash "$0"
    dev_status=$?
    [ "$dev_status" = 0 ] || [ "$dev_status" = 77 ] || exit "$dev_status"
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
if [ -n "${ON_DEV-}" ]; then
    have_dev
    echo '# on the embedded Vault'
    dev_start
else
    echo '# on OpenBao'
fi
says() { ends "$1" "${@:3}" && holds "$(cat out err)" "$2"; } # STATUS TEXT ARGS...
gives() { ends 0 "${@:2}" && equal "$(cat out)" "$1"; }       # TEXT ARGS...: all of standard output
nothing() { equal "$(cat out)" ''; }
root_token=$VAULT_TOKEN
as_root() { VAULT_TOKEN=$root_token "$@"; }
printf '%s\n' "$root_token" >root.token
file=$HOME/.vault-token

cat >schema.yaml <<'E_O_F'
version: 1
records:
  - name: people
    topics: ["*"]
    fields:
      - path: $.name
        transit: {key: people}
E_O_F

# -- status -------------------------------------------------------------------------------------------------------------
check 'status' says 0 'reachable      yes' status
check 'of the token' holds "$(cat out)" 'never ends'
check 'as JSON' says 0 '"sealed":false' status -o json
check 'a field' gives true status -f .token.valid
check 'what a schema needs' says 0 'may            update on transit/encrypt/people' status -s schema.yaml
check 'both ways' holds "$(cat out)" 'update on transit/decrypt/people'
check 'one way' ends 0 status -s schema.yaml --direction=protect
check 'that alone' lacks "$(cat out)" decrypt
check 'a way that is none' says 2 'protect or open' status --direction=up
check 'a schema that is none' says 3 'schema' status -s root.token
VAULT_TOKEN=wrong check 'a dead token' says 4 'not valid' status
check 'nobody there' says 5 'reachable      no' status --address http://127.0.0.1:9 --deadline 300ms
check 'as JSON too' says 5 '"reachable":false' status --address http://127.0.0.1:9 --deadline 300ms -o json

# -- users and roles ----------------------------------------------------------------------------------------------------
check 'userpass' ends 0 request POST sys/auth/userpass type=userpass
check 'userpass elsewhere' ends 0 request POST sys/auth/staff type=userpass
check 'approle' ends 0 request POST sys/auth/approle type=approle
printf 'open sesame' >password
check 'ann' ends 0 request POST auth/userpass/users/ann password=@password token_policies=default
check 'bob' ends 0 request POST auth/staff/users/bob password=- token_policies=default <password
check 'a role' ends 0 request POST auth/approle/role/app token_policies=default token_ttl=40m
"$vaultcrypt" request GET auth/approle/role/app/role-id -f .data.role_id >role_id
"$vaultcrypt" request POST auth/approle/role/app/secret-id -f .data.secret_id >secret_id
unset VAULT_TOKEN

# -- log in -------------------------------------------------------------------------------------------------------------
check 'without a token' ends 4 token status
check 'userpass' ends 0 login userpass -u ann --password-file password
check 'the token is not shown' lacks "$(cat out err)" "$(cat "$file")"
check 'but what it is' holds "$(cat out)" 'metadata.username'
check 'it is for its owner alone' equal "$(stat -c %a "$file")" 600
check 'without a line end' equal "$(wc -l <"$file")" 0
check 'it is in use' says 0 'userpass-ann' token status
check 'and not shown' lacks "$(cat out)" "$(cat "$file")"
check 'nor in JSON' eval 'ends 0 token status -o json && lacks "$(cat out)" "$(cat "$file")"'
first=$(cat "$file")
check 'another mount' ends 0 login userpass --mount=staff -u bob --password-file - <password
check 'another token' differ "$(cat "$file")" "$first"
check 'approle' ends 0 login approle --role-id=@role_id --secret-id-file=secret_id -f .auth.lease_duration
check 'its time to live' equal "$(cat out)" 2400
check 'the RoleID itself' ends 0 login approle "--role-id=$(cat role_id)" --secret-id-file=- <secret_id
check 'printed, not stored' ends 0 login approle --role-id=@role_id --secret-id-file=secret_id --print --no-store
check 'it is a token' equal "$(VAULT_TOKEN=$(cat out) "$vaultcrypt" token status -f .data.display_name)" approle
check 'not stored' differ "$(cat out)" "$(cat "$file")"
check 'stored elsewhere' ends 0 login --token-file root.token --store=kept
check 'there' equal "$(cat kept)" "$root_token"
VAULT_TOKEN=other check 'the variable comes first, and that is said' says 0 'VAULT_TOKEN is set' login --token-file root.token
check 'a wrong password' says 4 'do not belong together' login userpass -u ann --password-file role_id
check 'the old token stays' equal "$(cat "$file")" "$root_token"
check 'a wrong SecretID' ends 4 login approle --role-id=@role_id --secret-id-file=role_id
check 'a dead token' ends 4 login --token-file role_id
check 'no user' says 2 'needs --username' login userpass --password-file password
check 'no role' says 2 'needs --role' login kubernetes
check 'no method' says 2 "did you mean 'approle'" login aprole
check 'no file' says 6 'nowhere' login userpass -u ann --password-file nowhere
check 'a folder that is not there' says 6 'nowhere' login --token-file root.token --store=nowhere/token
without_terminal() { # a session of its own has none
    run timeout 20 setsid -w "$vaultcrypt" "$@" </dev/null
    equal "$status" 2 && holds "$(cat err)" 'no terminal'
}
check 'no terminal to ask at' without_terminal login userpass -u ann

# At a terminal: the prompt, no echo, and the same.
ask() { # TEXT ARGS...: what the terminal shows goes to `screen`
    timeout 20 python3 - "$@" <<'E_O_F' >screen
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(os.environ['VC'], [os.environ['VC']] + sys.argv[2:])
shown = b''
sent = False
while True:
    try:
        more = os.read(fd, 4096)
    except OSError:
        break
    if not more:
        break
    shown += more
    if not sent and b': ' in shown:
        os.write(fd, sys.argv[1].encode() + b'\n')
        sent = True
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
E_O_F
}
export VC=$vaultcrypt
check 'at a terminal' ask 'open sesame' login userpass -u ann
check 'it asks' holds "$(cat screen)" 'Password: '
check 'and shows nothing of it' lacks "$(cat screen)" sesame
check 'a token at a terminal' ask "$root_token" login --no-store
check 'nothing of it' eval '[ "$root_token" = root ] || lacks "$(cat screen)" "$root_token"'

# -- the token's life ---------------------------------------------------------------------------------------------------
check 'log in' ends 0 login approle --role-id=@role_id --secret-id-file=secret_id
check 'renew' gives 600 token renew --increment=10m -f .auth.lease_duration
check 'its new token is not shown' eval 'ends 0 token renew -o json && lacks "$(cat out)" "$(cat "$file")"'
check 'a time that is none' says 2 'is a time' token renew --increment=soon
check 'status' says 0 'ends in' status
check 'not for the schema' says 4 'may NOT        update on transit/encrypt/people' status -s schema.yaml
check 'one of a log-in of its own' ends 0 token revoke --auth=approle "--role-id=$(cat role_id)" --secret-id-file=secret_id
check 'leaves the file, which is of another' test -s "$file"
check 'revoke' ends 0 token revoke
check 'silently' nothing
check 'the file is gone' [ ! -e "$file" ]
check 'no token' says 4 'no token' token status
"$vaultcrypt" login approle --role-id=@role_id --secret-id-file=secret_id --print --no-store >other
check 'one that came from elsewhere' ends 0 token revoke --token-file other
check 'is dead' ends 4 token status --token-file other
cp root.token "$file"

# -- canaries: what goes wrong tells no secret, in no form ------------------------------------------------------------------
canary=CANARYpassw0rd+Kj55/Wq
printf %s "$canary" >canary
: >said
told() { run timeout 30 "$vaultcrypt" "$@" <canary; cat err out >>said; }
VAULT_TOKEN=$canary told status
VAULT_TOKEN=$canary told key list
told login --token-file canary
told login userpass -u ann --password-file canary
told login userpass -u ann --password-file - -o json
told login approle --role-id=@role_id --secret-id-file=canary
told login jwt --jwt-file=canary
told unwrap canary
told status --auth=userpass --auth-username=ann --auth-password-file=canary
told status --auth=approle "--role-id=$(cat role_id)" --secret-id-file=canary
told value decrypt nokey canary
told value encrypt nokey canary
told sign nokey canary
told verify nokey --hmac=@canary canary
told hash -a nothing canary
told key import app canary --type=nothing
told key restore other -i canary
told request POST auth/userpass/login/ann password=@canary
told request POST sys/policies/acl/bad policy=@canary
told request POST sys/nothing -
told wrap --ttl=1h -
check 'something was said' has_lines said 20
check 'no canary' lacks "$(cat said)" "$canary"
check 'nor in Base64' lacks "$(cat said)" "$(base64 <canary)"
printf '%s' "$canary" >>said
check 'one would be seen' eval '! lacks "$(cat said)" "$canary" >/dev/null'

# -- a log-in of the command's own -------------------------------------------------------------------------------------------
check 'with AppRole' gives approle token status "--role-id=$(cat role_id)" --auth=approle --secret-id-file=secret_id -f .data.display_name
check 'with a password' ends 0 status --auth=userpass --auth-username=ann --auth-password-file=password
check 'elsewhere' gives staff-bob token status --auth=userpass --auth-mount=staff --auth-username=bob --auth-password-file=password -f .data.display_name
check 'a method that is none' says 3 'expected token, approle' status --auth=nothing

# -- wrapped ------------------------------------------------------------------------------------------------------------
check 'wrap' ends 0 wrap --ttl=2m <<<'{"secret":"of the day"}'
cp out wrapped
check 'one text' equal "$(lines_of wrapped)" 1
check 'look' gives sys/wrapping/wrap unwrap --lookup -f .creation_path wrapped
check 'with all' says 0 '"creation_ttl":120' unwrap --lookup -o json <wrapped
check 'not what was expected' says 1 'not by auth/approle' unwrap --expect=auth/approle/role/app/secret-id wrapped
check 'open' gives 'of the day' unwrap --expect=sys/wrapping/wrap -f .data.secret wrapped
check 'a second time: the alarm' says 4 'ALARM: revoke what was in it' unwrap wrapped
check 'nothing comes out' nothing
check 'members' ends 0 wrap user=ann password=@password
cp out wrapped
check 'as a table' says 0 'open sesame' unwrap <wrapped
check 'what is no token' ends 4 unwrap role_id
check 'nothing at all' says 2 'no token' unwrap /dev/null
check 'no object' ends 3 wrap <<<'"text"'
finish
