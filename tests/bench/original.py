#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""original.py SOURCE TARGET COUNT: the encryptor as the demo had it. One record at a time, each field one request to Vault with hvac, then
produced. Prints the seconds that COUNT records took."""

import base64
import json
import os
import sys
import time

import hvac
from confluent_kafka import Consumer, Producer

source, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
brokers = {"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"]}
vault = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ["VAULT_TOKEN"])
consumer = Consumer({**brokers, "group.id": target, "auto.offset.reset": "earliest"})
producer = Producer(brokers)
failures = []


def encrypt(text):
    reply = vault.secrets.transit.encrypt_data(name="transit", plaintext=base64.b64encode(text.encode()).decode())
    return reply["data"]["ciphertext"]


def delivered(error, message):
    if error:
        failures.append(error)


consumer.subscribe([source])
start = None
done = 0
while done < count:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        sys.exit(str(message.error()))
    start = start or time.monotonic()
    record = json.loads(message.value())
    for field in ("credit_card", "Address"):
        record[field] = encrypt(record[field])
    producer.produce(target, json.dumps(record), message.key(), on_delivery=delivered)
    producer.poll(0)
    done += 1
producer.flush()
print(time.monotonic() - start)
consumer.close()
sys.exit(1 if failures else 0)
