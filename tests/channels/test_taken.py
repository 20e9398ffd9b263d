from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.channels.taken import taken

POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\nx"
BYE = POST.replace(b"Host: here\r\n", b"Host: here\r\nConnection: close\r\n")
DATE = rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
TAKEN = re.compile(rb"HTTP/1\.1 200 OK\r\nContent-Length: 0\r\n" + DATE + rb"\r\n\r\n")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that takes everything."""

    async def take(request: web.Request) -> web.StreamResponse:
        await request.read()
        return taken(request)

    app = web.Application()
    app.router.add_route("*", "/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def said(port: int, data: bytes) -> bytes:
    """All that is answered until the line ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    answered = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answered


async def test_what_was_taken_is_answered_and_the_line_goes_on(port: int) -> None:
    answered = await said(port, POST + POST + BYE)
    assert len(TAKEN.findall(answered)) == 2
    last = TAKEN.sub(b"", answered)
    assert last.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in last


@pytest.mark.parametrize(
    "odd",
    [
        POST.replace(b"HTTP/1.1", b"HTTP/1.0"),
        BYE,
        b"HEAD / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
    ],
)
async def test_where_the_line_ends_aiohttp_says_so(port: int, odd: bytes) -> None:
    answered = await said(port, odd)
    assert answered.split(b"\r\n", 1)[0].endswith(b" 200 OK")
    assert b"\r\nServer: " in answered


async def test_a_line_that_was_cut_meanwhile_harms_nobody(port: int) -> None:
    for _ in range(3):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST)
        writer.transport.abort()
    assert b" 200 OK" in await said(port, BYE)
