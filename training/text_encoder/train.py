"""Trains the text encoder: MiniLM's upper half and a new head, into CLIP ViT-B/16's centred joint space.

`train.py MINILM CLASSES WORK`: MINILM is the folder with its weights, CLASSES the folder of true text embeddings, WORK where
`teacher.py` wrote. Keeps `student.pkl` there after every epoch, and goes on from it; and `rendered-map.npy`, the map of
rendered text.
"""

import pickle
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

import minilm
from classes import Classes
from teacher import table

SEED = 1
FROZEN = 3  # MiniLM's lower layers, computed once
HIDDEN, WIDTH = 1024, 512
EPOCHS, BATCH = 6, 64
PEAK, WARM_UP = 5e-4, 100
# The head starts from nothing and learns faster than the layers.
LAYER_RATE, HEAD_RATE = 0.4, 2.0
DECAY = 0.02
MAP_RIDGE = 2.0
# How much a picture's caption weighs: as a target, and in telling pictures apart.
PICTURE_TARGET, PICTURE_CONTRAST = 0.2, 0.5
TARGET = 4.0
CLASS_REPEATS = 4
# Sources whose sentences stand for the texts that people write, and so for their mean.
NATURAL = {"tifa", "parti", "caption", "sentence", "prompt"}
TEXT, CLASS, PICTURE = 0, 1, 2


def main(folder, classes, work):
    work = Path(work)
    data = Data(Classes(classes), work)
    np.save(work / "rendered-map.npy", data.map.astype(np.float32))
    tokens = minilm.Tokens(folder).of(data.texts)
    embeddings, layers = minilm.load(folder)
    lower = lower_states(embeddings, layers[:FROZEN], tokens)
    print(f"{len(data.texts)} texts: {np.bincount(data.kinds)} rendered, classes, pictures", flush=True)

    student = {"layers": layers[FROZEN:], "head": new_head(np.random.default_rng(SEED))}
    items = np.concatenate([np.arange(len(tokens)), np.repeat(np.flatnonzero(data.kinds == CLASS), CLASS_REPEATS - 1)])
    steps = len(items) // BATCH
    optimiser = optimiser_for(student, steps * EPOCHS)
    state, first = optimiser.init(student), 0
    checkpoint = work / "student.pkl"
    if checkpoint.exists():
        student, state, first = pickle.loads(checkpoint.read_bytes())

    @jax.jit
    def step(student, state, x, mask, targets, kinds):
        value, gradient = jax.value_and_grad(loss)(student, x, mask, targets, kinds)
        update, state = optimiser.update(gradient, state, student)
        return optax.apply_updates(student, update), state, value

    for epoch in range(first, EPOCHS):
        began, values = time.time(), []
        for batch in batches(items, tokens, np.random.default_rng([SEED, epoch])):
            x, mask = states(lower, batch)
            student, state, value = step(student, state, x, mask, data.targets[batch], data.kinds[batch])
            values.append(float(value))
            if len(values) % 50 == 0:
                print(f"epoch {epoch + 1}, step {len(values)} of {steps}: loss {np.mean(values[-50:]):.3f}, "
                      f"{time.time() - began:.0f} s", flush=True)
        checkpoint.write_bytes(pickle.dumps(jax.tree.map(np.asarray, (student, state, epoch + 1))))
    print("trained", flush=True)


class Data:
    """Texts, and for each a unit target in the centred joint space."""

    def __init__(self, classes, work):
        rows = table("texts.tsv")
        seen = ~classes.held_out
        true = centred(classes.embeddings, classes.embeddings[seen].mean(0))
        rendered = np.load(work / "texts.npz")["embeddings"].astype(np.float32)
        natural = np.array([row["source"] in NATURAL for row in rows])
        self.mean = rendered[natural].mean(0)
        self.map = self.map_to_true(classes, true, work)

        pictures = table("pictures.tsv")
        shown = np.load(work / "pictures.npz")["embeddings"].astype(np.float32)
        packages = np.array([row["package"] for row in pictures])
        # A package's pictures share a look, which their captions do not speak of.
        for package in np.unique(packages):
            shown[packages == package] -= shown[packages == package].mean(0)

        seen_texts = [text for text, is_seen in zip(classes.texts, seen) if is_seen]
        seen_names = [name for name, is_seen in zip(classes.names, seen) if is_seen]
        self.texts = [row["text"] for row in rows] + seen_texts + seen_names + [row["caption"] for row in pictures]
        self.targets = np.concatenate([
            unit(centred(rendered, self.mean) @ self.map), true[seen], true[seen], unit(shown),
        ]).astype(np.float32)
        self.kinds = np.repeat([TEXT, CLASS, PICTURE], [len(rows), 2 * len(seen_texts), len(pictures)])

    @staticmethod
    def map_to_true(classes, true, work):
        """The ridge map, pulled towards doing nothing, from rendered class names to their true embeddings."""
        names = list(dict.fromkeys(classes.names))
        rendered = np.load(work / "classes.npz")["embeddings"].astype(np.float32)
        row_of = {name: row for name, row in zip(names, rendered)}
        seen = ~classes.held_out
        read = np.stack([row_of[name] for name in classes.names])[seen]
        read = centred(read, read.mean(0))
        square = read.T @ read + MAP_RIDGE * np.eye(WIDTH)
        return np.eye(WIDTH) + np.linalg.solve(square, read.T @ (true[seen] - read))


def centred(rows, mean):
    return unit(rows - mean)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def lower_states(embeddings, layers, tokens):
    """What the frozen layers make of each text: `[tokens, 384]` in half precision."""
    @jax.jit
    def run(ids, mask):
        x = minilm.embedded(embeddings, ids)
        for weights in layers:
            x = minilm.layer(weights, x, mask)
        return x

    found = [None] * len(tokens)
    order = np.argsort([len(row) for row in tokens], kind="stable")
    for start in range(0, len(order), BATCH):
        batch = order[start:start + BATCH]
        ids, mask = minilm.padded([tokens[index] for index in np.resize(batch, BATCH)])
        x = np.asarray(run(ids, mask)).astype(np.float16)
        for row, index in enumerate(batch):
            found[index] = x[row, :len(tokens[index])]
    return found


def states(lower, batch):
    length = minilm.padded_length(max(len(lower[index]) for index in batch))
    x, mask = np.zeros((len(batch), length, minilm.WIDTH), np.float32), np.zeros((len(batch), length), np.float32)
    for row, index in enumerate(batch):
        x[row, :len(lower[index])], mask[row, :len(lower[index])] = lower[index], 1
    return x, mask


def batches(items, tokens, draw):
    """Whole batches of about one length, in random order."""
    lengths = np.array([minilm.padded_length(len(tokens[index])) for index in items])
    order = items[np.argsort(lengths + draw.uniform(0, 4, len(items)), kind="stable")]
    whole = order[:len(order) // BATCH * BATCH].reshape(-1, BATCH)
    return draw.permutation(whole)


def new_head(draw):
    def dense(rows, columns, scale=1.0):
        return (draw.standard_normal((rows, columns)) * scale / np.sqrt(rows)).astype(np.float32)

    zeros = np.zeros
    return {
        "norm": (np.ones(minilm.WIDTH, np.float32), zeros(minilm.WIDTH, np.float32)),
        "wide": (dense(minilm.WIDTH, HIDDEN), zeros(HIDDEN, np.float32)),
        "narrow": (dense(HIDDEN, WIDTH, 0.3), zeros(WIDTH, np.float32)),
        "straight": dense(minilm.WIDTH, WIDTH),
        # Logarithms of the contrasts' inverse temperatures.
        "scales": np.full(2, np.log(20.0), np.float32),
    }


def encoded(student, x, mask):
    """Unit embeddings `[B, 512]` from the frozen layers' states."""
    for weights in student["layers"]:
        x = minilm.layer(weights, x, mask)
    head = student["head"]
    x = minilm.normalised(minilm.pooled(x, mask), *head["norm"])
    wide = jax.nn.gelu(x @ head["wide"][0] + head["wide"][1], approximate=False)
    y = wide @ head["narrow"][0] + head["narrow"][1] + x @ head["straight"]
    return y / jnp.linalg.norm(y, axis=-1, keepdims=True)


def loss(student, x, mask, targets, kinds):
    """Near the own target, and nearer to it than to the batch's others; pictures contrast among themselves."""
    outputs = encoded(student, x, mask)
    is_picture = kinds == PICTURE
    near = ((1 - (outputs * targets).sum(1)) * jnp.where(is_picture, PICTURE_TARGET, 1.0)).mean()
    cosines = outputs @ targets.T

    def contrast(among, scale):
        scores = jnp.where(among[:, None] & among[None, :], cosines * scale, -1e4)
        own = jnp.diag(scores)
        both = jax.nn.logsumexp(scores, 1) + jax.nn.logsumexp(scores, 0) - 2 * own
        return (both * among).sum() / (among.sum() + 1e-6) / 2

    text_scale, picture_scale = jnp.exp(student["head"]["scales"])
    return TARGET * near + contrast(~is_picture, text_scale) + PICTURE_CONTRAST * contrast(is_picture, picture_scale)


def optimiser_for(student, steps):
    schedule = optax.warmup_cosine_decay_schedule(0, PEAK, WARM_UP, steps, PEAK * 0.02)
    groups = {name: jax.tree.map(lambda _: name, part) for name, part in student.items()}
    rates = {
        "layers": optax.adamw(lambda step: schedule(step) * LAYER_RATE, weight_decay=DECAY),
        "head": optax.adamw(lambda step: schedule(step) * HEAD_RATE, weight_decay=DECAY),
    }
    return optax.chain(optax.clip_by_global_norm(1.0), optax.multi_transform(rates, groups))


if __name__ == "__main__":
    main(*sys.argv[1:])
