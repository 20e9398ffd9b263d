from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import DATABASE_KEY
from tests.conversation.scene import Phone, Scene, stage


@pytest.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    async with stage(sqlite_url, DATABASE_KEY) as opened:
        yield opened


@pytest.fixture
async def any_scene(database_url: str) -> AsyncIterator[Scene]:
    """The same on SQLite and on PostgreSQL."""
    async with stage(database_url, DATABASE_KEY) as opened:
        yield opened


@pytest.fixture
async def ana(scene: Scene) -> Phone:
    """A weaver of Gracias, registered in English, willing to work with others."""
    return await scene.lives("tel:+50499000001", "Ana")
