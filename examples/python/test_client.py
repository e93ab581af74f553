"""What no gateway can be made to show at will, shown by a server that answers as it is told.

.venv/bin/python -m unittest
"""

import contextlib
import io
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from unittest.mock import patch

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

import score
import score_many
from cpaiqa.quality.v1.quality_service_pb2 import ScoreRequest, ScoreResponse, ScoreStreamRequest, ScoreStreamResponse
from cpaiqa.quality.v1.quality_service_pb2_grpc import QualityServiceServicer, add_QualityServiceServicer_to_server


class Gateway(QualityServiceServicer):
    """Answers a score with `status`, or with a score where there is none; keeps what it was told."""

    def __init__(self) -> None:
        self.status: status_pb2.Status | None = None
        self.metadata: dict[str, str | bytes] = {}
        # A stream is answered when so many pictures wait, and no more come; how many waited each time.
        self.expected = 1
        self.waited: list[int] = []

    def Score(self, request: ScoreRequest, context: grpc.ServicerContext) -> ScoreResponse:
        self.metadata = dict(context.invocation_metadata())
        if self.status:
            context.abort_with_status(rpc_status.to_status(self.status))
        return ScoreResponse(score=50)

    def ScoreStream(
        self, requests: Iterator[ScoreStreamRequest], context: grpc.ServicerContext
    ) -> Iterator[ScoreStreamResponse]:
        self.metadata = dict(context.invocation_metadata())
        sent: SimpleQueue[str | None] = SimpleQueue()

        def read() -> None:
            for request in requests:
                sent.put(request.id)
            sent.put(None)

        threading.Thread(target=read, daemon=True).start()
        more = True
        while more:
            waiting: list[str] = []
            with contextlib.suppress(Empty):
                while name := sent.get(timeout=30 if len(waiting) < self.expected else 0.2):
                    waiting.append(name)
                more = False
            self.waited.append(len(waiting))
            yield from (ScoreStreamResponse(id=name, score=ScoreResponse(score=50)) for name in waiting)


class Client(unittest.TestCase):
    def setUp(self) -> None:
        self.gateway = Gateway()
        server = grpc.server(ThreadPoolExecutor(2))
        add_QualityServiceServicer_to_server(self.gateway, server)
        self.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        self.addCleanup(lambda: server.stop(None).wait())
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def picture(self, name: str) -> Path:
        path = self.folder / name
        path.write_bytes(b"a picture")
        return path

    def run_script(self, main: Callable[[], int], *args: str) -> tuple[int, str, str]:
        """The exit code, and what was said on standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        argv = ["script", *args, "--address", self.address]
        with patch("sys.argv", argv), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main()
        return code, out.getvalue(), err.getvalue()

    def test_the_key_goes_along_with_every_call(self) -> None:
        self.run_script(score.main, str(self.picture("a.png")), "--prompt", "a cat", "--api-key", "k-1")
        self.assertEqual(self.gateway.metadata["authorization"], "Bearer k-1")
        self.run_script(score_many.main, str(self.folder), "--prompt", "a cat", "--api-key", "k-2")
        self.assertEqual(self.gateway.metadata["authorization"], "Bearer k-2")

    def test_every_detail_of_a_failure_is_told(self) -> None:
        details = (
            error_details_pb2.ErrorInfo(reason="QUOTA", domain="cpaiqa", metadata={"tenant": "museum"}),
            error_details_pb2.QuotaFailure(violations=[{"subject": "museum", "description": "100 pictures a day"}]),
            error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000)),
            error_details_pb2.Help(),
        )
        packed = [Any() for _ in details]
        for one, detail in zip(packed, details, strict=True):
            one.Pack(detail)
        self.gateway.status = status_pb2.Status(code=8, message="used up", details=packed)
        code, out, err = self.run_script(score.main, str(self.picture("a.png")), "--prompt", "a cat")
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(
            err.splitlines(),
            [
                "RESOURCE_EXHAUSTED: used up",
                "  reason QUOTA (cpaiqa)",
                "  tenant: museum",
                "  quota of museum: 100 pictures a day",
                "  try again in 1.5 s",
            ],
        )

    def test_no_more_pictures_are_on_their_way_than_asked_for(self) -> None:
        for number in range(8):
            self.picture(f"{number}.png")
        self.gateway.expected = 3
        code, out, err = self.run_script(score_many.main, str(self.folder), "--prompt", "a cat", "--in-flight", "3")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("8 of 8 pictures scored", out)
        self.assertEqual(self.gateway.waited, [3, 3, 2])


if __name__ == "__main__":
    unittest.main()
