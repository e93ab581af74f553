"""Detail loss: surfaces without their fine structure while edges stay. Natural: surfaces that are smooth, slightly soft lenses."""

import cv2
import numpy as np

from .scene import blurred, mixed, region, soft


def waxy(pixels, strength):
    """Edges kept, texture gone: a guided filter by the picture itself."""
    radius, flat = int(3 + 9 * strength) * max(1, round(min(pixels.shape[:2]) / 384)), (0.02 + 0.13 * strength) ** 2
    side = (2 * radius + 1,) * 2
    mean = cv2.blur(pixels, side)
    variance = cv2.blur(pixels * pixels, side) - mean * mean
    slope = variance / (variance + flat)
    return cv2.blur(slope, side) * pixels + cv2.blur(mean * (1 - slope), side)


def detail(pixels):
    """How much fine structure there is around each pixel."""
    return blurred(np.abs(pixels - blurred(pixels, 2)).max(2), 6)


def fault(scene, strength, random):
    mask = np.ones(scene.size, bool) if random.random() < 0.3 else region(scene, random, 0.05, 0.7)
    after = mixed(scene.pixels, waxy(scene.pixels, strength), soft(mask, 3))
    before, left = detail(scene.pixels), detail(after)
    # Where there was nothing to lose nothing is lost.
    return after, mask & (before > 0.008) & (left < (1 - 0.25 * strength) * before)


def twin(scene, random):
    scale = min(scene.size) / 384
    soft_lens = blurred(scene.pixels, random.uniform(0.5, 1.3) * scale)
    grain = random.standard_normal((*scene.size, 1)).astype(np.float32) * random.uniform(0, 0.02)
    return np.clip(soft_lens + cv2.GaussianBlur(grain, (0, 0), 0.7)[..., None], 0, 1)
