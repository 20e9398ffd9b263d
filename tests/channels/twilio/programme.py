"""A whole programme with WhatsApp and SMS by Twilio: database, pipeline, web server, far side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from aiohttp import web

from bot.__main__ import house_of
from bot.channels.listed import equipped, open_channels
from bot.channels.sms import Sms
from bot.channels.whatsapp import WhatsApp
from bot.house import House
from bot.media import Keeper
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.pipeline.worker import working
from bot.settings import Settings, load
from bot.twilio_account import Account
from bot.web import application
from storage.database import Database
from tests.channels.telegram.programme import Clock, free_port
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import SMS, WHATSAPP, TwilioServer

RETRIES = "#rc=3&rp=ct,rt,5xx&rt=4000"
"""What the README says to put behind the address of a webhook at Twilio."""


@cache
def usual() -> House:
    return house_of(load({"DATABASE_KEY": DATABASE_KEY, "LANGUAGES": "en,es,fr,sw"}))


def account_for(server: TwilioServer, **more: object) -> Account:
    given = {
        "sid": server.sid,
        "tokens": (server.token,),
        "whatsapp": WHATSAPP,
        "sms": SMS,
        "service": "",
        "api": server.url,
        "content": server.url,
        "messaging": server.url,
    }
    return Account(**{**given, **more})  # type: ignore[arg-type]


def settings_for(server: TwilioServer, public_url: str, **more: object) -> Settings:
    """The settings of a programme whose account is on the stand-in."""
    account = account_for(server, **more)
    return replace(usual().settings, twilio=account, public_url=public_url)


@dataclass
class Programme:
    """What runs. `address` is where its web server is."""

    pipeline: Pipeline
    address: str
    clock: Clock

    @property
    def whatsapp(self) -> WhatsApp:
        channel = self.pipeline.channels["whatsapp"]
        assert isinstance(channel, WhatsApp)
        return channel

    @property
    def sms(self) -> Sms:
        channel = self.pipeline.channels["sms"]
        assert isinstance(channel, Sms)
        return channel

    async def prepared(self) -> None:
        """Until the Content resources are made."""
        async with asyncio.timeout(10):
            while not await self.whatsapp.contents.prepare():
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def standing(
    server: TwilioServer, database: Database, folder: Path, **account: object
) -> AsyncIterator[Programme]:
    """The programme's web server; nothing is answered yet."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = replace(settings_for(server, address, **account), port=port)
    house, heard, clock = replace(usual(), settings=settings), Memory(), Clock()
    keeper = Keeper(folder, DATABASE_KEY, address)
    server.clock, server.message_url = clock, f"{address}/twilio/message{RETRIES}"
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
    server: TwilioServer, database: Database, folder: Path, **account: object
) -> AsyncIterator[Programme]:
    """The whole of it, answering, with its Content resources made."""
    async with (
        standing(server, database, folder, **account) as programme,
        working(programme.pipeline),
        equipped(programme.pipeline),
    ):
        await programme.prepared()
        yield programme
        await server.settled()
