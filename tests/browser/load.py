# SPDX-License-Identifier: Apache-2.0
"""load.py SECONDS RATE: purchases on standard output, so many a second."""
import sys
import time

seconds, rate = float(sys.argv[1]), int(sys.argv[2])
start, sent = time.monotonic(), 0
while (now := time.monotonic() - start) < seconds:
    due = int(now * rate)
    sys.stdout.write("".join(f'{{"Name":"Buyer {i}","Address":"{i} High St","credit_card":"{i % 10000:04d}-1111-2222-3333"}}\n' for i in range(sent, due)))
    sys.stdout.flush()
    sent = due
    time.sleep(0.05)
