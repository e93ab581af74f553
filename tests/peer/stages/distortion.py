"""Twelve distortions and fidelity: the work of `services/distortion`, with the judges that `config/distortion.toml` names."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from PIL import Image

from . import measures
from .measures import GRID, ramp
from .models import Models, planes, settings

STEP = 32
# The one type that a measure judges beside the network, by its place in the network's answer.
NOISE = 9


@dataclass
class Detection:
    fidelity: float
    # `[12]`, by distortion number less one.
    severities: np.ndarray
    # Where each is worst: `[12, 2]`, in fractions of width and height.
    peaks: np.ndarray


class Detector:
    def __init__(self, models: Models) -> None:
        self.settings = settings("distortion")
        known = self.settings["network"]
        self.tower, self.network = models.open(known["tower"]), models.open(known["file"])
        judged = {kind for kind, judge in self.settings["judges"].items() if judge != "network"}
        if judged != {"generative_noise"}:
            raise SystemExit(
                f"expected measures to judge generative noise alone, got {sorted(judged)}; port the others"
            )

    def detect(self, image: Image.Image) -> Detection:
        severities, maps, perceived = self.see(image)
        working = measures.shrunk(image, self.settings["working_side"])
        native = measures.luma_of(image)
        luma = native if working is image else measures.luma_of(working)
        found = measures.folds(native)
        measured = measures.fidelity(image, luma, found)

        noise, counts = measures.generative_noise(found), self.settings["measure_counts"]
        worst = max(1, ceil(noise.size * self.settings["generative_noise"]["pool_share"]))
        pooled = np.partition(noise.ravel(), -worst)[-worst:].mean()
        maps[NOISE] = np.maximum(maps[NOISE], ramp(counts, noise))
        severities[NOISE] = max(severities[NOISE], ramp(counts, pooled))
        rows, columns = np.divmod(maps.reshape(len(maps), -1).argmax(axis=1), GRID)
        peaks = (np.stack([columns, rows], axis=1) + 0.5) / GRID
        return Detection(perceived * float(ramp(self.settings["fidelity"]["undamaged"], measured)), severities, peaks)

    def see(self, image: Image.Image) -> tuple[np.ndarray, np.ndarray, float]:
        """What the network says: severities `[12]`, maps `[12, 32, 32]` whose highest cell is the severity, fidelity."""
        known = self.settings["network"]
        side = known["tower_side"]
        squashed = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))
        mean, deviation = (np.multiply(known[f"tower_{of}"], 255) for of in ("mean", "deviation"))
        tokens = self.tower.run(None, pixel_values=planes(squashed, mean, deviation))
        scale = min(known["side"] / max(image.size), 1)
        width, height = (max(1, round(length * scale)) for length in image.size)
        small = image if (width, height) == image.size else image.resize((width, height), Image.Resampling.BICUBIC)
        # The mirror image fills up to the next sides that the network takes.
        fill = [(0, max(ceil(length / STEP), 2) * STEP - length) for length in (height, width)]
        pixels = planes(np.pad(np.asarray(small), [*fill, (0, 0)], mode="symmetric"), [0] * 3, [255] * 3)
        inputs = {f"tokens_{at}": layer for at, layer in enumerate(tokens, 1)}
        severities, maps, fidelity = self.network.run(["severities", "maps", "fidelity"], pixels=pixels, **inputs)
        rows, columns = maps.shape[2:]
        down = shares(rows, rows * height / pixels.shape[2])
        across = shares(columns, columns * width / pixels.shape[3])
        places = down @ maps[0] @ across.T
        severities = np.clip(severities[0], 0, 1)
        most = np.maximum(places.max(axis=(1, 2)), np.finfo(np.float32).tiny)
        return severities, places * (severities / most)[:, None, None], float(np.clip(fidelity[0, 0], 0, 1))


def shares(cells: int, length: float) -> np.ndarray:
    """The matrix that averages the first `length` of so many cells into a grid's 32."""
    edges = np.linspace(0, length, GRID + 1)
    at = np.arange(cells)
    covered = np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at)
    return (np.maximum(covered, 0) * GRID / length).astype(np.float32)
