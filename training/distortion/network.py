"""The detection network: severities and maps of the twelve distortions from what is measured of a picture's pixels and what the image
tower says of its patches.

At a 16th of the picture's size convolutions see what is measured around each cell; at a 32nd a transformer compares what is far apart,
with the tokens of the whole picture laid under it. Sizes are multiples of 32, of any shape.
"""

import torch
from torch import nn
from torch.nn import functional

import measures

KINDS = 12
# The tower's tokens: its layers, and numbers of each.
LAYERS, TOKEN = 3, 768
# Share of a token's numbers that is hidden while learning.
HIDDEN = 0.2
WIDE, COARSE = 128, 192


def step(inner, outer, stride=1, wide=1):
    """A convolution with what follows it."""
    convolution = nn.Conv2d(inner, outer, 3, stride, wide, wide, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outer), nn.ReLU())


class Added(nn.Module):
    """A step whose result is added to what was there."""

    def __init__(self, width, wide=1):
        super().__init__()
        self.step = step(width, width, 1, wide)

    def forward(self, x):
        return x + self.step(x)


class Compare(nn.Module):
    """Every place against every other one. Where it is, a place knows from a convolution, so that any size will do."""

    def __init__(self, width, heads=6):
        super().__init__()
        self.place = nn.Conv2d(width, width, 3, 1, 1, groups=width)
        self.before, self.heads = nn.LayerNorm(width), heads
        self.split, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.wide, self.back = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)

    def forward(self, x):
        batch, width, height, length = x.shape
        x = x + self.place(x)
        x = x.flatten(2).transpose(1, 2)
        query, key, value = (
            part.reshape(batch, -1, self.heads, width // self.heads).transpose(1, 2) for part in self.split(self.before(x)).chunk(3, -1)
        )
        weights = (query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5).softmax(-1)
        x = x + self.out((weights @ value).transpose(1, 2).reshape(batch, -1, width))
        x = x + self.back(torch.relu(self.wide(self.norm(x))))
        return x.transpose(1, 2).reshape(batch, width, height, length)


class Detector(nn.Module):
    """`cells` f32 [B, measures.COUNT, H / 16, W / 16] and `tokens` f32 [B, 196, LAYERS · TOKEN] give logits of severities [B, 12] and of maps
    [B, 12, H / 16, W / 16]: whether a cell lies in the fault, should there be one."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(
            nn.BatchNorm2d(measures.COUNT, affine=False), nn.Conv2d(measures.COUNT, 2 * WIDE, 1, bias=False), nn.BatchNorm2d(2 * WIDE), nn.ReLU(),
            nn.Conv2d(2 * WIDE, WIDE, 1, bias=False), nn.BatchNorm2d(WIDE), nn.ReLU(), Added(WIDE), Added(WIDE, 2), Added(WIDE),
        )  # fmt: skip
        self.coarse = step(WIDE, COARSE, 2)
        self.token_norm, self.hidden, self.token = nn.LayerNorm(TOKEN), nn.Dropout1d(HIDDEN), nn.Linear(LAYERS * TOKEN, COARSE)
        self.compare = nn.Sequential(Compare(COARSE), Compare(COARSE))
        self.merge = nn.Sequential(nn.Conv2d(WIDE + COARSE, WIDE, 1, bias=False), nn.BatchNorm2d(WIDE), nn.ReLU(), Added(WIDE))
        self.map, self.attention = nn.Conv2d(WIDE, KINDS, 1), nn.Conv2d(WIDE, KINDS, 1)
        self.of_place = nn.Parameter(torch.randn(KINDS, WIDE) * 0.05)
        self.of_whole = nn.Linear(WIDE + COARSE, KINDS)
        self.of_map = nn.Parameter(torch.ones(KINDS) * 0.5)

    def forward(self, cells, tokens):
        fine = self.fine(cells)
        coarse = self.coarse(fine)
        # The layers' numbers are of very different sizes.
        tokens = self.token_norm(tokens.unflatten(-1, (LAYERS, TOKEN))).flatten(2)
        tokens = self.token(self.hidden(tokens.transpose(1, 2)).transpose(1, 2)).transpose(1, 2).unflatten(-1, (14, 14))
        coarse = coarse + functional.interpolate(tokens, size=coarse.shape[2:], mode="bilinear", align_corners=False)
        coarse = self.compare(coarse)
        wide = functional.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=False)
        found = self.merge(torch.cat([fine, wide], 1))
        maps = self.map(found)
        weights = self.attention(found).flatten(2).softmax(-1)
        there = weights @ found.flatten(2).transpose(1, 2)
        whole = torch.cat([found.mean((2, 3)), coarse.mean((2, 3))], 1)
        seen = (weights * maps.flatten(2)).sum(-1)
        return (there * self.of_place).sum(-1) + self.of_whole(whole) + self.of_map * seen, maps
