#!/usr/bin/env bash
# Makes models/distortion-network.onnx from packages: `run.sh FOLDER [RATED]`. Goes on where it stopped.
# Needs Rust, Python 3.9 to 3.12 with pip, npm, `apt-get` and `dpkg-deb`. With RATED, a folder of rated pictures (fidelity.py), fidelity
# is fitted anew; without it stays as it was fitted.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$1"
folder="$(realpath "$1")"
rated="${2:+$(realpath "$2")}"
python="$here/.venv/bin/python"
[ -x "$python" ] || python3 -m venv "$here/.venv"
"$python" -m pip install --quiet --requirement "$here/requirements.txt"

names=(mobile-sam-encoder-published mobile-sam-decoder-published clip-vit-b-16-early)
store="$(cargo run --release --quiet --manifest-path "$here/../../Cargo.toml" -- models pull "${names[@]}" | sed -n 1p)"
newest() { find "$store/$1" -name '*.ok' -printf '%T@ %p\n' | sort -rn | sed -n '1s/^[^ ]* //; 1s/\.ok$//p'; }
tower="$(newest clip-vit-b-16-early)"

cd "$here"
"$python" fetch.py "$folder/pictures"
"$python" prepare.py "$(newest mobile-sam-encoder-published)" "$(newest mobile-sam-decoder-published)" "$folder/pictures" "$folder/scenes"
[ -f "$folder/scenes/parts.json" ] || "$python" parts.py "$folder/scenes"
"$python" sheet.py "$folder/scenes" "$folder/pictures" "$folder/sheets"
"$python" make.py "$tower" "$folder/scenes" "$folder/pictures" choose 768 "$folder/choose" 2
"$python" make.py "$tower" "$folder/scenes" "$folder/pictures" train 10240 "$folder/examples" 1
"$python" make.py "$tower" "$folder/scenes" "$folder/pictures" train 7680 "$folder/examples3" 3
"$python" train.py "$folder/examples" "$folder/examples3" "$folder/choose" "$folder/network"
[ -z "$rated" ] || "$python" fidelity.py "$tower" "$rated" fidelity.npz
"$python" export.py "$folder/network/last.pt" "$folder/choose" fidelity.npz ../../models/distortion-network.onnx
sha256sum ../../models/distortion-network.onnx
stat -c %s ../../models/distortion-network.onnx
