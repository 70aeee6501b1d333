# SPDX-License-Identifier: Apache-2.0
"""attested_memory.py PID|CORE JWK [TEXT...]: is anything of that private key in the memory of a running process (all of it that can be read), or in a core
dump; as bytes in either order, as base64url, base64 and hexadecimal; or one of the texts? Prints what was found where, a word each; nothing: no line."""
import base64
import json
import re
import sys


def needles(jwk):
    """Names and byte strings: enough of each number that no other memory has it."""
    for name in ("d", "p", "q", "dp", "dq", "qi"):
        if name not in jwk:
            continue
        text = jwk[name]
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        for form, bytes_ in (("big-endian", raw), ("little-endian", raw[::-1])):
            yield f"{name}-{form}", bytes_[4:28]
        yield f"{name}-base64url", text[4:36].encode()
        yield f"{name}-base64", base64.b64encode(raw)[4:36]
        yield f"{name}-hex", raw[4:28].hex().encode()


def memory(pid):
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            begin, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if not rights.startswith("r") or "[v" in line:
                continue
            begin, end = int(begin, 16), int(end, 16)
            if end - begin > 1 << 31:  # a sanitizer's shadow
                continue
            try:
                mem.seek(begin)
                yield mem.read(end - begin)
            except OSError:  # a guard page
                continue


where, key, texts = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), sys.argv[3:]
wanted = list(needles(key)) + [(f"text-{i}", text.encode()) for i, text in enumerate(texts)]
blocks = memory(where) if where.isdigit() else [open(where, "rb").read()]
seen, size = set(), 0
for block in blocks:
    size += len(block)
    seen.update(name for name, needle in wanted if needle in block)
if size < 1 << 20:
    sys.exit(f"only {size} bytes were read")
print("\n".join(sorted(seen)))
