#!/usr/bin/env python3
"""How many operations a run of each model takes, counted from its graph; for a Python with onnx, onnxruntime and NumPy.

Each graph is run once on made-up input, so that the shapes of what its nodes take and give are known. Counted is what multiplies
and adds, two operations each: products and convolutions, in float or in eight bits. Norms, softmax and quantising are left out.
"""

import math
import os

# Before NumPy and ONNX Runtime are there.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnx
import onnxruntime
from stages.models import stored

# By model: how often it runs for a picture with so many kept regions, and the lengths that its inputs leave open.
REGIONS = 8
RUNS = {
    # 64 points by four, and those that are kept once more.
    "mobile-sam-encoder": (1, {}),
    "mobile-sam-decoder": (64 // 4 + math.ceil(REGIONS / 4), {}),
    # The whole and each region.
    "clip-vit-b-16-image-mixed": (1 + REGIONS, {}),
    "clip-vit-b-16-early": (1, {}),
    "distortion-network": (1, {"height": 512, "width": 512}),
    # A text, kept from then on.
    "clip-text-minilm": (0, {"length": 24}),
}
POINTS = {
    "image_embeddings": np.zeros((1, 256, 64, 64), np.float32),
    "point_coords": np.full((4, 2, 2), 500, np.float32),
    "point_labels": np.tile(np.array([1, -1], np.float32), (4, 1)),
    "least_iou": np.array(np.inf, np.float32),
}
PRODUCTS = {"MatMul", "MatMulInteger", "Gemm", "MatMulNBits", "Conv", "ConvInteger", "ConvTranspose"}
EIGHT_BITS = {"MatMulInteger", "MatMulNBits", "ConvInteger"}


def made_up(graph: onnx.GraphProto, lengths: dict[str, int]) -> dict[str, np.ndarray]:
    """Input of the right shapes."""
    if any(value.name == "least_iou" for value in graph.input):
        return POINTS
    given = {}
    for value in graph.input:
        tensor = value.type.tensor_type
        shape = [side.dim_value or lengths.get(side.dim_param, 1) for side in tensor.shape.dim]
        given[value.name] = np.ones(shape, onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    return given


def operations(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    """Of one run of the node."""
    a, b = (shapes.get(name) for name in node.input[:2])
    settings = {attribute.name: attribute for attribute in node.attribute}
    out = math.prod(shapes[node.output[0]])
    match node.op_type:
        case "Conv" | "ConvInteger":
            return 2 * out * math.prod(b[1:])
        case "ConvTranspose":
            return 2 * math.prod(a) * math.prod(b[1:])
        case "MatMulNBits":
            return 2 * out * settings["K"].i
        case "Gemm" if "transA" in settings and settings["transA"].i:
            return 2 * out * a[0]
        case _:
            return 2 * out * a[-1]


def counted(name: str, lengths: dict[str, int]) -> tuple[int, int]:
    """Operations of one run, in float and in eight bits."""
    model = onnx.load(stored(name))
    nodes = [node for node in model.graph.node if node.op_type in PRODUCTS]
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    given = made_up(model.graph, lengths)
    shapes |= {name: value.shape for name, value in given.items()}
    wanted = {tensor for node in nodes for tensor in (*node.input[:2], node.output[0])} - shapes.keys() - {""}
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=tensor) for tensor in wanted)
    options = onnxruntime.SessionOptions()
    # Otherwise nodes are merged, and their tensors are gone.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    shapes |= {name: value.shape for name, value in zip(names, session.run(names, given))}
    by_kind = [0, 0]
    for node in nodes:
        by_kind[node.op_type in EIGHT_BITS] += operations(node, shapes)
    return by_kind[0], by_kind[1]


def main() -> None:
    print(f"{'model':28}{'float':>8}{'8 bits':>8}{'runs':>6}{'a picture':>11}   billions of operations")
    total = 0.0
    for name, (runs, lengths) in RUNS.items():
        in_float, in_eight = (count / 1e9 for count in counted(name, lengths))
        total += (in_float + in_eight) * runs
        print(f"{name:28}{in_float:8.2f}{in_eight:8.2f}{runs:6}{(in_float + in_eight) * runs:11.1f}", flush=True)
    print(f"{'':28}{'':22}{total:11.1f}")


if __name__ == "__main__":
    main()
