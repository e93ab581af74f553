"""What the network reads: `ablation.py CHECKPOINT EXAMPLES` prints its AUC by type with all, with pixels hidden and with tokens hidden."""

import sys

import torch

from network import Detector
from train import figures, read

GREY = 115


def main(checkpoint, examples):
    network = Detector()
    network.load_state_dict(torch.load(checkpoint, weights_only=True))
    pixels, tokens, severities, maps = read(examples)
    for name, seen, told in (
        ("all", pixels, tokens),
        ("tokens only", torch.full_like(pixels, GREY), tokens),
        ("pixels only", pixels, torch.zeros_like(tokens)),
    ):
        aucs, _ = figures(network, [seen, told, severities, maps])
        print(f"{name:12} mean {sum(aucs) / len(aucs):.3f} ", *(f"{auc:.3f}" for auc in aucs))


if __name__ == "__main__":
    main(*sys.argv[1:])
