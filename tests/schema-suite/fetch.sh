#!/bin/sh
# Fetches the cases of the JSON Schema Test Suite that tests/it/schema_suite.rs runs, into this folder.
# They come out of the source distribution of the PyPI package `jsonschema`, which carries the suite. Needs pip and sha256sum.
set -eu
version=4.26.0
sha256=0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip download --quiet --no-deps --no-binary :all: --dest "$work" "jsonschema==$version"
echo "$sha256  $work/jsonschema-$version.tar.gz" | sha256sum --check --quiet
tar -xzf "$work/jsonschema-$version.tar.gz" -C "$work"
suite="$work/jsonschema-$version/json"
rm -rf "$here/draft2020-12" "$here/format"
mkdir -p "$here/draft2020-12" "$here/format"
cp "$suite"/tests/draft2020-12/*.json "$here/draft2020-12/"
# The first three need other documents by URL, which `oam` never reads; the last wants formats not to be checked, which `oam` does.
for file in refRemote dynamicRef vocabulary format; do rm "$here/draft2020-12/$file.json"; done
cp "$suite/tests/draft2020-12/optional/ecmascript-regex.json" "$here/draft2020-12/"
for file in date date-time email hostname ipv4 ipv6 time uri uri-reference uuid; do
    cp "$suite/tests/draft2020-12/optional/format/$file.json" "$here/format/"
done
cp "$suite/LICENSE" "$here/LICENSE"
