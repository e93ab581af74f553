"""The detection network: severities and maps of the twelve distortions from a picture's pixels and the image tower's tokens.

Convolutions see pixels at their own size; at a 32nd of it a transformer compares what is far apart, with the tokens of the whole
picture laid under it. Sizes are multiples of 32, of any shape.
"""

import torch
from torch import nn
from torch.nn import functional

KINDS = 12
TOKEN = 768
WIDTHS = (48, 96, 160, 192)


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
    """`pixels` f32 [B, 3, H, W] in [0, 1], red first, and `tokens` f32 [B, 196, 768] give logits of severities [B, 12] and of maps
    [B, 12, H / 16, W / 16]: whether a cell lies in the fault, should there be one."""

    def __init__(self):
        super().__init__()
        first, second, third, fourth = WIDTHS
        self.fine = nn.Sequential(
            # Four by four pixels lie side by side: nothing of a fine grid is lost.
            nn.PixelUnshuffle(4), step(48, first), Added(first),
            step(first, second, 2), Added(second), Added(second),
            step(second, third, 2), Added(third), Added(third, 2), Added(third), Added(third, 3),
        )  # fmt: skip
        self.coarse = step(third, fourth, 2)
        self.token_norm, self.token = nn.LayerNorm(TOKEN), nn.Linear(TOKEN, fourth)
        self.compare = nn.Sequential(Compare(fourth), Compare(fourth))
        self.merge = nn.Sequential(nn.Conv2d(third + fourth, third, 1, bias=False), nn.BatchNorm2d(third), nn.ReLU(), Added(third))
        self.map, self.attention = nn.Conv2d(third, KINDS, 1), nn.Conv2d(third, KINDS, 1)
        self.of_place = nn.Parameter(torch.randn(KINDS, third) * 0.05)
        self.of_whole = nn.Linear(third + fourth, KINDS)
        self.of_map = nn.Parameter(torch.ones(KINDS) * 0.5)

    def forward(self, pixels, tokens):
        fine = self.fine((pixels - 0.45) * 4)
        coarse = self.coarse(fine)
        tokens = self.token(self.token_norm(tokens)).transpose(1, 2).reshape(len(tokens), -1, 14, 14)
        coarse = coarse + functional.interpolate(tokens, size=coarse.shape[2:], mode="bilinear", align_corners=False)
        coarse = self.compare(coarse)
        wide = functional.interpolate(coarse, size=fine.shape[2:], mode="bilinear", align_corners=False)
        cells = self.merge(torch.cat([fine, wide], 1))
        maps = self.map(cells)
        weights = self.attention(cells).flatten(2).softmax(-1)
        there = weights @ cells.flatten(2).transpose(1, 2)
        whole = torch.cat([cells.mean((2, 3)), coarse.mean((2, 3))], 1)
        seen = (weights * maps.flatten(2)).sum(-1)
        return (there * self.of_place).sum(-1) + self.of_whole(whole) + self.of_map * seen, maps
