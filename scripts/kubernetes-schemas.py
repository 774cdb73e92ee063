#!/usr/bin/env python3
"""Writes schemas/kubernetes/{definitions,kinds}.txt: the structure of the kinds that Kubernetes API servers serve; and tests/kubernetes/original/,
the JSON Schemas of a few of them as they are, which a test compares the former with.

    python3 scripts/kubernetes-schemas.py OPENAPI_DIR [--wheel FILE] [--check]

Structure comes from the wheel kubernetes-validate (fetched with pip unless --wheel names it; its checksum is held below).
OPENAPI_DIR holds one file per minor, `1.NN.json`, taken from real API servers: {version, resources: [{group, version, kind,
plural, namespaced}], schemas: {name: schema}}. They give enums, defaults, and which kinds exist. A minor without such a file
takes the kinds of its neighbours that its structure has, and the enums and defaults of a neighbour where both neighbours (or
the only one) agree. --check writes nothing and fails if the files in the repository differ.

The form of the output is described in schemas/kubernetes/README.md. Standard library only.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import zipfile

WHEEL = "kubernetes-validate==1.37.0"
SHA256 = "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9"
MINORS = range(30, 38)
ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "schemas" / "kubernetes"
ORIGINAL = ROOT / "tests" / "kubernetes" / "original"
# The minors and kinds whose original schemas the test has.
TESTED = [30, 37]
TESTED_KINDS = {
    "apps": ["Deployment", "StatefulSet", "DaemonSet"],
    "autoscaling": ["HorizontalPodAutoscaler"],
    "batch": ["Job", "CronJob"],
    "networking.k8s.io": ["Ingress", "NetworkPolicy"],
    "policy": ["PodDisruptionBudget"],
    "rbac.authorization.k8s.io": ["Role", "RoleBinding"],
    "": ["ConfigMap", "PersistentVolumeClaim", "Pod", "Secret", "Service", "ServiceAccount"],
}

# Definitions that are one value, not a map of fields.
SIMPLE = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "date-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "date-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "object",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "object",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "any",
}
# Scalars by type and format.
SCALARS = {
    ("string", None): "string",
    ("string", "byte"): "bytes",
    ("string", "date-time"): "date-time",
    ("string", "int-or-string"): "int-or-string",
    ("integer", "int32"): "int32",
    ("integer", "int64"): "int64",
    ("integer", None): "int64",
    ("number", "double"): "number",
    ("number", None): "number",
    ("boolean", None): "bool",
}


def short(name):
    """`io.k8s.api.apps.v1.Deployment` as `apps.v1.Deployment`; distinct names stay distinct (checked by the caller)."""
    return ".".join(name.split(".")[-3:])


def reference(schema):
    """The name that a schema refers to, directly or through a single allOf."""
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = schema["allOf"][0]
    return schema["$ref"].rsplit("/", 1)[1] if "$ref" in schema else None


def escape(text):
    """Text without the characters that the form uses itself."""
    return urllib.parse.quote(text, safe="/:,.-+*<>@")


def single(kind):
    """`["string", "null"]` as `string`."""
    if isinstance(kind, list):
        (kind,) = [k for k in kind if k != "null"]
    return kind


class Minor:
    def __init__(self, structure, server):
        self.structure = structure
        self.schemas = server["schemas"] if server else None
        self.resources = server["resources"] if server else None

    def published(self, name, field):
        """What the real server publishes for a field; `None` where it is not known."""
        if self.schemas is None or name not in self.schemas:
            return None
        return self.schemas[name].get("properties", {}).get(field)


def type_of(schema, facts, references, where):
    """The compact form of one schema. `facts` is the same place of the real server's schema, or {}."""
    name = reference(schema)
    if name in SIMPLE:
        text = SIMPLE[name]
    elif name:
        references.add(name)
        text = "@" + short(name)
        if "retainKeys" in schema.get("x-kubernetes-patch-strategy", ""):
            text += "~"
    elif "oneOf" in schema and {single(s["type"]) for s in schema["oneOf"]} == {"string", "number"}:
        text = "quantity"
    elif "type" not in schema:
        text = "any"
    elif single(schema["type"]) == "array":
        strategy = schema.get("x-kubernetes-patch-strategy", "")
        merges = "merge" in strategy
        kind = schema.get("x-kubernetes-list-type")
        if schema.get("x-kubernetes-list-map-keys"):
            mark = "map:" + ",".join(schema["x-kubernetes-list-map-keys"])
        elif merges and schema.get("x-kubernetes-patch-merge-key"):
            mark = "map:" + schema["x-kubernetes-patch-merge-key"]
        elif kind == "set" or merges:
            mark = "set"
        else:
            mark = ""
        item = type_of(schema["items"], facts.get("items", {}), references, where)
        if "retainKeys" in strategy:
            item += "~"
        text = f"[{mark}]{item}"
    elif single(schema["type"]) == "object":
        values = schema.get("additionalProperties")
        text = "{}" + type_of(values, facts.get("additionalProperties", {}), references, where) if isinstance(values, dict) else "object"
    else:
        text = SCALARS[(single(schema["type"]), schema.get("format"))]
    if facts.get("enum"):
        text += "(" + "|".join(escape(value) for value in sorted(facts["enum"])) + ")"
    default = facts.get("default")
    if default not in (None, "", {}, [], 0, False) and not isinstance(default, (dict, list)):
        text += "=" + escape(default if isinstance(default, str) else json.dumps(default))
    return text


def facts_of(minors, minor, name, field):
    """The real server's schema of a field, of the minor itself or of its neighbours where they agree."""
    own = minors[minor]
    if own.schemas is not None:
        return own.published(name, field) or {}
    before = [m for m in minors if m < minor and minors[m].schemas is not None][-1:]
    after = [m for m in minors if m > minor and minors[m].schemas is not None][:1]
    found = [minors[m].published(name, field) for m in before + after]
    found = [fact for fact in found if fact is not None]
    return found[0] if found and all(fact.get("enum") == found[0].get("enum") for fact in found) else {}


def kinds_of(minors, minor):
    """The resources that a minor serves by default: {(group, version, kind): (plural, namespaced, definition)}."""
    own = minors[minor]
    defined = {}
    for name, body in own.structure.items():
        for gvk in body.get("x-kubernetes-group-version-kind", []):
            defined.setdefault((gvk["group"], gvk["version"], gvk["kind"]), name)
    if own.resources is not None:
        resources = own.resources
    else:
        neighbours = [m for m in minors if minors[m].resources is not None]
        neighbours = [m for m in neighbours if m < minor][-1:] + [m for m in neighbours if m > minor][:1]
        resources = [r for m in neighbours for r in minors[m].resources]
        resources = [r for r in resources if (r["group"], r["version"], r["kind"]) in defined]
    kinds = {}
    for r in resources:
        key = (r["group"], r["version"], r["kind"])
        kinds[key] = (r["plural"], "namespaced" if r["namespaced"] else "cluster", defined[key])
    return kinds


# Fields in which a server takes an empty text for the default, though their documents do not say so; asked of a server of 1.37.
EMPTY_IS_DEFAULT = {
    "apps.v1.DaemonSetUpdateStrategy": ["type"],
    "apps.v1.DeploymentStrategy": ["type"],
    "apps.v1.StatefulSetSpec": ["podManagementPolicy"],
    "apps.v1.StatefulSetUpdateStrategy": ["type"],
    "batch.v1.CronJobSpec": ["concurrencyPolicy"],
    "batch.v1.PodFailurePolicyOnPodConditionsPattern": ["status"],
    "core.v1.Container": ["imagePullPolicy", "terminationMessagePolicy"],
    "core.v1.ContainerPort": ["protocol"],
    "core.v1.EndpointPort": ["protocol"],
    "core.v1.EphemeralContainer": ["imagePullPolicy", "terminationMessagePolicy"],
    "core.v1.HTTPGetAction": ["scheme"],
    "core.v1.ImageVolumeSource": ["pullPolicy"],
    "core.v1.PersistentVolumeSpec": ["persistentVolumeReclaimPolicy"],
    "core.v1.PodSpec": ["dnsPolicy", "restartPolicy"],
    "core.v1.ServicePort": ["protocol"],
    "core.v1.ServiceSpec": ["externalTrafficPolicy", "sessionAffinity", "type"],
    "core.v1.Toleration": ["effect", "operator"],
    "storage.v1.StorageClass": ["reclaimPolicy"],
}
# Fields that the documents call required, and that a server takes as empty where they are left out; asked of a server of 1.37.
NOT_REQUIRED = {
    "core.v1.HTTPHeader": ["value"],
    "core.v1.ISCSIVolumeSource": ["lun"],
    "core.v1.ISCSIPersistentVolumeSource": ["lun"],
    "core.v1.Sysctl": ["value"],
    "discovery.v1.ForZone": ["name"],
    "storage.v1.TokenRequest": ["audience"],
}


def as_servers_take_it(name, field, text, required):
    """The type of a field and whether it must be there, where a server takes more than its documents say."""
    if field in EMPTY_IS_DEFAULT.get(name, []):
        text = text.replace("(", "(|", 1)
    return text, required and field not in NOT_REQUIRED.get(name, [])


def body_of(minors, minor, name):
    """The compact body of a definition, and the definitions that it refers to."""
    schema = minors[minor].structure[name]
    references = set()
    fields = []
    required = set(schema.get("required", []))
    for field, value in sorted(schema.get("properties", {}).items()):
        text = type_of(value, facts_of(minors, minor, name, field), references, f"{name}.{field}")
        text, needed = as_servers_take_it(short(name), field, text, field in required)
        fields.append(f"{escape(field)}{'!' if needed else ''}:{text}")
    return " ".join(fields), references


def without_prose(value):
    """A schema without descriptions, its references local."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not (k == "description" and isinstance(v, str))}
        return {k: "#/$defs/" + v.rsplit("/", 1)[1] if k == "$ref" else without_prose(v) for k, v in kept.items()}
    return [without_prose(item) for item in value] if isinstance(value, list) else value


def original(structure):
    """The definitions that the tested kinds need, one a line: `name TAB JSON Schema`, after the kinds: `apiVersion TAB kind TAB name`."""
    kinds, waiting, needed = [], [], {}
    for name, body in structure.items():
        for gvk in body.get("x-kubernetes-group-version-kind", []):
            if gvk["kind"] in TESTED_KINDS.get(gvk["group"], []) and len(body["x-kubernetes-group-version-kind"]) == 1:
                api_version = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
                kinds.append(f"{api_version}\t{gvk['kind']}\t{name}")
                waiting.append(name)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = json.dumps(without_prose(structure[name]), separators=(",", ":"), sort_keys=True)
            waiting.extend(part.split('"')[0] for part in needed[name].split('"#/$defs/')[1:])
    return sorted(kinds) + sorted(f"{name}\t{text}" for name, text in needed.items())


def wheel(path):
    """The checked bytes of the wheel as a zip file."""
    if path is None:
        directory = tempfile.mkdtemp()
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", WHEEL, "-d", directory], check=True)
        (path,) = pathlib.Path(directory).iterdir()
    digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    if digest != SHA256:
        sys.exit(f"{path}: sha256 {digest}, expected {SHA256}")
    return zipfile.ZipFile(path)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("openapi", type=pathlib.Path)
    arguments.add_argument("--wheel", type=pathlib.Path)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()

    archive = wheel(options.wheel)
    minors = {}
    for minor in MINORS:
        path = f"kubernetes_validate/kubernetes-json-schema/v1.{minor}.0-local/_definitions.json"
        server = options.openapi / f"1.{minor}.json"
        minors[minor] = Minor(json.loads(archive.read(path))["$defs"], json.loads(server.read_text()) if server.exists() else None)

    definitions = {}  # (short name, body): bitmap
    kinds = {}  # line without bitmap: bitmap
    names = {}  # short name: full name
    for minor in MINORS:
        bit = 1 << (minor - MINORS.start)
        found = kinds_of(minors, minor)
        for (group, version, kind), (plural, scope, name) in found.items():
            api_version = f"{group}/{version}" if group else version
            line = (api_version, kind, plural, scope, short(name))
            kinds[line] = kinds.get(line, 0) | bit
        waiting = sorted(name for _, _, name in found.values())
        seen = set(waiting)
        while waiting:
            name = waiting.pop()
            if names.setdefault(short(name), name) != name:
                sys.exit(f"`{short(name)}` is short for two names: {name}, {names[short(name)]}")
            body, references = body_of(minors, minor, name)
            definitions[short(name), body] = definitions.get((short(name), body), 0) | bit
            waiting.extend(sorted(references - seen))
            seen |= references

    files = {
        "definitions.txt": sorted(f"{name}\t{bits:02x}\t{body}" for (name, body), bits in definitions.items()),
        "kinds.txt": sorted("\t".join((*line[:2], f"{bits:02x}", *line[2:])) for line, bits in kinds.items()),
    }
    paths = {TARGET / file: lines for file, lines in files.items()}
    paths |= {ORIGINAL / f"1.{minor}.txt": original(minors[minor].structure) for minor in TESTED}
    differ = []
    for path, lines in paths.items():
        text = "\n".join(lines) + "\n"
        if options.check:
            differ += [path.name] if path.read_text() != text else []
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    if differ:
        sys.exit(f"not what the sources give: {', '.join(differ)}")


if __name__ == "__main__":
    main()
