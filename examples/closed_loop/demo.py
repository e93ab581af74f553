"""The demonstration's own part: `demo.py spoil PICTURE OUT` and, when the loop is through, `demo.py show FOLDER OUT`."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

# Where garbled writing goes, as parts of the picture's sides (left, top, width, height), and in what colour (blue, green,
# red): both in the sky of plane-in-snow.jpg, which a fill can paint on.
WRITING = [((0.075, 0.075, 0.25, 0.11), (240, 240, 240)), ((0.725, 0.085, 0.2, 0.1), (40, 30, 20))]
LINES, STROKES = 2, 3
# A shown picture's side and its caption's height, pixels.
SIDE, CAPTION = 290, 26


def spoil(picture, out):
    """Writes what looks like letters and is none into the picture, always the same."""
    pixels, random = cv2.imread(picture), np.random.default_rng(3)
    size = np.array(pixels.shape[1::-1])
    for place, colour in WRITING:
        start, extent = np.array(place[:2]) * size, np.array(place[2:]) * size
        letter = np.array([0.6, 1]) * extent[1] / LINES
        for line in range(LINES):
            for column in range(int(extent[0] / letter[0])):
                corner = start + letter * (column, line)
                for _ in range(STROKES):
                    stroke = corner + letter * random.uniform((0, 0.1), (0.9, 0.85), (3, 2))
                    cv2.polylines(pixels, [stroke.astype(np.int32)], False, colour, 2, cv2.LINE_AA)
    cv2.imwrite(out, pixels)


def show(folder, out):
    """Before, what was painted over, and after, side by side with the scores."""
    folder = Path(folder)
    rounds = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = [line for line in rounds if line["kept"]]
    masks = [cv2.imread(line["request"]["mask"]) for line in kept if line["request"] and line["request"]["mask"]]
    painted = np.max(masks, axis=0) if masks else np.zeros((1, 1, 3), np.uint8)
    before = cv2.imread(str(folder.parent / "start.png"))
    after = cv2.imread(str(next(folder.glob("best.*"))))
    shown = [
        captioned(before, f"before: {kept[0]['score']:.1f}"),
        captioned(painted, "painted over", cv2.INTER_NEAREST),
        captioned(after, f"after: {kept[-1]['score']:.1f}"),
    ]
    cv2.imwrite(out, np.concatenate(shown, 1), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def captioned(picture, words, scaling=cv2.INTER_AREA):
    picture = cv2.resize(picture, (SIDE, SIDE), interpolation=scaling)
    picture = cv2.copyMakeBorder(picture, CAPTION, 0, 0, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return cv2.putText(picture, words, (8, CAPTION - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)


if __name__ == "__main__":
    {"spoil": spoil, "show": show}[sys.argv[1]](*sys.argv[2:])
