#!/usr/bin/env python3
"""QualityService as a Python service would be written that does the same work as `cpaiqa serve --role all`.

One process. The branches of a request run at the same time, as in the gateway: segmentation, distortion, and the whole
picture's alignment; then the regions'. What it leaves out, which favours it: attributes, counts and relations of the
prompt (it splits at commas, "with" and "and"), the boxes around distortions, the score's interval and its split into
points, identifying a picture before it is decoded, and keeping what was measured.
"""

import argparse
import io
import os
import signal
import tomllib
from concurrent.futures import Executor, ThreadPoolExecutor

# Small products by the hundred are no faster on two threads, which take cores from the models.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import grpc
import numpy as np
from PIL import Image, ImageOps

from cpaiqa.common.v1.measurement_pb2 import Components, DistortionType
from cpaiqa.common.v1.picture_pb2 import BoundingBox, Point
from cpaiqa.common.v1.prompt_pb2 import JUDGE_SIMILARITY, Descriptor
from cpaiqa.quality.v1 import quality_service_pb2 as pb
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceServicer, add_QualityServiceServicer_to_server
from stages.alignment import Aligner, phrases
from stages.distortion import Detection, Detector
from stages.models import ROOT, Models
from stages.segmentation import FORMS, Region, Segmenter

COMPONENTS = ("global_alignment", "local_alignment", "attribute_consistency", "fidelity", "aesthetics")
KINDS = [DistortionType.Name(number).removeprefix("DISTORTION_TYPE_").lower() for number in range(1, 13)]
LARGEST = 40 * 1024 * 1024
# Requests at work at one time; more wait.
IN_FLIGHT = 16


def profiles() -> dict[str, dict]:
    """The shipped scenarios by name."""
    read = [tomllib.loads(file.read_text()) for file in (ROOT / "config/packs").glob("*/scenarios/*.toml")]
    return {profile["name"]: profile for profile in read}


class Quality(QualityServiceServicer):
    def __init__(self, threads: int, sam: str) -> None:
        # Branches wait for steps, so each has threads of its own.
        self.branches: Executor = ThreadPoolExecutor(3 * IN_FLIGHT)
        steps = ThreadPoolExecutor(2 * len(os.sched_getaffinity(0)))
        models = Models(threads)
        self.segmenter = Segmenter(models, sam, steps)
        self.aligner = Aligner(models, steps)
        self.detector = Detector(models)
        self.profiles = profiles()

    def Score(self, request: pb.ScoreRequest, context: grpc.ServicerContext) -> pb.ScoreResponse:
        profile = self.profiles.get(request.scenario.name or "general")
        if profile is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no scenario is called {request.scenario.name!r}")
        try:
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(request.picture.data))).convert("RGB")
        except (OSError, ValueError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"picture: {error}")
        prompt = request.prompt
        segmentation = self.branches.submit(self.segmenter.regions, image)
        detection = self.branches.submit(self.detector.detect, image)
        whole = self.branches.submit(self.aligner.whole, image)
        globally, aesthetics = self.aligner.globally(prompt, whole.result())
        regions = segmentation.result()
        locally, presences, places = self.aligner.locally(prompt, whole.result(), image, regions)
        detected = detection.result()

        measured = dict(zip(COMPONENTS, (globally, locally, None, detected.fidelity, aesthetics)))
        measured = {name: value for name, value in measured.items() if value is not None}
        score, weights = fused(profile, measured, detected.severities)
        return pb.ScoreResponse(
            score=score,
            scenario=pb.ScoredScenario(
                name=profile["name"], revision=profile["revision"], weights=Components(**weights)
            ),
            components=Components(**measured),
            descriptors=[
                pb.ScoredDescriptor(
                    descriptor=Descriptor(text=text),
                    presence=presence,
                    bbox=None if place is None else bounding_box(regions[place]),
                    judged_by=JUDGE_SIMILARITY,
                )
                for text, presence, place in zip(phrases(prompt), presences, places)
            ],
            regions=[
                pb.ScoredRegion(bbox=bounding_box(region), area=region.area, stability=region.stability)
                for region in regions
            ],
            distortions=distortions(profile, detected, image),
        )


def fused(profile: dict, measured: dict[str, float], severities: np.ndarray) -> tuple[float, dict[str, float]]:
    """The score, [0, 100], and the weights in use: a weighted mean, of which each distortion takes its share."""
    weights = {name: np.exp(profile["logits"][name]) for name in measured}
    total = sum(weights.values())
    weights = {name: weight / total for name, weight in weights.items()}
    base = sum(weights[name] * value for name, value in measured.items())
    impacts = np.array([profile["impacts"].get(kind, 0) for kind in KINDS])
    return float(100 * base * np.prod(1 - impacts * severities)), weights


def distortions(profile: dict, found: Detection, image: Image.Image) -> list[pb.ScoredDistortion]:
    return [
        pb.ScoredDistortion(
            type=number,
            severity=severity,
            impact=profile["impacts"].get(kind, 0),
            peak=Point(x=x * image.width, y=y * image.height),
        )
        for number, (kind, severity, (x, y)) in enumerate(zip(KINDS, found.severities, found.peaks), 1)
    ]


def bounding_box(region: Region) -> BoundingBox:
    return BoundingBox(**dict(zip(("x", "y", "width", "height"), region.bbox)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:50051", metavar="HOST:PORT", help="(default: %(default)s)")
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="of a model's run; 0: as ONNX Runtime chooses (default: 1)"
    )
    parser.add_argument("--sam", choices=FORMS, default="published", help="form of its files (default: %(default)s)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    server = grpc.server(
        ThreadPoolExecutor(IN_FLIGHT),
        options=[("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)],
    )
    add_QualityServiceServicer_to_server(Quality(options.threads, options.sam), server)
    server.add_insecure_port(options.listen)
    server.start()
    print(f"serving on {options.listen}", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop(10))
    server.wait_for_termination()


if __name__ == "__main__":
    main()
