#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a running server every request of a recording again, and writes the recording anew with what it answers now.

usage: record.py RECORDING > NEW

A line of RECORDING needs a case, a method and a path; headers, a body and `take` ({"7": "data.role_id"}: what later requests name as
{7}) if there are any. Of the reply, what is random or a time becomes {*} or {int}, and what was taken becomes its name.
"""
import http.client
import json
import os
import re
import sys
from urllib.parse import urlsplit

PLACE = re.compile(r"\{(\d+|root)\}")
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z_]+_[0-9a-f]{8}|\d{4}-\d\d-\d\dT[\d:.]+Z|(s|b|hvs|hvb)\.[\w.-]{20,}|v\d.*\+builtin.*|vault:v.*|-----BEGIN[\s\S]*|[0-9A-Za-z+/]{40,}={0,2}")
NAMES = {"request_id", "accessor", "client_token", "entity_id", "nonce", "token", "wrapped_accessor", "version", "cluster_name",
         "cluster_id", "commit_date", "secret_id_accessor", "secret_id", "uuid", "unlock_key", "random_bytes"}
SAME = {"sum"}  # long, and always so
NUMBERS = {"creation_time", "last_renewal_time", "server_time_utc", "issue_time", "expire_time"}


class Recorder:
    def __init__(self):
        self.values = {"root": os.environ["VAULT_TOKEN"]}
        address = urlsplit(os.environ["VAULT_ADDR"])
        self.http = http.client.HTTPConnection(address.hostname, address.port, timeout=30)

    def fill(self, text):
        return PLACE.sub(lambda match: self.values.get(match[1], "unknown"), text)

    def named(self, text):
        """What was taken, by its name; the longest first."""
        for name, value in sorted(self.values.items(), key=lambda item: -len(item[1])):
            if name != "root" and value:
                text = text.replace(value, "{" + name + "}")
        return text

    def general(self, value, name=""):
        if isinstance(value, dict):
            return {key: self.general(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.general(item, name) for item in value]
        if isinstance(value, str):
            text = self.named(value)
            if value == "" or PLACE.fullmatch(text):
                return text
            return "{*}" if name in NAMES or (name not in SAME and RANDOM.fullmatch(value)) else text
        a_second_passed = name == "ttl" and isinstance(value, int) and value % 10 == 9
        if isinstance(value, int) and (name in NUMBERS or value > 1700000000 or a_second_passed):
            return "{int}"
        return value

    def take(self, wanted, reply):
        for name, path in wanted.items():
            value = reply
            for part in path.split("."):
                value = value[int(part)] if isinstance(value, list) else (value or {}).get(part)
            self.values[name] = value or ""

    def run(self, record):
        headers = {name: self.fill(value) for name, value in record.get("headers", {}).items()}
        headers["X-Vault-Request"] = "true"
        body = self.fill(record.get("body", ""))
        self.http.request(record["method"], self.fill(record["path"]), body=body.encode() if body else None, headers=headers)
        reply = self.http.getresponse()
        text = reply.read().decode()
        made = {key: record[key] for key in ("case", "method", "path", "headers", "body", "take") if key in record}
        made["status"] = reply.status
        if text:
            parsed = json.loads(text) if text[:1] in "{[" else text
            self.take(record.get("take", {}), parsed)
            made["reply"] = self.general(parsed)
        return made


def main():
    recorder = Recorder()
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            print(json.dumps(recorder.run(json.loads(line)), separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main()
