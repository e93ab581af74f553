"""Texture repetition: a patch laid over a region again and again. Natural: a patch's texture that never repeats."""

import numpy as np

from .scene import blurred, mixed, region, soft, visible


def patch(pixels, mask, side, random):
    """The liveliest of some patches of that side inside the mask."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask[: height - side, : width - side])
    best, most = None, -1.0
    for at in random.integers(len(rows), size=8) if len(rows) else []:
        found = pixels[rows[at] : rows[at] + side, columns[at] : columns[at] + side]
        if (spread := float(found.std())) > most:
            best, most = found, spread
    return best if best is not None else pixels[:side, :side]


def seamless(found):
    """The patch with opposite edges made to meet."""
    side = found.shape[0]
    ramp = np.clip(np.abs(np.linspace(-1, 1, side)) * 3 - 2, 0, 1).astype(np.float32) / 2
    for axis, weight in ((0, ramp[:, None, None]), (1, ramp[None, :, None])):
        found = found * (1 - weight) + np.flip(found, axis) * weight
    return found


def laid(scene, mask, texture, share):
    """The region with its detail replaced by that of `texture`; its broad light and colour stay."""
    wide = max(4, min(scene.size) / 24)
    detail = texture - blurred(texture, wide)
    broad = blurred(scene.pixels, wide)
    own = scene.pixels - broad
    return mixed(scene.pixels, np.clip(broad + own * (1 - share) + 1.3 * detail * share, 0, 1), soft(mask, 2))


def fault(scene, strength, random):
    mask = region(scene, random, 0.06, 0.6)
    side = int(random.uniform(0.04, 0.13) * min(scene.size))
    tile = seamless(patch(scene.pixels, mask, side, random))
    height, width = scene.size
    texture = np.tile(tile, (height // side + 2, width // side + 2, 1))
    y, x = random.integers(side, size=2)
    texture = np.ascontiguousarray(texture[y : y + height, x : x + width])
    after = laid(scene, mask, texture, 0.15 + 0.85 * strength)
    return after, mask & visible(scene.pixels, after, side / 3)


def twin(scene, random):
    mask = region(scene, random, 0.06, 0.6)
    side = int(random.uniform(0.04, 0.13) * min(scene.size))
    source = patch(scene.pixels, mask, side * 2, random)
    source = source - blurred(source, side / 2)
    # Every place takes its detail from somewhere else in the patch, and the pieces overlap softly.
    height, width = scene.size
    ramp = np.sin(np.linspace(0, np.pi, side + 2, dtype=np.float32)[1:-1]) ** 2
    window = (ramp[:, None] * ramp[None, :])[..., None]
    step = max(2, side // 2)
    texture = np.zeros((height + 2 * side, width + 2 * side, 3), np.float32)
    weight = np.full((height + 2 * side, width + 2 * side, 1), 1e-6, np.float32)
    for y in range(0, height + side, step):
        for x in range(0, width + side, step):
            v, u = random.integers(max(1, source.shape[0] - side + 1), size=2)
            texture[y : y + side, x : x + side] += source[v : v + side, u : u + side] * window
            weight[y : y + side, x : x + side] += window * window
    # Overlapping pieces average each other out; this keeps their contrast.
    texture = (texture / np.sqrt(weight))[side : side + height, side : side + width]
    return laid(scene, mask, np.ascontiguousarray(texture), random.uniform(0.4, 1))
