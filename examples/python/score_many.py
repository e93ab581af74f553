"""Scores all pictures of a folder over one stream, a line each as soon as it is known.

cat.jpg has its prompt in cat.txt beside it, unless --prompt names one for all. A picture that fails does not stop the
others; the exit code is then 1.
"""

import argparse
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc

import gateway
from cpaiqa.common.v1.picture_pb2 import Picture
from cpaiqa.quality.v1.quality_service_pb2 import ScoreRequest, ScoreStreamRequest
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceStub
from cpaiqa.scenario.v1.scenario_service_pb2 import ScenarioSelector

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
# As much as a gateway takes unless it is configured otherwise; a message that is too large would end the whole stream.
MOST_BYTES = 32 * 1024 * 1024


class Pictures:
    """The requests for pictures: at most `in_flight` of them are sent and not yet answered."""

    def __init__(self, folder: Path, prompt: str | None, scenario: str | None, in_flight: int) -> None:
        self.folder, self.prompt = folder, prompt
        self.scenario = ScenarioSelector(name=scenario) if scenario else None
        self.free = threading.BoundedSemaphore(in_flight)
        self.paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
        self.waiting: set[str] = set()
        self.unread: list[str] = []

    def requests(self) -> Iterator[ScoreStreamRequest]:
        """Read when gRPC asks for the next, on a thread of its own."""
        for path in self.paths:
            name = path.relative_to(self.folder).as_posix()
            try:
                request = self.request(path)
            except (OSError, ValueError) as error:
                self.unread.append(f"{name}: {error}")
                continue
            self.free.acquire()
            self.waiting.add(name)
            yield ScoreStreamRequest(id=name, request=request)

    def request(self, path: Path) -> ScoreRequest:
        prompt = self.prompt or beside(path)
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise ValueError(f"expected at most {MOST_BYTES} bytes, got {len(data)}")
        return ScoreRequest(picture=Picture(data=data), prompt=prompt, scenario=self.scenario)

    def answered(self, name: str) -> None:
        """Lets the next one go."""
        self.waiting.discard(name)
        self.free.release()


def beside(picture: Path) -> str:
    """The prompt in the text file beside a picture."""
    file = picture.with_suffix(".txt")
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise ValueError(f"expected its prompt in {file.name} beside it, or --prompt for all") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"its prompt in {file.name} is not UTF-8 text") from error


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    # A folder takes as long as it takes; the gateway gives each picture its own time.
    gateway.add_options(parser, deadline=None)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--prompt", metavar="TEXT", help="what all pictures were asked to show")
    parser.add_argument("--scenario", metavar="NAME", help="(default: the gateway's)")
    parser.add_argument("--in-flight", type=int, default=8, metavar="N", help="sent and not yet answered (default: 8)")
    options = parser.parse_args()
    if options.in_flight < 1:
        parser.error(f"--in-flight: expected at least 1, got {options.in_flight}")
    pictures = Pictures(options.folder, options.prompt, options.scenario, options.in_flight)
    if not pictures.paths:
        parser.error(f"expected a folder with pictures, but {options.folder} has none")

    scored, code = 0, 0
    with gateway.connect(options.address) as channel:
        try:
            for answer in QualityServiceStub(channel).ScoreStream(pictures.requests(), **gateway.context(options)):
                pictures.answered(answer.id)
                if answer.HasField("score"):
                    scored += 1
                    degraded = "".join(f"  without {part.stage}" for part in answer.score.degraded)
                    print(f"{answer.score.score:5.1f}  {answer.id}{degraded}", flush=True)
                else:
                    why = f"{gateway.NAMES.get(answer.failure.code, 'UNKNOWN')}: {answer.failure.message}"
                    print(f"    -  {answer.id}: {why}", flush=True)
        except grpc.RpcError as error:
            code = gateway.failed(error)
            if pictures.waiting:
                print(f"  not answered: {', '.join(sorted(pictures.waiting))}", file=sys.stderr)
    for line in pictures.unread:
        print(f"    -  {line}")
    print(f"{scored} of {len(pictures.paths)} pictures scored")
    return code or int(scored < len(pictures.paths))


if __name__ == "__main__":
    sys.exit(main())
