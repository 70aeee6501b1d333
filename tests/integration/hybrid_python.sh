#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `hybrid` and `rsa-oaep` with an independent producer and consumer in Python, both ways, and what a bad record among good ones comes to. Who
# protects has a public key and nothing else: no Vault, no token.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
python=python3
"$python" -c 'from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash' 2>/dev/null ||
    python=$("$top_srcdir/tests/services/venv" format) || exit $?
py() { "$python" -B "$top_srcdir/tests/integration/hybrid_python.py" "$@"; }

py keys || exit 99
# NAME PRIVATE: the schema with that key; PRIVATE: whether the private one is there too
schema() {
    local private=
    [ "$2" = public ] || private="private: {file: $1.pem}"
    cat <<YAML
version: 1
keys:
  - {name: orders, public: {file: $1-pub.pem}, $private}
  - {name: shop, public: {file: ed-pub.pem}, private: {file: ed.pem}}
  - {name: shop2, public: {file: ed2-pub.pem}}
records:
  - {name: carts, fields: [{path: \$.card, hybrid: {key: orders}}]}
  - {name: signed, context: carts, fields: [{path: \$.card, hybrid: {key: orders, sign: shop}}]}
  - {name: demanded, context: carts, fields: [{path: \$.card, hybrid: {key: orders, signed_by: [shop2]}}]}
  - {name: texts, on_error: dead_letter, fields: [{path: \$.a, rsa-oaep: {key: orders}}]}
  - {name: whole, value: {rsa-oaep: {key: orders}}}
YAML
}
for name in rsa rsa2 ec; do
    schema $name public >$name-public.yaml
    schema $name private >$name.yaml
done
"$python" -c 'import json
for t in ["", "a", "caf\u00e9 \u2603", "x" * 100, "y" * 318, "z" * 5000]: print(json.dumps({"card": t}))' >clear

# -- hybrid --
for name in rsa rsa2 ec; do
    check "$name: theirs opens here" bash -c "py=\$1; shift; \"\$@\" >theirs && '$vaultcrypt' decrypt -s $name.yaml -r carts theirs 2>err | cmp - clear" - py \
        "$python" -B "$top_srcdir/tests/integration/hybrid_python.py" tokens $name
    check "$name: protecting takes a public key alone" env -i PATH="$PATH" HOME="$HOME" "$vaultcrypt" encrypt -s $name-public.yaml -r carts -o ours clear 2>err
    py open-token "$top_srcdir" $name <ours >opened 2>err
    check "$name: ours opens there" cmp opened clear
    py tokens $name ed >theirs
    check "$name: theirs, signed, opens here" bash -c "'$vaultcrypt' decrypt -s $name.yaml -r signed theirs 2>err | cmp - clear"
    "$vaultcrypt" encrypt -s $name.yaml -r signed -o ours clear 2>err
    py open-token "$top_srcdir" $name ed <ours >opened 2>err
    check "$name: ours, signed, is verified there" cmp opened clear
    "$vaultcrypt" decrypt -s $name.yaml -r demanded theirs >/dev/null 2>err
    check "$name: signed by another than is demanded" equal "$?" 1
    check "$name: that is said" grep -q 'signed by a key that is none of `shop2`' err
    py tokens $name >theirs
    "$vaultcrypt" decrypt -s $name.yaml -r signed theirs >/dev/null 2>err
    check "$name: not signed, and demanded" grep -q 'is not signed, and the schema demands it' err
done
"$vaultcrypt" decrypt -s rsa-public.yaml -r carts ours >/dev/null 2>err
check 'without the private key nothing opens' equal "$?" 1
py tokens rsa >theirs
"$vaultcrypt" decrypt -s rsa-public.yaml -r carts theirs >/dev/null 2>err
check 'and that is said' grep -q 'which `orders` does not have here' err

# -- HPKE, with OpenSSL 3.2 and newer; with an older one, that it is told --
for name in ec-public ec rsa; do sed 's/hybrid: {key: orders/hybrid: {key: orders, wrap: hpke/' $name.yaml >hpke-$name.yaml; done
py tokens ec '' hpke >theirs
py tokens ec ed hpke >theirs-signed
check 'inspect tells what it is' holds "$("$vaultcrypt" inspect -o json theirs | head -n 1)" '"source":"hpke"'
if "$vaultcrypt" lint hpke-ec.yaml >out 2>err; then
    echo '# HPKE is there'
    check 'lint shows it' grep -q 'hybrid.* key=orders .*wrap=hpke' out
    for name in ec hpke-ec; do
        check "$name: theirs by HPKE opens here" bash -c "'$vaultcrypt' decrypt -s $name.yaml -r carts theirs 2>err | cmp - clear"
        check "$name: theirs, signed, opens here" bash -c "'$vaultcrypt' decrypt -s $name.yaml -r signed theirs-signed 2>err | cmp - clear"
    done
    for rule in carts signed; do
        "$vaultcrypt" encrypt -s hpke-ec.yaml -r $rule -o ours clear 2>err
        check "$rule: ours are wrapped by HPKE" equal "$("$vaultcrypt" inspect -o json ours | grep -c '"source":"hpke"')" "$(lines_of clear)"
        signer=()
        [ $rule = carts ] || signer=(ed)
        py open-token "$top_srcdir" ec "${signer[@]}" <ours >opened 2>err
        check "$rule: ours open there" cmp opened clear
    done
    check 'a public key alone protects' ends 0 encrypt -s hpke-ec-public.yaml -r carts clear
    check 'an RSA key is none for it' ends 3 encrypt -s hpke-rsa.yaml -r carts clear
    check 'which is told' grep -q '`wrap: hpke` takes a key of the curve P-256' err
    sed 's/vc1:\(.\{200\}\)./vc1:\1_/' theirs >bad
    "$vaultcrypt" decrypt -s ec.yaml -r carts bad >/dev/null 2>err
    check 'what was changed does not open' equal "$?" 1
    py tokens ec >theirs
    "$vaultcrypt" rewrap -s hpke-ec.yaml -r carts -o ours theirs 2>err
    check 'wrapped anew by it' equal "$("$vaultcrypt" inspect -o json ours | grep -c '"source":"hpke"')" "$(lines_of clear)"
    py open-token "$top_srcdir" ec <ours >opened 2>err
    check 'and that opens there' cmp opened clear
else
    echo "# HPKE is not there: $(head -n 1 err)"
    check 'lint refuses it' ends 3 lint hpke-ec.yaml
    check 'and names OpenSSL 3.2, with the place' grep -Eq 'hpke-ec.yaml:[0-9]+:[0-9]+: .*`wrap: hpke`: HPKE takes OpenSSL 3.2 or newer' err
    check 'so does what would protect' ends 3 encrypt -s hpke-ec.yaml -r carts clear
    for rule in carts signed; do
        [ $rule = carts ] && file=theirs || file=theirs-signed
        check "$rule: a token by HPKE is refused" ends 1 decrypt -s ec.yaml -r $rule $file
        check "$rule: OpenSSL 3.2 is named" grep -q 'by HPKE, which cannot be opened here: HPKE takes OpenSSL 3.2 or newer' err
    done
fi

# -- rsa-oaep --
py messages clear-messages >theirs
check 'messages of theirs open here, the last of 318 bytes' bash -c "'$vaultcrypt' decrypt -s rsa.yaml -r texts theirs 2>err | cmp - clear-messages"
"$vaultcrypt" encrypt -s rsa-public.yaml -r texts -o ours clear-messages 2>err
py open-messages <ours >opened 2>err
check 'ours open there' cmp opened clear-messages
printf '%0319d' 1 >long
"$vaultcrypt" encrypt -s rsa-public.yaml -r whole --document long >/dev/null 2>err
check '319 bytes are too long' equal "$?" 1
check 'and `hybrid` is named' grep -q 'RSA-3072 takes values of 318 bytes at most, and this one has 319: longer values need `hybrid`' err
check 'a whole value, there and back' bash -c "head -c 318 long >short; '$vaultcrypt' encrypt -s rsa-public.yaml -r whole --document short 2>err |
    '$vaultcrypt' decrypt -s rsa.yaml -r whole --document 2>>err | cmp - short"

# -- one bad Base64, one foreign message, one cut message, among good ones: set aside, and it goes on --
py messages clear-messages >good
mkdir foreign && (cd foreign && py keys) && (cd foreign && py messages clear-messages >theirs)
{
    sed -n 1p good
    sed -n '2s/.\{20\}"}$/!&/p' good
    sed -n 2p foreign/theirs
    sed -n '3s/.\{100\}"}$/"}/p' good
    sed -n '5p' good
} >mixed
"$vaultcrypt" decrypt -s rsa.yaml -r texts --dead-letter aside mixed >opened 2>err
check 'three of five are set aside' equal "$?" 1
check 'the others are there' bash -c 'sed -n "1p;5p" clear-messages | cmp - opened'
check 'three are told' equal "$(wc -l <aside)" 3
check 'bad Base64' grep -q 'not standard Base64, at byte' aside
check 'a foreign message' grep -q 'cannot be authenticated' aside
check 'a cut message' grep -q 'it was cut, or made for another key' aside
finish
