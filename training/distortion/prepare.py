"""Makes scenes of clean pictures: squares of 384 pixels with the regions of things, ready to put faults into.

`prepare.py ENCODER DECODER PICTURES SCENES`: the segmenter's files in the model store; PICTURES holds a folder a source;
SCENES gets one `SOURCE/NAME.npz` a square, and squares that are there already are left alone. Seeded by the file's name.
"""

import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

SIDE = 384
MOST_SQUARES = 3
CAPTIONED = Path(__file__).parent / "../evaluation/captions.tsv"
MOST_PICTURES = 120  # of one source
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}
POINTS = 4
SURE, APART, LEAST = 0.8, 0.7, 0.008
MEAN = np.float32([123.675, 116.28, 103.53])
DEVIATION = np.float32([58.395, 57.12, 57.375])
NO_MASK, LOW = np.zeros((1, 1, 256, 256), np.float32), 256


class Segmenter:
    def __init__(self, encoder, decoder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the processes share the cores
        self.encoder = onnxruntime.InferenceSession(encoder, options)
        self.decoder = onnxruntime.InferenceSession(decoder, options)

    def regions(self, square):
        """Things at a grid of points, bool [SIDE, SIDE] each, largest first; one of those that are nearly the same."""
        scaled = cv2.resize(square, (1024, 1024), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        planes = np.ascontiguousarray(((scaled - MEAN) / DEVIATION).transpose(2, 0, 1)[None])
        embedding = self.encoder.run(None, {self.encoder.get_inputs()[0].name: planes})[0]
        found = []
        places = (np.arange(POINTS) + 0.5) / POINTS * 1024
        for y in places:
            for x in places:
                if any(mask[int(y * LOW / 1024), int(x * LOW / 1024)] for mask in found):
                    continue
                sure, logits = self.decoder.run(["iou_predictions", "low_res_masks"], {
                    "image_embeddings": embedding,
                    "point_coords": np.float32([[[x, y], [0, 0]]]),
                    "point_labels": np.float32([[1, -1]]),
                    "mask_input": NO_MASK,
                    "has_mask_input": np.zeros(1, np.float32),
                    "orig_im_size": np.float32([1024, 1024]),
                })
                mask = cv2.resize(logits[0, 0], (LOW, LOW)) > 0
                if sure[0, 0] >= SURE and LEAST <= mask.mean() <= 0.9 and all(overlap(mask, other) <= APART for other in found):
                    found.append(mask)
        found.sort(key=lambda mask: -mask.sum())
        return [largest_part(cv2.resize(mask.astype(np.float32), (SIDE, SIDE)) > 0.5) for mask in found]


def overlap(a, b):
    return (a & b).sum() / max(1, (a | b).sum())


def largest_part(mask):
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax() if count > 1 else mask


def fingerprint(picture):
    """Where a small grey copy grows brighter to the right: copies in other sizes have the same or nearly."""
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA).astype(int)
    return grey[:, 1:] > grey[:, :-1]


def chosen(pictures):
    """Paths of the pictures to use, by source: large enough, no two of a source alike, of generated ones those that were looked at."""
    looked_at = {line.split("\t")[0] for line in CAPTIONED.read_text(encoding="utf-8").splitlines()}
    looked_at = {Path(name).name for name in looked_at}
    for source in sorted(Path(pictures).iterdir()):
        seen, paths = [], sorted(path for path in source.iterdir() if path.suffix.lower() in ENDINGS)
        random = np.random.default_rng(zlib.crc32(source.name.encode()))
        kept = 0
        for path in (paths[at] for at in random.permutation(len(paths))):
            if "workflow-templates" in source.name and not any(path.name.endswith(name) for name in looked_at):
                continue
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if picture is None or min(picture.shape[:2]) < SIDE or kept == MOST_PICTURES:
                continue
            mark = fingerprint(picture)
            if all((mark != other).sum() > 5 for other in seen):
                seen.append(mark)
                kept += 1
                yield path


def squares(path, picture):
    """Squares of a picture, u8 [SIDE, SIDE, 3] red first: the whole short side, and ever nearer looks where there are the pixels."""
    picture = picture[..., ::-1]
    random = np.random.default_rng(zlib.crc32(path.name.encode()))
    short = min(picture.shape[:2])
    for nearer in range(MOST_SQUARES):
        side = int(short / random.uniform(1.5, 2) ** nearer)
        if side < SIDE:
            break
        y, x = (int(random.integers(length - side + 1)) for length in picture.shape[:2])
        cut = picture[y : y + side, x : x + side]
        yield cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


@cache
def opened(encoder, decoder):
    """The segmenter, once a process."""
    cv2.setNumThreads(1)
    return Segmenter(encoder, decoder)


def prepare(path, encoder, decoder, pictures, scenes):
    source, name = path.relative_to(pictures).parts[0], zlib.crc32(str(path.relative_to(pictures)).encode())
    for at, square in enumerate(squares(path, cv2.imread(str(path), cv2.IMREAD_COLOR))):
        out = Path(scenes) / source / f"{name:08x}-{at}.npz"
        # Of a plain square nothing can be lost and nothing bends.
        if out.exists() or square.std() < 12:
            continue
        regions = opened(encoder, decoder).regions(square)
        out.parent.mkdir(parents=True, exist_ok=True)
        packed = np.packbits(np.array(regions, bool).reshape(len(regions), SIDE * SIDE), axis=1)
        part = out.with_suffix(".part")
        with open(part, "wb") as file:
            np.savez(file, pixels=square, regions=packed, picture=str(path.relative_to(pictures)))
        part.rename(out)


def main(encoder, decoder, pictures, scenes):
    paths = list(chosen(pictures))
    # Forked ones would wait for this process's OpenCV threads.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(prepare, paths, repeat(encoder), repeat(decoder), repeat(pictures), repeat(scenes)))


if __name__ == "__main__":
    main(*sys.argv[1:])
