#!/usr/bin/env python3
"""Whether two services judge the example pictures alike: `check.py OURS THEIRS`, addresses. run.py starts both.

Pictures are sent as PNG, which every library decodes to the same pixels: the image tower's eight-bit products make
more of a JPEG's rounding than of anything that the services do differently.
"""

import csv
import io
import math
import sys

import grpc
from PIL import Image

from cpaiqa.common.v1.picture_pb2 import Picture
from cpaiqa.quality.v1.quality_service_pb2 import ScoreRequest, ScoreResponse
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceStub
from stages.models import ROOT, settings

# How far apart the same work may lie.
REGIONS = 1
# The tower alone moves it by 0.01 either way when pixels move by one level.
COSINE = 0.03
COMPONENT = 0.05


def cosine(answer: ScoreResponse) -> float:
    """The whole picture's cosine with the prompt, from its calibration."""
    alignment = settings("alignment")
    calibration = alignment["models"][alignment["model"]]["calibrations"]["prompt"]
    sure = answer.components.global_alignment
    return (math.log(sure / (1 - sure)) - calibration["offset"]) / calibration["slope"]


def main() -> int:
    stubs = [QualityServiceStub(grpc.insecure_channel(address)) for address in sys.argv[1:3]]
    with (ROOT / "examples/manifest.csv").open(newline="") as rows:
        examples = list(csv.DictReader(rows))
    head = ("score", "regions", "cosine", "local", "fidelity", "aesthetics")
    print(" " * 28 + "".join(f"{name:>16}" for name in head))
    apart = 0
    for example in examples:
        png = io.BytesIO()
        Image.open(ROOT / "examples" / example["image"]).convert("RGB").save(png, "PNG")
        request = ScoreRequest(picture=Picture(data=png.getvalue()), prompt=example["prompt"])
        answers = [stub.Score(request, timeout=120) for stub in stubs]
        ours, theirs = (
            (
                answer.score,
                len(answer.regions),
                cosine(answer),
                answer.components.local_alignment,
                answer.components.fidelity,
                answer.components.aesthetics,
            )
            for answer in answers
        )
        # Scores and local alignment differ: the prompt is taken apart differently.
        bounds = (None, REGIONS, COSINE, None, COMPONENT, COMPONENT)
        far = any(most is not None and abs(a - b) > most for a, b, most in zip(ours, theirs, bounds))
        apart += far
        cells = "".join(f"{f'{a:.3g} {b:.3g}':>16}" for a, b in zip(ours, theirs))
        print(f"{example['image'].removesuffix('.jpg'):28}{cells}{'  APART' if far else ''}", flush=True)
    print(f"{len(examples) - apart} of {len(examples)} alike (each column: ours, theirs)")
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
