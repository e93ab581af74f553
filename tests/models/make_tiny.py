"""Writes ONNX graphs and tokenizers that are used like the large models' but fit in a repository.

    python make_tiny.py ../fixtures/tiny

They have the published exports' tensor names, types and shapes and answer by what they are given: the text graphs by
the tokens, the image graphs by colours, the mask decoder by which cells have the prompt point's colour. Their weights
are random, so their answers mean nothing.
"""

import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

OPSET = 17
HIDDEN = 4
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64
RANDOM = np.random.default_rng(16)


class Graph:
    """Nodes and weights of one model; every method gives its output's name."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def constant(self, value, kind=np.float32):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def __call__(self, operator, *inputs, out=None, **attributes):
        out = out or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [out], **attributes))
        return out

    def save(self, path, inputs, outputs):
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, path.stem, [value(*i) for i in inputs], [value(*o) for o in outputs], self.weights
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        checker.check_model(model, full_check=True)
        save(model, path)


def hidden_tokens(g):
    """f32 [batch, tokens, HIDDEN]: what stands at each place, with everything before it."""
    row = g("Mod", "input_ids", g.constant(61, np.int64))
    return g("CumSum", g("Gather", g.constant(RANDOM.normal(size=(61, HIDDEN))), row), g.constant(1, np.int64))


def at(g, states, place):
    """f32 [batch, HIDDEN]: the state at `place`, i64 [batch, 1]."""
    index = g("Expand", g("Unsqueeze", place, g.constant([2], np.int64)), g.constant([1, 1, HIDDEN], np.int64))
    return g("Squeeze", g("GatherElements", states, index, axis=1), g.constant([1], np.int64))


def clip_text(path):
    """CLIP's text tower: read where the end-of-text token, the highest number, stands first."""
    g = Graph()
    states = hidden_tokens(g)
    end = g("ArgMax", "input_ids", axis=1, keepdims=1)
    g("MatMul", at(g, states, end), g.constant(RANDOM.normal(size=(HIDDEN, 512))), out="text_embeds")
    g.save(path, [("input_ids", INT, ["batch", "tokens"])], [("text_embeds", FLOAT, ["batch", 512])])


def siglip_text(path):
    """SigLIP's text tower: 64 tokens, read at the last one, padding or not."""
    g = Graph()
    g("Identity", hidden_tokens(g), out="last_hidden_state")
    last = g("ConstantOfShape", g.constant([1, 1], np.int64), value=helper.make_tensor("v", INT, [1], [63]))
    g("MatMul", at(g, "last_hidden_state", last), g.constant(RANDOM.normal(size=(HIDDEN, 768))), out="pooler_output")
    g.save(
        path,
        [("input_ids", INT, [1, 64])],
        [("last_hidden_state", FLOAT, [1, 64, HIDDEN]), ("pooler_output", FLOAT, [1, 768])],
    )


def bert_text(path):
    """A BERT with a projection: the mean over the tokens that the mask lets through."""
    g = Graph()
    row = g("Mod", "input_ids", g.constant(61, np.int64))
    tokens = g("Gather", g.constant(RANDOM.normal(size=(61, HIDDEN))), row)
    mask = g("Unsqueeze", g("Cast", "attention_mask", to=FLOAT), g.constant([2], np.int64))
    axis = g.constant([1], np.int64)
    total = g("ReduceSum", g("Mul", tokens, mask), axis, keepdims=0)
    mean = g("Div", total, g("ReduceSum", mask, axis, keepdims=0))
    g("MatMul", mean, g.constant(RANDOM.normal(size=(HIDDEN, 512))), out="text_embeds")
    tokens = ["batch", "tokens"]
    g.save(
        path,
        [("input_ids", INT, tokens), ("attention_mask", INT, tokens)],
        [("text_embeds", FLOAT, ["batch", 512])],
    )


def image(path, output, width):
    """An image tower: four quarters' mean colours, through a bottleneck."""
    g = Graph()
    quarters = g("AveragePool", "pixel_values", kernel_shape=[112, 112], strides=[112, 112])
    hidden = g("MatMul", g("Flatten", quarters), g.constant(RANDOM.normal(size=(12, HIDDEN))))
    g("MatMul", hidden, g.constant(RANDOM.normal(size=(HIDDEN, width))), out=output)
    g.save(path, [("pixel_values", FLOAT, ["batch", 3, 224, 224])], [(output, FLOAT, ["batch", width])])


def sam_encoder(path):
    """SAM's image encoder: 64 x 64 mean colours, in the first three of 256 channels."""
    g = Graph()
    colours = g("AveragePool", "input", kernel_shape=[16, 16], strides=[16, 16])
    g("Conv", colours, g.constant(np.eye(256, 3).reshape(256, 3, 1, 1)), out="output")
    g.save(path, [("input", FLOAT, [1, 3, 1024, 1024])], [("output", FLOAT, [1, 256, 64, 64])])


def sam_decoder(path):
    """SAM's mask decoder: inside is what has the first point's colour."""
    g = Graph()
    colours = g("Slice", "image_embeddings", *(g.constant([v], np.int64) for v in (0, 3, 1)))
    point = g("Slice", "point_coords", *(g.constant([v], np.int64) for v in (0, 1, 1)))
    cell = g("Cast", g("Floor", g("Div", point, g.constant(16.0))), to=INT)
    cell = g("Clip", cell, g.constant(0, np.int64), g.constant(63, np.int64))
    x, y = (g("Slice", cell, *(g.constant([v], np.int64) for v in (i, i + 1, 2))) for i in (0, 1))
    index = g("Reshape", g("Add", g("Mul", y, g.constant(64, np.int64)), x), g.constant([1], np.int64))
    flat = g("Reshape", colours, g.constant([1, 3, 64 * 64], np.int64))
    wanted = g("Unsqueeze", g("Gather", flat, index, axis=2), g.constant([3], np.int64))
    distance = g("ReduceL2", g("Sub", colours, wanted), axes=[1], keepdims=1)
    logits = g("Sub", g.constant(5.0), g("Mul", distance, g.constant(10.0)))
    # The other inputs are part of the signature: they count for nothing, but the graph must take them.
    unused = [g("ReduceSum", name, keepdims=0) for name in ("point_labels", "mask_input", "has_mask_input")]
    nothing = g("Mul", g("Sum", *unused), g.constant(0.0))
    scales = g.constant([1, 1, 4, 4])
    g("Resize", g("Add", logits, nothing), "", scales, out="low_res_masks", mode="nearest",
      coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    size = g("Concat", g.constant([1, 1], np.int64), g("Cast", "orig_im_size", to=INT), axis=0)
    g("Resize", "low_res_masks", "", "", size, out="masks", mode="nearest")
    g("Add", g("Reshape", nothing, g.constant([1, 1], np.int64)), g.constant([[0.95]]), out="iou_predictions")
    g.save(
        path,
        [
            ("image_embeddings", FLOAT, [1, 256, 64, 64]),
            ("point_coords", FLOAT, [1, "points", 2]),
            ("point_labels", FLOAT, [1, "points"]),
            ("mask_input", FLOAT, [1, 1, 256, 256]),
            ("has_mask_input", FLOAT, [1]),
            ("orig_im_size", FLOAT, [2]),
        ],
        [
            ("masks", FLOAT, [1, 1, "height", "width"]),
            ("iou_predictions", FLOAT, [1, 1]),
            ("low_res_masks", FLOAT, [1, 1, 256, 256]),
        ],
    )


def byte_letters():
    """Byte-level BPE's letter for each byte, in CLIP's order: printable bytes stand for themselves and come first."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def special(number, content):
    return {"id": number, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True}


def clip_tokenizer(merges):
    """CLIP's tokenizer with these merges: bytes, bytes that end a word, merges, start and end of text."""
    letters = byte_letters()
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    start, end = "<|startoftext|>", "<|endoftext|>"
    vocabulary = {piece: number for number, piece in enumerate([*pieces, start, end])}
    words = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special(vocabulary[token], token) for token in (start, end)],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": words}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        ]},
        "post_processor": {"type": "RobertaProcessing", "sep": [end, vocabulary[end]], "cls": [start, vocabulary[start]],
                           "trim_offsets": False, "add_prefix_space": False},
        "decoder": None,
        "model": {"type": "BPE", "dropout": None, "unk_token": end, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": vocabulary,
                  "merges": [list(pair) for pair in merges]},
    }


def some_merges():
    """Enough merges for a word to become more than letters."""
    merges, known = [], set()
    for word in "the a an of in on with and red blue green cat dog crown throne flower painting".split():
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            parts[:2] = ["".join(pair)]
            if pair not in known:
                known.add(pair)
                merges.append(pair)
    return merges


def siglip_tokenizer():
    """A SentencePiece Unigram tokenizer as SigLIP's: `</s>` ends a text and fills it up."""
    letters = "▁abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["▁a", "▁the", "▁of", "▁cat", "▁dog", "▁red", "▁with", "▁on", "ing", "er"]
    pieces = [["<unk>", 0.0], ["</s>", 0.0], *([word, -4.0] for word in words), *([letter, -8.0] for letter in letters)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special(1, "</s>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Lowercase"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                           "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False},
    }


def bert_tokenizer():
    """A WordPiece tokenizer as BERT's."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,!?-"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "the", "of", "cat", "dog", "red", "##s", *letters[1:]]
    pieces += ["##" + letter for letter in letters if "##" + letter not in pieces]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    part = lambda kind, name: {kind: {"id": name, "type_id": 0}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special(vocabulary[token], token) for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [part("SpecialToken", "[CLS]"), part("Sequence", "A"), part("SpecialToken", "[SEP]")],
                           "pair": [part("Sequence", "A"), part("Sequence", "B")],
                           "special_tokens": {token: {"id": token, "ids": [vocabulary[token]], "tokens": [token]}
                                              for token in ("[CLS]", "[SEP]")}},
        "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    clip_text(folder / "clip_text.onnx")
    image(folder / "clip_vision.onnx", "image_embeds", 512)
    bert_text(folder / "bert_text.onnx")
    siglip_text(folder / "siglip_text.onnx")
    image(folder / "siglip_vision.onnx", "pooler_output", 768)
    sam_encoder(folder / "sam_encoder.onnx")
    sam_decoder(folder / "sam_decoder.onnx")
    tokenizers = {"bert": bert_tokenizer(), "clip": clip_tokenizer(some_merges()), "siglip": siglip_tokenizer()}
    for name, tokenizer in tokenizers.items():
        text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}_tokenizer.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
