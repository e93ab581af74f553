#!/usr/bin/env bash
# Tries the loop with a generator that needs no model: `run.sh [FOLDER]` writes garbled letters into an example picture and
# has the loop paint over them. FOLDER (default: demonstration, beside this file) is made anew; in it are the pictures, the
# log, and all in one, closed-loop.png. Needs Rust and Python 3.11 or newer with pip. CPAIQA names a binary to use instead.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$here/../.."
folder="${1:-$here/demonstration}"
python="$here/.venv/bin/python"
[ -x "$python" ] || python3 -m venv "$here/.venv"
"$python" -m pip install --quiet --requirement "$here/requirements.txt"
if [ -z "${CPAIQA:-}" ]; then
    cargo build --release --quiet --manifest-path "$root/Cargo.toml" --package cpaiqa
    CPAIQA="$root/target/release/cpaiqa"
fi

mkdir -p "$folder"
rm -rf "$folder/loop"
"$python" "$here/demo.py" spoil "$root/examples/plane-in-snow.jpg" "$folder/start.png"
"$python" "$here/loop.py" --start "$folder/start.png" --rounds 3 --out "$folder/loop" \
    --prompt "A small plane on skis stands on a snowy plateau below jagged white peaks under a blue sky" \
    --scenario advertising --cpaiqa "'$CPAIQA'" --generator "'$python' '$here/fill.py'"
"$python" "$here/demo.py" show "$folder/loop" "$folder/closed-loop.png"
echo "See $folder/closed-loop.png"
