"""A line to Redis that can be held up: whoever speaks into it is not answered and not told why."""

from __future__ import annotations

import asyncio
from typing import Any

from redis import ConnectionPool


class Line:
    """Passes on what is said between its own `url` and a Redis, as long as it is `free`."""

    def __init__(self, url: str) -> None:
        self._to: dict[str, Any] = ConnectionPool.from_url(url).connection_kwargs
        self.free = asyncio.Event()
        self.free.set()
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Line:
        self._server = await asyncio.start_server(self._opened, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/{self._to.get('db', 0)}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _opened(self, ours: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if path := self._to.get("path"):
            theirs, there = await asyncio.open_unix_connection(path)
        else:
            theirs, there = await asyncio.open_connection(self._to["host"], self._to["port"])
        for reader, writer in ((ours, there), (theirs, back)):
            self._passing.add(asyncio.create_task(self._pass(reader, writer)))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while said := await reader.read(65536):
                await self.free.wait()
                writer.write(said)
        finally:
            writer.close()
