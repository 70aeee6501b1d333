#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes a manifest of this folder with its variables and sections filled in, to standard output.
set -u

usage() {
    cat <<'END'
usage: fill.sh consumer.yaml|producer.yaml|web-service.yaml
  IMAGE                        the image with vaultcrypt (deploy/container/Containerfile)
  SIDECAR_IMAGE                that of the key release sidecar (consumer, web)
  SkrClientKID, MAA_ENDPOINT, AZURE_AKV_RESOURCE_ENDPOINT
                               name of the key, attestation service, key store: hosts (consumer, web)
  RUNTIME_CLASS                a runtime class that attests, such as kata-qemu-snp; virtual-node: confidential Container Instances by
                               way of virtual nodes; none: an ordinary pod without sidecar, to see Base64 (consumer, web)
  PUBKEY                       the public key in PEM (producer)
  MSG                          the text (producer; default: Azure Confidential Computing)
  WEB_HOST                     the name in the page's certificate (web; default: localhost)
  TOPIC                        default: kafka-demo-topic
  KAFKA_BOOTSTRAP              default: my-cluster-kafka-bootstrap:9092
END
}
wrong() { printf 'fill.sh: %s\n' "$1" >&2; exit 2; }

case ${1:-} in
-h | --help) usage; exit 0 ;;
consumer.yaml | web-service.yaml) needed='IMAGE SkrClientKID MAA_ENDPOINT AZURE_AKV_RESOURCE_ENDPOINT RUNTIME_CLASS' ;;
producer.yaml) needed='IMAGE PUBKEY' ;;
*) usage >&2; exit 2 ;;
esac
file=$(dirname "${BASH_SOURCE[0]}")/$1
export TOPIC=${TOPIC:-kafka-demo-topic} KAFKA_BOOTSTRAP=${KAFKA_BOOTSTRAP:-my-cluster-kafka-bootstrap:9092}
export MSG=${MSG:-Azure Confidential Computing} WEB_HOST=${WEB_HOST:-localhost} RUNTIME_CLASS=${RUNTIME_CLASS-}
[ "$RUNTIME_CLASS" = none ] || [ "$1" = producer.yaml ] || needed="$needed SIDECAR_IMAGE"
for name in $needed; do
    [ -n "${!name:-}" ] || wrong "$name is not set; --help tells what it is"
done
for name in IMAGE SIDECAR_IMAGE SkrClientKID MAA_ENDPOINT AZURE_AKV_RESOURCE_ENDPOINT RUNTIME_CLASS TOPIC KAFKA_BOOTSTRAP WEB_HOST MSG; do
    case ${!name:-} in *[\"\\]* | *[[:cntrl:]]*) wrong "$name has a quote, a backslash or a line break, which would end its place in the file" ;; esac
    # shellcheck disable=SC2016
    case ${!name:-} in *'$('*) wrong "$name has \$(, which Kubernetes replaces" ;; esac
done
case $RUNTIME_CLASS in *[!a-z0-9.-]*) wrong 'RUNTIME_CLASS is a name of Kubernetes: small letters, digits, - and .' ;; esac
case ${PUBKEY-} in
*'PRIVATE KEY'* | *'"d"'* | *'"k"'*) wrong 'PUBKEY is a private key: the producer must not have one' ;;
*[!A-Za-z0-9+/=\ $'\r\n'-]*) wrong 'PUBKEY is no public key in PEM' ;;
'-----BEGIN PUBLIC KEY-----'* | '-----BEGIN RSA PUBLIC KEY-----'* | '') ;;
*) wrong 'PUBKEY is no public key in PEM: it begins with -----BEGIN PUBLIC KEY-----' ;;
esac
[ "$RUNTIME_CLASS" != kata-cc-isolation ] || printf 'fill.sh: warning: AKS ended kata-cc-isolation in March 2026; README.md says what takes its place\n' >&2

# What the sidecar needs to know of its node: where the chip's certificates are.
SKR_ARGS=$(printf '{"certcache":{"endpoint_type":"LocalTHIM","endpoint":"169.254.169.254/metadata/THIM/amd/certification"}}' | base64 | tr -d '\n')
sections=
case $RUNTIME_CLASS in
none) ;;
virtual-node) sections=' sidecar virtual-node ' ;;
*) sections=' sidecar class ' ;;
esac
export SKR_ARGS sections PUBKEY=${PUBKEY-}
awk '
    function filled(line,    name, out) {
        out = ""
        while (match(line, /\$[A-Za-z_]+/)) {
            name = substr(line, RSTART + 1, RLENGTH - 1)
            out = out substr(line, 1, RSTART - 1) ENVIRON[name]
            line = substr(line, RSTART + RLENGTH)
        }
        return out line
    }
    /^#if / { off = !index(ENVIRON["sections"], " " $2 " "); next }
    /^#end/ { off = 0; next }
    off { next }
    /^ *\$PUBKEY$/ {    # each of its lines with the same indent
        indent = $0
        sub(/\$PUBKEY$/, "", indent)
        count = split(ENVIRON["PUBKEY"], lines, "\n")
        for (i = 1; i <= count; i++)
            if (lines[i] != "") print indent lines[i]
        next
    }
    { print filled($0) }
' "$file"
