"""Class names with CLIP's own text embeddings, and which of them training never sees.

The folder holds npz files with `text` (the string that was embedded), `name` (the class), `emb` (unit rows of 512) and
`exact` (whether `text` is the very string embedded).
"""

import hashlib
import re
from pathlib import Path

import numpy as np

HELD_OUT_TENTHS = 4


class Classes:
    """Unique texts, each with its class name and its true embedding."""

    def __init__(self, folder):
        found = {}
        for path in sorted(Path(folder).glob("*.npz")):
            file = np.load(path)
            exact = np.broadcast_to(file["exact"], len(file["text"]))
            for text, name, embedding, is_exact in zip(file["text"], file["name"], file["emb"], exact):
                if is_exact:
                    found[str(text)] = (str(name), embedding)
        if not found:
            raise SystemExit(f"{folder}: expected npz files with exact text embeddings, found none")
        self.texts = list(found)
        self.names = [found[text][0] for text in self.texts]
        self.embeddings = np.stack([found[text][1] for text in self.texts]).astype(np.float32)
        self.held_out = np.array([held_out(name) for name in self.names])


def held_out(name):
    """Spellings of one name ("dining table", "diningtable") fall on one side."""
    digest = hashlib.sha256(letters(name).encode()).hexdigest()
    return int(digest, 16) % 10 < HELD_OUT_TENTHS


def letters(text):
    return re.sub(r"[^a-z]", "", text.lower())
