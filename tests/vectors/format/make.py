#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tokens.json and streams.json: vectors of vaultcrypt-format(5), with Python's `cryptography` and nothing of this project.

    python3 make.py [FOLDER]

Everything random is the SHA-256 of a name, so that the files come out the same each time.
"""
import base64
import hashlib
import hmac
import json
import os
import sys

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

GCM, SIV, HMAC, SEGMENTS = 0x01, 0x02, 0x03, 0x11
TOPIC, KEY, OUTSIDE = 1, 2, 4
BYTES, STRING, NUMBER, BOOLEAN, NULL, ARRAY, OBJECT = range(7)
TYPES = ["bytes", "string", "number", "boolean", "null", "array", "object"]
MAGIC = b"\x8bVC\x01"


def drawn(name, size=32):
    return b"".join(hashlib.sha256(f"{name} {i}".encode()).digest() for i in range((size + 31) // 32))[:size]


def hkdf(ikm, info, size=32, salt=b""):
    return HKDF(hashes.SHA256(), size, salt or None, info if isinstance(info, bytes) else info.encode()).derive(ikm)


def uvarint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def counted(b):
    return uvarint(len(b)) + b


# -- keys ------------------------------------------------------------------------------------------------------------

STATIC = drawn("static key of the vectors")  # its name is "archive"


def prf(purpose, context):
    return hmac.digest(STATIC, b"vaultcrypt 1 prf\0" + purpose.encode() + b"\0" + context.encode(), "sha256")


KEYS = {
    "one": drawn("data key one"),
    "two": drawn("data key two"),
    "siv customers": prf("siv", "customers"),
    "siv shops": prf("siv", "shops"),
    "hash customers": prf("hash", "customers"),
}
LABELS = {GCM: ("vaultcrypt 1 token AES-256-GCM", 32), SIV: ("vaultcrypt 1 AES-256-SIV", 64),
          HMAC: ("vaultcrypt 1 HMAC-SHA-256", 32), SEGMENTS: ("vaultcrypt 1 stream", 32)}


def key_id(name):
    return hkdf(KEYS[name], "vaultcrypt 1 key id")


def derived(name, algorithm):
    return hkdf(KEYS[name], *LABELS[algorithm])


def wrapped_static(name):
    return keywrap.aes_key_wrap_with_padding(STATIC, KEYS[name])


# -- tokens ----------------------------------------------------------------------------------------------------------

class Token:
    """The fields of a body, to be written as they are: right ones by default, or what a test wants."""

    def __init__(self, algorithm=GCM, flags=0, type=STRING, key="one", context=b"customers", **more):
        self.algorithm, self.flags, self.type, self.key, self.context = algorithm, flags, type, key, context
        carried = algorithm in (GCM, SEGMENTS)
        self.id = key_id(key)
        self.extensions = b""
        self.source, self.key_name, self.version = 2, b"archive", 0
        self.wrapped = wrapped_static(key) if carried else b""
        if flags & OUTSIDE:
            self.source, self.key_name, self.wrapped = 0, b"", b""
        self.path, self.topic, self.record_key = b"$.email" if carried and type else b"", b"", b""
        if type == BYTES and algorithm == GCM:
            self.path = b"value"
        self.nonce = drawn(f"nonce {algorithm} {flags} {type} {key} {context} {more}", 12) if algorithm == GCM else b""
        for name, value in more.items():
            setattr(self, name, value)

    def header(self):
        return bytes([self.algorithm, self.flags, self.type]) + self.id + counted(self.context) + counted(self.extensions)

    def aad(self):
        return (b"\x01" + self.header() + counted(self.path) + (counted(self.topic) if self.flags & TOPIC else b"")
                + (counted(self.record_key) if self.flags & KEY else b""))

    def place(self):
        return bytes([self.source]) + counted(self.key_name) + uvarint(self.version) + counted(self.wrapped)

    def sealed(self, plaintext):
        k, aad = derived(self.key, self.algorithm), self.aad()
        if self.algorithm == GCM:
            return AESGCM(k).encrypt(self.nonce, plaintext, aad)
        if self.algorithm == SIV:
            return AESSIV(k).encrypt(plaintext, [aad])
        return hmac.digest(k, aad + plaintext, "sha256")

    def body(self, plaintext):
        return self.header() + self.place() + self.nonce + self.sealed(plaintext)


def text(body):
    return "vc1:" + base64.b64encode(body).decode()


TESTS = []


def add(name, body, token, result, plaintext=None, form="text", raw=None, offset=None, **more):
    """`token`: what the reader is to be told (key, path, topic, record key); `raw`: the whole token in its form."""
    test = {"name": name, "result": result, "form": form}
    test["token"] = raw if raw is not None else text(body) if form == "text" else (MAGIC + body).hex()
    test["key"] = token.key
    test["path"] = token.path.decode()
    if token.flags & TOPIC:
        test["topic"] = token.topic.decode()
    if token.flags & KEY:
        test["record_key"] = token.record_key.hex()
    test["contexts"] = ["customers", "", "\u00e9t\u00e9 \U0001f40c", "c" * 255]
    if result == "valid":
        test["algorithm"], test["type"], test["flags"] = token.algorithm, TYPES[token.type], token.flags
        test["context"] = token.context.decode()
        test["source"], test["key_name"], test["key_version"] = token.source, token.key_name.decode(), token.version
        test["key_id"] = token.id.hex()
        test["wrapped"] = token.wrapped.hex()
    if plaintext is not None:
        test["plaintext"] = plaintext.hex()
    if offset is not None:
        test["offset"] = offset
    test.update(more)
    TESTS.append(test)


def positives():
    values = {STRING: b'"ann@example.org \\u0041\\/"', NUMBER: b"123456789012345678901234567890.10e-3", BOOLEAN: b"true",
              NULL: b"null", ARRAY: b'[1, 2 ,{"a":[]}]', OBJECT: b'{ "a" : -0 , "a" : 1 }'}
    for kind, value in values.items():
        t = Token(type=kind)
        add(f"AES-256-GCM, {TYPES[kind]}", t.body(value), t, "valid", value)
    plain = {STRING: b"ann@example.org", NUMBER: b"17", BOOLEAN: b"false", NULL: b"null", ARRAY: b"[]", OBJECT: b"{}"}
    for algorithm, key, title in ((SIV, "siv customers", "AES-256-SIV"), (HMAC, "hash customers", "HMAC-SHA-256")):
        for kind, value in plain.items():
            t = Token(algorithm, type=kind, key=key, version=0)
            add(f"{title}, {TYPES[kind]}", t.body(value), t, "valid", value)
        t = Token(algorithm, key=key)
        add(f"{title}, empty string", t.body(b""), t, "valid", b"")
        t = Token(algorithm, key=key, source=1, key_name=b"app", version=4294967295)
        add(f"{title}, pinned version of a transit key", t.body(b"17 bytes of text."), t, "valid", b"17 bytes of text.")
    for size in (15, 16, 17, 31, 32, 33, 300):
        t = Token(SIV, key="siv customers")
        add(f"AES-256-SIV, {size} bytes", t.body(drawn("siv text", size)), t, "valid", drawn("siv text", size))
    for flags, title in ((0, "plain"), (TOPIC, "topic bound"), (KEY, "record key bound"), (TOPIC | KEY, "both bound"),
                         (TOPIC | KEY | OUTSIDE, "both bound, wrapped key outside"), (OUTSIDE, "wrapped key outside")):
        t = Token(flags=flags, type=BYTES, topic=b"orders" if flags & TOPIC else b"",
                  record_key=b"\x00\xff17" if flags & KEY else b"")
        value = drawn("a whole value", 70)
        more = {"headers": [["vaultcrypt-keys", keys_header("two", "one").hex()]]} if flags & OUTSIDE else {}
        add(f"AES-256-GCM, whole value as bytes, {title}", t.body(value), t, "valid", value, form="bytes", **more)
    t = Token(flags=KEY, record_key=b"")
    add("AES-256-GCM, empty record key bound", t.body(b'"x"'), t, "valid", b'"x"')
    t = Token(type=BYTES)
    add("AES-256-GCM, empty value", t.body(b""), t, "valid", b"", form="bytes")
    t = Token(SIV, type=BYTES, key="siv customers", path=b"key")
    add("AES-256-SIV, record key", t.body(b"customer 17"), t, "valid", b"customer 17", form="bytes")
    t = Token(source=1, key_name=b"team/keys/app", version=128, wrapped=drawn("wrapped", 60), path=b"$.items[*].note")
    add("AES-256-GCM, key of another transit mount", t.body(b'"n"'), t, "valid", b'"n"')
    for context, title in ((b"", "empty context"), ("\u00e9t\u00e9 \U0001f40c".encode(), "UTF-8 context"), (b"c" * 255, "longest context")):
        t = Token(context=context)
        add(f"AES-256-GCM, {title}", t.body(b'"x"'), t, "valid", b'"x"')
    t = Token(key_name=b"k" * 255, wrapped=drawn("long", 1024), source=1, path=("$['" + "p" * 300 + "']").encode())
    add("AES-256-GCM, everything as long as it may be", t.body(b'"x"'), t, "valid", b'"x"')


def keys_header(*names, tamper=None):
    out = b"\x01" + b"".join(key_id(n) + b"\x02" + counted(b"archive") + b"\x00" + counted(wrapped_static(n)) for n in names)
    return tamper(out) if tamper else out


def flip(b, at, bit=0):
    return b[:at] + bytes([b[at] ^ 1 << bit]) + b[at + 1:]


def regions(t, plaintext):
    """Where the fields of a body begin."""
    at = {"algorithm": 0, "flags": 1, "type": 2, "key id": 3, "context length": 35, "context": 36}
    at["extensions"] = 36 + len(t.context)
    at["source"] = at["extensions"] + 1
    at["key name length"] = at["source"] + 1
    at["key name"] = at["key name length"] + 1
    at["key version"] = at["key name"] + len(t.key_name)
    at["wrapped key length"] = at["key version"] + 1
    at["wrapped key"] = at["wrapped key length"] + 1
    at["nonce"] = at["wrapped key"] + len(t.wrapped)
    at["sealed"] = at["nonce"] + len(t.nonce)
    at["end"] = at["sealed"] + len(t.sealed(plaintext))
    return at


def negatives_of_content(t, title, plaintext, other):
    body, at = t.body(plaintext), regions(t, plaintext)
    refused = "authentication"
    add(f"{title}, type changed", body[:2] + bytes([NUMBER]) + body[3:], t, refused)
    for n in (0, 31):
        add(f"{title}, key id flipped at {n}", flip(body, 3 + n), t, refused)
    add(f"{title}, context changed to one that is accepted", body[:35] + b"\x00" + body[36 + len(t.context):], t, refused)
    add(f"{title}, topic said to be bound", flip(body, 1), Like(t, flags=t.flags ^ TOPIC, topic=b"orders"), refused)
    for n in range(at["nonce"], at["end"]):
        if n in (at["nonce"], at["nonce"] + 11, at["sealed"], at["sealed"] + 15, at["sealed"] + 16, at["end"] - 17, at["end"] - 16, at["end"] - 1) and n < at["end"]:
            add(f"{title}, byte {n} flipped", flip(body, n, n % 8), t, refused)
    add(f"{title}, other path", body, Like(t, path=b"$.phone"), refused)
    add(f"{title}, path longer by a NUL", body, Like(t, path=t.path + b"\0"), refused)
    add(f"{title}, other key", body, Like(t, key=other), refused)
    add(f"{title}, the other key's id put in", body[:3] + key_id(other) + body[35:], Like(t, key=other), refused)
    foreign = Like(t, context=b"shops")
    add(f"{title}, a context that is not accepted", foreign.body(plaintext), foreign, "context")


def Like(t, **more):
    copy = object.__new__(Token)
    copy.__dict__.update(t.__dict__)
    copy.__dict__.update(more)
    if "key" in more:
        copy.id = key_id(more["key"])
    return copy


def negatives_of_binding():
    value = b'"bound"'
    t = Token(flags=TOPIC | KEY, topic=b"orders", record_key=b"17")
    body = t.body(value)
    refused = "authentication"
    add("bound, as it was sealed", body, t, "valid", value)
    add("bound, other topic", body, Like(t, topic=b"src.orders"), refused)
    add("bound, empty topic", body, Like(t, topic=b""), refused)
    add("bound, other record key", body, Like(t, record_key=b"18"), refused)
    add("bound, bytes moved from topic to record key", body, Like(t, topic=b"order", record_key=b"s17"), refused)
    add("bound, flags taken off", flip(flip(body, 1, 0), 1, 1), Like(t, flags=0), refused)
    add("bound, one flag taken off", flip(body, 1, 1), Like(t, flags=TOPIC), refused)


def negatives_of_splices():
    a, b = Token(), Token(nonce=drawn("another nonce", 12))
    va, vb = b'"first value"', b'"other value"'
    ba, bb, at = a.body(va), b.body(vb), regions(a, va)
    refused = "authentication"
    add("splice: nonce of one, ciphertext of another", ba[:at["sealed"]] + bb[at["sealed"]:], a, refused)
    add("splice: ciphertext of one, tag of another", ba[:-16] + bb[-16:], a, refused)
    add("splice: ciphertext doubled", ba[:-16] + ba[at["sealed"]:], a, refused)
    s = Token(SIV, key="siv customers")
    sa, sb = s.body(va), s.body(vb)
    start = regions(s, va)["sealed"]
    add("splice: V of one, ciphertext of another", sa[:start + 16] + sb[start + 16:], s, refused)
    # Whatever is not bound may change: the token opens all the same.
    moved = Like(a, key_name=b"renamed", wrapped=wrapped_static("two"), version=9)
    add("not bound: key name, version and wrapped bytes", moved.header() + moved.place() + a.nonce + a.sealed(va), moved, "valid", va)


def negatives_of_structure():
    t, v = Token(), b'"x"'
    body, at = t.body(v), regions(Token(), b'"x"')

    def refused(name, body, offset, token=t, **more):
        add(name, body, token, "structure", offset=offset, **more)

    for n in sorted(set(at.values()) - {at["end"]}) + [at["key id"] + 31, at["context"] + 3, at["wrapped key"] + 20, at["nonce"] + 11, at["sealed"] + 15]:
        refused(f"cut at {n}", body[:n], n)
        refused(f"cut at {n}, as bytes", body[:n], n, form="bytes")
    for a in (0x00, 0x04, 0x10, 0x12, 0x7F, 0x81, 0xFF):
        refused(f"unknown algorithm {a:#04x}", bytes([a]) + body[1:], 0)
    for f in (0x10, 0x20, 0x40, 0x80):
        refused(f"unknown flag {f:#04x}", body[:1] + bytes([f]) + body[2:], 1)
    refused("wrapped key outside, with one inside", flip(body, 1, 2), at["source"])
    for kind in (7, 0x80, 0xFF):
        refused(f"unknown type {kind:#04x}", body[:2] + bytes([kind]) + body[3:], 2)
    refused("a stream with a type", bytes([SEGMENTS]) + body[1:], 2)
    for f in (TOPIC, KEY, OUTSIDE):
        refused(f"a stream with flag {f}", bytes([SEGMENTS, f]) + body[2:], 1)
    for source in (0, 6, 255):
        refused(f"source {source}", body[:at["source"]] + bytes([source]) + body[at["source"] + 1:], at["source"])
    for source in (3, 4, 5):
        refused(f"source {source}, with a key name that is no id", body[:at["source"]] + bytes([source]) + body[at["source"] + 1:],
                at["source"] + 1)
    refused("an extension: producer id", Like(t, extensions=b"\x01\x02id").body(v), at["extensions"])
    refused("an extension: unknown", Like(t, extensions=b"\x7f\x00").body(v), at["extensions"])
    refused("context of 256 bytes", Like(t, context=b"c" * 256).body(v), 35)
    refused("context that is not UTF-8", Like(t, context=b"ab\xc0\x80").body(v), 38)
    refused("context with a surrogate", Like(t, context=b"\xed\xa0\x80").body(v), 36)
    refused("context cut within a character", Like(t, context=b"a\xe2\x82").body(v), 37)
    refused("key name of 256 bytes", Like(t, key_name=b"k" * 256).body(v), at["key name length"])
    refused("wrapped key of 1025 bytes", Like(t, wrapped=bytes(1025)).body(v), at["wrapped key length"])
    refused("no wrapped key", Like(t, wrapped=b"").body(v), at["wrapped key"])
    for field, wrong in (("context length", b"\x89\x00"), ("extensions", b"\x80\x00"), ("key name length", b"\x87\x80\x00"),
                         ("key version", b"\x80\x00"), ("key version", b"\x80\x80\x80\x80\x10"),
                         ("key version", b"\xff\xff\xff\xff\xff\x01"), ("wrapped key length", b"\xa8\x00")):
        n = at[field]
        refused(f"{field} as {wrong.hex()}", body[:n] + wrong + body[n + 1:], n)
    n = at["context length"]
    refused("context longer than the body", body[:n] + b"\xff\x01" + body[n + 1:n + 60], n + 61)
    o = Token(flags=OUTSIDE)
    ob = o.body(v)
    source = regions(o, v)["source"]
    header = {"headers": [["vaultcrypt-keys", keys_header("one").hex()]]}
    refused("wrapped key outside, a source all the same", ob[:source] + b"\x02" + ob[source + 1:], source, o, **header)
    refused("wrapped key outside, a key name all the same", Like(o, key_name=b"n").body(v), source + 1, o, **header)
    refused("wrapped key outside, a key version all the same", Like(o, version=1).body(v), source + 1, o, **header)
    refused("wrapped key outside, a wrapped key all the same", Like(o, wrapped=bytes(40)).body(v), source + 4, o, **header)
    for algorithm, key in ((SIV, "siv customers"), (HMAC, "hash customers")):
        s = Token(algorithm, key=key)
        sb, sat = s.body(v), regions(s, v)
        refused(f"algorithm {algorithm}, wrapped key outside", flip(sb, 1, 2), 1, s)
        refused(f"algorithm {algorithm}, a wrapped key", Like(s, wrapped=b"w").body(v), sat["wrapped key"], s)
        refused(f"algorithm {algorithm}, no source", sb[:sat["source"]] + b"\0" + sb[sat["source"] + 1:], sat["source"], s)
        least = 16 if algorithm == SIV else 32
        refused(f"algorithm {algorithm}, cut", sb[:sat["sealed"] + least - 1], sat["sealed"] + least - 1, s)
    refused("algorithm 3, a byte behind its end", sb + b"\0", len(sb), s)

    # Text and magic. Offsets count in the token as it stands.
    good = text(body)
    raw = base64.b64encode(body).decode()
    for wrong, offset in (("vc2:" + raw, 2), ("vc10:" + raw, 2), ("vc999:", 2), (good[:-1] + "!", len(good) - 1), (good + "=", None),
                          (good[:10] + "\n" + good[11:], 10), (good[:10] + "-" + good[11:], 10), (good[:-1], None),
                          ("vc1:" + raw[:20] + "A===", None), ("vc1:QQ==QUFB", 6), ("vc1:QR==", 5)):
        refused(f"text {len(TESTS)}", None, offset, raw=wrong, whole=True)
    refused("text with nothing behind vc1:", None, 0, raw="vc1:")
    for wrong, offset in ((MAGIC[:3], 3), (b"\x8bVC\x00" + body, 3), (b"\x8bVC\x02" + body, 3), (MAGIC[:1], 1)):
        refused(f"bytes {len(TESTS)}", None, offset, raw=wrong.hex(), form="bytes", whole=True)
    for wrong in ("", "vc", "vc1", "vc:", "vcx:" + raw, "vc1000:" + raw, "vc01:" + raw, "vc0:" + raw, "VC1:" + raw, " vc1:" + raw, "vault:v1:" + raw, raw):
        add(f"no token: text {len(TESTS)}", None, t, "plaintext", raw=wrong)
    for wrong in (b"", b"{}", b"\x8bVD\x01" + body, body):
        add(f"no token: bytes {len(TESTS)}", None, t, "plaintext", raw=wrong.hex(), form="bytes")


def negatives_of_headers():
    v = b'"x"'
    t = Token(flags=OUTSIDE)
    body, name = t.body(v), "vaultcrypt-keys"
    one, entry = keys_header("one"), keys_header("one")[1:]

    def case(title, headers, result="headers", **more):
        add(f"header: {title}", body, t, result, v if result == "valid" else None,
            headers=[[n, None if h is None else h.hex()] for n, h in headers], **more)

    case("alone", [(name, one)], "valid")
    case("among others", [("a", b"x"), (name, keys_header("two", "one")), ("Vaultcrypt-Keys", b"")], "valid")
    case("missing", [])
    case("missing, another is there", [("vaultcrypt-key", one), ("vaultcrypt-keys2", one)])
    case("twice, the same", [(name, one), (name, one)])
    case("twice, other keys", [(name, one), (name, keys_header("two"))])
    case("null", [(name, None)])
    case("empty", [(name, b"")], offset=0)
    case("no key in it", [(name, b"\x01")], offset=1)
    case("unknown version", [(name, b"\x02" + entry)], offset=0)
    case("another key only", [(name, keys_header("two"))])
    case("an id twice", [(name, keys_header("one", "two", "one"))], offset=1 + 2 * len(entry))
    for n in (1 + 31, 1 + 32, 1 + 33, 1 + 33 + 8, len(one) - 1):
        case(f"cut at {n}", [(name, one[:n])], offset=n)
    case("bytes behind", [(name, one + b"\0")], offset=len(one) + 1)
    for source in (0, 6, 255):
        case(f"source {source}", [(name, one[:33] + bytes([source]) + one[34:])], offset=33)
    for source in (3, 4, 5):
        case(f"source {source}, with a key name that is no id", [(name, one[:33] + bytes([source]) + one[34:])], offset=34)
    case("long version", [(name, one[:42] + b"\x80\x00" + one[43:])], offset=42)
    case("no wrapped key", [(name, one[:43] + b"\x00")], offset=44)


# -- one ciphertext for two keys -----------------------------------------------------------------------------------------
# AES-GCM commits to no key: its tag is linear in each block of ciphertext, so one block can be chosen such that the
# tags under two keys are the same (Dodis, Grubbs, Ristenpart, Woodage: Fast Message Franking, 2018). The key id refuses.

def gf_mul(x, y):
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return z


def gf_pow(x, n):
    out = 1 << 127  # the one of GCM's bit order
    while n:
        out, x, n = gf_mul(out, x) if n & 1 else out, gf_mul(x, x), n >> 1
    return out


def block(key, b):
    e = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(e.update(b) + e.finalize(), "big")


def blocks(b):
    b += bytes(-len(b) % 16)
    return [int.from_bytes(b[i:i + 16], "big") for i in range(0, len(b), 16)]


def tag_of(key, nonce, aad, cipher):
    h, y = block(key, bytes(16)), 0
    for x in blocks(aad) + blocks(cipher) + [len(aad) * 8 << 64 | len(cipher) * 8]:
        y = gf_mul(y ^ x, h)
    return y ^ block(key, nonce + b"\0\0\0\1")


def negatives_of_commitment():
    t = Token(nonce=drawn("a nonce for two keys", 12))
    k1, k2 = derived("one", GCM), derived("two", GCM)
    aad = t.aad()  # with the id of key one: of two keys one must be named
    cipher = AESGCM(k1).encrypt(t.nonce, b'"pay to Ann: 10"' + bytes(16) + b" " * 16, aad)[:-16]
    cipher = cipher[:16] + bytes(16) + cipher[32:]  # the free block is the second: two more blocks and the lengths are behind it
    h1, h2 = block(k1, bytes(16)), block(k2, bytes(16))
    power = 3  # that block, the third, and the lengths
    difference = tag_of(k1, t.nonce, aad, cipher) ^ tag_of(k2, t.nonce, aad, cipher)
    factor = gf_pow(h1, power) ^ gf_pow(h2, power)
    chosen = gf_mul(difference, gf_pow(factor, 2 ** 128 - 2))
    cipher = cipher[:16] + chosen.to_bytes(16, "big") + cipher[32:]
    tag = tag_of(k1, t.nonce, aad, cipher).to_bytes(16, "big")
    p1, p2 = (AESGCM(k).decrypt(t.nonce, cipher + tag, aad) for k in (k1, k2))
    assert p1 != p2 and p1.startswith(b'"pay to Ann: 10"')
    body = t.header() + t.place() + t.nonce + cipher + tag
    add("two keys open this ciphertext: with the one that is named", body, t, "valid", p1)
    add("two keys open this ciphertext: with the other", body, Like(t, key="two"), "authentication", cipher_opens_to=p2.hex(),
        aad=aad.hex())


# -- streams -----------------------------------------------------------------------------------------------------------

class Stream:
    def __init__(self, name, size=1024, key="one", context=b""):
        self.token = Token(SEGMENTS, type=BYTES, key=key, context=context, path=b"stream")
        self.salt, self.prefix, self.size = drawn(name + " salt"), drawn(name + " prefix", 7), size
        self.index, self.out = 0, b""
        self.key = hkdf(derived(key, SEGMENTS), b"vaultcrypt 1 segments" + self.token.aad() + self.prefix + size.to_bytes(4, "big"),
                        salt=self.salt)
        self.out = MAGIC + self.token.header() + self.token.place() + self.salt + self.prefix + size.to_bytes(4, "big")
        self.starts = []

    def segment(self, plaintext, last=0):
        nonce = self.prefix + self.index.to_bytes(4, "big") + bytes([last])
        sealed = AESGCM(self.key).encrypt(nonce, plaintext, None)
        self.starts.append(len(self.out))
        self.out += len(sealed).to_bytes(4, "big") + sealed
        self.index += 1

    def trailer(self, size, digest):
        self.segment(size.to_bytes(8, "big") + digest, 1)

    def seal(self, manifest, data, before=b""):
        self.segment(manifest)
        for i in range(0, len(data), self.size):
            self.segment(data[i:i + self.size])
        whole = before + data
        self.trailer(len(whole), hashlib.sha256(whole).digest())
        return self


def tlv(kind, value):
    return bytes([kind]) + counted(value)


STREAMS = []


def stream(name, pieces, result, key="one", context="", fault=None, **more):
    """`pieces`: hex, or [name of a valid stream, from, to]: what is joined is the stream."""
    test = {"name": name, "result": result, "key": key, "contexts": [context]}
    if fault:
        test["fault"] = fault
    test.update(more)
    test["pieces"] = [p.hex() if isinstance(p, bytes) else list(p) for p in pieces]
    STREAMS.append(test)


def valid_stream(name, manifest, data, shown, size=1024, key="one", context="", before=b""):
    s = Stream(name, size, key, context.encode()).seal(manifest, data, before)
    extra = {"before": before.hex()} if before else {}
    stream(name, [s.out], "valid", key, context, manifest=shown, segment=size, segments=s.starts + [len(s.out)],
           plaintext=data.hex(), size=len(before + data), sha256=hashlib.sha256(before + data).hexdigest(), **extra)
    return s


def streams():
    data = drawn("the data of a file", 2500)
    everything = (tlv(1, "r\u00e9sum\u00e9.txt".encode()) + tlv(2, (0o640).to_bytes(4, "big")) + tlv(3, (1764398100123456789).to_bytes(8, "big"))
                  + tlv(4, (2500).to_bytes(8, "big")))
    shown = {"name": "r\u00e9sum\u00e9.txt", "mode": 0o640, "mtime": 1764398100123456789, "size": 2500}
    whole = valid_stream("three segments", everything, data, shown)
    valid_stream("empty", b"", b"", {})
    valid_stream("one byte", tlv(3, (-1).to_bytes(8, "big", signed=True)), b"\x00", {"mtime": -1})
    valid_stream("exactly two segments", b"", data[:2048], {})
    valid_stream("a last data segment as long as a trailer", b"", data[:1024 + 40], {})
    valid_stream("a context", b"", data[:100], {}, context="backups")
    valid_stream("an uneven size of segments", b"", data[:2100], {}, size=1031)
    valid_stream("unknown types of a manifest that are passed over", tlv(0x80, b"") + tlv(0xFF, b"later") + tlv(1, b"n") + tlv(0x80, b"2"), b"x", {"name": "n"})
    valid_stream("a part of a transfer", tlv(5, drawn("transfer", 16)) + tlv(6, (1000).to_bytes(8, "big")), data[1000:],
                 {"transfer_id": drawn("transfer", 16).hex(), "offset": 1000}, before=data[:1000])
    other = valid_stream("another file under the same key", everything, drawn("the data of another file", 2500), shown)

    a, out = whole.starts + [len(whole.out)], whole.out
    name, n = "three segments", len(whole.out)
    assert other.starts + [len(other.out)] == a and len(a) == 6

    def part(i):  # segment i
        return [name, a[i], a[i + 1]]
    head = [name, 0, a[0]]

    def bad(title, pieces, fault="authentication", **more):
        stream(title, pieces, "refused", fault=fault, **more)

    bad("data segments exchanged", [head, part(0), part(2), part(1), part(3), part(4)])
    bad("manifest and data exchanged", [head, part(1), part(0), part(2), part(3), part(4)])
    bad("a data segment dropped", [head, part(0), part(1), part(3), part(4)])
    bad("the manifest dropped", [head, part(1), part(2), part(3), part(4)])
    bad("a data segment doubled", [head, part(0), part(1), part(1), part(2), part(3), part(4)])
    bad("the last segment dropped", [head, part(0), part(1), part(2), part(3)])
    bad("the last segment and some data dropped", [head, part(0), part(1)])
    bad("the manifest alone", [head, part(0)])
    bad("the last segment doubled", [head, part(0), part(1), part(2), part(3), part(4), part(4)])
    bad("all data dropped", [head, part(0), part(4)])
    bad("a data segment of another file", [head, part(0), part(1), ["another file under the same key", a[2], a[3]], part(3), part(4)])
    bad("the header of another file", [["another file under the same key", 0, a[0]], [name, a[0], n]])
    bad("the manifest of another file", [head, ["another file under the same key", a[0], a[1]], [name, a[1], n]])
    bad("the trailer of another file", [head, [name, a[0], a[4]], ["another file under the same key", a[4], a[5]]])
    bad("no segment", [head], "end")
    for at, title in ((2, "in the magic"), (20, "in the header"), (a[0] - 1, "in the header, at its end"), (a[0] + 2, "in a length"),
                      (a[0] + 10, "in the manifest"), (a[1] + 500, "in a data segment"), (n - 1, "in the last segment"), (n - 57, "in the last length")):
        bad(f"cut {title}", [[name, 0, at]], "end")
    for extra in (b"\0", b"\0\0\0\0", b"\0\0\0\x10" + bytes(16), b"\xff\xff\xff\xff"):
        bad(f"{len(extra)} bytes behind it, {extra.hex()[:8]}", [[name, 0, n], extra], "authentication or structure")
    bad("nothing at all", [], "end")

    setup = a[0] - 43
    flips = {"key id": 4 + 3, "salt": setup, "end of the salt": setup + 31, "nonce prefix": setup + 32, "end of the nonce prefix": setup + 38,
             "segment size": setup + 42, "manifest": a[0] + 4, "tag of the manifest": a[1] - 1, "data": a[1] + 4, "tag of data": a[2] - 1,
             "last data": a[3] + 10, "trailer": a[4] + 4, "tag of the trailer": n - 1}
    for title, at in flips.items():
        bad(f"a bit of the {title} flipped", [[name, 0, at], flip(out, at)[at:at + 1], [name, at + 1, n]])
    for title, i, value in (("shorter by one", 1, 1039), ("longer by one", 1, 1041), ("none", 1, 0), ("less than a tag", 1, 15),
                            ("of all bytes", 2, 0xFFFFFFFF), ("shorter, of the last data", 3, 467)):
        bad(f"a segment's length: {title}", [[name, 0, a[i]], value.to_bytes(4, "big"), [name, a[i] + 4, n]], "authentication or structure")
    bad("a context put in", [out[:4 + 35] + b"\x01x" + out[4 + 36:a[0]], [name, a[0], n]], contexts=["x"])
    bad("a context that is not accepted", [[name, 0, n]], "context", contexts=["backups"])
    bad("another key", [[name, 0, n]], key="two")
    for at, value, offset, title in ((3, 2, 3, "version"), (4, 0x10, 0, "algorithm"), (5, 0x08, 1, "flag"), (5, 0x01, 1, "flag: topic bound"),
                                     (5, 0x04, 1, "flag: wrapped key outside"), (6, 1, 2, "type")):
        bad(f"unknown {title}", [out[:at] + bytes([value]) + out[at + 1:a[0]], [name, a[0], n]], "structure", offset=offset)
    bad("no magic", [b"\x8bVX" + out[3:a[0]], [name, a[0], n]], "plaintext")
    bad("a token of a field", [MAGIC + Token(type=BYTES).body(b"x")], "structure")

    # These are made with the right key: what a faulty or hostile writer who has it may do.
    def made(title, fault, build, size=1024):
        s = Stream(title, size)
        build(s)
        bad(title, [s.out], fault)

    def wrong_trailer(size, digest, last=1, data=b"abc"):
        def build(s):
            s.segment(b"")
            if data:
                s.segment(data)
            s.segment(size + digest, last)
        return build
    right, three = hashlib.sha256(b"abc").digest(), (3).to_bytes(8, "big")
    made("wrong size in the trailer", "trailer", wrong_trailer((4).to_bytes(8, "big"), right))
    made("wrong digest in the trailer", "trailer", wrong_trailer(three, flip(right, 31)))
    made("a trailer shorter by one", "trailer", wrong_trailer(three, right[:31]))
    made("a trailer longer by one", "trailer", wrong_trailer(three, right + b"\0"))
    made("an empty trailer", "trailer", wrong_trailer(b"", b""))
    made("a trailer that is not marked as the last segment", "authentication", wrong_trailer(three, right, last=0))

    def build(s):
        s.segment(b"", last=1)
    made("a manifest that is the last segment", "authentication or structure", build)

    def build(s):
        s.segment(b"")
        s.segment(b"abc")
        s.segment(b"def")
        s.trailer(6, hashlib.sha256(b"abcdef").digest())
    made("a short segment before other data", "structure", build)

    def build(s):
        s.segment(b"")
        s.segment(b"")
        s.trailer(0, hashlib.sha256(b"").digest())
    made("an empty data segment", "structure", build)

    def build(s):
        s.segment(b"")
        s.segment(bytes(1025))
        s.trailer(1025, hashlib.sha256(bytes(1025)).digest())
    made("a data segment longer than the size of segments", "structure", build)
    for size in (0, 1, 1023, 16777217, 0xFFFFFFFF):
        made(f"segments of {size} bytes", "structure", lambda s: (s.segment(b""), s.segment(b"x"), s.trailer(1, hashlib.sha256(b"x").digest())), size)

    for title, manifest in (("unknown type", tlv(7, b"")), ("unknown type, the last such", tlv(0x7F, b"x")), ("type 0", tlv(0, b"")),
                            ("a type twice", tlv(2, bytes(4)) + tlv(2, bytes(4))), ("cut after a type", b"\x02"), ("cut in a value", b"\x02\x04\0"),
                            ("a length of more bytes than it needs", b"\x01\x81\x00n"), ("empty name", tlv(1, b"")), ("name of 256 bytes", tlv(1, b"n" * 256)),
                            ("name with a folder", tlv(1, b"a/b")), ("name ..", tlv(1, b"..")), ("name .", tlv(1, b".")), ("name with a NUL", tlv(1, b"a\0b")),
                            ("name that is not UTF-8", tlv(1, b"\xff")), ("mode of 3 bytes", tlv(2, bytes(3))), ("mtime of 4 bytes", tlv(3, bytes(4))),
                            ("size of 9 bytes", tlv(4, bytes(9))), ("transfer id of 15 bytes", tlv(5, bytes(15)) + tlv(6, bytes(8))),
                            ("offset of 4 bytes", tlv(5, bytes(16)) + tlv(6, bytes(4))), ("offset without a transfer id", tlv(6, bytes(8))),
                            ("offset beyond the size", tlv(4, bytes(8)) + tlv(5, bytes(16)) + tlv(6, (1).to_bytes(8, "big")))):
        made(f"manifest: {title}", "manifest", lambda s: (s.segment(manifest), s.trailer(0, hashlib.sha256(b"").digest())))
    made("manifest: another size than the trailer's", "trailer", lambda s: s.seal(tlv(4, (4).to_bytes(8, "big")), b"abc"))


# -- the files ---------------------------------------------------------------------------------------------------------

def write(folder, name, about, tests, member):
    keys = {k: {"key": v.hex(), "id": key_id(k).hex()} for k, v in KEYS.items()}
    assert len({t["name"] for t in tests}) == len(tests)
    head = {"about": about, "made_by": "make.py", "static_key": {"name": "archive", "key": STATIC.hex()}, "keys": keys}
    with open(os.path.join(folder, name), "w", encoding="ascii") as out:
        out.write(json.dumps(head, indent=1)[:-2] + f',\n "{member}": [\n')
        out.write(",\n".join("  " + json.dumps(t) for t in tests) + "\n ]\n}\n")
    print(f"{name}: {sum(t['result'] == 'valid' for t in tests)} valid, {sum(t['result'] != 'valid' for t in tests)} to be refused")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    positives()
    negatives_of_content(Token(), "AES-256-GCM", b'"some text of 25 bytes."', "two")
    negatives_of_content(Token(SIV, key="siv customers"), "AES-256-SIV", b"some text of 23 bytes..", "siv shops")
    negatives_of_content(Token(HMAC, key="hash customers"), "HMAC-SHA-256", b"some text", "siv customers")
    negatives_of_binding()
    negatives_of_splices()
    negatives_of_structure()
    negatives_of_headers()
    negatives_of_commitment()
    write(folder, "tokens.json", "Tokens of vaultcrypt-format(5); see README.md", TESTS, "tests")
    streams()
    write(folder, "streams.json", "Sealed files of vaultcrypt-format(5); see README.md", STREAMS, "tests")


if __name__ == "__main__":
    main()
