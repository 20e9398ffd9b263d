"""Short calls to a far side, over lines that are kept open between them: HTTP/1.1 as far as we
speak it, at a third of what a library for all of it costs.

Nothing is ever repeated, and whoever calls learns whether anything left us: only then may the far
side have acted on it. Files go another way (aiohttp)."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection

CONNECT = 3.0
"""Seconds to have a line: to wait for one where all are in use, to open one where none is free."""

AT_ONCE = 100
KEPT = 15.0
"""Seconds for which a line that nobody uses is kept."""

MOST_HEAD, MOST_BODY = 64 * 1024, 8 * 1024 * 1024
"""Bytes of an answer."""

ALTERNATELY = 0.25
"""Seconds after which the next of a far side's addresses is tried beside the first."""

TARGET = re.compile(r"[\x21-\x7e]+")
ALWAYS = b"Accept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: artisan-connect\r\n"
BODYLESS = frozenset({204, 304})


class NoAnswer(Exception):
    """No whole answer came: {why}. `written`: something of the request left us."""

    def __init__(self, why: str, written: bool) -> None:
        self.why, self.written = why, written
        super().__init__(why)


class Unreadable(ValueError):
    """What was answered is no HTTP that we can read."""


@dataclass(frozen=True)
class Said:
    """An answer. Names in `head` are in small letters."""

    status: int
    head: Mapping[str, str]
    body: bytes


class Place(NamedTuple):
    """Where a far side is."""

    host: str
    port: int
    secure: bool


class Lines:
    """The lines of one caller, by where they lead."""

    def __init__(self) -> None:
        self._free: defaultdict[Place, list[Line]] = defaultdict(list)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tidying: asyncio.TimerHandle | None = None

    async def call(
        self, method: str, url: str, head: bytes, body: bytes | None, seconds: float
    ) -> Said:
        """Call once. `head` are more headers, as lines. Raises NoAnswer."""
        written = False
        try:
            place, named = _placed(url)
            length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
            data = b"%b %b%b%b%b\r\n%b" % (
                method.encode(), named, ALWAYS, head, length, body or b""
            )  # fmt: skip
            line = await self._line(place)
            try:
                written = True
                said = await line.ask(data, seconds)
            finally:
                self._room.release()
        except (OSError, TimeoutError, ValueError, EOFError) as problem:
            raise NoAnswer(type(problem).__name__, written) from None
        if line.is_open:
            self._keep(place, line)
        return said

    async def _line(self, place: Place) -> Line:
        """A line that leads there; of the room for all of them it has taken its part."""
        if not self._room.locked():
            await self._room.acquire()
            line = self._kept(place)
            if line is not None:
                return line
            taken = True
        else:
            taken = False
        try:
            async with asyncio.timeout(CONNECT):
                if not taken:
                    await self._room.acquire()
                    taken = True
                return self._kept(place) or await self._opened(place)
        except BaseException:
            if taken:
                self._room.release()
            raise

    def _kept(self, place: Place) -> Line | None:
        free = self._free[place]
        while free:
            line = free.pop()
            if line.is_fresh:
                return line
            line.close()
        return None

    async def _opened(self, place: Place) -> Line:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        own = await start_connection(found, happy_eyeballs_delay=ALTERNATELY, interleave=1)
        try:
            _, line = await loop.create_connection(
                Line,
                sock=own,
                ssl=self._tls if place.secure else None,
                server_hostname=place.host if place.secure else None,
            )
        except BaseException:
            own.close()
            raise
        return line

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _keep(self, place: Place, line: Line) -> None:
        self._free[place].append(line)
        if self._tidying is None:
            self._tidying = asyncio.get_running_loop().call_later(KEPT, self._tidy)

    def _tidy(self) -> None:
        """Close what nobody has used for long."""
        self._tidying = None
        for place, lines in tuple(self._free.items()):
            for line in lines:
                if not line.is_fresh:
                    line.close()
            self._free[place] = [line for line in lines if line.is_open]
        if any(self._free.values()):
            self._tidying = asyncio.get_running_loop().call_later(KEPT, self._tidy)

    def close(self) -> None:
        """Hang up on everybody."""
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        for lines in self._free.values():
            for line in lines:
                line.close()
        self._free.clear()


@lru_cache(maxsize=256)
def _placed(url: str) -> tuple[Place, bytes]:
    """Where a call goes, and what is said there after its method. Raises ValueError."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no address of a far side")
    place = Place(parts.hostname, parts.port or (443 if secure else 80), secure)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    if not TARGET.fullmatch(target) or not TARGET.fullmatch(host):
        raise ValueError("an address that cannot be said")
    return place, f"{target} HTTP/1.1\r\nHost: {host}\r\n".encode()


class Line(asyncio.Protocol):
    """One line; one call at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Said] | None = None
        self._heard = b""
        self._used = 0.0

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_fresh(self) -> bool:
        return self.is_open and self._loop.time() - self._used < KEPT

    async def ask(self, data: bytes, seconds: float) -> Said:
        """Say this; gives the answer. Raises OSError, TimeoutError, Unreadable."""
        if self._transport is None:
            raise ConnectionResetError
        self._waiting = self._loop.create_future()
        late = self._loop.call_later(seconds, self._fail, TimeoutError())
        self._transport.write(data)
        try:
            return await self._waiting
        except BaseException:
            self.close()
            raise
        finally:
            late.cancel()
            self._waiting = None
            self._used = self._loop.time()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._used = self._loop.time()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nothing was asked
            return
        self._heard = self._heard + data if self._heard else data
        self._read(ended=False)

    def eof_received(self) -> None:
        return None

    def connection_lost(self, problem: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            if problem is None and self._heard:
                self._read(ended=True)
            self._fail(problem or ConnectionResetError())

    def _read(self, ended: bool) -> None:
        try:
            found = answer_of(self._heard, ended)
        except ValueError as problem:
            self._fail(problem)
            return
        if found is None or self._waiting is None:
            return
        said, lasts = found
        self._heard = b""
        if not lasts:
            self.close()
        self._waiting.set_result(said)

    def _fail(self, problem: BaseException) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(problem)
        self.close()


def answer_of(data: bytes, ended: bool) -> tuple[Said, bool] | None:
    """The answer that this is, and whether the line may be used again; None while more is to come.

    `ended`: nothing more will come. Raises Unreadable."""
    while True:
        end = data.find(b"\r\n\r\n", 0, MOST_HEAD)
        if end < 0:
            if len(data) > MOST_HEAD:
                raise Unreadable
            return None
        status, recent, head = _head_of(data[:end])
        rest = data[end + 4 :]
        if status >= 200:
            break
        data = rest  # it goes on: the answer is yet to come
    found = _body_of(status, head, rest, ended)
    if found is None:
        return None
    body, whole = found
    if len(body) > MOST_BODY:
        raise Unreadable
    lasts = whole and recent and head.get("connection", "").lower() != "close"
    return Said(status, head, body), lasts


def _head_of(data: bytes) -> tuple[int, bool, Mapping[str, str]]:
    """Status, whether it is of HTTP/1.1, and headers."""
    first, *lines = data.decode("latin-1").split("\r\n")
    version, _, said = first.partition(" ")
    status = said[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (status.isascii() and status.isdigit()):
        raise Unreadable
    head: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise Unreadable
        head[name.lower()] = value.strip(" \t")
    if head.get("content-encoding", "identity").lower() != "identity":
        raise Unreadable
    return int(status), version == "HTTP/1.1", head


def _body_of(
    status: int, head: Mapping[str, str], rest: bytes, ended: bool
) -> tuple[bytes, bool] | None:
    """The body, and whether nothing follows it; None while more of it is to come."""
    if status in BODYLESS:
        return b"", not rest
    coding = head.get("transfer-encoding", "")
    if coding:
        if coding.lower() != "chunked":
            raise Unreadable
        return _unchunked(rest)
    length = head.get("content-length")
    if length is None:
        if len(rest) > MOST_BODY:
            raise Unreadable
        return (rest, False) if ended else None
    if not (length.isascii() and length.isdigit()) or int(length) > MOST_BODY:
        raise Unreadable
    size = int(length)
    return (rest[:size], len(rest) == size) if len(rest) >= size else None


def _unchunked(data: bytes) -> tuple[bytes, bool] | None:
    """What comes in pieces, put together."""
    pieces: list[bytes] = []
    at = 0
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        size = data[at:end].partition(b";")[0].strip()
        if not size or size.strip(b"0123456789abcdefABCDEF") or len(size) > 7:
            raise Unreadable
        length, at = int(size, 16), end + 2
        if not length:
            return _trailed(data, at, b"".join(pieces))
        if len(data) < at + length + 2:
            if len(data) > MOST_BODY * 2:
                raise Unreadable
            return None
        if data[at + length : at + length + 2] != b"\r\n":
            raise Unreadable
        pieces.append(data[at : at + length])
        at += length + 2


def _trailed(data: bytes, at: int, body: bytes) -> tuple[bytes, bool] | None:
    """The body, once its trailers, which say nothing to us, are there."""
    if data[at : at + 2] == b"\r\n":
        return body, len(data) == at + 2
    end = data.find(b"\r\n\r\n", at)
    return None if end < 0 else (body, len(data) == end + 4)
