"""What curves are made of: what the binary prints, what a process takes, and tables."""

import argparse
import os
import subprocess
from pathlib import Path

from processes import environment, kib


def table(head: tuple[str, ...], rows: list[tuple]) -> str:
    """Columns of figures under their heads; the first one's are names."""
    cells = [head] + [tuple(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    aligned = [[cell.rjust(width) for cell, width in zip(row, widths)] for row in cells]
    return "\n" + "\n".join("  ".join(row).rstrip() for row in aligned)


def told(options: argparse.Namespace, *command: str | Path, **settings: str) -> str:
    """What the binary prints."""
    done = subprocess.run([options.cpaiqa, *command], stdout=subprocess.PIPE, text=True, env=environment(**settings))
    if done.returncode:
        raise SystemExit(f"cpaiqa {' '.join(map(str, command))} failed")
    return done.stdout


def resident(process: subprocess.Popen) -> float:
    """MiB that a server has now."""
    return kib(Path(f"/proc/{process.pid}/status"), "VmRSS:") / 1024


def busy(process: subprocess.Popen) -> float:
    """Seconds of processor time that a server took so far."""
    # The name, in brackets, may hold spaces.
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
