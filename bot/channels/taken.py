"""The answer to a webhook whose message has been kept: 200 and no words, over and over."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter


class Taken(web.Response):
    """Where the connection goes on, which is the rule, its bytes are always the same: aiohttp
    needs as long to put them together as a message takes to be read."""

    _said = False

    @property
    def keep_alive(self) -> bool | None:
        return True if self._said else super().keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.version != HttpVersion11 or not request.keep_alive or request.method != "POST":
            return await super().prepare(request)
        self._said = True
        await request.writer.write(_written(int(time.time())))
        return request.writer

    async def write_eof(self, data: Any = b"") -> None:
        if not self._said:
            await super().write_eof(data)


@lru_cache(maxsize=1)
def _written(second: int) -> bytes:
    """The bytes in this second."""
    date = formatdate(second, usegmt=True)
    return f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: {date}\r\n\r\n".encode()
