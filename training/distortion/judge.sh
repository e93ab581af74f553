#!/usr/bin/env bash
# How well the shipped detector finds what was put into pictures never trained on: `judge.sh FOLDER`, the folder of run.sh.
# Prints a table by type with intervals, and how the score falls as a fault grows.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="$(realpath "$1")"
python="$here/.venv/bin/python"
cd "$here"
[ -f "$folder/judge/manifest.csv" ] || "$python" judge.py "$folder/scenes" "$folder/pictures" "$folder/judge"
[ -f "$folder/falls/manifest.csv" ] || "$python" falls.py make "$folder/scenes" "$folder/pictures" "$folder/falls"
cd ../..
cargo run --release --quiet -- eval distortion "$folder/judge/manifest.csv"
rm -f "$folder/falls.jsonl"
# Without regions, which take most of the time and tell nothing of a fault.
CPAIQA_BACKENDS__SEGMENTATION=http://127.0.0.1:9 cargo run --release --quiet -- batch "$folder/falls/manifest.csv" --out "$folder/falls.jsonl"
cd "$here"
"$python" falls.py print "$folder/falls.jsonl"
