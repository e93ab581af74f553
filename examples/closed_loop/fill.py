#!/usr/bin/env python3
"""A generator for trying the loop with, which needs no model: it fills the place to paint from what lies around it.

Reads a request (README.md) on standard input. Words and seeds change nothing, and without a place to paint the picture
stays as it is.
"""

import json
import sys

import cv2
import numpy as np

# The detector sees cells of a 32nd of the picture and gives those at least half as bad as the worst, so a fault may stick
# out of them. This part of the shorter side is painted on top, all around.
MARGIN = 1 / 32
# How far around a pixel its colour is taken from, pixels.
RADIUS = 5


def place(request, height, width):
    """Where to paint: 255, elsewhere 0."""
    if request["mask"]:
        mask = cv2.imread(request["mask"], cv2.IMREAD_GRAYSCALE)
        if mask is None:
            sys.exit(f"expected a mask, but {request['mask']} cannot be read")
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    else:
        mask = np.zeros((height, width), np.uint8)
        if request["box"]:
            left, top, across, down = (round(side) for side in request["box"])
            mask[max(top, 0) : top + down, max(left, 0) : left + across] = 255
    margin = round(MARGIN * min(height, width))
    return cv2.dilate(mask, np.ones((2 * margin + 1,) * 2, np.uint8))


def main():
    request = json.load(sys.stdin)
    if not request["image"]:
        sys.exit("expected a picture to fill a place in, got none: this generator cannot make one from words")
    picture = cv2.imread(request["image"])
    if picture is None:
        sys.exit(f"expected a picture, but {request['image']} cannot be read")
    filled = cv2.inpaint(picture, place(request, *picture.shape[:2]), RADIUS, cv2.INPAINT_TELEA)
    cv2.imwrite(request["out"], filled)


if __name__ == "__main__":
    main()
