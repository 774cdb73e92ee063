#!/usr/bin/env python3
"""Writes schemas/custom-resources/: the kinds of well-known operators, from their published CustomResourceDefinitions.

    python3 scripts/custom-resources.py DIR [--check]

DIR holds `<group>/<kind>.json`, one CustomResourceDefinition each (prose, printer columns and status may be left out), taken from the
repositories, commits and folders that schemas/custom-resources/README.md lists. --check writes nothing and fails if the files in the
repository differ. The form of the output is described there too. Standard library only.
"""

import argparse
import json
import pathlib
import sys

TARGET = pathlib.Path(__file__).resolve().parent.parent / "schemas" / "custom-resources"

# Groups by project; the last words of a group decide.
PROJECTS = {
    "gateway.networking.k8s.io": "gateway-api",
    "cert-manager.io": "cert-manager",
    "external-secrets.io": "external-secrets",
    "monitoring.coreos.com": "prometheus-operator",
    "keda.sh": "keda",
    "tekton.dev": "tekton",
    "toolkit.fluxcd.io": "flux",
    "bitnami.com": "sealed-secrets",
    "istio.io": "istio",
    "crossplane.io": "crossplane",
    "kyverno.io": "kyverno",
    "wgpolicyk8s.io": "kyverno",
}
ROLLOUTS = {"AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate", "Experiment", "Rollout"}


def project(group, kind):
    if group == "argoproj.io":
        return "argo-rollouts" if kind in ROLLOUTS else "argo-cd"
    (name,) = {name for suffix, name in PROJECTS.items() if group == suffix or group.endswith("." + suffix)}
    return name


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("directory", type=pathlib.Path)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()

    kinds = []
    schemas = {}  # project: {name: json}
    for path in sorted(options.directory.glob("*/*.json")):
        definition = json.loads(path.read_text())
        spec = definition["spec"]
        group, kind = spec["group"], spec["names"]["kind"]
        owner = project(group, kind)
        known = schemas.setdefault(owner, {})
        sound = [version for version in spec["versions"] if version.get("served") and not version.get("deprecated")]
        sound.sort(key=lambda version: not version.get("storage"))
        for version in spec["versions"]:
            if not version.get("served"):
                continue
            text = json.dumps(version["schema"]["openAPIV3Schema"], separators=(",", ":"), ensure_ascii=False)
            own = f"{kind}.{group}/{version['name']}"
            # Versions with equal schemas share one.
            name = next((name for name, other in known.items() if other == text and name.startswith(f"{kind}.{group}/")), own)
            known[name] = text
            scope = "namespaced" if spec["scope"] == "Namespaced" else "cluster"
            deprecated = (f"{group}/{sound[0]['name']}" if sound else "-") if version.get("deprecated") else ""
            kinds.append("\t".join((f"{group}/{version['name']}", kind, spec["names"]["plural"], scope, owner, name, deprecated)))

    files = {"kinds.txt": sorted(kinds)}
    for owner, known in schemas.items():
        files[f"{owner}.txt"] = sorted(f"{name}\t{text}" for name, text in known.items())
    differ = []
    for file, lines in files.items():
        text = "\n".join(lines) + "\n"
        if options.check:
            differ += [file] if (TARGET / file).read_text() != text else []
        else:
            TARGET.mkdir(exist_ok=True)
            (TARGET / file).write_text(text)
    if differ:
        sys.exit(f"not what the sources give: {', '.join(differ)}")


if __name__ == "__main__":
    main()
