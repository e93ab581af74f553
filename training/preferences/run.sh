#!/usr/bin/env bash
# Calibrates the shipped profile `general` on rated pictures: `run.sh RATED WORK`.
# RATED is avt_ai_images at c02dd759 with its ratings.csv (see ../DATA.md); WORK gets everything that is made on the way. Prints the
# calibration, how scores of prompts that a row was not fitted to agree with people, beside other quality models, and leaves
# the profile in WORK/general.toml. Needs ../distortion/.venv (../distortion/run.sh makes it) and scores 70 pictures: minutes.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
rated="$(cd "$1" && pwd)"
mkdir -p "$2"
work="$(cd "$2" && pwd)"
cpaiqa() { cargo run --release --quiet --manifest-path "$here/../../Cargo.toml" -- "$@"; }
export CPAIQA_SCENARIO__STORE__URL="sqlite:$work/scenarios.db"
python="$here/../distortion/.venv/bin/python"
tower="$(ls "${XDG_CACHE_HOME:-$HOME/.cache}"/cpaiqa/models/clip-vit-b-16-early/*/*.onnx | tail -n 1)"

ln -sfn "$rated/images" "$work/images"
cp "$rated/ratings.csv" "$work/ratings.csv"
[ -e "$work/measured.jsonl" ] || cpaiqa batch "$work/ratings.csv" --out "$work/measured.jsonl"
# Fidelity was fitted on these pictures: what it learned from a picture's own prompt is taken out again.
"$python" "$here/held_out.py" "$work/measured.jsonl" "$rated" "$tower" "$work/results.jsonl"
"$python" "$here/pairs.py" "$rated" "$work/pairs.csv"
rm -f "$work"/scenarios.db*
cpaiqa scenarios import "$here/start.toml" --author calibration --comment "as set by hand"
cpaiqa calibrate --scenario general --pairs "$work/pairs.csv" --measurements "$work/results.jsonl" \
    --held-out "$work/held-out.jsonl" --author calibration
cpaiqa scenarios show general > "$work/general.toml"
for rating in 'mean(appeal,prompt_match)' appeal realism prompt_match quality_2023; do
    cpaiqa eval ratings "$work/held-out.jsonl" --rating "$rating"
done
