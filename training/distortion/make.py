"""Makes training examples: `make.py TOWER SCENES PICTURES SPLIT COUNT OUT [SEED]`. Goes on where it stopped.

TOWER is the image tower's file in the model store. OUT gets shards of examples as .npz: `pixels` u8 [N, 384, 384, 3], `tokens` f16
[N, 14, 14, 768] (what the tower says of each patch), `severities` f32 [N, 12], `maps` u8 [N, 24, 24, 12] (each cell's share
under the mask, times severity, of 255) and `scenes`, which each was made of. Seeded by the shard.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import inject
from scenes import load, paths, scripts

SHARD, CELLS = 64, 24
TOKENS = "onnx::Gather_1524"
MEAN = np.float32([0.48145466, 0.4578275, 0.40821073])
DEVIATION = np.float32([0.26862954, 0.26130258, 0.27577711])


@cache
def opened(tower):
    """The tower's session, once a process; the processes share the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(tower, options)


def tokens(tower, pixels):
    """f16 [14, 14, 768] of a square."""
    small = cv2.resize(pixels, (224, 224), interpolation=cv2.INTER_AREA)
    planes = np.ascontiguousarray(((small - MEAN) / DEVIATION).transpose(2, 0, 1)[None], np.float32)
    return opened(tower).run([TOKENS], {"pixel_values": planes})[0][0, 1:].reshape(14, 14, -1).astype(np.float16)


def cells(masks, severities):
    maps = np.zeros((CELLS, CELLS, len(inject.NAMES)), np.uint8)
    for kind, mask in masks.items():
        share = cv2.resize(mask.astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        maps[..., kind] = np.round(share * severities[kind] * 255)
    return maps


def shard(number, tower, files, words, seed, out):
    path = Path(out) / f"{number:05d}.npz"
    if path.exists():
        return
    cv2.setNumThreads(1)
    random = np.random.default_rng((seed, number))
    made = {"pixels": [], "tokens": [], "severities": [], "maps": [], "scenes": []}
    while len(made["pixels"]) < SHARD:
        file = files[random.integers(len(files))]
        pixels, severities, masks = inject.example(load(file), random, words)
        pixels = np.round(pixels * 255).astype(np.uint8)
        made["pixels"].append(pixels)
        made["tokens"].append(tokens(tower, pixels.astype(np.float32) / 255))
        made["severities"].append(severities)
        made["maps"].append(cells(masks, severities))
        made["scenes"].append(f"{file.parent.name}/{file.stem}")
    part = path.with_suffix(".part.npz")
    np.savez(part, **{name: np.stack(values) for name, values in made.items()})
    part.rename(path)


def main(tower, folder, pictures, split, count, out, seed="1"):
    words, files = scripts(pictures, split), paths(folder, split)
    Path(out).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        shards = range(-(-int(count) // SHARD))
        list(pool.map(shard, shards, repeat(tower), repeat(files), repeat(words), repeat(int(seed)), repeat(out)))


if __name__ == "__main__":
    main(*sys.argv[1:])
