"""A wire to PostgreSQL that can go silent, as where a network lost its way between the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url


@dataclass
class Wire:
    """`url` names the database at the far end."""

    url: str = ""
    _silent: set[asyncio.StreamWriter] = field(default_factory=set)
    _near: set[asyncio.StreamWriter] = field(default_factory=set)
    _far: set[asyncio.StreamWriter] = field(default_factory=set)
    _pumps: set[asyncio.Task[None]] = field(default_factory=set)
    _all_silent: bool = False

    def go_silent(self, for_good: bool = False) -> None:
        """Nothing goes through any more on the connections that are open, nor, `for_good`, on new
        ones; none of them ends."""
        self._silent |= self._near
        self._all_silent = for_good

    def come_back(self) -> None:
        """New connections are heard again."""
        self._all_silent = False

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._near.add(writer)
        if self._all_silent:
            self._silent.add(writer)
        folder = make_url(self.url).query["host"]
        from_far, to_far = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        self._far.add(to_far)
        for source, target in ((reader, to_far), (from_far, writer)):
            pump = asyncio.create_task(self._pump(writer, source, target))
            self._pumps.add(pump)

    async def _pump(
        self, near: asyncio.StreamWriter, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while said := await source.read(65536):
                if near not in self._silent:
                    target.write(said)
                    await target.drain()
        if near not in self._silent:
            target.close()

    async def cut(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for writer in (*self._near, *self._far):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to this database, and the URL at its near end."""
    wire = Wire(url)
    server = await asyncio.start_server(wire.connect, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    far = make_url(url)
    near = far.set(host=host, port=port, query={})
    try:
        yield wire, near.render_as_string(hide_password=False)
    finally:
        server.close()
        await wire.cut()
