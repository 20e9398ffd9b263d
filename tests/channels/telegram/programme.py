"""A whole programme with Telegram as its channel: database, pipeline, web server, the far side."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from aiohttp import web

from bot.__main__ import house_of
from bot.channels.listed import hearing, open_channels
from bot.channels.telegram import Telegram
from bot.house import House
from bot.media import Keeper
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.pipeline.worker import working
from bot.settings import Settings, load
from bot.telegram_account import TelegramBot
from bot.web import application
from storage.database import Database
from tests.conftest import DATABASE_KEY
from tests.standins.telegram import TelegramServer

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Nine in the morning in Honduras, a Monday."""


@cache
def usual() -> House:
    return house_of(load({"DATABASE_KEY": DATABASE_KEY, "LANGUAGES": "en,es,fr,sw"}))


def settings_for(server: TelegramServer, public_url: str = "", port: int = 0) -> Settings:
    """The settings of a programme whose bot is on the stand-in."""
    bot = TelegramBot(server.token, "", server.url)
    return replace(usual().settings, telegram=bot, public_url=public_url, port=port)


@dataclass
class Programme:
    """What runs. `address` is where its web server is."""

    pipeline: Pipeline
    address: str
    clock: Clock

    @property
    def telegram(self) -> Telegram:
        channel = self.pipeline.channels["telegram"]
        assert isinstance(channel, Telegram)
        return channel


@dataclass
class Clock:
    """Goes as clocks do, from a Monday morning in Honduras, and can be moved on."""

    began: float = field(default_factory=time.monotonic)
    skipped: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return MORNING + self.skipped + timedelta(seconds=time.monotonic() - self.began)

    def pass_(self, **spans: float) -> None:
        self.skipped += timedelta(**spans)


def free_port() -> int:
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.asynccontextmanager
async def standing(
    server: TelegramServer, database: Database, folder: Path, *, public: bool = True
) -> AsyncIterator[Programme]:
    """The programme's web server; nothing is answered and nothing asked for yet."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = settings_for(server, address if public else "", port)
    house, heard, clock = replace(usual(), settings=settings), Memory(), Clock()
    keeper = Keeper(folder, DATABASE_KEY, address)
    async with open_channels(house, database, heard, keeper) as channels:
        pipeline = Pipeline(database, house, channels, heard, keeper, clock)
        runner = web.AppRunner(application(pipeline), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield Programme(pipeline, address, clock)
        finally:
            await runner.cleanup()


@contextlib.asynccontextmanager
async def running(
    server: TelegramServer, database: Database, folder: Path, *, public: bool = True
) -> AsyncIterator[Programme]:
    """The whole of it, answering; by webhook where it has a public address, else by asking."""
    async with (
        standing(server, database, folder, public=public) as programme,
        working(programme.pipeline),
        hearing(programme.pipeline),
    ):
        yield programme
