"""A contact sheet of overlays: `overlays.py DETECTED.jsonl MAPS OUT`, of what `cpaiqa detect IMAGE... --maps MAPS` printed and drew.

A row a picture: as it is, then the overlays of its three worst types with their severities.
"""

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WORST, CELL, LABEL = 3, 260, 22


def cell(path, text):
    """A picture in a square cell, with a line of text under it."""
    made = Image.new("RGB", (CELL, CELL + LABEL), "white")
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((CELL - 4, CELL - 4))
    made.paste(picture, ((CELL - picture.width) // 2, (CELL - picture.height) // 2))
    ImageDraw.Draw(made).text((6, CELL), text, "black", ImageFont.load_default(13))
    return made


def row(line, maps):
    path = Path(line["image"])
    worst = sorted(line["distortions"], key=lambda found: -(found["severity"] or 0))[:WORST]
    overlays = [cell(maps / f"{path.stem}.{found['type']}.png", f"{found['type']} {found['severity']:.2f}") for found in worst]
    return [cell(path, path.stem), *overlays]


def main(detected, maps, out):
    rows = [row(json.loads(line), Path(maps)) for line in Path(detected).read_text(encoding="utf-8").splitlines()]
    # Two pictures a row of the sheet.
    pairs = [rows[at] + (rows[at + 1] if at + 1 < len(rows) else []) for at in range(0, len(rows), 2)]
    sheet = Image.new("RGB", (CELL * 2 * (WORST + 1), (CELL + LABEL) * len(pairs)), "white")
    for y, cells in enumerate(pairs):
        for x, picture in enumerate(cells):
            sheet.paste(picture, (x * CELL, y * (CELL + LABEL)))
    sheet.save(out, quality=85)


if __name__ == "__main__":
    main(*sys.argv[1:])
