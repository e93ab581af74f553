"""Makes pictures whose counts and relations are known, and a manifest of right and wrong prompts for each.

    make.py STAMPS BACKGROUNDS OUT

STAMPS is the folder `usr/share/tuxpaint/stamps` of Debian's tuxpaint-stamps-default (GPL-2: the pictures are for
measuring and are not shipped); BACKGROUNDS a folder of pictures without animals. Seeded: the same folders give the
same pictures.
"""

import csv
import random
import sys
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 672, 480
STAMPS = {
    "dog": "animals/mammals/dogs/dog",
    "zebra": "animals/mammals/equines/zebra",
    "elephant": "animals/mammals/elephant",
    "lion": "animals/mammals/cats/lion",
    "frog": "animals/amphibians/frog",
    "sheep": "animals/mammals/bovines/sheep",
    "horse": "animals/mammals/equines/horse",
    "giraffe": "animals/mammals/giraffe",
    "tiger": "animals/mammals/cats/tiger",
    "rabbit": "animals/mammals/rodents/rabbit",
    "cow": "animals/mammals/bovines/cow",
    "bear": "animals/mammals/bears/bear",
}
# Parameters are fitted on the first half's pictures; figures come from the second's.
FITTED = list(STAMPS)[:6]
MEASURED = list(STAMPS)[6:]
PLURALS = {"sheep": "sheep"}
NUMBERS = ["one", "two", "three", "four", "five", "six"]
# What the picture shows, and what a prompt that swaps it says.
RELATIONS = {"left": ("to the left of", "to the right of"), "above": ("above", "below"), "on": ("on top of", "under")}
PAIRS = 6


def phrase(number, name):
    """"two dogs"."""
    plural = PLURALS.get(name, name + "s")
    return f"{NUMBERS[number - 1]} {name if number == 1 else plural}"


def stamp(folder, name, size, rng):
    """The stamp with its longer side `size`, perhaps mirrored, cut to what is not transparent."""
    picture = Image.open(folder / f"{STAMPS[name]}.png").convert("RGBA")
    picture = picture.crop(picture.getchannel("A").point(lambda alpha: 255 * (alpha > 127)).getbbox())
    scale = size / max(picture.size)
    picture = picture.resize([max(1, round(side * scale)) for side in picture.size], Image.LANCZOS)
    return picture.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else picture


def canvas(kind, backgrounds, rng):
    """A plain colour, or a part of a picture."""
    if kind == "plain":
        return Image.new("RGB", (WIDTH, HEIGHT), tuple(rng.randint(90, 230) for _ in range(3)))
    picture = Image.open(rng.choice(backgrounds)).convert("RGB")
    scale = max(WIDTH / picture.width, HEIGHT / picture.height)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.LANCZOS)
    left, top = rng.randint(0, picture.width - WIDTH), picture.height - HEIGHT
    return picture.crop((left, top, left + WIDTH, top + HEIGHT))


def place(picture, cut, centre):
    x, y = round(centre[0] - cut.width / 2), round(centre[1] - cut.height / 2)
    picture.paste(cut, (min(max(x, 0), WIDTH - cut.width), min(max(y, 0), HEIGHT - cut.height)), cut)


def several(picture, folder, name, number, rng):
    """`number` of a thing, each in its own cell of a 3 x 2 grid."""
    cells = rng.sample([(column, row) for row in range(2) for column in range(3)], number)
    for column, row in cells:
        centre = ((column + 0.5) * WIDTH / 3 + rng.randint(-12, 12), (row + 0.5) * HEIGHT / 2 + rng.randint(-15, 15))
        place(picture, stamp(folder, name, rng.randint(140, 195), rng), centre)


def related(picture, folder, first, second, relation, rng):
    """`first` standing so to `second`."""
    a, b = stamp(folder, first, rng.randint(160, 200), rng), stamp(folder, second, rng.randint(180, 230), rng)
    x, y = WIDTH / 2 + rng.randint(-30, 30), HEIGHT / 2 + rng.randint(-20, 20)
    if relation == "left":
        gap = rng.randint(20, 120)
        place(picture, b, (x + (b.width + gap) / 2, y + rng.randint(-20, 20)))
        place(picture, a, (x - (a.width + gap) / 2, y + rng.randint(-20, 20)))
        return
    # "on": a little of it overlaps what it stands on, as feet do.
    gap = rng.randint(20, 60) if relation == "above" else -12
    scale = min(1, (HEIGHT - gap - 4) / (a.height + b.height))
    a, b = (cut.resize((round(cut.width * scale), round(cut.height * scale)), Image.LANCZOS) for cut in (a, b))
    top = (HEIGHT - a.height - b.height - gap) / 2
    place(picture, b, (x, top + a.height + gap + b.height / 2))
    place(picture, a, (x + rng.randint(-20, 20), top + a.height / 2))


def main(folder, backgrounds, out):
    rng = random.Random(20)
    backgrounds = sorted(backgrounds.iterdir())
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for split, names in (("fit", FITTED), ("measure", MEASURED)):
        for kind in ("plain", "natural"):
            for name in names:
                for number in range(1, len(NUMBERS) + 1):
                    picture, file = canvas(kind, backgrounds, rng), f"count-{kind}-{name}-{number}.jpg"
                    several(picture, folder, name, number, rng)
                    picture.save(out / file, quality=92)
                    rows += [
                        (file, f"a photo of {phrase(said, name)}", split, kind, "count", number, said)
                        for said in range(1, len(NUMBERS) + 1)
                    ]
            for relation, (right, wrong) in RELATIONS.items():
                for index in range(PAIRS):
                    first, second = rng.sample(names, 2)
                    picture, file = canvas(kind, backgrounds, rng), f"{relation}-{split}-{kind}-{index}.jpg"
                    related(picture, folder, first, second, relation, rng)
                    picture.save(out / file, quality=92)
                    rows += [
                        (file, f"a photo of a {first} {said} a {second}", split, kind, relation, True, said == right)
                        for said in (right, wrong)
                    ]
    with open(out / "manifest.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "prompt", "split", "background", "task", "shown", "said"])
        writer.writerows(rows)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
