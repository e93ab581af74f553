"""How often an unseen class name's own true embedding is the nearest, by the encoder and by reading the rendered name.

`evaluate.py MINILM CLASSES WORK MODEL`: the folders as for `train.py`, MODEL the exported encoder. Nothing was fitted on the
held-out names. R@1 and R@5, with 95 % bootstrap intervals over names.
"""

import sys
from pathlib import Path

import numpy as np

from classes import Classes
from export import embeddings_by
from train import Data, centred, unit

SEED, RESAMPLES = 1, 1000


def main(folder, classes, work, model):
    classes, work = Classes(classes), Path(work)
    data, unseen = Data(classes, work), classes.held_out
    true = centred(classes.embeddings, classes.embeddings[~unseen].mean(0))
    names = list(dict.fromkeys(classes.names))
    rendered = np.load(work / "classes.npz")["embeddings"].astype(np.float32)
    read = rendered[[names.index(name) for name in classes.names]]
    read = centred(read, read[~unseen].mean(0))
    mapped, sentences = unit(read @ data.map), embeddings_by(model, folder, classes.texts)
    bare = embeddings_by(model, folder, classes.names)
    print(f"{unseen.sum()} unseen texts of {len(set(np.array(classes.names)[unseen]))} names, {len(unseen)} texts in all")
    forms = {
        "rendered name": read, "rendered name, mapped": mapped, "encoder, name": bare, "encoder, the text itself": sentences,
        "encoder, name + rendered name, mapped": unit(bare + mapped),
    }
    for label, found in forms.items():
        for among, pool in (("unseen", unseen), ("all", np.ones(len(unseen), bool))):
            cosines = found[unseen] @ true[pool].T
            own = (found[unseen] * true[unseen]).sum(1)
            rank = (cosines > own[:, None] + 1e-6).sum(1)
            print(f"{label:38} among {among:6}  R@1 {interval(rank < 1)}  R@5 {interval(rank < 5)}")


def interval(hits):
    random = np.random.default_rng(SEED)
    draws = [hits[random.integers(len(hits), size=len(hits))].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{hits.mean():.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main(*sys.argv[1:])
