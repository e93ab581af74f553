"""Fits what turns the tower's embeddings into probabilities, and says how well it does.

`fit.py INPUTS EMBEDDINGS MEANS [FOLDER]`: INPUTS are the lines of `sources.py`, EMBEDDINGS what `embed` answered to them.
Writes the means as safetensors to MEANS and prints figures and the lines for `config/alignment.toml`.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

import sources

SEED = 20
FOLDS = 5
RESAMPLES = 300


def main(inputs, embeddings, means, ratings_folder=None):
    space = Space(inputs, embeddings)
    pictures, prompts = sources.bank()
    image_mean = space.images(pictures).mean(axis=0)
    text_mean = space.texts(prompts).mean(axis=0)
    write_safetensors(means, {"image_mean": image_mean, "text_mean": text_mean})
    print(f"means of {len(pictures)} pictures and {len(prompts)} prompts, lengths "
          f"{np.linalg.norm(image_mean):.3f} and {np.linalg.norm(text_mean):.3f}")

    pairs = sources.pairs()
    phrases = [pair for pair in pairs if pair.kind == "phrase"]
    wholes = [pair for pair in pairs if pair.kind != "phrase"]

    print("\nretrieval: a text's own picture among all captioned ones, centred (not centred)")
    for kind in ["caption", "short prompt", "prompt"]:
        print_retrieval(kind, space, [pair for pair in pairs if pair.kind == kind], pairs, image_mean, text_mean)

    calibrations = {}
    for name, chosen in [("prompt", wholes), ("phrase", phrases)]:
        task = Task(chosen, may_also_hold(chosen, pairs) if name == "phrase" else None)
        print(f"\n{name}: {len(task.texts)} texts, {len(task.pictures)} pictures")
        calibrations[name] = print_calibration(task, space, image_mean, text_mean)

    print_recoloured(space, phrases, image_mean, text_mean, calibrations["phrase"])
    if ratings_folder:
        print_rated(space, sources.ratings(ratings_folder), image_mean, text_mean, calibrations["prompt"])

    print("\nfor config/alignment.toml:")
    for name, (slope, offset) in calibrations.items():
        print(f"[models.clip-vit-b-16-rendered.calibrations.{name}]\nslope = {slope:.2f}\noffset = {offset:.3f}")


class Space:
    """Embeddings by input, L2-normalised."""

    def __init__(self, inputs, embeddings):
        keys = Path(inputs).read_text(encoding="utf-8").splitlines()
        values = Path(embeddings).read_text(encoding="utf-8").splitlines()
        self.by_input = {key: np.array(json.loads(value)) for key, value in zip(keys, values, strict=True)}

    def images(self, names):
        return self.paths([sources.picture_path(name) for name in names])

    def paths(self, paths):
        return np.stack([self.by_input[f"image\t{path}"] for path in paths])

    def texts(self, texts):
        return np.stack([self.by_input[f"text\t{text}"] for text in texts])


class Task:
    """Texts against pictures: which belong together, and which certainly do not."""

    def __init__(self, pairs, may_hold=None):
        self.texts = [pair.text for pair in pairs]
        self.text_groups = np.array([pair.group for pair in pairs])
        group_of = {pair.picture: pair.group for pair in pairs}
        self.pictures = sorted(group_of)
        self.picture_groups = np.array([group_of[picture] for picture in self.pictures])
        self.matches = np.array([[pair.picture == picture for picture in self.pictures] for pair in pairs])
        self.mismatches = self.text_groups[:, None] != self.picture_groups[None, :]
        if may_hold is not None:
            self.mismatches &= ~may_hold(self.pictures)

    def cosines(self, space, image_mean, text_mean):
        return centred(space.texts(self.texts), text_mean) @ centred(space.images(self.pictures), image_mean).T


def may_also_hold(phrases, pairs):
    """A phrase whose last word stands in another picture's captions may hold there too."""
    words = {}
    for pair in pairs:
        if pair.kind in ("caption", "phrase"):
            words.setdefault(pair.picture, set()).update(singulars(pair.text))
    return lambda pictures: np.array(
        [[singulars(phrase.text)[-1] in words[picture] for picture in pictures] for phrase in phrases]
    )


def singulars(text):
    return [word.strip(",.").rstrip("s") for word in text.lower().replace("'s", "").split()]


def print_retrieval(kind, space, chosen, pairs, image_mean, text_mean):
    gallery = sorted({pair.picture for pair in pairs})
    own = np.array([gallery.index(pair.picture) for pair in chosen])
    texts, pictures = space.texts([pair.text for pair in chosen]), space.images(gallery)

    def ranks(cosines):
        return (cosines > cosines[np.arange(len(own)), own][:, None]).sum(axis=1)

    after, before = ranks(centred(texts, text_mean) @ centred(pictures, image_mean).T), ranks(texts @ pictures.T)
    low, high = interval(lambda weights: np.average(after < 1, weights=weights), [pair.group for pair in chosen])
    print(f"  {kind}: {len(chosen)} texts, {len(gallery)} pictures: R@1 {(after < 1).mean():.2f} "
          f"[{low:.2f}, {high:.2f}] ({(before < 1).mean():.2f}), R@5 {(after < 5).mean():.2f} ({(before < 5).mean():.2f})")


def print_calibration(task, space, image_mean, text_mean):
    """Fits on everything and prints it, with intervals and what a fit on four fifths gives on the rest."""
    cosines = task.cosines(space, image_mean, text_mean)
    slope, offset = fit(cosines, task.matches, task.mismatches)
    matching, other = cosines[task.matches], cosines[task.mismatches]
    print(f"  cosines: own {matching.mean():.3f} ± {matching.std():.3f}, other {other.mean():.3f} ± {other.std():.3f}")

    def refitted(weight_of):
        texts = np.array([weight_of[group] for group in task.text_groups])
        pictures = np.array([weight_of[group] for group in task.picture_groups])
        # An own pair is drawn once with its group; a foreign one needs both groups.
        return fit(cosines, task.matches * texts[:, None], task.mismatches * np.outer(texts, pictures))

    drawn = np.array([refitted(weights) for weights in resamples(task.picture_groups)])
    (slope_low, offset_low), (slope_high, offset_high) = np.percentile(drawn, [2.5, 97.5], axis=0)
    print(f"  slope {slope:.2f} [{slope_low:.1f}, {slope_high:.1f}], "
          f"offset {offset:.3f} [{offset_low:.2f}, {offset_high:.2f}], one half at cosine {-offset / slope:.3f}")
    print_held_out(task, space, text_mean)
    return slope, offset


def print_held_out(task, space, text_mean):
    """Each fold's pictures are kept out of the picture mean and of the fit."""
    bank_pictures, _ = sources.bank()
    bank_groups = np.array([picture.rsplit("-", 1)[0] for picture in bank_pictures])
    bank = space.images(bank_pictures)
    groups = np.random.default_rng(SEED).permutation(np.unique(task.picture_groups))
    own, other = [], []
    for held_out in np.array_split(groups, FOLDS):
        image_mean = bank[~np.isin(bank_groups, held_out)].mean(axis=0)
        cosines = task.cosines(space, image_mean, text_mean)
        texts, pictures = np.isin(task.text_groups, held_out), np.isin(task.picture_groups, held_out)
        learnt = fit(cosines, task.matches & ~texts[:, None], task.mismatches & np.outer(~texts, ~pictures))
        p = probability(cosines, learnt)
        own.append(p[task.matches & texts[:, None]])
        other.append(p[task.mismatches & np.outer(texts, pictures)])
    own, other = np.concatenate(own), np.concatenate(other)
    print(f"  held out ({FOLDS} folds by picture): AUC {auc(own, other):.3f}, log loss {log_loss(own, other):.3f} "
          f"(a coin: 0.693), calibration error {calibration_error(own, other):.3f}, "
          f"mean probability own {own.mean():.2f}, other {other.mean():.2f}")


def print_recoloured(space, phrases, image_mean, text_mean, calibration):
    """The hard mismatch: the same thing in a colour that it does not have."""
    chosen = [phrase for phrase in phrases if sources.recoloured(phrase.text)]
    images = centred(space.images([phrase.picture for phrase in chosen]), image_mean)

    def cosines(texts):
        return (centred(space.texts(texts), text_mean) * images).sum(axis=1)

    right = cosines([phrase.text for phrase in chosen])
    wrong = cosines([sources.recoloured(phrase.text) for phrase in chosen])
    low, high = interval(lambda weights: np.average(right > wrong, weights=weights), [p.group for p in chosen])
    p_right, p_wrong = probability(right, calibration), probability(wrong, calibration)
    print(f"\nwrong colour: the right one of two is nearer in {(right > wrong).mean():.2f} [{low:.2f}, {high:.2f}] of "
          f"{len(chosen)} phrases; mean probability right {p_right.mean():.2f}, wrong {p_wrong.mean():.2f}")


def print_rated(space, rated, image_mean, text_mean, calibration):
    """Rated pictures, of which nothing was fitted: own against others' prompts, and pairs that share a prompt."""
    prompts = sorted({prompt for _, prompt, _ in rated})
    own = np.array([prompts.index(prompt) for _, prompt, _ in rated])
    ratings = np.array([rating for _, _, rating in rated])
    images = centred(space.paths([path for path, _, _ in rated]), image_mean)
    cosines = images @ centred(space.texts(prompts), text_mean).T
    p = probability(cosines, calibration)
    is_own = own[:, None] == np.arange(len(prompts))[None, :]
    print(f"\nrated pictures: {len(rated)} pictures, {len(prompts)} prompts; AUC of own against others' prompts "
          f"{auc(p[is_own], p[~is_own]):.3f}, mean probability own {p[is_own].mean():.2f}, other {p[~is_own].mean():.2f}")

    score = cosines[is_own]
    better = (ratings[:, None] > ratings[None, :]) & (own[:, None] == own[None, :])
    right = better & (score[:, None] > score[None, :])

    def accuracy(weights):
        # Prompts are drawn; the pairs of a prompt come along.
        return (right * weights[:, None]).sum() / (better * weights[:, None]).sum()

    low, high = interval(accuracy, own)
    print(f"  of two pictures of one prompt the better rated match scores higher in {accuracy(np.ones(len(own))):.2f} "
          f"[{low:.2f}, {high:.2f}] of {better.sum()} pairs")


def centred(embeddings, mean):
    moved = embeddings - mean
    return moved / np.linalg.norm(moved, axis=-1, keepdims=True)


def probability(cosine, calibration):
    slope, offset = calibration
    return 1 / (1 + np.exp(-(slope * cosine + offset)))


def fit(cosines, own_weights, other_weights, ridge=1e-5, steps=30):
    """Logistic regression by Newton's method; own and other pairs weigh one half each."""
    own, other = own_weights > 0, other_weights > 0
    x = np.concatenate([cosines[own], cosines[other]])
    w = np.concatenate([0.5 * own_weights[own] / own_weights.sum(), 0.5 * other_weights[other] / other_weights.sum()])
    y = np.concatenate([np.ones(own.sum()), np.zeros(other.sum())])
    centre, spread = x.mean(), x.std()
    design = np.stack([(x - centre) / spread, np.ones_like(x)])
    theta = np.zeros(2)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-theta @ design))
        gradient = design @ (w * (p - y)) + [2 * ridge * theta[0], 0]
        hessian = (design * (w * p * (1 - p))) @ design.T + np.diag([2 * ridge, 0])
        theta -= np.linalg.solve(hessian, gradient)
    slope = theta[0] / spread
    return slope, theta[1] - slope * centre


def resamples(groups):
    """Bootstrap draws of whole groups: each how often a group was drawn."""
    names = np.unique(groups)
    random = np.random.default_rng(SEED)
    for _ in range(RESAMPLES):
        counts = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))
        yield dict(zip(names, counts))


def interval(statistic, groups):
    """95 % bootstrap interval over groups of a statistic of the items' weights."""
    draws = [statistic(np.array([weights[group] for group in groups])) for weights in resamples(groups)]
    return np.percentile(draws, [2.5, 97.5])


def auc(own, other):
    """How often an own pair is above a foreign one; ties count half."""
    other = np.sort(other)
    below, not_above = np.searchsorted(other, own, "left"), np.searchsorted(other, own, "right")
    return (below + not_above).mean() / (2 * len(other))


def log_loss(own, other):
    return -(np.log(own).mean() + np.log1p(-other).mean()) / 2


def calibration_error(own, other, bins=10):
    """Expected calibration error where own and other pairs are equally frequent."""
    p = np.concatenate([own, other])
    y = np.concatenate([np.ones(len(own)), np.zeros(len(other))])
    w = np.concatenate([np.full(len(own), 0.5 / len(own)), np.full(len(other), 0.5 / len(other))])
    bin_of = np.minimum((p * bins).astype(int), bins - 1)
    return np.abs(np.bincount(bin_of, w * (p - y), minlength=bins)).sum()


def write_safetensors(path, tensors):
    """The format: the header's length, the header as JSON padded to eight bytes, the values."""
    header, body = {}, b""
    for name, values in tensors.items():
        data = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


if __name__ == "__main__":
    main(*sys.argv[1:])
