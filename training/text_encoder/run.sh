#!/usr/bin/env bash
# Trains the text encoder into FOLDER and writes FOLDER/clip-text-minilm.onnx; goes on where it stopped.
# `run.sh CLASSES FOLDER`: CLASSES holds true text embeddings (classes.py says in which form).
# Needs Rust, Python 3.12 or newer with pip, npm, apt-get and dpkg-deb.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$here/../.."
classes="$(realpath "$1")"
mkdir -p "$2"
folder="$(realpath "$2")"
python="$here/.venv/bin/python"

[ -x "$python" ] || python3 -m venv "$here/.venv"
"$python" -m pip install --quiet --requirement "$here/requirements.txt"
[ -d "$folder/minilm" ] || "$here/fetch.sh" "$folder"

names=(clip-vit-b-16-image-int8 dejavu-sans-bold)
store="$(cargo run --release --quiet --manifest-path "$root/Cargo.toml" -- models pull "${names[@]}" | sed -n 1p)"
newest() { find "$store/$1" -name '*.ok' -printf '%T@ %p\n' | sort -rn | sed -n '1s/^[^ ]* //; 1s/\.ok$//p'; }

cd "$here"
"$python" teacher.py "$(newest "${names[0]}")" "$(newest "${names[1]}")" "$folder/pictures" "$classes" "$folder/work"
"$python" train.py "$folder/minilm" "$classes" "$folder/work"
"$python" export.py "$folder/minilm" "$folder/work" "$folder/clip-text-minilm.onnx"
"$python" evaluate.py "$folder/minilm" "$classes" "$folder/work" "$folder/clip-text-minilm.onnx"
