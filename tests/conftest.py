"""What any test may ask for: databases migrated and empty, a Redis flushed, on real servers.

`database` is an opened one and `database_url` names one, each on SQLite and on PostgreSQL, with
keys made once by DATABASE_KEY, since stretching it for each test would take as long as most do;
`sqlite_url` and `postgres_url` are on one of them, and `bare_...` ones have no tables yet.
`redis_url` is a real Redis; `any_redis_url` runs a test on Redis and on Valkey.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Row, select

from storage import database as store
from storage.tables import keys, metadata
from tests import servers

# Two cores shared with servers and a browser say nothing about how long an example should take.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, max_examples=60)
settings.load_profile("house")

DATABASE_KEY = "a key for tests, of no use elsewhere"

# A developer's own programme must be out of the tests' reach.
OURS = ("DATABASE_", "REDIS_", "TELEGRAM_", "TWILIO_", "SMS_", "MEDIA_", "SENTRY_", "PUBLIC_")
ALONE = ("DEMO", "HOST", "PORT", "COUNTRY", "LANGUAGES")


LONG = ("test_trial.py", "test_story.py", "test_two_hundred_at_once.py", "test_kills.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="complete the transcripts of flows")


def pytest_configure() -> None:
    gc.set_threshold(
        100_000, 50, 1000
    )  # catalogues read once are not looked through again and again
    for name in list(os.environ):
        if name.startswith(OURS) or name in ALONE:
            del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, beside everything else, so that nobody waits for it at the
    end; of these what mostly waits comes before the rest."""
    items.sort(key=lambda item: next((n for n, one in enumerate(LONG) if one in item.nodeid), 99))


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command that ran in this process wrote its log to where that test had its errors."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: servers.Postgres) -> str:
    """The name of a database migrated once, with its keys."""
    name = postgres_server.create()
    store.migrate(postgres_server.url(name))
    asyncio.run(_kept_keys(postgres_server.url(name)))
    return name


async def _kept_keys(url: str) -> Sequence[Row[Any, Any, Any]]:
    """The keys of a database, made where there are none."""
    opened = await store.connect(url, DATABASE_KEY)
    async with opened.read() as db:
        rows = (await db.execute(select(keys.c.number, keys.c.purpose, keys.c.wrapped))).all()
    await opened.close()
    return rows


ALONE_ON_IT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def emptied() -> str:
    """What makes a migrated PostgreSQL database as it was: a copy for each test would take longer
    than what most of them do. Whoever is still connected is sent away, as before a database is
    dropped."""
    statements = [ALONE_ON_IT, "SET lock_timeout = '10s'", "SET session_replication_role = replica"]
    statements += [f"DELETE FROM {table.name}" for table in metadata.sorted_tables]  # noqa: S608
    counted = ("inbox", "outbox", "phone_messages")
    return ";".join(statements + [f"ALTER SEQUENCE {table}_seq_seq RESTART" for table in counted])


@pytest.fixture(scope="session")
def postgres_kept(postgres_server: servers.Postgres, postgres_template: str) -> str:
    """The name of a database that all tests have, one after the other."""
    return postgres_server.create(postgres_template)


@pytest.fixture(scope="session")
def its_keys(postgres_server: servers.Postgres, postgres_kept: str) -> str:
    """What puts the keys of that database back."""
    return ";".join(
        "INSERT INTO keys (number, purpose, wrapped, created_at) "  # noqa: S608
        f"VALUES ({row.number}, '{row.purpose}', '{row.wrapped}', now())"
        for row in asyncio.run(_kept_keys(postgres_server.url(postgres_kept)))
    )


@pytest.fixture
def postgres_url(
    postgres_server: servers.Postgres, postgres_kept: str, its_keys: str
) -> Iterator[str]:
    """A PostgreSQL database, migrated, with its keys and nothing else."""
    yield postgres_server.url(postgres_kept)
    asyncio.run(postgres_server.execute(f"{emptied()};{its_keys}", postgres_kept))


@pytest.fixture
def bare_postgres_url(postgres_server: servers.Postgres) -> Iterator[str]:
    """A PostgreSQL database nothing was done to, for tests of the migrations."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file migrated once, with its keys, of which each test gets a copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    store.migrate(f"sqlite+aiosqlite:///{path}")
    asyncio.run(_kept_keys(f"sqlite+aiosqlite:///{path}"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An SQLite database, migrated, with its keys and nothing else."""
    path = tmp_path / "artisan.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    """An SQLite database that is not there yet, for tests of the migrations."""
    return f"sqlite+aiosqlite:///{tmp_path / 'artisan.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database, migrated and empty: the test runs on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[store.Database]:
    """A database opened with its keys, migrated and empty: the test runs on both."""
    opened = await store.connect(database_url, DATABASE_KEY)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def bare_database_url(request: pytest.FixtureRequest) -> str:
    """A database nothing was done to: the test runs on both."""
    return str(request.getfixturevalue(f"bare_{request.param}_url"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    with servers.redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[servers.Redis]:
    with servers.valkey_server() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: servers.Redis) -> str:
    """A Redis with nothing in it."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(params=["redis", "valkey"])
def any_redis_url(request: pytest.FixtureRequest) -> str:
    """A Redis and a Valkey with nothing in them: the test runs on both."""
    server: servers.Redis = request.getfixturevalue(f"{request.param}_server")
    server.flush()
    return server.url
