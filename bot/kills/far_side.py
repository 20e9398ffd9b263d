"""The world that the programme talks to: Telegram and Twilio on a bad day, and the telephones."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from bot.kills.mishaps import Log
from bot.kills.people import Person, Seen
from bot.kills.telegram import Telegram
from bot.kills.twilio import Twilio

PATIENCE = aiohttp.ClientTimeout(total=20)


class Side(Protocol):
    """A far side: what it is asked, and how it brings us what somebody wrote."""

    calm: bool

    def routes(self) -> list[web.RouteDef]: ...

    async def bring(self, person: Person, lines: Sequence[str]) -> None: ...


class FarSide:
    """The server. `doors` are where the web processes listen; any of them takes anything.
    Used as a context: it serves while inside."""

    def __init__(self, doors: Sequence[int], seed: int) -> None:
        self.doors = list(doors)
        self.people: dict[str, Person] = {}
        self.log = Log()
        self.port = 0
        self._chance = random.Random(seed)
        self.telegram = Telegram(self, self._chance)
        self.twilio = Twilio(self, self._chance)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FarSide:
        app = web.Application()
        for side in self._sides:
            app.router.add_routes(side.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self._out = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._out.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.doors[0]}"

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self.telegram, self.twilio

    def be(self, calm: bool) -> None:
        for side in self._sides:
            side.calm = calm

    def begins(self, person: Person) -> None:
        """Somebody writes to the programme for the first time."""
        self.people[person.urn] = person
        self._speaks(person)

    def shows(self, urn: str, seen: Seen) -> None:
        """Something comes on somebody's screen; they answer what is new to them."""
        person = self.people.get(urn)
        if person is not None and person.sees(seen):
            self._speaks(person)

    def _speaks(self, person: Person) -> None:
        lines = person.next_lines()
        if lines:
            side = self.telegram if person.channel == "telegram" else self.twilio
            self.aside(side.bring(person, lines))

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(self, path: str, data: str, headers: dict[str, str]) -> bool:
        """Bring something to one of the doors, to another where nobody opens. Whether it was
        taken."""
        doors = self._chance.sample(self.doors, len(self.doors))
        for door in doors:
            url = f"http://127.0.0.1:{door}{path}"
            try:
                async with self._out.post(
                    url, data=data, headers=headers, timeout=PATIENCE
                ) as response:
                    await response.read()
                    return 200 <= response.status < 300
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, OSError, TimeoutError):
                return False
        return False
