#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# soak.sh [SECONDS [THREADS]]: full rate on a real OpenBao with TLS, for 60 s by default, while
#   * tokens live 3 s and at most 9 s with renewals (AppRole),
#   * the key is rotated every 2 s,
#   * the server is sealed and unsealed twice, and once killed and started again.
# No value may fail or differ, and memory and descriptors must stay flat. `make soak` runs it for ten minutes.
# Exit status: 0, 1, 77 no server to be had, 99 cannot be run.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

seconds=${1:-60} threads=${2:-4}
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_TLS-}" ]; then
    free_mib=$(df -Pm "$scratch" | awk 'NR == 2 { print $4 }')
    [ "$free_mib" -ge 1024 ] || { echo "only $free_mib MiB of disk are free: 1024 are wanted"; exit 77; }
    script=$here/$(basename "$0")
    cd "$here" && rm -rf "$scratch" && exec "$top_srcdir/tests/services/with" openbao-tls -- "$BASH" "$script" "$@"
fi

ctl() { "$VAULTCRYPT_SERVICE_OPENBAO_TLS_CTL" "$@"; }
root() { curl -sS --fail-with-body --max-time 5 --cacert "$VAULT_CACERT" -X "$1" -H "X-Vault-Token: $root_token" ${3:+-d "$3"} "$VAULT_ADDR/v1/$2"; }
field() { sed -E "s/.*\"$1\": ?\"([^\"]+)\".*/\1/"; }

root_token=$VAULT_TOKEN
unset VAULT_TOKEN
{
    root POST sys/mounts/transit '{"type":"transit"}' &&
        root POST transit/keys/soak '{}' &&
        root POST sys/policies/acl/soak '{"policy":"path \"transit/+/soak\" { capabilities = [\"update\"] }"}' &&
        root POST sys/auth/approle '{"type":"approle"}' &&
        root POST auth/approle/role/soak '{"token_policies":"soak","token_ttl":"3s","token_max_ttl":"9s"}'
} >setup.log 2>&1 || { cat setup.log; exit 99; }
role_id=$(root GET auth/approle/role/soak/role-id | field role_id)
(umask 077 && root POST auth/approle/role/soak/secret-id '{}' | field secret_id >secret_id)

# shellcheck disable=SC2317
rotate() {
    while sleep 2; do
        ! root POST transit/keys/soak/rotate '{}' >/dev/null 2>&1 || echo rotated >>rotations
    done
}
# shellcheck disable=SC2317
trouble() {
    sleep $((seconds / 5))
    ctl seal && sleep 1 && ctl unseal && echo sealed >>troubles
    sleep $((seconds / 5))
    ctl restart KILL && echo killed >>troubles
    sleep $((seconds / 5))
    ctl seal && sleep 2 && ctl unseal && echo sealed >>troubles
}
: >rotations
: >troubles
rotate &
background+=("$!")
trouble 2>trouble.log &
background+=("$!")

run timeout $((seconds + 120)) "$top_builddir/tests/soak/soak" "$seconds" "$threads" auth=approle "role_id=$role_id" \
    "secret_id_file=$scratch/secret_id" deadline=60
cat out
printf 'rotations %s\ntroubles %s\n' "$(lines_of rotations)" "$(lines_of troubles)"
check 'no value failed' holds "$(<out)" $'\nfailures 0\n'
check 'no value differs' holds "$(<out)" $'\ndifferences 0\n'
if [ -z "${SANITIZED-}" ]; then
    check 'memory and descriptors are flat' equal "$status" 0
else # AddressSanitizer keeps what was freed: memory tells nothing then
    check 'it ends by itself, without a word of the sanitizers' lacks "$status $(<err)" Sanitizer
fi
check 'the server was sealed twice and killed once meanwhile' equal "$(sort troubles | uniq -c | tr -s ' \n' ' ')" ' 1 killed 2 sealed '
check 'the key was rotated all the time' [ "$(lines_of rotations)" -ge $((seconds / 4)) ]
[ "$failed" = 0 ] || cat trouble.log
finish
