"""Whether a small network tells better than calibrated cosines what a picture shows.

`measure.py VIEWS HEAD` compares on pictures that neither was fitted on: five folds by picture, of the phrases of
../evaluation/captions.tsv. Then it fits the network of whole picture and best view on all of them and writes it to HEAD.
VIEWS is what `cpaiqa eval alignment --regions --embeddings VIEWS` wrote. Seeded.
"""

import csv
import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import save_file

HERE = Path(__file__).parent
FOLDS, SEED = 5, 7
HIDDEN, STEPS, BATCH, RATE, DECAY, DROPPED = 64, 200, 512, 3e-4, 1e-1, 0.5
FOREIGN = 30  # foreign pictures drawn for each text, in training
RESAMPLES = 300
BINS = 10


def phrases():
    with open(HERE.parent / "evaluation/captions.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [(row[0], row[2]) for row in rows if row[1] == "phrase"]


class Pairs:
    """Texts against pictures: `own` and `foreign` are masks, one row a text."""

    def __init__(self, pairs, embeddings):
        names = sorted({picture for picture, _ in pairs})
        self.texts = np.array([embeddings["texts"][text] for _, text in pairs], np.float32)
        views = [np.array(embeddings["pictures"][name], np.float32) for name in names]
        self.whole = np.stack([rows[0] for rows in views])
        # The view that fits each text best, the whole among them.
        self.best = np.stack([rows[(self.texts @ rows.T).argmax(1)] for rows in views], 1)
        self.groups = np.array([name.rsplit("-", 1)[0] for name in names])
        at = np.array([names.index(picture) for picture, _ in pairs])
        self.text_groups = self.groups[at]
        self.own = at[:, None] == np.arange(len(names))[None, :]
        self.foreign = (self.text_groups[:, None] != self.groups[None, :]) & ~may_hold(pairs, names)

    def of(self, texts, pictures):
        return self.texts[texts], self.whole[pictures], self.best[texts, pictures]


def may_hold(pairs, names):
    """A phrase whose last word stands in another picture's phrases may hold there too."""
    words = {name: set() for name in names}
    for picture, text in pairs:
        words[picture].update(singulars(text))
    return np.array([[singulars(text)[-1] in words[name] for name in names] for _, text in pairs])


def singulars(text):
    return [word.strip(",.").rstrip("s") for word in text.lower().replace("'s", "").split()] or [""]


def drawn(pairs, chosen, columns, random):
    """Own pairs of `chosen` texts, and some foreign ones, among the pictures of `columns`."""
    texts, pictures, labels = [], [], []
    for text in np.flatnonzero(chosen):
        others = np.flatnonzero(pairs.foreign[text] & columns)
        others = random.choice(others, min(FOREIGN, len(others)), replace=False)
        own = np.flatnonzero(pairs.own[text])
        texts += [text] * (len(own) + len(others))
        pictures += [*own, *others]
        labels += [1] * len(own) + [0] * len(others)
    return pairs.of(texts, pictures), np.array(labels, np.float32)


def weighed(labels):
    """Own and foreign pairs weigh one half each."""
    return np.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())


def features(text, view):
    product = text * view
    return jnp.concatenate([product * 20, jnp.abs(text - view) * 10, product.sum(-1, keepdims=True) * 10], -1)


def logit(network, which, text, whole, best, keep=1.0):
    """The line of the cosines, and what the network adds to it."""
    views = {"whole": whole, "best": best}
    found = network["line"][0]
    for at, name in enumerate(which["line"]):
        found = found + network["line"][1 + at] * (text * views[name]).sum(-1)
    if which["network"]:
        inputs = jnp.concatenate([features(text, views[name]) for name in which["network"]], -1)
        found = found + (jax.nn.gelu(inputs @ network["in"] + network["bias"]) * keep) @ network["out"]
    return found


def fitted(views, labels, which):
    random = np.random.default_rng(SEED)
    size = len(which["network"]) * (2 * views[0].shape[1] + 1)
    network = {
        "line": jnp.array([-1.0] + [20.0 / len(which["line"])] * len(which["line"])),
        "in": jnp.array(random.standard_normal((size, HIDDEN)) / np.sqrt(max(size, 1) / 2), jnp.float32),
        "bias": jnp.zeros(HIDDEN),
        "out": jnp.zeros(HIDDEN),
    }
    rates = {"line": optax.adam(0.2), "rest": optax.adamw(RATE, weight_decay=DECAY)}
    groups = {name: "line" if name == "line" else "rest" for name in network}
    optimiser = optax.multi_transform(rates, groups)

    @jax.jit
    def step(network, state, views, labels, keep):
        def loss(network):
            return optax.sigmoid_binary_cross_entropy(logit(network, which, *views, keep), labels).mean()

        update, state = optimiser.update(jax.grad(loss)(network), state, network)
        return optax.apply_updates(network, update), state

    state, weights = optimiser.init(network), weighed(labels)
    for _ in range(STEPS):
        batch = random.choice(len(labels), BATCH, p=weights / weights.sum())
        keep = (random.random((BATCH, HIDDEN)) > DROPPED).astype(np.float32) / (1 - DROPPED)
        network, state = step(network, state, [rows[batch] for rows in views], labels[batch], keep)
    return network


WAYS = {
    "cosine, whole": {"line": ["whole"], "network": []},
    "cosine, best": {"line": ["best"], "network": []},
    "cosines of both": {"line": ["whole", "best"], "network": []},
    "network, whole": {"line": ["whole"], "network": ["whole"]},
    "network, best": {"line": ["best"], "network": ["best"]},
    "network, both": {"line": ["whole", "best"], "network": ["whole", "best"]},
}
SHIPPED = "network, both"


def compare(pairs):
    """Prints each way's figures; gives the shipped way's log odds of held-out pairs, and whether these are own."""
    folds = np.array_split(np.random.default_rng(SEED).permutation(np.unique(pairs.groups)), FOLDS)
    results = {name: [] for name in WAYS}
    for fold in folds:
        tested, columns = np.isin(pairs.text_groups, fold), np.isin(pairs.groups, fold)
        learnt = drawn(pairs, ~tested, ~columns, np.random.default_rng(SEED))
        text, picture = np.nonzero((pairs.own | pairs.foreign) & np.outer(tested, columns))
        for name, which in WAYS.items():
            network = fitted(*learnt, which)
            odds = np.asarray(logit(network, which, *pairs.of(text, picture)))
            results[name].append((odds, pairs.own[text, picture], pairs.text_groups[text]))
    results = {name: [np.concatenate(part) for part in zip(*parts)] for name, parts in results.items()}
    odds, is_own, group = results[SHIPPED]
    fold = np.argmax([np.isin(group, fold) for fold in folds], 0)
    level = np.array([levelling(odds[fold != one], is_own[fold != one]) for one in range(FOLDS)])
    levelled = level[fold, 0] * odds + level[fold, 1]
    results[f"{SHIPPED}, levelled"] = levelled, is_own, group
    for name, (x, is_own, group) in results.items():
        p = sigmoid(x)
        print(f"{name}: AUC {interval(auc, p, is_own, group)}  log loss {interval(log_loss, p, is_own, group)}  "
              f"calibration error {calibration_error(p, is_own, halves(is_own)):.3f}")
        for low, high, mean, share in reliability(p, is_own):
            print(f"    p {mean:.2f}  own {share:.2f}" if share == share else f"    p {low:.1f} to {high:.1f}  none")
    return odds, is_own


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def levelling(odds, is_own):
    """Slope and offset over log odds that fit best: a network is surer of what it has seen than of what it has not."""
    x, weights = np.stack([odds, np.ones_like(odds)]), halves(is_own)
    line = np.array([1.0, 0.0])
    for _ in range(20):
        p = sigmoid(line @ x)
        line = line - np.linalg.solve((weights * p * (1 - p) * x) @ x.T, x @ (weights * (p - is_own)))
    return line


def write(pairs, slope, offset, path):
    """The network fitted on all pairs, with the levelling and the features' scales in its weights."""
    everything = np.ones(len(pairs.texts), bool), np.ones(len(pairs.groups), bool)
    network = fitted(*drawn(pairs, *everything, np.random.default_rng(SEED)), WAYS[SHIPPED])
    width = pairs.texts.shape[1]
    scales = np.tile(np.repeat([20.0, 10.0, 10.0], [width, width, 1]), 2)
    line = slope * np.asarray(network["line"], np.float64) + [offset, 0, 0]
    tensors = {
        "line": line,
        "hidden": np.asarray(network["in"]).T * scales,
        "bias": network["bias"],
        "out": slope * np.asarray(network["out"]),
    }
    save_file({name: np.ascontiguousarray(values, np.float32) for name, values in tensors.items()}, path)


def halves(is_own, weights=None):
    weights = np.ones(len(is_own)) if weights is None else weights
    own, other = weights * is_own, weights * ~is_own
    return 0.5 * own / own.sum() + 0.5 * other / other.sum()


def auc(p, is_own, weights):
    order = np.argsort(p, kind="stable")
    own, other = (weights * is_own)[order], (weights * ~is_own)[order]
    return (own * (np.cumsum(other) - other / 2)).sum() / (own.sum() * other.sum())


def log_loss(p, is_own, weights):
    return -(halves(is_own, weights) * np.log(np.where(is_own, p, 1 - p) + 1e-9)).sum()


def calibration_error(p, is_own, weights):
    at = np.minimum((p * BINS).astype(int), BINS - 1)
    return np.abs(np.bincount(at, weights * (p - is_own), minlength=BINS)).sum()


def reliability(p, is_own):
    weights, at = halves(is_own), np.minimum((p * BINS).astype(int), BINS - 1)
    for one in range(BINS):
        here = weights * (at == one)
        with np.errstate(invalid="ignore"):
            yield one / BINS, (one + 1) / BINS, (here * p).sum() / here.sum(), (here * is_own).sum() / here.sum()


def interval(statistic, p, is_own, group):
    """The figure with its 95 % bootstrap interval over the texts' pictures."""
    names, at = np.unique(group, return_inverse=True)
    random = np.random.default_rng(SEED)
    draws = [statistic(p, is_own, np.bincount(random.integers(len(names), size=len(names)),
                                              minlength=len(names))[at].astype(float)) for _ in range(RESAMPLES)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{statistic(p, is_own, np.ones(len(p))):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    views, head = sys.argv[1:]
    pairs = Pairs(phrases(), json.loads(Path(views).read_text(encoding="utf-8")))
    write(pairs, *levelling(*compare(pairs)), head)
