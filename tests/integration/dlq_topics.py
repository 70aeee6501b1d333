# SPDX-License-Identifier: Apache-2.0
"""Records of all kinds, and what became of them.

    dlq_topics.py make TOPIC...         new topics, with 4 partitions
    dlq_topics.py send TOPIC GOOD BAD   so many that can be protected, and so many that cannot
    dlq_topics.py dump TOPIC            each record on a line: partition, key, value, timestamp, headers; sorted. The header
                                        vaultcrypt-replayed is left out
    dlq_topics.py bad TOPIC             the same of those that cannot be protected
    dlq_topics.py replayed TOPIC        the headers vaultcrypt-replayed, sorted
    dlq_topics.py raw TOPIC             all bytes of a topic
    dlq_topics.py change FROM TO A B    the values of a topic with A changed to B, into another
Environment: VAULTCRYPT_BROKERS.
"""
import os
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

CANARY = "4929-1111-canary"
brokers = {"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"]}
wait = 30


def read(topic):
    consumer = Consumer({**brokers, "group.id": "dlq-test", "enable.partition.eof": True, "isolation.level": "read_committed",
                         "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, wait).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    ends = 0
    while ends < len(partitions):
        message = consumer.poll(wait)
        if message is None:
            sys.exit("nothing comes")
        if message.error():
            ends += 1
        else:
            yield message
    consumer.close()


def key_of(i):
    return [None, b"", b"key \0 %d " % i + CANARY.encode()][i % 3]


def headers_of(i):
    canary = CANARY.encode()
    return [None, [("h", canary)], [("h", b""), ("h", None), ("H " + CANARY, b"\xff\0" + canary)]][i // 3 % 3]


def make(*names):
    admin = AdminClient(brokers)
    for made in admin.create_topics([NewTopic(name, 4, 1) for name in names]).values():
        made.result()


def send(topic, good, bad):
    producer = Producer({**brokers, "linger.ms": 20})
    an_hour_ago = int(time.time() * 1000) - 3600000
    for i in range(good + bad):
        value = b'{"card": "%d", "note": "good"}' % i
        if i >= good: # the field is not there, or it is no JSON at all
            value = b'{"bad": %d, "note": "%s"}' % (i, CANARY.encode()) if i % 2 else b"\0bad %d " % i + CANARY.encode() + b"\xff"
        producer.produce(topic, value, key_of(i), partition=i % 4, timestamp=an_hour_ago + i, headers=headers_of(i))
        producer.poll(0)
    if producer.flush(wait):
        sys.exit("not all were delivered")


def line(message):
    headers = [(n, v) for n, v in message.headers() or [] if n != "vaultcrypt-replayed"]
    return f"{message.partition()} {message.key()!r} {message.value()!r} {message.timestamp()[1]} {headers!r}"


def change(source, target, old, new):
    producer = Producer(brokers)
    for message in read(source):
        producer.produce(target, message.value().replace(old.encode(), new.encode()), partition=message.partition())
    producer.flush(wait)


def main(what, topic, *more):
    if what == "send":
        send(topic, *map(int, more))
    elif what == "make":
        make(topic, *more)
    elif what == "change":
        change(topic, *more)
    elif what == "raw":
        for message in read(topic):
            sys.stdout.buffer.write(b"%r %r %r\n" % (message.key(), message.value(), message.headers()))
    elif what == "replayed":
        print(*sorted(v.decode() for m in read(topic) for n, v in m.headers() or [] if n == "vaultcrypt-replayed"), sep="\n")
    else:
        print(*sorted(line(m) for m in read(topic) if what == "dump" or b"bad" in m.value()), sep="\n")


main(*sys.argv[1:])
