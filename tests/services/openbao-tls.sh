# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# OpenBao as it is run in production: a configuration file, storage that survives a restart (raft, one node), TLS with
# a certificate of its own authority, one unseal key. `openbao-ctl` beside this file stops, starts, seals and unseals it.
# The process that `with` knows is a loop around the server, because openbao-ctl may end the server.

# shellcheck source-path=SCRIPTDIR source=openbao.sh
. "$here/openbao.sh"

openbao-tls_get() {
    command -v openssl >/dev/null && command -v curl >/dev/null ||
        { svc_say 'openssl and curl are needed; ./bootstrap deps installs them'; return 1; }
    openbao_get
}

openbao-tls_start() {
    svc_place openbao-tls 2 || return 1     # the second port is its cluster listener's
    local dir=${svc_dir[openbao-tls]} port=${svc_port[openbao-tls]}
    mkdir "$dir/raft" && svc_certificates "$dir" || return 1
    cat >"$dir/config.hcl" <<END
storage "raft" {
  path    = "$dir/raft"
  node_id = "one"
  performance_multiplier = 1
}
listener "tcp" {
  address         = "127.0.0.1:$port"
  cluster_address = "127.0.0.1:$((port + 1))"
  tls_cert_file   = "$dir/server.pem"
  tls_key_file    = "$dir/server.key"
}
api_addr     = "https://127.0.0.1:$port"
cluster_addr = "https://127.0.0.1:$((port + 1))"
log_level    = "warn"
END
    printf '%s\n' "https://127.0.0.1:$port" >"$dir/address"
    svc_spawn openbao-tls bash "$here/openbao-ctl" serve "$dir" "$svc_cache/$openbao_key/bao"
}

# The first time it answers it is initialised; it is ready when it is unsealed and has become the leader.
openbao-tls_ready() {
    "$here/openbao-ctl" unseal "${svc_dir[openbao-tls]}" 2>/dev/null
}

openbao-tls_env() {
    local dir=${svc_dir[openbao-tls]}
    svc_no_vault
    VAULT_ADDR=$(<"$dir/address") VAULT_TOKEN=$(<"$dir/token")
    export VAULT_ADDR VAULT_TOKEN VAULT_CACERT=$dir/ca.pem
    export VAULTCRYPT_SERVICE_OPENBAO_TLS_ADDR=$VAULT_ADDR VAULTCRYPT_SERVICE_OPENBAO_TLS_TOKEN=$VAULT_TOKEN
    export VAULTCRYPT_SERVICE_OPENBAO_TLS=$dir VAULTCRYPT_SERVICE_OPENBAO_TLS_LOG=${svc_log[openbao-tls]}
    export VAULTCRYPT_SERVICE_OPENBAO_TLS_CTL=$here/openbao-ctl
    VAULTCRYPT_SERVICE_OPENBAO_TLS_PID=$(<"$dir/pid") VAULTCRYPT_SERVICE_OPENBAO_TLS_UNSEAL=$(<"$dir/unseal")
    export VAULTCRYPT_SERVICE_OPENBAO_TLS_PID VAULTCRYPT_SERVICE_OPENBAO_TLS_UNSEAL
}

openbao-tls_stop() {
    svc_stop openbao-tls
}
