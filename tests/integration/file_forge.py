# SPDX-License-Identifier: Apache-2.0
"""Records of files that somebody meddles with on the way: reads a topic to its end, and writes it to another.

    file_forge.py FROM TO WHAT   `copy`, `twice` (each record comes two times), `weave` (transfers record by record, into one partition),
                                 `flip N` (a bit of record N of each transfer), `drop N`, `swap N` (with the next),
                                 `rename` (under other transfer ids), `cross N` (record N of two transfers exchanged)
Environment: VAULTCRYPT_BROKERS.
"""
import os
import sys

from confluent_kafka import Consumer, Producer, TopicPartition

SEGMENT, TRANSFER = "vaultcrypt-segment", "vaultcrypt-transfer"
brokers = {"bootstrap.servers": os.environ["VAULTCRYPT_BROKERS"]}


def read(topic):
    consumer = Consumer({**brokers, "group.id": "forge", "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    transfers, ends = {}, 0
    while ends < len(partitions):
        message = consumer.poll(10)
        if message is None:
            sys.exit("nothing comes")
        if message.error():
            ends += 1
            continue
        headers = dict(message.headers())
        transfers.setdefault(headers[TRANSFER], []).append([message.key(), message.value(), headers])
    consumer.close()
    return list(transfers.values())


def main(source, target, what, number=0):
    transfers = read(source)
    if what == "twice":
        transfers = [[record for record in records for _ in range(2)] for records in transfers]
    elif what == "flip":
        for records in transfers:
            value = bytearray(records[number][1])
            value[len(value) // 2] ^= 1
            records[number][1] = bytes(value)
    elif what == "drop":
        for records in transfers:
            del records[number]
    elif what == "swap":
        for records in transfers:
            records[number][1], records[number + 1][1] = records[number + 1][1], records[number][1]
    elif what == "cross":
        one, other = transfers[:2]
        one[number][1], other[number][1] = other[number][1], one[number][1]
    elif what == "rename":
        for i, records in enumerate(transfers):
            for record in records:
                record[2][TRANSFER] = record[0] = bytes([i]) * 16
    if what == "weave":
        out = [record for i in range(max(map(len, transfers))) for records in transfers for record in records[i:i + 1]]
    else:
        out = [record for records in transfers for record in records]
    failures = []
    producer = Producer({**brokers, "max.in.flight.requests.per.connection": 1, "linger.ms": 0, "queue.buffering.max.kbytes": 1 << 20})
    for key, value, headers in out:
        producer.produce(target, key=key, value=value, headers=headers, partition=0,
                         on_delivery=lambda error, message: failures.append(error) if error else None)
    producer.flush(60)
    sys.exit(bool(failures))


main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
