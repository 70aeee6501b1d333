#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs examples/format/read.py over tests/vectors/format: format_python.py ROOT. What is valid is read, with the keys themselves and
with the static key that wraps them; what is not is refused, and what does not authenticate is refused with one text."""
import importlib.util
import json
import os
import sys

root = sys.argv[1]
spec = importlib.util.spec_from_file_location("read", os.path.join(root, "examples/format/read.py"))
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)
failed = 0


def outcome(arguments, given):
    try:
        return "valid", reader.main(arguments, given)
    except ValueError as why:
        return "refused", str(why)


def check(name, test, arguments, given, wanted, tries):
    global failed
    for keys in tries:
        result, got = outcome(arguments + keys, given)
        good = result == ("valid" if test["result"] == "valid" else "refused")
        if good and result == "valid":
            good = got == wanted
        if good and "authentication" in (test["result"], test.get("fault")):
            good = "cannot be authenticated" in got
        if not good:
            failed += 1
            print(f"not ok - {name}: {test['name']}: {result}, {got!r:.100}")


def load(name):
    with open(os.path.join(root, "tests/vectors/format", name), encoding="ascii") as f:
        return json.load(f)


def keys_of(vectors, test):
    """The key itself; and the static key, where the token is wrapped under it or it is what the PRF key comes of."""
    tries = [["--key", vectors["keys"][test["key"]]["key"]]]
    fresh = not test.get("key_version") and test.get("source", 2) != 1 and "not bound" not in test["name"]
    if test["result"] == "valid" and fresh:
        tries.append(["--static", "archive=" + vectors["static_key"]["key"]])
    return tries


def tokens():
    vectors = load("tokens.json")
    for test in vectors["tests"]:
        arguments = ["--path=" + test["path"], "--topic=" + test.get("topic", ""), "--record-key=" + test.get("record_key", "")]
        arguments += ["--context=" + c for c in test["contexts"]] + ["--content=" + test.get("plaintext", "")]
        headers = [v for n, v in test.get("headers", []) if n == "vaultcrypt-keys"]
        if len(headers) == 1 and headers[0] is not None:  # to find it is the caller's
            arguments.append("--header=" + headers[0])
        given = test["token"].encode() if test["form"] == "text" else bytes.fromhex(test["token"])
        check("tokens", test, arguments, given, bytes.fromhex(test.get("plaintext", "")), keys_of(vectors, test))
    return len(vectors["tests"])


def streams():
    vectors = load("streams.json")
    whole = {}
    for test in vectors["tests"]:
        given = b"".join(bytes.fromhex(p) if isinstance(p, str) else whole[p[0]][p[1]:p[2]] for p in test["pieces"])
        if test["result"] == "valid":
            whole[test["name"]] = given
            assert len(given) == test["segments"][-1]
    for test in vectors["tests"]:
        given = b"".join(bytes.fromhex(p) if isinstance(p, str) else whole[p[0]][p[1]:p[2]] for p in test["pieces"])
        arguments = ["--context=" + c for c in test["contexts"]] + ["--before=" + test.get("before", "")]
        check("streams", test, arguments, given, bytes.fromhex(test.get("plaintext", "")), keys_of(vectors, test))
    return len(vectors["tests"])


def pairs():
    """With private keys alone; the data key itself opens nothing that is not signed as demanded."""
    vectors = load("pairs.json")
    folder = os.path.join(root, "tests/vectors/format/keys/")
    for test in vectors["tests"]:
        arguments = ["--path=" + test["path"], "--topic=" + test["topic"], "--record-key=" + test["record_key"], "--context=customers"]
        arguments += ["--context=Customers"]
        headers = [v for n, v in test.get("headers", []) if n == "vaultcrypt-keys"]
        if len(headers) == 1:  # to find it is the caller's
            arguments.append("--header=" + headers[0])
        if test.get("signed_by"):
            arguments.append(f"--signed-by={folder}{test['signed_by']}-pub.pem")
        given = test["token"].encode() if test["form"] == "text" else bytes.fromhex(test["token"])
        tries = [[f"--private={folder}{test['pair']}.pem"]]
        if test.get("source") == 2:
            tries = [["--key=" + vectors["keys"][test["key"]]]]
        check("pairs", test, arguments, given, bytes.fromhex(test.get("plaintext", "")), tries)
    return len(vectors["tests"])


count = tokens() + streams() + pairs()
print(f"{count} vectors, {failed} failed")
sys.exit(failed > 0)
