"""Duplication and fusion: a thing stands there again, exactly the same, or grown into its copy. Natural: another thing beside it."""

import numpy as np

from .scene import box_of, mixed, pasted, soft, thing, visible


# So much of a copy must lie in the picture, and be seen there.
WITHIN, SEEN = 0.6, 0.3
TRIES = 4


def fault(scene, strength, random):
    """None where there is no thing, or no room for its copy."""
    if (mask := thing(scene, random, 0.01, 0.15)) is None:
        return None
    for _ in range(TRIES):
        if made := copied(scene, mask, strength, random):
            return made
    return None


def copied(scene, mask, strength, random):
    """In a direction by chance; None when the copies leave the picture or look like what is there."""
    _, _, width, height = box_of(mask)
    after, where = scene.pixels, np.zeros(scene.size, bool)
    angle = random.uniform(0, 2 * np.pi)
    # Weak: it has half grown out of itself; strong: it stands apart.
    for copy in range(1, 2 + int(random.integers(3))):
        reach = (0.25 + 0.85 * strength) * copy
        offset = reach * width * np.cos(angle), reach * height * np.sin(angle)
        pasted_over, there = pasted(after, scene.pixels, mask, offset)
        if there.sum() < WITHIN * mask.sum():
            break
        after, where = pasted_over, where | there
    after = mixed(after, scene.pixels, soft(mask, 1))
    new = where & ~mask
    seen = new & visible(scene.pixels, after)
    if not new.any() or seen.sum() < SEEN * new.sum():
        return None
    return after, (where | (mask & (strength > 0.5))) & (seen | mask)


def twin(scene, random):
    """The thing once, turned over where it stands."""
    if (mask := thing(scene, random, 0.01, 0.15)) is None:
        return scene.pixels[:, ::-1].copy()
    x, _, width, _ = box_of(mask)
    flipped = np.roll(scene.pixels[:, ::-1], 2 * x + width - scene.size[1], 1)
    over = np.roll(mask[:, ::-1], 2 * x + width - scene.size[1], 1)
    return pasted(scene.pixels, flipped, over, (0, 0))[0]
