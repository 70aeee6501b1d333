#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The ways to a token and its life (tests/integration/auth.c), against a real OpenBao and against the development server for what it
# has. This script sets the auth methods up with curl alone, as an operator would.
set -u
auth=$top_builddir/tests/integration/auth
: "${AUTH_SECONDS:=30}"

if [ "${1-}" != inside ]; then
    ran=77
    if [ -x "$top_builddir/bin/vaultcrypt-dev" ]; then
        echo "# development server"
        AUTH_SECONDS=12 "$top_builddir/bin/vaultcrypt-dev" --no-kafka --log-level error -- bash "$0" inside dev || exit
        ran=0
    fi
    echo "# OpenBao"
    "$top_srcdir/tests/services/with" openbao -- bash "$0" inside openbao
    status=$?
    [ $status = 0 ] || [ $status = 77 ] || exit $status
    [ $status = 77 ] || ran=0
    echo "# OpenBao with TLS"
    "$top_srcdir/tests/services/with" openbao-tls -- bash "$0" inside openbao-tls
    status=$?
    [ $status = 77 ] || exit $status
    exit $ran
fi

server=$2
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 99
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
[ -z "${VAULT_CACERT-}" ] || export CURL_CA_BUNDLE=$VAULT_CACERT

die() { echo "$*"; exit 99; }
# api METHOD PATH [BODY] [HEADER]: as root; dies unless it succeeds.
api() {
    curl -sS --fail-with-body -X "$1" -H "X-Vault-Token: $VAULT_TOKEN" ${4:+-H "$4"} ${3:+-d "$3"} "$VAULT_ADDR/v1/$2" || die "$1 $2 failed"
}
# field NAME: the first string member of that name.
field() { sed -nE "s/.*\"$1\": ?\"([^\"]+)\".*/\1/p" | head -1; }
have() { curl -s -o /dev/null -w '%{http_code}' -X "$1" -H "X-Vault-Token: $VAULT_TOKEN" -d "$3" "$VAULT_ADDR/v1/$2" | grep -q '^2'; }

api POST sys/mounts/auth-transit '{"type":"transit"}' >/dev/null
api POST auth-transit/keys/k >/dev/null
api POST sys/policies/acl/app '{"policy":"path \"auth-transit/encrypt/k\" { capabilities = [\"create\", \"update\"] }"}' >/dev/null

export APPROLE_MOUNT=team/approle SECONDS_LONG=$AUTH_SECONDS
api POST "sys/auth/$APPROLE_MOUNT" '{"type":"approle"}' >/dev/null

# role NAME PREFIX SETTINGS: an AppRole, its ids in PREFIX_ROLE_ID and PREFIX_SECRET_ID
role() {
    api POST "auth/$APPROLE_MOUNT/role/$1" "{\"token_policies\":[\"app\"],$3}" >/dev/null
    local role_id secret_id
    role_id=$(api GET "auth/$APPROLE_MOUNT/role/$1/role-id" | field role_id)
    secret_id=$(api POST "auth/$APPROLE_MOUNT/role/$1/secret-id" | field secret_id)
    [ -n "$role_id" ] && [ -n "$secret_id" ] || die "no AppRole $1"
    export "$2_ROLE_ID=$role_id" "$2_SECRET_ID=$secret_id"
}
role app APP '"token_ttl":"1h"'
role other OTHER '"token_ttl":"1h"'
role short SHORT '"token_ttl":"3s","token_max_ttl":"9s"'
role uses USES '"token_ttl":"1h","token_num_uses":5'
role batch BATCH '"token_ttl":"2s","token_type":"batch"'
export SECRET_ID_FILE=$scratch/secret-id
echo "$APP_SECRET_ID" >"$SECRET_ID_FILE"
tests=(configured approle by-name uses batch revoked revoke-on-close callback token-file short-lives idle)

# wrapped PATH: a wrapping token for what is made there
wrapped() { api POST "$1" '{}' 'X-Vault-Wrap-TTL: 600' | field token; }
WRAPPED_1=$(wrapped "auth/$APPROLE_MOUNT/role/app/secret-id")
WRAPPED_2=$(wrapped "auth/$APPROLE_MOUNT/role/app/secret-id")
WRAPPED_OTHER=$(wrapped "auth/$APPROLE_MOUNT/role/other/secret-id")
WRAPPED_FOREIGN=$(wrapped auth-transit/datakey/plaintext/k)
export WRAPPED_1 WRAPPED_2 WRAPPED_OTHER WRAPPED_FOREIGN
if [ -n "$WRAPPED_1" ]; then tests+=(wrapping); else echo "# no wrapping on this server"; fi

new_token() { api POST auth/token/create "{\"policies\":[\"app\"],\"no_parent\":true,$1}" | field client_token; }
export TOKEN_FILE=$scratch/token
new_token '"ttl":"1h"' >"$TOKEN_FILE.1"
new_token '"ttl":"1h"' >"$TOKEN_FILE.2"

if have POST sys/auth/userpass '{"type":"userpass"}'; then
    api POST auth/userpass/users/ann '{"password":"correct horse","token_policies":["app"]}' >/dev/null
    tests+=(userpass)
else
    echo "# no userpass on this server"
fi

b64url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
# jwt KEY-FILE: a JWT of now, signed with that key
jwt() {
    local at text
    at=$(date +%s)
    text=$(printf '{"alg":"RS256","typ":"JWT"}' | b64url).$(printf '{"iss":"test","sub":"ann","aud":"vault","iat":%d,"nbf":%d,"exp":%d}' \
        "$at" $((at - 5)) $((at + 600)) | b64url)
    printf '%s.%s\n' "$text" "$(printf %s "$text" | openssl dgst -sha256 -sign "$1" -binary | b64url)"
}
if have POST sys/auth/jwt '{"type":"jwt"}'; then
    openssl genrsa -out jwt.key 2048 2>/dev/null && openssl genrsa -out other.key 2048 2>/dev/null || die "no keys"
    public=$(openssl rsa -in jwt.key -pubout 2>/dev/null | awk '{ printf "%s\\n", $0 }')
    api POST auth/jwt/config "{\"jwt_validation_pubkeys\":[\"$public\"],\"default_role\":\"app\"}" >/dev/null
    api POST auth/jwt/role/app '{"role_type":"jwt","user_claim":"sub","bound_audiences":["vault"],"token_policies":["app"]}' >/dev/null
    api POST auth/jwt/role/strict '{"role_type":"jwt","user_claim":"sub","bound_audiences":["bank"],"token_policies":["app"]}' >/dev/null
    export JWT_FILE=$scratch/jwt JWT_OTHER_FILE=$scratch/jwt.other
    jwt jwt.key >"$JWT_FILE" && jwt other.key >"$JWT_OTHER_FILE"
    tests+=(jwt)
else
    echo "# no jwt on this server"
fi

# The namespaces of OpenBao: log-in in team/, requests in team/app/.
if [ "$server" = openbao ]; then
    api POST sys/namespaces/team >/dev/null
    api POST sys/namespaces/app '' 'X-Vault-Namespace: team' >/dev/null
    api POST sys/mounts/transit '{"type":"transit"}' 'X-Vault-Namespace: team/app' >/dev/null
    api POST transit/keys/k '' 'X-Vault-Namespace: team/app' >/dev/null
    api POST sys/policies/acl/below '{"policy":"path \"app/transit/encrypt/k\" { capabilities = [\"create\", \"update\"] }"}' \
        'X-Vault-Namespace: team' >/dev/null
    api POST sys/auth/approle '{"type":"approle"}' 'X-Vault-Namespace: team' >/dev/null
    api POST auth/approle/role/app '{"token_policies":["below"]}' 'X-Vault-Namespace: team' >/dev/null
    NS_ROLE_ID=$(api GET auth/approle/role/app/role-id '' 'X-Vault-Namespace: team' | field role_id)
    NS_WRAPPED=$(curl -sS -X POST -H "X-Vault-Token: $VAULT_TOKEN" -H 'X-Vault-Namespace: team' -H 'X-Vault-Wrap-TTL: 600' \
        "$VAULT_ADDR/v1/auth/approle/role/app/secret-id" | field token)
    export NS_ROLE_ID NS_WRAPPED
    tests+=(namespaces)
fi

# By certificate; and a server that is sealed and restarted under tokens of 3 s, with calls going on.
if [ "$server" = openbao-tls ]; then
    export CLIENT_CERT_FILE=$VAULTCRYPT_SERVICE_OPENBAO_TLS/client.pem CLIENT_KEY_FILE=$VAULTCRYPT_SERVICE_OPENBAO_TLS/client.key
    api POST sys/auth/cert '{"type":"cert"}' >/dev/null
    certificate=$(awk '{ printf "%s\\n", $0 }' "$VAULTCRYPT_SERVICE_OPENBAO_TLS/ca.pem")
    api POST auth/cert/certs/app "{\"certificate\":\"$certificate\",\"allowed_common_names\":[\"client\"],\"token_policies\":[\"app\"]}" >/dev/null
    ctl=$VAULTCRYPT_SERVICE_OPENBAO_TLS_CTL
    (sleep 3 && "$ctl" seal && sleep 1 && "$ctl" unseal && sleep 4 && "$ctl" restart KILL && "$ctl" unseal) >&2 &
    "$auth" cert trouble
    status=$?
    wait
    exit $status
fi

# The example says the same in fewer words.
export ROLE_ID=$APP_ROLE_ID SECRET_ID=$APP_SECRET_ID MOUNT=$APPROLE_MOUNT
for method in approle callback; do
    text=$("$top_builddir/examples/api/auth" $method) || die "examples/api/auth $method failed"
    case $text in
    "$method: 1 log-ins, 0 renewals; the token lives for 3"*) ;;
    *) die "examples/api/auth $method says: $text" ;;
    esac
done

[ -z "${AUTH_TESTS-}" ] || read -ra tests <<<"$AUTH_TESTS"
PERIODIC_TOKEN=$(new_token '"period":"20s"') # the first test must come before its end
export PERIODIC_TOKEN
"$auth" "${tests[@]}"
