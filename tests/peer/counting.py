"""A server's neighbour that passes on what callers send to it, and counts bytes both ways."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from processes import free_address


class Counted:
    """Where callers find it, and the bytes that went to the server and came from it."""

    def __init__(self) -> None:
        self.address = free_address()
        self.sent = 0
        self.answered = 0


@contextmanager
def counting(server: str) -> Iterator[Counted]:
    """Stands before the server at that address until the block ends."""
    counted = Counted()
    listener = socket.create_server(to_pair(counted.address))

    def accept() -> None:
        while True:
            try:
                caller, _ = listener.accept()
                to_server = socket.create_connection(to_pair(server))
            except OSError:
                return
            for pair in ((caller, to_server, "sent"), (to_server, caller, "answered")):
                threading.Thread(target=pump, args=(counted, *pair), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield counted
    finally:
        listener.close()


def pump(counted: Counted, source: socket.socket, to: socket.socket, direction: str) -> None:
    for end in (source, to):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while data := source.recv(1 << 16):
            to.sendall(data)
            # One thread a direction and connection; a gateway has one connection to an address.
            setattr(counted, direction, getattr(counted, direction) + len(data))
        to.shutdown(socket.SHUT_WR)
    except OSError:
        # Either side may hang up as it likes.
        pass


def to_pair(address: str) -> tuple[str, int]:
    host, port = address.split(":")
    return host, int(port)
