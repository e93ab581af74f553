"""Lists scenarios, shows one as JSON, and makes such a JSON file a scenario's next revision."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format

import gateway
from cpaiqa.admin.v1.admin_service_pb2 import Change, ListScenarioRevisionsRequest, ReviseScenarioRequest
from cpaiqa.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from cpaiqa.quality.v1.quality_service_pb2 import ListScenariosRequest
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceStub
from cpaiqa.scenario.v1.scenario_service_pb2 import ScenarioProfile


class Scenarios:
    """The scenarios of a gateway."""

    def __init__(self, channel: grpc.Channel, context: dict[str, Any]) -> None:
        self.quality, self.admin = QualityServiceStub(channel), AdminServiceStub(channel)
        self.context = context

    def all(self) -> list[ScenarioProfile]:
        """The newest revision of each."""
        return list(self.quality.ListScenarios(ListScenariosRequest(), **self.context).scenarios)

    def newest(self, name: str) -> ScenarioProfile:
        """The newest revision of one."""
        answer = self.admin.ListScenarioRevisions(ListScenarioRevisionsRequest(name=name), **self.context)
        return answer.revisions[-1].profile

    def revise(self, profile: ScenarioProfile, author: str, comment: str) -> ScenarioProfile:
        """Makes `profile` the next revision; ABORTED when the one that it was made from is no longer the newest."""
        change = Change(author=author, comment=comment, based_on=profile.revision)
        answer = self.admin.ReviseScenario(ReviseScenarioRequest(profile=profile, change=change), **self.context)
        return answer.revision.profile


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    every = commands.add_parser("list", help="all there are")
    show = commands.add_parser("show", help="one as JSON, to be changed and given to revise")
    show.add_argument("name", metavar="NAME")
    revise = commands.add_parser(
        "revise", help="a JSON file becomes the next revision; a file without one is a new scenario"
    )
    revise.add_argument("file", type=Path, metavar="FILE")
    revise.add_argument("--comment", default="", metavar="TEXT", help="why")
    revise.add_argument("--author", default=os.environ.get("USER", ""), metavar="NAME", help="who (default: $USER)")
    for command in (every, show, revise):
        gateway.add_options(command)
    options = parser.parse_args()
    profile = ScenarioProfile()
    if options.command == "revise":
        try:
            json_format.Parse(options.file.read_text(encoding="utf-8"), profile)
        except (OSError, ValueError, json_format.ParseError) as error:
            parser.error(f"{options.file}: {error}")

    with gateway.connect(options.address) as channel:
        scenarios = Scenarios(channel, gateway.context(options))
        try:
            if options.command == "list":
                for one in scenarios.all():
                    print(f"{one.name:28} revision {one.revision:<3} {one.description}")
            elif options.command == "show":
                print(json_format.MessageToJson(scenarios.newest(options.name), preserving_proto_field_name=True))
            else:
                made = scenarios.revise(profile, options.author, options.comment)
                print(f"{made.name}: revision {made.revision}")
        except grpc.RpcError as error:
            return gateway.failed(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
