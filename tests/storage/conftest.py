"""An open database of each kind. Its keys were made once: stretching one takes its time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from storage.database import Database, connect
from storage.tables import keys
from tests.conftest import emptied
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
def postgres_kept(postgres_server: Postgres, postgres_template: str) -> str:
    """A database for all tests here, which has its keys."""
    return postgres_server.create(postgres_template)


@pytest.fixture(scope="session")
def its_keys(postgres_server: Postgres, postgres_kept: str) -> str:
    """What puts the keys back."""

    async def kept() -> list[tuple[int, str, str]]:
        opened = await connect(postgres_server.url(postgres_kept), KEY)
        async with opened.read() as db:
            rows = (await db.execute(select(keys.c.number, keys.c.purpose, keys.c.wrapped))).all()
        await opened.close()
        return [(row.number, row.purpose, row.wrapped) for row in rows]

    return ";".join(
        f"INSERT INTO keys (number, purpose, wrapped, created_at) "  # noqa: S608
        f"VALUES ({number}, '{purpose}', '{wrapped}', now())"
        for number, purpose, wrapped in asyncio.run(kept())
    )


@pytest.fixture
def postgres_url(postgres_server: Postgres, postgres_kept: str, its_keys: str) -> Iterator[str]:
    """A PostgreSQL database, migrated, with its keys and nothing else."""
    yield postgres_server.url(postgres_kept)
    asyncio.run(postgres_server.execute(f"{emptied()};{its_keys}", postgres_kept))


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
