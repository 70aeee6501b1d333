# SPDX-License-Identifier: Apache-2.0
"""view_slow.py URL PID N: N clients of /api/events that read nothing while records come, and then all: what they see and what they are told to
have lost is all there was, and the server (PID) has not grown with them."""
import json
import os
import re
import socket
import sys
import time

url, pid, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
host, port = url.removeprefix("http://").split(":")


def resident():
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1])


def totals():
    with socket.create_connection((host, int(port))) as s:
        s.sendall(b"GET /api/state HTTP/1.0\r\nHost: localhost\r\n\r\n")
        data = b"".join(iter(lambda: s.recv(65536), b""))
    return json.loads(data.split(b"\r\n\r\n", 1)[1])["totals"]["open"]


clients = []
for _ in range(count):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect((host, int(port)))
    s.sendall(b"GET /api/events HTTP/1.0\r\nHost: localhost\r\n\r\n")
    clients.append(s)
time.sleep(1)
before, began = resident(), totals()
print("ready", flush=True)
most = before
while not os.path.exists("all-sent") or totals() < began + 8000:
    most = max(most, resident())
    time.sleep(0.1)
print(f"{before} KiB before, {most} KiB at most, {totals() - began} records came meanwhile")
print("flat" if os.environ.get("SANITIZED") or most - before < 16 << 10 else "GROWN")

all_well = True
for s in clients:
    s.settimeout(5)
    data, seen, lost, newest = b"", set(), 0, 0
    while newest < totals():
        data += s.recv(1 << 20)
        *events, data = data.split(b"\n\n")
        for event in events:
            if b"event: records" in event:
                body = json.loads(re.search(rb"data: (.*)", event)[1])
                seen |= {r["offset"] for r in body["records"]}
                lost = body["lost"]
                newest = max(seen) + 1
    first = min(seen)
    print(f"saw {len(seen)} from offset {first} on, lost {lost}")
    all_well = all_well and lost > 0 and len(seen) + lost == newest - first
    s.close()
print("lost and seen are all" if all_well else "some are unaccounted for")
