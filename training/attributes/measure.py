"""Whether a small network tells better than the calibrated cosine what a picture shows.

`measure.py inputs PICTURES EXTRA` prints what `embed` is to embed: the captioned pictures of `../evaluation`, which lie in
PICTURES, and those of `../text_encoder`, which lie in EXTRA, with their texts.
`measure.py compare INPUTS EMBEDDINGS SPACE` compares on pictures that neither was fitted on: five folds of the evaluation's
phrases by picture. SPACE is models/clip-vit-b-16-joint-space.safetensors. Seeded.
"""

import csv
import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import load_file

HERE = Path(__file__).parent
FOLDS, SEED = 5, 7
HIDDEN, STEPS, BATCH, RATE, DECAY, DROPPED = 64, 600, 512, 1e-3, 1e-2, 0.3
FOREIGN = 30  # foreign pictures drawn for each text, in training
RESAMPLES = 300
BINS = 10


def table(path):
    with open(HERE.parent / path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def phrases():
    return [(row[0], row[2]) for row in table("evaluation/captions.tsv") if row[1] == "phrase"]


def extra():
    with open(HERE.parent / "text_encoder/pictures.tsv", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(f"{row['package']}/{row['path']}", row["caption"]) for row in rows]


def inputs(pictures, others):
    lines = []
    for folder, pairs in ((pictures, phrases()), (others, extra())):
        lines += [f"image\t{Path(folder) / picture}" for picture, _ in pairs]
        lines += [f"learned\t{text}" for _, text in pairs]
    print("\n".join(dict.fromkeys(lines)))


class Pairs:
    """Texts against pictures: `own` and `foreign` are masks, one row a text."""

    def __init__(self, pairs, embeddings, means):
        names = sorted({picture for picture, _ in pairs})
        self.texts = unit(np.stack([embeddings["learned", text] for _, text in pairs]) - means["learned_mean"])
        self.pictures = unit(np.stack([embeddings["image", name] for name in names]) - means["image_mean"])
        self.groups = np.array([name.rsplit("-", 1)[0] for name in names])
        at = np.array([names.index(picture) for picture, _ in pairs])
        self.text_groups = self.groups[at]
        self.own = at[:, None] == np.arange(len(names))[None, :]
        self.foreign = (self.text_groups[:, None] != self.groups[None, :]) & ~may_hold(pairs, names)


def may_hold(pairs, names):
    """A phrase whose last word stands in another picture's phrases may hold there too."""
    words = {name: set() for name in names}
    for picture, text in pairs:
        words[picture].update(singulars(text))
    return np.array([[singulars(text)[-1] in words[name] for name in names] for _, text in pairs])


def singulars(text):
    return [word.strip(",.").rstrip("s") for word in text.lower().replace("'s", "").split()] or [""]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def drawn(pairs, chosen, random):
    """Embeddings and labels of the own pairs of `chosen` texts, and of some foreign ones."""
    texts, pictures, labels = [], [], []
    for text in np.flatnonzero(chosen):
        others = np.flatnonzero(pairs.foreign[text] & ~np.isin(pairs.groups, pairs.held_out))
        others = random.choice(others, min(FOREIGN, len(others)), replace=False)
        own = np.flatnonzero(pairs.own[text])
        texts += [text] * (len(own) + len(others))
        pictures += [*own, *others]
        labels += [1] * len(own) + [0] * len(others)
    return pairs.texts[texts], pairs.pictures[pictures], np.array(labels, np.float32)


def weighed(labels):
    """Own and foreign pairs weigh one half each."""
    return np.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum()).astype(np.float32)


def features(texts, pictures):
    product = texts * pictures
    return jnp.concatenate([product * 20, jnp.abs(texts - pictures) * 10, product.sum(-1, keepdims=True) * 10], -1)


def logit(network, texts, pictures, keep=None):
    """The cosine's line and what the network adds to it."""
    cosine = (texts * pictures).sum(-1)
    hidden = jax.nn.gelu(features(texts, pictures) @ network["in"] + network["bias"])
    hidden = hidden if keep is None else hidden * keep
    return network["line"][0] * cosine + network["line"][1] + hidden @ network["out"]


def fitted(texts, pictures, labels, with_network):
    random = np.random.default_rng(SEED)
    network = {
        "line": jnp.array([20.0, -1.0]),
        "in": jnp.array(random.standard_normal((2 * texts.shape[1] + 1, HIDDEN)) / np.sqrt(texts.shape[1]), jnp.float32),
        "bias": jnp.zeros(HIDDEN),
        "out": jnp.zeros(HIDDEN),
    }
    rates = {"line": optax.adam(0.2), "rest": optax.adamw(RATE, weight_decay=DECAY) if with_network else optax.set_to_zero()}
    groups = {name: "line" if name == "line" else "rest" for name in network}
    optimiser = optax.multi_transform(rates, groups)

    @jax.jit
    def step(network, state, texts, pictures, labels, keep):
        def loss(network):
            return optax.sigmoid_binary_cross_entropy(logit(network, texts, pictures, keep), labels).mean()

        update, state = optimiser.update(jax.grad(loss)(network), state, network)
        return optax.apply_updates(network, update), state

    state, weights = optimiser.init(network), weighed(labels).astype(np.float64)
    for _ in range(STEPS):
        batch = random.choice(len(labels), BATCH, p=weights / weights.sum())
        keep = (random.random((BATCH, HIDDEN)) > DROPPED).astype(np.float32) / (1 - DROPPED)
        network, state = step(network, state, texts[batch], pictures[batch], labels[batch], keep)
    return network


def compare(lines, embeddings, space):
    lines = Path(lines).read_text(encoding="utf-8").splitlines()
    rows = [np.array(json.loads(row), np.float32) for row in Path(embeddings).read_text(encoding="utf-8").splitlines()]
    means, found = load_file(space), {}
    names = {name for name, _ in phrases() + extra()}
    for line, row in zip(lines, rows, strict=True):
        kind, what = line.split("\t", 1)
        if kind == "image":
            what = next(name for name in (what[at:] for at in cuts(what)) if name in names)
        found[kind, what] = row
    evaluation, more = Pairs(phrases(), found, means), Pairs(extra(), found, means)
    more.held_out = []

    everything = np.unique(evaluation.groups)
    folds = np.array_split(np.random.default_rng(SEED).permutation(everything), FOLDS)
    results = {name: [] for name in ("cosine", "network", "network, more pictures")}
    for fold in folds:
        evaluation.held_out = fold
        tested = np.isin(evaluation.text_groups, fold)
        learnt = drawn(evaluation, ~tested, np.random.default_rng(SEED))
        wide = [np.concatenate(both) for both in zip(learnt, drawn(more, np.ones(len(more.texts), bool),
                                                                   np.random.default_rng(SEED)))]
        columns = np.isin(evaluation.groups, fold)
        own, foreign = evaluation.own & tested[:, None], evaluation.foreign & np.outer(tested, columns)
        text, picture = np.nonzero(own | foreign)
        for name, (data, with_network) in zip(results, ((learnt, False), (learnt, True), (wide, True))):
            network = fitted(*data, with_network)
            logits = np.asarray(logit(network, evaluation.texts[text], evaluation.pictures[picture]))
            results[name].append((1 / (1 + np.exp(-logits)), own[text, picture], evaluation.text_groups[text]))
    for name, parts in results.items():
        p, is_own, group = (np.concatenate(part) for part in zip(*parts))
        print(f"{name}: AUC {interval(auc, p, is_own, group)}  log loss {interval(log_loss, p, is_own, group)}  "
              f"calibration error {calibration_error(p, is_own, halves(is_own)):.3f}")
        for low, high, mean, share in reliability(p, is_own):
            print(f"    p {mean:.2f}  own {share:.2f}" if share == share else f"    p {low:.1f} to {high:.1f}  none")


def cuts(path):
    return [0] + [at + 1 for at, letter in enumerate(path) if letter == "/"]


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
    {"inputs": inputs, "compare": compare}[sys.argv[1]](*sys.argv[2:])
