"""The answer to a webhook whose message has been kept: 200 and no words, over and over."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter


def taken(request: web.Request) -> web.StreamResponse:
    """Where the connection goes on, which is the rule, the bytes are always the same: aiohttp
    needs as long to put them together as a message takes to be read."""
    goes_on = request.version == HttpVersion11 and request.keep_alive and request.method == "POST"
    return _TAKEN if goes_on else web.Response()


class _Taken(web.Response):
    """The same for everybody: it keeps nothing of a request."""

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        await request.writer.write(_written(int(time.time())))
        return request.writer

    async def write_eof(self, data: Any = b"") -> None:
        """All has been said."""


_TAKEN = _Taken()


@lru_cache(maxsize=1)
def _written(second: int) -> bytes:
    """The bytes in this second."""
    date = formatdate(second, usegmt=True)
    return f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: {date}\r\n\r\n".encode()
