#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes NAME.ndjson beside this script from a transcript NAME.md of a real server: the pairs that lib/vault has codecs for,
a line each: case, method, path, request (as JSON, or null), status, reply (the text as it came). Tokens are replaced."""
import json
import pathlib
import re
import sys

WANTED = re.compile(r"/v1/(transit/(encrypt|decrypt|rewrap|keys|nosuch|hmac|sign|verify|datakey|random|hash|export)(/|$)|sys/(mounts|policies|health|capabilities-self)|"
                    r"nomount/|auth/token/lookup-self)")
PAIR = re.compile(r"^### ([^\n]*)\n\n```http\n(.*?)\n```\n\n```http\n(.*?)\n```", re.M | re.S)


def split(message):
    head, _, body = message.partition("\n\n")
    return head.split("\n")[0], body


def compact(text):
    """The recorder indented JSON bodies; servers send them compact, with a newline."""
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) + "\n"
    except ValueError:
        return text


def pairs(transcript):
    seen = set()
    for title, request, reply in PAIR.findall(transcript):
        (method, path, _), body = split(request)[0].split(" "), split(request)[1]
        if method in ("HEAD", "LIST", "DELETE") or "list=true" in path or not WANTED.match(path):
            continue
        while title in seen:
            title += " again"
        seen.add(title)
        try:
            sent = json.loads(body) if body else None
        except ValueError:
            sent = None
        text = re.sub(r"\b(hvs|hvb|s)\.[A-Za-z0-9_-]{20,}", "EXAMPLE-TOKEN", split(reply)[1])
        yield {"case": title, "method": method, "path": path, "request": sent,
               "status": int(split(reply)[0].split(" ")[1]), "reply": compact(text)}


for name in sys.argv[1:]:
    source = pathlib.Path(name)
    with open(pathlib.Path(__file__).parent / (source.stem + ".ndjson"), "w", encoding="utf-8") as out:
        for pair in pairs(source.read_text(encoding="utf-8")):
            out.write(json.dumps(pair, ensure_ascii=False) + "\n")
