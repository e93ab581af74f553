#!/usr/bin/env bash
# Fetches clean pictures, makes scenes of them and draws contact sheets of the injected faults: `run.sh FOLDER`.
# Needs Rust, Python 3.9 to 3.12 with pip, npm, `apt-get` and `dpkg-deb`; goes on where it stopped.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$1"
folder="$(realpath "$1")"
python="$here/.venv/bin/python"
[ -x "$python" ] || python3 -m venv "$here/.venv"
"$python" -m pip install --quiet --requirement "$here/requirements.txt"

names=(mobile-sam-encoder mobile-sam-decoder)
store="$(cargo run --release --quiet --manifest-path "$here/../../Cargo.toml" -- models pull "${names[@]}" | sed -n 1p)"
newest() { find "$store/$1" -name '*.ok' -printf '%T@ %p\n' | sort -rn | sed -n '1s/^[^ ]* //; 1s/\.ok$//p'; }

cd "$here"
"$python" fetch.py "$folder/pictures"
"$python" prepare.py "$(newest "${names[0]}")" "$(newest "${names[1]}")" "$folder/pictures" "$folder/scenes"
[ -f "$folder/scenes/parts.json" ] || "$python" parts.py "$folder/scenes"
"$python" sheet.py "$folder/scenes" "$folder/pictures" "$folder/sheets"
