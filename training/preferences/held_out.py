"""Takes what fidelity learned from a picture's own prompt out of results: `held_out.py RESULTS RATED TOWER OUT`.

The shipped fidelity was fitted on the rated pictures (`../distortion/fidelity.py`), so its values on them are too good. Each
picture's fidelity is moved by the difference between the regression without the picture's prompt and the one with it.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "distortion"))
from fidelity import RATED as RATING
from fidelity import features_of, fitted, held_out

# Ratings go from 1 to 5, fidelity from 0 to 1.
POINTS = 4


def main(results, rated, tower, out):
    with open(Path(rated) / "ratings.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    features = features_of([Path(rated) / row["image"] for row in rows], tower)
    ratings, prompts = np.array([float(row[RATING]) for row in rows]), np.array([row["prompt"] for row in rows])
    weight, bias = fitted(features, ratings)
    moved = (held_out(features, ratings, prompts) - (features @ weight + bias)) / POINTS
    moved = {row["image"]: float(by) for row, by in zip(rows, moved)}
    with open(results, encoding="utf-8") as lines, open(out, "w", encoding="utf-8") as file:
        for line in map(json.loads, lines):
            components = line["components"]
            components["fidelity"] = min(max(components["fidelity"] + moved[line["image"]], 0.0), 1.0)
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
