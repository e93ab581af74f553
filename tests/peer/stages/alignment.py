"""Pictures against texts by CLIP: the work of `services/alignment`.

Each view is a run of its own, as in the service: on a CPU a batch of crops takes no less time, and the tower
quantises over the whole batch.
"""

import re
from concurrent.futures import Executor
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from .models import Models, planes, settings, stored, unit
from .segmentation import Region

MARGIN = 8
SIZES = range(32, 11, -1)


def phrases(prompt: str) -> list[str]:
    """The prompt's parts: split at commas, `with` and `and`."""
    return [part for part in re.split(r"\s*(?:[,.;:]|\bwith\b|\band\b)\s*", prompt) if part]


class Aligner:
    def __init__(self, models: Models, pool: Executor) -> None:
        self.settings = settings("alignment")
        model = self.settings["models"][self.settings["model"]]
        self.pool, self.image, self.calibrations = pool, model["image"], model["calibrations"]
        self.tower = models.open(self.image["file"])
        learned = model["text"]["learned"]
        self.encoder = models.open(learned["file"])
        self.tokenizer = Tokenizer.from_file(str(stored(learned["tokenizer"])))
        self.tokenizer.enable_truncation(learned["max_tokens"])
        self.tokenizer.enable_padding()
        font = str(stored(model["text"]["rendered"]["font"]))
        self.fonts = {size: ImageFont.truetype(font, size) for size in SIZES}
        self.space = load_file(stored(model["space"]))
        self.head = load_file(stored(model["presence"]))
        self.aesthetics = {**model["aesthetics"], **load_file(stored(model["aesthetics"]["head"]))}
        # A gateway asks about many pictures of one prompt.
        self.texts = lru_cache(maxsize=8192)(self.encode)

    def embed(self, view: Image.Image) -> np.ndarray:
        """A square's embedding: `f32 [512]`, of length 1, not centred."""
        mean, deviation = (np.multiply(self.image[of], 255) for of in ("mean", "deviation"))
        (embedding,) = self.tower.run(["image_embeds"], pixel_values=planes(np.asarray(view), mean, deviation))
        return unit(embedding[0])

    def view(self, image: Image.Image, square: tuple[float, float, float, float]) -> Image.Image:
        side = self.image["side"]
        return image.resize((side, side), Image.Resampling.BICUBIC, box=square)

    def whole(self, image: Image.Image) -> np.ndarray:
        """The embedding of the picture's middle, as wide as its short side."""
        (width, height), short = image.size, min(image.size)
        left, top = (width - short) / 2, (height - short) / 2
        return self.embed(self.view(image, (left, top, left + short, top + short)))

    def crop(self, image: Image.Image, region: Region) -> np.ndarray:
        """The embedding of the square around a region, moved inside the picture."""
        x, y, width, height = region.bbox
        side = max(max(width, height) * (1 + self.settings["regions"]["crop_margin"]), 1)
        wide, high = min(side, image.width), min(side, image.height)
        left = min(max(x + width / 2 - wide / 2, 0), image.width - wide)
        top = min(max(y + height / 2 - high / 2, 0), image.height - high)
        return self.embed(self.view(image, (left, top, left + wide, top + high)))

    def placed(self, embeddings: np.ndarray, encoder: str) -> np.ndarray:
        """What an encoder gives, in the joint space."""
        centred = unit(embeddings - self.space[f"{encoder}_mean"])
        turn = self.space.get(f"{encoder}_map")
        return centred if turn is None else unit(centred @ turn)

    def encode(self, prompt: str) -> tuple[np.ndarray, np.ndarray]:
        """The prompt, read by both encoders, and its phrases: `f32 [512]` and `f32 [N, 512]`."""
        tokens = self.tokenizer.encode_batch([prompt, *phrases(prompt)])
        (learned,) = self.encoder.run(
            ["text_embeds"],
            input_ids=np.array([text.ids for text in tokens]),
            attention_mask=np.array([text.attention_mask for text in tokens]),
        )
        learned = self.placed(unit(learned), "learned")
        rendered = self.placed(self.embed(self.typeset(prompt)), "rendered")
        return unit(learned[0] + rendered), learned[1:]

    def typeset(self, text: str) -> Image.Image:
        """The text in black on white, as large as it fits."""
        side = self.image["side"]
        for size in SIZES:
            lines = broken(text, self.fonts[size], side - 2 * MARGIN)
            if round(1.2 * size) * len(lines) <= side - 2 * MARGIN:
                break
        page = Image.new("RGB", (side, side), "white")
        draw, high = ImageDraw.Draw(page), round(1.2 * size)
        top = (side - high * len(lines)) / 2
        for at, line in enumerate(lines):
            draw.text((MARGIN, top + (at + 0.5) * high), line, "black", self.fonts[size], anchor="lm")
        return page

    def globally(self, prompt: str, whole: np.ndarray) -> tuple[float, float]:
        """How well the whole picture keeps the prompt, and how pleasing it is, each [0, 1]."""
        text, _ = self.texts(prompt)
        cosine = float(self.placed(whole, "image") @ text)
        head = self.aesthetics
        pleasing = (float(head["weight"] @ whole + head["bias"][0]) - head["midpoint"]) / head["spread"]
        return logistic(self.calibrations["prompt"], cosine), 1 / (1 + np.exp(-pleasing))

    def locally(
        self, prompt: str, whole: np.ndarray, image: Image.Image, regions: list[Region]
    ) -> tuple[float | None, np.ndarray, list[int | None]]:
        """Local alignment, and of each phrase its presence and its best region, if one fits better than the whole."""
        _, sought = self.texts(prompt)
        if not len(sought):
            return None, np.empty(0), []
        crops = list(self.pool.map(lambda region: self.crop(image, region), regions))
        views = self.placed(np.stack([*crops, whole]), "image")
        best = (sought @ views.T).argmax(axis=1)
        presence = self.presence(sought, views[-1], views[best])
        places = [int(at) if at < len(regions) else None for at in best]
        covered = np.array([1 if at is None else area(regions[at]) / (image.width * image.height) for at in places])
        floor = self.settings["coverage"]["floor"]
        weights = floor + (1 - floor) * np.sqrt(np.clip(covered, 0, 1))
        return float(weights @ presence / weights.sum()), presence, places

    def presence(self, sought: np.ndarray, whole: np.ndarray, best: np.ndarray) -> np.ndarray:
        """How likely the picture shows each phrase, by the presence head."""
        seen = [(view, (sought * view).sum(axis=1, keepdims=True)) for view in (whole, best)]
        inputs = np.hstack([np.hstack([sought * view, abs(sought - view), cosine]) for view, cosine in seen])
        hidden = inputs @ self.head["hidden"].T + self.head["bias"]
        hidden = 0.5 * hidden * (1 + np.tanh(np.sqrt(2 / np.pi) * (hidden + 0.044715 * hidden**3)))
        line = np.hstack([np.ones((len(sought), 1)), *(cosine for _, cosine in seen)]) @ self.head["line"]
        return 1 / (1 + np.exp(-(line + hidden @ self.head["out"])))


def broken(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """The text in lines of at most that width, broken between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def logistic(calibration: dict[str, Any], cosine: float) -> float:
    return 1 / (1 + np.exp(-(calibration["slope"] * cosine + calibration["offset"])))


def area(region: Region) -> float:
    return region.bbox[2] * region.bbox[3]
