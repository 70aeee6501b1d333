#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Key pairs of a schema: a producer with only a public key, in any form, without Vault and without a private key in its memory; a consumer whose
# key is released by attestation, refused, and released again while it runs; keys in Vault that rotate; sets of keys on the web.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
command -v curl >/dev/null && command -v openssl >/dev/null || { echo "curl and openssl are needed"; exit 77; }
dev_start --skr
skr=$VAULTCRYPT_SKR_ADDR maa=$VAULTCRYPT_MAA_ENDPOINT akv=$VAULTCRYPT_AKV_ENDPOINT
vault=$VAULT_ADDR token=$VAULT_TOKEN
world() { curl -sf -X "$1" ${3+-d "$3"} "$skr/dev/$2" >/dev/null; }
check 'a key in the key store' ends 0 setup-key orders-1 "$akv"

# schema FILE PUBLIC PRIVATE [REFRESH]
schema() {
    cat >"$1" <<END
version: 1
keys:
  - name: orders
    public: $2
    private: $3
key_release: {url: "$skr", maa_endpoint: $maa, akv_endpoint: "$akv", refresh: ${4-1s}}
records:
  - name: carts
    on_error: dead_letter
    fields:
      - path: \$.card
        hybrid: {key: orders}
        on_error: dead_letter
END
}
line='{"id":7,"card":"1111-2222-3333-4444"}'

# -- who protects -----------------------------------------------------------------------------------------------------
# Vault is where nobody listens, and HOME has a token: neither is touched.
unset VAULT_ADDR VAULT_TOKEN VAULT_NAMESPACE
printf 'hvs.CANARYcanaryCANARYcanary' >"$HOME/.vault-token"
schema orders.yaml '{file: orders-1-pub.pem}' '{release: {kid: orders-1}}'
check 'encrypts with the public key alone' eval 'ends 0 encrypt -s orders.yaml <<<"$line" && lacks "$(<out)" 1111 && lacks "$(<err)" refused'
cp out sealed
curl -s "$skr/dev/claims" >claims.json
check 'nothing was asked of the sidecar for it' lacks "$(<dev.log)" 'orders-1 released'
check 'status tells it' eval 'ends 0 status -s orders.yaml --direction protect && holds "$(<out)" "public orders (file orders-1-pub.pem): here: RSA, 3072 bits, id "'

pem=$(<orders-1-pub.pem)
forms() { # TITLE TEXT: the same key in another form
    printf '%s' "$2" >form.pem
    schema form.yaml '{file: form.pem}' '{release: {kid: orders-1}}'
    check "public key: $1" eval 'ends 0 encrypt -s form.yaml <<<"$line" && cp out form.out && ends 0 decrypt -s orders.yaml <form.out && equal "$(<out)" "$line"'
}
forms 'without its last line end' "$pem"
forms 'CRLF' "${pem//$'\n'/$'\r\n'}"
forms 'indented, with text around' "  the key of orders
    ${pem//$'\n'/$'\n'    }
  that was it"
forms 'PKCS#1' "$(openssl rsa -pubin -in orders-1-pub.pem -RSAPublicKey_out 2>/dev/null)"
schema env.yaml '{env: PUBKEY}' '{release: {kid: orders-1}}'
check 'public key: of a variable, lines written out' eval 'PUBKEY=${pem//$'"'\\n'"'/\\n} ends 0 encrypt -s env.yaml <<<"$line" && cp out form.out && ends 0 decrypt -s orders.yaml <form.out && equal "$(<out)" "$line"'
check 'no variable' eval 'ends 1 encrypt -s env.yaml <<<"$line" && holds "$(<err)" "the variable PUBKEY is not set"'
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out own.pem 2>/dev/null
schema wrong.yaml '{file: own.pem}' '{release: {kid: orders-1}}'
check 'a private key in its place is refused' eval 'ends 1 encrypt -s wrong.yaml <<<"$line" && holds "$(<err)" "this is a private key"'

# -- what is in the memory of who protects ------------------------------------------------------------------------------
schema own.yaml '{file: own-pub.pem}' '{file: own.pem}'
openssl pkey -in own.pem -pubout -out own-pub.pem
mkfifo pipe
"$vaultcrypt" encrypt -s own.yaml <pipe >out 2>err &
producer=$!
background+=("$producer")
exec 7>pipe
echo "$line" >&7
check 'a producer runs' until_true has_lines out 1
cat >memory.py <<'END'
# What of FILES' needles is in the memory of PID: a PEM's private numbers in both orders of bytes, and texts.
import re, sys
from cryptography.hazmat.primitives.serialization import load_pem_private_key
key = load_pem_private_key(open(sys.argv[2], "rb").read(), None).private_numbers()
needles = {"token": b"CANARYcanary", "public": key.public_numbers.n.to_bytes(256, "little")[:64]}
for name in ("p", "q", "d"):
    number = getattr(key, name)
    size = (number.bit_length() + 7) // 8
    needles[name] = number.to_bytes(size, "big")[:48]
    needles[name + " reversed"] = number.to_bytes(size, "little")[:48]
found = set()
for line in open(f"/proc/{sys.argv[1]}/maps"):
    at, rights = line.split()[:2]
    if "r" not in rights or "[v" in line:
        continue
    begin, end = (int(x, 16) for x in at.split("-"))
    if end - begin > 1 << 30:
        continue  # a sanitizer's shadow, of terabytes
    try:
        with open(f"/proc/{sys.argv[1]}/mem", "rb") as memory:
            memory.seek(begin)
            block = memory.read(end - begin)
    except (OSError, ValueError):
        continue
    found |= {name for name, needle in needles.items() if needle in block}
print(" ".join(sorted(found)) or "nothing")
END
if python3 -c 'import cryptography' 2>/dev/null; then
    check 'its memory has the public key, and no private key or token' equal "$(python3 memory.py "$producer" own.pem)" public
    "$vaultcrypt" decrypt -s own.yaml <sealed >/dev/null 2>&1 # it fails: another key
    mkfifo pipe2
    "$vaultcrypt" decrypt -s own.yaml <pipe2 >out2 2>err2 &
    consumer=$!
    background+=("$consumer")
    exec 8>pipe2
    head -1 out >&8
    check 'a consumer with the private key runs' until_true has_lines out2 1
    # Which of its numbers lie where one can look differs: with a sanitizer's allocator one of them at times does not.
    check 'and in its memory it is found: the look is worth something' eval 'python3 memory.py "$consumer" own.pem | tee found | grep -qE "(^| )[dpq] reversed( |$)" || { cat found; false; }'
    exec 8>&-
    wait "$consumer"
fi
exec 7>&-
wait "$producer"

# -- who opens --------------------------------------------------------------------------------------------------------
check 'released and opened' eval 'ends 0 decrypt -s orders.yaml <sealed && equal "$(<out)" "$line"'
check 'status tells it' eval 'ends 0 status -s orders.yaml --direction open && holds "$(<out)" "private orders (release orders-1): here: RSA, 3072 bits"'
world DELETE claims
check 'without attestation it is refused, and says why' eval 'ends 1 decrypt -s orders.yaml <sealed && holds "$(<err)" "nothing attests this environment" && lacks "$(<out)" 1111'
check 'status says so' eval 'ends 4 status -s orders.yaml --direction open && holds "$(<out)" "refused: the release of key orders-1 was refused"'
check 'doctor too' eval 'ends 4 doctor -s orders.yaml && holds "$(<out)" "private key orders (release orders-1): refused"'
world PUT claims "$(<claims.json)"
world PATCH claims '{"x-ms-sevsnpvm-is-debuggable":"true"}'
check 'a claim that the policy does not take' eval 'ends 1 decrypt -s orders.yaml <sealed && holds "$(<err)" "does not meet the key'"'"'s release policy"'
world PUT claims "$(<claims.json)"
world PUT identity '{"role":false}'
check 'a role is missing' eval 'ends 1 decrypt -s orders.yaml <sealed && holds "$(<err)" "a role is missing: the identity needs Key Vault Crypto"'
world PUT identity '{"role":true,"managed":false}'
check 'no identity' eval 'ends 1 decrypt -s orders.yaml <sealed && holds "$(<err)" "no managed identity here"'
world PUT identity '{"access_token":"right-canary"}'
sed 's/refresh: 1s/refresh: 1s, access_token_file: token/' orders.yaml >token.yaml
printf 'wrong-canary\n' >token
check 'a wrong access token' eval 'ends 1 decrypt -s token.yaml <sealed && holds "$(<err)" "does not take the access token" && lacks "$(<err)" canary'
printf 'right-canary\n' >token
check 'the right one' eval 'ends 0 decrypt -s token.yaml <sealed && equal "$(<out)" "$line"'
world PUT identity '{"managed":true}'
schema none.yaml '{file: orders-1-pub.pem}' '{release: {kid: orders-2}}'
check 'no such key' eval 'ends 1 decrypt -s none.yaml <sealed && holds "$(<err)" "the key store has no key of this name"'

# -- from C -----------------------------------------------------------------------------------------------------------
# shellcheck disable=SC2034 # in what is evaluated
example=$top_builddir/examples/api/keysource
check 'the example protects' eval 'run "$example" orders.yaml protect <<<"$line" && equal "$status" 0 && lacks "$(<out)" 1111 && cp out sealed3'
check 'also after a new source took the place of the old one' eval 'run "$example" orders.yaml open < <(echo again; echo reload; cat sealed3) && equal "$status" 0 && equal "$(<out)" "$line"'
check 'and opens' eval 'run "$example" orders.yaml open <sealed3 && equal "$status" 0 && equal "$(<out)" "$line"'
for name in $(grep -oE '\bvc_key[a-z_0-9]+\(' "$top_srcdir/include/vaultcrypt/keysource.h" | tr -d '(' | grep -v '^vc_keyring' | sort -u); do
    grep -q "\b$name(" "$top_srcdir/examples/api/keysource.c" || check "an example of $name()" false
done

# -- while it runs ----------------------------------------------------------------------------------------------------
rm -f pipe && mkfifo pipe
"$vaultcrypt" decrypt -s orders.yaml --dead-letter letters <pipe >live 2>live.err &
consumer=$!
background+=("$consumer")
exec 7>pipe
cat sealed >&7
check 'a consumer opens' until_true has_lines live 1
world DELETE claims
check 'attestation goes, and within its refresh the key' until_true grep -q 'refused: the release of key orders-1' live.err
cat sealed >&7
check 'then records are set aside, with the reason' until_true grep -q 'was refused: nothing attests' letters
check 'and not opened' equal "$(lines_of live)" 1
world PUT claims "$(<claims.json)"
check 'attestation comes back, and the key' until_true grep -q 'here: RSA' live.err
cat sealed >&7
check 'and it opens again, without a restart' until_true has_lines live 2
world PUT fault '{"fault":"not-ready"}'
check 'a sidecar that is not ready' until_true grep -q 'away: the sidecar .* is not ready' live.err
cat sealed >&7
check 'takes nothing away' until_true has_lines live 3
world DELETE fault
cp orders-1-pub.pem first-pub.pem
check 'another version of the key in the store' ends 0 setup-key --force orders-1 "$akv"
"$vaultcrypt" encrypt -s orders.yaml <<<"$line" >sealed2 2>>err.enc
id=$("$vaultcrypt" status -s orders.yaml --direction protect | sed -n 's/.*, id //p')
check 'the running consumer has it by itself' until_true grep -q "here: RSA, 3072 bits, id $id" live.err
cat sealed sealed2 >&7
check 'it opens, and so does the first' until_true has_lines live 5
exec 7>&-
wait "$consumer"
check 'it ends for what was set aside' equal "$?" 1
check 'no secret in what anybody said' eval 'cat live.err letters err.enc dev.log >all; lacks "$(<all)" "\"d\":" && lacks "$(<all)" canary && lacks "$(<all)" 1111'

# -- keys in Vault ----------------------------------------------------------------------------------------------------
export VAULT_ADDR=$vault VAULT_TOKEN=$token
schema vault.yaml '{vault: {key: orders}}' '{vault: {key: orders}}'
api POST sys/mounts/transit '{"type":"transit"}' >/dev/null
api POST transit/keys/orders '{"type":"rsa-3072"}' >/dev/null
check 'public key of Vault' eval 'ends 0 encrypt -s vault.yaml <<<"$line" && cp out v1'
check 'opened by Vault' eval 'ends 0 decrypt -s vault.yaml <v1 && equal "$(<out)" "$line"'
api POST transit/keys/orders/rotate >/dev/null
check 'rotated: the new version protects' eval 'ends 0 encrypt -s vault.yaml <<<"$line" && cp out v2 && differ "$(cut -c1-60 v1)" "$(cut -c1-60 v2)"'
check 'both open' eval 'cat v1 v2 >v && ends 0 decrypt -s vault.yaml <v && equal "$(lines_of out)" 2'
check 'status tells both' eval 'ends 0 status -s vault.yaml && holds "$(<out)" "private orders (vault transit/orders): in Vault: RSA, 3072 bits, 2 versions"'
unset VAULT_ADDR VAULT_TOKEN

# -- sets of keys -----------------------------------------------------------------------------------------------------
if command -v python3 >/dev/null; then
    python3 - own-pub.pem >keys.json <<'END'
import base64, json, subprocess, sys
text = subprocess.run(["openssl", "rsa", "-pubin", "-in", sys.argv[1], "-modulus", "-noout"], capture_output=True, text=True).stdout
n = bytes.fromhex(text.strip().split("=")[1])
print(json.dumps({"keys": [{"kty": "RSA", "kid": "own", "use": "enc", "e": "AQAB", "n": base64.urlsafe_b64encode(n).rstrip(b"=").decode()}]}))
END
    python3 -u -m http.server --bind 127.0.0.1 0 >web.log 2>&1 &
    background+=($!)
    check 'a web server' until_true grep -q 'port [0-9]' web.log
    port=$(sed -n 's/.*port \([0-9]*\).*/\1/p;q' web.log)
    schema jwks.yaml "{jwks: \"http://127.0.0.1:$port/keys.json\", kid: own}" '{file: own.pem}'
    check 'public key of a set' eval 'ends 0 encrypt -s jwks.yaml <<<"$line" && cp out j && ends 0 decrypt -s jwks.yaml <j && equal "$(<out)" "$line"'
    schema jwks2.yaml "{jwks: \"http://127.0.0.1:$port/keys.json\", kid: other}" '{file: own.pem}'
    check 'not that kid' eval 'ends 1 encrypt -s jwks2.yaml <<<"$line" && holds "$(<err)" "none of that kid or thumbprint"'
fi
finish
