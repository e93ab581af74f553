"""Does the score fall as a fault grows? `falls.py make SCENES PICTURES OUT` and, when scored, `falls.py print RESULTS.jsonl`.

OUT gets pictures of sources never trained on, each fault at rising strengths in the same place, and `manifest.csv` for `cpaiqa
batch`. The figure is the rank correlation of strength with what the score lost, for each picture, averaged over pictures.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

import inject
from fidelity import correlation
from judge import eight_bit, write
from scenes import load, paths, scripts, with_parts

SCENES, STRENGTHS = 10, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# Alignment with it hardly depends on the fault.
PROMPT = "a picture"


def series(kind, scene, seed, words):
    """The clean scene, then the same fault at each strength; None where it cannot be seen at all of them."""
    made = [inject.fault(kind, scene, strength, np.random.default_rng(seed), words) for strength in STRENGTHS[1:]]
    return None if None in made else [scene.pixels, *(pixels for pixels, _ in made)]


def make(scenes, pictures, out):
    out, files, words = Path(out), paths(scenes, "judge"), scripts(pictures, "judge")
    people = with_parts(files)
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for kind, name in enumerate(inject.NAMES):
        random, number = np.random.default_rng((2, kind)), 0
        among = people if kind == 0 else files
        for at in random.permutation(len(among)):
            if number == SCENES:
                break
            if found := series(kind, load(among[at]), int(random.integers(2**31)), words):
                for strength, pixels in zip(STRENGTHS, found):
                    image = f"{name}-{number}-{strength:.1f}.png"
                    write(out / image, eight_bit(pixels))
                    rows.append([image, PROMPT, name, number, strength])
                number += 1
    with open(out / "manifest.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "prompt", "fault", "series", "strength"])
        writer.writerows(rows)
    print(f"{len(rows)} pictures")


def show(results):
    found = defaultdict(list)
    for line in open(results, encoding="utf-8"):
        row = json.loads(line)
        found[row["fault"], row["series"]].append((float(row["strength"]), row["score"]))
    print(f"{'':28} series  rank correlation  mean score at {', '.join(f'{strength:.1f}' for strength in STRENGTHS)}")
    for name in inject.NAMES:
        rows = np.array([sorted(points) for (fault, _), points in found.items() if fault == name])
        falls = np.mean([correlation(points[:, 0], -points[:, 1]) for points in rows])
        print(f"{name:28} {len(rows):6}  {falls:16.2f} ", *(f"{score:.1f}" for score in rows[:, :, 1].mean(0)))


if __name__ == "__main__":
    {"make": make, "print": show}[sys.argv[1]](*sys.argv[2:])
