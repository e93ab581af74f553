#!/usr/bin/env bash
# Compares ways to tell what a picture shows, and trains the one that is shipped: models/clip-vit-b-16-presence.safetensors.
# Needs Rust and Python 3.12 or newer with pip; the pictures are those of ../evaluation, which it fetches.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
python="$here/.venv/bin/python"
[ -x "$python" ] || python3 -m venv "$here/.venv"
"$python" -m pip install --quiet --requirement "$here/../text_encoder/requirements.txt"
[ -f "$here/views.json" ] || "$here/../evaluation/run.sh" --regions --embeddings "$here/views.json"
"$python" "$here/measure.py" "$here/views.json" "$here/../../models/clip-vit-b-16-presence.safetensors"
