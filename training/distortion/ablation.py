"""What the network reads: `ablation.py CHECKPOINT EXAMPLES` prints its AUC by type with all, with ordinary measures
everywhere and with tokens hidden."""

import sys

import torch

from network import Detector
from train import figures, read


def main(checkpoint, examples):
    network = Detector()
    network.load_state_dict(torch.load(checkpoint, weights_only=True))
    shards = read(examples)
    for name, hidden in (("all", None), ("tokens only", "cells"), ("measures only", "tokens")):
        aucs, _, _ = figures(network, shards, hidden)
        print(f"{name:13} mean {sum(aucs) / len(aucs):.3f} ", *(f"{auc:.3f}" for auc in aucs))


if __name__ == "__main__":
    main(*sys.argv[1:])
