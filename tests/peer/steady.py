#!/usr/bin/env python3
"""Whether a gateway stays well under a long load with faults, and under more load than it can take.

Without --models it stands before services that answer at once (`cpaiqa bench stubs`); with it, it is a whole process
with real models. Prints figures and, for each aim, whether it was met; the exit code is 1 where one was missed. What
came out stands in docs/performance.md. Needs Linux, Python 3.11 or newer and a built binary.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import environment, free_address, kib, serving

ROOT = Path(__file__).resolve().parents[2]
# From 350 pixels and 18 kB to 768 and 116 kB.
PICTURES = ("cat-on-throne.jpg", "woman-with-white-horse.jpg", "pink-dragon.jpg", "cloud-headed-man.jpg")
PROMPT = "a cat wearing a golden crown on a red velvet throne"
ROLES = ("alignment", "segmentation", "decomposition", "distortion", "scenario")
TENANTS = "museum,archive,gallery,press"
# Every twentieth request is wrong, every twentieth caller hangs up; of the services' answers one in a hundred fails and
# one in a hundred takes long.
CALLERS = ("--wrong", "0.05", "--cancel", "0.05")
SERVICES = ("--failing", "0.01", "--slow", "0.01", "--slow-ms", "200")


class Aims:
    """What was to be reached."""

    def __init__(self) -> None:
        self.missed = 0

    def tell(self, met: bool, what: str) -> None:
        self.missed += not met
        print(f"{'met' if met else 'MISSED'}: {what}", flush=True)


class Memory:
    """A process's resident memory, once a second while the block runs."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.status, self.samples = Path(f"/proc/{process.pid}/status"), []
        self.stop, self.thread = threading.Event(), threading.Thread(target=self.watch)

    def watch(self) -> None:
        start = time.monotonic()
        while not self.stop.wait(1):
            self.samples.append((time.monotonic() - start, kib(self.status, "VmRSS:") / 1024))

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def slope(self, after: float) -> float:
        """MiB a minute, by least squares over the samples from `after` seconds on."""
        samples = [(seconds / 60, mib) for seconds, mib in self.samples if seconds >= after]
        x, y = (sum(values) / len(samples) for values in zip(*samples))
        return sum((a - x) * (b - y) for a, b in samples) / sum((a - x) ** 2 for a, _ in samples)


class Gateway:
    """One that serves, and what it takes to load it."""

    def __init__(self, options: argparse.Namespace, address: str, process: subprocess.Popen, key: str) -> None:
        self.options, self.address, self.process, self.key = options, address, process, key

    def load(self, seconds: float, *how: str) -> dict:
        """Figures of `cpaiqa bench load` over so many seconds, after a warm-up."""
        command = [self.options.cpaiqa, "bench", "load", *(ROOT / "examples" / name for name in PICTURES)]
        command += ["--prompt", PROMPT, "--endpoint", f"http://{self.address}", "--tenants", TENANTS]
        command += ["--warm-up", str(self.options.warm_up), "--seconds", f"{seconds:g}", "--format", "json", *how]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, env=environment(CPAIQA_API_KEY=self.key), check=True
        )
        return json.loads(done.stdout)


@contextmanager
def gateway(options: argparse.Namespace, folder: Path, *stubs: str) -> Iterator[Gateway]:
    """A gateway of whose operators we have a key; behind it stubs that do as they are told, or in it real models."""
    address, settings = free_address(), folder / "gateway.toml"
    settings.write_text('[gateway.access]\noperators = ["ops"]\n')
    variables = {"CPAIQA_SERVER__LISTEN": address, "CPAIQA_CONFIG_FILE": str(settings)}
    create = [options.cpaiqa, "keys", "create", "--tenant", "ops"]
    if options.models:
        # Small, so that they are full after the first minute: what fills them is no leak.
        variables |= {"CPAIQA_RUNTIME__DECODED_PICTURES": "8000000", "CPAIQA_ALIGNMENT__IMAGE_CACHE_ENTRIES": "64"}
        for cache in ("MEASUREMENT_CACHE", "KEPT_CACHE"):
            variables[f"CPAIQA_GATEWAY__{cache}__ENTRIES"] = "8"
        variables |= {"CPAIQA_SCENARIO__STORE__URL": f"sqlite:{folder}/scenarios.db", "CPAIQA_PROFILE": options.profile}
        key = subprocess.run(create, stdout=subprocess.PIPE, text=True, env=environment(**variables), check=True)
        command = [options.cpaiqa, "serve", "--role", "all"]
        with serving(command, address, folder / "gateway.log", **variables) as process:
            yield Gateway(options, address, process, key.stdout.strip())
        return
    behind = free_address()
    variables |= {f"CPAIQA_BACKENDS__{role.upper()}": f"http://{behind}" for role in ROLES}
    with serving([options.cpaiqa, "bench", "stubs", "--listen", behind, *stubs], behind, folder / "stubs.log", ""):
        create += ["--endpoint", f"http://{behind}"]
        key = subprocess.run(create, stdout=subprocess.PIPE, text=True, env=environment(), check=True)
        command = [options.cpaiqa, "serve", "--role", "gateway"]
        with serving(command, address, folder / "gateway.log", **variables) as process:
            yield Gateway(options, address, process, key.stdout.strip())


def told(what: str, figures: dict) -> None:
    names = ("answered", "degraded", "refused", "expected", "cancelled", "failed")
    counts = ", ".join(f"{figures[name]} {name}" for name in names)
    print(
        f"{what}: {counts}; {figures['per_second']:.2f} answers a second, p50 {figures['p50_ms']:.1f} ms, "
        f"p99 {figures['p99_ms']:.1f} ms; refusals p50 {figures['refused_p50_ms']:.2f} ms, "
        f"p99 {figures['refused_p99_ms']:.2f} ms",
        flush=True,
    )
    if "first_failure" in figures:
        print(f"  first failure: {figures['first_failure']}")


def soak(options: argparse.Namespace, folder: Path, aims: Aims) -> None:
    """A long load at four fifths of what is possible, with faults on both sides."""
    with gateway(options, folder, *SERVICES) as served:
        full = served.load(options.capacity_seconds, "--clients", options.clients, *CALLERS)
        told("full", full)
        ended = sum(full[name] for name in ("answered", "refused", "expected", "cancelled"))
        rate = 0.8 * ended / options.capacity_seconds
        with Memory(served.process) as memory:
            figures = served.load(options.minutes * 60, "--rate", f"{rate:.3f}", *CALLERS)
    told(f"soak at {rate:.2f} requests a second for {options.minutes:g} minutes", figures)
    minutes = figures.get("minutes", [figures])
    for number, minute in enumerate(minutes, 1):
        latency = f"p50 {minute['p50_ms']:.1f} ms, p99 {minute['p99_ms']:.1f} ms"
        print(f"  minute {number}: {minute['answered']} answered, {latency}")
    for seconds, mib in memory.samples[:: max(1, len(memory.samples) // 10)]:
        print(f"  after {seconds:.0f} s: {mib:.1f} MiB")
    aims.tell(figures["failed"] == 0, f"{figures['failed']} requests lost or ended by a wrong status (aim: none)")
    first, worst = minutes[0]["p99_ms"], max(minute["p99_ms"] for minute in minutes)
    aims.tell(worst <= 2 * first, f"p99 of the worst minute {worst / first:.2f} times the first's (aim: at most 2)")
    slope = memory.slope(options.warm_up + min(60, options.minutes * 15))
    aims.tell(slope < 1, f"memory grew by {slope:.2f} MiB a minute after the first minute (aim: less than 1)")


def overload(options: argparse.Namespace, folder: Path, aims: Aims) -> None:
    """Three times as many requests as can be answered."""
    with gateway(options, folder, "--slow", "1", "--slow-ms", str(options.answers_ms)) as served:
        full = served.load(options.capacity_seconds, "--clients", options.clients)
        told("full", full)
        rate = 3 * full["per_second"]
        figures = served.load(2 * options.capacity_seconds, "--rate", f"{rate:.3f}")
    told(f"overload by {rate:.2f} requests a second", figures)
    good = figures["per_second"] / full["per_second"]
    aims.tell(good >= 0.9, f"answers a second {good:.2f} of those without overload (aim: at least 0.9)")
    late, middle = figures["refused_p99_ms"], figures["refused_p50_ms"]
    aims.tell(late < 5, f"refused within p99 {late:.2f} ms, p50 {middle:.2f} ms (aim: p99 under 5)")
    aims.tell(figures["failed"] == 0, f"{figures['failed']} requests lost or ended by a wrong status (aim: none)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    binary = ROOT / "target/release/cpaiqa"
    parser.add_argument("what", choices=("soak", "overload", "both"), nargs="?", default="both")
    parser.add_argument("--cpaiqa", type=Path, default=binary, metavar="FILE", help="the binary (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="of the soak (default: %(default)g)")
    parser.add_argument("--models", action="store_true", help="a whole process with real models")
    profiles = ("default", "edge")
    parser.add_argument("--profile", choices=profiles, default="default", help="of that process (default: %(default)s)")
    parser.add_argument(
        "--answers-ms", type=int, default=250, help="how long services take under overload (default: %(default)s)"
    )
    options = parser.parse_args()
    if not options.cpaiqa.is_file():
        raise SystemExit(f"expected the binary {options.cpaiqa}; build it: cargo build --release --package cpaiqa")
    options.cpaiqa = options.cpaiqa.resolve()
    # Models take seconds for an answer, and few at a time keep them busy.
    options.warm_up, options.capacity_seconds, options.clients = (10, 60, "4") if options.models else (3, 15, "64")
    aims = Aims()
    with tempfile.TemporaryDirectory(prefix="cpaiqa-steady-") as folder:
        for run in (soak, overload):
            if options.what in (run.__name__, "both"):
                run(options, Path(folder), aims)
    return 1 if aims.missed else 0


if __name__ == "__main__":
    sys.exit(main())
