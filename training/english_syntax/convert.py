"""Converts spaCy's English pipeline to the weights that the lexicon reads: `convert.py PIPELINE OUT.safetensors`.

PIPELINE is the folder that holds `config.cfg`. Everything is stored as 16-bit floats, matrices as inputs × outputs; the
names of tags and actions, the tables' seeds and the numbers of spaCy's own symbols are in the header.
"""

import sys

import numpy as np
import spacy
from safetensors.numpy import save_file
from spacy.symbols import IDS

TABLES = ["norm", "prefix", "suffix", "shape", "spacy", "is_space"]


def main(source, target):
    pipeline = spacy.load(source)
    parser, tagger = pipeline.get_pipe("parser"), pipeline.get_pipe("tagger")
    words = list(pipeline.get_pipe("tok2vec").model.walk())
    tables = named(words, "hashembed")
    tensors = {f"embed.{name}": table.get_param("E") for name, table in zip(TABLES, tables, strict=True)}
    names = ["mix"] + [f"encoder.{depth}" for depth in range(4)]
    for name, maxout, norm in zip(names, named(words, "maxout"), named(words, "layernorm"), strict=True):
        outputs, pieces, inputs = maxout.get_param("W").shape
        affine(tensors, name, maxout.get_param("W").reshape(outputs * pieces, inputs), maxout.get_param("b"))
        tensors[f"{name}.gain"], tensors[f"{name}.shift"] = norm.get_param("G"), norm.get_param("b")
    softmax, = named(tagger.model.walk(), "softmax")
    affine(tensors, "tagger", softmax.get_param("W"), softmax.get_param("b"))

    state, = named(parser.model.walk(), "precomputable_affine")
    reduce, action = sorted(named(parser.model.walk(), "linear"), key=lambda node: node.get_dim("nI"), reverse=True)
    affine(tensors, "parser.reduce", reduce.get_param("W"), reduce.get_param("b"))
    affine(tensors, "parser.state", state.get_param("W").reshape(-1, state.get_dim("nI")), state.get_param("b"))
    tensors["parser.state.padding"] = state.get_param("pad").reshape(-1)
    affine(tensors, "parser.action", action.get_param("W"), action.get_param("b"))

    # Only lower-case words and short endings can be mistaken for a symbol's name.
    symbols = {name: number for name, number in IDS.items() if name and (name.islower() or len(name) <= 3)}
    header = {
        "tags": " ".join(tagger.labels),
        "actions": " ".join(parser.move_names),
        "seeds": " ".join(str(table.attrs["seed"]) for table in tables),
        "symbols": " ".join(f"{name}={number}" for name, number in sorted(symbols.items())),
    }
    save_file({name: np.ascontiguousarray(values, dtype=np.float16) for name, values in tensors.items()}, target, header)


def named(nodes, name):
    return [node for node in nodes if node.name == name]


def affine(tensors, name, weight, bias):
    tensors[f"{name}.weight"], tensors[f"{name}.bias"] = weight.T, bias.reshape(-1)


if __name__ == "__main__":
    main(*sys.argv[1:])
