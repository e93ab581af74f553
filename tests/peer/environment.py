"""What the peers run in: a virtual environment in the user's cache folder, and the pictures that are sent."""

import hashlib
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cpaiqa" / "peer"

SCALE = """
import sys
from PIL import Image
source, side, to = sys.argv[1:]
picture = Image.open(source).convert("RGB")
scale = int(side) / max(picture.size)
picture.resize([round(length * scale) for length in picture.size], Image.Resampling.LANCZOS).save(to, quality=92)
"""


def python() -> Path:
    """The environment's Python; the environment is made where it is missing, or was made from other files."""
    found = VENV / "bin" / "python"
    generate, requirements = ROOT / "examples/python/generate.sh", HERE / "requirements.txt"
    files = [generate, generate.with_name("requirements.txt"), requirements, *(ROOT / "proto").rglob("*.proto")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()
    made_from = VENV / "made-from"
    if not made_from.is_file() or made_from.read_text() != digest:
        print(f"making {VENV}", flush=True)
        # With gRPC, and the code that is generated from the protos.
        subprocess.run([generate, VENV], check=True)
        install = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--requirement", requirements], check=True)
        made_from.write_text(digest)
    return found


def scaled(name: str, side: int, folder: Path) -> Path:
    """An example picture with a long side of so many pixels."""
    picture = folder / f"{side}-{name}"
    subprocess.run([python(), "-c", SCALE, ROOT / "examples" / name, str(side), picture], check=True)
    return picture
