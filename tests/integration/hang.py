# SPDX-License-Identifier: Apache-2.0
"""hang.py LOG: a server on loopback that accepts, and never answers. Prints its port; a line in LOG for each who asked."""
import socket
import sys

server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(50)
print(server.getsockname()[1], flush=True)
held = []
with open(sys.argv[1], "a", buffering=1) as log:
    while True:
        held.append(server.accept()[0])
        log.write("asked\n")
