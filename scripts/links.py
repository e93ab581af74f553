#!/usr/bin/env python3
"""Finds links in the documents that lead nowhere: files that are not there, and headings that no page has.

Links to other servers are not asked.
"""

import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FENCE = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(?:a|img)\s[^>]*?(?:href|src)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def documents():
    """All Markdown files that git knows or would take, relative to the repository."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [Path(name) for name in names if (ROOT / name).exists()]


def links(page):
    """Links of a page that stay in the repository: the path relative to it (None: out of it), the heading, the link as written."""
    text = CODE.sub("", FENCE.sub("", (ROOT / page).read_text()))
    for match in LINK.finditer(text):
        written = match[1] or match[2]
        url = urllib.parse.urlsplit(written)
        if url.scheme or url.netloc:
            continue
        path = urllib.parse.unquote(url.path)
        target = (ROOT / page.parent / path).resolve() if path else ROOT / page
        yield (target.relative_to(ROOT) if target.is_relative_to(ROOT) else None), url.fragment, written


def anchors(page):
    """Names of a page's headings, as GitHub and mdBook make them: the second of the same name ends in -1."""
    text = FENCE.sub("", (ROOT / page).read_text())
    seen, names = {}, set()
    for heading in HEADING.findall(text):
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        count = seen.get(name, 0)
        seen[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def dead(page):
    """What is wrong with a page's links, in words."""
    for target, heading, written in links(page):
        if target is None or not (ROOT / target).exists():
            yield f"{page}: {written}: there is no such file"
        elif heading and target.suffix == ".md" and heading not in anchors(target):
            yield f"{page}: {written}: {target} has no such heading"


def main():
    pages = documents()
    wrong = [line for page in pages for line in dead(page)]
    print("\n".join(wrong) if wrong else f"{len(pages)} documents: every link leads somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
