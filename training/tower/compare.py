"""Forms of the tower against its float form: agreement and time.

`compare.py TOWER FONT INPUTS [COUNT [FILE...]]`: TOWER is the published int8 file, INPUTS the lines of `../joint_space/sources.py`,
of which COUNT pictures and COUNT texts are drawn; other FILEs, such as the store's, are compared as well. Runs are interleaved, so that a busy machine slows all forms alike.
"""

import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image

from variants import products, variant

sys.path.insert(0, str(Path(__file__).parent.parent / "regions"))
from measure import DEVIATION, MEAN, SIDE  # noqa: E402
from typeset import typeset  # noqa: E402

SEED = 0
OUTLIERS = 8


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def tensor(line, font):
    kind, what = line.split("\t", 1)
    if kind == "text":
        pixels = typeset(font, what)
    else:
        picture = Image.open(what).convert("RGB")
        side = min(picture.size)
        x, y = (picture.width - side) / 2, (picture.height - side) / 2
        pixels = picture.resize((SIDE, SIDE), Image.BICUBIC, box=(x, y, x + side, y + side))
    return np.ascontiguousarray(((np.asarray(pixels, np.float32) - MEAN) / DEVIATION).transpose(2, 0, 1)[None])


def outliers(path, every, tensors):
    """The channels of each product's input that become largest: {x: (channels, largest of all)}."""
    model = variant(path, every)
    names = sorted({p.x for p in products(onnx.load(path))})
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in names)
    run, most = session(model), {}
    for pixels in tensors:
        for name, value in zip(names, run.run(names, {"pixel_values": pixels})):
            largest = np.abs(value).reshape(-1, value.shape[-1]).max(0)
            most[name] = np.maximum(most.get(name, 0), largest)
    return {name: (np.sort(np.argsort(-largest)[:OUTLIERS]), largest) for name, largest in most.items()}


def main(path, font, inputs, count="24", *others):
    random, lines = np.random.default_rng(SEED), Path(inputs).read_text(encoding="utf-8").splitlines()
    pictures, texts = ([line for line in lines if line.startswith(kind)] for kind in ["image", "text"])
    drawn = [str(line) for kind in [pictures, texts] for line in random.choice(kind, int(count), replace=False)]
    every = {p.name for p in products(onnx.load(path))}
    rest = [line for line in lines if line not in drawn]
    seen = outliers(path, every, [tensor(str(line), font) for line in random.choice(rest, 12, replace=False)])
    narrow = {f"{layer}.fc2" for layer in (5, 6, 7)}
    shipped = {f"{layer}.fc1" for layer in range(7)} | {f"{layer}.fc2" for layer in range(4, 11)}
    forms = {
        "int8": variant(path),
        "fc2 5-7 float": variant(path, narrow),
        "fc2 4-10 float": variant(path, {f"{layer}.fc2" for layer in range(4, 11)}),
        "fc1 0-6, fc2 4-10 float": variant(path, shipped),
        "fc1, fc2 float": variant(path, {name for name in every if "fc" in name}),
        f"{OUTLIERS} channels float": variant(path, outliers=seen),
        "by token": variant(path, token=True),
        "float": variant(path, every),
    } | {Path(other).name: onnx.load(other) for other in others}
    sessions = {name: session(model) for name, model in forms.items()}
    found, times = {name: [] for name in forms}, {name: [] for name in forms}
    for line in drawn:
        pixels = tensor(line, font)
        for name, run in sessions.items():
            start = time.perf_counter()
            embedding = run.run(["image_embeds"], {"pixel_values": pixels})[0][0]
            times[name].append(time.perf_counter() - start)
            found[name].append(embedding / np.linalg.norm(embedding))
    for name in forms:
        cosines = (np.array(found[name]) * np.array(found["float"])).sum(1).reshape(2, -1)
        figures = " ".join(f"{kind} {c.mean():.4f} (5th percentile {np.percentile(c, 5):.4f})"
                           for kind, c in zip(["pictures", "texts"], cosines))
        ratio = np.median(np.array(times[name]) / np.array(times["int8"]))
        print(f"{name:24s} {figures} time {np.median(times[name]) * 1000:.0f} ms, {ratio:.2f} of int8")


if __name__ == "__main__":
    main(*sys.argv[1:])
