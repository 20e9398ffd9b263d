from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.__main__ import house_of
from bot.channels.listed import open_channels
from bot.gateway_accounts import Gateway
from bot.media import Keeper
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.pipeline.worker import working
from bot.settings import load
from bot.web import application
from storage.database import Database
from tests.channels.telegram.programme import Clock, free_port
from tests.conftest import DATABASE_KEY

SECRET = "a secret of the gateway"


def gateway(**fields: Any) -> Gateway:
    given = {"name": "tigo", "prefixes": ["+504"], "secret": SECRET, "number": "+50422334455"}
    return Gateway.model_validate(given | {"url": "http://127.0.0.1:9/send"} | fields)


@dataclass
class FarSide:
    """A gateway's own server: what it was handed, and how it answers."""

    url: str
    handed: list[dict[str, str]]
    headers: list[dict[str, str]]
    status: int = 200
    answer: str = "{}"
    retry_after: str = ""


@pytest.fixture
async def far_side() -> AsyncIterator[FarSide]:
    async def take(request: web.Request) -> web.Response:
        if request.method == "GET":
            fields = dict(request.query)
        elif request.content_type == "application/json":
            fields = await request.json()
        else:
            fields = {k: str(v) for k, v in (await request.post()).items()}
        here.handed.append(fields)
        here.headers.append(dict(request.headers))
        more = {"Retry-After": here.retry_after} if here.retry_after else {}
        return web.Response(status=here.status, text=here.answer, headers=more)

    app = web.Application()
    app.router.add_route("*", "/send", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    await web.TCPSite(runner, "127.0.0.1", port).start()
    here = FarSide(f"http://127.0.0.1:{port}/send", [], [])
    yield here
    await runner.cleanup()


@dataclass
class Programme:
    """The whole programme with a gateway for its channel."""

    pipeline: Pipeline
    address: str
    session: aiohttp.ClientSession

    async def bring(self, fields: dict[str, str], secret: str = SECRET) -> int:
        """What the gateway brings; the status it is answered with."""
        headers = {"X-Gateway-Secret": secret}
        url = f"{self.address}/sms/tigo"
        async with self.session.post(url, data=fields, headers=headers) as response:
            return response.status


@pytest.fixture
async def programme(
    far_side: FarSide, database: Database, tmp_path: Path
) -> AsyncIterator[Programme]:
    """The programme, answering. On SQLite and on PostgreSQL."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    usual = house_of(load({"DATABASE_KEY": DATABASE_KEY, "LANGUAGES": "en,es,fr,sw"}))
    settings = replace(usual.settings, public_url=address, gateways=(gateway(url=far_side.url),))
    house, heard = replace(usual, settings=settings), Memory()
    keeper = Keeper(tmp_path, DATABASE_KEY, address)
    async with open_channels(house, database, heard, keeper) as channels:
        pipeline = Pipeline(database, house, channels, heard, keeper, Clock())
        runner = web.AppRunner(application(pipeline), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with aiohttp.ClientSession() as session:
            yield Programme(pipeline, address, session)
        await runner.cleanup()


@pytest.fixture
async def answering(programme: Programme) -> AsyncIterator[Programme]:
    async with working(programme.pipeline):
        yield programme
