"""Makes pictures with known distortions of sources never trained on: `judge.py SCENES PICTURES OUT`. Seeded.

OUT gets pictures and masks as .png and `manifest.csv`, which `cpaiqa eval distortion` reads: every scene untouched, each type's
fault at strengths spread over (0.1, 1], and each type's natural edit.
"""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np

import inject
from make import delivered
from scenes import load, parts, paths, scripts

FAULTS, TWINS, TRIES = 60, 15, 400


def write(path, pixels):
    cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels)


def eight_bit(pixels):
    return np.round(pixels * 255).astype(np.uint8)


def faults(kind, files, words, random):
    """(scene's file, strength, pixels, mask), as many as there can be up to FAULTS."""
    made, left = [], TRIES
    while len(made) < FAULTS and left:
        left -= 1
        file, strength = files[random.integers(len(files))], 0.1 + 0.9 * (len(made) + random.random()) / FAULTS
        if found := inject.fault(kind, load(file), strength, random, words):
            made.append((file, strength, *found))
    return made


def main(scenes, pictures, out):
    out, files, words = Path(out), paths(scenes, "judge"), scripts(pictures, "judge")
    with_parts = [file for file in files if f"{file.parent.name}/{file.name}" in parts(Path(scenes))]
    out.mkdir(parents=True, exist_ok=True)
    rows = []

    def keep(name, file, pixels, random, fault="", strength="", mask=None, twin=""):
        write(out / f"{name}.png", delivered(eight_bit(pixels), random))
        if mask is not None:
            write(out / f"{name}-mask.png", mask.astype(np.uint8) * 255)
        # Squares of one picture are one scene.
        scene = f"{file.parent.name}/{file.stem.split('-')[0]}"
        rows.append([f"{name}.png", scene, fault, strength, "" if mask is None else f"{name}-mask.png", twin])

    for number, file in enumerate(files):
        keep(f"untouched-{number:03d}", file, load(file).pixels, np.random.default_rng((0, number)))
    for kind, name in enumerate(inject.NAMES):
        random, among = np.random.default_rng((1, kind)), with_parts if kind == 0 else files
        for number, (file, strength, pixels, mask) in enumerate(faults(kind, among, words, random)):
            keep(f"{name}-{number:03d}", file, pixels, random, name, f"{strength:.3f}", mask)
        for number in range(TWINS):
            file = among[random.integers(len(among))]
            pixels = inject.twin(kind, load(file), random, words)
            keep(f"{name}-twin-{number:03d}", file, pixels, random, twin=name)
    with open(out / "manifest.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["picture", "scene", "fault", "strength", "mask", "twin"])
        writer.writerows(rows)
    print(f"{len(rows)} pictures")


if __name__ == "__main__":
    main(*sys.argv[1:])
