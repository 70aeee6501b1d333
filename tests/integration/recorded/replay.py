#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a running server what was once asked of a real Vault or OpenBao, and compares what it answers.

usage: replay.py RECORDING FLAVOUR

RECORDING is a file beside this one, one request with its reply a line. In it {*} stands for any string, {int} for any integer, and
{7} for a value that a reply gave, and later requests use; {root} is the root token. What may differ, and why, is in differences.json.
"""
import fnmatch
import http.client
import json
import os
import re
import sys
from urllib.parse import urlsplit

PLACE = re.compile(r"\{(\d+|root)\}")


class Replay:
    def __init__(self, flavour):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, "differences.json"), encoding="utf-8") as file:
            known = json.load(file)
        self.rules = known[flavour]
        self.patterns = [*known["all"], *self.rules["differ"]]
        self.before = known["before"]
        self.values = {"root": os.environ["VAULT_TOKEN"]}
        address = urlsplit(os.environ["VAULT_ADDR"])
        self.http = http.client.HTTPConnection(address.hostname, address.port, timeout=30)

    def ask(self, method, path, headers, body):
        self.http.request(method, path, body=body.encode() if body else None, headers=headers)
        reply = self.http.getresponse()
        return reply.status, reply.read().decode()

    def fill(self, text):
        return PLACE.sub(lambda match: self.values.get(match[1], "unknown"), text)

    def step(self, name):
        """What was done between two requests and not recorded: a new server, or two keys."""
        if name == "wipe":
            self.ask("PUT", "/v1/sys/dev/wipe", {"X-Vault-Token": self.values.pop("root")}, "")
        else:
            for key in ("901", "902"):
                self.ask("PUT", "/v1/sys/unseal", {}, json.dumps({"key": self.values[key]}))

    def text(self, expected, actual, where):
        """A string with {7} in it: takes the value when it is new, else it must be the same."""
        if not isinstance(actual, str):
            return [f"{where}: a string is due, not {actual!r}"]
        parts = PLACE.split(expected)
        pattern = "".join(
            re.escape(part) if i % 2 == 0 else re.escape(self.values[part]) if part in self.values else f"(?P<v{part}>.+)"
            for i, part in enumerate(parts))
        match = re.fullmatch(pattern, actual)
        if not match:
            return [f"{where}: {expected!r} is due, not {actual!r}"]
        for name, value in match.groupdict().items():
            self.values[name[1:]] = value
        return []

    def compare(self, expected, actual, where):
        if expected == "{*}":
            return [] if isinstance(actual, str) else [f"{where}: a string is due, not {actual!r}"]
        if expected == "{int}":
            return [] if isinstance(actual, int) else [f"{where}: an integer is due, not {actual!r}"]
        if isinstance(expected, str):
            return self.text(expected, actual, where)
        if isinstance(expected, dict) and isinstance(actual, dict):
            extra = set(actual) - set(expected) - set(self.rules["extra_members"])
            found = [f"{where}: has {name!r} too" for name in sorted(extra)]
            for name, value in expected.items():
                if name not in actual:
                    found.append(f"{where}: {name!r} is missing")
                else:
                    found += self.compare(value, actual[name], f"{where}.{name}")
            return found
        if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
            return [fault for i, pair in enumerate(zip(expected, actual)) for fault in self.compare(*pair, f"{where}[{i}]")]
        same = type(expected) is type(actual) and expected == actual
        return [] if same else [f"{where}: {expected!r} is due, not {actual!r}"]

    def excused(self, case):
        return any(fnmatch.fnmatchcase(case, pattern) for pattern in self.patterns)

    def run(self, record):
        """None: this one may differ. Else a list of faults."""
        if record["case"] in self.before:
            self.step(self.before[record["case"]])
        headers = {name: self.fill(value) for name, value in record.get("headers", {}).items()}
        headers["X-Vault-Request"] = "true"
        status, body = self.ask(record["method"], record["path"], headers, self.fill(record.get("body", "")))
        found = [] if status == record["status"] else [f"status {record['status']} is due, not {status}"]
        reply = record.get("reply")
        if reply is None:
            found += [] if body == "" else ["no body is due"]
        elif isinstance(reply, dict) and not found:
            try:
                found += self.compare(reply, json.loads(body), "reply")
            except ValueError:
                found.append("the reply is not JSON")
        return None if self.excused(record["case"]) else found


def main():
    recording, flavour = sys.argv[1:]
    replay = Replay(flavour)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with open(recording, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            found = replay.run(record)
            counts["skipped" if found is None else "failed" if found else "passed"] += 1
            for fault in found or []:
                print(f"{record['case']}: {fault}")
    print(f"{os.path.basename(recording)} on {flavour}: {counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped")
    return 1 if counts["failed"] or counts["passed"] < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
