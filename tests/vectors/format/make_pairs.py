#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes pairs.json: vectors of vaultcrypt-format(5) for data keys that are wrapped to public keys, and for signatures, with Python's
`cryptography` and nothing of this project.

    python3 make_pairs.py [FOLDER]

Keys are those of the folder `keys`; everything else that is random is the SHA-256 of a name, so that the file comes out the same each time.
"""
import base64
import hashlib
import hmac
import json
import os
import sys

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from make import GCM, BYTES, KEY, KEYS, MAGIC, OUTSIDE, SEGMENTS, SIV, STRING, TOPIC, TYPES, Token, counted, drawn, flip, key_id, text

SIGNED = 8
RSA, EC, HPKE = 3, 4, 5
HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(HERE, "keys", name), encoding="ascii") as f:
        return f.read()


def b64url(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


class Pair:
    def __init__(self, name):
        self.pem, self.public_pem = read(name + ".pem"), read(name + "-pub.pem")
        self.private = serialization.load_pem_private_key(self.pem.encode(), None)
        public = self.private.public_key()
        if name.startswith("rsa"):
            n = public.public_numbers()
            self.source, self.n, self.e, self.size = RSA, n.n, n.e, public.key_size // 8
            jwk = {"e": b64url(n.e.to_bytes(3, "big")), "kty": "RSA", "n": b64url(n.n.to_bytes(self.size, "big"))}
        elif name.startswith("ec"):
            n = public.public_numbers()
            self.source = EC
            jwk = {"crv": "P-256", "kty": "EC", "x": b64url(n.x.to_bytes(32, "big")), "y": b64url(n.y.to_bytes(32, "big"))}
        else:
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64url(raw)}
        self.thumbprint = hashlib.sha256(json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()).digest()
        self.id = b64url(self.thumbprint).encode()

    def wrap(self, key):
        return self.oaep(key) if self.source == RSA else self.ecdh(key)

    def oaep(self, message):
        """RFC 8017, 7.1.1, by hand, so that the seed is not random: SHA-256, MGF1 with SHA-256, empty label."""
        seed = drawn(f"seed {self.id} {message.hex()}", 32)
        block = hashlib.sha256(b"").digest() + bytes(self.size - len(message) - 66) + b"\1" + message
        masked = xor(block, mgf1(seed, len(block)))
        encoded = b"\0" + xor(seed, mgf1(masked, 32)) + masked
        return pow(int.from_bytes(encoded, "big"), self.e, self.n).to_bytes(self.size, "big")

    def ecdh(self, key):
        """RFC 7518, 4.6, with an ephemeral key that is not random; RFC 3394."""
        ephemeral = ec.derive_private_key(int.from_bytes(drawn(f"ephemeral {self.id} {key.hex()}"), "big") % (2**256 - 2**225), ec.SECP256R1())
        point = ephemeral.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        name = b"ECDH-ES+A256KW"
        info = len(name).to_bytes(4, "big") + name + bytes(4) + bytes(4) + (256).to_bytes(4, "big")
        kek = ConcatKDFHash(hashes.SHA256(), 32, info).derive(ephemeral.exchange(ec.ECDH(), self.private.public_key()))
        return point + keywrap.aes_key_wrap(kek, key)

    def hpke(self, key, info=b"vaultcrypt 1 key"):
        """With an ephemeral key that is not random."""
        ephemeral = ec.derive_private_key(int.from_bytes(drawn(f"hpke {self.id} {key.hex()}"), "big") % (2**256 - 2**225), ec.SECP256R1())
        return seal_hpke(self.private.public_key(), key, info, ephemeral)


def extract(salt, suite, label, ikm):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(prk, suite, label, info, size):
    return HKDFExpand(hashes.SHA256(), size, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info).derive(prk)


def seal_hpke(public, key, info, ephemeral):
    """RFC 9180, base mode, one message without aad: kem 0x0010, kdf 0x0001, aead 0x0002."""
    enc, own = (k.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint) for k in (ephemeral.public_key(), public))
    kem, suite = b"KEM\x00\x10", b"HPKE\x00\x10\x00\x01\x00\x02"
    prk = extract(b"", kem, b"eae_prk", ephemeral.exchange(ec.ECDH(), public))
    shared = expand(prk, kem, b"shared_secret", enc + own, 32)
    context = b"\0" + extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", info)
    secret = extract(shared, suite, b"secret", b"")
    return enc + AESGCM(expand(secret, suite, b"key", context, 32)).encrypt(expand(secret, suite, b"base_nonce", context, 12), key, b"")


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def mgf1(seed, size):
    return b"".join(hashlib.sha256(seed + i.to_bytes(4, "big")).digest() for i in range(size // 32 + 1))[:size]


PAIRS = {name: Pair(name) for name in ("rsa2048", "rsa3072", "ec", "ed", "ed2")}
TESTS = []


def token_of(pair, signer=None, **more):
    t = Token(flags=more.pop("flags", 0) | (SIGNED if signer else 0), **{k: v for k, v in more.items() if k in ("type", "key", "context")})
    if "type" not in more:
        t.type = STRING
    t.source, t.key_name, t.version = PAIRS[pair].source, PAIRS[pair].id, 0
    t.wrapped, t.pair, t.signer = PAIRS[pair].wrap(KEYS[t.key]), pair, signer
    if more.pop("hpke", False):
        t.source, t.wrapped = HPKE, PAIRS[pair].hpke(KEYS[t.key])
    for name, value in more.items():
        setattr(t, name, value)
    return t


def message(t, plaintext):
    return b"vaultcrypt 1 signature\0" + t.aad() + counted(t.record_key) + t.place() + t.nonce + t.sealed(plaintext)


def body(t, plaintext):
    tail = b""
    if t.signer:
        tail = PAIRS[t.signer].thumbprint + PAIRS[t.signer].private.sign(message(t, plaintext))
    return t.header() + t.place() + t.nonce + t.sealed(plaintext) + tail


def add(name, bytes_, t, result, plaintext=None, offset=None, **more):
    """`signed_by`: whom the reader demands."""
    form = "bytes" if t.type == BYTES else "text"
    test = {"name": name, "result": result, "form": form, "token": text(bytes_) if form == "text" else (MAGIC + bytes_).hex(),
            "key": t.key, "pair": t.pair, "path": t.path.decode(), "topic": t.topic.decode(), "record_key": t.record_key.hex()}
    if t.signer:
        test["signed_by"] = t.signer
    if result == "valid":
        test.update(flags=t.flags, type=TYPES[t.type], source=t.source, key_name=t.key_name.decode(), key_id=t.id.hex(), wrapped=t.wrapped.hex())
    if plaintext is not None:
        test["plaintext"] = plaintext.hex()
    if offset is not None:
        test["offset"] = offset
    test.update(more)
    TESTS.append(test)


def positives():
    value = b'"ann@example.org \\u0041\\/"'
    for pair in ("rsa2048", "rsa3072", "ec"):
        t = token_of(pair)
        add(f"{pair}, a string", body(t, value), t, "valid", value)
        t = token_of(pair, type=BYTES, path=b"value")
        add(f"{pair}, a whole value", body(t, b"any \0 bytes"), t, "valid", b"any \0 bytes")
        t = token_of(pair, "ed")
        add(f"{pair}, signed", body(t, value), t, "valid", value)
        t = token_of(pair, "ed", flags=TOPIC | KEY, topic=b"orders", record_key=b"k-17", type=BYTES, path=b"value")
        add(f"{pair}, signed, topic and record key bound", body(t, b"v"), t, "valid", b"v")
    t = token_of("ec", "ed", record_key=b"\0\xff")
    add("signed, a record key that is not bound otherwise", body(t, b"1"), t, "valid", b"1")
    t = token_of("ec", "ed", type=BYTES, path=b"value")
    add("signed, an empty value", body(t, b""), t, "valid", b"")
    t = Token(flags=SIGNED)
    t.pair, t.signer = "rsa2048", "ed"
    add("signed, under a static key", body(t, value), t, "valid", value)
    t = token_of("rsa2048", "ed")
    add("signed, and nobody demands it", body(t, value), t, "valid", value, signed_by=None)


def entry(key, pair, **more):
    """Of the header vaultcrypt-keys."""
    p = PAIRS[pair]
    t = Token(key=key, source=p.source, key_name=p.id, version=0, wrapped=p.wrap(KEYS[key]))
    for name, value in more.items():
        setattr(t, name, value)
    return t.id + t.place()


def outside(pair, **more):
    t = token_of(pair, flags=OUTSIDE | more.pop("flags", 0), **more)
    t.in_header = {"source": t.source, "key_name": t.key_name.decode(), "wrapped": t.wrapped.hex()}
    t.source, t.key_name, t.wrapped = 0, b"", b""
    return t


def with_headers():
    value, name = b'"4111"', "vaultcrypt-keys"

    def case(title, t, header, result, plaintext=value, **more):
        headers = [[name, header.hex()]] if isinstance(header, bytes) else header
        if result == "valid":
            more = {**t.in_header, **more}
        add(f"outside: {title}", body(t, plaintext), t, result, plaintext if result == "valid" else None, headers=headers, **more)

    for pair in ("rsa2048", "rsa3072", "ec"):
        case(f"{pair}, a string", outside(pair), b"\1" + entry("one", pair), "valid")
        case(f"{pair}, a whole value, bound, not the first", outside(pair, type=BYTES, path=b"value", flags=TOPIC | KEY, topic=b"t", record_key=b"k"),
             b"\1" + entry("two", "ec") + entry("one", pair), "valid", b"any \0 bytes")
        t, one = outside(pair), entry("one", pair)
        place, end = 1 + 32, 1 + len(one)  # of the source; of the entry
        for title, n in (("begins otherwise", end - len(PAIRS[pair].wrap(KEYS["one"])) + (1 if pair == "ec" else 0)), ("ends otherwise", end - 1)):
            case(f"{pair}, the wrapped key {title}", t, flip(b"\1" + one, n), "unwrap")
        case(f"{pair}, another data key wrapped", t, b"\1" + entry("one", pair, wrapped=PAIRS[pair].wrap(KEYS["two"])), "authentication")
        case(f"{pair}, the ids of two keys exchanged", t, b"\1" + entry("one", pair, id=key_id("two")) + entry("two", pair, id=key_id("one")), "authentication")
        case(f"{pair}, another data key only", t, b"\1" + entry("two", pair), "headers")
        case(f"{pair}, cut", t, b"\1" + one[:-1], "headers", offset=end - 1)
        case(f"{pair}, twice", t, b"\1" + one + one, "headers", offset=end)
        case(f"{pair}, no id of a public key", t, b"\1" + entry("one", pair, key_name=b"archive"), "headers", offset=place + 1)
        case(f"{pair}, a version", t, b"\1" + entry("one", pair, version=1), "headers", offset=place + 1)
        case(f"{pair}, a wrapped key of another size", t, b"\1" + entry("one", pair, wrapped=bytes(104)), "headers", offset=place + 1)
        case(f"{pair}, an unknown source", t, b"\1" + entry("one", pair, source=0x7f), "headers", offset=place)
    t = outside("rsa2048")
    t.pair = "rsa3072"
    case("rsa2048, opened with another key", t, b"\1" + entry("one", "rsa2048"), "unwrap")
    case("ec, no header", outside("ec"), [], "headers")
    case("ec, in a header of another name", outside("ec"), [["vaultcrypt-key", (b"\1" + entry("one", "ec")).hex()]], "headers")
    case("ec, the header twice", outside("ec"), [[name, (b"\1" + entry("one", "ec")).hex()]] * 2, "headers")


def places(t, plaintext):
    at = {"header": 0, "flags": 1, "key id": 3, "source": len(t.header())}
    at["key name"] = at["source"] + 2
    at["version"] = at["key name"] + len(t.key_name)
    at["wrapped"] = at["source"] + len(t.place()) - len(t.wrapped)
    at["nonce"] = at["source"] + len(t.place())
    at["sealed"] = at["nonce"] + 12
    at["signer"] = at["sealed"] + len(t.sealed(plaintext))
    at["signature"] = at["signer"] + 32
    return at


def negatives_of_signatures():
    value = b'"4111"'
    t = token_of("rsa2048", "ed", flags=KEY, record_key=b"k")
    b, at = body(t, value), places(t, value)
    for where in ("key id", "key name", "wrapped", "nonce", "sealed", "signature"):
        add(f"signed, {where} changed", flip(b, at[where]), t, "signature")
    for n in (at["signer"] - 1, len(b) - 1, len(b) - 32):
        add(f"signed, byte {n} changed", flip(b, n), t, "signature")
    add("signed, the signer changed", flip(b, at["signer"]), t, "signer")
    add("signed, type changed", b[:2] + b"\x02" + b[3:], t, "signature")
    add("signed, context changed", b[:36] + b"C" + b[37:], t, "signature")
    for field, other in (("path", b"$.other"), ("record_key", b"K"), ("record_key", b"")):
        moved = token_of("rsa2048", "ed", flags=KEY, record_key=b"k")
        setattr(moved, field, other)
        add(f"signed, another {field}: {other.decode() or 'none'}", b, moved, "signature")
    for flags, field in ((0, "record_key"), (TOPIC, "topic")):
        u = token_of("rsa2048", "ed", flags=flags, topic=b"orders", record_key=b"k")
        made = body(u, value)
        setattr(u, field, b"other")
        add(f"signed, another {field}, flags {flags}", made, u, "signature")
    other = token_of("rsa2048", "ed2", flags=KEY, record_key=b"k")
    add("signed by another", body(other, value), t, "signer")
    plain = token_of("rsa2048", flags=KEY, record_key=b"k")
    add("not signed", body(plain, value), t, "signer")
    twin = body(token_of("rsa2048", "ed", flags=KEY, record_key=b"k", nonce=drawn("another nonce", 12)), value)
    add("signed, signature of another token", b[:at["signer"]] + twin[-96:], t, "signature")
    stripped = flip(b, 1, 3)[:-96]
    add("signed, signature and flag taken off", stripped, t, "signer")
    add("signed, signature and flag taken off, nobody demands it", stripped, t, "authentication", signed_by=None)
    wrong = b[:at["signer"]] + PAIRS["ed"].thumbprint + PAIRS["ed"].private.sign(t.sealed(value))
    add("signed, a signature over less", wrong, t, "signature")


def negatives_of_wrapping():
    value = b'"4111"'
    for pair in ("rsa2048", "ec"):
        t = token_of(pair)
        b, at = body(t, value), places(t, value)
        for n in (at["wrapped"] + (0 if pair == "rsa2048" else 1), at["wrapped"] + 70, at["nonce"] - 1):
            add(f"{pair}, byte {n} of the wrapped key changed", flip(b, n), t, "unwrap")
        add(f"{pair}, key id changed", flip(b, at["key id"]), t, "authentication")
        add(f"{pair}, ciphertext changed", flip(b, at["sealed"]), t, "authentication")
        u = token_of(pair, key="two")
        add(f"{pair}, another data key wrapped", t.header() + u.place() + t.nonce + t.sealed(value), t, "authentication")
    t, u = token_of("rsa2048"), token_of("ec")
    t.pair = "rsa3072"
    add("rsa2048, opened with another key", body(t, value), t, "unwrap")
    off_curve = token_of("ec")
    off_curve.wrapped = b"\4" + bytes(63) + b"\1" + off_curve.wrapped[65:]
    add("ec, a point that is not on the curve", body(off_curve, value), off_curve, "unwrap")


def negatives_of_structure():
    value = b'"x"'

    def refused(name, made, offset, t):
        add(name, made, t, "structure", offset=offset)

    for pair in ("rsa2048", "ec"):
        t = token_of(pair)
        b, at = body(t, value), places(t, value)
        def wrong(title, offset, **more):
            u = token_of(pair)
            for name, to in more.items():
                setattr(u, name, to)
            refused(f"{pair}, {title}", body(u, value), offset, t)
        wrong("no id", at["source"] + 1, key_name=b"")
        wrong("an id of 42 characters", at["source"] + 1, key_name=t.key_name[:42])
        wrong("an id of 44 characters", at["source"] + 1, key_name=t.key_name + b"A")
        wrong("an id with another character", at["source"] + 1, key_name=t.key_name[:42] + b"=")
        wrong("a version", at["source"] + 1, version=1)
        wrong("a wrapped key of another size", at["source"] + 1, wrapped=t.wrapped[:104])
        wrong("no wrapped key", at["source"] + 1, wrapped=b"")
        refused(f"{pair}, the other source", b[:at["source"]] + bytes([RSA + EC - t.source]) + b[at["source"] + 1:],
                at["source"] + 1 if pair == "rsa2048" else at["source"] + 1, t)
        refused(f"{pair}, in a stream", bytes([SEGMENTS]) + b[1:2] + b"\0" + b[3:] + bytes(64), at["source"], t)
        refused(f"{pair}, with AES-256-SIV", bytes([SIV]) + b[1:], at["source"], t)
    t = token_of("ec")
    compressed = token_of("ec")
    compressed.wrapped = b"\2" + compressed.wrapped[1:]
    refused("ec, a compressed point", body(compressed, value), places(t, value)["source"] + 1, t)
    s = token_of("ec", "ed")
    b, at = body(s, value), places(s, value)
    for n in (at["signer"], at["signature"], len(b) - 1):  # what is left is too short, or another signature
        cut = b[:n]
        if len(cut) < at["sealed"] + 16 + 96:
            refused(f"signed, cut at {n}", cut, n, s)
    u = Token(flags=SIGNED | OUTSIDE)
    u.pair, u.signer = "ec", None
    refused("signed, with the wrapped key outside", u.header() + u.place() + u.nonce + u.sealed(value) + bytes(96), 1, s)
    for algorithm, key in ((SIV, "siv customers"), (3, "hash customers"), (SEGMENTS, "one")):
        v = Token(algorithm, flags=SIGNED, key=key, type=BYTES if algorithm == SEGMENTS else STRING)
        v.pair, v.signer = "ec", None
        refused(f"signed, algorithm {algorithm}", v.header() + v.place() + bytes(200), 1, s)


def of_hpke():
    """Source 5, to a key that has source 4 too."""
    value, ec_ = b'"ann@example.org"', PAIRS["ec"]
    t = token_of("ec", hpke=True)
    b, at = body(t, value), places(t, value)
    add("hpke, a string", b, t, "valid", value)
    u = token_of("ec", "ed", hpke=True, flags=TOPIC | KEY, topic=b"orders", record_key=b"k-17", type=BYTES, path=b"value")
    add("hpke, signed, a whole value, topic and record key bound", body(u, b"any \0 bytes"), u, "valid", b"any \0 bytes")
    o = outside("ec", hpke=True)
    entry_ = entry("one", "ec", source=HPKE, wrapped=ec_.hpke(KEYS["one"]))
    add("hpke, outside", body(o, value), o, "valid", value, headers=[["vaultcrypt-keys", (b"\1" + entry_).hex()]], **o.in_header)
    add("hpke, outside, the other source", body(o, value), o, "headers", offset=34,
        headers=[["vaultcrypt-keys", (b"\1" + entry("one", "ec", wrapped=ec_.hpke(KEYS["one"]))).hex()]])

    for n in (at["wrapped"] + 1, at["wrapped"] + 64, at["wrapped"] + 65, at["wrapped"] + 96, at["wrapped"] + 97, at["nonce"] - 1):
        add(f"hpke, byte {n} of the wrapped key changed", flip(b, n), t, "unwrap")
    add("hpke, key id changed", flip(b, at["key id"]), t, "authentication")
    add("hpke, ciphertext changed", flip(b, at["sealed"]), t, "authentication")
    add("hpke, another data key wrapped", body(token_of("ec", hpke=True, wrapped=ec_.hpke(KEYS["two"])), value), t, "authentication")
    for title, wrapped in (("no info", ec_.hpke(KEYS["one"], b"")), ("another info", ec_.hpke(KEYS["one"], b"vaultcrypt 1 Key")),
                           ("a point that is not on the curve", b"\4" + bytes(63) + b"\1" + t.wrapped[65:]), ("the point 0, 0", b"\4" + bytes(64) + t.wrapped[65:]),
                           ("AES-KW in its place", t.wrapped[:65] + ec_.ecdh(KEYS["one"])[65:] + bytes(8))):
        add(f"hpke, {title}", body(token_of("ec", hpke=True, wrapped=wrapped), value), t, "unwrap")
    for title, more in (("as the other source", {"source": EC}), ("wrapped as the other source", {"wrapped": ec_.ecdh(KEYS["one"])}), ("an id of 42 characters", {"key_name": t.key_name[:42]}),
                        ("a version", {"version": 1}), ("a compressed point", {"wrapped": b"\2" + t.wrapped[1:]}), ("no wrapped key", {"wrapped": b""}),
                        ("a byte more", {"wrapped": t.wrapped + b"\0"}), ("a wrapped key of RSA's size", {"wrapped": b"\4" + bytes(255)})):
        add(f"hpke, {title}", body(token_of("ec", hpke=True, **more), value), t, "structure", offset=at["source"] + 1)
    add("hpke, in a stream", bytes([SEGMENTS]) + b[1:2] + b"\0" + b[3:] + bytes(64), t, "structure", offset=at["source"])
    add("hpke, with AES-256-SIV", bytes([SIV]) + b[1:], t, "structure", offset=at["source"])
    add("a source behind the last", b[:at["source"]] + b"\6" + b[at["source"] + 1:], t, "structure", offset=at["source"])


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else HERE
    positives()
    negatives_of_signatures()
    negatives_of_wrapping()
    negatives_of_structure()
    with_headers()
    of_hpke()
    vectors = {"format": "vaultcrypt-format(5), version 1", "keys": {n: KEYS[n].hex() for n in ("one", "two")},
               "pairs": {n: {"private": p.pem, "public": p.public_pem, "id": p.id.decode()} for n, p in PAIRS.items()}, "tests": TESTS}
    with open(os.path.join(folder, "pairs.json"), "w", encoding="ascii") as f:
        json.dump(vectors, f, indent=1)
        f.write("\n")
    valid = sum(t["result"] == "valid" for t in TESTS)
    print(f"pairs.json: {valid} valid, {len(TESTS) - valid} to be refused")


if __name__ == "__main__":
    main()
