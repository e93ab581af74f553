"""Scores one picture against its prompt, and prints the score, its parts and what cost the most points."""

import argparse
import sys
from pathlib import Path

import grpc

import gateway
from cpaiqa.common.v1.measurement_pb2 import Components, DistortionType
from cpaiqa.common.v1.picture_pb2 import Picture
from cpaiqa.quality.v1.quality_service_pb2 import ScoreRequest, ScoreResponse
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceStub
from cpaiqa.scenario.v1.scenario_service_pb2 import ScenarioSelector, Verdict

# So many of the things that cost points are printed.
COSTLIEST = 5


def words(name: str) -> str:
    return name.replace("_", " ")


def components(values: Components, weights: Components) -> list[str]:
    """A line a component; a field that is absent was not measured."""
    lines = []
    for field in Components.DESCRIPTOR.fields:
        if values.HasField(field.name):
            told = f"{getattr(values, field.name):.2f}  weight {getattr(weights, field.name):.2f}"
        else:
            told = "not measured"
        lines.append(f"  {words(field.name):22} {told}")
    return lines


def costliest(answer: ScoreResponse) -> list[str]:
    """What cost the most points, and where distortions are worst."""
    places = {}
    for found in answer.distortions:
        name = found.other_type or DistortionType.Name(found.type).removeprefix("DISTORTION_TYPE_").lower()
        if found.HasField("peak"):
            places[name] = f"  severity {found.severity:.2f}, worst near {found.peak.x:.0f}, {found.peak.y:.0f}"
    lost = sorted(answer.points_lost, key=lambda lost: lost.points, reverse=True)[:COSTLIEST]
    return [f"  {one.points:5.1f}  {words(one.name)}{places.get(one.name, '')}" for one in lost if one.points >= 0.05]


def report(answer: ScoreResponse) -> str:
    """An answer as a person reads it."""
    scenario = answer.scenario
    lines = [
        f"{answer.score:.1f} of 100  ({answer.interval_low:.0f} to {answer.interval_high:.0f})"
        f"  for {scenario.name}, revision {scenario.revision}"
    ]
    if answer.HasField("decision"):
        verdict = Verdict.Name(answer.decision.verdict).removeprefix("VERDICT_").lower()
        rules = [rule.removeprefix(f"{verdict}: ") for rule in answer.decision.rules]
        lines.append(f"{verdict}: {'; '.join(rules) or 'nothing speaks against it'}")
    lines += [
        "",
        *components(answer.components, scenario.weights),
        "",
        "What cost the most points",
        *costliest(answer),
        "",
    ]
    # Such an answer had to do without a service: its interval is wider, and a later one may differ.
    lines += [f"degraded  {part.stage}: {part.reason}" for part in answer.degraded]
    lines += [f"note  {note}" for note in answer.notes]
    return "\n".join([*lines, f"measurement {answer.id}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    gateway.add_options(parser)
    parser.add_argument("picture", type=Path, metavar="PICTURE")
    parser.add_argument("--prompt", required=True, metavar="TEXT", help="what the picture was asked to show")
    parser.add_argument("--scenario", metavar="NAME", help="(default: the gateway's)")
    options = parser.parse_args()
    try:
        picture = Picture(data=options.picture.read_bytes())
    except OSError as error:
        parser.error(f"cannot read the picture: {error}")
    scenario = ScenarioSelector(name=options.scenario) if options.scenario else None
    request = ScoreRequest(picture=picture, prompt=options.prompt, scenario=scenario)
    with gateway.connect(options.address) as channel:
        try:
            answer = QualityServiceStub(channel).Score(request, **gateway.context(options))
        except grpc.RpcError as error:
            return gateway.failed(error)
    print(report(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
