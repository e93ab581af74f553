"""What the student learns from: the image tower's embeddings of rendered texts and of captioned pictures.

`teacher.py TOWER FONT PICTURES CLASSES WORK`: TOWER is the int8 image tower, FONT a TrueType file, PICTURES the folder that
`fetch.sh` filled, CLASSES the folder of true text embeddings. Writes `texts.npz`, `classes.npz` and `pictures.npz` to WORK
and goes on where it stopped.
"""

import csv
import hashlib
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from PIL import Image, ImageDraw, ImageFont

from classes import Classes

HERE = Path(__file__).parent
SIDE, PATCH = 224, 16
GRID = SIDE // PATCH
MARGIN = 4
SMALLER = (20, 18, 16, 14, 12)
MEAN = np.array([122.77094, 116.74601, 104.09374], np.float32)
DEVIATION = np.array([68.5005, 66.6322, 70.3232], np.float32)
GROUNDS = [(255, 255, 255)] * 2 + [(235, 235, 230), (200, 215, 230), (120, 150, 110), (90, 90, 95)]
CHUNK = 500
PROCESSES = 2


def main(tower, font, pictures, classes, work):
    work = Path(work)
    work.mkdir(parents=True, exist_ok=True)
    cut = work / "tower-tokens.onnx"
    if not cut.exists():
        onnx.save(with_chosen_tokens(onnx.load(tower)), cut)
    texts = [(row["text"], int(row["size"]), float(row["spacing"])) for row in table("texts.tsv")]
    names = [(name, 24, 1.15) for name in dict.fromkeys(Classes(classes).names)]
    files = [str(Path(pictures) / row["package"] / row["path"]) for row in table("pictures.tsv")]
    with ProcessPoolExecutor(PROCESSES, initializer=start, initargs=(str(cut), font)) as pool:
        collect(pool, embed_text, texts, work / "texts.npz")
        collect(pool, embed_text, names, work / "classes.npz")
        collect(pool, embed_picture, files, work / "pictures.npz")


def table(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def collect(pool, embed, items, path):
    """Embeds `items` in order and keeps what is done after every chunk."""
    done = np.load(path)["embeddings"] if path.exists() else np.zeros((0, 512), np.float16)
    for start_at in range(len(done), len(items), CHUNK):
        new = list(pool.map(embed, items[start_at:start_at + CHUNK], chunksize=10))
        done = np.concatenate([done, np.array(new, np.float16)])
        np.savez(path.with_suffix(".part.npz"), embeddings=done)
        path.with_suffix(".part.npz").replace(path)
        print(f"{path.stem}: {len(done)} of {len(items)}", flush=True)


def with_chosen_tokens(model):
    """The tower with an input `keep`: only these tokens are computed. Blank paper around a short phrase costs nothing then."""
    graph = model.graph
    places = [i for i, node in enumerate(graph.node) if node.op_type == "Add" and "embeddings" in node.name]
    node = graph.node[places[-1]]
    tokens = node.output[0]
    node.output[0] = tokens + "_all"
    graph.node.insert(places[-1] + 1, helper.make_node("Gather", [tokens + "_all", "keep"], [tokens], axis=1))
    graph.input.append(helper.make_tensor_value_info("keep", TensorProto.INT64, ["kept"]))
    del graph.output[1:], graph.value_info[:]
    return model


def start(tower, font):
    """One session a process; one thread each, since a short phrase does not fill two."""
    global session, font_path
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session, font_path = onnxruntime.InferenceSession(tower, options), font


def embed(picture, tokens):
    planes = ((np.asarray(picture.convert("RGB"), np.float32) - MEAN) / DEVIATION).transpose(2, 0, 1)
    row = session.run(["image_embeds"], {"pixel_values": planes[None], "keep": np.array(tokens, np.int64)})[0][0]
    return row / np.linalg.norm(row)


def embed_text(item):
    return embed(*rendered(*item))


def embed_picture(path):
    return embed(placed(path), range(1 + GRID * GRID))


def rendered(text, size, spacing):
    """Black letters in the middle of a white square, and the tokens that hold them."""
    for size in [size] + [smaller for smaller in SMALLER if smaller < size]:
        font = ImageFont.truetype(font_path, size)
        lines = wrapped(text.split(), font)
        step = round(size * spacing)
        width = max(font.getlength(line) for line in lines)
        if width <= SIDE - 2 * MARGIN and len(lines) * step + 2 * MARGIN <= SIDE:
            break
    lines = lines[:max(1, (SIDE - 2 * MARGIN) // step)]
    height = len(lines) * step
    rows = -(-(height + 2 * MARGIN) // PATCH)
    columns = min(GRID, -(-(int(width) + 2 * MARGIN) // PATCH))
    top, left = (GRID - rows) // 2, (GRID - columns) // 2
    picture = Image.new("L", (SIDE, SIDE), 255)
    x, y = left * PATCH + (columns * PATCH - width) / 2, top * PATCH + (rows * PATCH - height) / 2
    for index, line in enumerate(lines):
        ImageDraw.Draw(picture).text((x, y + index * step), line, font=font, fill=0)
    inside = [1 + row * GRID + column for row in range(top, top + rows) for column in range(left, left + columns)]
    return picture, [0] + inside


def wrapped(words, font):
    lines = []
    for word in words:
        if lines and font.getlength(f"{lines[-1]} {word}") <= SIDE - 2 * MARGIN:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def placed(path):
    """The picture's middle square; what has a transparent ground is set on a plain one, in a size drawn by its name."""
    picture = Image.open(path).convert("RGBA")
    if picture.getchannel("A").getextrema()[0] > 250:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        return picture.convert("RGB").crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.BICUBIC)
    draw = random.Random(hashlib.sha256(Path(path).name.encode()).digest())
    picture.thumbnail((400, 400))
    side = int(max(picture.size) * draw.uniform(1.0, 1.25))
    ground = Image.new("RGBA", (side, side), draw.choice(GROUNDS) + (255,))
    ground.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return ground.convert("RGB").resize((SIDE, SIDE), Image.BICUBIC)


if __name__ == "__main__":
    main(*sys.argv[1:])
