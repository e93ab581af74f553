"""Makes pictures with known distortions of sources never trained on: `judge.py SCENES PICTURES OUT`. Seeded.

OUT gets pictures and masks as .png and `manifest.csv`, which `cpaiqa eval distortion` reads: every scene untouched; scenes soft,
dark and flat on purpose; woven and tiled ones; each type's fault at strengths spread over (0.1, 1]; each type's natural edit.
"""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np

import inject
from make import delivered
from scenes import load, paths, scripts, with_parts

FAULTS, TWINS, TRIES = 60, 15, 400
ON_PURPOSE = 20
TEXTURES = "mypaint-data-extras"


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


def soft(pixels, random):
    return cv2.GaussianBlur(pixels, (0, 0), random.uniform(1, 2.5))


def dark(pixels, random):
    return pixels ** np.float32(random.uniform(1.6, 2.4)) * np.float32(random.uniform(0.4, 0.7))


def flat(pixels, random):
    mean = pixels.mean((0, 1))
    return mean + (pixels - mean) * np.float32(random.uniform(0.25, 0.5))


def tiled(pixels, _random):
    """Four by four, as a paper or cloth is laid."""
    height, width = pixels.shape[:2]
    return np.tile(cv2.resize(pixels, (width // 4, height // 4), interpolation=cv2.INTER_AREA), (4, 4, 1))


def main(scenes, pictures, out):
    out, files, words = Path(out), paths(scenes, "judge"), scripts(pictures, "judge")
    people = with_parts(files)
    out.mkdir(parents=True, exist_ok=True)
    rows = []

    def keep(name, file, pixels, random, fault="", strength="", mask=None, twin="", group=""):
        write(out / f"{name}.png", delivered(eight_bit(pixels), random))
        if mask is not None:
            write(out / f"{name}-mask.png", mask.astype(np.uint8) * 255)
        # Squares of one picture are one scene.
        scene = f"{file.parent.name}/{file.stem.split('-')[0]}"
        rows.append([f"{name}.png", scene, fault, strength, "" if mask is None else f"{name}-mask.png", twin, group])

    for number, file in enumerate(files):
        woven = file.parent.name == TEXTURES
        keep(f"untouched-{number:03d}", file, load(file).pixels, np.random.default_rng((0, number)), group="woven" if woven else "untouched")
    for look in (soft, dark, flat):
        random = np.random.default_rng((3, len(look.__name__)))
        for number, at in enumerate(random.permutation(len(files))[:ON_PURPOSE]):
            pixels = look(load(files[at]).pixels, random)
            keep(f"{look.__name__}-{number:03d}", files[at], np.clip(pixels, 0, 1), random, group=look.__name__)
    for number, file in enumerate(file for file in files if file.parent.name == TEXTURES):
        random = np.random.default_rng((4, number))
        keep(f"tiled-{number:03d}", file, tiled(load(file).pixels, random), random, group="tiled")
    for kind, name in enumerate(inject.NAMES):
        random, among = np.random.default_rng((1, kind)), people if kind == 0 else files
        for number, (file, strength, pixels, mask) in enumerate(faults(kind, among, words, random)):
            keep(f"{name}-{number:03d}", file, pixels, random, name, f"{strength:.3f}", mask)
        for number in range(TWINS):
            file = among[random.integers(len(among))]
            pixels = inject.twin(kind, load(file), random, words)
            keep(f"{name}-twin-{number:03d}", file, pixels, random, twin=name)
    with open(out / "manifest.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["picture", "scene", "fault", "strength", "mask", "twin", "group"])
        writer.writerows(rows)
    print(f"{len(rows)} pictures")


if __name__ == "__main__":
    main(*sys.argv[1:])
