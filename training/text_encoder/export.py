"""Writes the trained student as ONNX, its weights in eight bits.

`export.py MINILM WORK OUT`: inputs `input_ids` and `attention_mask` (whole numbers, `[B, L]`, L up to 96), output
`text_embeds` (`[B, 512]`, length 1, in the centred joint space). Prints size and agreement with the float form.
"""

import pickle
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

import minilm
import train
from teacher import table


def main(folder, work, out):
    embeddings, layers = minilm.load(folder)
    student, _, epochs = pickle.loads((Path(work) / "student.pkl").read_bytes())
    if epochs != train.EPOCHS:
        raise SystemExit(f"student.pkl has {epochs} epochs, expected {train.EPOCHS}: run train.py to its end")
    single = Path(work) / "student-float.onnx"
    onnx.save(Graph().model(embeddings, layers[:train.FROZEN] + student["layers"], student["head"]), single)
    quantize_dynamic(single, out, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"])
    texts = [row["text"] for row in table("texts.tsv")][:500]
    cosines = (embeddings_by(single, folder, texts) * embeddings_by(out, folder, texts)).sum(1)
    print(f"{Path(out).stat().st_size} bytes; cosine of eight bits to float: mean {cosines.mean():.4f}, "
          f"5th percentile {np.percentile(cosines, 5):.4f}")


def embeddings_by(model, folder, texts):
    """One text a run, as it is used."""
    session = onnxruntime.InferenceSession(model)
    rows = [ids[None].astype(np.int64) for ids in minilm.Tokens(folder).of(texts)]
    return np.concatenate([
        session.run(["text_embeds"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0] for ids in rows
    ])


class Graph:
    """Builds the graph; a node's output has the node's name."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def model(self, embeddings, layers, head):
        self.op("Gather", [self.constant("tokens", embeddings["tokens"]), "input_ids"], "words")
        self.op("Shape", ["input_ids"], "length", start=1)
        positions = self.constant("positions", embeddings["positions"][:minilm.MAX_TOKENS])
        self.op("Slice", [positions, self.whole("first", [0]), "length", "first"], "places")
        self.op("Add", ["words", "places"], "placed")
        x = self.norm("placed", (embeddings["weight"], embeddings["bias"]), "embedded")

        self.op("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        self.op("Unsqueeze", ["mask", self.whole("over_heads", [1, 2])], "mask_by_head")
        self.op("Sub", [self.number("one", 1), "mask_by_head"], "blank")
        self.op("Mul", ["blank", self.number("never", -1e9)], "blocked")
        for index, weights in enumerate(layers):
            x = self.layer(f"layer{index}.", weights, x)

        self.op("Unsqueeze", ["mask", self.whole("over_width", [2])], "mask_by_token")
        self.op("Mul", [x, "mask_by_token"], "kept")
        self.op("ReduceSum", ["kept", self.whole("by_token", [1])], "sum", keepdims=0)
        self.op("ReduceSum", ["mask", "by_token"], "count", keepdims=1)
        self.op("Div", ["sum", "count"], "pooled")
        x = self.norm("pooled", head["norm"], "head.norm")
        self.gelu(self.dense(x, head["wide"], "head.wide"), "head.bent")
        self.dense("head.bent", head["narrow"], "head.narrow")
        self.op("MatMul", [x, self.constant("head.straight.weight", head["straight"])], "head.straight")
        self.op("Add", ["head.narrow", "head.straight"], "projected")
        self.op("ReduceL2", ["projected", self.whole("by_value", [-1])], "size", keepdims=1)
        self.op("Div", ["projected", "size"], "text_embeds")

        def tensor(name, kind, width):
            return helper.make_tensor_value_info(name, kind, ["batch", width])

        inputs = [tensor(name, TensorProto.INT64, "length") for name in ("input_ids", "attention_mask")]
        outputs = [tensor("text_embeds", TensorProto.FLOAT, train.WIDTH)]
        graph = helper.make_graph(self.nodes, "text_encoder", inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(model)
        return model

    def layer(self, name, weights, x):
        split = self.whole(name + "split", [0, 0, minilm.HEADS, minilm.WIDTH // minilm.HEADS])
        for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            self.dense(x, weights[part], name + part)
            self.op("Reshape", [name + part, split], name + part + ".heads")
            self.op("Transpose", [name + part + ".heads"], name + part + ".turned", perm=order)
        self.op("MatMul", [name + "query.turned", name + "key.turned"], name + "scores")
        scale = self.number(name + "scale", (minilm.WIDTH // minilm.HEADS) ** -0.5)
        self.op("Mul", [name + "scores", scale], name + "scaled")
        self.op("Add", [name + "scaled", "blocked"], name + "open")
        self.op("Softmax", [name + "open"], name + "shares", axis=-1)
        self.op("MatMul", [name + "shares", name + "value.turned"], name + "heads")
        self.op("Transpose", [name + "heads"], name + "turned", perm=[0, 2, 1, 3])
        self.op("Reshape", [name + "turned", self.whole(name + "merge", [0, 0, minilm.WIDTH])], name + "merged")
        self.dense(name + "merged", weights["mixed"], name + "mixed")
        self.op("Add", [x, name + "mixed"], name + "attended")
        x = self.norm(name + "attended", weights["after_attention"], name + "after_attention")
        self.gelu(self.dense(x, weights["wide"], name + "wide"), name + "bent")
        self.dense(name + "bent", weights["narrow"], name + "narrow")
        self.op("Add", [x, name + "narrow"], name + "added")
        return self.norm(name + "added", weights["after_wide"], name + "after_wide")

    def dense(self, x, weights, name):
        self.op("MatMul", [x, self.constant(name + ".weight", weights[0])], name + ".product")
        return self.op("Add", [name + ".product", self.constant(name + ".bias", weights[1])], name)

    def norm(self, x, weights, name):
        scale, bias = self.constant(name + ".weight", weights[0]), self.constant(name + ".bias", weights[1])
        return self.op("LayerNormalization", [x, scale, bias], name, axis=-1, epsilon=minilm.EPSILON)

    def gelu(self, x, name):
        """x/2 · (1 + erf(x/√2)), which ONNX Runtime fuses."""
        self.op("Div", [x, self.number(name + ".root", np.sqrt(2))], name + ".divided")
        self.op("Erf", [name + ".divided"], name + ".erf")
        self.op("Add", [name + ".erf", self.number(name + ".one", 1)], name + ".above")
        self.op("Mul", [x, name + ".above"], name + ".product")
        return self.op("Mul", [name + ".product", self.number(name + ".half", 0.5)], name)

    def op(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def number(self, name, value):
        return self.constant(name, np.array(value, np.float32))

    def whole(self, name, values):
        return self.constant(name, np.array(values, np.int64))


if __name__ == "__main__":
    main(*sys.argv[1:])
