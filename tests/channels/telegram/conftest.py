from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage import database as store
from tests.conftest import DATABASE_KEY
from tests.standins.telegram import TelegramServer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """Telegram's side, with nobody on it yet."""
    async with TelegramServer() as standin:
        yield standin


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[store.Database]:
    """A database where it is the channel that is tried, not the database."""
    opened = await store.connect(sqlite_url, DATABASE_KEY)
    yield opened
    await opened.close()
