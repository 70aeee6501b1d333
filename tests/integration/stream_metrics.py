# SPDX-License-Identifier: Apache-2.0
"""stream_metrics.py METRICS [DASHBOARD.json | RULES.yaml ...]: reads the text with Prometheus' own parser and holds it against the rules of
`promtool check metrics`; and each metric that a dashboard or rule asks for must be there."""
import re
import sys

from prometheus_client.parser import text_string_to_metric_families

KINDS = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}


def lint(text):
    seen, names, wrong = set(), set(), []
    helped = re.findall(r"^# HELP (\S+) (.+)$", text, re.M)
    typed = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)
    if [n for n, _ in helped] != [n for n, _ in typed]:
        wrong.append("HELP and TYPE do not go together")
    for name, kind in typed:
        if kind not in KINDS:
            wrong.append(f"{name}: type {kind}")
        if kind == "counter" and not name.endswith("_total"):
            wrong.append(f"{name}: a counter without _total")
        if kind != "counter" and name.endswith("_total"):
            wrong.append(f"{name}: _total, but no counter")
        if re.search(r"_(ms|milliseconds|kb|mb)(_|$)", name) or name != name.lower():
            wrong.append(f"{name}: units are seconds and bytes, names lower case")
        if len([n for n, _ in typed if n == name]) > 1:
            wrong.append(f"{name}: told twice")
    for family in text_string_to_metric_families(text):
        if not family.name.startswith("vaultcrypt_") or not family.documentation:
            wrong.append(f"{family.name}: another prefix, or no help")
        for sample in family.samples:
            series = (sample.name, tuple(sorted(sample.labels.items())))
            if series in seen:
                wrong.append(f"{series}: twice")
            seen.add(series)
            names.add(sample.name)
        if family.type == "histogram":
            counts = [s.value for s in family.samples if s.name.endswith("_bucket")]
            if counts != sorted(counts) or family.samples[len(counts) - 1].labels["le"] != "+Inf":
                wrong.append(f"{family.name}: its buckets do not grow")
    return names, wrong


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        names, wrong = lint(file.read())
    if len(names) < 30:
        wrong.append(f"only {len(names)} metrics")
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            asked = set(re.findall(r"\bvaultcrypt_[a-z_]+\b", file.read()))
        if not asked:
            wrong.append(f"{path}: asks for nothing")
        wrong += [f"{path}: there is no {name}" for name in sorted(asked - names)]
    print("".join(f"#   {line}\n" for line in wrong), end="")
    return 1 if wrong else 0


sys.exit(main())
