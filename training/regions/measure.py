"""Which way to embed a region tells best what it holds, and what each costs.

`measure.py TOWER FONT STAMPS BACKGROUNDS [COUNT]`: the tower is the store's int8 or mixed file, STAMPS the folder of Tux
Paint's stamps, BACKGROUNDS a folder of pictures. The first half of the test pictures only centres, the second is judged.
"""

import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageFilter

import composites
from last_layers import LAYERS, LastLayers, normalised, state_name, with_states
from typeset import typeset

SEED = 20
SIDE, GRID = 224, 14
MARGIN = 0.1
MEAN = np.array([122.77094, 116.74601, 104.09374], np.float32)
DEVIATION = np.array([68.5005, 66.6322, 70.3232], np.float32)
STATES = range(LAYERS - 4, LAYERS + 1)
RESAMPLES = 1000


class Tower:
    def __init__(self, path, source):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = with_states(path, STATES)
        self.outputs = [output.name for output in model.graph.output]
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        self.last = LastLayers(source)

    def run(self, picture, outputs):
        pixels = ((np.asarray(picture, np.float32) - MEAN) / DEVIATION).transpose(2, 0, 1)[None]
        return [value[0] for value in self.session.run(outputs, {"pixel_values": np.ascontiguousarray(pixels)})]

    def embed(self, picture):
        return normalised(self.run(picture, ["image_embeds"])[0])

    def states(self, picture):
        return dict(zip(STATES, self.run(picture, [state_name(layer) for layer in STATES])))


def square(part, size):
    """The square around a region's box with a margin, moved inside the picture."""
    left, top, right, bottom = part.box
    side = min(max(right - left, bottom - top) * (1 + MARGIN), size)
    x = min(max((left + right - side) / 2, 0), size - side)
    y = min(max((top + bottom - side) / 2, 0), size - side)
    return x, y, x + side, y + side


def crop(picture, part):
    return picture.resize((SIDE, SIDE), Image.BICUBIC, box=square(part, picture.width))


def masked_crop(fill):
    def view(picture, part):
        outside = picture.filter(ImageFilter.GaussianBlur(20)) if fill == "blur" else Image.new("RGB", picture.size, fill)
        return crop(Image.composite(picture, outside, Image.fromarray(part.mask)), part)
    return view


def coverage(parts, rows=GRID):
    """How much of each patch a region covers, [regions, rows * rows]."""
    step = parts[0].mask.shape[0] / rows
    scaled = [np.asarray(Image.fromarray(part.mask.astype(np.float32)).resize((rows, rows), Image.BOX)) for part in parts]
    return np.stack(scaled).reshape(len(parts), -1)


def pooled(dense, cover):
    return normalised(cover @ dense)


VIEWS = {"crop": crop, "masked crop, mean": masked_crop((123, 117, 104)),
         "masked crop, blur": masked_crop("blur")}
DENSE = ["tokens", "maskclip", "value", "q", "k"]


def ways(tower, picture, parts):
    """Way → region embeddings."""
    found = {name: np.stack([tower.embed(view(picture, part)) for part in parts]) for name, view in VIEWS.items()}
    found["crop + masked crop, mean"] = normalised(found["crop"] + found["masked crop, mean"])
    found["crop + masked crop, blur"] = normalised(found["crop"] + found["masked crop, blur"])
    states, cover = tower.states(picture.resize((SIDE, SIDE), Image.BICUBIC)), coverage(parts)
    for way in DENSE:
        found[f"dense, {way}"] = pooled(tower.last.dense(states, way), cover)
    for last in range(1, 5):
        found[f"class token, last {last}"] = tower.last.masked_class(states, cover, last)
    half = picture.width // 2
    for way in ["maskclip", "q"]:
        grid = np.zeros((2 * GRID, 2 * GRID, 512), np.float32)
        for row in range(2):
            for column in range(2):
                key = ("window", row, column)
                window = picture.crop((column * half, row * half, (column + 1) * half, (row + 1) * half))
                if key not in found:
                    found[key] = tower.states(window.resize((SIDE, SIDE), Image.BICUBIC))
                dense = tower.last.dense(found[key], way).reshape(GRID, GRID, -1)
                grid[row * GRID : (row + 1) * GRID, column * GRID : (column + 1) * GRID] = dense
        found[f"4 windows, {way}"] = pooled(grid.reshape(-1, 512), coverage(parts, 2 * GRID))
    return {name: value for name, value in found.items() if isinstance(name, str)}


def auc(own, other):
    other = np.sort(other)
    return (np.searchsorted(other, own, "left") + np.searchsorted(other, own, "right")).mean() / (2 * len(other))


def main(tower_path, source, font, stamps, backgrounds, count="60"):
    tower = Tower(tower_path, source)
    files = sorted(path for path in Path(backgrounds).iterdir() if path.suffix in (".webp", ".png", ".jpg"))
    pictures = list(composites.composites(stamps, files, int(count), SEED))
    names = sorted({name for _, parts, absent in pictures for name in [part.name for part in parts] + absent})
    texts = np.stack([tower.embed(typeset(font, name)) for name in names])
    texts = dict(zip(names, normalised(texts - texts.mean(0))))
    rows = []
    for index, (picture, parts, absent) in enumerate(pictures):
        rows.append((ways(tower, picture, parts), [part.name for part in parts], absent))
        print(f"{index + 1} of {count}", file=sys.stderr, end="\r")
    centring, judged = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    print(f"{len(judged)} pictures, {sum(len(own) for _, own, _ in judged)} regions")
    for way in rows[0][0]:
        mean = np.concatenate([found[way] for found, _, _ in centring]).mean(0)
        right, present, missing = [], [], []
        for found, own, absent in judged:
            regions = normalised(found[way] - mean)
            cosines = regions @ np.stack([texts[name] for name in own]).T
            right.append(cosines.argmax(0) == np.arange(len(own)))
            present.append(cosines.max(0))
            missing.append((regions @ np.stack([texts[name] for name in absent]).T).max(0))
        draws = np.random.default_rng(SEED).integers(len(right), size=(RESAMPLES, len(right)))
        low, high = np.percentile([np.concatenate([right[i] for i in draw]).mean() for draw in draws], [2.5, 97.5])
        print(f"{way:26s} own region {np.concatenate(right).mean():.3f} [{low:.2f}, {high:.2f}], "
              f"present against absent AUC {auc(np.concatenate(present), np.concatenate(missing)):.3f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
