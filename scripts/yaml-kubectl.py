#!/usr/bin/env python3
"""Records how kubectl reads the scalars and structures of tests/yaml/, into tests/yaml/kubectl.jsonl.

Each case becomes a file with one custom object; `kubectl annotate --local` reads the whole folder without a cluster, prints what it
could read as JSON and names the files that it could not. Run it from the root of the repository; `KUBECTL` names another program.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "yaml"
HEAD = "apiVersion: example.com/v1\nkind: Case\nmetadata: {name: case-%d}\n"


def cases():
    """The YAML of each case below the head of its object."""
    for line in (FOLDER / "scalars.txt").read_text().splitlines()[1:]:
        yield "v: " + line + "\n"
        yield "v:\n  " + line + ": v\n"
    blocks = (FOLDER / "structures.txt").read_text().split("\n", 1)[1].split("=====\n")
    for block in blocks:
        yield "v:\n" + "".join("  " + line if line.strip() else line for line in block.splitlines(keepends=True))


def main():
    kubectl = os.environ.get("KUBECTL", "kubectl")
    found = list(cases())
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(found):
            pathlib.Path(folder, "%05d.yaml" % number).write_text(HEAD % number + text)
        command = [kubectl, "annotate", "--local", "-f", folder, "-o", "json", "read=yes"]
        output = subprocess.run(command, capture_output=True, text=True).stdout
    read, decoder, at = {}, json.JSONDecoder(), 0
    while output[at:].strip():
        at += len(output[at:]) - len(output[at:].lstrip())
        value, at = decoder.raw_decode(output, at)
        read[value["metadata"]["name"]] = value.get("v")
    with open(FOLDER / "kubectl.jsonl", "w") as out:
        for number, text in enumerate(found):
            name = "case-%d" % number
            result = {"json": read[name]} if name in read else {"error": True}
            out.write(json.dumps({"yaml": text, **result}, ensure_ascii=False) + "\n")
    print("%d cases, %d read" % (len(found), len(read)))
    return 0 if read else 1


if __name__ == "__main__":
    sys.exit(main())
