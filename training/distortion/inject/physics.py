"""Physical violation: a thing lifted off what holds it, or sunk into what it cannot enter. Natural: the thing moved along the
ground it stands on."""

import numpy as np

from .scene import box_of, filled, pasted, thing, visible


def lifted(scene, mask, strength, random):
    _, y, _, height = box_of(mask)
    rise = min(y + 0.3 * height, (0.1 + 0.7 * strength) * height)
    return 0.15 * height * random.uniform(-1, 1), -rise


def fault(scene, strength, random):
    if (mask := thing(scene, random, 0.015, 0.2)) is None:
        return None
    without = filled(scene.pixels, mask)
    if random.random() < 0.7:
        after, there = pasted(without, scene.pixels, mask, lifted(scene, mask, strength, random))
        where = there
    else:
        # Sunk: its lower part ends in the middle of something.
        x, y, width, height = box_of(mask)
        low = mask.copy()
        low[: int(y + height * (1 - 0.15 - 0.5 * strength))] = False
        tilt = np.linspace(-1, 1, mask.shape[1]) * height * random.uniform(-0.12, 0.12)
        rows = np.arange(mask.shape[0])[:, None] + tilt[None, :]
        low &= rows > y + height * (1 - 0.15 - 0.5 * strength)
        after = scene.pixels + (without - scene.pixels) * low[..., None]
        where = low
    return after, where & visible(scene.pixels, after)


def twin(scene, random):
    if (mask := thing(scene, random, 0.015, 0.2)) is None:
        return scene.pixels[:, ::-1].copy()
    _, _, width, height = box_of(mask)
    aside = random.uniform(0.3, 1.2) * width * random.choice([-1, 1])
    return pasted(filled(scene.pixels, mask), scene.pixels, mask, (aside, random.uniform(-0.03, 0.03) * height))[0]
