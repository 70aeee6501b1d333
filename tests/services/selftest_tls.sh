#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2317
#
# Is the service openbao-tls what its users count on: TLS, client certificates, a seal, data that outlive the server?
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 99
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_TLS-}" ]; then
    exec "$here/with" openbao-tls -- bash "${BASH_SOURCE[0]}"
fi
# shellcheck source-path=SCRIPTDIR source=selftest_lib.sh
. "$here/selftest_lib.sh"
folder=$VAULTCRYPT_SERVICE_OPENBAO_TLS
ctl=$VAULTCRYPT_SERVICE_OPENBAO_TLS_CTL

api() { # METHOD PATH BODY [OPTIONS OF curl...]
    local method=$1 path=$2 body=$3
    shift 3
    curl -sS --cacert "$VAULT_CACERT" -X "$method" -H "X-Vault-Token: $VAULT_TOKEN" ${body:+-d "$body"} "$@" "$VAULT_ADDR/v1/$path"
}
fails() { ! "$@" >/dev/null 2>&1; }

check 'it answers over TLS' holds "$(api GET sys/health '')" '"version":"2.7.2"'
check 'the token is root' holds "$(api GET auth/token/lookup-self '')" '"policies":["root"]'
check 'the certificate is good for the name too' holds "$(curl -sS --cacert "$VAULT_CACERT" "${VAULT_ADDR/127.0.0.1/localhost}/v1/sys/health")" '"sealed":false'
check 'another authority does not do' fails curl -sS --cacert "$folder/other.pem" "$VAULT_ADDR/v1/sys/health"
check 'nor does the system' fails curl -sS "$VAULT_ADDR/v1/sys/health"
check 'there is no plain HTTP' lacks "$(curl -s "${VAULT_ADDR/https/http}/v1/sys/health")" '"sealed"'

api POST sys/auth/cert '{"type":"cert"}' >/dev/null
certificate=$(awk '{ printf "%s\\n", $0 }' "$folder/ca.pem")
api POST auth/cert/certs/any "{\"certificate\":\"$certificate\",\"allowed_common_names\":[\"client\"],\"token_policies\":[\"default\"]}"
check 'a client certificate logs in' holds \
    "$(api POST auth/cert/login '{}' --cert "$folder/client.pem" --key "$folder/client.key")" '"token_policies":["default"]'
check 'without one there is no login' holds "$(api POST auth/cert/login '{}')" '"errors"'

api POST sys/mounts/transit '{"type":"transit"}'
api POST transit/keys/kept '{}' >/dev/null
check 'seal' "$ctl" seal
check 'it is sealed' equal "$("$ctl" status)" 503
check 'unseal' "$ctl" unseal
check 'it is unsealed' equal "$("$ctl" status)" 200
first=$(<"$folder/pid")
check 'restart' "$ctl" restart
check 'another process' differ "$first" "$(<"$folder/pid")"
check 'the first is gone' gone "$first"
check 'what was written is there' holds "$(api GET transit/keys/kept '')" '"name":"kept"'
check 'restart after kill -9' "$ctl" restart KILL
check 'what was written is there again' holds "$(api GET transit/keys/kept '')" '"name":"kept"'
check 'stop' "$ctl" stop
check 'it does not answer' equal "$("$ctl" status)" 000
check 'start' "$ctl" start
check 'it is sealed after a start' equal "$("$ctl" status)" 503
check 'the unseal key is what the environment says' holds \
    "$(api PUT sys/unseal "{\"key\":\"$VAULTCRYPT_SERVICE_OPENBAO_TLS_UNSEAL\"}")" '"sealed":false'

# Another one, to be killed with all that belongs to it.
"$here/with" openbao-tls -- sh -c 'cat "$VAULTCRYPT_SERVICE_OPENBAO_TLS/pid" >"$0.new" && echo "$VAULTCRYPT_SERVICE_OPENBAO_TLS" >>"$0.new" &&
    mv "$0.new" "$0"; exec sleep 300' "$scratch/second" &
background+=($!)
check 'a second runs beside it' appears "$scratch/second"
mapfile -t told <"$scratch/second"
kill -KILL "${background[0]}"
wait "${background[0]}" 2>/dev/null
background=()
check 'KILL takes the server along' gone "${told[0]}"
"$here/with" openbao-tls -- true
check 'what KILL left is swept away' test ! -e "${told[1]}"
exit "$failed"
