"""Somebody who writes as fast as they are answered, many at once, on connections that stay open.

Written for a protocol and not by a client library, so that it costs little of the machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Load:
    """`seconds` from the first request to the last answer; `waits` of each, in seconds."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    failed: int = 0


class _Line(asyncio.Protocol):
    """One connection: sends a request, waits for its answer, sends the next."""

    def __init__(self, head: bytes, bodies: Iterator[bytes], load: Load) -> None:
        self.head, self.bodies, self.load = head, bodies, load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.began = 0.0
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        body = next(self.bodies, None)
        if body is None:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.began = time.perf_counter()
        request = self.head + str(len(body)).encode() + b"\r\n\r\n" + body
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, whole, rest = self.buffer.partition(b"\r\n\r\n")
        if not whole or len(rest) < length_of(head):
            return
        self.buffer = b""
        self.load.waits.append(time.perf_counter() - self.began)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            self.load.failed += 1
        self._next()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(problem or ConnectionResetError("the server hung up"))


def length_of(head: bytes) -> int:
    """How long the body is that follows these headers."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def post(
    port: int,
    path: str,
    headers: dict[str, str],
    conversation: Callable[[], Iterator[bytes]],
    people: int,
    at_once: int,
) -> Load:
    """Have so many people write a conversation each, `at_once` of them at a time."""
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{named}Content-Length: "
    ).encode()
    conversations = [list(conversation()) for _ in range(people)]
    line = iter(conversations)
    load = Load()

    def bodies() -> Iterator[bytes]:
        for one in line:
            yield from one

    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    lines = []
    for _ in range(at_once):
        _, protocol = await loop.create_connection(
            lambda: _Line(head, bodies(), load), "127.0.0.1", port
        )
        lines.append(protocol.done)
    await asyncio.gather(*lines)
    load.seconds = time.perf_counter() - began
    return load


async def get(port: int, path: str) -> bytes:
    """The body of a page."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]
