#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is in deploy/: Kubernetes' objects, Terraform, dashboard and alerts (their metrics: tests/integration/stream_program.sh), the unit of systemd.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
[ -x "$top_builddir/bin/vaultcrypt-stream" ] || { echo "vaultcrypt stream was not built"; exit 77; }
deploy=$top_srcdir/deploy
fails() { ! "$@" >/dev/null 2>&1; }

if python=$("$top_srcdir/tests/services/venv" deploy 2>venv.err); then
    objects() { "$python" "$top_srcdir/tests/deploy/check.py" "$1" stream.yaml purchases.yaml; }
    check 'all can be read, and is as its schemas say' objects "$deploy"
    sed -i 's/ca_file: .*//' stream.yaml
    check 'the configuration of the ConfigMap is one' ends 0 stream -c stream.yaml --check
    cp -r "$deploy" bad && sed -i 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/' bad/kubernetes/stream.yaml
    check 'a pod that may write would be found' fails objects bad
    cp "$deploy/kubernetes/stream.yaml" bad/kubernetes/ && sed -i 's/maxUnavailable: 1/maxUnavailabel: 1/' bad/kubernetes/stream.yaml
    check 'a slip in a name would be found' fails objects bad
    rm -rf bad && cp -r "$deploy" bad && echo '}' >>bad/terraform/vault/main.tf
    check 'Terraform that cannot be read would be found' fails objects bad
else
    sed 's/^/# /' venv.err
fi

unit='vaultcrypt-stream@.service'
if command -v systemd-analyze >/dev/null; then
    # verify wants program and manual page to be there
    sed "s|/usr/bin/vaultcrypt|$vaultcrypt|; /^Documentation=/d" "$deploy/systemd/$unit" >"$unit"
    verify() { systemd-analyze verify "./${1/@/@x}" >verify.out 2>&1; ! grep "$unit\|${unit/@/@x}" verify.out; }
    cp "$unit" "${unit/@/@x}"
    check 'systemd takes the unit' verify "$unit"
    sed -i 's/^WatchdogSec=30/WatchdogSec=often/' "${unit/@/@x}"
    check 'and would not take another' fails verify "$unit"
    exposed() { systemd-analyze security --offline=true --threshold=20 "./$1" >security.out 2>&1; }
    cp "$unit" "${unit/@/@x}"
    if systemd-analyze security --help 2>&1 | grep -q -- --offline; then
        check 'it is little exposed: at most 2.0 of 10' exposed "${unit/@/@x}"
    fi
else
    echo '# no systemd-analyze'
fi
finish
