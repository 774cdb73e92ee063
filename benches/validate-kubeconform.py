#!/usr/bin/env python3
"""Measures `oam validate` against kubeconform on the same files, in turn, several times.

    python3 benches/validate-kubeconform.py --oam target/release/oam --kubeconform BIN [--wheel FILE] [--files 5000] [--rounds 7]

kubeconform comes from `go install github.com/yannh/kubeconform/cmd/kubeconform@latest`. Its schemas are the 1.37 ones of the Python package
kubernetes-validate (fetched with pip unless --wheel names the file), closed against unknown fields, on local disk. The files are five kinds in
turn, each with its own names. Standard library only.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

WHEEL = "kubernetes-validate==1.37.0"

KINDS = [
    """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  namespace: team-{t}
  labels:
    app.kubernetes.io/name: app-{n}
    app.kubernetes.io/part-of: shop
spec:
  replicas: 3
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{n}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-{n}
    spec:
      serviceAccountName: app-{n}
      containers:
      - name: app
        image: registry.example.com/shop/app-{n}:1.4.{n}
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: LOG_LEVEL
          value: info
        - name: PASSWORD
          valueFrom:
            secretKeyRef:
              name: app-{n}
              key: password
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        readinessProbe:
          httpGet:
            path: /healthz
            port: http
          periodSeconds: 10
        volumeMounts:
        - name: config
          mountPath: /etc/app
      volumes:
      - name: config
        configMap:
          name: app-{n}
""",
    """apiVersion: v1
kind: Service
metadata:
  name: app-{n}
  namespace: team-{t}
spec:
  selector:
    app.kubernetes.io/name: app-{n}
  ports:
  - name: http
    port: 80
    targetPort: http
""",
    """apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{n}
  namespace: team-{t}
data:
  app.yaml: |
    server:
      port: 8080
    name: app-{n}
  LOG_LEVEL: info
""",
    """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: app-{n}
  namespace: team-{t}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: app-{n}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: 80
""",
    """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{n}
  namespace: team-{t}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: app-{n}
  policyTypes:
  - Ingress
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: ingress
    ports:
    - protocol: TCP
      port: 8080
""",
]


def manifests(directory, count):
    for index in range(count):
        number = index // len(KINDS)
        folder = directory / f"team-{number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        text = KINDS[index % len(KINDS)].replace("{n}", str(number)).replace("{t}", str(number % 20))
        (folder / f"{index:05}.yaml").write_text(text)


def schemas(directory, wheel):
    if wheel is None:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", WHEEL, "-d", directory], check=True)
        (wheel,) = directory.glob("*.whl")
    folder = "kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict/"
    target = directory / "schemas"
    target.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        definitions = json.loads(archive.read(folder + "_definitions.json"))["$defs"]
        for kind in ["deployment-apps-v1", "service-v1", "configmap-v1", "horizontalpodautoscaler-autoscaling-v2", "networkpolicy-networking-v1"]:
            text = archive.read(f"{folder}{kind}.json").decode()
            # Each schema with the definitions that it needs and no others, which is best for kubeconform.
            needed, open_ = {}, references(text)
            while open_:
                name = open_.pop()
                if name not in needed:
                    needed[name] = json.loads(local(json.dumps(definitions[name])))
                    open_ |= references(json.dumps(definitions[name]))
            schema = json.loads(local(text)) | {"$defs": needed}
            (target / f"{kind}.json").write_text(json.dumps(schema))
    return target


def references(text):
    return set(re.findall(r'"\$ref": *"[^"]*#/\$defs/([^"]+)"', text))


def local(text):
    return re.sub(r'"\$ref": *"[^"]*#/\$defs/', '"$ref": "#/$defs/', text)


def timed(command):
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True)
    seconds = time.perf_counter() - start
    if run.returncode != 0:
        sys.exit(f"{command[0]} fails: {run.stdout[-800:].decode()}{run.stderr[-800:].decode()}")
    return seconds


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--oam", required=True)
    arguments.add_argument("--kubeconform", required=True)
    arguments.add_argument("--wheel", type=pathlib.Path)
    arguments.add_argument("--files", type=int, default=5000)
    arguments.add_argument("--rounds", type=int, default=7)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        here = pathlib.Path(name)
        location = str(schemas(here, options.wheel)) + "/{{ .ResourceKind }}{{ .KindSuffix }}.json"
        manifests(here / "manifests", options.files)
        files = str(here / "manifests")
        oam = [options.oam, "validate", files, "--message-format", "short", "-q"]
        conform = [options.kubeconform, "-strict", "-n", "2", "-schema-location", location, "-kubernetes-version", "1.37.0", files]
        times = {"oam": [], "kubeconform": []}
        for _ in range(options.rounds):
            times["oam"].append(timed(oam))
            times["kubeconform"].append(timed(conform))
        for tool, seconds in times.items():
            print(f"{tool:12} median {statistics.median(seconds) * 1000:7.0f} ms   best {min(seconds) * 1000:7.0f} ms")
        ratio = statistics.median(times["kubeconform"]) / statistics.median(times["oam"])
        best = min(times["kubeconform"]) / min(times["oam"])
        print(f"ratio        median {ratio:7.1f}      best {best:7.1f}")


if __name__ == "__main__":
    main()
