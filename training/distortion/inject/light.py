"""Light and shadow contradiction: one thing lit from another side than the rest, or its shadow on the wrong side. Natural: light
from one side over everything, a shadow where the others fall."""

import numpy as np

from .scene import box_of, mixed, pasted, soft, thing, visible


def from_side(mask, angle):
    """From −1 to 1 across what the mask covers, along the angle."""
    x, y, width, height = box_of(mask)
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32)
    across = (columns - x - width / 2) / max(1, width / 2) * np.cos(angle) + (rows - y - height / 2) / max(1, height / 2) * np.sin(angle)
    return np.clip(across, -1, 1)


def lit(pixels, slope, amount):
    """Brighter where the slope is positive, darker where it is negative, as by twice or half the light."""
    return np.clip(pixels * np.exp2(slope * amount)[..., None], 0, 1)


def own_side(scene, mask):
    """Where the thing is brighter: the angle of its light."""
    light = scene.pixels.mean(2)
    rows, columns = np.nonzero(mask)
    if len(rows) < 10:
        return 0.0
    value = light[rows, columns] - light[rows, columns].mean()
    return float(np.arctan2((value * (rows - rows.mean())).sum(), (value * (columns - columns.mean())).sum()))


def fault(scene, strength, random):
    if (mask := thing(scene, random, 0.02, 0.3)) is None:
        return None
    angle = own_side(scene, mask) + np.pi + random.uniform(-0.6, 0.6)
    if random.random() < 0.7:
        after = mixed(scene.pixels, lit(scene.pixels, from_side(mask, angle), 0.4 + 1.9 * strength), soft(mask, 2))
        return after, mask & visible(scene.pixels, after, 6)
    # A hard shadow of it on the side that its light comes from.
    _, _, width, height = box_of(mask)
    offset = -np.array([np.cos(angle), abs(np.sin(angle)) * 0.4]) * 0.35 * np.hypot(width, height)
    dark, there = pasted(scene.pixels, scene.pixels * (0.85 - 0.65 * strength), mask, offset)
    shadow = soft(there & ~mask, 2)
    after = mixed(scene.pixels, np.minimum(scene.pixels, scene.pixels * (0.85 - 0.65 * strength)), shadow)
    return after, visible(scene.pixels, after)


def twin(scene, random):
    whole = np.ones(scene.size, bool)
    angle = random.uniform(0, 2 * np.pi)
    return lit(scene.pixels, from_side(whole, angle), random.uniform(0.3, 1.3))
