"""A text as the service draws it for the tower (`services/alignment/src/typeset.rs`), but for the last grey level."""

import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE, MARGIN, SIZES, SPACING = 224, 8, range(32, 11, -1), 1.2


@functools.cache
def font_of(path, size):
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def lines(font, text):
    """The lines, and whether no word is wider than one. Names are short: no word is broken."""
    found, line = [], ""
    for word in text.split():
        if line and font.getlength(f"{line} {word}") > SIDE - 2 * MARGIN:
            found.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*found, line], all(font.getlength(word) <= SIDE - 2 * MARGIN for word in text.split())


def typeset(path, text):
    for size in SIZES:
        font, height = font_of(path, size), round(SPACING * size)
        rows, fits = lines(font, text)
        if fits and len(rows) * height <= SIDE - 2 * MARGIN:
            break
    page = Image.new("RGB", (SIDE, SIDE), "white")
    ascent, descent = font.getmetrics()
    top = (SIDE - len(rows) * height) / 2
    for index, row in enumerate(rows):
        baseline = round(top + index * height + (height - ascent - descent) / 2 + ascent)
        ImageDraw.Draw(page).text((MARGIN, baseline), row, fill="black", font=font, anchor="ls")
    return np.asarray(page)
