"""An open database of each kind, and people in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

from storage.database import Database, connect

KEY = "a key of the tests, long enough to be one"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await connect(database_url, KEY)
    yield opened
    await opened.close()
