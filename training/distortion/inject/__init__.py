"""Puts the twelve distortions into clean pictures, with where they are; and edits of the same kind that are no faults.

`fault(kind, scene, strength, random, scripts)` gives pixels and mask, or None where the picture has nothing to put the fault
into; `twin(kind, scene, random, scripts)` gives pixels. `scripts` are pairs of words and fonts for signs. Strength lies in (0, 1]: at 0.1 a fault can just be found by someone who looks for
it, at 1 nobody misses it.
"""

from functools import partial

import numpy as np

from . import blur, body, colour, duplicate, light, melt, noise, perspective, physics, smooth, text, tiling
from .scene import Scene

# In the order of the types' numbers.
KINDS = {
    "anatomical_error": body,
    "structural_deformation": melt,
    "physical_violation": physics,
    "light_shadow_contradiction": light,
    "perspective_error": perspective,
    "duplication_fusion": duplicate,
    "texture_repetition": tiling,
    "edge_blur": blur,
    "detail_loss": smooth,
    "generative_noise": noise,
    "color_tone_anomaly": colour,
    "text_symbol_corruption": text,
}
NAMES = list(KINDS)
# A later edit must not hide an earlier one: things first, surfaces next, what covers all last.
ORDER = [1, 5, 2, 4, 0, 3, 6, 11, 8, 7, 10, 9]
# How often each is drawn against the others: more often what many scenes cannot take.
DRAWN = np.array([3, 1.5, 1.5, 2, 1.7, 1.7, 0.7, 1, 1, 1.2, 1, 0.7])
# Less of a picture than this share is no fault anyone sees.
LEAST_SHARE = 0.001


def fault(kind, scene, strength, random, scripts):
    make = partial(text.fault, scripts=scripts) if KINDS[NAMES[kind]] is text else KINDS[NAMES[kind]].fault
    made = make(scene, strength, random)
    if made is None or made[1].mean() < LEAST_SHARE:
        return None
    return np.clip(made[0], 0, 1), made[1]


def twin(kind, scene, random, scripts):
    make = partial(text.twin, scripts=scripts) if KINDS[NAMES[kind]] is text else KINDS[NAMES[kind]].twin
    return np.clip(make(scene, random), 0, 1)


def example(scene, random, scripts):
    """A training example: pixels, severities [12] and masks (by type, where there is one), by chance clean (a quarter), with one
    to three faults, and with natural edits among them."""
    severities, masks = np.zeros(len(NAMES), np.float32), {}
    chosen = {}
    faults = random.choice([0, 1, 2, 3], p=[0.25, 0.45, 0.2, 0.1])
    # Some cannot be put into every scene, so two stand by.
    for kind in random.choice(len(NAMES), faults + 2 if faults else 0, replace=False, p=DRAWN / DRAWN.sum()):
        chosen[int(kind)] = True
    for kind in random.choice(len(NAMES), int(random.integers(3)), replace=False):
        chosen.setdefault(int(kind), False)
    for kind in (kind for kind in ORDER if kind in chosen):
        if not chosen[kind]:
            scene = Scene(twin(kind, scene, random, scripts), scene.regions, scene.parts)
            continue
        if len(masks) == faults:
            continue
        strength = float(random.uniform(0.1, 1))
        if made := fault(kind, scene, strength, random, scripts):
            scene = Scene(made[0], scene.regions, scene.parts)
            severities[kind], masks[kind] = strength, made[1]
    return scene.pixels, severities, masks
