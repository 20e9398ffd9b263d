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
from storage.tables import keys, metadata
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
def postgres_kept(postgres_server: Postgres, postgres_template: str) -> tuple[str, str]:
    """A database for all tests here, and what brings it back to how it was: copying one for
    each of them would take longer than all they do."""
    name = postgres_server.create(postgres_template)

    async def its_keys() -> list[tuple[int, str, str]]:
        opened = await connect(postgres_server.url(name), KEY)
        async with opened.read() as db:
            rows = (await db.execute(select(keys.c.number, keys.c.purpose, keys.c.wrapped))).all()
        await opened.close()
        return [(row.number, row.purpose, row.wrapped) for row in rows]

    emptied = ["SET lock_timeout = '10s'", "SET session_replication_role = replica"]
    emptied += [f"DELETE FROM {table.name}" for table in metadata.sorted_tables]  # noqa: S608
    emptied += [
        f"INSERT INTO keys (number, purpose, wrapped, created_at) "  # noqa: S608
        f"VALUES ({number}, '{purpose}', '{wrapped}', now())"
        for number, purpose, wrapped in asyncio.run(its_keys())
    ]
    counted = ("inbox", "outbox", "phone_messages")
    emptied += [f"ALTER SEQUENCE {table}_seq_seq RESTART" for table in counted]
    return name, ";".join(emptied)


@pytest.fixture
def postgres_url(postgres_server: Postgres, postgres_kept: tuple[str, str]) -> Iterator[str]:
    """A PostgreSQL database, migrated, with its keys and nothing else."""
    name, emptied = postgres_kept
    yield postgres_server.url(name)
    asyncio.run(postgres_server.execute(emptied, name))


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
