"""Text and symbol corruption: letters scrambled, mirrored, melted together or half gone. Natural: the same letters as they are."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .scene import mixed, smooth_noise, visible, warped


class Sign:
    """Lines of words in one of the scripts, somewhere in the picture, with each glyph's box. A script is a pair of words and
    paths of fonts."""

    def __init__(self, scene, scripts, random):
        words, fonts = scripts[random.integers(len(scripts))]
        height, width = scene.size
        self.size = (height, width)
        side = int(random.uniform(0.045, 0.14) * height)
        self.font = ImageFont.truetype(fonts[random.integers(len(fonts))], side)
        self.ink = np.zeros(self.size, np.float32)
        self.boxes = []
        canvas = Image.new("L", (width, height))
        draw = ImageDraw.Draw(canvas)
        left, y = int(random.uniform(0.03, 0.35) * width), int(random.uniform(0.03, 0.6) * height)
        for _ in range(int(random.integers(1, 4))):
            x = left
            for word in random.choice(words, size=3):
                for glyph in str(word):
                    wide = draw.textlength(glyph, font=self.font)
                    if x + wide > width * 0.97 or y + side > height * 0.97:
                        break
                    draw.text((x, y), glyph, fill=255, font=self.font)
                    self.boxes.append((int(x), y, max(2, int(wide)), int(side * 1.2)))
                    x += wide
                x += side * 0.35
            y += int(side * 1.25)
        self.ink = np.asarray(canvas, np.float32) / 255
        self.side = side

    def place(self):
        """Where the sign is, bool."""
        mask = np.zeros(self.size, bool)
        for x, y, width, height in self.boxes:
            mask[y : y + height, max(0, x - 2) : x + width + 2] = True
        return mask

    def on(self, scene, ink, random):
        """The picture with that ink on it, on a panel of its own or on what is there."""
        pixels = scene.pixels
        panel = cv2.dilate(self.place().astype(np.uint8), np.ones((self.side // 2 * 2 + 1,) * 2, np.uint8)).astype(np.float32)
        colour, ground = random.uniform(0, 1, 3).astype(np.float32), random.uniform(0, 1, 3).astype(np.float32)
        if random.random() < 0.6:
            pixels = mixed(pixels, np.broadcast_to(ground, pixels.shape), panel * np.float32(random.uniform(0.5, 1)))
        else:
            ground = pixels[panel > 0].mean(0) if panel.any() else ground
        if abs(colour.mean() - ground.mean()) < 0.4:
            colour = np.clip(ground + (0.55 if ground.mean() < 0.5 else -0.55), 0, 1).astype(np.float32)
        return mixed(pixels, np.broadcast_to(colour, pixels.shape), cv2.GaussianBlur(ink, (0, 0), 0.5))


def corrupted(sign, strength, random):
    """Ink in which a share of the glyphs is no letter any more."""
    ink, hit = sign.ink.copy(), np.zeros(sign.size, bool)
    for box in sign.boxes:
        if random.random() > 0.25 + 0.75 * strength:
            continue
        x, y, width, height = box
        view = ink[y : y + height, x : x + width]
        if view.size == 0:
            continue
        form = random.integers(5)
        if form == 0:
            view[:] = view[:, ::-1]
        elif form == 1:
            view[:] = view[::-1]
        elif form == 2:
            cut = int(height * random.uniform(0.3, 0.6))
            view[cut:] = np.roll(view[cut:], int(width * random.uniform(0.2, 0.6)), 1)
        elif form == 3:
            bar = max(2, height // 9)
            at = int(random.integers(max(1, height - bar)))
            view[at : at + bar] = 0
            across = int(random.integers(max(1, width - bar)))
            view[height // 5 : -height // 5, across : across + bar] = 1
        else:
            x2, y2, w2, h2 = sign.boxes[random.integers(len(sign.boxes))]
            other = ink[y2 : y2 + height, x2 : x2 + width]
            if other.shape == view.shape:
                view[:] = np.maximum(view * (np.arange(width) < width / 2), other)
        hit[y : y + height, x : x + width] = True
    wave, amount = sign.side * 0.35, sign.side * (0.02 + 0.1 * strength)
    dx, dy = (smooth_noise(sign.size, wave, random) * amount * hit for _ in range(2))
    return warped(ink[..., None], dx, dy).reshape(sign.size).clip(0, 1), hit


def fault(scene, strength, random, scripts):
    """A picture with a corrupted sign; its clean self is the same picture with the sign as it should be."""
    sign = Sign(scene, scripts, random)
    if not sign.boxes:
        return None
    ink, hit = corrupted(sign, strength, random)
    seed = int(random.integers(2**31))
    clean = sign.on(scene, sign.ink, np.random.default_rng(seed))
    after = sign.on(scene, ink, np.random.default_rng(seed))
    return after, hit & visible(clean, after, sign.side / 6)


def twin(scene, random, scripts):
    sign = Sign(scene, scripts, random)
    return sign.on(scene, sign.ink, random)
