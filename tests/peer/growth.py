"""How a gateway in front of services that answer at once takes more tenants, more scenarios, and what it shares with others."""

import argparse
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import ROOT, python
from measuring import busy, resident, table, told
from processes import free_address, memory, serving
from run import ROLES, load

PICTURE = ROOT / "examples/cat-on-throne.jpg"
COUNTS = (1, 100, 10_000)
TENANT = """[allowance]
pictures_per_day = 100000000
[limits]
max_side = 8192
"""
OWN_BACKEND = '[backends]\ndistortion = "http://{services}"\n'
SCENARIO = """name = "use-{number}"
description = "Labels of the collection {number}."
phrases = ["label of collection {number}", "poster in hall {number}", "catalogue page {number}", "postcard {number}"]
[logits]
global_alignment = 0.8
local_alignment = 0.8
fidelity = 0.9
aesthetics = 0.5
[impacts]
edge_blur = 0.5
"""
# Asks for the list of scenarios; prints the median time, ms, and the bytes of the answer.
LISTING = """
import statistics, sys, time
import grpc
from cpaiqa.quality.v1.quality_service_pb2 import ListScenariosRequest
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceStub
stub = QualityServiceStub(grpc.insecure_channel(sys.argv[1], [("grpc.max_receive_message_length", 1 << 30)]))
times = []
for _ in range(5):
    start = time.perf_counter()
    answer = stub.ListScenarios(ListScenariosRequest(), timeout=60)
    times.append((time.perf_counter() - start) * 1e3)
print(statistics.median(times), answer.ByteSize())
"""


@contextmanager
def stubs(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Services of every role that answer at once; gives their address."""
    address = free_address()
    with serving([options.cpaiqa, "bench", "stubs", "--listen", address], address, folder / "stubs.log", ""):
        yield address


def front(
    options: argparse.Namespace, address: str, services: str, **settings: str
) -> tuple[list[str | Path], dict[str, str]]:
    """The command and the settings of a gateway at one address in front of all roles at the other."""
    backends = {f"CPAIQA_BACKENDS__{role.upper()}": f"http://{services}" for role in ROLES}
    command = [options.cpaiqa, "serve", "--role", "gateway"]
    return command, backends | {"CPAIQA_SERVER__LISTEN": address} | settings


def idle_share(process: subprocess.Popen, seconds: float = 10) -> float:
    """The share of a core that a server takes while nobody asks, percent."""
    before = busy(process)
    time.sleep(seconds)
    return (busy(process) - before) / seconds * 100


def tenants(options: argparse.Namespace, folder: Path) -> str:
    """A gateway over stubs by the tenants that have a file."""
    rows = []
    with stubs(options, folder) as services:
        for own in ("", OWN_BACKEND.format(services=services)):
            for count in COUNTS:
                files = folder / f"tenants-{bool(own)}-{count}"
                files.mkdir()
                for number in range(count):
                    (files / f"tenant-{number}.toml").write_text(TENANT + own)
                address = free_address()
                settings = {"CPAIQA_GATEWAY__TENANTS__DIR": str(files), "CPAIQA_GATEWAY__TENANT": "tenant-0"}
                command, settings = front(options, address, services, **settings)
                start = time.monotonic()
                with serving(command, address, folder / "gateway.log", **settings) as process:
                    started = time.monotonic() - start
                    idle = idle_share(process)
                    figures = load(options, address, PICTURE, "a cat", "--clients", "1")
                    times = (figures["p50_ms"], figures["p99_ms"], figures["max_ms"])
                    rows.append((count, "yes" if own else "no", started, idle, *times, resident(process)))
    return table(("tenants", "own backend", "start, s", "idle, % of a core", "p50 ms", "p99 ms", "max ms", "MiB"), rows)


def scenarios(options: argparse.Namespace, folder: Path) -> str:
    """A gateway over stubs and a scenario service, by the scenarios of one tenant."""
    asks = {"none": (), "named": ("--scenario", "use-0"), "free text": ("--context", "poster in hall 0")}
    rows = []
    with stubs(options, folder) as services:
        for store in ("SQLite", "PostgreSQL") if options.postgres else ("SQLite",):
            for count in options.counts:
                files, service, address = folder / f"scenarios-{count}", free_address(), free_address()
                files.mkdir(exist_ok=True)
                for number in range(count):
                    (files / f"use-{number}.toml").write_text(SCENARIO.format(number=number))
                # One PostgreSQL for all counts: each has a tenant of its own.
                tenant = {"CPAIQA_GATEWAY__TENANT": f"curve-{count}"}
                url = options.postgres if store == "PostgreSQL" else f"sqlite:{folder / f'scenarios-{count}.db'}"
                kept = tenant | {"CPAIQA_SCENARIO__STORE__URL": url, "CPAIQA_SERVER__LISTEN": service}
                start = time.monotonic()
                told(options, "scenarios", "import", files, **kept)
                imported = time.monotonic() - start
                role = [options.cpaiqa, "serve", "--role", "scenario"]
                command, settings = front(options, address, services, **tenant)
                settings["CPAIQA_BACKENDS__SCENARIO"] = f"http://{service}"
                with (
                    serving(role, service, folder / "scenario.log", **kept) as keeper,
                    serving(command, address, folder / "gateway.log", **settings),
                ):
                    times = []
                    for how in asks.values():
                        figures = load(options, address, PICTURE, "a cat", "--clients", "1", *how)
                        times += [figures["p50_ms"], figures["max_ms"]]
                    listed = subprocess.run([python(), "-c", LISTING, address], stdout=subprocess.PIPE, text=True)
                    if listed.returncode:
                        raise SystemExit("ListScenarios failed")
                    listing, size = map(float, listed.stdout.split())
                    rows.append((store, count, imported, *times, listing, size / 1024, memory(keeper)))
    asked = [f"{ask}, {what}" for ask in asks for what in ("p50 ms", "max ms")]
    return table(("store", "scenarios", "import, s", *asked, "list, ms", "KiB", "MiB"), rows)


def shared(options: argparse.Namespace, folder: Path) -> str:
    """A gateway over stubs that counts and keeps answers in Valkey: what it asks there for a picture."""
    files = folder / "tenants"
    files.mkdir()
    (files / "tenant-0.toml").write_text(TENANT)
    alone = {"CPAIQA_GATEWAY__TENANTS__DIR": str(files), "CPAIQA_GATEWAY__TENANT": "tenant-0"}
    url = f"redis://{options.valkey}"
    together = alone | {"CPAIQA_GATEWAY__QUOTA__STORE": url, "CPAIQA_GATEWAY__SHARED_CACHE__URL": url}
    rows = []
    with stubs(options, folder) as services:
        for name, settings in (("alone", alone), ("with Valkey", together)):
            address = free_address()
            command, settings = front(options, address, services, **settings)
            with serving(command, address, folder / "gateway.log", **settings) as process:
                before = busy(process)
                kept = int(info(options.valkey, "memory")["used_memory"])
                asked(options.valkey, "CONFIG RESETSTAT")
                figures = load(options, address, PICTURE, "a cat", "--clients", "8")
                # Those of the warm-up are asked as fast.
                pictures = figures["answered"] * (1 + options.warm_up / options.seconds)
                spent = (busy(process) - before) / pictures * 1e3
                kept = (int(info(options.valkey, "memory")["used_memory"]) - kept) / pictures / 1024
                rows.append((name, figures["per_second"], figures["p50_ms"], spent, kept))
    commands = []
    for command, told_of in info(options.valkey, "commandstats").items():
        calls, _, each, *_ = (float(part.partition("=")[2]) for part in told_of.split(","))
        if calls > pictures / 10:
            commands.append((command.removeprefix("cmdstat_"), calls / pictures, each))
    gateways = table(("", "a second", "p50 ms", "core-ms a picture", "KiB kept a picture"), rows)
    return gateways + "\n" + table(("command", "a picture", "microseconds each"), commands)


def asked(address: str, command: str) -> str:
    """What Valkey answers."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port))) as connection, connection.makefile("rwb") as stream:
        stream.write(f"{command}\r\n".encode())
        stream.flush()
        head = stream.readline().decode()
        return stream.read(int(head[1:])).decode() if head.startswith("$") else head


def info(address: str, section: str) -> dict[str, str]:
    """What Valkey tells of itself."""
    lines = [line.split(":", 1) for line in asked(address, f"INFO {section}").split("\r\n") if ":" in line]
    return {name: told_of for name, told_of in lines}
