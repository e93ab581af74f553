"""Duplication and fusion: a thing stands there again, exactly the same, or grown into its copy. Natural: another thing beside it."""

import numpy as np

from .scene import box_of, mixed, pasted, soft, thing, visible


def fault(scene, strength, random):
    if (mask := thing(scene, random, 0.01, 0.15)) is None:
        return None
    _, _, width, height = box_of(mask)
    after, where = scene.pixels, np.zeros(scene.size, bool)
    copies = 1 + int(random.integers(3))
    angle = random.uniform(0, 2 * np.pi)
    # Weak: it has half grown out of itself; strong: it stands apart.
    for copy in range(1, copies + 1):
        reach = (0.25 + 0.85 * strength) * copy
        offset = reach * width * np.cos(angle), reach * height * np.sin(angle)
        after, there = pasted(after, scene.pixels, mask, offset)
        where |= there
    after = mixed(after, scene.pixels, soft(mask, 1))
    return after, (where | (mask & (strength > 0.5))) & (visible(scene.pixels, after) | mask)


def twin(scene, random):
    """The thing once, turned over where it stands."""
    if (mask := thing(scene, random, 0.01, 0.15)) is None:
        return scene.pixels[:, ::-1].copy()
    x, _, width, _ = box_of(mask)
    flipped = np.roll(scene.pixels[:, ::-1], 2 * x + width - scene.size[1], 1)
    over = np.roll(mask[:, ::-1], 2 * x + width - scene.size[1], 1)
    return pasted(scene.pixels, flipped, over, (0, 0))[0]
