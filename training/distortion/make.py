"""Makes training examples: `make.py TOWER SCENES PICTURES SPLIT COUNT OUT [SEED]`. Goes on where it stopped.

TOWER is the file of the image tower's first layers in the model store. OUT gets shards of examples as .npz: `pixels` u8
[N, 384, 384, 3], `tokens` f16 [N, 196, 768] (what the tower says of each patch), `severities` f32 [N, 12], `maps` u8 [N, 12, 24, 24]
(each cell's share under the mask, of 255) and `scenes`, which each was made of. Seeded by the shard.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from PIL import Image

import inject
from scenes import load, paths, scripts, with_parts

SHARD, CELLS = 64, 24
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
    """f16 [196, 768] of a square."""
    small = np.asarray(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BICUBIC), np.float32) / 255
    planes = np.ascontiguousarray(((small - MEAN) / DEVIATION).transpose(2, 0, 1)[None], np.float32)
    return opened(tower).run(None, {"pixel_values": planes})[0][0, 1:].astype(np.float16)


def cells(masks):
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
    path = Path(out) / f"{number:05d}.npz"
    if path.exists():
        return
    cv2.setNumThreads(1)
    random = np.random.default_rng((seed, number))
    people = with_parts(files)
    made = {"pixels": [], "tokens": [], "severities": [], "maps": [], "scenes": []}
    while len(made["pixels"]) < SHARD:
        among = people if people and random.random() < WITH_PARTS else files
        file = among[random.integers(len(among))]
        pixels, severities, masks = inject.example(load(file), random, words)
        pixels = delivered(np.round(pixels * 255).astype(np.uint8), random)
        made["pixels"].append(pixels)
        made["tokens"].append(tokens(tower, pixels))
        made["severities"].append(severities)
        made["maps"].append(cells(masks))
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
