"""Makes training examples: `make.py TOWER SCENES PICTURES SPLIT COUNT OUT [SEED]`. Goes on where it stopped.

TOWER is the file of the image tower's first layers in the model store. OUT gets shards of examples, each a RECORD. Seeded by the shard.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from PIL import Image

import inject
from measures import COUNT, Measures
from network import LAYERS, TOKEN
from scenes import load, paths, scripts, with_parts

SHARD, CELLS = 64, 24
# What is measured of each cell, what the tower says of each patch, strengths, and each cell's share under the masks, of 255.
RECORD = np.dtype([
    ("cells", np.float16, (COUNT, CELLS, CELLS)), ("tokens", np.float16, (196, LAYERS * TOKEN)),
    ("severities", np.float32, len(inject.NAMES)), ("maps", np.uint8, (len(inject.NAMES), CELLS, CELLS)),
])  # fmt: skip
# Share of the examples made of scenes with faces, hands or limbs, which are few.
WITH_PARTS = 0.35
MEAN = np.float32([0.48145466, 0.4578275, 0.40821073])
DEVIATION = np.float32([0.26862954, 0.26130258, 0.27577711])


@cache
def opened(tower):
    """The tower's session, once a process; the processes share the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(tower, options)


def tokens(tower, pixels):
    """f16 [196, LAYERS · TOKEN] of a square."""
    small = np.asarray(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BICUBIC), np.float32) / 255
    planes = np.ascontiguousarray(((small - MEAN) / DEVIATION).transpose(2, 0, 1)[None], np.float32)
    return np.concatenate([layer[0, 1:] for layer in opened(tower).run(None, {"pixel_values": planes})], 1).astype(np.float16)


@cache
def measures():
    torch.set_num_threads(1)
    return Measures()


@torch.no_grad()
def measured(pixels):
    """f16 [measures.COUNT, CELLS, CELLS] of a square."""
    planes = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None].contiguous()
    return measures()(planes)[0].half().numpy()


def shares(masks):
    maps = np.zeros((len(inject.NAMES), CELLS, CELLS), np.uint8)
    for kind, mask in masks.items():
        maps[kind] = np.round(cv2.resize(mask.astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA) * 255)
    return maps


def delivered(pixels, random):
    """As it reaches people: two pictures of five went through a lossy file."""
    if random.random() > 0.4:
        return pixels
    if random.random() < 0.6:
        how = ".jpg", [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(70, 97))]
    else:
        how = ".webp", [cv2.IMWRITE_WEBP_QUALITY, int(random.integers(65, 97))]
    return cv2.imdecode(cv2.imencode(how[0], pixels[..., ::-1], how[1])[1], cv2.IMREAD_COLOR)[..., ::-1]


def shard(number, tower, files, words, seed, out):
    path = Path(out) / f"{number:05d}.npy"
    if path.exists():
        return
    cv2.setNumThreads(1)
    random = np.random.default_rng((seed, number))
    people = with_parts(files)
    made = np.empty(SHARD, RECORD)
    for at in range(SHARD):
        among = people if people and random.random() < WITH_PARTS else files
        pixels, severities, masks = inject.example(load(among[random.integers(len(among))]), random, words)
        pixels = delivered(np.round(pixels * 255).astype(np.uint8), random)
        made[at] = measured(pixels), tokens(tower, pixels), severities, shares(masks)
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        np.save(file, made)
    part.rename(path)


def main(tower, folder, pictures, split, count, out, seed="1"):
    words, files = scripts(pictures, split), paths(folder, split)
    Path(out).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        shards = range(-(-int(count) // SHARD))
        list(pool.map(shard, shards, repeat(tower), repeat(files), repeat(words), repeat(int(seed)), repeat(out)))


if __name__ == "__main__":
    main(*sys.argv[1:])
