#!/usr/bin/env python3
"""Compares cpaiqa with what a user would write instead, or put in front of it: README.md says how and why.

Needs Python 3.11 or newer and a built binary; makes an environment for the peers in the user's cache folder.
"""

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from environment import HERE, ROOT, python, scaled
from processes import free_address, memory, serving

# In turn, one a round: pictures with many regions and with few.
EXAMPLES = ("cat-on-throne.jpg", "woman-with-white-horse.jpg", "cloud-headed-man.jpg")
SIDE = 1024
ROLES = ("alignment", "segmentation", "decomposition", "distortion", "scenario")
NOTHING_KEPT = {"CPAIQA_SCENARIO__STORE__URL": "sqlite::memory:"}
FIGURES = ("per_second", "p50_ms", "p99_ms")


class Measured:
    """Loads by what was loaded and how, a dictionary a round."""

    def __init__(self) -> None:
        self.rounds: dict[tuple[str, str], list[dict[str, float]]] = {}

    def add(self, name: str, load: str, figures: dict[str, float]) -> None:
        self.rounds.setdefault((name, load), []).append(figures)
        told = (
            f"{figures['answered']:.0f} answered, {figures['per_second']:.3f} a second, p50 {figures['p50_ms']:.1f} ms"
        )
        lost = f", {figures['refused']:.0f} refused, {figures['failed']:.0f} failed"
        print(f"{name}, {load}: {told}{lost if figures['refused'] or figures['failed'] else ''}", flush=True)

    def median(self, name: str, load: str, figure: str) -> float:
        return statistics.median(figures[figure] for figures in self.rounds[name, load])

    def table(self, against: str) -> str:
        """Medians over the rounds, and each latency less that of `against` under the same load."""
        head = ("", "load", "a second", "p50 ms", "p99 ms", f"p50 over {against}", "ratio a second", "MiB")
        rows = [head]
        for name, load in self.rounds:
            rate, middle, late = (self.median(name, load, figure) for figure in FIGURES)
            over = middle - self.median(against, load, "p50_ms")
            ratio = rate / self.median(against, load, "per_second")
            most = max(figures["mib"] for figures in self.rounds[name, load])
            figures = (f"{rate:.3f}", f"{middle:.2f}", f"{late:.2f}", f"{over:+.2f}", f"{ratio:.2f}", f"{most:.0f}")
            rows.append((name, load, *figures))
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        aligned = [
            [cell.ljust(width) if at < 2 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths))]
            for row in rows
        ]
        return "\n".join("  ".join(row).rstrip() for row in aligned)


def load(options: argparse.Namespace, address: str, picture: Path, prompt: str, *how: str) -> dict[str, float]:
    """One run of the binary's own load, of which every request carries a picture not seen before."""
    command = [options.cpaiqa, "bench", "load", "--endpoint", f"http://{address}", *how, "--prompt", prompt]
    command += ["--seconds", f"{options.seconds:g}", "--warm-up", f"{options.warm_up:g}", "--format", "json", picture]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    figures = json.loads(done.stdout)
    if not figures["answered"]:
        raise SystemExit(f"nothing was answered within {options.seconds:g} s: {figures}; give --seconds more")
    return figures


def prompts() -> dict[str, str]:
    """The example pictures' own prompts."""
    with (ROOT / "examples/manifest.csv").open(newline="") as rows:
        return {row["image"]: row["prompt"] for row in reversed(list(csv.DictReader(rows)))}


@contextmanager
def ours(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """All of cpaiqa in one process."""
    address = free_address()
    settings = NOTHING_KEPT | {"CPAIQA_SERVER__LISTEN": address}
    command = [options.cpaiqa, "serve", "--role", "all"]
    with serving(command, address, folder / "cpaiqa.log", **settings) as process:
        yield address, process


@contextmanager
def theirs(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """The Python service."""
    address = free_address()
    command = [python(), HERE / "service.py", "--listen", address, "--sam", options.sam]
    if options.threads is not None:
        command += ["--threads", str(options.threads)]
    with serving(command, address, folder / "service.log") as process:
        yield address, process


def check(options: argparse.Namespace, folder: Path) -> int:
    """Whether the Python service does what ours does; the exit code."""
    with ours(options, folder) as (our, _), theirs(options, folder) as (their, _):
        return subprocess.run([python(), HERE / "check.py", our, their], check=False).returncode


def score(options: argparse.Namespace, folder: Path) -> int:
    """Whole services under load, one at a time, each started anew for a round."""
    measured, told = Measured(), prompts()
    for at in range(options.rounds):
        name = EXAMPLES[at % len(EXAMPLES)]
        picture = scaled(name, SIDE, folder)
        for peer, start in (("cpaiqa", ours), ("Python", theirs)):
            with start(options, folder) as (address, process):
                for clients in (1, 8):
                    figures = load(options, address, picture, told[name], "--clients", str(clients))
                    # The peak so far: with eight clients after one, the peak of both.
                    measured.add(peer, f"{clients} clients", figures | {"mib": memory(process)})
    print(f"\n{measured.table('Python')}")
    return 0


def gateway(options: argparse.Namespace, folder: Path) -> int:
    """What a gateway adds to services that answer at once: ours, a Python one, and a proxy that only passes on."""
    if not shutil.which("nginx"):
        raise SystemExit("expected nginx on PATH; install it: apt-get install nginx-light")
    stubs, our, their, proxy = (free_address() for _ in range(4))
    settings = {f"CPAIQA_BACKENDS__{role.upper()}": f"http://{stubs}" for role in ROLES}
    # The Python gateway keeps no measurements either.
    settings |= {"CPAIQA_SERVER__LISTEN": our, "CPAIQA_GATEWAY__KEEP_MEASUREMENTS": "false"}
    configuration = folder / "nginx.conf"
    text = (HERE / "nginx.conf.in").read_text()
    for placeholder, value in (("FOLDER", str(folder)), ("LISTEN", proxy), ("SERVED", stubs)):
        text = text.replace(f"@{placeholder}@", value)
    configuration.write_text(text)
    backends = [argument for role in ROLES for argument in (f"--{role}", stubs)]
    commands = {
        "stub": ([options.cpaiqa, "bench", "stubs", "--listen", stubs], stubs, "", {}),
        "nginx": (["nginx", "-p", folder, "-c", configuration], proxy, "", {}),
        "cpaiqa": ([options.cpaiqa, "serve", "--role", "gateway"], our, "serving", settings),
        "Python": ([python(), HERE / "gateway.py", "--listen", their, *backends], their, "serving", {}),
    }
    # As it is: gateways pass on what they get, and none of the services looks at it.
    picture, prompt = ROOT / "examples" / EXAMPLES[0], prompts()[EXAMPLES[0]]
    loads = {f"{rate:g} a second": ("--rate", f"{rate:g}") for rate in options.rate}
    loads |= {f"{clients} clients": ("--clients", str(clients)) for clients in (1, 8)}
    measured = Measured()
    with ExitStack() as running:
        servers = {
            name: (address, running.enter_context(serving(command, address, folder / f"{name}.log", says, **settings)))
            for name, (command, address, says, settings) in commands.items()
        }
        for _ in range(options.rounds):
            for told, how in loads.items():
                for name, (address, process) in servers.items():
                    figures = load(options, address, picture, prompt, *how)
                    measured.add(name, told, figures | {"mib": memory(process)})
    print(f"\n{measured.table('stub')}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    binary = ROOT / "target/release/cpaiqa"
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--cpaiqa", type=Path, default=binary, metavar="FILE", help="the binary (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(run, seconds: float | None, parents: tuple[argparse.ArgumentParser, ...] = ()):
        added = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__, parents=[shared, *parents])
        added.set_defaults(run=run)
        if seconds is not None:
            added.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
            added.add_argument("--seconds", type=float, default=seconds, help="of one load (default: %(default)g)")
            added.add_argument("--warm-up", type=float, default=5, help="seconds before it (default: %(default)g)")
        return added

    service = argparse.ArgumentParser(add_help=False)
    service.add_argument("--threads", type=int, metavar="N", help="of a model's run in Python (default: service.py's)")
    service.add_argument("--sam", default="published", help="form of SAM's files in Python (default: %(default)s)")
    command(check, None, (service,))
    command(score, 120, (service,))
    rates = command(gateway, 10)
    rates.add_argument("--rate", type=float, nargs="+", default=[100], help="requests a second (default: 100)")
    options = parser.parse_args()
    if not options.cpaiqa.is_file():
        raise SystemExit(f"expected the binary {options.cpaiqa}; build it: cargo build --release --package cpaiqa")
    options.cpaiqa = options.cpaiqa.resolve()
    with tempfile.TemporaryDirectory(prefix="cpaiqa-peer-") as folder:
        return options.run(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
