# SPDX-License-Identifier: Apache-2.0
"""attested.py WHAT FILE SCHEMA-OUT: a filled manifest of examples/attested/kubernetes by Kubernetes' own schemas and by rules of ours. WHAT is what kind of pod it has
to be: class, virtual-node, none or producer. The schema of a ConfigMap goes to a file for vaultcrypt to check."""
import os
import sys

import kubernetes_validate
import yaml

what, path, schema = sys.argv[1:4]
wrong, kinds = [], []
with open(path, encoding="utf-8") as file:
    things = list(yaml.safe_load_all(file))
for thing in things:
    kinds.append(thing["kind"])
    try:
        kubernetes_validate.validate(thing, "1.30", strict=True)
    except kubernetes_validate.ValidationError as error:
        wrong.append(f"{thing['kind']}: {'.'.join(map(str, error.path))}: {error.message}")
    if thing["metadata"]["namespace"] != "kafka":
        wrong.append(f"{thing['kind']}: another namespace")
    if thing["kind"] == "ConfigMap":
        with open(schema, "w", encoding="utf-8") as out:
            out.write(thing["data"]["demo.yaml"])
    if thing["kind"] != "Pod":
        continue
    spec = thing["spec"]
    ours = [c for c in spec["containers"] if c["name"] != "skr"]
    names = [v["name"] for v in spec.get("volumes", [])]
    rules = {
        "a runtime class, where it has one": ("runtimeClassName" in spec) == (what == "class"),
        "a place, where it has one": ("nodeSelector" in spec) == ("tolerations" in spec) == (what == "virtual-node"),
        "a sidecar, where it is attested": (len(spec["containers"]) == 2) == (what in ("class", "virtual-node")),
        "the guest's reference, with a class": ("endor-loc" in names) == (what == "class"),
        "one container of ours": len(ours) == 1,
        "no token of the service account": spec["automountServiceAccountToken"] is False,
        "every volume that is mounted": all(m["name"] in names for c in spec["containers"] for m in c.get("volumeMounts", [])),
        "no secret in its environment": not any("PRIVATE" in str(e) or "valueFrom" in e for c in spec["containers"] for e in c["env"]),
    }
    for inner in spec["containers"]:
        context = inner["securityContext"]
        rules[f"bounds of {inner['name']}"] = (context["readOnlyRootFilesystem"] and context["capabilities"]["drop"] == ["ALL"] and context["allowPrivilegeEscalation"] is False
                                               and context["seccompProfile"]["type"] == "RuntimeDefault" and {"requests", "limits"} <= set(inner["resources"]))
    for inner in ours:
        context = inner["securityContext"]
        rules["not root"] = context["runAsNonRoot"]
        rules["probes, where it listens"] = ("ports" in inner) == ("livenessProbe" in inner) == ("readinessProbe" in inner)
        rules["no texts in its log"] = not any(e["name"] == "SHOW" for e in inner["env"])
        rules["the page's host, whole"] = not os.environ.get("WEB_HOST") or "args" not in inner or f"--host={os.environ['WEB_HOST']}" in inner["args"]
        rules["the text, whole"] = what != "producer" or not os.environ.get("MSG") or {e["name"]: e["value"] for e in inner["env"]}["MSG"] == os.environ["MSG"]
        values = {e["name"]: e["value"] for e in inner["env"]}
        if what == "producer":
            rules["a public key, whole"] = values["PUBKEY"].startswith("-----BEGIN PUBLIC KEY-----\n") and values["PUBKEY"].endswith("\n-----END PUBLIC KEY-----")
            rules["nothing of the key's place"] = not any(n.startswith("Skr") for n in values)
    wrong.extend(f"the pod lacks: {rule}" for rule, kept in rules.items() if not kept)
if "Pod" not in kinds:
    wrong.append("there is no Pod")
print("".join(f"#   {line}\n" for line in wrong), end="")
sys.exit(1 if wrong else 0)
