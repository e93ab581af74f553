"""Scores through the gateway's published port, with pictures and prompts that no cache has seen."""

import itertools
import json
import random
import struct
import subprocess
import tempfile
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path

SIDE = 96
# Different in every run, so that a store that was kept knows none of the pictures.
START = random.SystemRandom().randrange(2**32)


@dataclass
class Outcome:
    """What became of one call: an answer, or an error in words."""

    seconds: float
    error: str = ""
    degraded: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not self.error and not self.degraded

    def __str__(self) -> str:
        told = self.error or (f"degraded {self.degraded}" if self.degraded else "a whole answer")
        return f"{told} after {self.seconds:.1f} s"


class Client:
    """The binary as a client."""

    def __init__(self, binary: Path, endpoint: str) -> None:
        self.binary, self.endpoint = binary, endpoint
        self.seeds = itertools.count(START)
        self.folder = tempfile.TemporaryDirectory(prefix="cpaiqa-pictures-")

    def score(self, limit: float = 60.0) -> Outcome:
        """Scores a new picture against a new prompt; no answer within `limit` seconds is an outcome too."""
        seed = next(self.seeds)
        picture = Path(self.folder.name) / f"{seed}.png"
        picture.write_bytes(png(seed))
        command = [self.binary, "score", picture, "--prompt", f"a red box with the number {seed}"]
        command += ["--endpoint", self.endpoint, "--format", "json"]
        begun = time.monotonic()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(time.monotonic() - begun, error=f"no answer within {limit:g} s")
        seconds = time.monotonic() - begun
        if done.returncode != 0:
            return Outcome(seconds, error=done.stderr.strip() or f"exit code {done.returncode}")
        degraded = json.loads(done.stdout).get("degraded") or []
        return Outcome(seconds, degraded={part["stage"]: part["reason"] for part in degraded})


def png(seed: int) -> bytes:
    """A few coloured boxes."""
    dice = random.Random(seed)

    def colour() -> bytes:
        return bytes(dice.randrange(256) for _ in range(3))

    ground = colour() * SIDE
    rows = [bytearray(ground) for _ in range(SIDE)]
    for _ in range(4):
        left, top, wide, high = (dice.randrange(low, up) for low, up in ((0, 60), (0, 60), (12, 36), (12, 36)))
        fill = colour() * wide
        for row in rows[top : top + high]:
            row[3 * left : 3 * (left + wide)] = fill
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
