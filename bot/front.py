"""What stands before aiohttp: a plain request to a webhook is answered here, at a third of what
it costs there.

Only requests that leave nothing to be understood are: HTTP/1.1, one header of a name, a body of a
given length, all there. Whatever else a connection says, and all that it says from then on, is
aiohttp's, which gets the bytes as they came. A webhook may also leave a request to aiohttp, such
as one whose secret is wrong: what is refused has one place."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from email.utils import formatdate
from typing import TypeAlias, cast

from aiohttp import web

Head: TypeAlias = dict[bytes, bytes]
"""The headers of a request, names in small letters."""

Quick: TypeAlias = Callable[[Head, bytes], Awaitable[object] | None]
"""Takes headers and body: what is to be waited for before 200 is answered, or None, having done
nothing, where the request is for aiohttp to answer."""

Failed: TypeAlias = Callable[[Exception], web.Response]
"""What is answered where that fails."""

MOST_HEAD, MOST_BODY = 8 * 1024, 64 * 1024
"""Bytes of a request; longer ones are aiohttp's."""

IDLE, LOOK = 3630.0, 60.0
"""Seconds for which a connection may say nothing, as long as aiohttp's; and between looks."""

PLAIN = bytes(range(0x20, 0x7F)) + b"\t\r\n"
ODD = frozenset(
    (b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te", b"content-encoding")
)
"""Headers that change how a request is to be read."""


class Unclear(Exception):
    """A request that is not plain."""


def request_of(data: bytes, line: bytes) -> tuple[Head, bytes, bytes] | None:
    """The headers and body of a request that begins with this line, and what follows it; None
    while more is to come. Raises Unclear."""
    if not data.startswith(line[: len(data)]):
        raise Unclear
    end = data.find(b"\r\n\r\n", 0, MOST_HEAD)
    if end < 0:
        if len(data) >= MOST_HEAD:
            raise Unclear
        return None
    head = head_of(data[len(line) : end])
    length = head.get(b"content-length", b"")
    if not length.isdigit() or len(length) > 6 or (size := int(length)) > MOST_BODY:
        raise Unclear
    begin, end = end + 4, end + 4 + size
    return (head, data[begin:end], data[end:]) if len(data) >= end else None


def head_of(lines: bytes) -> Head:
    """The headers in these lines. Raises Unclear for what is not plain."""
    split = lines.split(b"\r\n")
    breaks = len(split) - 1
    if lines.translate(None, PLAIN) or lines.count(b"\r") + lines.count(b"\n") != 2 * breaks:
        raise Unclear
    head: Head = {}
    for line in split:
        name, colon, value = line.partition(b":")
        if not colon or not name.replace(b"-", b"").isalnum():
            raise Unclear
        head[name.lower()] = value.strip(b" \t")
    if len(head) != len(split) or not ODD.isdisjoint(head) or not head.get(b"host"):
        raise Unclear
    if head.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        raise Unclear
    return head


class Front:
    """Makes a protocol for each connection; `quick` are the webhooks by their path."""

    def __init__(self, runner: web.AppRunner, quick: Mapping[str, Quick], failed: Failed) -> None:
        if runner.server is None:
            raise RuntimeError("the runner has not been set up")
        self.server: web.Server = runner.server
        self.quick = {f"POST {path} HTTP/1.1\r\n".encode(): one for path, one in quick.items()}
        self.failed = failed
        self.open: set[Connection] = set()
        self.stopping = False
        self._date = (0, b"")

    def __call__(self) -> Connection:
        return Connection(self)

    def taken(self) -> bytes:
        """The answer to what has been taken: 200 and no words."""
        now = int(time.time())
        if self._date[0] != now:
            date = formatdate(now, usegmt=True).encode()
            self._date = (now, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: " + date + b"\r\n")
        return self._date[1] + (b"Connection: close\r\n\r\n" if self.stopping else b"\r\n")

    def sweep(self) -> None:
        """Hang up where nothing has been said for long."""
        for one in tuple(self.open):
            one.hang_up(idle=IDLE)

    async def stop(self, seconds: float) -> None:
        """Hang up; what is under way has so many seconds."""
        self.stopping = True
        under_way = [one.work for one in self.open if one.work is not None]
        for one in tuple(self.open):
            one.hang_up()
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)
        for one in tuple(self.open):
            one.abort()


class Connection(asyncio.Protocol):
    """One connection, until it says something that is not plain."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.work: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._heard = b""
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._since = self._loop.time()
        self.front.open.add(self)
        own = transport.get_extra_info("socket")
        if own is not None:
            with contextlib.suppress(OSError):
                own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def connection_lost(self, problem: Exception | None) -> None:
        self.front.open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._heard = self._heard + data if self._heard else data
        if self.work is not None:
            if len(self._heard) > MOST_HEAD + MOST_BODY:
                self._transport.pause_reading()
        elif not self._transport.is_closing():
            self._go_on()

    def _go_on(self) -> None:
        """Do what was asked for next, if all of it is there."""
        self._since = self._loop.time()
        try:
            line, quick = self._webhook()
            request = request_of(self._heard, line)
            if request is None:
                return
            work = quick(request[0], request[1])
        except Unclear:
            self._hand_over()
            return
        if work is None:
            self._hand_over()
            return
        self._heard = request[2]
        self.work = self._loop.create_task(self._answer(work))

    def _webhook(self) -> tuple[bytes, Quick]:
        for line, quick in self.front.quick.items():
            if self._heard.startswith(line[: len(self._heard)]):
                return line, quick
        raise Unclear

    async def _answer(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Exception as problem:
            said = _written(self.front.failed(problem), self.front.stopping)
        else:
            said = self.front.taken()
        self.work = None
        transport = self._transport
        if transport.is_closing():
            return
        transport.write(said)
        if self.front.stopping:
            transport.close()
        elif self._heard:
            transport.resume_reading()
            self._go_on()

    def _hand_over(self) -> None:
        """From here on the connection is aiohttp's."""
        self.front.open.discard(self)
        other = self.front.server()
        self._transport.set_protocol(other)
        other.connection_made(self._transport)
        other.data_received(self._heard)
        self._heard = b""

    def hang_up(self, idle: float = 0.0) -> None:
        """Close where nothing is under way and nothing has been said for so many seconds."""
        if self.work is None and self._loop.time() - self._since >= idle:
            self._transport.close()

    def abort(self) -> None:
        if self.work is not None:
            self.work.cancel()
        self._transport.abort()


def _written(answer: web.Response, last: bool) -> bytes:
    """A short answer in words, as bytes."""
    words = (answer.text or "").encode()
    fields = {**answer.headers, "Content-Length": str(len(words)), "Date": formatdate(usegmt=True)}
    if last:
        fields["Connection"] = "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{lines}\r\n".encode() + words


@contextlib.asynccontextmanager
async def listening(
    runner: web.AppRunner,
    quick: Mapping[str, Quick],
    failed: Failed,
    host: str,
    port: int,
    shutdown: float,
) -> AsyncIterator[int]:
    """Listen while the block runs, before the application of a runner that has been set up; gives
    the port. Raises OSError where it cannot be had."""
    front, loop = Front(runner, quick, failed), asyncio.get_running_loop()
    server = await loop.create_server(front, host, port, backlog=1024)
    looking = loop.create_task(_looking(front))
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await asyncio.sleep(0)
        await front.stop(shutdown)


async def _looking(front: Front) -> None:
    while True:
        await asyncio.sleep(LOOK)
        front.sweep()
