#!/bin/sh
# Installs the server into a folder of its own: exactly what uv.lock names, checked against its hashes, without the
# tools of development. Needs python3 (3.11 or newer, with venv). Used by deploy/compose/Dockerfile and by hand.
# `onnx` adds what reads models in ONNX.
set -eu
target=${1:?usage: deploy/install.sh FOLDER [onnx]}
extra=${2:-}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
python3 -m venv "$build/uv"
"$build/uv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9
"$build/uv/bin/uv" export --quiet --frozen --no-dev --no-emit-project --project "$root" ${extra:+--extra "$extra"} \
    --output-file "$build/pins.txt" > /dev/null
python3 -m venv "$target"
"$target/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$build/pins.txt"
"$target/bin/pip" install --quiet --disable-pip-version-check --no-deps "$root"
"$target/bin/expunct-server" --version
