"""Lists a gateway's services and methods, as it describes them itself, and the health of each; needs no protos."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

import gateway

# The Python package knows this service by its older name only; the messages are the same.
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


class Server:
    """What can be asked of any gRPC server with reflection and health."""

    def __init__(self, channel: grpc.Channel, context: dict[str, Any]) -> None:
        self.context = context
        self.check = HealthStub(channel).Check
        self.reflect = channel.stream_stream(
            REFLECTION,
            request_serializer=ServerReflectionRequest.SerializeToString,
            response_deserializer=ServerReflectionResponse.FromString,
        )

    def services(self) -> list[str]:
        """The full names of all services."""
        answer = self.ask(ServerReflectionRequest(list_services="*"))
        return sorted(service.name for service in answer.list_services_response.service)

    def methods(self, service: str) -> Iterator[MethodDescriptorProto]:
        """What a service can be asked."""
        answer = self.ask(ServerReflectionRequest(file_containing_symbol=service))
        for encoded in answer.file_descriptor_response.file_descriptor_proto:
            file = FileDescriptorProto.FromString(encoded)
            for declared in file.service:
                if f"{file.package}.{declared.name}" == service:
                    yield from declared.method

    def ask(self, request: ServerReflectionRequest) -> ServerReflectionResponse:
        return next(self.reflect(iter([request]), **self.context))

    def health(self, service: str) -> str:
        """SERVING, NOT_SERVING, or that the server says nothing of this service."""
        try:
            answer = self.check(HealthCheckRequest(service=service), **self.context)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return "no health"
            raise
        return HealthCheckResponse.ServingStatus.Name(answer.status)


def signature(method: MethodDescriptorProto) -> str:
    """A method as the protos write it."""
    takes = ("stream " if method.client_streaming else "") + method.input_type.removeprefix(".")
    gives = ("stream " if method.server_streaming else "") + method.output_type.removeprefix(".")
    return f"rpc {method.name}({takes}) returns ({gives})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    gateway.add_options(parser)
    options = parser.parse_args()
    with gateway.connect(options.address) as channel:
        server = Server(channel, gateway.context(options))
        try:
            print(f"{options.address}  {server.health('')}")
            for service in server.services():
                print(f"\n{service}  {server.health(service)}")
                for method in server.methods(service):
                    print(f"  {signature(method)}")
        except grpc.RpcError as error:
            return gateway.failed(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
