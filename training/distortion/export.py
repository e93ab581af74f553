"""Makes the network's ONNX file: `export.py CHECKPOINT CHOOSE FIDELITY OUT`.

Severities are calibrated on CHOOSE, shards of make.py, so that 0.3 means the same for each type; FIDELITY is what fidelity.py
fitted. OUT takes `pixels` f32 [1, 3, H, W] in [0, 1] and, of each of the tower's layers, `tokens_N` f32 [1, 197, 768], and gives
`severities` [1, 12], `maps` [1, 12, H / 16, W / 16] and `fidelity` [1, 1], all in [0, 1].
"""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from inject import NAMES
from measures import Measures
from network import LAYERS, TOKEN, Detector
from train import BATCH, batch, count, read, severities

# What three of four pictures without the fault are given is none; what one in fifty exceeds is no more than 0.3.
ORDINARY, RARE, MOST = 0.75, 0.98, 0.3
# What is left to order pictures by below that.
LEAST = 0.02


@torch.no_grad()
def logits(network, shards):
    return torch.cat([network(*batch(shards, at)[:2])[0] for at in torch.arange(count(shards)).split(BATCH)])


def calibrated(scores, strengths):
    """Slope and offset of the strength that a score lets expect when half of the pictures have the fault, and where it starts to
    count."""
    there = strengths > 0
    weight = torch.where(there, 0.5 / there.sum(), 0.5 / (~there).sum())
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=200, line_search_fn="strong_wolfe")

    def error():
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(line[0] * scores + line[1], strengths, weight, reduction="sum")
        loss.backward()
        return loss

    optimiser.step(error)
    expected = torch.sigmoid(line[0] * scores + line[1]).detach()[~there]
    ordinary, rare = expected.quantile(ORDINARY), expected.quantile(RARE)
    return *line.tolist(), float(max(ordinary, (rare - MOST) / (1 - MOST)))


class Shipped(nn.Module):
    def __init__(self, network, lines, fidelity):
        super().__init__()
        self.measures, self.network = Measures(), network
        slope, offset, start = torch.tensor(lines).T
        for name, value in (("slope", slope), ("offset", offset), ("start", start)):
            self.register_buffer(name, value)
        self.register_buffer("weight", torch.from_numpy(fidelity["weight"]).float()[:, None])
        self.register_buffer("bias", torch.from_numpy(fidelity["bias"]).float())

    def forward(self, pixels, *layers):
        severities, maps = self.network(self.measures(pixels), torch.cat([layer[:, 1:] for layer in layers], 2))
        expected = torch.sigmoid(self.slope * severities + self.offset)
        over = (expected - self.start).clamp(min=0) / (1 - self.start)
        severities = LEAST * torch.minimum(expected, self.start) / self.start + (1 - LEAST) * over
        # People rate from 1 to 5.
        fidelity = ((layers[-1][:, 0] @ self.weight + self.bias - 1) / 4).clamp(0, 1)
        return severities, torch.sigmoid(maps), fidelity


def main(checkpoint, choose, fidelity, out):
    network = Detector()
    network.load_state_dict(torch.load(checkpoint, weights_only=True))
    network.eval()
    shards = read(choose)
    scores, strengths = logits(network, shards), severities(shards)
    lines = [calibrated(scores[:, kind], strengths[:, kind]) for kind in range(len(NAMES))]
    for name, (slope, offset, start) in zip(NAMES, lines):
        print(f"{name:28} slope {slope:.3f} offset {offset:+.3f} counts from {start:.3f}")
    with np.load(fidelity) as head:
        shipped = Shipped(network, lines, dict(head)).eval()
    sides = {"pixels": {2: "height", 3: "width"}, "maps": {2: "rows", 3: "columns"}}
    torch.onnx.export(
        shipped, (torch.rand(1, 3, 384, 384), *torch.randn(LAYERS, 1, 197, TOKEN)), out, dynamo=False, opset_version=17,
        input_names=["pixels", *(f"tokens_{layer + 1}" for layer in range(LAYERS))], output_names=["severities", "maps", "fidelity"], dynamic_axes=sides,
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
