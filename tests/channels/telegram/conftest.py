from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.standins.telegram import TelegramServer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """Telegram's side, with nobody on it yet."""
    async with TelegramServer() as standin:
        yield standin
