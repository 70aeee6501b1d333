#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The codecs for formats of others (the program foreign, from foreign.c) against independent ones in Python: theirs opens with ours, ours
with theirs, byte for byte where nothing is random, and what is changed is refused by both. `foreign.py FOREIGN`"""
import base64
import json
import os
import random
import subprocess
import sys
import tempfile

import demo_payload
import kroxylicious
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

foreign = sys.argv[1]
passed = failed = 0


def check(title, good):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"not ok - {title}")


def ours(verb, *arguments, given):
    """(output or None, error)"""
    done = subprocess.run([foreign, verb, *arguments], input=given, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{verb}: status {done.returncode}: {done.stderr.decode()}")
    return (done.stdout, "") if done.returncode == 0 else (None, done.stderr.decode().strip())


def raises(function, *arguments):
    try:
        function(*arguments)
    except (ValueError, InvalidTag, KeyError):
        return True
    return False


# -- Kroxylicious: the worked examples B and C of its format, and the zero-length value of its encoder

DEK, NAME = bytes(range(32)), "KEK-trades"
WRAPPED = "vault:v1:" + base64.b64encode(bytes(range(0xA0, 0xAC)) + AESGCM(bytes(range(0x40, 0x60))).encrypt(bytes(range(0xA0, 0xAC)), DEK, None)).decode()
HEAD = "0064" + (b"\x0a" + NAME.encode() + WRAPPED.encode()).hex() + "00"
EXAMPLES = {
    "B": ("000102030405060708090a0b516ab377a98ae26ce233fbefb266ac8d2d01dcb3221c59cb14f11fb02f", b"hello world"),
    "C": ("82f3d00f11b3a36bb212a1403cd6b87156fd58adb1da9e3b04b6d9a14c428f58efad0658dc4668dcb0", b"hello world"),
    "empty": ("480fe89ccf9eeada88420a5810751beff7427648a85c1dcf9ba741515d60", b""),
}
check("the wrapped key of the examples", WRAPPED.endswith("EPObumipxZkv1hbE++f8G59T4epM6+sX0gfXfYOfVgsU2iTHoyb7JwEPGP1Ud"))
for name, (tail, plain) in EXAMPLES.items():
    value = bytes.fromhex(HEAD + tail)
    iv = tail[:24]
    check(f"{name}: ours opens it", ours("kroxylicious-open", DEK.hex(), "2", given=value)[0] == plain)
    check(f"{name}: Python opens it", kroxylicious.open_value(value, DEK) == plain)
    check(f"{name}: ours makes it", ours("kroxylicious-seal", DEK.hex(), NAME, WRAPPED, iv, given=plain)[0] == value)
    check(f"{name}: Python makes it", kroxylicious.seal(kroxylicious.make_parcel(plain), DEK, NAME, WRAPPED, bytes.fromhex(iv)) == value)

chance = random.Random(5)
for length in [0, 1, 63, 64, 8191, 8192, 70000, 1048576]:
    plain, dek, iv = chance.randbytes(length), chance.randbytes(32), chance.randbytes(12)
    name = chance.choice(["k", "clé-été", "x" * 64, "n" * 300])
    value = kroxylicious.seal(kroxylicious.make_parcel(plain), dek, name, WRAPPED, iv)
    check(f"{length} bytes: ours is the same", ours("kroxylicious-seal", dek.hex(), name, WRAPPED, iv.hex(), given=plain)[0] == value)
    check(f"{length} bytes: ours opens", ours("kroxylicious-open", dek.hex(), "2", given=value)[0] == plain)
    old = kroxylicious.seal(kroxylicious.make_parcel(plain), dek, name, WRAPPED, iv, version=1)
    check(f"{length} bytes: version 1", ours("kroxylicious-open", dek.hex(), "1", given=old)[0] == plain)
    check(f"{length} bytes: version 1 is not 2", ours("kroxylicious-open", dek.hex(), "2", given=old)[0] is None)

good = kroxylicious.seal(kroxylicious.make_parcel(b"value", [("a", b"b"), ("é", None), ("", b"")]), DEK, NAME, WRAPPED, bytes(12))
check("headers within", ours("kroxylicious-open", DEK.hex(), "2", given=good)[0] == b"value")
absent = kroxylicious.seal(kroxylicious.make_parcel(kroxylicious.ABSENT), DEK, NAME, WRAPPED, bytes(12))
check("no value within", ours("kroxylicious-open", DEK.hex(), "2", given=absent)[0] == absent == kroxylicious.open_value(absent, DEK))
for at in list(range(0, len(good), 3)):
    bad = good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1:]
    if 2 <= at < 102:  # the wrapped key: another key, or none; nothing that the bytes alone could tell
        continue
    check(f"changed at {at}", ours("kroxylicious-open", DEK.hex(), "2", given=bad)[0] is None and raises(kroxylicious.open_value, bad, DEK))
    check(f"cut at {at}", ours("kroxylicious-open", DEK.hex(), "2", given=good[:at])[0] is None and raises(kroxylicious.open_value, good[:at], DEK))
for parcel in [b"", b"\x05", b"\x00", b"\x00\x05", b"\x00\x03\x00", b"\x02a", b"\x00\x02\x01a\x03", b"\x00\x02\x02a", b"\xff\xff\xff\xff\x0f\x03"]:
    bad = kroxylicious.seal(parcel, DEK, NAME, WRAPPED, bytes(12))
    check(f"parcel {parcel.hex()}", ours("kroxylicious-open", DEK.hex(), "2", given=bad)[0] is None and raises(kroxylicious.open_value, bad, DEK))
check("another key", ours("kroxylicious-open", bytes(32).hex(), "2", given=good)[0] is None)
record = kroxylicious.open_record(good, [("x", b"y"), kroxylicious.MARKER], DEK)
check("a record's headers are those within", record == (b"value", [("a", b"b"), ("é", None), ("", b"")]))

# -- the Vault demo

for length in [0, 1, 2, 3, 1000, 65537, 1000000]:
    data, dek, nonce = chance.randbytes(length), chance.randbytes(32), chance.randbytes(32)
    value = demo_payload.seal(data, dek, nonce).encode()
    check(f"demo, {length} bytes: ours is the same", ours("demo-seal", dek.hex(), nonce.hex(), given=data)[0] == value)
    check(f"demo, {length} bytes: ours opens", ours("demo-open", dek.hex(), given=value)[0] == data)
    payload = json.loads(value)
    other = json.dumps(dict(reversed(payload.items())), indent=2).upper().replace('"NONCE"', '"nonce"').replace('"TAG"', '"tag"') \
        .replace('"CIPHERTEXT"', '"ciphertext"').replace(payload["nonce"].upper(), payload["nonce"])
    check(f"demo, {length} bytes: written otherwise", ours("demo-open", dek.hex(), given=other.encode())[0] == data)

data = b"a file of some length"
value = json.loads(demo_payload.seal(data, DEK, bytes(range(32))))
for name, text in [("ciphertext", value["ciphertext"][:-8]), ("ciphertext", value["ciphertext"][:-1]), ("ciphertext", "00" + value["ciphertext"]),
                   ("ciphertext", value["ciphertext"].replace(value["ciphertext"][0], "x")), ("tag", "00" * 16), ("tag", value["tag"][2:]),
                   ("tag", value["tag"] + "00"), ("nonce", base64.b64encode(bytes(32)).decode()), ("nonce", base64.b64encode(bytes(12)).decode()),
                   ("nonce", value["nonce"].rstrip("=")), ("nonce", 5), ("tag", None)]:
    bad = json.dumps(dict(value, **{name: text})).encode()
    check(f"demo, {name} {text!s:.20}", ours("demo-open", DEK.hex(), given=bad)[0] is None)
for name in value:
    less = json.dumps({n: t for n, t in value.items() if n != name}).encode()
    check(f"demo without {name}", ours("demo-open", DEK.hex(), given=less)[0] is None and raises(demo_payload.open_value, less, DEK))

# -- Azure

OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
with tempfile.TemporaryDirectory() as folder:
    pair = rsa.generate_private_key(65537, 3072)
    public, private = os.path.join(folder, "public.pem"), os.path.join(folder, "private.pem")
    with open(public, "wb") as file:
        file.write(pair.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    with open(private, "wb") as file:
        file.write(pair.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    for length in [0, 1, 100, 317, 318]:
        data = chance.randbytes(length)
        message = base64.b64encode(pair.public_key().encrypt(data, OAEP))
        check(f"azure, {length} bytes: ours opens", len(message) == 512 and ours("azure-open", private, given=message)[0] == data)
        sealed = ours("azure-seal", public, given=data)[0]
        check(f"azure, {length} bytes: Python opens", pair.decrypt(base64.b64decode(sealed, validate=True), OAEP) == data)
    error = ours("azure-seal", public, given=bytes(319))[1]
    check("azure, 319 bytes", error == "RSA-3072 takes values of 318 bytes at most, and this one has 319: longer values need `hybrid`")
    for other in [padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA256(), label=None),
                  padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=b"label"), padding.PKCS1v15()]:
        message = base64.b64encode(pair.public_key().encrypt(b"data", other))
        check(f"azure, {type(other).__name__} of another kind", ours("azure-open", private, given=message)[0] is None)

print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
