"""A clean picture with what is known of it, and how edits are put into it."""

from dataclasses import dataclass, field

import cv2
import numpy as np

# A change that can just be seen between neighbours, of values in [0, 1].
VISIBLE = 0.03


@dataclass
class Scene:
    """`pixels` f32 [H, W, 3] in [0, 1], red first; `regions` bool [H, W] each, largest first; `parts` boxes (x, y, w, h) of
    faces, hands and the like."""

    pixels: np.ndarray
    regions: list = field(default_factory=list)
    parts: list = field(default_factory=list)

    @property
    def size(self):
        """Height and width."""
        return self.pixels.shape[:2]


def blurred(values, sigma):
    """Gaussian blur; quick for wide ones, which need no fine grid."""
    if sigma < 0.3:
        return values
    if sigma > 8:
        height, width = values.shape[:2]
        step = sigma / 4
        small = cv2.resize(values, (max(4, int(width / step)), max(4, int(height / step))), interpolation=cv2.INTER_AREA)
        return cv2.resize(cv2.GaussianBlur(small, (0, 0), 4), (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(values, (0, 0), sigma)


def mixed(before, after, mask):
    """`after` where the soft mask is 1."""
    return before + (after - before) * mask[..., None]


def visible(before, after, near=4):
    """Where a change is visible, bool [H, W]; a changed pixel speaks for its neighbours."""
    difference = np.abs(after - before).max(2)
    return blurred(difference, near) > VISIBLE / 2


def smooth_noise(shape, scale, random):
    """Smooth values about 0 with deviation about 1 that vary over `scale` pixels."""
    height, width = shape
    small = random.standard_normal((max(2, round(height / scale) + 2), max(2, round(width / scale) + 2))).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def blob(shape, random, low=0.05, high=0.35):
    """A smooth shape that covers such a share of the picture, bool."""
    height, width = shape
    share, (y, x) = random.uniform(low, high), random.uniform(0.15, 0.85, 2)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    aspect = random.uniform(0.6, 1.6)
    distance = np.hypot((rows / height - y) * aspect, (columns / width - x) / aspect)
    field = distance * (1 + 0.35 * smooth_noise(shape, min(shape) / 4, random))
    return field <= np.quantile(field[::8, ::8], share)


def region(scene, random, low=0.02, high=0.45):
    """A region of the picture of such a share, or a blob where it has none."""
    fitting = [mask for mask in scene.regions if low <= mask.mean() <= high]
    return fitting[random.integers(len(fitting))] if fitting else blob(scene.size, random, low, high)


def thing(scene, random, low=0.02, high=0.35):
    """A region of such a share that the picture's edge hardly cuts: a thing rather than a ground. None where there is none."""
    edges = [np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean() for mask in scene.regions]
    whole = [mask for mask, edge in zip(scene.regions, edges) if edge < 0.04 and low <= mask.mean() <= high]
    return whole[random.integers(len(whole))] if whole else None


def soft(mask, radius):
    """The mask with feathered edges, f32."""
    return np.clip(blurred(mask.astype(np.float32), radius), 0, 1)


def box_of(mask):
    """(x, y, width, height) of what is set."""
    return cv2.boundingRect(mask.astype(np.uint8))


def filled(pixels, mask):
    """The picture with what the mask covers painted over from around it."""
    height, width = mask.shape
    scale = 192 / max(height, width)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    hole = cv2.resize(cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)), small.shape[1::-1])
    painted = cv2.inpaint((small * 255).astype(np.uint8), hole, 3, cv2.INPAINT_TELEA).astype(np.float32) / 255
    painted = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC)
    # Grain like the picture's, so that the patch is not as smooth as paint.
    grain = np.median(np.abs(pixels - blurred(pixels, 1))) * 1.5
    noise = np.random.default_rng(int(mask.sum())).standard_normal(pixels.shape).astype(np.float32)
    return mixed(pixels, np.clip(painted + grain * noise, 0, 1), soft(cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)), 3))


def pasted(pixels, cut, mask, offset):
    """`cut` [H, W, 3] with its mask moved by (dx, dy) and laid over the picture; also where it now lies."""
    move = np.float32([[1, 0, offset[0]], [0, 1, offset[1]]])
    size = pixels.shape[1::-1]
    there = cv2.warpAffine(soft(mask, 1), move, size)
    return mixed(pixels, cv2.warpAffine(cut, move, size, borderMode=cv2.BORDER_REFLECT), there), there > 0.5


def warped(pixels, dx, dy):
    """Each pixel taken from (x + dx, y + dy)."""
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    return cv2.remap(pixels, columns + dx.astype(np.float32), rows + dy.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
