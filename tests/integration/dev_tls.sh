#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# vaultcrypt-dev over TLS: its authority, versions, client certificates, and the log-in with one.
set -u
dev=$top_builddir/bin/vaultcrypt-dev
[ -x "$dev" ] && command -v curl >/dev/null && command -v openssl >/dev/null || exit 77
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
is() { [ "$1" = "$2" ] || { echo "  '$1' is not '$2'"; return 1; }; }
has() { case $1 in *"$2"*) ;; *) echo "  '$1' has no '$2'"; return 1 ;; esac; }
# In the command: ask METHOD PATH BODY [CURL OPTIONS]: prints the reply; status the same with the status alone
cat >"$scratch/ask" <<'END_OF'
ask() {
    local method=$1 path=$2 body=$3
    shift 3
    curl -s --max-time 10 -H "X-Vault-Token: $VAULT_TOKEN" -X "$method" ${body:+-d "$body"} --cacert "$VAULT_CACERT" "$@" "$VAULT_ADDR/v1/$path"
}
status() { ask "$@" -o /dev/null -w '%{http_code} '; }
pem() { awk '{ printf "%s\\n", $0 }' "$1"; }
folder=${VAULT_CACERT%/*}
client="--cert $folder/client.pem --key $folder/client.key"
END_OF
export scratch
inside() { # SCRIPT [OPTIONS]
    local script=$1
    shift
    "$dev" --no-kafka "$@" -- bash -c '. "$scratch/ask"; '"$script" 2>>"$scratch/err"
}

check 'variables' is "$(inside 'echo "${VAULT_ADDR%:*} ${VAULT_CACERT##*/} ${VAULT_CLIENT_CERT-none}"' --tls)" 'https://127.0.0.1 ca.pem none'
check 'answers to who trusts its authority' is "$(inside 'status GET sys/health ""' --tls)" '200 '
check 'by name too' is "$(inside 'VAULT_ADDR=https://localhost:${VAULT_ADDR##*:} && status GET sys/health "" --connect-to localhost::127.0.0.1:' --tls)" '200 '
check 'to nobody else' is "$(inside 'curl -s -o /dev/null $VAULT_ADDR/v1/sys/health; echo $?' --tls)" 60
check 'not by another name' is \
    "$(inside 'VAULT_ADDR=https://other:${VAULT_ADDR##*:}; ask GET sys/health "" --connect-to other::127.0.0.1: -o /dev/null; echo $?' --tls)" 60
check 'no TLS 1.1' is "$(inside 'ask GET sys/health "" --tls-max 1.1 -o /dev/null; echo $?' --tls)" 35
check 'TLS 1.2' is "$(inside 'status GET sys/health "" --tls-max 1.2' --tls)" '200 '
check 'its folder goes with it' is "$(d=$(inside 'echo $folder' --tls); ls -d "$d" 2>/dev/null)" ''
check 'a folder of ours stays' is "$(inside 'status GET sys/health ""' --tls-dir "$scratch/tls"; ls "$scratch/tls" | tr '\n' ' ')" \
    '200 ca.pem client.key client.pem server.key server.pem '
check 'keys are ours alone' is "$(stat -c %a "$scratch/tls/server.key")" 600
check 'the authority of one is not that of another' is \
    "$(inside 'VAULT_CACERT=$scratch/tls/ca.pem; ask GET sys/health "" -o /dev/null; echo $?' --tls)" 60
check 'a folder that cannot be' is "$("$dev" --no-kafka --tls-dir /dev/null/x -- true 2>/dev/null; echo $?)" 1

# -- a client certificate that is demanded --
check 'variables of the client' is "$(inside 'echo "${VAULT_CLIENT_CERT##*/} ${VAULT_CLIENT_KEY##*/}"' --tls-client)" 'client.pem client.key'
check 'with it' is "$(inside 'status GET sys/health "" $client' --tls-client)" '200 '
check 'without' has "$(inside 'status GET sys/health ""; echo " $?"' --tls-client)" '000 '
cat >"$scratch/stranger" <<'END_OF'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/o.key" -out "$scratch/o.pem" -subj /CN=other -days 2 2>/dev/null
stranger="--cert $scratch/o.pem --key $scratch/o.key"
END_OF
check 'with one of a stranger' has "$(inside '. $scratch/stranger; status GET sys/health "" $stranger; echo " $?"' --tls-client)" '000 '

# -- auth/cert --
login() { # PREPARATION BODY CURL-OPTIONS [FLAVOUR]
    inside '. $scratch/stranger; ask POST sys/auth/cert "{\"type\":\"cert\"}"
        ca=$(pem $folder/ca.pem) leaf=$(pem $folder/client.pem) other=$(pem $scratch/o.pem); '"$1"'
        ask POST auth/cert/login "'"$2"'" '"$3" --tls --flavour "${4:-openbao-2.7}"
}
ca='ask POST auth/cert/certs/ca "{\"certificate\":\"$ca\",\"token_policies\":\"app\",\"token_ttl\":\"5m\"}";'
check 'no certificate' is "$(login "$ca" '' '')" '{"errors":["no client certificate found"]}'
check 'nobody known' is "$(login '' '' '$client')" '{"errors":["invalid certificate or no client certificate supplied"]}'
reply=$(login "$ca" '' '$client')
check 'by the authority' has "$reply" '"policies":["app","default"]'
check 'who' has "$reply" '"cert_name":"ca","common_name":"client","serial_number":"'
check 'for how long' has "$reply" '"lease_duration":300'
check 'by name' has "$(login "$ca" '{\"name\":\"ca\"}' '$client')" '"cert_name":"ca"'
check 'by a name that is not there' has "$(login "$ca" '{\"name\":\"zz\"}' '$client')" 'invalid certificate or no client'
check 'a stranger' has "$(login "$ca" '' '$stranger')" 'invalid certificate or no client'
check 'a stranger who is known' has "$(login 'ask POST auth/cert/certs/o "{\"certificate\":\"$other\"}";' '' '$stranger')" '"common_name":"other"'
check 'the very certificate' has "$(login 'ask POST auth/cert/certs/leaf "{\"certificate\":\"$leaf\"}";' '' '$client')" '"cert_name":"leaf"'
named() { echo 'ask POST auth/cert/certs/n "{\"certificate\":\"$ca\",\"'"$1"'\":\"'"$2"'\"}";'; }
none='no chain matching all constraints could be found for this login certificate'
check 'another common name' has "$(login "$(named allowed_common_names nobody)" '' '$client')" "$none"
check 'its common name' has "$(login "$(named allowed_common_names 'x,cli*')" '' '$client')" '"cert_name":"n"'
check 'another name' has "$(login "$(named allowed_names '*.org')" '' '$client')" "$none"
check 'one of its names' has "$(login "$(named allowed_names '*.test')" '' '$client')" '"cert_name":"n"'
check 'another DNS name' has "$(login "$(named allowed_dns_sans client)" '' '$client')" "$none"
check 'its DNS name' has "$(login "$(named allowed_dns_sans client.test)" '' '$client')" '"cert_name":"n"'
check 'rubbish is no certificate' has "$(inside 'ask POST sys/auth/cert "{\"type\":\"cert\"}"; ask POST auth/cert/certs/x "{\"certificate\":\"zz\"}"' --tls)" \
    'failed to parse certificate'
renew='token=$(ask POST auth/cert/login "" $client | sed "s/.*client_token\":\"\([^\"]*\).*/\1/"); VAULT_TOKEN=$token;'
check 'renewed with it' has "$(login "$ca $renew"' ask POST auth/token/renew-self "" $client; echo;' '' '')" '"lease_duration":300'
check 'not without' has "$(login "$ca $renew"' ask POST auth/token/renew-self ""; echo;' '' '$client')" 'no client certificate found'
check 'nor with another' has "$(login "$ca $renew"' ask POST auth/token/renew-self "" $stranger; echo;' '' '')" 'not matching client identity'
check 'plain HTTP has no certificates' has \
    "$("$dev" --no-kafka --flavour openbao-2.7 -- bash -c 'VAULT_CACERT=/dev/null; . "$scratch/ask"; c() { curl -s -H "X-Vault-Token: root" "$@"; }
        c -d "{\"type\":\"cert\"}" $VAULT_ADDR/v1/sys/auth/cert; c -X POST $VAULT_ADDR/v1/auth/cert/login' 2>>"$scratch/err")" 'no client certificate found'

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] || { sed 's/^/  stderr: /' "$scratch/err" | tail -40; exit 1; }
