# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What openbao-ctl and kafka-ctl share: a server that may be stopped and started again while a test runs. The process that `with` knows is
# ctl_serve, a loop around the server. The files in the service's folder: `pid`, of the server as it is now, and `stopped`, while it is not to run.
# Sourced, never run; names start with ctl_.

ctl_say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# ctl_until CMD...: asks for up to half a minute.
ctl_until() {
    local i
    for ((i = 0; i < 600; i++)); do
        ! "$@" || return 0
        sleep 0.05
    done
    ctl_say "it did not come to: $*"
    return 1
}

# ctl_serve FOLDER CMD...: runs the server there, and again when it was stopped and is to start. It ends with us.
ctl_serve() {
    local pid=
    # shellcheck disable=SC2064
    trap '[ -z "$pid" ] || kill -TERM "$pid"; wait; exit 0' TERM INT HUP
    cd "$1" || exit 1
    shift
    while :; do
        # shellcheck disable=SC2016
        setpriv --pdeathsig KILL -- sh -c '[ "$PPID" = "$0" ] && exec "$@"' "$$" "$@" &
        pid=$!
        printf '%s\n' "$pid" >pid.new && mv pid.new pid
        wait "$pid"
        pid=
        [ -e stopped ] || exit 1    # it ended by itself
        rm -f pid                   # stop waits for this: from now on it may be started again
        while [ -e stopped ]; do
            sleep 0.02
        done
    done
}

# ctl_stop FOLDER [SIGNAL]: ends the server, a suspended one too.
ctl_stop() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || { ctl_say 'it does not run'; return 1; }
    touch "$1/stopped" && kill -s "${2:-TERM}" "$pid" && kill -CONT "$pid" 2>/dev/null
    ctl_until test ! -e "$1/pid"
}
