"""Test pictures of which is known what stands where: captioned stamps pasted on pictures."""

import random
import re
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 512
# Subjects whose captions name a thing.
SUBJECTS = ["animals", "food", "vehicles", "household", "hobbies", "plants", "clothes", "sports", "town"]
LONGEST_NAME = 3


class Part:
    """One pasted stamp: its name, and its mask as bool [SIDE, SIDE]."""

    def __init__(self, name, mask):
        self.name, self.mask = name, mask

    @property
    def box(self):
        """Left, top, right, bottom in pixels."""
        rows, columns = np.flatnonzero(self.mask.any(1)), np.flatnonzero(self.mask.any(0))
        return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def stamps(folder):
    """One stamp a name: name → file."""
    found = {}
    for subject in SUBJECTS:
        for path in sorted((Path(folder) / subject).rglob("*.png")):
            caption = path.with_suffix(".txt")
            lines = caption.read_text(encoding="utf-8").splitlines() if caption.exists() else []
            name = re.sub(r"^(an?|the|some) ", "", lines[0].strip(" .!").lower()) if lines else ""
            if 0 < len(name.split()) <= LONGEST_NAME and name.replace(" ", "").isalpha():
                found.setdefault(name, path)
    return found


def composites(folder, backgrounds, count, seed, parts=(2, 4)):
    """Pictures with their parts, and as many names of which none was pasted."""
    choose = random.Random(seed)
    files = stamps(folder)
    names = sorted(files)
    for _ in range(count):
        picture = Image.open(choose.choice(backgrounds)).convert("RGB")
        short = min(picture.size)
        left, top = (picture.width - short) // 2, (picture.height - short) // 2
        picture = picture.crop((left, top, left + short, top + short)).resize((SIDE, SIDE), Image.BICUBIC)
        chosen = choose.sample(names, 2 * choose.randint(*parts))
        half = len(chosen) // 2
        # Each in a quarter of its own, so that none covers another.
        quarters = choose.sample([(0, 0), (0, 1), (1, 0), (1, 1)], half)
        yield picture, [paste(picture, name, files[name], q, choose) for name, q in zip(chosen, quarters)], chosen[half:]


def paste(picture, name, path, quarter, choose):
    stamp = Image.open(path).convert("RGBA")
    stamp = stamp.crop(stamp.getbbox())
    longest = choose.uniform(0.4, 0.95) * SIDE / 2
    scale = longest / max(stamp.size)
    stamp = stamp.resize([max(1, round(side * scale)) for side in stamp.size], Image.BICUBIC)
    room = [SIDE // 2 - side for side in stamp.size]
    x, y = (start * SIDE // 2 + choose.randint(0, free) for start, free in zip(quarter, room))
    picture.paste(stamp, (x, y), stamp)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[y : y + stamp.height, x : x + stamp.width] = np.asarray(stamp.getchannel("A")) > 127
    return Part(name, mask)
