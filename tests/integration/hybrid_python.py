#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent producer and consumer of `hybrid` and `rsa-oaep`, written from vaultcrypt-format(5) with Python's `cryptography`:

    hybrid_python.py keys                      makes key pairs in this folder
    hybrid_python.py messages FILE             writes records whose $.a is an RSA-OAEP message; their clear text to FILE
    hybrid_python.py open-messages             reads such records, writes their clear text
    hybrid_python.py tokens NAME [SIGNER [HPKE]]  writes records whose $.card is a token under NAME-pub.pem
    hybrid_python.py open-token ROOT NAME [SIGNER] ...  reads one, with examples/format/read.py
"""
import base64
import hashlib
import importlib.util
import json
import os
import sys

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def private_key(name):
    with open(name + ".pem", "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def public_key(name):
    with open(name + "-pub.pem", "rb") as f:
        return serialization.load_pem_public_key(f.read())


def keys():
    made = {"rsa": rsa.generate_private_key(public_exponent=65537, key_size=3072), "rsa2": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ec": ec.generate_private_key(ec.SECP256R1()), "ed": ed25519.Ed25519PrivateKey.generate(), "ed2": ed25519.Ed25519PrivateKey.generate()}
    for name, key in made.items():
        with open(name + ".pem", "wb") as f:
            f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        with open(name + "-pub.pem", "wb") as f:
            f.write(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


TEXTS = ["", "a", "caf\u00e9 \u2603", "x" * 100, "y" * 318]


def messages(file):
    public = public_key("rsa")
    with open(file, "w", encoding="utf-8") as clear:
        for text in TEXTS:
            sealed = base64.b64encode(public.encrypt(text.encode(), OAEP)).decode()
            print(json.dumps({"a": sealed}))
            print(json.dumps({"a": text}, ensure_ascii=False), file=clear)


def open_messages():
    for line in sys.stdin:
        sealed = base64.b64decode(json.loads(line)["a"], validate=True)
        print(json.dumps({"a": private_key("rsa").decrypt(sealed, OAEP).decode()}, ensure_ascii=False))


def b64url(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=")


def thumbprint(public):
    if isinstance(public, rsa.RSAPublicKey):
        n = public.public_numbers()
        jwk = {"kty": "RSA", "e": b64url(n.e.to_bytes(3, "big")).decode(), "n": b64url(n.n.to_bytes(public.key_size // 8, "big")).decode()}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        n = public.public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": b64url(n.x.to_bytes(32, "big")).decode(), "y": b64url(n.y.to_bytes(32, "big")).decode()}
    else:
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw).decode()}
    return hashlib.sha256(json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()).digest()


def counted(b):
    n, out = len(b), b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n]) + b


def hkdf(key, label, size=32):
    return HKDF(hashes.SHA256(), size, None, label).derive(key)


def wrap(public, key):
    if isinstance(public, rsa.RSAPublicKey):
        return 3, public.encrypt(key, OAEP)
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    name = b"ECDH-ES+A256KW"
    info = len(name).to_bytes(4, "big") + name + bytes(4) + bytes(4) + (256).to_bytes(4, "big")
    kek = ConcatKDFHash(hashes.SHA256(), 32, info).derive(ephemeral.exchange(ec.ECDH(), public))
    point = ephemeral.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return 4, point + keywrap.aes_key_wrap(kek, key)


def wrap_hpke(public, key):
    """By `cryptography`, where it has HPKE (47); else by the hand that made the vectors."""
    info = b"vaultcrypt 1 key"
    try:
        from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
        return 5, Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(key, public, info)
    except ImportError:
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/format"))
        from make_pairs import seal_hpke
        return 5, seal_hpke(public, key, info, ec.generate_private_key(ec.SECP256R1()))


def token(name, content, context="carts", path="$.card", signer=None, hpke=False):
    key, nonce, public = os.urandom(32), os.urandom(12), public_key(name)
    source, wrapped = (wrap_hpke if hpke else wrap)(public, key)
    header = bytes([1, 8 if signer else 0, 1]) + hkdf(key, b"vaultcrypt 1 key id") + counted(context.encode()) + b"\0"
    place = bytes([source]) + counted(b64url(thumbprint(public))) + b"\0" + counted(wrapped)
    aad = b"\1" + header + counted(path.encode())
    sealed = AESGCM(hkdf(key, b"vaultcrypt 1 token AES-256-GCM")).encrypt(nonce, content, aad)
    body = header + place + nonce + sealed
    if signer:
        signed = b"vaultcrypt 1 signature\0" + aad + counted(b"") + place + nonce + sealed
        body += thumbprint(public_key(signer)) + private_key(signer).sign(signed)
    return "vc1:" + base64.b64encode(body).decode()


def tokens(name, signer=None, hpke=False):
    for text in TEXTS + ["z" * 5000]:
        print(json.dumps({"card": token(name, json.dumps(text).encode(), signer=signer, hpke=hpke)}))


def open_token(root, name, signer=None):
    spec = importlib.util.spec_from_file_location("read", os.path.join(root, "examples/format/read.py"))
    reader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reader)
    arguments = ["--context=carts", "--path=$.card", f"--private={name}.pem"] + ([f"--signed-by={signer}-pub.pem"] if signer else [])
    for line in sys.stdin:
        print(json.dumps({"card": json.loads(reader.main(arguments, json.loads(line)["card"].encode()))}))


{"keys": keys, "messages": messages, "open-messages": open_messages, "tokens": tokens, "open-token": open_token}[sys.argv[1]](*sys.argv[2:])
