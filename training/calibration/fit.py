"""Fits a calibration to the cosines that `cpaiqa align` prints.

    cpaiqa align PICTURES... --texts TEXTS.txt > cosines.jsonl      # text i is picture i's own
    python fit.py < cosines.jsonl

Own and other texts weigh one half each, so that 0.5 means that both are equally likely. Prints lines for a configuration.
"""

import json
import sys

import numpy as np

STEPS = 100
# Keeps the slope finite where one cosine parts all own texts from all others.
RIDGE = 1e-3


def fit(cosines, own):
    """Slope and offset of the logistic regression of `own` (0 or 1) on `cosines`, both sides of equal weight."""
    weights = np.where(own, 0.5 / own.sum(), 0.5 / (~own).sum())
    scale, middle = cosines.std(), cosines.mean()
    design = np.stack([(cosines - middle) / scale, np.ones_like(cosines)], axis=1)
    ridge = np.diag([RIDGE, 0.0])
    beta = np.zeros(2)
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (own - probability)) - ridge @ beta
        curvature = (design * (weights * probability * (1 - probability))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    return beta[0] / scale, beta[1] - beta[0] * middle / scale


def main():
    cosines = np.array([json.loads(line)["cosine"] for line in sys.stdin])
    if cosines.ndim != 2 or cosines.shape[0] != cosines.shape[1] or len(cosines) < 2:
        sys.exit(f"expected as many texts as pictures, at least two, got {cosines.shape}")
    own = np.eye(len(cosines), dtype=bool)
    slope, offset = fit(cosines.ravel(), own.ravel())
    higher = (np.diag(cosines)[:, None] > cosines)[~own].mean()
    print(f"# {len(cosines)} pictures; a picture's own text is nearer than another in {higher:.3f}")
    print(f"slope = {slope:.2f}\noffset = {offset:.3f}")


if __name__ == "__main__":
    main()
