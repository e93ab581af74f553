#!/usr/bin/env python3
"""How what a score costs grows: with the picture, its regions, the prompt, tenants and scenarios; and what each role takes.

Prints a table for each curve; docs/scale.md has what was seen. Needs Python 3.11 or newer and a built binary.
"""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from counting import counting
from environment import ROOT, scaled
from growth import COUNTS, scenarios, shared, tenants
from measuring import busy, resident, table, told
from processes import free_address, memory, serving
from run import NOTHING_KEPT, ROLES, load, prompts

PICTURE = "cat-on-throne.jpg"
OTHER_PICTURE = "woman-with-white-horse.jpg"
SIDES = (256, 512, 1024, 2048, 4096)
REGIONS = (1, 4, 8, 12, 24)
# So that there are more regions than are kept.
MANY_REGIONS = {
    "CPAIQA_SEGMENTATION__MIN_PREDICTED_IOU": "0.6",
    "CPAIQA_SEGMENTATION__MIN_STABILITY": "0.6",
    "CPAIQA_SEGMENTATION__MIN_AREA": "0.0005",
    "CPAIQA_SEGMENTATION__MAX_OVERLAP": "0.95",
}
PHRASES = (
    "a cat wearing a golden crown", "a red velvet throne", "two silver candlesticks", "a blue curtain behind the throne",
    "a wooden floor", "three white roses", "a green cushion under the cat", "a tall marble column", "a small brown dog",
    "a painting of a castle above the throne", "a black carpet", "four old books",
)  # fmt: skip
# What the gateway's log has once for each call.
TOLD = '"target":"access"'


def stages(options: argparse.Namespace, picture: Path, prompt: str, **settings: str) -> tuple[float, ...]:
    """Milliseconds of each role alone, and of the whole score."""
    settings = NOTHING_KEPT | settings
    rounds = ("--rounds", str(options.rounds), "--format", "json")
    measured = json.loads(told(options, "bench", "score", picture, "--prompt", prompt, *rounds, **settings))
    return tuple(row["took_ms"] for row in measured["rows"])


STAGES = ("segmentation", "whole", "regions", "distortion", "score, ms")


def size(options: argparse.Namespace, folder: Path) -> str:
    """A score's time by the picture's longer side."""
    rows = []
    for side in SIDES:
        picture = scaled(PICTURE, side, folder)
        rows.append((side, picture.stat().st_size // 1024, *stages(options, picture, prompts()[PICTURE])))
    return table(("side", "KiB", *STAGES), rows)


def regions(options: argparse.Namespace, folder: Path) -> str:
    """A score's time by the regions that are kept of a picture that has many."""
    picture, prompt, rows = scaled(PICTURE, 1024, folder), prompts()[PICTURE], []
    for most in REGIONS:
        settings = MANY_REGIONS | {"CPAIQA_SEGMENTATION__MAX_REGIONS": str(most)}
        ask = ("score", picture, "--prompt", prompt, "--format", "json")
        found = json.loads(told(options, *ask, **NOTHING_KEPT, **settings))["regions"]
        rows.append((most, len(found), *stages(options, picture, prompt, **settings)))
    return table(("most", "found", *STAGES), rows)


def prompt(options: argparse.Namespace, folder: Path) -> str:
    """A score's time by what the prompt names."""
    picture, rows = scaled(PICTURE, 1024, folder), []
    for phrases in (1, 2, 4, 8, 12):
        text = ", ".join(PHRASES[:phrases])
        found = json.loads(told(options, "decompose", text))
        counts = (len(found["descriptors"]), len(found["attributes"]))
        rows.append((phrases, len(text), *counts, *stages(options, picture, text)))
    return table(("phrases", "bytes", "descriptors", "attributes", *STAGES), rows)


def roles(options: argparse.Namespace, folder: Path) -> str:
    """Each role a process, asked through a gateway: its memory, its processor time and its bytes for a picture."""
    picture, prompt = scaled(PICTURE, options.side, folder), prompts()[PICTURE]
    gateway = free_address()
    settings = {"CPAIQA_SERVER__LISTEN": gateway, "CPAIQA_TELEMETRY__JSON": "true"}
    with ExitStack() as running:
        counts, servers = {}, {}
        for role in ROLES:
            address = free_address()
            store = f"sqlite:{folder / 'scenarios.db'}"
            kept = {"CPAIQA_SERVER__LISTEN": address, "CPAIQA_SCENARIO__STORE__URL": store}
            command = [options.cpaiqa, "serve", "--role", role]
            servers[role] = running.enter_context(serving(command, address, folder / f"{role}.log", **kept))
            counts[role] = running.enter_context(counting(address))
            settings[f"CPAIQA_BACKENDS__{role.upper()}"] = f"http://{counts[role].address}"
        command, log = [options.cpaiqa, "serve", "--role", "gateway"], folder / "gateway.log"
        servers["gateway"] = running.enter_context(serving(command, gateway, log, **settings))
        started = {role: resident(process) for role, process in servers.items()}
        # The first pictures of a process cost more, and texts are kept from then on.
        load(options, gateway, scaled(OTHER_PICTURE, options.side, folder), prompt, "--clients", "1")
        before = {role: busy(process) for role, process in servers.items()}
        bytes_before = {role: (count.sent, count.answered) for role, count in counts.items()}
        told_before = log.read_text().count(TOLD)
        measured = load(options, gateway, picture, prompt, "--clients", str(options.clients))
        # Those of the warm-up too.
        pictures = log.read_text().count(TOLD) - told_before
        rows = []
        for role, process in servers.items():
            spent = (busy(process) - before[role]) / pictures
            counted = counts.get(role)
            sizes = ("", "")
            if counted:
                sent, answered = bytes_before[role]
                sizes = ((counted.sent - sent) / pictures / 1024, (counted.answered - answered) / pictures / 1024)
            rows.append((role, started[role], resident(process), memory(process), spent, *sizes))
        sums = (sum(row[at] or 0 for row in rows) for at in (4, 5, 6))
        rows.append(("all", "", "", "", *sums))
    head = ("role", "MiB at first", "MiB now", "MiB peak", "core-seconds a picture", "KiB to it", "KiB from it")
    sent = f"{pictures} pictures of {options.side} pixels, {picture.stat().st_size // 1024} KiB, by {options.clients} clients"
    return table(head, rows) + f"\n{sent}: {measured['per_second']:.3f} a second, p50 {measured['p50_ms']:.0f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    binary = ROOT / "target/release/cpaiqa"
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--cpaiqa", type=Path, default=binary, metavar="FILE", help="the binary (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="CURVE")

    def command(run, seconds: float | None = None) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__, parents=[common])
        added.set_defaults(run=run)
        if seconds is None:
            added.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
        else:
            added.add_argument("--seconds", type=float, default=seconds, help="of one load (default: %(default)g)")
            added.add_argument("--warm-up", type=float, default=2, help="seconds before it (default: %(default)g)")
        return added

    for curve in (size, regions, prompt):
        command(curve)
    command(tenants, 8)
    stored = command(scenarios, 8)
    stored.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="of scenarios (default: 1 100 10000)")
    stored.add_argument("--postgres", metavar="URL", help="measure with this empty database too")
    together = command(shared, 8)
    together.add_argument("--valkey", metavar="HOST:PORT", required=True, help="an empty Valkey or Redis")
    each = command(roles, 60)
    each.add_argument("--side", type=int, default=1024, help="of the picture, pixels (default: %(default)s)")
    each.add_argument("--clients", type=int, default=2, help="that ask at once (default: %(default)s)")
    options = parser.parse_args()
    if not options.cpaiqa.is_file():
        raise SystemExit(f"expected the binary {options.cpaiqa}; build it: cargo build --release --package cpaiqa")
    options.cpaiqa = options.cpaiqa.resolve()
    with tempfile.TemporaryDirectory(prefix="cpaiqa-curves-") as folder:
        print(options.run(options, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
