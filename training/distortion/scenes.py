"""Reads scenes that prepare.py made, by split: a source lies in one split with all its pictures."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np

from inject import Scene

HERE = Path(__file__).parent
CHINESE = tuple(
    "博物馆 展览 出口 请勿触摸 新年快乐 福 山水 青花瓷 剪纸 敦煌 龙凤呈祥 春 茶 书店 开放时间 欢迎光临 非物质文化遗产 刺绣 "
    "皮影 年画 平安 吉祥 花好月圆 中国 北京 上海 餐厅 酒店 门票 入口 小心台阶 国画 印章 牡丹 梅兰竹菊 风景 美术馆 丝绸之路".split()
)


def splits():
    """Each source's split: train, choose or judge."""
    with open(HERE / "sources.tsv", encoding="utf-8", newline="") as file:
        return {row["package"]: row["split"] for row in csv.DictReader(file, delimiter="\t")}


def paths(folder, split):
    of = splits()
    return sorted(path for path in Path(folder).glob("*/*.npz") if of.get(path.parent.name) == split)


@cache
def parts(folder):
    """Boxes of faces, hands and limbs by scene, as parts.py found them."""
    return json.loads((folder / "parts.json").read_text(encoding="utf-8"))


def with_parts(files):
    """Those of one folder's scenes that have a face, hand or limb."""
    return [file for file in files if f"{file.parent.name}/{file.name}" in parts(file.parent.parent)]


def load(path):
    with np.load(path) as kept:
        pixels = kept["pixels"].astype(np.float32) / 255
        size = pixels.shape[:2]
        regions = [np.unpackbits(row)[: size[0] * size[1]].reshape(size).astype(bool) for row in kept["regions"]]
    found = parts(path.parent.parent).get(f"{path.parent.name}/{path.name}", [])
    return Scene(pixels, regions, [tuple(box) for box in found])


def scripts(pictures, split):
    """Words and fonts of signs, Latin and Chinese: fonts are split by package as pictures are, but what is chosen is chosen with
    those that are trained on."""
    prompts = (HERE / "../joint_space/prompts.txt").read_text(encoding="utf-8").split()
    latin = {word.strip(",.'\"()") for word in prompts}
    latin = tuple(sorted(word for word in latin if 3 <= len(word) <= 9 and word.isascii()))
    found = [path for path in sorted(Path(pictures).glob("fonts-*/*")) if splits()[path.parent.name] == ("judge" if split == "judge" else "train")]
    of = lambda chinese: tuple(str(path) for path in found if (path.suffix == ".ttc") == chinese)
    return [(latin, of(False)), (CHINESE, of(True))]
