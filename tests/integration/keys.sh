#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The commands about keys and values, on the embedded Vault and on a real OpenBao: each, its table, its JSON, its field, its
# refusals and exit codes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ] && [ -z "${ON_DEV-}" ]; then
    ON_DEV=1 bash "$0"
    dev_status=$?
    [ "$dev_status" = 0 ] || [ "$dev_status" = 77 ] || exit "$dev_status"
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"
if [ -n "${ON_DEV-}" ]; then
    have_dev
    echo '# on the embedded Vault'
    dev_start --flavour openbao-2.7
else
    echo '# on OpenBao'
fi
says() { ends "$1" "${@:3}" && holds "$(cat out err)" "$2"; } # STATUS TEXT ARGS...
gives() { ends 0 "${@:2}" && equal "$(cat out)" "$1"; }       # TEXT ARGS...: all of standard output
nothing() { equal "$(cat out)" ''; }

# -- request ----------------------------------------------------------------------------------------------------------
check 'request: members' ends 0 request POST sys/mounts/transit type=transit
check 'nothing to tell' nothing
check 'request: JSON from standard input' ends 0 request POST sys/mounts/team/transit - <<<'{"type":"transit"}'
printf '{"type":"transit"}' >body.json
check 'request: JSON from a file' ends 0 request POST sys/mounts/other @body.json
check 'a field, whose name has a slash' gives transit request GET sys/mounts -f '.data["team/transit/"].type'
check 'a refusal' says 3 'HTTP 400' request POST sys/mounts/other @body.json
check 'with -o json: its words too' says 3 'already in use' request POST sys/mounts/other @body.json -o json
check 'nothing there' says 3 'HTTP 404' request GET sys/nothing
check 'METHOD and PATH' says 2 'METHOD and PATH are needed' request GET
check 'another method' says 2 'a request is GET' request FETCH sys/health
check 'no body' says 2 'members such as' request POST sys/health word
check 'a member that is JSON' ends 0 request POST auth/token/create 'policies:=["default"]' ttl=60s -f .auth.lease_duration
check 'it is a number' equal "$(cat out)" 60
check 'a field that is not there' says 3 'no field .data.nothing' request GET sys/health -f .data.nothing
check 'a path that is none' says 2 'is not a path' request GET sys/health -f '.a[b'
check 'both' says 2 'exclude each other' request GET sys/health -f .version -o json
check 'another format' says 2 'table or json' request GET sys/health -o yaml
VAULT_TOKEN=wrong check 'denied' ends 4 request GET sys/mounts
check 'Vault away' ends 5 request GET sys/health --address http://127.0.0.1:9 --deadline 300ms

# -- keys -------------------------------------------------------------------------------------------------------------
check 'create' says 0 'aes256-gcm96' key create app
check 'one that is there stays as it is' says 0 'aes256-gcm96' key create app --type=ed25519
check 'list' gives app key list
check 'list, as JSON' says 0 '"keys":["app"]' key list -o json
check 'of another mount' ends 3 key list team/transit
check 'create in another mount' ends 0 key create team/transit/app --type=chacha20-poly1305
check 'read it' gives chacha20-poly1305 key read team/transit/app -f .data.type
check 'a table' says 0 'latest_version          1' key read app
check 'JSON is one line' equal "$("$vaultcrypt" key read app -o json | wc -l)" 1
check 'rotate' gives 2 key rotate app -f .data.latest_version
check 'config' ends 0 key config app --min-decryption-version=2 --min-encryption-version=2 --deletion=allow --auto-rotate=90d
check 'a time that Vault would not take' says 2 'from 1h on' key config app --auto-rotate=5m
check 'config --auto-rotate' ends 0 key config app --auto-rotate=2h
check 'seconds' gives 7200 key read app -f .data.auto_rotate_period
check 'off' gives 0 key config app --auto-rotate=off -f .data.auto_rotate_period
check 'config of nothing' says 2 'what is to change' key config app
check 'a version that is none' says 2 'is not a version' key config app --min-decryption-version=two
check 'Vault says why' says 3 'latest key version is 2' key config app --min-decryption-version=9
check 'trim' gives 2 key trim app --min-version=2 -f .data.min_available_version
check 'trim needs a version' says 2 'min-version' key trim app
check 'delete' ends 0 key delete app
check 'silently' nothing
check 'it is gone' says 3 'HTTP 404' key read app
check 'one that may not be deleted' says 3 'not allow its deletion' key delete team/transit/app
check 'a type that is none' says 3 'unknown key type' key create odd --type=odd
check 'a name that is none' says 2 'is not KEY or MOUNT/KEY' key create ../sys/x
check 'no key' says 2 'which key' key rotate
check 'no command' says 2 'did you mean' key crate

# -- their material ---------------------------------------------------------------------------------------------------
check 'an ed25519 key' ends 0 key create signer --type=ed25519 --exportable --allow-plaintext-backup
check 'export' ends 0 key export signer --type=signing-key -f '.data.keys.1'
check '64 bytes' equal "$(base64 -d <out | wc -c)" 64
check 'one version' ends 0 key export signer --type=signing-key --version=latest -f .data.keys
check 'a type of material that is none' says 2 '--type is' key export signer --type=secret
check 'a key that is not exportable' says 3 'exportable' key export team/transit/app
"$vaultcrypt" key backup signer >backup
check 'backup is one text' equal "$(lines_of backup)" 1
check 'restore under another name' ends 0 key restore twin <backup
check 'restore there again' says 3 'there is a key of that name' key restore twin -i backup
check 'with --force' ends 0 key restore twin --force -i backup
check 'the same key' equal "$("$vaultcrypt" key export twin --type=signing-key -f .data.keys.1)" \
    "$("$vaultcrypt" key export signer --type=signing-key -f .data.keys.1)"
check 'into another mount' ends 0 key restore other/ <backup
check 'is there' gives signer key list other
check 'the wrapping key' says 0 'BEGIN PUBLIC KEY' key wrapping-key

# -- a key of one's own -----------------------------------------------------------------------------------------------
head -c 32 /dev/urandom >own
check 'import' ends 0 key import own own --exportable
check 'it is the very key' gives "$(base64 -w0 own)" key export own -f .data.keys.1
check 'its ciphertexts open' equal "$(printf hello | "$vaultcrypt" value encrypt own | "$vaultcrypt" value decrypt own)" hello
check 'a next version, in Base64' ends 0 key import own --next-version --base64 <<<"$(head -c 32 /dev/urandom | base64)"
check 'version 2' gives 2 key read own -f .data.latest_version
openssl genpkey -algorithm ed25519 -out own.pem
"$vaultcrypt" key wrapping-key >wrapping.pem
check 'a private key in PEM, wrapped for a key that was fetched' ends 0 key import mine own.pem --type=ed25519 --wrapping-key=wrapping.pem --hash=SHA512
check 'signs as the key does' equal "$("$vaultcrypt" sign mine own | cut -d: -f3)" \
    "$(openssl pkeyutl -sign -rawin -inkey own.pem -in own | base64 -w0)"
check 'one that is there' ends 3 key import own own
check 'what is no Base64' says 2 'not Base64' key import b64 own --base64
half=$(head -c 16 /dev/urandom | base64)
check 'two texts of Base64, one behind the other' says 2 'not Base64' key import b64 --base64 <<<"$half$half"
check 'a space before it' says 2 'not Base64' key import b64 --base64 <<<"    $(base64 -w0 own)"
check 'padding alone' says 2 'not Base64' key import b64 --base64 <<<'===='
check 'none of them is a key' ends 3 key read b64
check 'a hash that is none' ends 2 key import own3 own --hash=MD5
check 'options of a new key' says 2 'stays what it is' key import own own --next-version --type=ed25519

# -- a server that is none ---------------------------------------------------------------------------------------------
if [ -n "${PYTHON3-python3}" ]; then
    "${PYTHON3-python3}" - >odd.port 2>odd.log <<'E_O_F' &
import http.server
class Odd(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        verdict = self.path.rsplit("/", 1)[1]
        body = b'{"data":{"valid":%s},"warnings":["a\\u001b[2Jb"]}' % {"text": b'"false"', "number": b"1"}.get(verdict, b"true")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer(("127.0.0.1", 0), Odd)
print(server.server_port, flush=True)
server.serve_forever()
E_O_F
    background+=($!)
    for _ in $(seq 100); do [ -s odd.port ] || sleep 0.1; done
    odd=http://127.0.0.1:$(cat odd.port)
    check 'true alone is valid' ends 0 verify --address="$odd" --signature=vault:v1:x true own
    check 'a text is not' ends 1 verify --address="$odd" --signature=vault:v1:x text own
    check 'nor a number' ends 1 verify --address="$odd" --signature=vault:v1:x number own
    check 'a terminal gets no control characters of a warning' lacks "$(cat err)" $'\033'
    check 'but its words' holds "$(cat err)" 'Vault warns: a [2Jb'
fi

# -- what cannot be read ----------------------------------------------------------------------------------------------
check 'standard input for two things' says 2 'one thing only' value encrypt app --associated-data=- <own
check 'and for two members' says 2 'one thing only' request POST sys/wrapping/wrap a=- b=- <own
check 'more than a request holds' says 6 'too large' hmac app < <(head -c 60000000 /dev/zero)

# -- signatures, HMACs, digests ---------------------------------------------------------------------------------------
printf 'some data' >data
check 'sign' ends 0 sign signer data
check 'a signature' holds "$(cat out)" 'vault:v1:'
cp out signature
check 'verify' gives true verify signer -s @signature data
check 'the text itself' gives true verify twin "--signature=$(cat signature)" <data
check 'other data' says 1 false verify signer -s @signature <<<'other data'
check 'as JSON too' says 1 '"valid":false' verify signer -s @signature -o json <<<'other data'
check 'no signature' says 2 'is needed' verify signer data
check 'a key that does not sign' says 3 'HTTP 400' sign team/transit/app data
check 'hmac' ends 0 hmac team/transit/app data -a sha2-512
cp out hmac
check 'verify it' gives true verify team/transit/app --hmac=@hmac -a sha2-512 data
check 'hash' gives "$(sha256sum <data | cut -d' ' -f1)" hash data
check 'another' gives "$(openssl dgst -sha3-512 -r data | cut -d' ' -f1)" hash -a sha3-512 data
check 'in Base64' gives "$(openssl dgst -sha256 -binary data | base64)" hash --encoding=base64 <data
check 'a file that is not there' says 6 'nowhere: No such file' hash nowhere
check 'random' ends 0 random 24
check '24 bytes' equal "$(base64 -d <out | wc -c)" 24
check 'raw' ends 0 random 1k --encoding=raw
check '1 000 bytes' equal "$(wc -c <out)" 1000
check 'in hexadecimal' ends 0 random --encoding=hex
check '32 bytes' equal "$(tr -d '\n' <out | wc -c)" 64
check 'no number' says 2 'BYTES is a number' random many

# -- values -----------------------------------------------------------------------------------------------------------
check 'a key' ends 0 key create app
head -c 5000 /dev/urandom >bytes
check 'encrypt' ends 0 value encrypt app bytes
cp out ciphertext
check 'decrypt' ends 0 value decrypt app ciphertext
check 'the very bytes' same out bytes
check 'as JSON: Base64' gives "{\"data\":{\"plaintext\":\"$(base64 -w0 bytes)\"}}" value decrypt app ciphertext -o json
check 'rotate' ends 0 key rotate app
check 'rewrap' says 0 'vault:v2:' value rewrap app ciphertext
check 'decrypt' same bytes <("$vaultcrypt" value decrypt app out)
check 'to an older version' says 0 'vault:v1:' value rewrap app ciphertext --key-version=1
check 'associated data' ends 0 value encrypt app --associated-data=row-7 -f .data.ciphertext data
cp out bound
check 'opens with it' gives 'some data' value decrypt app --associated-data=row-7 bound
check 'and not with other' says 1 'cannot be authenticated' value decrypt app --associated-data=row-8 bound
check 'what is no ciphertext' says 1 'not a ciphertext' value decrypt app data
check 'nothing else left' nothing
check 'a derived key' ends 0 key create tenant --derived --convergent
printf tenant-42 >context
one=$("$vaultcrypt" value encrypt tenant --context=@context data)
check 'convergent' gives "$one" value encrypt tenant --context=tenant-42 data
check 'needs its context' says 3 context value encrypt tenant data
check 'datakey' ends 0 datakey app -o json
check 'opens' equal "$(grep -o '"ciphertext":"[^"]*"' out | cut -d'"' -f4 | "$vaultcrypt" value decrypt app | base64 -w0)" \
    "$(grep -o '"plaintext":"[^"]*"' out | cut -d'"' -f4)"
check 'its ciphertext alone' says 0 'vault:v2:' datakey --wrapped --bits=512 app
check 'no plaintext' equal "$("$vaultcrypt" datakey --wrapped -o json app | grep -c plaintext)" 0
check 'a size that is none' ends 3 datakey --bits=100 app
finish
