"""What is embedded: the banks, the captioned pictures, and, if a folder is given, rated pictures.

`sources.py [FOLDER]` prints the lines that `embed` reads. FOLDER holds `ratings.csv` (columns image, prompt, prompt_match).
"""

import csv
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent
COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white"]


class Pair:
    """A text that belongs to a picture. Pictures of one group show almost the same."""

    def __init__(self, picture, kind, text):
        self.picture, self.kind, self.text = picture, kind, text
        self.group = picture.rsplit("-", 1)[0]


def lines(name):
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def bank():
    """Pictures and prompts whose means centre the space."""
    return lines("pictures.txt"), lines("prompts.txt")


def pairs():
    """Captions, phrases, the prompts that made the pictures, and those prompts' beginnings."""
    found = [Pair(*line.split("\t")) for line in lines("captions.tsv")[1:]]
    return found + [Pair(p.picture, "short prompt", beginning(p.text)) for p in found if p.kind == "prompt"]


def beginning(prompt, words=20):
    return " ".join(prompt.split()[:words]).rstrip(",.;:")


def recoloured(phrase):
    """`phrase` in another colour, or None where it names none first."""
    colour, _, rest = phrase.partition(" ")
    if colour not in COLOURS:
        return None
    # Three on in the list is never a neighbouring hue.
    return f"{COLOURS[(COLOURS.index(colour) + 3) % len(COLOURS)]} {rest}"


def ratings(folder):
    """Rows of `ratings.csv`: path, prompt, rating."""
    with open(Path(folder) / "ratings.csv", encoding="utf-8", newline="") as file:
        return [(str(Path(folder) / r["image"]), r["prompt"], float(r["prompt_match"])) for r in csv.DictReader(file)]


def picture_path(name):
    """Where the installed package keeps a picture."""
    spec = importlib.util.find_spec("comfyui_workflow_templates_media_image")
    return str(Path(spec.submodule_search_locations[0]) / "templates" / name)


def inputs(ratings_folder=None):
    """Every line to embed, once."""
    pictures, texts = bank()
    for pair in pairs():
        pictures.append(pair.picture)
        texts.append(pair.text)
        if pair.kind == "phrase" and recoloured(pair.text):
            texts.append(recoloured(pair.text))
    paths = [picture_path(name) for name in pictures]
    for path, prompt, _ in ratings(ratings_folder) if ratings_folder else []:
        paths.append(path)
        texts.append(prompt)
    return list(dict.fromkeys([f"image\t{path}" for path in paths] + [f"text\t{text}" for text in texts]))


if __name__ == "__main__":
    print("\n".join(inputs(*sys.argv[1:])))
