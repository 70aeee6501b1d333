#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""extract.py TRANSCRIPT.md >NAME.ndjson: the recorded requests and replies of a real server, a line each, as they were; bodies that
the recorder indented are compact again, with a newline behind them, as servers send them."""
import json
import re
import sys

SECTION = re.compile(r"^## (\d+)\. .*$", re.M)
PAIR = re.compile(r"^### ([^\n]*)\n\n```http\n(.*?)\n```\n\n```http\n(.*?)\n```", re.M | re.S)
TOKEN = re.compile(r"\b(hvs|hvb|s|b)\.[A-Za-z0-9_-]{20,}")
KEPT = ("X-Vault-Token", "X-Vault-Namespace", "X-Vault-Wrap-TTL", "Authorization")
names = {}


def compact(text, end):
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) + end
    except ValueError:
        return text


def without_tokens(text):
    """Nobody takes these for tokens of today; equal ones stay equal."""
    return TOKEN.sub(lambda match: names.setdefault(match[0], f"{match[1]}.recorded{len(names) + 1}"), text)


transcript = open(sys.argv[1], encoding="utf-8").read()
names.update({token: "root" for token in re.findall(r'"root_token": "([^"]+)"', transcript)})
sections = [(match.start(), match[1]) for match in SECTION.finditer(transcript)]
for match in PAIR.finditer(transcript):
    number = [name for start, name in sections if start < match.start()][-1]
    (request, _, sent), (reply, _, got) = (part.partition("\n\n") for part in match.groups()[1:])
    method, path, _ = request.split("\n")[0].split(" ")
    headers = dict(line.split(": ", 1) for line in request.split("\n")[1:])
    print(json.dumps({
        "case": f"{number} {match[1]}", "method": method, "path": path,
        "headers": {name: without_tokens(headers[name]) for name in KEPT if name in headers},
        "body": without_tokens(compact(sent, "")), "status": int(reply.split("\n")[0].split(" ")[1]),
        "reply": without_tokens(compact(got, "\n")),
    }, ensure_ascii=False))
