from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import database as store
from tests.channels.twilio.programme import Programme, running
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import TwilioServer


@pytest.fixture
async def server() -> AsyncIterator[TwilioServer]:
    """Twilio's side, with nobody on it yet."""
    async with TwilioServer() as standin:
        yield standin


@pytest.fixture
async def programme(
    server: TwilioServer, sqlite_url: str, tmp_path: Path
) -> AsyncIterator[Programme]:
    """A programme at work on SQLite."""
    database = await store.connect(sqlite_url, DATABASE_KEY)
    async with running(server, database, tmp_path) as stands:
        yield stands
    await database.close()
