from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from bot import front as fronts
from bot.front import Head, Unclear, listening, request_of
from bot.web import failed

LINE = b"POST /hook HTTP/1.1\r\n"


def post(body: bytes, *more: bytes, line: bytes = LINE, length: bytes | None = None) -> bytes:
    size = str(len(body)).encode() if length is None else length
    head = (b"Host: here", b"X-Secret: right", *more, b"Content-Length: " + size)
    return line + b"\r\n".join(head) + b"\r\n\r\n" + body


@dataclass
class Heard:
    """What came of requests: bodies by who took them."""

    quick: list[bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)
    problem: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def hook(self, head: Head, body: bytes) -> Awaitable[None] | None:
        return self.keep(body) if head.get(b"x-secret") == b"right" else None

    async def keep(self, body: bytes) -> None:
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        self.quick.append(body)

    async def other(self, request: web.Request) -> web.StreamResponse:
        self.others.append(await request.read())
        return web.Response(text="aiohttp")

    async def says(self, data: bytes) -> bytes:
        """What is answered to this, until the other side hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        writer.write(b"GET /bye HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        said = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return said


@contextlib.asynccontextmanager
async def served(heard: Heard, shutdown: float = 5.0) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/hook", heard.other)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    quick = {"/hook": heard.hook}
    try:
        async with listening(runner, quick, failed, "127.0.0.1", 0, shutdown) as heard.port:
            yield
    finally:
        await runner.cleanup()


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    made = Heard()
    made.gate.set()
    async with served(made):
        yield made


async def test_a_plain_request_is_answered_at_once_and_the_connection_goes_on(heard: Heard) -> None:
    said = await heard.says(post(b"one") + post(b"two", b"Connection: keep-alive") + post(b""))
    assert heard.quick == [b"one", b"two", b""]
    assert not heard.others
    assert said.count(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: ") == 3
    assert said.count(b"HTTP/1.1 404") == 1, "what is no webhook is aiohttp's"


async def test_a_request_that_comes_in_pieces_is_put_together(heard: Heard) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", heard.port)
    for byte in post(b"slowly"):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    assert heard.quick == [b"slowly"]
    writer.close()


@pytest.mark.parametrize(
    "odd",
    [
        post(b"x", b"X-Other: 1", b"X-Other: 2"),
        post(b"x", b"Content-Encoding: identity"),
        post(b"x", b"TE: trailers"),
        post(b"x", b"X_Name: 1"),
        post(b"x", "X-Name: é".encode()),
        post(b"x" * (fronts.MOST_BODY + 1)),
        post(b"x", b"X-Long: " + b"a" * 5000, b"X-Longer: " + b"a" * 5000),
        post(b"x", line=b"POST /hook?a=b HTTP/1.1\r\n"),
        post(b"x").replace(b"X-Secret: right", b"X-Secret: wrong"),
        LINE + b"Host: here\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ],
)
async def test_what_is_not_plain_is_left_to_aiohttp(heard: Heard, odd: bytes) -> None:
    said = await heard.says(odd + post(b"after it"))
    assert not heard.quick
    assert [body[:1] for body in heard.others] == [b"x", b"a"]
    assert said.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        post(b"x", length=b"-1"),
        post(b"x", length=b"1, 1"),
        post(b"x", b"Content-Length: 2"),
        post(b"x", b"Transfer-Encoding: chunked"),
        post(b"x", b"No colon"),
        post(b"x", b" folded: 1"),
        post(b"x", b"X-Name : 1"),
        post(b"x", b"X-Name: a\rb"),
        post(b"x", b"X-Name: a\nb: c"),
        post(b"x", b"X-Name: \x00"),
        post(b"x", line=b"POST  /hook HTTP/1.1\r\n"),
        post(b"x", line=b"post /hook HTTP/1.1\r\n"),
        post(b"x", line=b"POST /hook HTTP/9.9\r\n"),
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_what_is_wrong_is_never_taken_here(heard: Heard, wrong: bytes) -> None:
    await heard.says(wrong)
    assert not heard.quick


async def test_a_database_that_is_away_is_said_and_the_connection_goes_on(heard: Heard) -> None:
    heard.problem = ConnectionResetError()
    said = await heard.says(post(b"one"))
    assert said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 5\r\n" in said
    heard.problem = ValueError()
    said = await heard.says(post(b"two") + post(b"three"))
    assert said.count(b"HTTP/1.1 500 Internal Server Error\r\n") == 2
    assert not heard.others


async def test_what_is_under_way_when_told_to_stop_is_finished_and_others_are_hung_up_on() -> None:
    heard = Heard()
    async with served(heard):
        busy = await asyncio.open_connection("127.0.0.1", heard.port)
        idle = await asyncio.open_connection("127.0.0.1", heard.port)
        busy[1].write(post(b"last"))
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().call_later(0.1, heard.gate.set)
    assert await asyncio.wait_for(idle[0].read(), 5) == b""
    assert b"\r\nConnection: close\r\n" in await asyncio.wait_for(busy[0].read(), 5)
    assert heard.quick == [b"last"]
    for _, writer in (busy, idle):
        writer.close()


async def test_what_takes_too_long_when_told_to_stop_is_cut_off() -> None:
    heard = Heard()
    async with served(heard, shutdown=0.05):
        reader, writer = await asyncio.open_connection("127.0.0.1", heard.port)
        writer.write(post(b"never"))
        await asyncio.sleep(0.05)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    assert not heard.quick
    writer.close()


async def test_who_says_nothing_for_long_is_hung_up_on(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fronts, "IDLE", 0.0)
    monkeypatch.setattr(fronts, "LOOK", 0.01)
    async with served(heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", heard.port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_much_that_comes_while_something_is_under_way_waits_outside(heard: Heard) -> None:
    heard.gate.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", heard.port)
    bodies = [b"%d" % number * 20_000 for number in range(10)]
    writer.write(b"".join(map(post, bodies)))
    await asyncio.sleep(0.05)
    heard.gate.set()
    for _ in bodies:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert heard.quick == bodies
    writer.close()


SIGNS = (b": ", b":", b" ", b"\t", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"-", b"_", b"\xe9", b"\x00")
WORDS = (b"Host", b"X-A", b"content-length", b"Transfer-Encoding", b"chunked", b"0", b"3", b"03")
LINES = (b"Connection: close\r\n", b"Content-Length: 3\r\n", b"Host: here\r\n", b"abc")
WELL = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,8}:[ \t]{0,2}[\x20-\x7e]{0,10}\r\n", fullmatch=True)
PIECES = WELL | WELL | WELL | st.sampled_from(SIGNS + WORDS + LINES)


@given(st.lists(PIECES, max_size=5).map(b"".join), st.booleans())
def test_what_is_taken_here_is_read_as_aiohttp_reads_it(some: bytes, ends: bool) -> None:
    data = LINE + b"Host: here\r\n" + some
    if ends:
        data = data.removesuffix(b"\r\n") + b"\r\nContent-Length: 3\r\n\r\nabc"
    try:
        found = request_of(data, LINE)
    except Unclear:
        return
    if found is None:
        return
    head, body, rest = found
    theirs = asyncio.run(read_by_aiohttp(data[: len(data) - len(rest)]))
    assert theirs == ({name.decode(): value.decode() for name, value in head.items()}, body)


async def read_by_aiohttp(data: bytes) -> tuple[dict[str, str], bytes] | None:
    loop = asyncio.get_running_loop()
    parser: Any = HttpRequestParser(BaseProtocol(loop), loop, 2**16)
    try:
        messages, _, _ = parser.feed_data(data)
    except HttpProcessingError:
        return None
    message, payload = messages[0]
    head = {name.lower(): value for name, value in message.headers.items()}
    return head, b"" if payload.is_eof() and not payload._size else payload.read_nowait()
