"""Fits what people say of a picture's quality: `fidelity.py TOWER RATED OUT`.

RATED holds `ratings.csv` with the columns image, pid (which prompt), model (which generator) and the ratings, from 1 to 5. A ridge
regression from the tower's class token after its tenth layer; OUT gets `weight` [768] and `bias` [1]. Prints how it ranks
pictures of prompts, and of generators, that it was not fitted on, beside the quality models whose values the table holds.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from make import DEVIATION, MEAN

RATED = "quality_2023"
SHOWN = ("quality_2023", "appeal")
OTHERS = ("BRISQUE", "NIQE", "ILNIQE", "MANIQA", "MUSIQ", "DBCNN", "LAION")
RIDGE = 0.3
RESAMPLES = 2000


def fitted(features, ratings):
    """Weight and bias. Solved over pictures, which are fewer than the features."""
    mean, deviation = features.mean(0), features.std(0) + 1e-6
    scaled = (features - mean) / deviation
    kernel = scaled @ scaled.T / scaled.shape[1]
    share = np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), ratings - ratings.mean())
    weight = scaled.T @ share / scaled.shape[1] / deviation
    return weight, ratings.mean() - mean @ weight


def held_out(features, ratings, groups):
    """Each picture's quality by a fit without its group."""
    found = np.zeros(len(ratings))
    for group in np.unique(groups):
        weight, bias = fitted(features[groups != group], ratings[groups != group])
        found[groups == group] = features[groups == group] @ weight + bias
    return found


def ranks(values):
    order = np.argsort(np.argsort(values, kind="stable")).astype(float)
    for value in np.unique(values):
        order[values == value] = order[values == value].mean()
    return order


def correlation(a, b):
    return np.corrcoef(ranks(a), ranks(b))[0, 1]


def interval(a, b, groups):
    """Rank correlation with a 95 % bootstrap interval over groups."""
    random, names = np.random.default_rng(1), np.unique(groups)
    at = {name: np.flatnonzero(groups == name) for name in names}
    drawn = [np.concatenate([at[name] for name in random.choice(names, len(names))]) for _ in range(RESAMPLES)]
    low, high = np.quantile([correlation(a[rows], b[rows]) for rows in drawn], [0.025, 0.975])
    return f"{correlation(a, b):+.3f} [{low:+.3f}, {high:+.3f}]"


def features_of(pictures, tower):
    """Each picture's class token after the tower's tenth layer: one row of 768."""
    session = onnxruntime.InferenceSession(tower)
    features = []
    for path in pictures:
        picture = Image.open(path).convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
        planes = ((np.asarray(picture, np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)[None]
        features.append(session.run(None, {"pixel_values": np.ascontiguousarray(planes, np.float32)})[-1][0, 0])
    return np.array(features, np.float64)


def main(tower, rated, out):
    with open(Path(rated) / "ratings.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    features = features_of([Path(rated) / row["image"] for row in rows], tower)
    prompts, generators = np.array([row["pid"] for row in rows]), np.array([row["model"] for row in rows])
    column = lambda name: np.array([float(row[name]) for row in rows])
    found = {
        "held out by prompt": held_out(features, column(RATED), prompts),
        "held out by generator": held_out(features, column(RATED), generators),
    }
    found |= {name: column(name) for name in OTHERS if name in rows[0]}
    print(f"rank correlation over {len(rows)} pictures, intervals over {len(set(prompts))} prompts")
    print(f"{'':24}", *(f"{name:26}" for name in SHOWN))
    for name, values in found.items():
        print(f"{name:24}", *(f"{interval(values, column(rating), prompts):26}" for rating in SHOWN))
    weight, bias = fitted(features, column(RATED))
    np.savez(out, weight=weight.astype(np.float32), bias=np.float32([bias]))


if __name__ == "__main__":
    main(*sys.argv[1:])
