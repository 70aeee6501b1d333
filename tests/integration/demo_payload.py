#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files as the Vault demo "protecting Kafka data using Vault" sends them, written and read the way its own programs do, for tests.
Needs cryptography, which takes a nonce of 32 bytes.

    demo_payload.py seal DEK [NONCE] <FILE     the record's value; DEK and NONCE are hexadecimal
    demo_payload.py open DEK <VALUE            the file
"""
import base64
import json
import os
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(data, dek, nonce=None):
    nonce = nonce or os.urandom(32)
    sealed = AESGCM(dek).encrypt(nonce, base64.b64encode(data), None)
    return json.dumps({"ciphertext": sealed[:-16].hex(), "tag": sealed[-16:].hex(), "nonce": base64.b64encode(nonce).decode()})


def open_value(value, dek):
    payload = json.loads(value)
    nonce, tag = base64.b64decode(payload["nonce"], validate=True), bytes.fromhex(payload["tag"])
    if len(nonce) != 32 or len(tag) != 16:
        raise ValueError("the length of nonce or tag")
    text = AESGCM(dek).decrypt(nonce, bytes.fromhex(payload["ciphertext"]) + tag, None)
    return base64.b64decode(text, validate=True)


def main(arguments):
    verb, dek, given = arguments[1], bytes.fromhex(arguments[2]), sys.stdin.buffer.read()
    if verb == "open":
        sys.stdout.buffer.write(open_value(given, dek))
    else:
        sys.stdout.write(seal(given, dek, bytes.fromhex(arguments[3]) if len(arguments) > 3 else None))


if __name__ == "__main__":
    main(sys.argv)
