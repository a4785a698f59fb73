"""A TCP relay with a long way: `python -m tests.benchmarks.relay PORT SECONDS` holds each byte back.

A loop of its own, because asyncio needs half a millisecond for each piece, and epoll waits whole milliseconds.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import time
from collections import deque

EARLY = 0.0002  # seconds: a machine wakes late by as much


def relay(server: socket.socket, port: int, seconds: float) -> None:
    """Every delay is the same, so what came first leaves first."""
    ends: dict[socket.socket, socket.socket] = {}
    on_its_way: deque[tuple[float, socket.socket, bytes]] = deque()
    selector = selectors.SelectSelector()
    selector.register(server, selectors.EVENT_READ)
    while True:
        left = on_its_way[0][0] - time.monotonic() if on_its_way else None
        for key, _event in selector.select(left and max(0, left - EARLY)):
            here = key.fileobj
            assert isinstance(here, socket.socket)
            if here is server:
                come, there = server.accept()[0], socket.create_connection(("127.0.0.1", port))
                for one, other in ((come, there), (there, come)):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(one, selectors.EVENT_READ)
                    ends[one] = other
                continue
            data = b""
            with contextlib.suppress(OSError):
                data = here.recv(65536)
            on_its_way.append((time.monotonic() + seconds, ends[here], data))
            if not data:
                selector.unregister(here)
        while on_its_way and on_its_way[0][0] <= time.monotonic():
            _due, there, data = on_its_way.popleft()
            with contextlib.suppress(OSError):
                there.sendall(data) if data else there.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    entrance = socket.create_server(("127.0.0.1", 0))
    print(entrance.getsockname()[1], flush=True)
    relay(entrance, int(sys.argv[1]), float(sys.argv[2]))
