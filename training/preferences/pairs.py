"""Pairs of rated pictures of one prompt: `pairs.py RATED OUT`.

Of two pictures people prefer the one with the higher mean of appeal and prompt match; equal means are a tie. OUT has the columns
that `cpaiqa calibrate --pairs` reads.
"""

import csv
import sys
from itertools import combinations
from pathlib import Path


def overall(row):
    return (float(row["appeal"]) + float(row["prompt_match"])) / 2


def preferred(a, b):
    lead = overall(a) - overall(b)
    return "a" if lead > 0 else "b" if lead < 0 else "tie"


def main(rated, out):
    with open(Path(rated) / "ratings.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(out, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["a", "b", "preferred", "prompt"])
        for a, b in combinations(rows, 2):
            if a["prompt"] == b["prompt"]:
                table.writerow([a["image"], b["image"], preferred(a, b), a["prompt"]])


if __name__ == "__main__":
    main(*sys.argv[1:])
