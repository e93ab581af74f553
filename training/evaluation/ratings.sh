#!/usr/bin/env bash
# How the score and its components agree with people's ratings: `ratings.sh FOLDER [COLUMN]`. FOLDER holds ratings.csv with the
# columns image, prompt and COLUMN (prompt_match unless told), such as avt_ai_images' table. Results stay in results.jsonl here.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cpaiqa() { cargo run --release --quiet --manifest-path "$here/../../Cargo.toml" -- "$@"; }
cpaiqa batch "$1/ratings.csv" --out "$here/results.jsonl" --scenario general --resume
cpaiqa eval ratings "$here/results.jsonl" --rating "${2:-prompt_match}"
