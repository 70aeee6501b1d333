#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# vaultcrypt-dev as one of several: initialised, sealed and opened with shares, a standby that redirects, X-Vault-Index, and the
# headers of quotas.
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
is() { [ "$1" = "$2" ] || { echo "  '$1' is not '$2'"; return 1; }; }
has() { case $1 in *"$2"*) ;; *) echo "  '$1' has no '$2'"; return 1 ;; esac; }
cat >"$scratch/ask" <<'END_OF'
ask() { # METHOD PATH BODY [CURL OPTIONS]
    local method=$1 path=$2 body=$3
    shift 3
    curl -s --max-time 10 -H "X-Vault-Token: $VAULT_TOKEN" -X "$method" ${body:+-d "$body"} "$@" "$VAULT_ADDR/v1/$path"
}
status() { ask "$@" -o /dev/null -w '%{http_code} '; }
header() { # NAME METHOD PATH BODY: its value
    local name=$1
    shift
    ask "$@" -o /dev/null -D - | tr -d '\r' | sed -n "s/^$name: //Ip"
}
field() { sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'; }
END_OF
export scratch dev
inside() { # SCRIPT [OPTIONS]
    local script=$1
    shift
    "$dev" --no-kafka "$@" -- bash -c '. "$scratch/ask"; '"$script" 2>>"$scratch/err"
}

# -- shares --
open='IFS=, read -ra keys <<<"$VAULTCRYPT_UNSEAL_KEYS"; unseal() { ask PUT sys/unseal "{\"key\":\"$1\"}"; }; '
check 'one key' is "$(inside 'echo ${#VAULTCRYPT_UNSEAL_KEY} ${VAULTCRYPT_UNSEAL_KEYS-none}')" '64 none'
check 'shares' is "$(inside "$open"'echo ${#keys[@]} ${#keys[0]}; [ "$VAULT""CRYPT" ]; [ "${keys[0]}" = "$VAULTCRYPT_UNSEAL_KEY" ] && echo first' --shares 5/3)" '5 66
first'
check 'sealed' is "$(inside 'ask PUT sys/seal ""; status GET sys/health ""; status GET sys/mounts ""')" '503 503 '
three='ask PUT sys/seal ""; for i in 4 0 2; do unseal "${keys[i]}" | field progress; done; '
check 'three of five open, in any order' is "$(inside "$open$three"'status GET sys/health ""' --shares 5/3)" '1
2
0
200 '
check 'the same one again does not count' is \
    "$(inside "$open"'ask PUT sys/seal ""; for i in 1 1 1; do unseal "${keys[1]}" | field progress; done; status GET sys/health ""' --shares 5/3)" '1
1
1
503 '
wrong='ask PUT sys/seal ""; unseal "${keys[0]}" >/dev/null; unseal "${keys[1]}" >/dev/null; unseal "${keys[2]:0:64}ff"; ask GET sys/seal-status "" | field progress'
check 'a wrong one spoils all' is "$(inside "$open$wrong" --shares 5/3)" '{"errors":["Unseal failed, invalid key"]}
0'
check 'reset' is "$(inside "$open"'ask PUT sys/seal ""; unseal "${keys[0]}" | field nonce | wc -c; ask PUT sys/unseal "{\"reset\":true}" | field progress' \
    --shares 3/2)" '37
0'
for bad in 1 2/3 3/1 17/2 0/0 3/2x; do
    inside true --shares "$bad"
    check "refused: --shares $bad" is $? 2
done

# -- initialisation --
check 'not initialised' is "$(inside 'status GET sys/health ""; status GET sys/mounts ""; ask GET sys/init ""' --uninitialised)" '501 503 {"initialized":false}'
check 'initialised, opened, used' is "$(inside 'ask PUT sys/init "{\"secret_shares\":3,\"secret_threshold\":2}" >$scratch/init; status GET sys/health ""
    keys=($(sed "s/.*\"keys\":\[\([^]]*\).*/\1/" $scratch/init | tr -d \" | tr , " ")); VAULT_TOKEN=$(field root_token <$scratch/init)
    for key in "${keys[1]}" "${keys[2]}"; do status PUT sys/unseal "{\"key\":\"$key\"}"; done; status GET sys/mounts ""; status PUT sys/init "{}"' --uninitialised)" \
    '503 200 200 200 400 '
check 'as bytes in base64 too' is "$(inside 'ask PUT sys/init "{\"secret_shares\":1,\"secret_threshold\":1}" >$scratch/init
    key=$(sed "s/.*\"keys_base64\":\[\"\([^\"]*\).*/\1/" $scratch/init); status PUT sys/unseal "{\"key\":\"$key\"}"; status GET sys/health ""' --uninitialised)" '200 200 '
check 'more needed than there are' has "$(inside 'ask PUT sys/init "{\"secret_shares\":2,\"secret_threshold\":3}"' --uninitialised)" 'invalid seal configuration'
check 'wiped' is "$(inside 'status POST sys/dev/wipe ""; status GET sys/health ""; status GET auth/token/lookup-self ""')" '204 501 503 '

# -- standby --
# SCRIPT: $active is one server, VAULT_ADDR its standby, both with the root token
pair() {
    local script=$1
    shift
    export script
    # shellcheck disable=SC2016
    "$dev" --no-kafka "$@" -- bash -c 'export active=$VAULT_ADDR; "$dev" --no-kafka --standby-of "$active" "$@" -- bash -c ". \"\$scratch/ask\"; $script"' - "$@" \
        2>>"$scratch/err"
}
check 'health of a standby' is "$(pair 'status GET sys/health ""; status GET sys/health?standbyok=true ""; status GET sys/health?standbycode=299 ""')" '429 200 299 '
check 'it says so' has "$(pair 'ask GET sys/health ""')" '"standby":true'
check 'who leads' is "$(pair '[ "$(ask GET sys/leader "" | field leader_address)" = "$active" ] && echo yes')" yes
check 'redirects' is "$(pair 'status POST transit/encrypt/k "{}"')" '307 '
check 'to the same place, query and all' is \
    "$(pair '[ "$(header Location GET "transit/keys/a%20b?list=true&x=1" "")" = "$active/v1/transit/keys/a%20b?list=true&x=1" ] && echo yes')" yes
check 'without a token too' is "$(pair 'VAULT_TOKEN=; status POST auth/approle/login "{}"')" '307 '
check 'who follows gets through' is \
    "$(pair 'ask POST sys/mounts/transit "{\"type\":\"transit\"}" --location --post301 -w "%{http_code} "; status GET sys/mounts/transit "" -L')" '204 200 '
check 'it takes over' is "$(pair 'VAULT_TOKEN=root status DELETE sys/dev/standby ""; status GET sys/health ""; status GET sys/mounts ""')" '204 200 200 '
check 'and stands back' is "$(inside 'status POST sys/dev/standby "{\"of\":\"http://127.0.0.1:1\"}"; header Location GET sys/mounts ""')" '204 http://127.0.0.1:1/v1/sys/mounts'
check 'sealed comes first' is "$(pair 'curl -s -L -o /dev/null -X PUT -H "X-Vault-Token: root" $VAULT_ADDR/v1/sys/seal; status GET sys/mounts "" -L')" '503 '

# -- X-Vault-Index --
check 'no index unless asked for' is "$(inside 'header X-Vault-Index GET sys/mounts ""')" ''
index='one=$(header X-Vault-Index POST sys/policies/acl/a "{\"policy\":\"path \\\"a\\\" {}\"}") two=$(header X-Vault-Index GET sys/mounts "") three=$(header X-Vault-Index POST sys/policies/acl/b "{\"policy\":\"path \\\"a\\\" {}\"}"); '
check 'writing moves it on' is "$(inside "$index"'[ "$one" = "$two" ] && [ "$two" != "$three" ] && echo yes' --index)" yes
check 'a state that is there' is "$(inside "$index"'status GET sys/mounts "" -H "X-Vault-Index: $three"; ask GET sys/dev/index "" | field seen' --index)" '200 2'
check 'one that is not' is "$(inside "$index"'later=$(echo $three | base64 -d | sed "s/:2:2/:9:9/" | base64 -w 0); ask GET sys/mounts "" -H "X-Vault-Index: $later" -w " %{http_code}" | tr -d "\n"' \
    --index)" '{"errors":["required index state not present"]} 412'
check 'rubbish' is "$(inside 'status GET sys/mounts "" -H "X-Vault-Index: %%"' --index)" '400 '

# -- quotas --
quota='ask POST sys/mounts/transit "{\"type\":\"transit\"}"; ask POST sys/quotas/rate-limit/q "{\"path\":\"transit\",\"rate\":2,\"interval\":\"50s\"}"; '
told='ask POST sys/quotas/config "{\"enable_rate_limit_response_headers\":true}"; '
check 'within it' is "$(inside "$quota$told"'for i in 1 2; do header X-Ratelimit-Remaining GET transit/keys/k ""; done')" '1
0'
check 'beyond it' is "$(inside "$quota$told"'for i in 1 2 3; do status GET transit/keys/k ""; done; header Retry-After GET transit/keys/k "" | grep -cE "^(49|50)$"')" '404 404 429 1'
check 'the limit is told' is "$(inside "$quota$told"'header X-Ratelimit-Limit GET transit/keys/k ""')" 2
check 'not unless asked for' is "$(inside "$quota"'for i in 1 2 3; do header X-Ratelimit-Limit GET transit/keys/k ""; header Retry-After GET transit/keys/k ""; done')" ''
check 'elsewhere it does not count' is "$(inside "$quota"'for i in 1 2 3; do status GET sys/mounts ""; done')" '200 200 200 '

# -- a token that is too long --
check '431 where the version has it' is "$(inside 'VAULT_TOKEN=$(head -c 9000 /dev/zero | tr "\0" a); status GET sys/mounts ""')" '431 '
check '403 before' is "$(inside 'VAULT_TOKEN=$(head -c 9000 /dev/zero | tr "\0" a); status GET sys/mounts ""' --flavour vault-1.14)" '403 '

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] || { sed 's/^/  stderr: /' "$scratch/err" | tail -40; exit 1; }
