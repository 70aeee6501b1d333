#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Secure key release: the emulator's bodies and statuses against those of the sidecar's source, keys in its store, policies, and the commands
# that make both. Keys are checked by openssl and Python, not by our own code.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
have_dev
command -v curl >/dev/null && command -v openssl >/dev/null || { echo "curl and openssl are needed"; exit 77; }
dev_start --skr
skr=$VAULTCRYPT_SKR_ADDR maa=$VAULTCRYPT_MAA_ENDPOINT akv=$VAULTCRYPT_AKV_ENDPOINT
check 'its variables' both holds "$skr $maa $akv $MAA_ENDPOINT $MANAGED_IDENTITY ${#WORKLOAD_MEASUREMENT}" "http://127.0.0.1:" "maa.dev.localhost 127.0.0.1:${skr##*:} maa.dev.localhost dev 64"

# ask METHOD PATH [BODY]: the body in $body, "status content-type" in $got
ask() {
    local all
    all=$(curl -s -X "$1" ${3+-d "$3"} -w '\n%{http_code} %{content_type}' "$skr$2")
    got=${all##*$'\n'} body=${all%$'\n'*}
}
answers() { # WANTED-STATUS METHOD PATH [BODY]
    local wanted=$1
    shift
    ask "$@"
    equal "${got%% *}" "$wanted"
}
release() { ask POST /key/release "{\"maa_endpoint\":\"${2-$maa}\",\"akv_endpoint\":\"${3-$akv}\",\"kid\":\"$1\"${4-}}"; }
gives() { release "$@"; equal "$got" "200 application/json; charset=utf-8" && holds "$body" '{"key":"{\"'; }
refuses() { # PART-OF-THE-CAUSE KID...
    local part=$1
    shift
    release "$@"
    equal "$got" "403 application/json; charset=utf-8" && holds "$body" '{"error":"secure key release failed\nERROR: Please refer' && holds "$body" "TROUBLESHOOTING.md: $part"
}
says() { equal "$body" "$1"; }
json() { printf '%s' "$body" | python3 -c "import json, sys; v = json.load(sys.stdin); print($1)"; }

# -- the sidecar ------------------------------------------------------------------------------------------------------
check 'status' eval 'answers 200 GET /status && says "{\"message\":\"Status OK\"}"'
ask PUT /dev/fault '{"fault":"not-ready"}'
check 'status is 200 also when it is not well: the text counts' eval 'answers 200 GET /status && says "{\"message\":\"Status NOT OK\"}"'
ask DELETE /dev/fault
check 'a path that is none' eval 'answers 404 GET /key/release && says "404 page not found" && equal "$got" "404 text/plain"'
for wrong in '' '{' '[]' '{}' "{\"maa_endpoint\":\"$maa\",\"akv_endpoint\":\"$akv\"}" "{\"maa_endpoint\":\"$maa\",\"akv_endpoint\":\"$akv\",\"kid\":\"\"}" \
    "{\"maa_endpoint\":\"$maa\",\"akv_endpoint\":\"$akv\",\"kid\":7}" "{\"maa_endpoint\":\"$maa\",\"akv_endpoint\":\"$akv\",\"kid\":\"x\",\"access_token\":7}"; do
    check "a bad request has an empty error: $wrong" eval 'answers 400 POST /key/release "$wrong" && says "{\"error\":{}}"'
done
check 'attest: a bad request says what is missing' eval 'answers 400 POST /attest/maa "{\"maa_endpoint\":\"$maa\"}" &&
    holds "$body" "invalid request format" && holds "$body" "'"Key: 'MAAAttestData.RuntimeData' Error:Field validation for 'RuntimeData' failed on the 'required' tag"'"'
check 'attest: not base64' eval 'answers 400 POST /attest/raw "{\"runtime_data\":\"e3!\"}" && holds "$body" "illegal base64 data at input byte 2"'

# -- keys -------------------------------------------------------------------------------------------------------------
check 'setup-key' eval '(umask 022 && ends 0 setup-key orders-1 "$akv")'
check 'its files' both holds "$(cat orders-1-info.json)" '"public_key_path": "orders-1-pub.pem"' "\"kms_endpoint\": \"$akv\""
check 'producers of other users can read them' equal "$(stat -c %a orders-1-release-policy.json orders-1-pub.pem orders-1-info.json | uniq)" 644
check 'its policy is fine, and not weak' ends 0 release-policy check --strict orders-1-release-policy.json
check 'a key of 3072 bits' holds "$(openssl pkey -pubin -in orders-1-pub.pem -noout -text)" '(3072 bit)'
cat >jwk.py <<'END'
# The released JWK as a private key in PEM, made of its numbers by another library; numbers are base64url without padding.
import base64, json, sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, rsa
jwk = json.loads(json.load(sys.stdin)["key"])
assert list(jwk) == sorted(jwk) and not any("=" in str(v) for v in jwk.values())
b = lambda name: base64.urlsafe_b64decode(jwk[name] + "==")
n = lambda name: int.from_bytes(b(name), "big")
if jwk["kty"] == "RSA":
    key = rsa.RSAPrivateNumbers(n("p"), n("q"), n("d"), n("dp"), n("dq"), n("qi"), rsa.RSAPublicNumbers(n("e"), n("n"))).private_key()
elif jwk["kty"] == "EC":
    assert jwk["crv"] == "P-256" and len(b("x")) == len(b("y")) == len(b("d")) == 32
    key = ec.EllipticCurvePrivateNumbers(n("d"), ec.EllipticCurvePublicNumbers(n("x"), n("y"), ec.SECP256R1())).private_key()
else:
    print(len(b("k")))
    sys.exit()
sys.stdout.write(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode())
END
fits() { # KID FILE: what is released is the private half of it
    gives "$1" && printf '%s' "$body" | python3 jwk.py >released.pem && openssl pkey -pubin -in "$2" -pubout -out public.pem && same released.pem public.pem
}
if python3 -c 'import cryptography' 2>/dev/null; then
    check 'the key is released, and is the private half' fits orders-1 orders-1-pub.pem
    check 'an EC key' eval 'ends 0 setup-key --type EC-HSM ec-1 "$akv" && fits ec-1 ec-1-pub.pem'
else
    echo '# no cryptography for Python'
    check 'an EC key' ends 0 setup-key --type EC-HSM ec-1 "$akv"
fi
check 'the JWK is a text in JSON, its members in order' eval 'gives orders-1 && equal "$(json "\" \".join(json.loads(v[\"key\"]))")" "d dp dq e key_ops kty n p q qi"'
check 'setup-key again: the files' eval 'ends 6 setup-key orders-1 "$akv" && holds "$(<err)" "orders-1-release-policy.json: there is such a file (--force replaces it)"'
mkdir elsewhere
check 'the key' eval 'ends 3 setup-key -d elsewhere orders-1 "$akv" && holds "$(<err)" "the store has such a key (--force makes a new version of it)" && [ -z "$(ls elsewhere)" ]'
cp orders-1-pub.pem first.pem
check '--force: a new version, and its files' eval 'ends 0 setup-key --force orders-1 "$akv" && ! cmp -s first.pem orders-1-pub.pem'
ask GET /keys/orders-1/versions
version=$(json 'v["value"][0]["kid"].split("/")[-1]')
check 'both versions are there' equal "$(json 'len(v["value"])')" 2
if python3 -c 'import cryptography' 2>/dev/null; then
    check 'the first is released by its id' fits "orders-1/$version" first.pem
    check 'the latest without' fits orders-1 orders-1-pub.pem
fi
check 'rotation' eval 'answers 200 POST /keys/orders-1/rotate && answers 200 GET /keys/orders-1/versions && equal "$(json "len(v[\"value\"])")" 3'
check 'a list' eval 'answers 200 GET /keys && equal "$(json "len(v[\"value\"])")" 2'
policy=$(base64 -w0 <orders-1-release-policy.json | tr '+/' '-_' | tr -d =)
key_of() { printf '{"kty":"%s"%s,"attributes":{"exportable":true},"release_policy":{"contentType":"application/json; charset=utf-8","data":"%s"}}' "$1" "${3-}" "${2-$policy}"; }
check 'oct' eval 'answers 200 POST /keys/oct-1/create "$(key_of oct-HSM)" && gives oct-1 && equal "$(json "sorted(json.loads(v[\"key\"]))")" "['"'k', 'kty'"']"'
gives ec-1
jwk=$(json 'v["key"]')
check 'other users read them as far as the umask lets them' eval '(umask 077 && ends 0 setup-key masked "$akv" && equal "$(stat -c %a masked-pub.pem)" 600)'
check 'a key of one'"'"'s own' eval 'answers 200 PUT /keys/own-1 "{\"key\":$jwk,\"hsm\":true,\"attributes\":{\"exportable\":true},\"release_policy\":{\"data\":\"$policy\"}}" &&
    gives own-1 && equal "$(json "v[\"key\"]")" "$jwk"'
check 'half a key is none' answers 400 PUT /keys/own-2 '{"key":{"kty":"RSA","n":"AQAB","e":"AQAB"}}'
check 'no such kind' answers 400 POST /keys/x/create '{"kty":"ML-DSA"}'
check 'no such size' answers 400 POST /keys/x/create '{"kty":"RSA","key_size":1024}'
check 'no such name' answers 400 POST /keys/a_b/create '{"kty":"EC"}'
check 'exportable without a policy' answers 400 POST /keys/x/create '{"kty":"EC","attributes":{"exportable":true}}'
check 'a policy, but not exportable' answers 400 POST /keys/x/create "$(key_of EC | sed 's/true/false/')"
# shellcheck disable=SC2034
trailing=$(sed 's/"}$/"},/' orders-1-release-policy.json | base64 -w0 | tr '+/' '-_' | tr -d =)
check 'the trailing comma of the original script: refused, with its place' eval 'answers 400 POST /keys/x/create "$(key_of EC "$trailing")" && holds "$body" "The release policy is invalid: 10:68: release policy: not JSON: expected no trailing comma"'
check 'and nothing was made' answers 404 GET /keys/x
check 'deleted' eval 'answers 200 DELETE /keys/own-1 && answers 404 GET /keys/own-1'

# -- refusals ---------------------------------------------------------------------------------------------------------
denied='releasing the key orders-1 failed: pulling AKV response body failed: {\"error\":{\"code\":\"Forbidden\",\"message\":\"Target environment attestation does not meet key release policy requirements.\",\"innererror\":{\"code\":\"AccessDenied\"}}}: http response status equal to 403 Forbidden"}'
check 'no such key' refuses 'releasing the key nothing failed: pulling AKV response body failed: {\"error\":{\"code\":\"KeyNotFound\"' nothing
check 'no such version' refuses 'releasing the key orders-1/77 failed' orders-1/77
check 'another authority' refuses "$denied" orders-1 other.dev.localhost
check 'an attestation service that nobody knows' refuses 'attestation failed: retrieving MAA token from MAA endpoint failed' orders-1 maa.example
check 'with a scheme, the name is another' refuses 'attestation failed: retrieving MAA token from MAA endpoint failed: maa post request failed: HTTP GET failed: Post \"https://https://' orders-1 "https://$maa"
check 'a store that nobody knows' refuses 'releasing the key orders-1 failed: AKV post request failed: HTTP GET failed: Post \"https://kv.example/keys/orders-1/release?api-version=7.4\": dial tcp: lookup kv.example: no such host' orders-1 "$maa" kv.example
ask PATCH /dev/claims '{"x-ms-sevsnpvm-is-debuggable":true}'
check 'a debuggable environment' refuses "$denied" orders-1
ask PATCH /dev/claims '{"x-ms-sevsnpvm-is-debuggable":"false"}'
check 'not any more' gives orders-1
ask GET /dev/claims
printf '%s' "$body" >claims.json
ask PATCH /dev/claims "{\"x-ms-sevsnpvm-hostdata\":\"${WORKLOAD_MEASUREMENT//[0-4]/5}\"}"
check 'another workload' refuses "$denied" orders-1
ask DELETE /dev/claims
check 'nothing attests it' refuses 'attestation failed: failed to retrieve attestation report' orders-1
check 'attest/maa then answers twice in one body' eval 'answers 403 POST /attest/maa "{\"maa_endpoint\":\"$maa\",\"runtime_data\":\"e30=\"}" && holds "$body" "no such file or directory\"}{\"token\":\"\"}"'
check 'claims that are none' eval 'answers 400 PUT /dev/claims "{\"a\":1,}" && holds "$body" "1:7: claims: not JSON: expected no trailing comma"'
ask PUT /dev/claims "$(<claims.json)"
check 'attested again' gives orders-1
ask PUT /dev/identity '{"role":false}'
check 'without the role' refuses 'releasing the key orders-1 failed: pulling AKV response body failed: {\"error\":{\"code\":\"Forbidden\",\"message\":\"Caller is not authorized' orders-1
ask PUT /dev/identity '{"role":true,"managed":false}'
check 'without an identity' refuses 'retrieving authentication token failed' orders-1
check 'but with a token' gives orders-1 "$maa" "$akv" ',"access_token":"t"'
ask PUT /dev/identity '{"access_token":"right"}'
check 'a token that is not valid' refuses 'releasing the key orders-1 failed: pulling AKV response body failed: {\"error\":{\"code\":\"Unauthorized\"' orders-1 "$maa" "$akv" ',"access_token":"wrong"'
check 'one that is' gives orders-1 "$maa" "$akv" ',"access_token":"right"'
ask PUT /dev/identity '{"managed":true}'
ask PATCH /keys/orders-1 '{"attributes":{"enabled":false}}'
check 'a disabled key' refuses 'releasing the key orders-1 failed' orders-1
ask PATCH /keys/orders-1 '{"attributes":{"enabled":true}}'
check 'a key that is not exportable' eval 'answers 200 POST /keys/fixed/create "{\"kty\":\"EC\"}" && refuses "releasing the key fixed failed" fixed'

# -- faults -----------------------------------------------------------------------------------------------------------
ask PUT /dev/fault '{"fault":"away"}'
check 'away: no answer' eval '! curl -s "$skr/status"'
check 'its own paths are there' answers 200 GET /dev/fault
ask PUT /dev/fault '{"fault":"500=1"}'
check '500: no body' eval 'answers 500 GET /status && says ""'
ask PUT /dev/fault '{"fault":"cut=1"}'
check 'cut in the middle' eval '! curl -s "$skr/status" >/dev/null'
ask PUT /dev/fault '{"fault":"redirect=1"}'
check 'in a circle' eval '! curl -sL --max-redirs 5 "$skr/status" >/dev/null && answers 307 GET /status'
check 'a fault that is none' answers 400 PUT /dev/fault '{"fault":"sometimes"}'
ask DELETE /dev/fault
check 'well again' gives orders-1
check '--skr-fault that is none' ends 2 dev --skr-fault sometimes -- true
check '--skr-claims that are none' eval 'echo "{,}" >bad.json; ends 1 dev --no-kafka --skr-claims bad.json -- true && holds "$(<err)" "bad.json:1:2: claims: not JSON"'
check '--skr-claims' eval 'echo "{\"a\":\"b\"}" >few.json; run "$vaultcrypt" dev --no-kafka --skr-claims few.json -- sh -c "curl -s \$VAULTCRYPT_SKR_ADDR/dev/claims"; holds "$(<out)" "{\"a\":\"b\"}"'
check 'a port that is in use' eval 'ends 1 dev --no-kafka --skr-port "${skr##*:}" -- true && holds "$(<err)" "is it in use?"'

# -- attestation ------------------------------------------------------------------------------------------------------
ask POST /attest/maa "{\"maa_endpoint\":\"$maa\",\"runtime_data\":\"$(printf '{"keys":[]}' | base64 -w0)\"}"
check 'a token' equal "$got" "200 application/json; charset=utf-8"
token=$(json 'v["token"]')
claim() { printf '%s' "$token" | cut -d. -f2 | python3 -c "import base64, json, sys; v = json.loads(base64.urlsafe_b64decode(sys.stdin.read() + '==')); print($1)"; }
check 'of that service, with the claims and the runtime data' equal "$(claim 'v["iss"], v["x-ms-attestation-type"], v["x-ms-runtime"]')" "https://$maa sevsnpvm {'keys': []}"
ask GET /certs
printf '%s' "$token" | cut -d. -f1,2 | tr -d '\n' >signed
json 'v["keys"][0]["n"]' >n
if python3 -c 'import cryptography' 2>/dev/null; then
    cat >verify.py <<'END'
import base64, sys
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives import hashes
b = lambda t: base64.urlsafe_b64decode(t.strip() + "==")
rsa.RSAPublicNumbers(65537, int.from_bytes(b(open("n").read()), "big")).public_key().verify(b(sys.argv[1]), open("signed", "rb").read(), padding.PKCS1v15(), hashes.SHA256())
END
    check 'signed by the key of /certs' python3 verify.py "${token##*.}"
fi
ask POST /attest/raw '{"runtime_data":"aGVsbG8="}'
check 'a report: the digest of the runtime data, and the host data' equal "$(json 'len(v["report"]), v["report"][160:224], v["report"][384:448]')" "2368 $(printf hello | sha256sum | cut -c1-64) $WORKLOAD_MEASUREMENT"

# -- vaultcrypt attest ------------------------------------------------------------------------------------------------
attest() {
    local right=0
    VAULTCRYPT_SKR_ADDR=$skr MAA_ENDPOINT=$maa ends "$@" || right=1
    cat err >>attest.err
    return "$right"
}
check 'attest maa: the claims' attest 0 attest maa -o json
check 'as they stand in the token' equal "$(python3 -c 'import json; v = json.load(open("out")); print(v["iss"], v["x-ms-attestation-type"], v["x-ms-runtime"])')" "https://$maa sevsnpvm {}"
cp out now.json
check 'a policy is tried on them' eval 'ends 0 release-policy test orders-1-release-policy.json now.json && equal "$(<out)" released'
check 'attest maa: for runtime data' eval 'echo "{\"nonce\":7}" | attest 0 attest maa --runtime-data=- -f .x-ms-runtime.nonce && equal "$(<out)" 7'
check 'attest maa: a table' eval 'attest 0 attest maa && holds "$(<out)" sevsnpvm'
check 'attest maa: the token, when it is asked for' eval 'attest 0 attest maa --token && equal "$(tr -dc . <out)" ..'
check 'attest maa: whose word?' eval 'MAA_ENDPOINT= ends 2 attest maa && holds "$(<err)" "who is to vouch?"'
check 'attest maa: runtime data that is no JSON' eval 'echo x | attest 4 attest maa --runtime-data=- --wait=0'
check 'attest maa: another service' eval 'attest 5 attest maa -a nowhere.example --wait=0 && holds "$(<err)" "host is not found: check \`maa_endpoint\`, a host without https://"'
check 'attest maa: no file' attest 6 attest maa --runtime-data=nowhere
check 'attest raw: the measurement' eval 'attest 0 attest raw -f .host_data && equal "$(<out)" "$WORKLOAD_MEASUREMENT"'
check 'attest raw: for runtime data' eval 'printf hello | attest 0 attest raw --runtime-data=- -f .report_data && equal "$(head -c64 out)" "$(printf hello | sha256sum | cut -c1-64)"'
check 'attest raw: without runtime data' eval ': | attest 2 attest raw --runtime-data=-'
curl -s "$skr/dev/claims" >kept.json
ask DELETE /dev/claims
check 'nothing attests: that is what it says' eval 'attest 4 attest maa && holds "$(<err)" "nothing attests this environment"'
ask PUT /dev/claims "$(<kept.json)"
check 'and heals' attest 0 attest maa
ask PUT /dev/fault '{"fault":"500=2"}'
check 'an outage is waited for' attest 0 attest maa
ask PUT /dev/fault '{"fault":"away"}'
check 'up to a time' eval 'attest 5 attest maa --wait=300ms'
ask DELETE /dev/fault
if [ -x "$top_builddir/examples/api/attest" ]; then
    check 'from C' eval 'run "$top_builddir/examples/api/attest" "$skr" "$maa" && equal "$status" 0 && equal "$(<out)" "sevsnpvm
1184 bytes"'
fi
check 'nobody there' eval 'ends 5 attest raw --sidecar=http://127.0.0.1:1 --wait=0'
check 'no token in a message or log' eval '[ -s attest.err ] && lacks "$(cat attest.err dev.log)" eyJ'

# -- policies ---------------------------------------------------------------------------------------------------------
check 'test: released' eval 'ends 0 release-policy test orders-1-release-policy.json claims.json && equal "$(<out)" released'
sed 's/sevsnpvm"/tdx"/; s/"x-ms-sevsnpvm-is-debuggable":"false"/"other":1/' claims.json >others.json
check 'test: what is missing, what differs' eval 'ends 4 release-policy test orders-1-release-policy.json others.json &&
    holds "$(<out)" "orders-1-release-policy.json:7:9: x-ms-attestation-type differs; wanted is \"sevsnpvm\", there is \"tdx\"" &&
    holds "$(<out)" "orders-1-release-policy.json:10:9: x-ms-sevsnpvm-is-debuggable is missing; wanted is \"false\""'
check 'test: another authority' eval 'ends 4 release-policy test -a x.example orders-1-release-policy.json claims.json && holds "$(<out)" "wants the authority \"https://$maa\", not \"https://x.example\""'
check 'test: no authority' eval 'MAA_ENDPOINT= ends 2 release-policy test orders-1-release-policy.json claims.json'
check 'test: the other way round: is told' eval 'ends 3 release-policy test claims.json orders-1-release-policy.json && holds "$(<err)" "orders-1-release-policy.json is a policy: the policy comes first, the claims second"'
check 'test: no such hint where neither is a policy' eval 'ends 3 release-policy test claims.json claims.json && lacks "$(<err)" "comes first"'
check 'test: one file' ends 2 release-policy test orders-1-release-policy.json
check 'make: whose word?' eval 'MAA_ENDPOINT= ends 2 release-policy make'
check 'make: a measurement that is none' ends 2 release-policy make --hostdata ABC
check 'make: a claim without a value' ends 2 release-policy make --claim x
check 'make: an authority with a path' ends 2 release-policy make -a https://a/b
check 'make: nothing is left' eval 'ends 3 release-policy make --attestation-type none --compliance none --debuggable --any-workload && holds "$(<err)" "allOf"'
for without in '' WORKLOAD_MEASUREMENT=; do
    check "make: which workload? $without" eval '(unset WORKLOAD_MEASUREMENT; export $without; ends 2 release-policy make -o none.json && holds "$(<err)" "any-workload" && [ ! -e none.json ])'
done
check 'make: a claim may say it' eval 'WORKLOAD_MEASUREMENT= ends 0 release-policy make --claim x-ms-isolation-tee.x-ms-sevsnpvm-hostdata=1 && equal "$(<err)" ""'
check 'make: another claim does not' eval 'WORKLOAD_MEASUREMENT= ends 2 release-policy make --claim x=1'
check 'make: weak, and said' eval 'ends 0 release-policy make --any-workload --debuggable -o weak.json && holds "$(<err)" "no condition on x-ms-sevsnpvm-hostdata" && holds "$(<err)" "debuggable environments are not excluded"'
check 'make: never over a file' ends 6 release-policy make -o weak.json
check 'make --force' ends 0 release-policy make -fo weak.json
check 'check: fine' eval 'ends 0 release-policy check orders-1-release-policy.json && equal "$(<out)" "orders-1-release-policy.json: fine"'
ends 0 release-policy make --any-workload --debuggable -fo weak.json
check 'check: weak is not fine' eval 'ends 0 release-policy check weak.json && equal "$(<out)" "weak.json: 2 warnings"'
check 'check -q: warnings alone' eval 'ends 0 release-policy check -q weak.json && equal "$(<out)" "" && holds "$(<err)" warning'
check 'check --strict: it is an error' ends 3 release-policy check --strict weak.json
sed 's/"x-ms-compliance-status"/"x-ms-runtime.client-payload"/' orders-1-release-policy.json >own.json
check 'check: what whoever asks puts in' eval 'ends 0 release-policy check own.json && holds "$(<err)" "own.json: warning: a condition on a claim under x-ms-runtime demands nothing" && equal "$(<out)" "own.json: 1 warning"'
check 'check --strict: is no condition' ends 3 release-policy check --strict own.json
sed 's/equals/notEquals/' weak.json >operator.json
check 'check: an operator' eval 'ends 3 release-policy check operator.json && holds "$(<err)" "operator.json:7:44: release policy: the operator \`notEquals\` is not supported"'
check 'check: no file' ends 6 release-policy check nowhere.json
check 'two measurements' eval 'ends 0 release-policy make --hostdata "$WORKLOAD_MEASUREMENT" --hostdata "${WORKLOAD_MEASUREMENT//[0-4]/5}" -o two.json && ends 0 release-policy test two.json claims.json'

# -- setup-key of a real store ----------------------------------------------------------------------------------------
check 'setup-key of a managed HSM prints' eval 'MANAGED_IDENTITY="it'"'"'s" ends 0 setup-key orders-9 myhsm && sh -n out && holds "$(<out)" "az keyvault key create --id https://myhsm.managedhsm.azure.net/keys/orders-9" && [ ! -e orders-9-pub.pem ]'
cat >az <<'END'
#!/bin/sh
printf '%s|' "$@" >>az.log; echo >>az.log
END
chmod +x az
check 'a shell takes it' eval 'MANAGED_IDENTITY="it'"'"'s" "$vaultcrypt" setup-key orders-9 kv.vault.azure.net | PATH=.:$PATH sh && holds "$(<az.log)" "--assignee|it'"'"'s|" && ends 0 release-policy check --strict orders-9-release-policy.json && python3 -m json.tool orders-9-info.json >/dev/null'
# shellcheck disable=SC2034
lines=$(wc -l <az.log) && echo mine >orders-9-pub.pem
check 'but not over files that are there' eval 'MANAGED_IDENTITY=i "$vaultcrypt" setup-key orders-9 kv.vault.azure.net >setup.sh 2>err; PATH=.:$PATH run sh setup.sh; equal "$status" 6 && holds "$(<err)" "orders-9-release-policy.json: there is such a file" && equal "$(wc -l <az.log) $(<orders-9-pub.pem)" "$lines mine"'
rm orders-9-release-policy.json orders-9-info.json
check 'nor over the public key alone' eval 'PATH=.:$PATH run sh setup.sh; equal "$status" 6 && holds "$(<err)" "orders-9-pub.pem: there is such a file" && equal "$(wc -l <az.log) $(<orders-9-pub.pem)" "$lines mine" && [ ! -e orders-9-info.json ]'
check 'only with --force' eval 'MANAGED_IDENTITY=i "$vaultcrypt" setup-key --force orders-9 kv.vault.azure.net 2>err | PATH=.:$PATH sh && [ "$(wc -l <az.log)" -gt "$lines" ] && [ ! -e orders-9-pub.pem ] && [ -e orders-9-info.json ]'
check 'the variables of the emulator are told for another store' eval 'ends 0 setup-key orders-7 myhsm && both holds "$(<err)" "MAA_ENDPOINT (--authority) is maa.dev.localhost" "MANAGED_IDENTITY is dev"'
check 'and not for its own' eval 'ends 0 setup-key --print orders-7 "$akv" && equal "$(<err)" ""'
check 'nor others' eval 'MAA_ENDPOINT=sharedeus2.eus2.attest.azure.net MANAGED_IDENTITY=developer ends 0 setup-key orders-7 myhsm && equal "$(<err)" ""'
check 'no attestation service' eval 'MAA_ENDPOINT= ends 2 setup-key x myhsm'
check 'no measurement' eval 'WORKLOAD_MEASUREMENT= ends 2 setup-key x "$akv" && holds "$(<err)" any-workload && [ ! -e x-release-policy.json ]'
check 'no identity' eval 'MANAGED_IDENTITY= ends 2 setup-key x myhsm'
for wrong in ../x 'a b' "a'b" -- ''; do check "a name that is none: $wrong" ends 2 setup-key "$wrong" myhsm; done
check 'a store that is none' ends 2 setup-key x 'my;hsm'
check 'a store that is away' ends 5 setup-key x 127.0.0.1:1
check 'a policy of one'"'"'s own' eval 'ends 0 setup-key -p two.json orders-5 "$akv" && same two.json orders-5-release-policy.json'
check 'that is wrong' ends 3 setup-key -p operator.json orders-6 "$akv"

# -- nothing of a key is told -----------------------------------------------------------------------------------------
dev_stop
secret=$(printf '%s' "$jwk" | python3 -c 'import json, sys; print(json.load(sys.stdin)["d"])')
dev_start --skr --log-level debug
curl -s -X PUT "$VAULTCRYPT_SKR_ADDR/keys/c" -d "{\"key\":$jwk,\"hsm\":true,\"attributes\":{\"exportable\":true},\"release_policy\":{\"data\":\"$policy\"}}" >/dev/null
curl -s -X POST "$VAULTCRYPT_SKR_ADDR/key/release" -d "{\"maa_endpoint\":\"$maa\",\"akv_endpoint\":\"$VAULTCRYPT_AKV_ENDPOINT\",\"kid\":\"c\",\"access_token\":\"CANARY\"}" >released.json
check 'released again' grep -q "$secret" released.json
check 'the log tells the request' grep -q 'skr: POST /key/release: 200' dev.log
check 'and nothing of key or token' eval '! grep -q "$secret\|CANARY" dev.log'
finish
