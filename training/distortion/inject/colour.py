"""Colour and tone: casts of one region, clipping, banding, colours beyond what light gives. Natural: coloured light, grading."""

import numpy as np

from .scene import mixed, region, smooth_noise, soft, visible


def saturated(pixels, factor):
    grey = pixels @ np.float32([0.299, 0.587, 0.114])
    return np.clip(grey[..., None] + (pixels - grey[..., None]) * factor, 0, 1)


def cast(pixels, strength, random):
    tint = random.standard_normal(3).astype(np.float32)
    tint -= tint.mean()
    return np.clip(pixels + tint / np.abs(tint).max() * (0.05 + 0.3 * strength), 0, 1)


def clipped(pixels, strength, _random):
    return np.clip((pixels - 0.5) * (1.3 + 3 * strength) + 0.55, 0, 1)


def banded(pixels, strength, _random):
    levels = max(3, round(18 * (1 - strength) + 3))
    return np.round(pixels * levels) / levels


def vivid(pixels, strength, _random):
    return saturated(pixels, 1.6 + 3.5 * strength)


FORMS = (cast, clipped, banded, vivid)


def fault(scene, strength, random):
    form = FORMS[random.integers(len(FORMS))]
    # A cast of the whole picture may be its light; of one thing it is not.
    whole = form is not cast and random.random() < 0.6
    mask = np.ones(scene.size, bool) if whole else region(scene, random, 0.05, 0.5)
    after = mixed(scene.pixels, form(scene.pixels, strength, random), soft(mask, 2))
    return after, mask & visible(scene.pixels, after, 6)


def twin(scene, random):
    """Light of a colour that changes slowly, and a gentle curve."""
    warm = np.float32([1, random.uniform(0.75, 1), random.uniform(0.45, 0.95)])
    tint = warm if random.random() < 0.7 else warm[::-1]
    place = 0.5 + 0.5 * np.tanh(smooth_noise(scene.size, max(scene.size), random))
    lit = scene.pixels * (1 + (tint - 1) * random.uniform(0.3, 1) * place[..., None])
    curve = random.uniform(0.75, 1.35)
    return saturated(np.clip(lit, 0, 1) ** np.float32(curve), random.uniform(0.6, 1.35))
