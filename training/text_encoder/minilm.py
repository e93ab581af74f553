"""MiniLM-L6 (a BERT of six layers, width 384) in JAX, and its tokenizer.

`FOLDER` below is where `fetch.sh` unpacked it: model.safetensors and tokenizer.json.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

LAYERS, HEADS, WIDTH = 6, 12, 384
MAX_TOKENS = 96
EPSILON = 1e-12
# A batch is padded to one of these lengths, so that few programs are compiled.
LENGTHS = [6, 8, 10, 12, 16, 20, 26, 34, 48, MAX_TOKENS]

DENSE = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "mixed": "attention.output.dense", "wide": "intermediate.dense", "narrow": "output.dense",
}
NORMS = {"after_attention": "attention.output.LayerNorm", "after_wide": "output.LayerNorm"}


def load(folder):
    """`(embeddings, layers)`: dictionaries of arrays; dense weights as `[in, out]`."""
    weights = load_file(Path(folder) / "model.safetensors")
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    embeddings = {
        "tokens": jnp.asarray(weights["embeddings.word_embeddings.weight"]),
        "positions": jnp.asarray(positions),
        "weight": weights["embeddings.LayerNorm.weight"],
        "bias": weights["embeddings.LayerNorm.bias"],
    }
    return embeddings, [layer_weights(weights, f"encoder.layer.{index}.") for index in range(LAYERS)]


def layer_weights(weights, prefix):
    found = {}
    for name, key in DENSE.items():
        found[name] = (weights[f"{prefix}{key}.weight"].T, weights[f"{prefix}{key}.bias"])
    for name, key in NORMS.items():
        found[name] = (weights[f"{prefix}{key}.weight"], weights[f"{prefix}{key}.bias"])
    return found


class Tokens:
    """Texts as token numbers, cut at `MAX_TOKENS`."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def of(self, texts):
        return [np.array(encoding.ids, np.int32) for encoding in self.tokenizer.encode_batch(list(texts))]


def padded(rows):
    """`(ids, mask)` of one batch: `[B, L]` whole numbers and 0/1 floats."""
    length = padded_length(max(map(len, rows)))
    ids, mask = np.zeros((len(rows), length), np.int32), np.zeros((len(rows), length), np.float32)
    for index, row in enumerate(rows):
        ids[index, :len(row)], mask[index, :len(row)] = row, 1
    return ids, mask


def padded_length(tokens):
    return next(length for length in LENGTHS if length >= tokens)


def normalised(x, weight, bias):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + EPSILON) * weight + bias


def embedded(weights, ids):
    x = weights["tokens"][ids] + weights["positions"][None, :ids.shape[1]]
    return normalised(x, weights["weight"], weights["bias"])


def layer(weights, x, mask):
    """One transformer layer: `x` `[B, L, 384]`, `mask` `[B, L]`."""
    batch, length, width = x.shape

    def heads(name):
        weight, bias = weights[name]
        return (x @ weight + bias).reshape(batch, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

    def dense(name, x):
        weight, bias = weights[name]
        return x @ weight + bias

    scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(width // HEADS)
    shares = jax.nn.softmax(scores + (1 - mask[:, None, None, :]) * -1e9, -1)
    mixed = (shares @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, length, width)
    x = normalised(x + dense("mixed", mixed), *weights["after_attention"])
    wide = jax.nn.gelu(dense("wide", x), approximate=False)
    return normalised(x + dense("narrow", wide), *weights["after_wide"])


def pooled(x, mask):
    """The mean over a text's tokens, `[B, 384]`."""
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
