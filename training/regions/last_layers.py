"""The tower's last layers in numpy, to read regions out of one run over the whole picture."""

import numpy as np
import onnx
from onnx import numpy_helper

LAYERS, HEADS = 12, 12


def state_name(layer):
    """The tensor that enters `layer`."""
    return f"/vision_model/encoder/layers.{layer - 1}/Add_1_output_0" if layer < LAYERS else "onnx::Gather_1524"


def with_states(path, layers):
    """The model with what enters each of `layers` as outputs."""
    model = onnx.load(path)
    present = {output.name for output in model.graph.output}
    for name in map(state_name, layers):
        if name not in present:
            model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return model


class LastLayers:
    def __init__(self, path):
        graph = onnx.load(path).graph
        self.values = {tensor.name: tensor for tensor in graph.initializer}
        self.products = {node.name: node.input[1] for node in graph.node if node.op_type == "MatMulInteger"}
        self.layers = {}

    def value(self, name):
        return numpy_helper.to_array(self.values[name]).astype(np.float32)

    def product(self, name):
        weights = self.products[f"{name}/MatMul_quant"]
        return self.value(weights) * self.value(weights.replace("_quantized", "_scale"))

    def layer(self, index):
        if index not in self.layers:
            path, name = f"/vision_model/encoder/layers.{index}", f"vision_model.encoder.layers.{index}"
            found = {part: (self.product(f"{path}/self_attn/{part}_proj"), self.value(f"{name}.self_attn.{part}_proj.bias"))
                     for part in ["q", "k", "v", "out"]}
            found |= {part: (self.product(f"{path}/mlp/{part}"), self.value(f"{name}.mlp.{part}.bias"))
                      for part in ["fc1", "fc2"]}
            found |= {part: (self.value(f"{name}.{part}.weight"), self.value(f"{name}.{part}.bias"))
                      for part in ["layer_norm1", "layer_norm2"]}
            self.layers[index] = found
        return self.layers[index]

    def to_joint(self, tokens):
        norm = (self.value("vision_model.post_layernorm.weight"), self.value("vision_model.post_layernorm.bias"))
        return normalised(layer_norm(tokens, norm) @ self.product("/visual_projection"))

    def mlp(self, tokens, layer):
        hidden = linear(layer_norm(tokens, layer["layer_norm2"]), layer["fc1"])
        return tokens + linear(hidden / (1 + np.exp(-1.702 * hidden)), layer["fc2"])

    def attend(self, queries, keys, values, bias=0.0):
        """Multi-head attention; `bias` is added to the logits, [queries, keys]."""
        def split(x):
            return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

        q, k, v = split(queries), split(keys), split(values)
        logits = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]) + bias
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return (weights @ v).transpose(1, 0, 2).reshape(len(queries), -1)

    def dense(self, states, way):
        """Patch embeddings in the joint space, [196, 512]. `states` by the layer that they enter."""
        if way == "tokens":
            return self.to_joint(states[LAYERS][1:])
        state, layer = states[LAYERS - 1], self.layer(LAYERS - 1)
        normed = layer_norm(state, layer["layer_norm1"])
        value = linear(normed, layer["v"])
        if way == "maskclip":
            return self.to_joint(self.mlp(state + linear(value, layer["out"]), layer)[1:])
        if way == "value":
            return self.to_joint(linear(value, layer["out"])[1:])
        # Each patch attends to those like it, without the residual.
        part = linear(normed, layer[way])
        return self.to_joint(linear(self.attend(part, part, value), layer["out"])[1:])

    def masked_class(self, states, coverage, last):
        """CLS tokens that see only a region's patches in the `last` layers; coverage [regions, 196] in [0, 1]."""
        first = LAYERS - last
        regions = np.repeat(states[first][:1], len(coverage), 0)
        with np.errstate(divide="ignore"):
            bias = np.log(coverage)
        for index in range(first, LAYERS):
            layer, patches = self.layer(index), states[index][1:]
            seen, own = layer_norm(patches, layer["layer_norm1"]), layer_norm(regions, layer["layer_norm1"])
            attended = self.attend(linear(own, layer["q"]), linear(seen, layer["k"]), linear(seen, layer["v"]), bias)
            regions = self.mlp(regions + linear(attended, layer["out"]), layer)
        return self.to_joint(regions)


def linear(x, parameters):
    return x @ parameters[0] + parameters[1]


def layer_norm(x, parameters):
    moved = x - x.mean(-1, keepdims=True)
    return moved / np.sqrt((moved**2).mean(-1, keepdims=True) + 1e-5) * parameters[0] + parameters[1]


def normalised(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)
