"""What the pixels give away: fidelity's measures and generative noise, as `services/distortion` takes them.

The same measures of the same 32 x 32 cells, over all cells at once in NumPy and OpenCV.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from .models import settings

GRID = 32
PERIOD = 8


def ramp(pair: list[float], value: Any) -> Any:
    """0 at the first of a pair, 1 at the second, straight between and flat outside."""
    zero, one = pair
    return np.clip((value - zero) / (one - zero), 0, 1)


def quantile(values: np.ndarray, share: float) -> np.ndarray:
    """The value below which that share of the last axis lies."""
    rank = int((values.shape[-1] - 1) * share + 0.5)
    return np.partition(values, rank, axis=-1)[..., rank]


def windows(length: int, least: int, most: int) -> np.ndarray:
    """Of each cell along a side, the pixels of its window: `[32, side]`."""
    side = min(max(length // GRID, least), most, length)
    start = np.clip((2 * np.arange(GRID) + 1) * length // (2 * GRID) - side // 2, 0, length - side)
    return start[:, None] + np.arange(side)


def tiles(plane: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """All windows of a plane: `[32, 32, height, width]`."""
    return plane[rows[:, None, :, None], columns[None, :, None, :]]


def luma_of(image: Image.Image) -> np.ndarray:
    """BT.601 luma, [0, 1]."""
    return cv2.cvtColor(np.asarray(image, np.float32) / 255, cv2.COLOR_RGB2GRAY)


def shrunk(image: Image.Image, longest: int) -> Image.Image:
    """The picture with a long side of at most that, by averaging."""
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    return image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BOX)


def cell_widths(luma: np.ndarray) -> np.ndarray:
    """The median width of each cell's edges, for the cells that have edges; pixels."""
    known = settings("distortion")["edges"]
    sigma, widest = known["reblur_sigma"], known["max_width"]
    side = 2 * int(np.ceil(3 * sigma)) + 1
    blurred = cv2.GaussianBlur(luma, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    dx, dy = (cv2.Sobel(blurred, cv2.CV_32F, *of, ksize=1, scale=0.5) for of in ((1, 0), (0, 1)))
    strength = cv2.magnitude(dx, dy)
    y, x = (
        2 + np.argwhere(strength[2:-2, 2:-2] >= known["min_contrast"] / np.sqrt(np.pi * 2 * (widest**2 + sigma**2))).T
    )
    here, dx, dy = strength[y, x], dx[y, x], dy[y, x]
    # Where the gradient is largest along its own direction, rounded to 45 degrees.
    tangent = np.tan(np.pi / 8)
    across = np.where(abs(dx) > tangent * abs(dy), np.sign(dx), 0).astype(int)
    down = np.where(abs(dy) > tangent * abs(dx), np.sign(dy), 0).astype(int)
    ridge = (here > strength[y + down, x + across]) & (here >= strength[y - down, x - across])
    y, x, here = y[ridge], x[ridge], here[ridge]
    fine = 0.5 * np.hypot(luma[y, x + 1] - luma[y, x - 1], luma[y + 1, x] - luma[y - 1, x])
    width = sigma / np.sqrt(np.maximum((fine / here) ** 2 - 1, 1e-6))
    contrast = here * np.sqrt(2 * np.pi * (width**2 + sigma**2))
    edge = (width <= widest) & (contrast >= known["min_contrast"])
    widths = np.zeros_like(luma)
    widths[y[edge], x[edge]] = width[edge]

    rows, columns = (windows(length, known["min_window"], length) for length in luma.shape)
    gathered = tiles(widths, rows, columns).reshape(GRID * GRID, -1)
    cell, at = np.nonzero(gathered)
    found = gathered[cell, at]
    counts = np.bincount(cell, minlength=GRID * GRID)
    middle = np.cumsum(counts) - counts + ((counts - 1) * 0.5 + 0.5).astype(int)
    return found[np.lexsort((found, cell))][middle[counts >= known["min_pixels"]]]


@dataclass
class Folds:
    """Sums of each cell's native pixels by phase; `[32, 32, ...]`."""

    # Residuals by row and column modulo 8, and how many there are.
    residual: np.ndarray
    count: np.ndarray
    # Squared residuals.
    energy: np.ndarray
    pixels: int
    # Steps to the right by column modulo 8, and down by row modulo 8, and how many: `[32, 32, 2, 8]`.
    steps: np.ndarray
    step_count: np.ndarray
    # Robust deviations of the finest diagonal detail, and of that an octave coarser.
    fine: np.ndarray
    coarse: np.ndarray


def folds(luma: np.ndarray) -> Folds:
    known = settings("distortion")["generative_noise"]["fold"]
    rows, columns = (windows(length, known["min_window"], known["max_window"]) for length in luma.shape)
    pixels = tiles(luma, rows, columns)
    height, width = pixels.shape[2:]
    clip = known["clip"]
    # Blurring is a product with a matrix on either side, whose border repeats.
    blurred = blur(height, known["residual_sigma"]) @ pixels @ blur(width, known["residual_sigma"]).T
    residual = np.clip(pixels - blurred, -clip, clip)
    # So is adding up by phase: a row a phase.
    down, across = (np.eye(PERIOD, dtype=np.float32)[at % PERIOD] for at in (rows, columns))
    right = np.minimum(abs(np.diff(pixels, axis=3)), clip).sum(axis=2)
    below = np.minimum(abs(np.diff(pixels, axis=2)), clip).sum(axis=3)
    step_count = np.stack(
        np.broadcast_arrays(across[None, :, :-1].sum(axis=2) * height, down[:, None, :-1].sum(axis=2) * width), axis=2
    )
    return Folds(
        residual=down.transpose(0, 2, 1)[:, None] @ residual @ across[None],
        count=down.sum(axis=1)[:, None, :, None] * across.sum(axis=1)[None, :, None, :],
        energy=(residual**2).sum(axis=(2, 3)),
        pixels=height * width,
        steps=np.stack(
            [np.einsum("ijx,jxp->ijp", right, across[:, :-1]), np.einsum("ijy,iyp->ijp", below, down[:, :-1])], axis=2
        ),
        step_count=step_count,
        fine=diagonal_sigma(pixels),
        coarse=2 * diagonal_sigma(halved(pixels)),
    )


def blur(length: int, sigma: float) -> np.ndarray:
    """The matrix that blurs so many values, of which the first and the last repeat."""
    radius = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    matrix = np.zeros((length, length), np.float32)
    for offset, weight in zip(range(-radius, radius + 1), kernel / kernel.sum()):
        matrix[np.arange(length), np.clip(np.arange(length) + offset, 0, length - 1)] += weight
    return matrix


def halved(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[2:]
    pixels = np.pad(pixels, ((0, 0), (0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    return 0.25 * (pixels[..., ::2, ::2] + pixels[..., 1::2, ::2] + pixels[..., ::2, 1::2] + pixels[..., 1::2, 1::2])


def diagonal_sigma(pixels: np.ndarray) -> np.ndarray:
    """Donoho's estimate of each cell's noise: the median height of the finest diagonals / 0.6745."""
    height, width = (length - length % 2 for length in pixels.shape[2:])
    even = pixels[..., :height, :width]
    diagonals = 0.5 * (even[..., ::2, ::2] - even[..., ::2, 1::2] - even[..., 1::2, ::2] + even[..., 1::2, 1::2])
    return quantile(abs(diagonals).reshape(GRID, GRID, -1), 0.5) / 0.6745


def around(cells: np.ndarray) -> np.ndarray:
    """Each cell's sum with its eight neighbours."""
    padded = np.pad(cells, [(1, 1), (1, 1), *[(0, 0)] * (cells.ndim - 2)])
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]


def spread(sums: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of phases on the last axis, the mean of all, and the variance between their means."""
    total = np.maximum(counts.sum(axis=-1), 1)
    mean = sums.sum(axis=-1) / total
    means = sums / np.maximum(counts, 1)
    return mean, (counts * (means - mean[..., None]) ** 2).sum(axis=-1) / total


def generative_noise(found: Folds) -> np.ndarray:
    """How surely each cell shows a generator's grid or noise: severities `[32, 32]`."""
    known = settings("distortion")["generative_noise"]
    by_four = (GRID, GRID, 2, 4, 2, 4)
    phases, counts = (
        around(of).reshape(by_four).sum(axis=(2, 4)).reshape(GRID, GRID, 16) for of in (found.residual, found.count)
    )
    _, variance = spread(phases, counts)
    energy = around(found.energy) / around(np.full((GRID, GRID), found.pixels))
    share = variance / np.maximum(energy, 1e-9)
    grid = ramp(known["periodic_share"], share) * ramp(known["periodic_rms"], np.sqrt(variance))
    steps, counts = (around(of).reshape(GRID, GRID, 2, 2, 4).sum(axis=3) for of in (found.steps, found.step_count))
    mean, variance = spread(steps, counts)
    deviation = np.sqrt(variance)
    modulation = deviation / np.maximum(mean, 1e-6)
    stepped = ramp(known["step_modulation"], modulation) * ramp(known["step_deviation"], deviation)
    whiteness = found.fine / np.maximum(found.coarse, 1e-6)
    noise = ramp(known["noise_sigma"], found.fine) * ramp(known["noise_whiteness"], whiteness)
    return np.maximum(np.maximum(grid, noise), stepped.max(axis=2))


def fidelity(image: Image.Image, luma: np.ndarray, found: Folds) -> float:
    """The measured part of fidelity, [0, 1]; `luma` is at the working size."""
    known = settings("distortion")["fidelity"]
    widths = cell_widths(luma)
    width = quantile(widths, known["sharp_share"]) if len(widths) else known["edgeless_width"]
    low, high = (int((luma.size - 1) * share + 0.5) for share in (0.02, 0.98))
    tones = np.partition(luma.ravel(), [low, high])

    blurred = 0.5 * np.log2(luma.size) - np.log2(max(width / known["finest_width"], 1))
    textured = found.coarse > known["min_texture"]
    ratios = found.fine[textured] / found.coarse[textured]
    octaves = ramp(known["finest_octave"], quantile(ratios, known["detail_share"])) if len(ratios) else 0
    native = 0.5 * np.log2(image.width * image.height) - known["lost_octaves"] * octaves

    steps, counts = found.steps.sum(axis=(0, 1)), found.step_count.sum(axis=(0, 1))
    within = steps[:, :-1].sum(axis=1) / counts[:, :-1].sum(axis=1)
    excess = steps[:, -1] / np.maximum(counts[:, -1], 1) / np.maximum(within, 1e-4) - 1
    parts = {
        "sharpness": width,
        "resolution": min(blurred, native),
        "noise": quantile(found.fine.ravel(), known["noise_share"]),
        "contrast": tones[high] - tones[low],
        "exposure": abs(luma.mean() - 0.5),
        "blocking": max(0, excess.mean()),
    }
    goodness = np.array([max(ramp(known[name]["ramp"], value), known[name]["floor"]) for name, value in parts.items()])
    weights = np.array([known[name]["weight"] for name in parts])
    return float(np.exp(weights @ np.log(goodness) / weights.sum()))
