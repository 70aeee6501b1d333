# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2317
#
# What the tests of the services share; sourced by selftest*.sh, which set $here. Exit status as automake wants it: 0, 1, 77, 99.

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
lacks() { case $1 in *"$2"*) printf '# "%s" in "%s"\n' "$2" "$1"; return 1 ;; esac; }
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
