#!/usr/bin/env bash
# Makes a virtual environment with what the scripts need, and generates the client's code from the protos:
# `generate.sh [VENV [CODE]]`. VENV (default: .venv, beside this file) is made where it is missing. CODE is the folder for
# the generated package `cpaiqa` (default: among VENV's own packages, where Python and editors find it). Needs Python 3.11
# or newer with pip.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
protos="$here/../../proto"
venv="${1:-$here/.venv}"
python="$venv/bin/python"
python3 -c 'import sys
if sys.version_info < (3, 11): sys.exit(f"expected Python 3.11 or newer, but python3 is {sys.version.split()[0]}")'
"$python" -c "" 2>/dev/null || python3 -m venv --clear "$venv"
"$python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

code="${2:-$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')}"
mkdir -p "$code"
find "$protos/cpaiqa" -name '*.proto' -print0 | xargs -0 "$python" -m grpc_tools.protoc --proto_path "$protos" \
    --python_out "$code" --pyi_out "$code" --grpc_python_out "$code"
