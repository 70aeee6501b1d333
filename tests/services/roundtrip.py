# SPDX-License-Identifier: Apache-2.0
"""roundtrip.py FILE: writes three records to a new topic and reads them again with a client that knows nothing of us. FILE
holds librdkafka's properties, NAME=VALUE a line. Prints "the same", or what is wrong and exit status 1."""
import os
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaError, Producer

with open(sys.argv[1], encoding="utf-8") as file:
    properties = dict(line.strip().split("=", 1) for line in file if "=" in line)
topic, said = "roundtrip-" + uuid.uuid4().hex, []
sent = [b"one", b"two \xff\x00", b"three"]


def end(text, status=1):
    print(text, flush=True)
    os._exit(status)  # without waiting for a client that cannot connect


def heard(error):
    if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
        end(error.str())


properties.update({"error_cb": heard, "log_level": 0})
deadline = time.monotonic() + 30
producer = Producer(properties)
for value in sent:
    producer.produce(topic, value, partition=0)
while producer.flush(0.2):
    if time.monotonic() > deadline:
        end("the records were not taken")

consumer = Consumer({**properties, "group.id": topic, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
got = []
while len(got) < len(sent):
    message = consumer.poll(0.2)
    if message is not None and not message.error():
        got.append(message.value())
    if time.monotonic() > deadline:
        end("nothing arrives")
end(*(("the same", 0) if got == sent else (f"sent {sent}, got {got}", 1)))
