"""Servers as processes of their own, and what memory they take."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Models are loaded, on a busy machine.
PATIENCE = 180.0


def free_address() -> str:
    """A port of this machine that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of the user's for cpaiqa, but where the models are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CPAIQA_")}
    store = {name: value for name, value in os.environ.items() if name == "CPAIQA_MODELS__DIR"}
    return kept | store | settings


@contextmanager
def serving(
    command: list[str | Path], address: str, log: Path, says: str = "serving", **settings: str
) -> Iterator[subprocess.Popen]:
    """Runs a server until the block ends; the block begins once it listens and has said what it says then."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(**settings))
    try:
        until = time.monotonic() + PATIENCE
        while not (says in log.read_text(errors="replace") and listens(address)):
            if process.poll() is not None or time.monotonic() > until:
                told = log.read_text(errors="replace")[-2000:]
                raise SystemExit(f"{' '.join(map(str, command))} does not serve on {address}:\n{told}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((host, int(port))) == 0


def memory(process: subprocess.Popen) -> float:
    """MiB: the peak (VmHWM) of a server of one process; what several have now, each shared page once (PSS)."""
    family = [process.pid]
    for pid in family:
        family += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    if len(family) == 1:
        return kib(Path(f"/proc/{process.pid}/status"), "VmHWM:") / 1024
    return sum(kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in family) / 1024


def kib(file: Path, field: str) -> int:
    line = next(line for line in file.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1])
