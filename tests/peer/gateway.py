#!/usr/bin/env python3
"""QualityService/Score as a Python gateway would be written over the five services: the same calls in the same order.

Asyncio, a process a core on one port. What it leaves out, which favours it: quotas, access, retries, health and the
choice among addresses, caches of what was measured, traces, metrics, the log of calls, acceptance rules, prompts that
are not in English, and checking what backends answer.
"""

import argparse
import asyncio
import hashlib
import io
import multiprocessing
import os
import signal
from collections.abc import Awaitable
from typing import TypeVar

import grpc
from PIL import Image

from cpaiqa.alignment.v1.alignment_service_pb2 import AlignRequest, AlignResponse
from cpaiqa.alignment.v1.alignment_service_pb2_grpc import AlignmentServiceStub
from cpaiqa.common.v1.measurement_pb2 import Components, DistortionSeverity
from cpaiqa.common.v1.picture_pb2 import Picture, Point
from cpaiqa.decomposition.v1.decomposition_service_pb2 import DecomposeRequest, DecomposeResponse
from cpaiqa.decomposition.v1.decomposition_service_pb2_grpc import DecompositionServiceStub
from cpaiqa.distortion.v1.distortion_service_pb2 import DetectRequest, DetectResponse
from cpaiqa.distortion.v1.distortion_service_pb2_grpc import DistortionServiceStub
from cpaiqa.quality.v1 import quality_service_pb2 as pb
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceServicer, add_QualityServiceServicer_to_server
from cpaiqa.scenario.v1.scenario_service_pb2 import (
    FuseRequest,
    FuseResponse,
    ResolveRequest,
    ResolveResponse,
    ScenarioSelector,
)
from cpaiqa.scenario.v1.scenario_service_pb2_grpc import ScenarioServiceStub
from cpaiqa.segmentation.v1.segmentation_service_pb2 import SegmentRequest, SegmentResponse
from cpaiqa.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub

ROLES = {
    "alignment": AlignmentServiceStub,
    "segmentation": SegmentationServiceStub,
    "decomposition": DecompositionServiceStub,
    "distortion": DistortionServiceStub,
    "scenario": ScenarioServiceStub,
}
LARGEST = 40 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
LONGEST = 60.0
KEPT_DECOMPOSITIONS = 10_000
Answer = TypeVar("Answer")


class Gateway(QualityServiceServicer):
    def __init__(self, addresses: dict[str, str]) -> None:
        for role, stub in ROLES.items():
            setattr(self, role, stub(grpc.aio.insecure_channel(addresses[role], OPTIONS)))
        self.decompositions: dict[str, asyncio.Future[DecomposeResponse]] = {}

    async def Score(self, request: pb.ScoreRequest, context: grpc.aio.ServicerContext) -> pb.ScoreResponse:
        picture, prompt = Picture(data=request.picture.data), request.prompt.strip()
        if not prompt:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "prompt: expected a text, got an empty one")
        try:
            # The header alone is read.
            size = Image.open(io.BytesIO(picture.data)).size
        except OSError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"picture: {error}")
        time = min(context.time_remaining() or LONGEST, LONGEST)
        degraded: list[pb.Degradation] = []

        async def optional(stage: str, answer: Awaitable[Answer]) -> Answer | None:
            """The answer of a stage that a score can do without."""
            try:
                return await answer
            except grpc.aio.AioRpcError as error:
                degraded.append(pb.Degradation(stage=stage, reason=error.details()))
                return None

        async def parts() -> tuple[DecomposeResponse | None, SegmentResponse | None, AlignResponse | None]:
            """Local alignment starts as soon as regions and descriptors are both there."""
            decomposed, segmented = await asyncio.gather(
                optional("decomposition", self.decompose(prompt, time)),
                optional("segmentation", self.segmentation.Segment(SegmentRequest(picture=picture), timeout=time)),
            )
            query = AlignRequest(picture=picture)
            if decomposed and segmented:
                query.descriptors.extend(decomposed.descriptors)
            if decomposed:
                query.attributes.extend(decomposed.attributes)
            if segmented:
                query.regions.extend(region.bbox for region in segmented.regions)
                query.masks.extend(region.mask for region in segmented.regions)
            asked = query.descriptors or query.attributes
            return decomposed, segmented, await self.alignment.Align(query, timeout=time) if asked else None

        detect = DetectRequest(picture=picture, include_maps=request.include_maps)
        query = AlignRequest(picture=picture, prompt=prompt, aesthetics=True)
        try:
            selector = request.scenario if request.HasField("scenario") else ScenarioSelector(name="general")
            # An unknown scenario fails here, before any model runs.
            scenario = await self.scenario.Resolve(ResolveRequest(scenario=selector), timeout=time)
            (decomposed, segmented, locally), detected, globally = await asyncio.gather(
                parts(),
                optional("distortion", self.distortion.Detect(detect, timeout=time)),
                self.alignment.Align(query, timeout=time),
            )
            measured = components(globally, locally, detected)
            severities = [
                DistortionSeverity(type=found.type, severity=found.severity, other_type=found.other_type)
                for found in (detected.distortions if detected else [])
                if found.HasField("severity")
            ]
            fuse = FuseRequest(context=scenario.context, components=measured, severities=severities)
            fused = await self.scenario.Fuse(fuse, timeout=time)
        except grpc.aio.AioRpcError as error:
            await context.abort(error.code(), error.details())
        answer = answered(scenario, fused, measured, size, decomposed, segmented, locally, detected)
        answer.degraded.extend(degraded)
        answer.id = hashlib.blake2b(picture.data + prompt.encode(), digest_size=16).hexdigest()
        models = [
            model for part in (decomposed, segmented, detected, globally, locally) if part for model in part.models
        ]
        answer.models.extend({model.SerializeToString(): model for model in models}.values())
        return answer

    async def decompose(self, prompt: str, time: float) -> DecomposeResponse:
        """A prompt's parts; requests that ask for the same share one call, and its answer is kept."""
        found = self.decompositions.get(prompt)
        if found is None:
            call = self.decomposition.Decompose(DecomposeRequest(prompt=prompt), timeout=time)
            found = self.decompositions[prompt] = asyncio.ensure_future(kept(call))
            if len(self.decompositions) > KEPT_DECOMPOSITIONS:
                del self.decompositions[next(iter(self.decompositions))]
        try:
            return await asyncio.shield(found)
        except grpc.aio.AioRpcError:
            self.decompositions.pop(prompt, None)
            raise


async def kept(call: Awaitable[Answer]) -> Answer:
    return await call


def components(globally: AlignResponse, locally: AlignResponse | None, detected: DetectResponse | None) -> Components:
    """What was measured of the five components."""
    measured = Components()
    if globally.HasField("global"):
        measured.global_alignment = getattr(globally, "global").calibrated
    if globally.HasField("aesthetics"):
        measured.aesthetics = globally.aesthetics
    if locally and locally.HasField("local"):
        measured.local_alignment = locally.local.score
    if locally and locally.attributes:
        product = 1.0
        for attribute in locally.attributes:
            product *= max(attribute.presence, 1e-3)
        measured.attribute_consistency = product ** (1 / len(locally.attributes))
    if detected and detected.HasField("fidelity"):
        measured.fidelity = detected.fidelity
    return measured


def answered(
    scenario: ResolveResponse,
    fused: FuseResponse,
    measured: Components,
    size: tuple[int, int],
    decomposed: DecomposeResponse | None,
    segmented: SegmentResponse | None,
    locally: AlignResponse | None,
    detected: DetectResponse | None,
) -> pb.ScoreResponse:
    """What the caller reads."""
    answer = pb.ScoreResponse(
        score=fused.score,
        interval_low=fused.interval_low,
        interval_high=fused.interval_high,
        scenario=pb.ScoredScenario(
            name=scenario.name,
            revision=scenario.revision,
            distribution=scenario.distribution,
            weights=fused.weights,
            temperature=scenario.temperature,
        ),
        components=measured,
        points_lost=fused.points_lost,
    )
    regions = segmented.regions if segmented else []
    matches = locally.local.matches if locally else []
    holders: dict[int, tuple[float, str]] = {}
    for at, descriptor in enumerate(decomposed.descriptors if decomposed else []):
        scored = answer.descriptors.add(descriptor=descriptor)
        if at < len(matches):
            match = matches[at]
            scored.presence, scored.judged_by = match.presence, match.judged_by
            if match.HasField("counted"):
                scored.counted = match.counted
            if match.regions:
                scored.bbox.CopyFrom(regions[match.regions[0]].bbox)
            for region in match.regions:
                holders[region] = max(holders.get(region, (0.0, "")), (match.presence, descriptor.text))
    for at, region in enumerate(regions):
        scored = answer.regions.add(bbox=region.bbox, area=region.area, stability=region.stability)
        if at in holders:
            scored.descriptor = holders[at][1]
    for attribute, match in zip(decomposed.attributes if decomposed else [], locally.attributes if locally else []):
        answer.attributes.add(attribute=attribute, presence=match.presence)
    impacts = {impact.type: impact.impact for impact in scenario.context.impacts}
    for found in detected.distortions if detected else []:
        scored = answer.distortions.add(type=found.type, impact=impacts.get(found.type, 0), other_type=found.other_type)
        if found.HasField("severity"):
            scored.severity = found.severity
        if found.HasField("peak"):
            scored.peak.CopyFrom(Point(x=found.peak.x * size[0], y=found.peak.y * size[1]))
        if found.HasField("map"):
            scored.map.CopyFrom(found.map)
    return answer


async def serve(listen: str, addresses: dict[str, str]) -> None:
    """Serves until a signal to stop."""
    server = grpc.aio.server(options=[*OPTIONS, ("grpc.so_reuseport", 1)])
    add_QualityServiceServicer_to_server(Gateway(addresses), server)
    server.add_insecure_port(listen)
    await server.start()
    print(f"serving on {listen}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await server.stop(5)


def process(listen: str, addresses: dict[str, str]) -> None:
    asyncio.run(serve(listen, addresses))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:50051", metavar="HOST:PORT", help="(default: %(default)s)")
    for role in ROLES:
        parser.add_argument(f"--{role}", required=True, metavar="HOST:PORT", help="where that service is")
    options = parser.parse_args()
    addresses = {role: getattr(options, role) for role in ROLES}
    # gRPC does not survive a fork, so each process starts afresh; the kernel shares connections out among them.
    spawn = multiprocessing.get_context("spawn")
    others = [
        spawn.Process(target=process, args=(options.listen, addresses), daemon=True)
        for _ in range(len(os.sched_getaffinity(0)) - 1)
    ]
    for other in others:
        other.start()
    process(options.listen, addresses)
    for other in others:
        other.terminate()
        other.join()


if __name__ == "__main__":
    main()
