#!/usr/bin/env bash
# Recomputes models/clip-vit-b-16-joint-space.safetensors. `run.sh MAP`: the map of rendered text that ../text_encoder fitted.
# Needs Rust, Python 3.11 or newer with pip, and npm.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$here/../.."
map="$(realpath "$1")"
python="$here/.venv/bin/python"
cargo_run() { cargo run --release --quiet --manifest-path "$root/Cargo.toml" "$@"; }

[ -x "$python" ] || python3 -m venv "$here/.venv"
"$python" -m pip install --quiet --requirement "$here/requirements.txt"

names=(onnxruntime clip-vit-b-16-image-mixed dejavu-sans-bold)
store="$(cargo_run -- models pull "${names[@]}" | sed -n 1p)"
# A file that was verified has a note beside it; of several versions the latest is the manifest's.
files=()
for name in "${names[@]}"; do
    files+=("$(ls -t "$store/$name"/*/*.ok | sed -n '1s/\.ok$//p')")
done
files+=("$root/models/clip-text-minilm.onnx" "$root/models/minilm-tokenizer.json")

"$python" "$here/sources.py" > "$here/inputs.tsv"
cargo_run --package cpaiqa-alignment --example embed -- "${files[@]}" < "$here/inputs.tsv" > "$here/embeddings.jsonl"
"$python" "$here/fit.py" "$here/inputs.tsv" "$here/embeddings.jsonl" "$map" \
    "$root/models/clip-vit-b-16-joint-space.safetensors"
