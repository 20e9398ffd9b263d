"""The web application on a real port, with its loops at work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from bot.pipeline.parts import Pipeline, now
from bot.pipeline.worker import working
from bot.web import application
from storage.database import connect
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Clock, pipeline_on

PATIENCE = 15.0


@dataclass
class Page:
    """A phone on the page: says frames and collects what the server says."""

    socket: ClientWebSocketResponse
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def tell(self, **frame: Any) -> str:
        """Send a frame; gives its id."""
        frame = {"id": str(uuid4()), **frame} if frame["type"] not in STATES else frame
        await self.socket.send_str(json.dumps(frame))
        return str(frame.get("id"))

    async def hears(self, type: str, **fields: Any) -> dict[str, Any]:
        """The first frame like this, of those that came or will come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for frame in self.heard:
                    if frame["type"] == type and fields.items() <= frame.items():
                        self.heard.remove(frame)
                        return frame
                message = await self.socket.receive()
                assert message.type is WSMsgType.TEXT, (message, self.heard)
                self.heard.append(json.loads(message.data))


STATES = ("open", "look", "seen", "window", "block")


@dataclass
class House:
    """A server and what is behind it."""

    client: TestClient[Any, Any]
    pipeline: Pipeline
    stack: AsyncExitStack

    async def phone(self, urn: str = "phone:ana", **opening: Any) -> Page:
        """Open a phone."""
        socket = await self.stack.enter_async_context(self.client.ws_connect("/phone/socket"))
        page = Page(socket)
        await page.tell(type="open", urn=urn, **{"look": "phone", "after": 0, **opening})
        return page


@pytest.fixture
async def pipeline(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Pipeline]:
    database = await connect(sqlite_url, DATABASE_KEY)
    yield replace(pipeline_on(database, tmp_path / "media", Clock()), clock=now)
    await database.close()


@pytest.fixture
async def house(pipeline: Pipeline) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(working(pipeline))
        client = await stack.enter_async_context(TestClient(TestServer(application(pipeline))))
        yield House(client, pipeline, stack)
