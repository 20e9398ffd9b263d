"""An open database of each kind. Its keys were made once: stretching one takes its time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from storage.database import Database, connect
from tests.servers import Postgres

KEY = "a key of the tests, long enough to be one"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def with_keys(url: str) -> None:
    await (await connect(url, KEY)).close()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres, postgres_template: str) -> str:
    """A migrated database that has its keys."""
    name = postgres_server.create(postgres_template)
    asyncio.run(with_keys(postgres_server.url(name)))
    return name


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that has its keys."""
    path = tmp_path_factory.mktemp("sqlite") / "keys.db"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(with_keys(f"sqlite:///{path}"))
    return path


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await connect(database_url, KEY)
    yield opened
    await opened.close()
