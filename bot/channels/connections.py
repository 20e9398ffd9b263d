"""Connections to a far side: kept open, no slower to fail than they must, and never led elsewhere.

No exception's words are ever logged: they may hold a token or a number."""

from __future__ import annotations

from functools import cache
from typing import Any, Self

import aiohttp

from storage.packing import unpacked

CONNECT, TOTAL = 3.0, 10.0
"""Seconds to reach the far side, and for a call in all."""

MOST_ANSWER = 8 * 1024 * 1024
AT_ONCE = 100
CHUNK = 64 * 1024

UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""Failures before there was a connection. After any other the far side may have acted."""


class Connections:
    """Used as a context: they are closed at its end."""

    _session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self.session()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def session(self) -> aiohttp.ClientSession:
        """The open session; opened where it is not. Wants a running loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE, ttl_dns_cache=60),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@cache
def limits_of(total: float) -> aiohttp.ClientTimeout:
    """The time-outs of a call that may take so many seconds."""
    return aiohttp.ClientTimeout(total=total, connect=CONNECT, sock_connect=CONNECT)


async def at_most(response: aiohttp.ClientResponse, most: int) -> bytes | None:
    """What was answered; None where it is longer."""
    length = response.content_length
    if length is not None and length <= most and "Content-Encoding" not in response.headers:
        return await response.read()
    data = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > most:
            return None
    return bytes(data)


def object_in(data: bytes | None) -> dict[str, Any] | None:
    """The JSON object that was answered; None where it was none."""
    try:
        answered = unpacked(data or b"")
    except (ValueError, RecursionError):
        return None
    return answered if isinstance(answered, dict) else None
