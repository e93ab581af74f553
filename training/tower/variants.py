"""Forms of the published int8 tower: what is computed in float, and how the rest is quantised."""

import copy

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Product:
    """A dynamically quantised product, y = x · weights; `name` is such as `5.fc2`."""

    def __init__(self, node, writers, readers):
        self.node = node
        self.cast = readers[node.output[0]]
        self.last = readers[self.cast.output[0]]
        self.quantise = writers[node.input[0]]
        scales = writers[next(name for name in self.last.input if name != self.cast.output[0])]
        self.scale = next(name for name in scales.input if name != self.quantise.output[1])
        self.x, self.weights, self.y = self.quantise.input[0], node.input[1], self.last.output[0]
        *_, layer, _, part, _ = ["", "", *node.name.split("/")]
        self.name = f"{layer.split('.')[1]}.{part.removesuffix('_proj')}" if "layers" in layer else "projection"


def products(model):
    writers = {name: node for node in model.graph.node for name in node.output}
    readers = {name: node for node in model.graph.node for name in node.input}
    return [Product(node, writers, readers) for node in model.graph.node if node.op_type == "MatMulInteger"]


def in_float(p):
    cast, weights = f"{p.y}_cast", f"{p.y}_weights"
    return [
        helper.make_node("Cast", [p.weights], [cast], to=TensorProto.FLOAT),
        helper.make_node("Mul", [cast, p.scale], [weights]),
        helper.make_node("MatMul", [p.x, weights], [p.y]),
    ]


def by_token(p, known, constants):
    """Symmetric eight bits with a scale for each row of x."""
    nodes, x = [], p.x
    if x not in known:
        known.add(x)
        steps = [("Abs", [x], "abs", {}), ("ReduceMax", [f"{x}_row_abs"], "most", {"axes": [-1]}),
                 ("Max", [f"{x}_row_most", "tiny"], "safe", {}), ("Div", [f"{x}_row_safe", "levels"], "scale", {}),
                 ("Div", [x, f"{x}_row_scale"], "scaled", {}), ("Round", [f"{x}_row_scaled"], "round", {}),
                 ("Add", [f"{x}_row_round", "middle"], "moved", {}), ("Cast", [f"{x}_row_moved"], "int", {"to": TensorProto.UINT8})]
        nodes += [helper.make_node(kind, inputs, [f"{x}_row_{name}"], **more) for kind, inputs, name, more in steps]
        if not constants:
            values = {"tiny": np.float32(1e-12), "levels": np.float32(127), "middle": np.float32(128), "zero": np.uint8(128)}
            constants += [numpy_helper.from_array(np.array(value), name) for name, value in values.items()]
    return nodes + [
        helper.make_node("MatMulInteger", [f"{x}_row_int", p.weights, "zero", p.node.input[3]], [f"{p.y}_int"]),
        helper.make_node("Cast", [f"{p.y}_int"], [f"{p.y}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{p.y}_float", p.scale], [f"{p.y}_weighed"]),
        helper.make_node("Mul", [f"{p.y}_weighed", f"{x}_row_scale"], [p.y]),
    ]


def without_outliers(p, channels, known, constants):
    """x's `channels` are multiplied in float, the others as published: first output → what takes its node's place."""
    x, replaced = p.x, {}
    if x not in known:
        known.add(x)
        mask = np.ones(len(channels[1]), np.float32)
        mask[channels[0]] = 0
        constants += [numpy_helper.from_array(mask, f"{x}_mask"), numpy_helper.from_array(channels[0], f"{x}_channels")]
        replaced[p.quantise.output[0]] = [
            helper.make_node("Mul", [x, f"{x}_mask"], [f"{x}_rest"]),
            helper.make_node("Gather", [x, f"{x}_channels"], [f"{x}_outliers"], axis=1 if p.name == "projection" else 2),
            helper.make_node("DynamicQuantizeLinear", [f"{x}_rest"], list(p.quantise.output)),
        ]
    replaced[p.y] = [
        helper.make_node("Mul", list(p.last.input), [f"{p.y}_rest"]),
        helper.make_node("Gather", [p.weights, f"{x}_channels"], [f"{p.y}_rows"], axis=0),
        helper.make_node("Cast", [f"{p.y}_rows"], [f"{p.y}_cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{p.y}_cast", p.scale], [f"{p.y}_weights"]),
        helper.make_node("MatMul", [f"{x}_outliers", f"{p.y}_weights"], [f"{p.y}_outliers"]),
        helper.make_node("Add", [f"{p.y}_rest", f"{p.y}_outliers"], [p.y]),
    ]
    return replaced


def variant(path, float_names=(), token=False, outliers=None):
    """`float_names` in float; the rest by token if `token`, or without `outliers` = {x: (channels, all)}."""
    model, replaced, known, constants = onnx.load(path), {}, set(), []
    for p in products(model):
        if p.name in float_names:
            replaced[p.y] = in_float(p)
        elif token:
            replaced[p.y] = by_token(p, known, constants)
        elif outliers:
            replaced |= without_outliers(p, outliers[p.x], known, constants)
    graph = model.graph
    graph.initializer.extend(constants)
    nodes = [copy.deepcopy(new) for node in graph.node for new in replaced.get(node.output[0], [node])]
    read, kept = {output.name for output in graph.output}, []
    for node in reversed(nodes):
        if read.intersection(node.output):
            read.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    return model
