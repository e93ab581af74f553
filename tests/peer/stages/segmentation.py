"""Region proposals by SAM: the work of `services/segmentation`."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from PIL import Image

from .models import Models, planes, settings

SIDE = 1024
LOW_RES = 256
# Points that the shipped decoder takes a run.
BATCH = 4
MEAN, DEVIATION = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


@dataclass
class Region:
    # x, y, width and height, picture pixels.
    bbox: tuple[float, float, float, float]
    # Which part of the picture it covers.
    area: float
    stability: float


# Takes the embedding and points `f32 [N, 2]` in the encoder's pixels; gives expected IoU `[N]` and logits `[N, 256, 256]`.
Decode = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def published(models: Models, pool: Executor) -> Decode:
    """The decoder as it is published takes one prompt a run; the points are spread over the pool."""
    decoder = models.open("mobile-sam-decoder-published")
    no_mask = np.zeros((1, 1, LOW_RES, LOW_RES), np.float32)

    def decode(embedding: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        def one(point: np.ndarray) -> list[np.ndarray]:
            return decoder.run(
                ["iou_predictions", "low_res_masks"],
                image_embeddings=embedding,
                # The graph wants a second, padding point when there is no box.
                point_coords=np.float32([[point, [0, 0]]]),
                point_labels=np.float32([[1, -1]]),
                mask_input=no_mask,
                has_mask_input=np.zeros(1, np.float32),
                # Masks as large as the picture, which this graph makes in any case and nobody reads, are kept small.
                orig_im_size=np.float32([64, 64]),
            )

        ious, logits = zip(*pool.map(one, points))
        return np.concatenate(ious)[:, 0], np.concatenate(logits)[:, 0]

    return decode


def shipped(models: Models, pool: Executor) -> Decode:
    """Our store's decoder takes many prompts a run, and makes whole masks of all when asked to."""
    decoder = models.open("mobile-sam-decoder")

    def decode(embedding: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        def some(points: np.ndarray) -> list[np.ndarray]:
            return decoder.run(
                ["iou", "fine_masks"],
                image_embeddings=embedding,
                # The graph wants a second, padding point each.
                point_coords=np.stack([points, np.zeros_like(points)], axis=1),
                point_labels=np.tile(np.float32([[1, -1]]), (len(points), 1)),
                least_iou=np.array(-np.inf, np.float32),
            )

        ious, logits = zip(*pool.map(some, np.split(points, range(BATCH, len(points), BATCH))))
        return np.concatenate(ious), np.concatenate(logits)

    return decode


# By the name that --sam takes: what our store's files are called beyond the shipped ones' names, and the decoder.
FORMS = {"published": ("-published", published), "shipped": ("", shipped)}


class Segmenter:
    def __init__(self, models: Models, form: str, pool: Executor) -> None:
        self.settings = settings("segmentation")
        ending, decoder = FORMS[form]
        self.encoder = models.open(self.settings["encoder"] + ending)
        self.decode = decoder(models, pool)

    def regions(self, image: Image.Image) -> list[Region]:
        """The regions worth keeping, largest first."""
        known = self.settings
        scale = SIDE / max(image.size)
        width, height = (min(max(round(side * scale), 1), SIDE) for side in image.size)
        pixels = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
        # Padding is zero after normalisation, as in training.
        padded = np.zeros((1, 3, SIDE, SIDE), np.float32)
        padded[:, :, :height, :width] = planes(pixels, MEAN, DEVIATION)
        (embedding,) = self.encoder.run(None, input=padded)
        ious, logits = self.decode(embedding, self.points(width, height))
        # The picture's part of the cells, without the padding.
        logits = logits[:, : ceil(height * LOW_RES / SIDE), : ceil(width * LOW_RES / SIDE)]

        offset = known["stability_offset"]
        inside, around = ((logits > threshold).sum(axis=(1, 2)) for threshold in (offset, -offset))
        stability = inside / np.maximum(around, 1)
        good = (ious >= known["min_predicted_iou"]) & (stability >= known["min_stability"])
        ious, stability, masks = np.clip(ious[good], 0, 1), stability[good], logits[good] > 0
        if not len(masks):
            return []
        cells = masks[0].size
        masks = np.stack([without_specks(mask, ceil(known["min_part"] * cells)) for mask in masks])
        areas = masks.sum(axis=(1, 2))
        large = areas >= ceil(known["min_area"] * cells)
        kept = np.flatnonzero(large)[distinct(masks[large], (ious + stability)[large], known["max_overlap"])]
        kept = kept[np.argsort(-areas[kept], kind="stable")][: known["max_regions"]]
        return [Region(box(masks[at], image.size), areas[at] / cells, stability[at]) for at in kept]

    def points(self, width: int, height: int) -> np.ndarray:
        """The grid: so many points on the longer side, the same spacing on the other."""
        spacing = max(width, height) / self.settings["points_per_side"]
        columns, rows = (max(1, round(side / spacing)) for side in (width, height))
        x, y = np.meshgrid((np.arange(columns) + 0.5) / columns * width, (np.arange(rows) + 0.5) / rows * height)
        return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def without_specks(mask: np.ndarray, least: int) -> np.ndarray:
    """The mask without connected parts, and then without holes, of fewer cells."""
    for value in (1, 0):
        _, labels, stats, _ = cv2.connectedComponentsWithStats((mask == value).astype(np.uint8), connectivity=4)
        small = stats[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        mask = np.where(small[labels], not value, mask)
    return mask


def distinct(masks: np.ndarray, quality: np.ndarray, most: float) -> np.ndarray:
    """Indices of the masks that overlap no better one by more than that IoU, the best first."""
    flat = masks.reshape(len(masks), -1).astype(np.float32)
    areas, both = flat.sum(axis=1), flat @ flat.T
    iou = both / np.maximum(areas[:, None] + areas - both, 1)
    kept: list[int] = []
    for at in np.argsort(-quality, kind="stable"):
        if not (iou[at, kept] > most).any():
            kept.append(at)
    return np.array(kept, int)


def box(mask: np.ndarray, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The box around a mask that covers a picture of that size, in its pixels."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    across, down = size[0] / mask.shape[1], size[1] / mask.shape[0]
    return left * across, top * down, width * across, height * down
