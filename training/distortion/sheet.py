"""Contact sheets to check the injected faults by eye: `sheet.py SCENES PICTURES OUT [KIND...]`.

One picture a type: a row a scene, with the clean square, the fault at strengths 0.2, 0.5 and 1, its mask at 1, and the
natural twin. Seeded.
"""

import sys
import zlib
from pathlib import Path

import cv2
import numpy as np

import inject
from scenes import load, paths, scripts

ROWS, CELL = 5, 300
STRENGTHS = (0.2, 0.5, 1.0)


def row(kind, scene, seed, words):
    """Cells of one scene; None where the fault cannot be put into it."""
    made = [inject.fault(kind, scene, strength, np.random.default_rng(seed), words) for strength in STRENGTHS]
    if made[-1] is None:
        return None
    pixels, mask = made[-1]
    shown = np.where(mask[..., None], pixels, pixels * 0.25)
    faults = [found[0] if found else np.zeros_like(scene.pixels) for found in made]
    cells = [scene.pixels, *faults, shown, inject.twin(kind, scene, np.random.default_rng(seed), words)]
    return np.concatenate([cv2.resize(cell, (CELL, CELL), interpolation=cv2.INTER_AREA) for cell in cells], 1)


def main(scenes, pictures, out, *kinds):
    words, files = scripts(pictures, "train"), paths(scenes, "train")
    Path(out).mkdir(parents=True, exist_ok=True)
    for name in kinds or inject.NAMES:
        random = np.random.default_rng(zlib.crc32(name.encode()))
        rows = []
        for path in random.permutation(files):
            if (cells := row(inject.NAMES.index(name), load(path), int(random.integers(2**31)), words)) is not None:
                rows.append(cells)
            if len(rows) == ROWS:
                break
        sheet = (np.concatenate(rows)[..., ::-1] * 255).round().astype(np.uint8)
        cv2.imwrite(str(Path(out) / f"{name}.png"), sheet)


if __name__ == "__main__":
    main(*sys.argv[1:])
