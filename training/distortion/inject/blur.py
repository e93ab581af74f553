"""Edge blur: boundaries smeared where the rest is sharp. Natural: out of focus, behind or in front, or as a whole."""

import cv2
import numpy as np

from .scene import blob, blurred, mixed, region, soft, visible


def smeared(pixels, sigma, random):
    """Blurred in all directions, or along one."""
    if random.random() < 0.5:
        return blurred(pixels, sigma)
    length = int(4 * sigma) | 1
    kernel = np.zeros((length, length), np.float32)
    angle = random.uniform(0, np.pi)
    middle = length // 2
    reach = middle * np.array([np.cos(angle), np.sin(angle)])
    cv2.line(kernel, *[tuple(np.round(middle + sign * reach).astype(int).tolist()) for sign in (-1, 1)], 1.0)
    return cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)


def fault(scene, strength, random):
    mask = region(scene, random, 0.04, 0.5)
    scale = min(scene.size) / 384
    edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((int(9 * scale) | 1,) * 2, np.uint8)) > 0
    # Strong edges inside count as boundaries too.
    grey = blurred(scene.pixels.mean(2), 1)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    inside = cv2.dilate((slope > np.quantile(slope, 0.88)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    where = edge | (inside & cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool))
    after = mixed(scene.pixels, smeared(scene.pixels, (0.8 + 5 * strength) * scale, random), soft(where, 1.5 * scale))
    return after, where & visible(scene.pixels, after)


def twin(scene, random):
    scale = min(scene.size) / 384
    sigma = random.uniform(1, 7) * scale
    if random.random() < 0.3:
        return blurred(scene.pixels, min(sigma, 2.5 * scale))
    # Focus on one thing; what is farther from it is softer, its own edge stays.
    focus = soft(region(scene, random, 0.05, 0.5) | blob(scene.size, random, 0.02, 0.1), random.uniform(2, 20) * scale)
    half, full = blurred(scene.pixels, sigma / 2), blurred(scene.pixels, sigma)
    away = 1 - np.clip(focus * 1.4, 0, 1)
    return mixed(mixed(scene.pixels, half, np.clip(2 * away, 0, 1)), full, np.clip(2 * away - 1, 0, 1))
