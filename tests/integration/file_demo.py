# SPDX-License-Identifier: Apache-2.0
"""The original demo's file producer and consumer, written anew from the format's description, and knowing nothing of this project:

    file_demo.py produce TOPIC NAME FILE [NAME FILE]...   one record for each file; the name is what stands in the header
    file_demo.py consume TOPIC FOLDER COUNT               received-NAME in the folder, as the original does it

A record: value {"ciphertext": hex, "tag": hex, "nonce": base64 of 32 bytes}; headers X-encryptionkey ("vault:vN:...", the data key
under the transit key `transit`) and X-filename. AES-256-GCM over the Base64 text of the file, without associated data.
Environment: VAULT_ADDR, VAULT_TOKEN, VAULTCRYPT_BROKERS.
"""
import base64
import json
import os
import sys

import hvac
from confluent_kafka import Consumer, Producer
from Crypto.Cipher import AES

vault = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ["VAULT_TOKEN"])
brokers = {"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"]}


def produce(topic, pairs):
    failures = []
    producer = Producer(brokers)
    for name, path in zip(pairs[::2], pairs[1::2]):
        key = vault.secrets.transit.generate_data_key(name="transit", key_type="plaintext")["data"]
        nonce = base64.b64decode(vault.secrets.transit.generate_random_bytes(n_bytes=32)["data"]["random_bytes"])
        with open(path, "rb") as file:
            text = base64.b64encode(file.read())
        cipher = AES.new(base64.b64decode(key["plaintext"]), AES.MODE_GCM, nonce=nonce)
        ciphertext, tag = cipher.encrypt_and_digest(text)
        value = json.dumps({"ciphertext": ciphertext.hex(), "tag": tag.hex(), "nonce": base64.b64encode(nonce).decode()})
        producer.produce(topic, value=value, headers={"X-encryptionkey": key["ciphertext"], "X-filename": name},
                         on_delivery=lambda error, message: failures.append(error) if error else None)
    producer.flush(30)
    sys.exit(bool(failures))


def consume(topic, folder, count):
    consumer = Consumer({**brokers, "group.id": "file-demo", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while count:
        message = consumer.poll(30)
        if message is None:
            sys.exit("nothing comes")
        if message.error():
            continue
        headers = {name: value.decode() for name, value in message.headers()}
        payload = json.loads(message.value())
        key = vault.secrets.transit.decrypt_data(name="transit", ciphertext=headers["X-encryptionkey"])["data"]["plaintext"]
        cipher = AES.new(base64.b64decode(key), AES.MODE_GCM, nonce=base64.b64decode(payload["nonce"]))
        text = cipher.decrypt_and_verify(bytes.fromhex(payload["ciphertext"]), bytes.fromhex(payload["tag"]))
        with open(os.path.join(folder, "received-" + headers["X-filename"]), "wb") as file:
            file.write(base64.b64decode(text))
        count -= 1
    consumer.close()


if sys.argv[1] == "produce":
    produce(sys.argv[2], sys.argv[3:])
else:
    consume(sys.argv[2], sys.argv[3], int(sys.argv[4]))
