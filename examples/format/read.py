#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens a token (text or bytes) or a sealed file, knowing vaultcrypt-format(5) and nothing else of vaultcrypt; with --signed-by, only what
that key signed.
Needs Python's `cryptography`. What is sealed comes from standard input, what was in it goes to standard output."""
import argparse, base64, hashlib, hmac, json, sys
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

GCM, SIV, HMAC, STREAM = 1, 2, 3, 0x11
LABELS = {GCM: (b"token AES-256-GCM", 32), SIV: (b"AES-256-SIV", 64), HMAC: (b"HMAC-SHA-256", 32), STREAM: (b"stream", 32)}

def refuse_unless(good, why):
    if not good:
        raise ValueError(why)

def hkdf(key, info, size=32, salt=None):
    return HKDF(hashes.SHA256(), size, salt, info).derive(key)

def counted(b):
    n, out = len(b), bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n]) + b

class Bytes:
    """Bytes, taken one after the other."""
    def __init__(self, b):
        self.b, self.at = b, 0
    def take(self, n):
        refuse_unless(n <= len(self.b) - self.at, f"it ends too early, at byte {len(self.b)}")
        self.at += n
        return self.b[self.at - n:self.at]
    def number(self, size=1):
        return int.from_bytes(self.take(size), "big")
    def uvarint(self):
        value, size, byte = 0, 0, 128
        while byte > 127:
            byte = self.number()
            value, size = value | (byte & 127) << 7 * size, size + 1
            refuse_unless(size < 6 and value < 1 << 32 and (byte or size == 1), f"wrong number before byte {self.at}")
        return value
    def counted(self, most):
        n = self.uvarint()
        refuse_unless(n <= most, f"too long, at byte {self.at}")
        return self.take(n)
    def place(self):  # source, key name, key version, wrapped key
        return self.number(), self.counted(255), self.uvarint(), self.counted(1024)
    def rest(self):
        return self.take(len(self.b) - self.at)

def b64url(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()

def thumbprint(public):  # RFC 7638
    if isinstance(public, rsa.RSAPublicKey):
        n = public.public_numbers()
        jwk = {"e": b64url(n.e.to_bytes((n.e.bit_length() + 7) // 8, "big")), "kty": "RSA", "n": b64url(n.n.to_bytes(public.key_size // 8, "big"))}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        n = public.public_numbers()
        jwk = {"crv": "P-256", "kty": "EC", "x": b64url(n.x.to_bytes(32, "big")), "y": b64url(n.y.to_bytes(32, "big"))}
    else:
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64url(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))}
    return hashlib.sha256(json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()).digest()

def hpke(private, point, wrapped):  # RFC 9180, base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
    def extract(salt, suite, label, ikm):
        return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")
    def expand(key, suite, label, info, size):
        return hmac.digest(key, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\1", "sha256")[:size]
    kem, suite = b"KEM\0\x10", b"HPKE\0\x10\0\1\0\2"
    own = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    secret = expand(extract(b"", kem, b"eae_prk", private.exchange(ec.ECDH(), point)), kem, b"shared_secret", wrapped[:65] + own, 32)
    context = b"\0" + extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", b"vaultcrypt 1 key")
    secret = extract(secret, suite, b"secret", b"")
    return AESGCM(expand(secret, suite, b"key", context, 32)).decrypt(expand(secret, suite, b"base_nonce", context, 12), wrapped[65:], None)

def unwrap(private, source, wrapped):
    try:
        if source == 3:
            return private.decrypt(wrapped, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), wrapped[:65])
        if source == 5:
            return hpke(private, point, wrapped)
        name = b"ECDH-ES+A256KW"
        info = len(name).to_bytes(4, "big") + name + bytes(8) + (256).to_bytes(4, "big")  # no apu, no apv
        kek = ConcatKDFHash(hashes.SHA256(), 32, info).derive(private.exchange(ec.ECDH(), point))
        return keywrap.aes_key_unwrap(kek, wrapped[65:])
    except (ValueError, keywrap.InvalidUnwrap):
        raise InvalidTag from None

def verify(options, signer, signature, message):
    public = serialization.load_pem_public_key(open(options.signed_by, "rb").read())
    refuse_unless(isinstance(public, ed25519.Ed25519PublicKey) and thumbprint(public) == signer, "it is not signed by that key")
    try:
        public.verify(signature, b"vaultcrypt 1 signature\0" + message)
    except InvalidSignature:
        raise ValueError("its signature is not right") from None

def sound(place):  # of a public key: its id, no version, and what fits its kind
    source, name, version, wrapped = place
    good = len(name) == 43 and all(c in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" for c in name) and not version
    return source < 3 or good and (len(wrapped) >= 256 if source == 3 else len(wrapped) == {4: 105, 5: 113}[source] and wrapped[0] == 4)

def wrapped_outside(header, wanted):
    keys, found = Bytes(header), {}
    refuse_unless(keys.number() == 1, "header of unknown version")
    while keys.at < len(header) or not found:
        key_id, place = keys.take(32), keys.place()
        refuse_unless(place[0] in (1, 2, 3, 4, 5) and sound(place) and place[3] and key_id not in found and len(found) < 255, "wrong header")
        found[key_id] = place
    refuse_unless(wanted in found, "the key is not in the header")
    return found[wanted]

def key_of(options, algorithm, key_id, context, place):
    source, name, _, wrapped = place
    keys = [bytes.fromhex(k) for k in options.key]
    static = bytes.fromhex(dict(s.split("=") for s in options.static).get(name.decode("utf-8", "replace"), ""))
    label = b"vaultcrypt 1 prf\0" + (b"siv" if algorithm == SIV else b"hash") + b"\0" + context
    for file in options.private if source > 2 else []:
        private = serialization.load_pem_private_key(open(file, "rb").read(), None)
        if b64url(thumbprint(private.public_key())).encode() == name:
            keys.append(unwrap(private, source, wrapped))
    if static and source == 2:
        keys.append(keywrap.aes_key_unwrap_with_padding(static, wrapped) if wrapped else hmac.digest(static, label, "sha256"))
    for key in keys:
        if hmac.compare_digest(hkdf(key, b"vaultcrypt 1 key id"), key_id):
            return hkdf(key, b"vaultcrypt 1 " + LABELS[algorithm][0], LABELS[algorithm][1])
    raise InvalidTag

def read(body, options):
    algorithm, flags, kind = body.number(), body.number(), body.number()
    outside, carries = flags & 4, algorithm in (GCM, STREAM)
    refuse_unless(algorithm in LABELS and flags < 16 and kind < 7, "unknown algorithm, flag or type")
    signed = flags & 8
    refuse_unless((algorithm == GCM or not outside) and (algorithm == GCM and not outside or not signed) and (algorithm != STREAM or flags == kind == 0), "wrong flag or type")
    key_id, context = body.take(32), body.counted(255).decode()
    refuse_unless(not body.counted(0), "extensions")
    aad = b"\1" + body.b[:body.at]
    before = body.at
    place = body.place()
    placed = body.b[before:body.at]
    refuse_unless(place == (0, b"", 0, b"") if outside else place[0] in ((1, 2, 3, 4, 5) if algorithm == GCM else (1, 2)), "wrong source of the key")
    refuse_unless(sound(place), "no id of a public key, or not what is wrapped to one")
    refuse_unless(bool(place[3]) == (carries and not outside), "a wrapped key where none belongs, or none")
    rest = body.rest()
    refuse_unless(len(rest) >= 28 + 96 or not signed, "wrong end")
    rest, signer, signature = (rest[:-96], rest[-96:-64], rest[-64:]) if signed else (rest, b"", b"")
    rest = Bytes(rest)
    least = {GCM: 28, SIV: 16, HMAC: 32, STREAM: 43}[algorithm]
    refuse_unless(len(rest.b) == least if algorithm == HMAC else len(rest.b) >= least, "wrong end")
    refuse_unless(context in (options.context or [""]), "the context is not accepted")
    place = wrapped_outside(bytes.fromhex(options.header), key_id) if outside else place
    aad += counted(b"stream" if algorithm == STREAM else options.path.encode())
    aad += counted(options.topic.encode()) if flags & 1 else b""
    record_key = counted(bytes.fromhex(options.record_key))
    aad += record_key if flags & 2 else b""
    if options.signed_by:
        verify(options, signer, signature, aad + record_key + placed + rest.b)
    key = key_of(options, algorithm, key_id, context.encode(), place)
    if algorithm == GCM:
        return AESGCM(key).decrypt(rest.take(12), rest.rest(), aad)
    if algorithm == SIV:
        return AESSIV(key).decrypt(rest.rest(), [aad])
    content = bytes.fromhex(options.content)
    if algorithm == HMAC and not hmac.compare_digest(hmac.digest(key, aad + content, "sha256"), rest.b):
        raise InvalidTag
    return content if algorithm == HMAC else unseal(key, aad, rest, bytes.fromhex(options.before))

def manifest_of(b):
    found, tlvs = {}, Bytes(b)
    while tlvs.at < len(b):
        kind, value = tlvs.number(), tlvs.counted(65536)
        size = {1: len(value), 2: 4, 3: 8, 4: 8, 5: 16, 6: 8}.get(kind)
        refuse_unless(kind > 127 or kind not in found and len(value) == size, "wrong type or length in the manifest")
        found[kind] = value
    name, size, offset = found.get(1, b"x").decode(), found.get(4), found.get(6, b"")
    refuse_unless(name not in ("", ".", "..") and not {"/", "\0"} & set(name) and len(name.encode()) < 256, "wrong name")
    refuse_unless((not offset or 5 in found) and (size is None or offset <= size), "wrong offset")
    return size, int.from_bytes(offset, "big")

def unseal(stream_key, aad, rest, before):
    """All of it in memory, to be short; a program would give out each segment as it opens."""
    salt, prefix, size = rest.take(32), rest.take(7), rest.number(4)
    refuse_unless(1024 <= size <= 1 << 24, "wrong size of segments")
    gcm = AESGCM(hkdf(stream_key, b"vaultcrypt 1 segments" + aad + prefix + size.to_bytes(4, "big"), 32, salt))
    opened, last = [], False
    while not last:
        sealed = rest.take(rest.number(4))
        last = rest.at == len(rest.b)
        opened.append(gcm.decrypt(prefix + len(opened).to_bytes(4, "big") + bytes([last]), sealed, None))
    refuse_unless(len(opened) > 1 and len(opened[-1]) == 40 and len(opened[0]) <= 65536, "no manifest or no trailer")
    (known, offset), pieces, data = manifest_of(opened[0]), opened[1:-1], b"".join(opened[1:-1])
    refuse_unless(all(len(p) == size for p in pieces[:-1]) and all(0 < len(p) <= size for p in pieces), "wrong segment")
    total = (offset + len(data)).to_bytes(8, "big")
    refuse_unless(total == opened[-1][:8] and known in (None, total), "not as many bytes as it says")
    refuse_unless(len(before) == offset and hashlib.sha256(before + data).digest() == opened[-1][8:], "another digest")
    return data

def main(arguments, given):
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--key", metavar="HEX", action="append", default=[], help="data key or PRF key; the key id tells which it is")
    p.add_argument("--static", metavar="NAME=HEX", action="append", default=[], help="static key, under which data keys are wrapped")
    p.add_argument("--private", metavar="PEM", action="append", default=[], help="file with a private key, to whose public half data keys are wrapped")
    p.add_argument("--signed-by", metavar="PEM", help="file with the public key that must have signed it")
    p.add_argument("--context", action="append", help="that is accepted; by default the empty one")
    p.add_argument("--path", default="", help="$.a.b of a field; 'value', 'key'; default: none, as for siv and hash")
    p.add_argument("--topic", default="", help="of the record, where it is bound")
    p.add_argument("--record-key", metavar="HEX", default="", help="where it is bound")
    p.add_argument("--header", metavar="HEX", default="", help="value of the record's header vaultcrypt-keys")
    p.add_argument("--content", metavar="HEX", default="", help="that a hash is to be of")
    p.add_argument("--before", metavar="HEX", default="", help="the file's data before this part of it")
    options = p.parse_args(arguments)
    try:
        if given[:3] == b"\x8bVC":
            refuse_unless(given[3:4] == b"\1", "unknown version, at byte 3")
            return read(Bytes(given[4:]), options)
        refuse_unless(given[:4] == b"vc1:", "no token of version 1")
        body = base64.b64decode(given[4:], validate=True)
        refuse_unless(base64.b64encode(body) == given[4:], "wrong Base64")
        return read(Bytes(body), options)
    except (InvalidTag, keywrap.InvalidUnwrap):
        raise ValueError("it cannot be authenticated: changed, or of another key or context") from None

if __name__ == "__main__":
    try:
        sys.stdout.buffer.write(main(None, sys.stdin.buffer.read()))
    except ValueError as why:
        sys.exit(f"read.py: refused: {why}")
