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

    # -- the confidential container demo's three manifests, filled in --------------------------------------------------
    fill() { "$top_srcdir/examples/attested/kubernetes/fill.sh" "$@"; }
    attested() { "$python" "$top_srcdir/tests/deploy/attested.py" "$@"; } # WHAT FILE SCHEMA-OUT
    export IMAGE=registry.example/vaultcrypt:1 SIDECAR_IMAGE=registry.example/skr:2 SkrClientKID=orders-1 MAA_ENDPOINT=maa.example AZURE_AKV_RESOURCE_ENDPOINT=akv.example
    PUBKEY=$(openssl genrsa 3072 2>/dev/null | openssl rsa -pubout 2>/dev/null)
    export PUBKEY
    for class in kata-qemu-snp virtual-node none; do
        # shellcheck disable=SC2034
        kind=$class
        # shellcheck disable=SC2034
        [ "$class" != kata-qemu-snp ] || kind=class
        for file in consumer.yaml web-service.yaml; do
            check "attested: $file for $class" eval 'RUNTIME_CLASS=$class fill "$file" >filled.yaml && attested "$kind" filled.yaml demo.yaml'
        done
    done
    check 'attested: its schema is one' ends 0 lint demo.yaml
    check 'attested: the producer' eval 'fill producer.yaml >filled.yaml && attested producer filled.yaml demo.yaml'
    check 'attested: a sidecar that is missing would be found' eval 'RUNTIME_CLASS=none fill consumer.yaml >filled.yaml && fails attested class filled.yaml demo.yaml'
    check 'attested: a key that is cut would be found' eval 'PUBKEY=${PUBKEY%%=*} fill producer.yaml >filled.yaml; fails attested producer filled.yaml demo.yaml'
    check 'attested: a private key is refused' eval 'PUBKEY=$(openssl genrsa 2048 2>/dev/null) fails fill producer.yaml'
    # shellcheck disable=SC2034
    private_jwk='{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}'
    check 'attested: a private JWK too' eval 'PUBKEY=$private_jwk run fill producer.yaml; equal "$status" 2 && holds "$(<err)" "private key"'
    check 'attested: nor what is no key' eval 'PUBKEY="-----BEGIN PUBLIC KEY-----\": {x" fails fill producer.yaml && PUBKEY=key fails fill producer.yaml'
    # shellcheck disable=SC2034
    odd="a & b/c: #'d' {e}, [f] *g %h \$IMAGE"
    check 'attested: other characters come through: a host' eval '(export WEB_HOST=$odd; RUNTIME_CLASS=none fill web-service.yaml >filled.yaml && attested none filled.yaml demo.yaml)'
    check 'attested: and a text' eval '(export MSG=$odd; fill producer.yaml >filled.yaml && attested producer filled.yaml demo.yaml)'
    for value in 'a"b' 'a\b' $'a\nb' $'a\tb' 'a$(HOME)b'; do
        check "attested: refused: $(printf %q "$value")" eval 'WEB_HOST=$value RUNTIME_CLASS=none fails fill web-service.yaml && MSG=$value fails fill producer.yaml'
    done
    check 'attested: a sidecar with rights would be found' eval 'RUNTIME_CLASS=kata-qemu-snp fill consumer.yaml | sed "0,/drop: .ALL./s//drop: []/" >filled.yaml; fails attested class filled.yaml demo.yaml'
    check 'attested: texts in the log would be found' eval 'RUNTIME_CLASS=none fill consumer.yaml | sed "s/^ *# SHOW=1.*/        - {name: SHOW, value: \"1\"}/" >filled.yaml; fails attested none filled.yaml demo.yaml'
    check 'attested: a value that would be YAML is refused' eval 'RUNTIME_CLASS=none SkrClientKID="x\"}, {" fails fill consumer.yaml'
    check 'attested: what is missing is named' eval 'run fill consumer.yaml; equal "$status" 2 && holds "$(<err)" "RUNTIME_CLASS is not set"'
    check 'attested: a retired class is warned of' eval 'RUNTIME_CLASS=kata-cc-isolation run fill consumer.yaml; equal "$status" 0 && holds "$(<err)" "AKS ended"'
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
