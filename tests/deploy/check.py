# SPDX-License-Identifier: Apache-2.0
"""check.py DEPLOY CONFIG-OUT SCHEMA-OUT: Kubernetes' objects by its own schemas and by rules of ours, Terraform by a reader; the configuration of the
ConfigMap goes to files for vaultcrypt to check."""
import glob
import json
import re
import sys

import hcl2
import kubernetes_validate
import yaml

wrong = []


def check_pod(spec):
    pod, inner = spec["template"]["spec"], spec["template"]["spec"]["containers"][0]
    rules = {
        "no token of the service account": pod["automountServiceAccountToken"] is False,
        "not root": pod["securityContext"]["runAsNonRoot"] is True,
        "a root that is read only": inner["securityContext"]["readOnlyRootFilesystem"] is True,
        "no capabilities": inner["securityContext"]["capabilities"]["drop"] == ["ALL"],
        "no more rights": inner["securityContext"]["allowPrivilegeEscalation"] is False,
        "probes": {inner[p]["httpGet"]["path"] for p in ("livenessProbe", "readinessProbe")} == {"/healthz", "/readyz"},
        "a name of its own": "--stream.instance=$(POD_NAME)" in inner["args"],
        "time to end": pod["terminationGracePeriodSeconds"] >= 60,
    }
    wrong.extend(f"the pod lacks: {rule}" for rule, kept in rules.items() if not kept)


def check_kubernetes(folder, config, schema):
    kinds = []
    for path in glob.glob(f"{folder}/kubernetes/*.yaml"):
        with open(path, encoding="utf-8") as file:
            for thing in yaml.safe_load_all(file):
                kinds.append(thing["kind"])
                if "keda" not in thing["apiVersion"]:
                    try:
                        kubernetes_validate.validate(thing, "1.30", strict=True)
                    except kubernetes_validate.ValidationError as error:
                        wrong.append(f"{path}: {thing['kind']}: {'.'.join(map(str, error.path))}: {error.message}")
                if thing["kind"] == "StatefulSet":
                    check_pod(thing["spec"])
                if thing["kind"] == "ConfigMap":
                    for name, place in (("stream.yaml", config), ("purchases.yaml", schema)):
                        with open(place, "w", encoding="utf-8") as out:
                            out.write(thing["data"][name])
    for kind in ("StatefulSet", "PodDisruptionBudget", "ScaledObject", "Service"):
        if kind not in kinds:
            wrong.append(f"there is no {kind}")


def check_terraform(folder):
    count = 0
    for path in glob.glob(f"{folder}/terraform/*/*.tf"):
        with open(path, encoding="utf-8") as file:
            try:
                tree = hcl2.load(file)
            except Exception as error:  # the reader has no class of its own for it
                wrong.append(f"{path}: {error}")
                continue
            count += len(tree.get("resource", []))
    if count < 8:
        wrong.append(f"only {count} resources")


def check_rest(folder):
    with open(f"{folder}/grafana/streams.json", encoding="utf-8") as file:
        if len({panel["id"] for panel in json.load(file)["panels"]}) < 10:
            wrong.append("panels are missing, or have the same number")
    with open(f"{folder}/prometheus/alerts.yaml", encoding="utf-8") as file:
        for rule in yaml.safe_load(file)["groups"][0]["rules"]:
            if rule["expr"].count("(") != rule["expr"].count(")") or not rule["annotations"]["summary"]:
                wrong.append(f"{rule['alert']}: brackets, or no summary")
    for path in glob.glob(f"{folder}/**/*", recursive=True):
        if re.search(r"\.(tf|yaml|json|service)$|Containerfile$", path):
            with open(path, encoding="utf-8") as file:
                if re.search(r"(?:docker|quay|ghcr|gcr)\.(?:io|com)", file.read()):
                    wrong.append(f"{path}: names a registry")


check_kubernetes(*sys.argv[1:4])
check_terraform(sys.argv[1])
check_rest(sys.argv[1])
print("".join(f"#   {line}\n" for line in wrong), end="")
sys.exit(1 if wrong else 0)
