"""Writes what brings the encoders' embeddings into the joint space.

`fit.py INPUTS EMBEDDINGS MAP OUT`: INPUTS are the lines of `sources.py`, EMBEDDINGS what `embed` answered to them, MAP the
map of rendered text that `../text_encoder` fitted. Writes a safetensors file: the mean of each encoder, and the map.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


# The text encoder's outputs are centred by its training already; taking off half of what is left served prompts and phrases
# better than nothing or all of it (docs/alignment.md).
SHARE = {"learned": 0.5}


def main(inputs, embeddings, rendered_map, out):
    kinds = [line.split("\t", 1)[0] for line in Path(inputs).read_text(encoding="utf-8").splitlines()]
    rows = [json.loads(line) for line in Path(embeddings).read_text(encoding="utf-8").splitlines()]
    tensors = {"rendered_map": np.load(rendered_map).astype(np.float32)}
    for encoder in dict.fromkeys(kinds):
        chosen = np.array([row for kind, row in zip(kinds, rows, strict=True) if kind == encoder])
        mean = chosen.mean(0) * SHARE.get(encoder, 1)
        tensors[f"{encoder}_mean"] = mean.astype(np.float32)
        print(f"{encoder}: from {len(chosen)}, length {np.linalg.norm(mean):.3f}")
    save_file(tensors, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
