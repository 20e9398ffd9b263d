from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.standins.twilio import TwilioServer


@pytest.fixture
async def server() -> AsyncIterator[TwilioServer]:
    """Twilio's side, with nobody on it yet."""
    async with TwilioServer() as standin:
        yield standin
