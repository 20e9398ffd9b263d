"""A pipeline on a real database, a clock that is moved by hand, and people with phones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

from bot.__main__ import house_of
from bot.channels.phone import NAME, Phone
from bot.house import House
from bot.media import Keeper
from bot.messages import Incoming
from bot.pipeline import outbox as sending
from bot.pipeline import timers, turns
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.settings import load
from storage import phones
from storage.database import Database
from tests.conftest import DATABASE_KEY

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Nine in the morning in Honduras, a Monday."""

ANA = "phone:ana"
ENVIRONMENT: Mapping[str, str] = {
    "DEMO": "1",
    "DATABASE_KEY": DATABASE_KEY,
    "LANGUAGES": "en,es,fr,sw",
}
REGISTRATION = ("hola", "es", "si", "Ana", "1", "hamacas", "Gracias", "12", "3", "1", "si")


@cache
def house() -> House:
    return house_of(load(ENVIRONMENT))


@dataclass
class Clock:
    """The time, which goes on only when told to."""

    time: datetime = MORNING

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **spans: float) -> None:
        self.time += timedelta(**spans)


def pipeline_on(database: Database, folder: Path, clock: Clock) -> Pipeline:
    heard = Memory()
    channels = {NAME: Phone(database, heard)}
    return Pipeline(database, house(), channels, heard, Keeper(folder, DATABASE_KEY), clock)


@dataclass
class Stage:
    """What a test plays on."""

    pipeline: Pipeline
    clock: Clock
    shown: dict[str, int] = field(default_factory=dict)

    @property
    def phone(self) -> Phone:
        phone = self.pipeline.channels[NAME]
        assert isinstance(phone, Phone)
        return phone

    async def hears(self, urn: str, text: str, id: str = "", **said: object) -> None:
        """Somebody writes; nothing is answered yet."""
        name = f"{urn}/{id or uuid4()}"
        incoming = Incoming(NAME, name, (urn,), text=text, **said)  # type: ignore[arg-type]
        await self.phone.hear(incoming, {"text": text}, self.clock())

    async def handles(self) -> int:
        """Handle everything that is due; gives how many messages that were."""
        count = 0
        while handled := await turns.handle_due(self.pipeline):
            count += handled
        return count

    async def settles(self) -> None:
        """Do everything that is due now."""
        busy = True
        while busy:
            busy = bool(
                await timers.fire_due(self.pipeline)
                + await self.handles()
                + await sending.send_due(self.pipeline)
            )

    async def says(self, urn: str, *texts: str) -> list[str]:
        """Somebody writes, one thing after the other; gives what came on the screen since."""
        for text in texts:
            await self.hears(urn, text)
            await self.settles()
        return await self.sees(urn)

    async def sees(self, urn: str) -> list[str]:
        """What the bot said on a screen since one looked at it last."""
        async with self.pipeline.database.read() as db:
            rows = await phones.after(db, urn, self.shown.get(urn, 0), 1000)
        if rows:
            self.shown[urn] = rows[-1].seq
        return [str(row.body["text"]) for row in rows if not row.mine]


class Calls:
    """Counts the calls of what writes by one statement."""

    def __init__(self, patch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
        self.count = 0
        self._write: Callable[..., Awaitable[object]] = getattr(module, name)
        patch.setattr(module, name, self._counted)

    async def _counted(self, *arguments: object) -> object:
        self.count += 1
        return await self._write(*arguments)
