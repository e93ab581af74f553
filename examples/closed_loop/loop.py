#!/usr/bin/env python3
"""Scores a picture, turns what the score suggests into the next request to a picture generator, and keeps the best picture.

README.md beside this file says what a generator is asked and how to plug one in. Needs Python 3.9 and nothing else.
"""

import argparse
import json
import shlex
import shutil
import sys
from pathlib import Path

import places
from commands import CannotGenerate, CannotScore, generate, score

VERDICTS = ("reject", "review", "accept")
# How much more weight a phrase gets each time that it is asked for, and the most that it gets.
EMPHASIS, MOST_EMPHASIS = 0.2, 1.6
# A generator that fails so often in a row is given up.
FAILURES = 2


class Idea:
    """One thing to ask the generator for: all the words that were suggested, or the places of one distortion."""

    def __init__(self, suggestions):
        self.suggestions = suggestions
        first = suggestions[0]
        self.paints = first["action"] == "inpaint"
        if self.paints:
            self.points = first["points"]
            self.told = f"paint over {first['what']}" + (f", {len(suggestions)} places" if len(suggestions) > 1 else "")
        else:
            self.points = sum(suggestion["points"] for suggestion in suggestions)
            self.told = "say " + ", ".join(suggestion["what"] for suggestion in suggestions)


def verdict(answer):
    """What the scenario's acceptance rules say; None when it has none."""
    return answer.get("verdict", {}).get("verdict")


def why_not(answer, best):
    """Why a picture does not take the best one's place; None when it does. A verdict counts before the score."""
    missing = {part["stage"] for part in answer["degraded"]} - {part["stage"] for part in best["degraded"]}
    if missing:
        return f"scored without {', '.join(sorted(missing))}, which the best was scored with"
    if answer["measurement_id"] == best["measurement_id"]:
        return "the same picture"
    new, old = verdict(answer), verdict(best)
    if new != old and None not in (new, old):
        return f"{new} after {old}" if VERDICTS.index(new) < VERDICTS.index(old) else None
    return None if answer["score"] > best["score"] else "not better"


class Loop:
    """The best picture so far and what was asked for on the way to it."""

    def __init__(self, options):
        self.options = options
        self.best = None  # its score, with the file's name beside it
        self.stressed = {}  # how often each phrase was stressed
        self.added = []  # phrases that the prompt got
        self.tried = set()  # what did not make the best picture better
        self.more = {}  # where else a distortion was found when its worst place had been painted over

    def ideas(self):
        """What is worth asking for, what wins most first."""
        suggestions = self.best.get("suggestions", [])
        words = [s for s in suggestions if s["action"] != "inpaint"]
        spots = [[s, *self.more.get(s["what"], [])] for s in suggestions if s["action"] == "inpaint" and "bbox" in s]
        ideas = [Idea(suggestions) for suggestions in [words, *spots] if suggestions]
        worth = [idea for idea in ideas if idea.points >= self.options.least_points]
        return sorted(worth, key=lambda idea: idea.points, reverse=True)

    def next_idea(self):
        """What to ask for next; what was tried in vain waits until everything was, then another seed may do better."""
        ideas = self.ideas()
        fresh = [idea for idea in ideas if idea.told not in self.tried]
        if not fresh:
            self.tried.clear()
        return (fresh or ideas)[0]

    def request(self, number, idea):
        """What the generator is asked in a round; words once asked for are asked for in all later ones."""
        options, mask, box = self.options, None, None
        if idea and idea.paints:
            box = places.box(idea.suggestions)
            masks = [place["mask"] for place in idea.suggestions if "mask" in place]
            if masks:
                mask = options.out / f"round-{number}-mask.png"
                mask.write_bytes(places.png(masks))
        elif idea:
            for suggestion in idea.suggestions:
                what = suggestion["what"]
                if suggestion["action"] == "add" and what not in self.added:
                    self.added.append(what)
                else:
                    self.stressed[what] = self.stressed.get(what, 0) + 1
        weights = {what: min(1 + EMPHASIS * times, MOST_EMPHASIS) for what, times in self.stressed.items()}
        return {
            "prompt": ", ".join([options.prompt, *self.added]),
            "emphasis": [{"phrase": what, "weight": round(weight, 2)} for what, weight in weights.items()],
            "image": str(self.picture()) if self.best else None,
            "mask": str(mask) if mask else None,
            "box": box,
            "seed": options.seed + number,
            "out": str(options.out / f"round-{number}.png"),
        }

    def picture(self):
        """Where the best picture lies."""
        return self.options.out / self.best["file"]

    def keep(self, picture, answer):
        """Takes a picture for the best."""
        name = f"best{Path(picture).suffix}"
        for old in self.options.out.glob("best.*"):
            old.unlink()
        shutil.copyfile(picture, self.options.out / name)
        self.best, self.tried, self.more = {**answer, "file": name}, set(), {}

    def refuse(self, idea, answer):
        """Leaves the best picture as it is. A score minds the worst place of a distortion only, so when that was painted
        over and another one is as bad, the next request is for both."""
        self.tried.add(idea.told)
        if idea.paints:
            for found in answer.get("suggestions", []):
                same = found["what"] == idea.suggestions[0]["what"] and "mask" in found
                if same and all("mask" in s and places.apart(found["bbox"], s["bbox"]) for s in idea.suggestions):
                    self.more.setdefault(found["what"], []).append(found)

    def tell(self, number, asked, request=None, answer=None, refused=None, error=None):
        """A line of the table and one of the log."""
        line = {"round": number, "asked": asked, "request": request, "kept": not (refused or error)}
        if answer:
            line.update(score=answer["score"], interval=answer["interval"], verdict=verdict(answer))
            line["suggestions"] = [{key: s[key] for key in ("action", "what", "points")} for s in answer.get("suggestions", [])]
        line.update({key: why for key, why in (("refused", refused), ("error", error)) if why})
        with open(self.options.out / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
        shown, decided = (f"{answer['score']:.1f}", verdict(answer)) if answer else ("-", None)
        print(row(number, asked, shown, decided or "-", f"no: {refused or error}" if refused or error else "yes"), flush=True)

    def round(self, number, idea):
        """One round. Whether the generator gave a picture that could be scored."""
        request, asked = self.request(number, idea), idea.told if idea else "a first picture"
        try:
            generate(self.options, request)
            answer = score(self.options, request["out"])
        except CannotGenerate as error:
            self.tell(number, asked, request, error=str(error))
            return False
        except CannotScore as error:
            self.tell(number, asked, request, error=f"cannot be scored: {error}")
            if not error.bad_input:
                raise
            return False
        refused = why_not(answer, self.best) if self.best else None
        self.tell(number, asked, request, answer, refused)
        if refused:
            self.refuse(idea, answer)
        else:
            self.keep(request["out"], answer)
        return True

    def finished(self):
        """Why the best picture needs no more rounds; None when it does."""
        if self.best is None:
            return None
        if verdict(self.best) == "accept":
            return "the scenario's rules accept the picture"
        if self.options.target is not None and self.best["score"] >= self.options.target:
            return f"the score has reached {self.options.target:g}"
        if not self.ideas():
            return f"nothing that is suggested wins {self.options.least_points:g} points"
        return None

    def run(self):
        """All rounds. Why it ended, and whether it ended well."""
        print(row("round", "asked", "score", "verdict", "kept"))
        if self.options.start:
            answer = score(self.options, self.options.start)
            self.keep(self.options.start, answer)
            self.tell(0, "the start picture", answer=answer)
        failures = 0
        for number in range(1, self.options.rounds + 1):
            why = self.finished()
            if why:
                return why, True
            done = self.round(number, self.next_idea() if self.best else None)
            failures = 0 if done else failures + 1
            if failures == FAILURES:
                return f"the generator failed {FAILURES} times in a row", False
        return self.finished() or f"{self.options.rounds} rounds are used up", self.best is not None


def row(number, asked, score, verdict, kept, width=48):
    asked = asked if len(asked) <= width else asked[: width - 3] + "..."
    return f"{number:>5}  {asked:<{width}}  {score:>5}  {verdict:<7}  {kept}"


def command(text):
    words = shlex.split(text)
    if not words:
        raise ValueError
    return words


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompt", required=True, help="what the picture shall show")
    parser.add_argument("--generator", required=True, type=command, metavar="CMD", help="reads a request, writes a picture")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new folder for the pictures, masks and log.jsonl")
    parser.add_argument("--start", type=Path, metavar="IMAGE", help="picture to begin with (default: ask the generator)")
    parser.add_argument("--rounds", type=int, default=5, help="most requests to the generator (default: 5)")
    parser.add_argument("--target", type=float, metavar="SCORE", help="stop at this score")
    parser.add_argument("--least-points", type=float, default=1, metavar="N", help="fewer are not worth a picture (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="added to the round's number (default: 0)")
    parser.add_argument("--timeout", type=float, default=600, metavar="S", help="seconds for one picture (default: 600)")
    parser.add_argument("--cpaiqa", default="cpaiqa", type=command, metavar="CMD", help="the cpaiqa binary (default: cpaiqa)")
    for name, value in (("--scenario", "NAME"), ("--tenant", "NAME"), ("--endpoint", "URL")):
        parser.add_argument(name, metavar=value, help="passed on to cpaiqa")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds: expected at least 1, got {options.rounds}")
    if options.start and not options.start.is_file():
        parser.error(f"--start: expected a picture, but there is no file {options.start}")
    options.out = options.out.absolute()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: cannot make the folder: {error}")
    if any(options.out.iterdir()):
        parser.error(f"--out: expected a new or empty folder, but {options.out} holds files; name another one")
    return options


def main():
    loop = Loop(arguments())
    try:
        why, well = loop.run()
    except CannotScore as error:
        why, well = f"cpaiqa could not score: {error}", False
    except KeyboardInterrupt:
        why, well = "by hand", False
    sys.stdout.flush()
    print(f"\nStopped: {why}", file=sys.stdout if well else sys.stderr)
    if loop.best:
        print(f"Best: {loop.picture()}, {loop.best['score']:.1f} of 100")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
