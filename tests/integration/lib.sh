# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# What the integration tests share. Sourced first: it finds the programs of the build tree, makes $scratch, goes there, and cleans
# up. A test is a list of `check TITLE CMD...` and ends with `finish`. Exit status: 0, 1, 77 skipped, 99 cannot be run.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd) || exit 99
top_srcdir=${top_srcdir:-$(cd "$here/../.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
vaultcrypt=$top_builddir/bin/vaultcrypt
export VAULTCRYPT_EXEC_PATH=$top_builddir/bin LC_ALL=C
[ -x "$vaultcrypt" ] || { echo "no $vaultcrypt: not built"; exit 99; }
# Nothing of the caller's own Vault may leak into a test; a service that `with` started is no one's own.
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}${VAULTCRYPT_SERVICE_OPENBAO_TLS_PID-}" ]; then
    for name in "${!VAULT_@}" "${!BAO_@}"; do unset "$name"; done
fi
unset SSLKEYLOGFILE http_proxy https_proxy HTTP_PROXY HTTPS_PROXY

scratch=$(mktemp -d) || exit 99
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} HOME=$scratch # no token file
cd "$scratch" || exit 99
background=() # processes to end

# shellcheck disable=SC2317
clean_up() {
    local pid
    for pid in ${background[@]+"${background[@]}"}; do
        kill -CONT "$pid" 2>/dev/null
        kill -TERM "$pid" 2>/dev/null
    done
    wait
    cd / && rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 143' TERM INT HUP

passed=0 failed=0
check() { # TITLE CMD...: CMD must succeed
    local title=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        printf 'ok - %s\n' "$title"
    else
        failed=$((failed + 1))
        printf 'not ok - %s\n' "$title"
        [ ! -s "$scratch/err" ] || { head -c 1000 "$scratch/err"; tail -c +1001 "$scratch/err" | tail -c 2000; } | sed 's/^/#   stderr: /'
    fi
}

finish() {
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
    exit
}

# -- what can be checked --------------------------------------------------------------------------------------------

equal() { [ "$1" = "$2" ] || { printf '#   got "%s", not "%s"\n' "${1:0:600}" "${2:0:600}"; return 1; }; }
differ() { [ "$1" != "$2" ] || { printf '#   both are "%s"\n' "${1:0:600}"; return 1; }; }
holds() { case $1 in *"$2"*) ;; *) printf '#   no "%s" in "%s"\n' "$2" "${1:0:600}"; return 1 ;; esac; }
lacks() { case $1 in *"$2"*) printf '#   "%s" in "%s"\n' "$2" "${1:0:600}"; return 1 ;; esac; }
same() { cmp "$1" "$2" >&2 || { printf '#   %s and %s differ\n' "$1" "$2"; return 1; }; } # files
both() { "$1" "$2" "$3" && "$1" "$2" "$4"; } # both holds TEXT A B

# run CMD...: standard output to the file out, standard error to err, the status to $status.
run() {
    "$@" >out 2>err
    status=$?
}
crypt() { run "$vaultcrypt" "$@"; }
# ends STATUS ARGS...: vaultcrypt ARGS ends with that status.
ends() {
    local wanted=$1
    shift
    crypt "$@"
    equal "$status" "$wanted"
}

# until_true CMD...: asks 20 times a second for up to 30 seconds, because processes take their time.
until_true() {
    local i
    for ((i = 0; i < 600; i++)); do
        ! "$@" || return 0
        sleep 0.05
    done
    printf '#   it never came to: %s\n' "$*"
    return 1
}
lines_of() { wc -l <"$1"; }
has_lines() { [ -e "$1" ] && [ "$(lines_of "$1")" -ge "$2" ]; } # FILE AT-LEAST
suspend() { kill -STOP "$1" && until_true grep -q '^State:[[:space:]]*T' "/proc/$1/status"; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# -- servers --------------------------------------------------------------------------------------------------------

have_dev() { [ -x "$top_builddir/bin/vaultcrypt-dev" ] || { echo "vaultcrypt dev was not built"; exit 77; }; }

# dev_start OPTIONS...: the embedded Vault in the background; sets VAULT_ADDR, VAULT_TOKEN and $dev (its process). What it prints
# goes to dev.log.
dev_start() {
    : >dev.env
    "$vaultcrypt" dev --no-kafka "$@" >dev.env 2>>dev.log &
    dev=$!
    background+=("$dev")
    until_true grep -q VAULT_TOKEN dev.env || exit 99
    # shellcheck disable=SC1091
    . ./dev.env
}

dev_stop() {
    kill -CONT "$dev" 2>/dev/null
    kill -TERM "$dev" 2>/dev/null
    wait "$dev" 2>/dev/null
}

# api METHOD PATH [BODY] [TOKEN]: the raw API, without our own code.
api() {
    curl -sS -X "$1" -H "X-Vault-Token: ${4-$VAULT_TOKEN}" ${3:+-d "$3"} "$VAULT_ADDR/v1/$2"
}

# token POLICIES...: a new token with these.
token_with() {
    local IFS=, all
    all="$*"
    api POST auth/token/create "{\"policies\":[\"${all//,/\",\"}\"],\"no_default_policy\":true}" | sed -E 's/.*"client_token": ?"([^"]+)".*/\1/'
}

# -- data -----------------------------------------------------------------------------------------------------------

# records FROM TO: purchases in NDJSON, all different.
records() {
    awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++)
        printf "{\"Name\":\"Buyer %d\",  \"Address\":\"%d High St\",\"credit_card\":\"%04d-%04d-%04d-%04d\",\"n\":%d.50}\n",
            i, i, i / 10000 % 10000, i % 10000, (i * 7) % 10000, (i * 13) % 10000, i }'
}

# A schema of one rule: schema_of FILE FIELDS [MORE-LINES-OF-THE-RULE]
schema_of() {
    printf 'version: 1\nrecords:\n  - name: test\n    topics: ["*"]\n    fields: %s\n%s' "$2" "${3:+    $3
}" >"$1"
}

# hang: a server that accepts, and never answers: $hung is its address, $hanging its process, hung.log a line for each who asked. Needs python3.
hang() {
    : >hung.log
    : >hung.port
    python3 "$top_srcdir/tests/integration/hang.py" hung.log >hung.port &
    hanging=$!
    background+=("$hanging")
    until_true [ -s hung.port ]
    hung=http://127.0.0.1:$(<hung.port)
}
