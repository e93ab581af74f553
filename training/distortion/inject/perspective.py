"""Perspective error: one thing with its own vanishing points or of a size that its place does not allow. Natural: the whole
picture from another place."""

import cv2
import numpy as np

from .scene import box_of, filled, mixed, soft, thing, visible


def corners(box):
    x, y, width, height = box
    return np.float32([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def moved(box, amount, random):
    """The box's corners as another vanishing point has them."""
    x, y, width, height = box
    pull = random.uniform(0.5, 1) * amount
    quad = corners(box)
    if random.random() < 0.5:
        side = random.integers(2)
        quad[[0, 3] if side else [1, 2], 1] += np.float32([pull, -pull]) * height / 2
    else:
        quad[[0, 1] if random.random() < 0.5 else [3, 2], 0] += np.float32([pull, -pull]) * width / 2
    lean = random.uniform(-1, 1) * amount * 0.5
    quad[:2, 0] += lean * width
    return quad


def scaled(box, factor):
    """About the middle of its lower edge, where it stands."""
    x, y, width, height = box
    foot = np.float32([x + width / 2, y + height])
    return (corners(box) - foot) * factor + foot


def fault(scene, strength, random):
    if (mask := thing(scene, random, 0.03, 0.3)) is None:
        return None
    box = box_of(mask)
    if random.random() < 0.6:
        quad = moved(box, 0.15 + 0.6 * strength, random)
    else:
        factor = 1.15 + 0.9 * strength
        quad = scaled(box, factor if random.random() < 0.6 else 1 / factor)
    matrix = cv2.getPerspectiveTransform(corners(box), np.float32(quad))
    size = scene.pixels.shape[1::-1]
    there = cv2.warpPerspective(soft(mask, 1), matrix, size)
    cut = cv2.warpPerspective(scene.pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    after = np.clip(mixed(filled(scene.pixels, mask), cut, there), 0, 1)
    return after, (there > 0.5) & visible(scene.pixels, after)


def twin(scene, random):
    height, width = scene.size
    box = (0, 0, width, height)
    quad = moved(box, random.uniform(0.05, 0.3), random)
    matrix = cv2.getPerspectiveTransform(corners(box), quad)
    return cv2.warpPerspective(scene.pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
