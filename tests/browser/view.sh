#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The page of vaultcrypt view in Debian's Chromium, on the embedded servers and with what `vaultcrypt produce` sends: records of every state, HTML
# that stays text, keyboard, phone, dark and light; and 1 000 records a second for some seconds (the argument, 10) without growing. Screenshots
# are left in tests/browser/shots of the build tree.
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh disable=SC2016
. "$(dirname "$0")/../integration/lib.sh"
have_dev
[ -x "$top_builddir/examples/producer" ] || { echo 'built without the examples'; exit 77; }
without() {
    echo "no $1: apt-get install chromium chromium-driver python3-selenium"
    [ "${VAULTCRYPT_REQUIRE_SERVICES:-0}" = 1 ] && exit 99
    exit 77
}
python=
for candidate in "${PYTHON3:-python3}" /usr/bin/python3; do
    [ -n "$python" ] || ! "$candidate" -c 'import selenium.webdriver' 2>/dev/null || python=$candidate
done
[ -n "$python" ] || without selenium
command -v chromium >/dev/null || without chromium
command -v chromedriver >/dev/null || without chromedriver

seconds=${1:-10}
shots=$top_builddir/tests/browser/shots
mkdir -p "$shots" && rm -f "$shots"/*.png
mock=(-X session.timeout.ms=3500 -X fetch.wait.max.ms=10)
"$vaultcrypt" dev --topics purchases:2,payments:1,orders:1,elsewhere:1 >kafka.env 2>kafka.err &
background+=("$!")
until_true grep -q BROKERS kafka.env || exit 99
# shellcheck source=/dev/null
. ./kafka.env
dev_start --skr
check 'a key that is released to attested environments' ends 0 setup-key orders-1 "$VAULTCRYPT_AKV_ENDPOINT"

cat >schema.yaml <<END_OF
version: 1
keys:
  - name: orders
    public: {file: orders-1-pub.pem}
    private: {release: {kid: orders-1}}
key_release: {url: "$VAULTCRYPT_SKR_ADDR", maa_endpoint: "$VAULTCRYPT_MAA_ENDPOINT", akv_endpoint: "$VAULTCRYPT_AKV_ENDPOINT"}
records:
  - name: orders
    topics: [orders]
    value: {rsa-oaep: {key: orders}}
  - name: purchases
    topics: [purchases]
    fields:
      - path: \$.Address
        transit: {key: app}
      - path: \$.credit_card
        envelope: {key: app}
  - name: payments
    topics: [payments]
    value: {envelope: {key: payments}}
    record_key: {siv: {key: payments, key_version: 1}}
END_OF
check 'setup' ends 0 setup -s schema.yaml
send() { timeout 60 "$vaultcrypt" produce -s schema.yaml "$@" 2>>send.err; }
plant() { "$top_builddir/examples/producer" -l "$@" 2>>send.err; } # as it is

for i in 1 2 3 4 5 6; do
    printf 'order-%d:{"Name":"Ann %d",  "Address":"%d High St","credit_card":"1111-2222-3333-%04d"}\n' "$i" "$i" "$i" "$i"
done | send -t purchases -K:
printf '%s\n' '{"Name":"<script>window.pwned=1</script>","Address":"<img src=x onerror=window.pwned=2>","credit_card":"</pre><b>bold</b>"}' | send -t purchases
printf '<script>window.pwned=3</script>:<script>window.pwned=4</script>\n' | plant -t elsewhere -K:
printf 'Two tickets to Lisbon\n' | send -t orders
printf 'p-1:{"amount": 12.50}\n' | send -t payments -K:
"$vaultcrypt" consume "${mock[@]}" -t purchases -e -c 1 >one 2>>send.err
sed -E 's/(vc1:.{200})A/\1B/; t; s/(vc1:.{200})./\1A/' one | plant -t purchases
printf '{"Name":"Eve","Address":"22 Clear Rd","credit_card":"4444-5555-6666-7777"}\n' | plant -t purchases
printf 'no JSON at all\n' | plant -t purchases
printf 'gone:\n' | send -t payments -K: -Z

curl -sS "$VAULTCRYPT_SKR_ADDR/dev/claims" >claims
curl -sS -X DELETE "$VAULTCRYPT_SKR_ADDR/dev/claims" >/dev/null # nothing attests it
api PUT sys/policies/acl/few '{"policy":"path \"transit/+/app\" { capabilities = [\"update\"] }"}' >/dev/null
few=$(token_with few)
VAULT_TOKEN=$few "$top_builddir/bin/vaultcrypt-view" "${mock[@]}" -s schema.yaml -l 0 -o beginning purchases payments orders elsewhere >view.out 2>view.err &
viewer=$!
background+=("$viewer")
until_true grep -q '^http' view.out || { cat view.err; exit 99; }

head -c 24 /dev/urandom | base64 >token
VAULT_TOKEN=$few "$top_builddir/bin/vaultcrypt-view" "${mock[@]}" -s schema.yaml -l 0 -o beginning --page-token-file token purchases >guarded.out 2>guarded.err &
background+=("$!")
until_true grep -qs '^http' guarded.out || { cat guarded.err; exit 99; }
GUARDED_URL=$(sed -n '1s,/$,,p' guarded.out)

export GUARDED_URL VAULTCRYPT_SKR_ADDR VIEW_URL VIEW_PID=$viewer VAULT_PID=$dev SHOTS=$shots SECONDS_OF_LOAD=$seconds VAULTCRYPT=$vaultcrypt
VIEW_URL=$(sed -n '1s,/$,,p' view.out)
cat >allow <<END_OF
curl -sS -X PUT -H 'X-Vault-Token: $VAULT_TOKEN' -d '{"policy":"path \"transit/*\" { capabilities = [\"update\", \"read\"] }"}' $VAULT_ADDR/v1/sys/policies/acl/few
END_OF
"$python" "$here/view.py" || failed=$((failed + 1))
check 'no sanitizer has anything to say' eval '! grep -aq Sanitizer view.err guarded.err'
check 'nothing that was opened is in what the server says' eval '! grep -aqE "High St|1111-2222|Lisbon|pwned|$few" view.out view.err guarded.out guarded.err && ! grep -qF "$(<token)" guarded.out guarded.err'
echo "# screenshots: $shots"
finish
