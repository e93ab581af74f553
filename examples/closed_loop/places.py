"""Places to paint: whether two lie apart, a box around several, and their mask as a picture."""

import struct
import zlib


def apart(one, other):
    """Whether the boxes [left, top, width, height] share nothing."""
    return any(one[k] + one[k + 2] <= other[k] or other[k] + other[k + 2] <= one[k] for k in (0, 1))


def box(places):
    """The smallest box around all of them, [left, top, width, height] in picture pixels."""
    boxes = [place["bbox"] for place in places]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return [left, top, max(box[0] + box[2] for box in boxes) - left, max(box[1] + box[3] for box in boxes) - top]


def png(masks):
    """What lies in any of the masks as a grey PNG, white where to paint; a pixel for each of their cells.

    A mask is {width, height, counts}: row-major runs, by turns outside and inside, the first outside. All are of one size.
    """
    width, height = masks[0]["width"], masks[0]["height"]
    cells = bytes(map(max, zip(*map(decoded, masks))))
    rows = b"".join(b"\0" + cells[row * width : (row + 1) * width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def decoded(mask):
    return b"".join((b"\xff" if index % 2 else b"\0") * run for index, run in enumerate(mask["counts"]))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
