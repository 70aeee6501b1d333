#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Record values of Kroxylicious record encryption with a key of Vault's, read and written: an independent reading of its source
(WrapperV2, ParcelV1, VaultEdekSerde), for tests. Needs cryptography.

    kroxylicious.py edek [VERSION] <VALUE               key name, tab, Vault's ciphertext
    kroxylicious.py open DEK [VERSION] <VALUE           the value
    kroxylicious.py seal DEK NAME CIPHERTEXT IV <VALUE  version 2; DEK and IV are hexadecimal
"""
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEADER = "kroxylicious.io/encryption"
MARKER = (HEADER, b"\x02")
ABSENT = object()


def uvarint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint(number):
    return uvarint((number << 1 ^ number >> 31) & 0xFFFFFFFF)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count < 0 or count > len(self.data) - self.at:
            raise ValueError(f"cut off at byte {self.at}")
        self.at += count
        return self.data[self.at - count:self.at]

    def byte(self, wanted, what):
        (got,) = self.take(1)
        if got != wanted:
            raise ValueError(f"{what} is {got}, at byte {self.at - 1}")

    def uvarint(self):
        number = 0
        for shift in range(0, 35, 7):
            (byte,) = self.take(1)
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                if number > 0xFFFFFFFF:
                    raise ValueError("a number of more than 32 bits")
                return number
        raise ValueError("a number of more than five bytes")

    def varint(self):
        number = self.uvarint()
        return number >> 1 ^ -(number & 1)

    def rest(self):
        return self.take(len(self.data) - self.at)


def parse(value, version=2):
    """(EDEK, IV, ciphertext and tag)"""
    reader = Reader(value)
    if version == 2:
        reader.byte(0, "cipher")
    edek = reader.take(reader.uvarint())
    reader.byte(0, "AAD")
    if version == 1:
        reader.byte(0, "cipher")
        reader.byte(0, "version of version 1")
        reader.byte(12, "length of the IV")
    return edek, reader.take(12), reader.rest()


def parse_edek(edek):
    """(key name, Vault's ciphertext)"""
    reader = Reader(edek)
    name = reader.take(reader.uvarint()).decode()
    ciphertext = reader.rest().decode("ascii")
    if not name or not ciphertext:
        raise ValueError("no key name, or no ciphertext")
    return name, ciphertext


def parse_parcel(parcel):
    """(value or None or ABSENT, headers or None or ABSENT)"""
    reader = Reader(parcel)

    def counted(least=-1):
        length = reader.varint()
        if length < least:
            raise ValueError(f"a length of {length}")
        return ABSENT if length == -2 else None if length == -1 else reader.take(length)

    value = counted(-2)
    count = reader.varint()
    if count < -2:
        raise ValueError(f"{count} headers")
    headers = ABSENT if count == -2 else None
    if count >= 0:
        headers = []
        for _ in range(count):
            name = reader.take(reader.uvarint()).decode()
            headers.append((name, counted()))
    if reader.rest():
        raise ValueError("bytes behind the parcel")
    return value, headers


def make_parcel(value, headers=ABSENT):
    def counted(data):
        return varint(-2) if data is ABSENT else varint(-1) if data is None else varint(len(data)) + data

    if headers is ABSENT or headers is None:
        return counted(value) + varint(-2 if headers is ABSENT else -1)
    out = counted(value) + varint(len(headers))
    for name, data in headers:
        out += uvarint(len(name.encode())) + name.encode() + counted(data)
    return out


def open_parcel(value, dek, version=2):
    _, iv, sealed = parse(value, version)
    return parse_parcel(AESGCM(dek).decrypt(iv, sealed, None))


def open_value(value, dek, version=2):
    inner, _ = open_parcel(value, dek, version)
    return value if inner is ABSENT else inner


def seal(parcel, dek, name, ciphertext, iv, version=2):
    edek = uvarint(len(name.encode())) + name.encode() + ciphertext.encode()
    sealed = AESGCM(dek).encrypt(iv, parcel, None)
    if version == 1:
        return uvarint(len(edek)) + edek + b"\0\0\0\x0c" + iv + sealed
    return b"\0" + uvarint(len(edek)) + edek + b"\0" + iv + sealed


def open_record(value, headers, dek):
    """What a consumer gets behind the proxy: (value, headers). `headers`: pairs of name and bytes."""
    marks = [i for i, (name, _) in enumerate(headers) if name == HEADER]
    if not marks or value is None:
        return value, headers
    marker = headers[marks[0]][1]
    if marker not in (b"\x01", b"\x02"):
        raise ValueError("an unknown version")
    inner, inner_headers = open_parcel(value, dek, marker[0])
    outer = headers[:marks[0]] + headers[marks[0] + 1:]
    return (value if inner is ABSENT else inner), (outer if inner_headers is ABSENT else inner_headers)


def main(arguments):
    verb, given = arguments[1], sys.stdin.buffer.read()
    if verb == "edek":
        print("\t".join(parse_edek(parse(given, int(arguments[2]) if len(arguments) > 2 else 2)[0])))
    elif verb == "open":
        version = int(arguments[3]) if len(arguments) > 3 else 2
        sys.stdout.buffer.write(open_value(given, bytes.fromhex(arguments[2]), version))
    else:
        dek, name, ciphertext, iv = arguments[2:6]
        sys.stdout.buffer.write(seal(make_parcel(given), bytes.fromhex(dek), name, ciphertext, bytes.fromhex(iv)))


if __name__ == "__main__":
    main(sys.argv)
