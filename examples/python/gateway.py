"""What the scripts beside this one share: the connection to a gateway, and its errors in words."""

import argparse
import os
import re
import sys
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

OPTIONS = [
    # The gateway's own limit; gRPC's default of 4 MiB is too little for an answer with maps.
    ("grpc.max_receive_message_length", 40 * 1024 * 1024),
    # A gateway that is gone without a word is noticed after 90 seconds, also by a stream that has no deadline.
    ("grpc.keepalive_time_ms", 30_000),
]
# What the caller can mend, as opposed to what the gateway suffers from.
CALLERS_FAULT = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ABORTED}
NAMES = {code.value[0]: code.name for code in grpc.StatusCode}


def add_options(parser: argparse.ArgumentParser, deadline: float | None = 60.0) -> None:
    """Adds what every call needs to a command line."""
    parser.add_argument(
        "--address", default="127.0.0.1:50051", type=address, metavar="HOST:PORT", help="(default: %(default)s)"
    )
    key = os.environ.get("CPAIQA_API_KEY", "")
    parser.add_argument("--api-key", default=key, type=api_key, metavar="KEY", help="(default: $CPAIQA_API_KEY)")
    told = f"{deadline:g}" if deadline else "none"
    parser.add_argument(
        "--deadline", default=deadline, type=seconds, metavar="SECONDS", help=f"of a call (default: {told})"
    )


def address(text: str) -> str:
    if "://" in text or not re.search(r":\d+$", text):
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return text


def api_key(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise argparse.ArgumentTypeError("expected printable ASCII characters")
    return text


def seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or float(text) == 0:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, got {text!r}")
    return float(text)


def connect(address: str) -> grpc.Channel:
    """A channel to the gateway; it connects with the first call, and is closed by `with`."""
    return grpc.insecure_channel(address, options=OPTIONS)


def context(options: argparse.Namespace) -> dict[str, Any]:
    """What goes along with every call."""
    key = options.api_key
    return {"timeout": options.deadline, "metadata": [("authorization", f"Bearer {key}")] if key else []}


def failed(error: grpc.RpcError) -> int:
    """Says on standard error why a call failed; the exit code: 2 for wrong input, 1 for the rest."""
    print("\n".join(explain(error)), file=sys.stderr)
    return 2 if error.code() in CALLERS_FAULT else 1


def explain(error: grpc.RpcError) -> list[str]:
    """The code and message of a failed call, then a line for each of its `google.rpc` details."""
    lines = [f"{error.code().name}: {error.details()}"]
    status = rpc_status.from_call(error)
    for packed in status.details if status else []:
        for kind, told in DETAILS.items():
            detail = kind()
            if packed.Unpack(detail):
                lines += [f"  {line}" for line in told(detail)]
    return lines


def bad_request(detail: error_details_pb2.BadRequest) -> list[str]:
    return [f"field {violation.field}: {violation.description}" for violation in detail.field_violations]


def error_info(detail: error_details_pb2.ErrorInfo) -> list[str]:
    return [
        f"reason {detail.reason} ({detail.domain})",
        *(f"{name}: {value}" for name, value in sorted(detail.metadata.items())),
    ]


def resource_info(detail: error_details_pb2.ResourceInfo) -> list[str]:
    return [f"{detail.resource_type} {detail.resource_name!r}: {detail.description}"]


def retry_info(detail: error_details_pb2.RetryInfo) -> list[str]:
    return [f"try again in {detail.retry_delay.ToTimedelta().total_seconds():g} s"]


def quota_failure(detail: error_details_pb2.QuotaFailure) -> list[str]:
    return [f"quota of {violation.subject}: {violation.description}" for violation in detail.violations]


DETAILS = {
    error_details_pb2.BadRequest: bad_request,
    error_details_pb2.ErrorInfo: error_info,
    error_details_pb2.ResourceInfo: resource_info,
    error_details_pb2.RetryInfo: retry_info,
    error_details_pb2.QuotaFailure: quota_failure,
}
