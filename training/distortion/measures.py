"""What can be measured of a picture's pixels, cell by cell: fixed filters, nothing learned.

A network that has to find these from pixels by itself needs more examples than there are pictures for; given them, it learns within
minutes what they mean together.
"""

import math

import torch
from torch import nn
from torch.nn import functional

CELL = 16
LUMA = 0.299, 0.587, 0.114
# Sides of the squares whose waves are told apart, of light and of colour.
FINE, COLOUR = 8, 4
# What rounding to eight bits alone leaves in a coefficient, squared.
ROUNDING = (0.5 / 255) ** 2
# Steps between neighbours, in units of eight bits.
STEPS = 0.7, 1.7, 3, 6, 12, 25, 50
FULL, NONE = 0.985, 0.015
# How alike two places must be to count as alike.
ALIKE = 0.6, 0.75, 0.85, 0.93
# Patches are compared at a quarter of the size: eight by eight of those, and at least so many pixels apart.
SMALL, PATCH, APART = 4, 8, 24
# Waves of a patch that stay the same when a copy is moved by a part of a pixel.
BROAD = 5
# Contrast of a patch below which likeness says nothing, in [0, 1].
PLAIN = 0.02


def cosines(side):
    """The cosine transform's filters of a square, f32 [side², side, side], the mean first."""
    at = torch.arange(side)
    wave = torch.cos(math.pi / side * (at[None] + 0.5) * at[:, None]) * math.sqrt(2 / side)
    wave[0] /= math.sqrt(2)
    return torch.einsum("ay,bx->abyx", wave, wave).reshape(-1, side, side)


class Measures(nn.Module):
    """`pixels` f32 [B, 3, H, W] in [0, 1], red first, to [B, COUNT, H / 16, W / 16]; H and W are multiples of 32."""

    def __init__(self):
        super().__init__()
        self.register_buffer("fine", cosines(FINE)[1:, None], persistent=False)
        self.register_buffer("broad", cosines(COLOUR)[1:, None], persistent=False)
        row, column = torch.arange(PATCH**2) // PATCH, torch.arange(PATCH**2) % PATCH
        self.register_buffer("shape", cosines(PATCH)[(row + column > 0) & (row + column < BROAD)][:, None], persistent=False)

    def forward(self, pixels):
        luma = sum(weight * pixels[:, at : at + 1] for at, weight in enumerate(LUMA))
        chroma = torch.cat([pixels[:, 2:] - luma, pixels[:, :1] - luma], 1)
        half = functional.avg_pool2d(luma, 2)
        return torch.cat([
            *spectrum(luma, self.fine, FINE, CELL), *spectrum(half, self.fine, FINE, CELL // 2),
            *(spectrum(chroma[:, at : at + 1], self.broad, COLOUR, CELL)[0] for at in range(2)),
            steps(luma, pixels), edges(luma, half), tones(pixels), self.likeness(pixels),
        ], 1)  # fmt: skip

    def likeness(self, pixels):
        """How much like each cell's surroundings the most similar other places are, and how many there are."""
        small = functional.avg_pool2d(pixels, SMALL)
        batch, _, height, width = small.shape
        padded = functional.pad(small, (PATCH // 4,) * 4, mode="reflect")
        # All three colours' shapes in patches every eighth pixel; the cells' own are every second of them.
        found = functional.conv2d(padded.flatten(0, 1)[:, None], self.shape, stride=2)
        found = found.reshape(batch, -1, *found.shape[-2:])
        contrast = found.square().mean(1, keepdim=True).sqrt()
        found = found / (found.norm(dim=1, keepdim=True) + 1e-4)
        own = found[:, :, ::2, ::2][:, :, : height // 4, : width // 4]
        rows, columns = own.shape[-2:]
        alike = own.flatten(2).transpose(1, 2) @ found.flatten(2)
        alike = alike.masked_fill(near(rows, columns, *found.shape[-2:]), 0)
        best = alike.max(2)[0]
        counts = [(alike > level).float().mean(2).add(1e-3).log() for level in ALIKE]
        found = torch.stack([best, *counts], 1).reshape(batch, 1 + len(ALIKE), rows, columns)
        strength = contrast[:, :, ::2, ::2][:, :, :rows, :columns]
        return torch.cat([found, found[:, :1] * strength / (strength + PLAIN), (strength + 1e-3).log()], 1)


def near(rows, columns, all_rows, all_columns):
    """Which patches are too near to a cell's own to be another place: bool [rows · columns, all_rows · all_columns]."""
    step = 2 * SMALL
    close = lambda few, many: (2 * torch.arange(few)[:, None] - torch.arange(many)[None]).abs() * step < APART
    down, across = close(rows, all_rows), close(columns, all_columns)
    return (down[:, None, :, None] & across[None, :, None, :]).reshape(rows * columns, all_rows * all_columns)


def spectrum(plane, waves, side, cell):
    """Power of each wave of a square in a cell, and its geometric mean, which a single edge does not raise; logarithms."""
    padded = functional.pad(plane, (side // 4,) * 4, mode="reflect")
    power = functional.conv2d(padded, waves, stride=side // 2).square()
    squares = cell // (side // 2)
    return [
        (functional.avg_pool2d(power, squares) + ROUNDING).log(),
        functional.avg_pool2d((power + ROUNDING).log(), squares),
    ]


def differences(planes):
    """Steps to the right and down, of the same size."""
    right = torch.cat([planes[..., 1:], planes[..., -1:]], 3)
    down = torch.cat([planes[..., 1:, :], planes[..., -1:, :]], 2)
    return (right - planes).abs(), (down - planes).abs()


def steps(luma, pixels):
    """Shares of steps between neighbours that are smaller than each of STEPS, and that are none at all by colour."""
    share = lambda found, step: functional.avg_pool2d((found < step / 255).float(), CELL)
    small = [share(found, step) for found in differences(luma) for step in STEPS]
    return torch.cat([*small, *(share(found, 0.5) for found in differences(pixels))], 1)


def edges(luma, half):
    """The steepest step and the mean one, at three sizes; logarithms."""
    found = []
    for plane, cell in ((luma, CELL), (half, CELL // 2), (functional.avg_pool2d(half, 2), CELL // 4)):
        slope = sum(differences(plane))
        found += [functional.max_pool2d(slope, cell), functional.avg_pool2d(slope, cell)]
    return (torch.cat(found, 1) + 1 / 255).log()


def tones(pixels):
    """Mean, deviation, least and most of each colour, saturation, and what lies at the ends of the range."""
    mean = functional.avg_pool2d(pixels, CELL)
    deviation = (functional.avg_pool2d(pixels * pixels, CELL) - mean * mean).clamp(min=0).add(1e-6).sqrt()
    most, least = functional.max_pool2d(pixels, CELL), -functional.max_pool2d(-pixels, CELL)
    saturation = pixels.amax(1, keepdim=True) - pixels.amin(1, keepdim=True)
    ends = torch.cat([(pixels > FULL).float(), (pixels < NONE).float()], 1)
    return torch.cat([
        mean, deviation, most, least, functional.avg_pool2d(saturation, CELL), functional.max_pool2d(saturation, CELL),
        functional.avg_pool2d(ends, CELL),
    ], 1)  # fmt: skip


# 126 of the spectrum, 126 of half the size, 30 of colours, 20 steps, 6 edges, 20 tones, 7 of likeness.
COUNT = 335
