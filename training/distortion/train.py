"""Trains the detection network: `train.py EXAMPLES... CHOOSE OUT`. Seeded; a checkpoint an epoch, a second call goes on.

EXAMPLES and CHOOSE hold shards of make.py. Severities learn by cross-entropy against the strength, so that a severity is the
strength that can be expected; maps by cross-entropy and overlap, where the fault is. OUT/last.pt holds the network with
averaged weights, and OUT/log.txt the figures on CHOOSE after each epoch.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from fidelity import correlation
from network import Detector

BATCH, RATE, DECAY = 32, 2e-3, 0.05
EPOCHS = 5
AVERAGE = 0.995
# Of so many examples the tokens are hidden, so that pixels alone learn to do what they can.
BLIND = 0.25
# What is not there says less about where it would be.
ABSENT = 0.3


def read(folder):
    """All shards, which stay on the disk until they are used."""
    return [np.load(path, mmap_mode="r") for path in sorted(Path(folder).glob("[0-9]*.npy"))]


def count(shards):
    return len(shards) * len(shards[0])


def severities(shards):
    return torch.from_numpy(np.concatenate([shard["severities"] for shard in shards]))


def batch(shards, at, random=None):
    """Cells, tokens, severities and maps of the examples `at`; turned over by chance when there is a `random`."""
    size = len(shards[0])
    records = np.stack([shards[number // size][number % size] for number in at.tolist()])
    cells, tokens, strengths, maps = (torch.from_numpy(np.ascontiguousarray(records[name])).float() for name in records.dtype.names)
    maps /= 255
    if random is not None:
        turned = torch.rand(len(at), generator=random) < 0.5
        cells[turned], maps[turned] = cells[turned].flip(3), maps[turned].flip(3)
        tokens[turned] = tokens[turned].unflatten(1, (14, 14)).flip(2).flatten(1, 2)
        tokens[torch.rand(len(at), generator=random) < BLIND] = 0
    return cells.contiguous(memory_format=torch.channels_last), tokens, strengths, maps


def loss(severity, map_, severities, maps):
    there = (severities > 0).float()
    of_severity = functional.binary_cross_entropy_with_logits(severity, severities)
    cells = functional.binary_cross_entropy_with_logits(map_, maps, reduction="none").mean((2, 3))
    of_cells = (cells * (there + ABSENT * (1 - there))).mean()
    inside = torch.sigmoid(map_)
    overlap = (inside * maps).sum((2, 3)) / (inside + maps - inside * maps).sum((2, 3)).clamp(min=1e-3)
    of_overlap = ((1 - overlap) * there).sum() / there.sum().clamp(min=1)
    return 2 * of_severity + 2 * of_cells + 0.3 * of_overlap


def auc(scores, truth):
    ranks = torch.empty(len(scores))
    ranks[scores.argsort()] = torch.arange(1, len(scores) + 1, dtype=torch.float32)
    positive = int(truth.sum())
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / max(1, positive * (len(scores) - positive)))


@torch.no_grad()
def figures(network, shards, hidden=None):
    """AUC, rank correlation with the strength where there is one, and overlap of the maps with the masks, by type. `hidden`: `cells`
    that are all ordinary, or `tokens` that the network is not told."""
    network.eval()
    scores, overlaps = [], []
    for at in torch.arange(count(shards)).split(BATCH):
        cells, tokens, strengths, maps = batch(shards, at)
        if hidden == "cells":
            cells = network.fine[0].running_mean[:, None, None].expand_as(cells)
        elif hidden == "tokens":
            tokens = torch.zeros_like(tokens)
        with torch.autocast("cpu", torch.bfloat16):
            severity, map_ = network(cells, tokens)
        scores.append(severity.float())
        found, mask = torch.sigmoid(map_.float()) > 0.5, maps > 0.5
        overlap = (found & mask).sum((2, 3)) / (found | mask).sum((2, 3)).clamp(min=1)
        overlaps.append(torch.where(strengths > 0, overlap, torch.nan))
    truth, scores, overlaps = severities(shards), torch.cat(scores), torch.cat(overlaps)
    there = truth > 0
    return (
        [auc(scores[:, kind], there[:, kind]) for kind in range(12)],
        [correlation(scores[there[:, kind], kind].numpy(), truth[there[:, kind], kind].numpy()) for kind in range(12)],
        overlaps.nanmean(0).tolist(),
    )


def main(*folders):
    torch.manual_seed(1)
    *examples, choose, out = folders
    shards, held = [shard for folder in examples for shard in read(folder)], read(choose)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    network = Detector().to(memory_format=torch.channels_last)
    average = Detector().to(memory_format=torch.channels_last)
    average.load_state_dict(network.state_dict())
    steps = count(shards) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps, pct_start=0.1)
    first = 0
    if (out / "resume.pt").exists():
        kept = torch.load(out / "resume.pt", weights_only=True)
        for part, name in ((network, "network"), (average, "average"), (optimiser, "optimiser"), (schedule, "schedule")):
            part.load_state_dict(kept[name])
        first = kept["epoch"]
    for epoch in range(first, EPOCHS):
        random = torch.Generator().manual_seed(epoch)
        order = torch.randperm(count(shards), generator=random)
        network.train()
        began, total = time.perf_counter(), 0.0
        for at in order[: steps * BATCH].split(BATCH):
            cells, tokens, strengths, maps = batch(shards, at, random)
            with torch.autocast("cpu", torch.bfloat16):
                severity, map_ = network(cells, tokens)
            value = loss(severity.float(), map_.float(), strengths, maps)
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += value.item()
            if schedule.last_epoch % 40 == 0:
                print(f"step {schedule.last_epoch} of {EPOCHS * steps}, loss {total / (schedule.last_epoch - epoch * steps):.4f}", flush=True)
            with torch.no_grad():
                for mean, new in zip(average.state_dict().values(), network.state_dict().values()):
                    mean.lerp_(new, 1 - AVERAGE) if mean.is_floating_point() else mean.copy_(new)
        torch.save(average.state_dict(), out / "last.pt")
        torch.save({"network": network.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(), "epoch": epoch + 1}, out / "resume.pt")  # fmt: skip
        speed = steps * BATCH / (time.perf_counter() - began)
        with open(out / "log.txt", "a", encoding="utf-8") as log:
            print(f"epoch {epoch + 1} loss {total / steps:.4f} {speed:.1f}/s", file=log)
            for name, found in zip(("AUC", "severity", "overlap"), figures(average, held)):
                print(f"{name:>10} {np.mean(found):.3f} ", *(f"{value:.3f}" for value in found), file=log)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(*sys.argv[1:])
