"""The project's settings, the files of its model store, and ONNX Runtime sessions over them."""

import os
import threading
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cpaiqa"
STORE = Path(os.environ.get("CPAIQA_MODELS__DIR") or CACHE / "models")


@cache
def settings(name: str) -> dict[str, Any]:
    """What `config/NAME.toml` says."""
    return tomllib.loads((ROOT / "config" / f"{name}.toml").read_text())


def stored(name: str) -> Path:
    """The file of that name in the manifest; it must be in the store."""
    entry = next((entry for entry in settings("models")["file"] if entry["name"] == name), None)
    if entry is None:
        raise SystemExit(f"expected a model called {name} in config/models.toml, which has none")
    (origin,) = entry["source"].values()
    file = STORE / name / entry["sha256"][:16] / Path(origin.get("path") or origin["url"]).name
    if not file.is_file():
        raise SystemExit(f"expected the model {file}; run `cpaiqa models pull`")
    return file


class Model:
    """One session that all requests share, and the turns that its runs wait for."""

    def __init__(self, name: str, threads: int, turns: threading.Semaphore) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Idle threads that spin would take the other sessions' cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(stored(name), options, providers=["CPUExecutionProvider"])
        self.turns = turns

    def run(self, outputs: list[str] | None, **inputs: np.ndarray) -> list[np.ndarray]:
        """The named outputs, or all of them."""
        with self.turns:
            return self.session.run(outputs, inputs)


class Models:
    """Opens models for a machine: at one time as many runs as keep its cores busy, and no more, which bounds memory."""

    def __init__(self, threads: int) -> None:
        cores = len(os.sched_getaffinity(0))
        self.threads = threads
        self.turns = threading.Semaphore(max(1, cores // threads) if threads else 1)

    def open(self, name: str) -> Model:
        return Model(name, self.threads, self.turns)


def planes(pixels: np.ndarray, mean: list[float], deviation: list[float]) -> np.ndarray:
    """`u8 [H, W, 3]` as `f32 [1, 3, H, W]`, normalised by channel statistics in units of 0 to 255."""
    scaled = (pixels.astype(np.float32) - np.float32(mean)) / np.float32(deviation)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))[None]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Each row scaled to length 1; a zero row stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)
