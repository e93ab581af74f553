"""Generative noise: grids of up-sampling, checkerboards, coloured residue. Natural: film grain, sensor noise, JPEG."""

import cv2
import numpy as np

from .scene import blurred, mixed, region, soft


def grid(shape, random):
    """A pattern of period 2, 4 or 8, as transposed convolutions leave."""
    period = int(random.choice([2, 4, 8]))
    cell = random.standard_normal((period, period, 3)).astype(np.float32)
    if random.random() < 0.5:
        cell[:] = cell[..., :1]
    cell -= cell.mean((0, 1))
    height, width = shape
    pattern = np.tile(cell / (cell.std() + 1e-6), (height // period + 1, width // period + 1, 1))[:height, :width]
    return pattern


def residue(shape, random):
    """Blotches of colour a few pixels wide."""
    noise = random.standard_normal((*shape, 3)).astype(np.float32)
    fine, coarse = cv2.GaussianBlur(noise, (0, 0), random.uniform(0.8, 1.2)), cv2.GaussianBlur(noise, (0, 0), random.uniform(1.8, 3))
    band = fine - coarse
    return band / (band.std() + 1e-6)


def fault(scene, strength, random):
    mask = np.ones(scene.size, bool) if random.random() < 0.5 else region(scene, random, 0.08, 0.7)
    pattern = grid(scene.size, random) if random.random() < 0.6 else residue(scene.size, random)
    # Stronger where there is structure, as a decoder's residue is.
    busy = blurred(np.abs(scene.pixels - blurred(scene.pixels, 3)).mean(2), 6)
    busy = 0.6 + np.clip(busy / 0.04, 0, 1) * 0.6
    after = np.clip(scene.pixels + pattern * (0.006 + 0.06 * strength) * busy[..., None], 0, 1)
    return mixed(scene.pixels, after, soft(mask, 3)), mask


def twin(scene, random):
    if random.random() < 0.35:
        quality = int(random.integers(45, 93))
        coded = cv2.imencode(".jpg", (scene.pixels[..., ::-1] * 255).round().astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255
    grain = random.standard_normal((*scene.size, 3 if random.random() < 0.4 else 1)).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), random.uniform(0.3, 0.9)).reshape(*scene.size, -1)
    light = scene.pixels.mean(2, keepdims=True)
    amount = random.uniform(0.005, 0.06) * (0.5 + 0.5 * np.sqrt(np.clip(4 * light * (1 - light), 0, 1)))
    return np.clip(scene.pixels + grain / (grain.std() + 1e-6) * amount, 0, 1)
