#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py counts RESULTS | table RESULTS: what the runs of the suite came to, as counts, or as docs/CONFORMANCE.md. RESULTS has a
line for each row and server: label, suite, row, endpoint, verdict (pass, differ, fail), reason; with tabs between."""
import collections
import sys

GROUPS = {"emulator": "emulator", "openbao": "openbao", "vault": "vault 1.14.2 as recorded"}
TITLES = {"emulator": "`vaultcrypt dev`", "openbao": "OpenBao 2.7.2", "vault": "Vault 1.14.2 as recorded"}

Result = collections.namedtuple("Result", "label suite row endpoint verdict why")


def group_of(label):
    return label.split()[0]


def read(name):
    with open(name, encoding="utf-8") as file:
        return [Result(*line.rstrip("\n").split("\t")) for line in file]


def counts(results):
    for group, title in GROUPS.items():
        verdicts = collections.Counter(result.verdict for result in results if group_of(result.label) == group)
        if verdicts:
            print(f"{title}: {verdicts['pass']} pass, {verdicts['differ']} differ, {verdicts['fail']} fail")
        else:
            print(f"{title}: not run")


def cell(results):
    verdicts = collections.Counter(result.verdict for result in results)
    return ", ".join(f"{word} {verdicts[verdict]}" for verdict, word in
                     (("pass", "pass"), ("differ", "differs"), ("fail", "**fails**")) if verdicts[verdict]) or "-"


def area(endpoint):
    path = endpoint.partition(" ")[2]
    for name in ("transit", "transform", "auth", "sys", "cubbyhole"):
        if path.startswith(name + "/"):
            return name
    return "other"


HEAD = """# Conformance: which server answers how

Made by the conformance suite (tests/conformance): `make conformance-doc` writes it again. The same rows are asked of every server over
the C client. A row *passes* when the reply is what Vault 1.14.2 answers (or, where it was not recorded, what its
documentation says); it *differs* when it is what the suite says of this server or version instead, for the reason below. The emulator is
asked in its flavours vault-1.14, vault-2.1 and openbao-2.7, so a row counts up to three times there; OpenBao is asked in dev mode and in production mode with
TLS. Of Vault, 206 requests and their replies were recorded and are played back. Transform is part of Vault Enterprise: there is no open server to ask.
"""


def table(results):
    print(HEAD)
    for name, title in (("transit", "Transit"), ("transform", "Transform"), ("auth", "Log-ins and tokens"), ("sys", "System"), ("cubbyhole", "Cubbyhole"),
                        ("other", "Other paths")):
        mine = [result for result in results if area(result.endpoint) == name]
        if not mine:
            continue
        print(f"## {title}\n\n| endpoint | " + " | ".join(TITLES.values()) + " |\n|---|---|---|---|")
        endpoints = sorted({result.endpoint for result in mine}, key=lambda endpoint: (endpoint.partition(" ")[2], endpoint))
        for endpoint in endpoints:
            cells = [cell([result for result in mine if result.endpoint == endpoint and group_of(result.label) == group]) for group in TITLES]
            print(f"| `{endpoint}` | " + " | ".join(cells) + " |")
        print()
        whys = collections.defaultdict(set)
        for result in mine:
            if result.verdict == "differ":
                whys[(endpoints.index(result.endpoint), result.endpoint, result.why)].add(result.label)
        if whys:
            print("Where they differ:\n")
            for (_, endpoint, why), labels in sorted(whys.items()):
                print(f"* `{endpoint}`, {', '.join(sorted(labels))}: {why}")
            print()


def main():
    verb, name = sys.argv[1:]
    {"counts": counts, "table": table}[verb](read(name))


if __name__ == "__main__":
    main()
