"""Prints how well counts and relations were judged, from results of `cpaiqa batch` over the manifest of make.py.

    figures.py RESULTS...

Each file of results gets its own lines, so that two versions of the program can be compared. Only the pictures with
`split` "measure" count. Intervals are 95 %, by bootstrap over pictures; seeded.
"""

import json
import random
import sys
from collections import defaultdict

DRAWS = 2000


def interval(per_picture):
    """Mean over pictures with its interval; each picture's value is itself a mean."""
    values, rng = [sum(v) / len(v) for v in per_picture.values()], random.Random(20)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(DRAWS))
    return f"{sum(values) / len(values):.2f} ({means[DRAWS // 40]:.2f} to {means[-DRAWS // 40]:.2f}; {len(values)} pictures)"


def of_kind(row, kind):
    return next((d for d in row["descriptors"] if d["kind"] == kind), None)


def counts(rows):
    """Counted against shown, and the presence of right and of wrong numbers."""
    exact, error, ranked = defaultdict(list), defaultdict(list), defaultdict(list)
    presence = defaultdict(lambda: defaultdict(list))
    by_picture = defaultdict(dict)
    for row in rows:
        found, shown, said = of_kind(row, "object"), int(row["shown"]), int(row["said"])
        if found.get("counted") is not None:
            exact[row["image"]].append(found["counted"] == shown)
            error[row["image"]].append(abs(found["counted"] - shown))
        off = min(abs(said - shown), 3)
        presence[off][row["image"]].append(found["presence"])
        by_picture[row["image"]][said - shown] = found["presence"]
    for image, values in by_picture.items():
        # How often the right number beats a wrong one; a tie is half a win.
        ranked[image] = [(values[0] > v) + 0.5 * (values[0] == v) for off, v in values.items() if off]
    if exact:
        print(f"  counted exactly right   {interval(exact)}")
        print(f"  mean absolute error     {interval(error)}")
    for off in sorted(presence):
        print(f"  presence, number off by {off}{'+' if off == 3 else ' '} {interval(presence[off])}")
    print(f"  right number ranks over a wrong one  {interval(ranked)}")


def relations(rows):
    """The right relation against the swapped one."""
    presence, ranked, judged = defaultdict(lambda: defaultdict(list)), defaultdict(list), defaultdict(list)
    by_picture = defaultdict(dict)
    for row in rows:
        found = of_kind(row, "relation")
        if found is None:
            continue
        said = row["said"] == "True"
        presence[said][row["image"]].append(found["presence"])
        by_picture[row["image"]][said] = found["presence"]
        judged[row["image"]].append(found.get("judged_by") == "geometry")
    for image, values in by_picture.items():
        ranked[image].append((values[True] > values[False]) + 0.5 * (values[True] == values[False]))
    for said in (True, False):
        print(f"  presence, {'right' if said else 'swapped':8}      {interval(presence[said])}")
    print(f"  right ranks over swapped {interval(ranked)}")
    print(f"  judged by geometry       {interval(judged)}")


def main(files):
    for file in files:
        rows = [row for row in map(json.loads, open(file)) if row["split"] == "measure" and "error" not in row]
        for background in ("plain", "natural"):
            for task in dict.fromkeys(row["task"] for row in rows):
                chosen = [row for row in rows if row["task"] == task and row["background"] == background]
                if chosen:
                    print(f"{file}: {task}, {background} background")
                    (counts if task == "count" else relations)(chosen)


if __name__ == "__main__":
    main(sys.argv[1:])
