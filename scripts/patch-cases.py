#!/usr/bin/env python3
"""Writes tests/patch/kubectl.jsonl: patches with what kubectl makes of them, for the differential test of strategic merge.

    python3 scripts/patch-cases.py [--check]

Bases and patches are generated from a fixed seed. Built-in kinds go through `kubectl patch --local`, custom resources (for which it has
no strategic merge) through `kubectl kustomize`. --check writes nothing and fails if kubectl gives another result. Standard library only.
"""

import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys
import tempfile

TARGET = pathlib.Path(__file__).resolve().parent.parent / "tests" / "patch" / "kubectl.jsonl"
COUNT = 500
KINDS = ["Deployment", "StatefulSet", "CronJob", "Service", "HorizontalPodAutoscaler", "Ingress", "PodDisruptionBudget", "ServiceAccount", "Widget"]


class Make:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def maybe(self, share=0.5):
        return self.random.random() < share

    def pick(self, *values):
        return self.random.choice(values)

    def some(self, names, low=0):
        names = list(names)
        self.random.shuffle(names)
        return names[: self.random.randint(low, len(names))]

    def labels(self):
        return {name: self.pick("1", "2", "x") for name in self.some(["a", "b.example.com/c", "d"])}

    def fields(self, makers, share=0.4):
        return {name: make() for name, make in makers.items() if self.maybe(share)}

    def env(self):
        return [{"name": name, "value": self.pick("1", "2")} for name in self.some("ABC")]

    def ports(self):
        # One port number a protocol: kubectl merges by the number alone (tests/patch/differences.md).
        return [{"containerPort": port, **self.fields({"name": lambda: f"p{port}", "protocol": lambda: "TCP"})} for port in self.some([80, 81, 82])]

    def resources(self):
        amounts = lambda: {name: self.pick("1", "2", "500m") for name in self.some(["cpu", "memory"])}
        return self.fields({"limits": amounts, "requests": amounts}, 0.6)

    def probe(self):
        return {"httpGet": {"path": self.pick("/a", "/b"), "port": self.pick(80, "http")}, **self.fields({"periodSeconds": lambda: self.pick(5, 6)})}

    def container(self, name):
        return {
            "name": name,
            **self.fields({
                "image": lambda: self.pick("a:1", "a:2", "b"),
                "args": lambda: self.some("xyz"),
                "env": self.env,
                "ports": self.ports,
                "resources": self.resources,
                "livenessProbe": self.probe,
                "volumeMounts": lambda: [{"mountPath": path, "name": self.pick("v", "w")} for path in self.some(["/a", "/b"])],
                "envFrom": lambda: [{"configMapRef": {"name": name}} for name in self.some("mn")],
                "securityContext": lambda: {"capabilities": {"drop": self.some(["ALL", "KILL"])}, "runAsUser": self.pick(1, 2)},
            }),
        }

    def volume(self, name):
        # The same volume of one form: what a patch of another form keeps is on the list of differences.
        return {"name": name, "configMap": {"name": self.pick("x", "y")}}

    def pod(self):
        spec = {
            "containers": [self.container(name) for name in self.some(["main", "side", "third"], 1)],
            **self.fields({
                "initContainers": lambda: [self.container(name) for name in self.some(["init", "wait"])],
                "volumes": lambda: [self.volume(name) for name in self.some("vw")],
                "tolerations": lambda: [{"key": key, "operator": "Exists"} for key in self.some("tu")],
                "imagePullSecrets": lambda: [{"name": name} for name in self.some(["r", "s"])],
                "hostAliases": lambda: [{"ip": ip, "hostnames": self.some("gh", 1)} for ip in self.some(["10.0.0.1", "10.0.0.2"])],
                "nodeSelector": self.labels,
                "serviceAccountName": lambda: self.pick("a", "b"),
                "affinity": lambda: {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": weight, "preference": {}} for weight in self.some([1, 2])]}},
                "terminationGracePeriodSeconds": lambda: self.pick(1, 30),
            }),
        }
        return {"metadata": {"labels": self.labels()}, "spec": spec}

    def selector(self):
        return {"matchLabels": {"app": "a", **self.labels()}}

    def object(self, kind):
        api, spec = {
            "Deployment": ("apps/v1", lambda: {"template": self.pod(), **self.fields({"replicas": lambda: self.pick(1, 2), "selector": self.selector, "paused": lambda: True})}),
            "StatefulSet": ("apps/v1", lambda: {"template": self.pod(), "serviceName": "a", **self.fields({
                "volumeClaimTemplates": lambda: [{"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"]}} for name in self.some("vw")]})}),
            "CronJob": ("batch/v1", lambda: {"schedule": self.pick("* * * * *", "@daily"), "jobTemplate": {"spec": {"template": self.pod(), **self.fields({"backoffLimit": lambda: self.pick(1, 2)})}}}),
            "Service": ("v1", lambda: {**self.fields({
                "ports": lambda: [{"port": port, **self.fields({"targetPort": lambda: self.pick("http", 8080), "name": lambda: f"p{port}"})} for port in self.some([80, 81, 82])],
                "selector": self.labels, "type": lambda: self.pick("ClusterIP", "NodePort"), "externalIPs": lambda: self.some(["10.0.0.1", "10.0.0.2"])}, 0.7)}),
            "HorizontalPodAutoscaler": ("autoscaling/v2", lambda: {"maxReplicas": self.pick(3, 4), "scaleTargetRef": {"kind": "Deployment", "name": "a"}, **self.fields({
                "minReplicas": lambda: self.pick(1, 2),
                "metrics": lambda: [{"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": 50}}} for name in self.some(["cpu", "memory"])],
                "behavior": lambda: {"scaleDown": {"stabilizationWindowSeconds": self.pick(1, 2), "policies": [{"type": "Pods", "value": self.pick(1, 2), "periodSeconds": 5}]}}})}),
            "Ingress": ("networking.k8s.io/v1", lambda: self.fields({
                "rules": lambda: [{"host": host} for host in self.some(["a.x", "b.x"])], "tls": lambda: [{"hosts": self.some("ab", 1)}], "ingressClassName": lambda: self.pick("n", "m")}, 0.7)),
            "PodDisruptionBudget": ("policy/v1", lambda: self.fields({"minAvailable": lambda: self.pick(1, "50%"), "selector": self.selector}, 0.7)),
            "ServiceAccount": ("v1", None),
            "Widget": ("example.com/v1", lambda: self.fields({
                "list": lambda: [{"name": name, "value": self.pick(1, 2)} for name in self.some("ab")], "map": self.labels, "deep": lambda: {"map": self.labels(), "on": self.pick(True, False)}}, 0.8)),
        }[kind]
        result = {"apiVersion": api, "kind": kind, "metadata": {"name": "a", **self.fields({"labels": self.labels, "annotations": self.labels})}}
        if spec:
            result["spec"] = spec()
        else:
            result["secrets"] = [{"name": name} for name in self.some("mno")]
            result.update(self.fields({"imagePullSecrets": lambda: [{"name": name} for name in self.some("mno")], "automountServiceAccountToken": lambda: self.pick(True, False)}))
        return result

    def directives(self, value, custom, base, top=True):
        """A patch of a value of the same form, with nulls and directives strewn in."""
        below = lambda key: base.get(key) if isinstance(base, dict) else None
        if isinstance(value, dict):
            result = {}
            for key, child in value.items():
                if top and key in ("apiVersion", "kind", "metadata") or key in ("name", "containerPort", "port", "mountPath", "ip"):
                    result[key] = child if key != "metadata" or not top else {"name": "a", **{k: self.directives(v, custom, (below(key) or {}).get(k), False) for k, v in child.items() if k != "name"}}
                elif self.maybe(0.06) and not top:
                    result[key] = None
                else:
                    result[key] = self.directives(child, custom, below(key), False)
            # kubectl forgets a map that replaces nothing (tests/patch/differences.md).
            if not top and not custom and isinstance(base, dict) and self.maybe(0.04) and "name" not in value:
                result["$patch"] = "replace"
            return result
        if isinstance(value, list) and value and all(isinstance(item, dict) and {"name", "containerPort", "port", "mountPath", "ip"} & set(item) for item in value):
            items = []
            for item in value:
                key = next(key for key in ("containerPort", "mountPath", "ip", "port", "name") if key in item)
                same = next((known for known in base or [] if known.get(key) == item[key]), None)
                items.append({key: item[key], "$patch": "delete"} if not custom and self.maybe(0.15) else self.directives(item, custom, same, False))
            # In an item it speaks of the item here, and of the whole list in kubectl.
            items = [item if item.get("$patch") != "replace" else {k: v for k, v in item.items() if k != "$patch"} for item in items]
            if not custom and self.maybe(0.06):
                # kubectl wants only plain items beside it.
                items = [item for item in value] + [{"$patch": "replace"}]
            return items
        return value


def plain(value):
    """An object without what kubectl's typed printing adds."""
    value.get("metadata", {}).pop("creationTimestamp", None)
    return value


def patched(case, directory):
    base, patch = directory / f"{case['number']}.base.json", directory / f"{case['number']}.patch.json"
    base.write_text(json.dumps(case["base"]))
    patch.write_text(json.dumps(case["patch"]))
    command = ["kubectl", "patch", "--local", "-f", str(base), "--patch-file", str(patch), "-o", "json", "--type", "strategic"]
    run = subprocess.run(command, capture_output=True, text=True)
    return (plain(json.loads(run.stdout)), None) if run.returncode == 0 else (None, run.stderr.strip())


def kustomized(cases, directory):
    """All at once: each base under its own name."""
    lines = {"resources": [], "patches": []}
    for case in cases:
        for part, field in (("base", "resources"), ("patch", "patches")):
            value = json.loads(json.dumps(case[part]))
            value["metadata"]["name"] = f"n{case['number']}"
            path = directory / f"{case['number']}.{part}.json"
            path.write_text(json.dumps(value))
            lines[field].append(path.name if part == "base" else {"path": path.name})
    (directory / "kustomization.yaml").write_text(json.dumps(lines))
    output = subprocess.run(["kubectl", "kustomize", str(directory)], capture_output=True, text=True, check=True).stdout
    # The stream is read back by kubectl itself, so that no YAML reader is needed here.
    (directory / "all.yaml").write_text(output)
    command = ["kubectl", "annotate", "--local", "-f", str(directory / "all.yaml"), "-o", "json", "x-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    decoder, objects = json.JSONDecoder(), {}
    while text.strip():
        value, end = decoder.raw_decode(text.lstrip())
        text = text.lstrip()[end:]
        for item in value.get("items", [value]):
            objects[item["metadata"]["name"]] = plain(item)
    for case in cases:
        result = objects[f"n{case['number']}"]
        result["metadata"]["name"] = "a"
        if not any("annotations" in case[part]["metadata"] for part in ("base", "patch")):
            # Left behind by `kubectl annotate`, which only served to print JSON.
            result["metadata"].pop("annotations", None)
        case["result"] = result


def main():
    cases = []
    for number in range(COUNT):
        make = Make(number)
        kind = KINDS[number % len(KINDS)]
        base, other = make.object(kind), make.object(kind)
        if kind == "PodDisruptionBudget":
            # Replaced by kubectl, the only map that is (tests/patch/differences.md).
            other["spec"].pop("selector", None)
        patch = make.directives(other, kind == "Widget", base)
        if kind == "ServiceAccount" and "imagePullSecrets" in patch:
            # A list without merge keys, in which a directive is a mistake here.
            patch["imagePullSecrets"] = other["imagePullSecrets"]
        cases.append({"number": number, "base": base, "patch": patch})
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        custom = [case for case in cases if case["base"]["kind"] == "Widget"]
        kustomized(custom, directory)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            builtin = [case for case in cases if "result" not in case]
            for case, (result, error) in zip(builtin, pool.map(lambda case: patched(case, directory), builtin)):
                case["result"] = result
                if error:
                    case["error"] = error
    text = "".join(json.dumps(case, separators=(",", ":"), sort_keys=True) + "\n" for case in cases)
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text() == text else "kubectl gives other results")
    TARGET.write_text(text)
    print(len(cases), "cases,", sum("error" in case for case in cases), "refused by kubectl")


if __name__ == "__main__":
    main()
