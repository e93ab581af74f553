#!/usr/bin/env python3
"""Builds the documents as a book into target/book; `scripts/book.py MDBOOK` names the program.

The pages are those of docs/SUMMARY.md. They and the files that they link to or show are copied into target/book-source, each to
its place in the repository, so that a link leads to the same thing in the book as on GitHub. A page that is linked to and is not
in the summary, a warning of mdBook, and a link of the built book that leads nowhere are errors.
"""

import re
import shutil
import subprocess
import sys
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

from links import ROOT, dead, links

SUMMARY = Path("docs/SUMMARY.md")
SOURCE = ROOT / "target/book-source"
BOOK = ROOT / "target/book"


def gather():
    """Fills SOURCE; tells what cannot be in the book."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    wrong = list(dead(SUMMARY))
    if wrong:
        return wrong
    pages = [target for target, _, _ in links(SUMMARY)]
    for page in pages:
        copy(page)
        for target, _, written in links(page):
            if target is None or not (ROOT / target).is_file():
                wrong.append(f"{page}: {written}: a book can only link to a file of the repository")
            elif target.suffix == ".md" and target not in pages:
                wrong.append(f"{page}: {written}: add it to {SUMMARY}")
            elif target.suffix != ".md":
                copy(target)
    moved = re.sub(r"\]\(([^)]+)\)", lambda link: f"]({placed(link[1])})", (ROOT / SUMMARY).read_text())
    (SOURCE / "SUMMARY.md").write_text(moved)
    return wrong


def copy(path):
    (SOURCE / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / path, SOURCE / path)


def placed(link):
    """A link of the summary, which stands in docs/, as one from the book's root."""
    return (ROOT / SUMMARY.parent / link).resolve().relative_to(ROOT).as_posix()


def build(mdbook):
    """Has mdBook build the book; tells its warnings."""
    shutil.rmtree(BOOK, ignore_errors=True)
    done = subprocess.run([mdbook, "build"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    told = [line for line in done.stderr.splitlines() if "WARN" in line or "ERROR" in line]
    return told or ([done.stderr] if done.returncode else [])


class Page(HTMLParser):
    """A built page's links and what they can lead to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.names = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.names.add(attrs.get("id"))
        self.links += [attrs[key] for key in ("href", "src") if attrs.get(key)]


def dead_in_book():
    """What is wrong with the built pages' links. The page for addresses that are not there cannot know where it stands."""
    pages = {path: Page(path) for path in BOOK.rglob("*.html") if path.name not in ("404.html", "toc.html")}
    for path, page in pages.items():
        for link in page.links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            if not target.is_file():
                yield f"{path.relative_to(ROOT)}: {link}: there is no such file"
            elif url.fragment and target in pages and urllib.parse.unquote(url.fragment) not in pages[target].names:
                yield f"{path.relative_to(ROOT)}: {link}: the page has no such heading"


def main():
    mdbook = sys.argv[1] if len(sys.argv) > 1 else "mdbook"
    wrong = gather() or build(mdbook) or sorted(set(dead_in_book()))
    if not wrong:
        wrong = [] if (BOOK / "index.html").exists() else ["mdBook wrote no book"]
    print("\n".join(wrong) if wrong else f"the book is in {BOOK.relative_to(ROOT)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
