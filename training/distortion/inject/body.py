"""Anatomical error: parts of faces, hands and bodies multiplied, missing, fused or pulled out of shape. Natural: the same
face or hand turned over, larger, in other light."""

import cv2
import numpy as np

from .scene import blurred, filled, mixed, pasted, smooth_noise, soft, visible, warped

# Below this share of the picture's side a part's fault cannot be seen.
LEAST = 0.1


def part(scene, random):
    """One part's box as (x, y, w, h); None when the picture has none."""
    fitting = [box for box in scene.parts if min(box[2:]) >= LEAST * min(scene.size)]
    return fitting[random.integers(len(fitting))] if fitting else None


def oval(shape, box, grow=1.0):
    """The box's ellipse, bool."""
    x, y, width, height = box
    mask = np.zeros(shape, np.uint8)
    centre = (int(x + width / 2), int(y + height / 2))
    cv2.ellipse(mask, centre, (max(1, int(width / 2 * grow)), max(1, int(height / 2 * grow))), 0, 0, 360, 1, -1)
    return mask > 0


def within(box, random, low=0.35, high=0.6):
    """A smaller box somewhere in the box."""
    x, y, width, height = box
    share = random.uniform(low, high)
    w, h = width * share, height * share
    return x + random.uniform(0, width - w), y + random.uniform(0, height - h), w, h


def multiplied(scene, box, strength, random):
    """A piece of the part stands beside itself once more."""
    piece = within(box, random, 0.35, 0.55)
    side = np.hypot(*box[2:]) / 2
    angle = random.uniform(0, 2 * np.pi)
    offset = np.array([np.cos(angle), np.sin(angle)]) * side * (0.12 + 0.5 * strength)
    return pasted(scene.pixels, scene.pixels, oval(scene.size, piece), offset)[0]


def missing(scene, box, strength, random):
    """A piece of the part is painted over."""
    gone = oval(scene.size, within(box, random, 0.3, 0.3 + 0.4 * strength))
    return mixed(scene.pixels, filled(scene.pixels, gone), np.float32(0.35 + 0.65 * strength) * soft(gone, box[2] / 20))


def fused(scene, box, strength, random):
    """One half is the other's mirror, not quite where it should be."""
    x, y, width, height = (int(value) for value in box)
    x, y = max(0, x), max(0, y)
    cut = scene.pixels[y : y + height, x : x + width]
    shift = int(width * random.uniform(-0.25, 0.25))
    mirrored = scene.pixels.copy()
    mirrored[y : y + height, x : x + width] = np.roll(cut[:, ::-1], shift, 1)
    half = oval(scene.size, box)
    half[:, : x + width // 2] = False
    return mixed(scene.pixels, mirrored, np.float32(0.25 + 0.75 * strength) * soft(half, width / 16))


def pulled(scene, box, strength, random):
    """Features wander."""
    side = np.sqrt(box[2] * box[3])
    inside = soft(oval(scene.size, box, 1.1), side / 8)
    amount = side * (0.02 + 0.13 * strength)
    dx, dy = (smooth_noise(scene.size, side / random.uniform(2.5, 4), random) * amount * inside for _ in range(2))
    return warped(scene.pixels, dx, dy)


FORMS = (multiplied, missing, fused, pulled, pulled)


def fault(scene, strength, random):
    """None where there is no part."""
    if (box := part(scene, random)) is None:
        return None
    after = FORMS[random.integers(len(FORMS))](scene, box, strength, random)
    return after, visible(scene.pixels, after)


def twin(scene, random):
    if (box := part(scene, random)) is None:
        return scene.pixels[:, ::-1].copy()
    inside = soft(oval(scene.size, box, 1.3), box[2] / 5)
    if random.random() < 0.5:
        lit = np.clip(scene.pixels * random.uniform(0.75, 1.3), 0, 1)
        return mixed(scene.pixels, lit, inside)
    # A little larger or smaller as a whole.
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    rows, columns = np.mgrid[: scene.size[0], : scene.size[1]].astype(np.float32)
    share = random.uniform(-0.1, 0.1)
    wide = blurred(inside, box[2] / 4)
    return warped(scene.pixels, (columns - x) * share * wide, (rows - y) * share * wide)
