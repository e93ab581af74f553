"""Structural deformation: things melted, bent, dented. Natural: the whole picture through a lens, water and cloud that flow."""

import numpy as np

from .scene import smooth_noise, soft, thing, visible, warped


def flow(scene, mask, strength, random):
    """Displacement inside the mask: bends by smooth noise, and a part of it droops."""
    height, width = scene.size
    side = np.sqrt(mask.sum())
    inside = soft(mask, max(2, side / 14))
    amount = side * (0.02 + 0.13 * strength)
    # Waves about a sixth of the thing long bend its outline rather than move it.
    wave = side / random.uniform(3.5, 7)
    dx = smooth_noise(scene.size, wave, random) * amount * 0.6
    dy = smooth_noise(scene.size, wave, random) * amount * 0.6
    if random.random() < 0.5:
        runs = np.maximum(smooth_noise((1, width), side / random.uniform(6, 12), random), 0)
        top, bottom = np.nonzero(mask.any(1))[0][[0, -1]] if mask.any() else (0, height - 1)
        low = np.clip((np.arange(height, dtype=np.float32) - top) / max(1, bottom - top), 0, 1)[:, None]
        dy -= 2 * amount * runs * low
    return dx * inside, dy * inside


def fault(scene, strength, random):
    if (mask := thing(scene, random, 0.02, 0.35)) is None:
        return None
    after = warped(scene.pixels, *flow(scene, mask, strength, random))
    return after, soft(mask, 6).astype(bool) & visible(scene.pixels, after)


def twin(scene, random):
    height, width = scene.size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    y, x = (rows - height / 2) / height, (columns - width / 2) / width
    if random.random() < 0.5:
        # Barrel or cushion.
        bend = random.uniform(-0.18, 0.18) * (x * x + y * y)
        return warped(scene.pixels, x * width * bend, y * height * bend)
    # Leaning, and a stretch as a wide lens gives near an edge.
    shear, stretch = random.uniform(-0.08, 0.08, 2)
    return warped(scene.pixels, y * height * shear, np.abs(x) * height * stretch * y)
