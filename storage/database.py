"""The database: opened with its keyring, written by `begin()`, read by `read()`, migrated."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, event, func, inspect, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.sqlite import insert as sqlite_upsert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import inline, lost, sealing
from storage.packing import packed_text, unpacked
from storage.sealing import Keyring, Wrapper
from storage.tables import (
    contact_urns,
    contacts,
    enterprises,
    events,
    inbox,
    keys,
    needs,
    outbox,
    sends,
    sessions,
    urns,
)

IDLE = 1.0
"""Seconds after which a connection that nobody used is asked whether it still holds."""

ECHO = 1.0
"""Seconds in which it has to say so."""

FAREWELL = 3.0
"""Seconds for which a server is waited for at the end."""

SETTINGS = {
    "application_name": "artisan",
    "jit": "off",
    "idle_in_transaction_session_timeout": "30s",
    "lock_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}
"""What PostgreSQL is told of each connection: to undo the transaction of whoever vanished, their
machine or their network, and to let nobody wait for long for what another holds. The longest that
we do within a transaction without asking it anything, a look for groups, takes a few seconds."""

REVISIONS = "migrations/versions"
_LIVELY = (
    contacts,
    contact_urns,
    enterprises,
    events,
    inbox,
    needs,
    outbox,
    sends,
    sessions,
    urns,
)
_MIGRATING = 0x41525449  # the number of the advisory lock
_PRAGMAS = ("journal_mode=wal", "synchronous=normal", "busy_timeout=5000", "foreign_keys=on")


class NotMigrated(Exception):
    """The database has no tables yet, or old ones: run `artisan migrate`."""

    def __init__(self) -> None:
        super().__init__(NotMigrated.__doc__)


@dataclass
class Database:
    """An open database. Made by `connect`; `begin()` is the unit of work."""

    engine: AsyncEngine
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _writer: asyncio.Task[Any] | None = field(default=None, init=False)

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def keyring(self) -> Keyring:
        return sealing.keyring(self.engine.dialect)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write: committed at the end, rolled back on an exception.

        SQLite has one writer at a time: here writers of one process wait in line, those of
        others by its busy time-out (5 s)."""
        if not self.sqlite:
            async with self.engine.begin() as db:
                yield db
            return
        if self._writer is asyncio.current_task():
            raise RuntimeError("a transaction was begun inside another: pass the connection on")
        async with self._writing:
            self._writer = asyncio.current_task()
            try:
                async with self.engine.begin() as db:
                    yield db
            finally:
                self._writer = None

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[AsyncConnection]:
        """For a single statement that writes: on PostgreSQL it is a transaction by itself, with
        one question to the server in the place of three."""
        if self.sqlite:
            async with self.begin() as db:
                yield db
            return
        async with self.engine.connect() as db:
            yield await db.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; it waits for no writer."""
        async with self.engine.connect() as db:
            options = {"artisan_read": True} if self.sqlite else {"postgresql_readonly": True}
            db = await db.execution_options(**options)
            async with db.begin():
                yield db

    @asynccontextmanager
    async def alone(self, number: int) -> AsyncIterator[bool]:
        """Whether nobody else is inside for this number, in whatever process. They do not wait,
        nor does anything that they do: no table is held, and no version of a row. Who dies inside
        is out. On SQLite, which has one worker, nobody else ever is."""
        if self.sqlite:
            yield True
            return
        async with self.read() as db:
            # Of the transaction, and not of the session: that one could not be given back for sure
            # behind a pooler, where the next question may go by another server connection.
            # It lasts as long as what is done inside, which asks the database nothing.
            await db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            free = await db.execute(select(func.pg_try_advisory_xact_lock(number)))
            yield bool(free.scalar_one())

    async def count(self) -> None:
        """Have PostgreSQL count what nearly every message changes, so that the plans it keeps are
        for as much."""
        async with self.at_once() as db:
            await db.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in _LIVELY)}")

    async def close(self) -> None:
        """Take leave of the server, for as long as it answers."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self.engine.dispose()


async def connect(url: str, key: str) -> Database:
    """Open a migrated database with DATABASE_KEY; a new one gets its keys now.

    Raises NotMigrated, WrongKey, ValueError (a key too short, a URL of another database)."""
    engine = _engine(url)
    try:
        async with engine.begin() as db:
            if not await db.run_sync(lambda sync: inspect(sync).has_table(keys.name)):
                raise NotMigrated
            # So that the column types of this engine, and no other, find these keys.
            engine.dialect.keyring = await _keyring(db, key)  # type: ignore[attr-defined]
    except BaseException:
        await engine.dispose()
        raise
    return Database(engine)


async def _keyring(db: AsyncConnection, key: str) -> Keyring:
    rows = (await db.execute(select(keys))).all()
    if not rows:
        await _make_keys(db, key)
        rows = (await db.execute(select(keys))).all()
    return opened([(row.number, row.purpose, row.wrapped) for row in rows], key)


async def _make_keys(db: AsyncConnection, key: str) -> None:
    """Two processes may both find none: the first to commit wins, the other reads what it made."""
    wrapper, now = Wrapper.fresh(key), datetime.now(UTC)
    made = [(0, "digest"), (1, "seal")]
    rows = [
        {
            "number": number,
            "purpose": purpose,
            "wrapped": wrapper.wrap(number, purpose, os.urandom(32)),
            "created_at": now,
        }
        for number, purpose in made
    ]
    inserting = sqlite_upsert(keys) if db.dialect.name == "sqlite" else upsert(keys)
    await db.execute(inserting.values(rows).on_conflict_do_nothing())


def opened(rows: list[tuple[int, str, str]], key: str) -> Keyring:
    """The keyring of rows (number, purpose, wrapped). Raises WrongKey."""
    open_ = {(n, purpose): sealing.unwrap(key, n, purpose, w) for n, purpose, w in rows}
    seals = {number: opened for (number, purpose), opened in open_.items() if purpose == "seal"}
    return Keyring(seals, newest=max(seals), hashing=open_[0, "digest"])


def normalised(url: str) -> URL:
    """The URL with our driver; understands postgres://, sslmode and a plain sqlite:///path."""
    parsed = make_url(url)
    if parsed.get_backend_name() in ("postgres", "postgresql"):
        query = dict(parsed.query)
        if "sslmode" in query:
            query["ssl"] = query.pop("sslmode")
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+aiosqlite")
    raise ValueError("DATABASE_URL must begin with postgresql:// or name a file by sqlite:///")


def _engine(url: str, patient: bool = False) -> AsyncEngine:
    """`patient`: an answer may take as long as it takes."""
    parsed = normalised(url)
    if parsed.drivername.startswith("sqlite"):
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(
            parsed,
            pool_size=5,
            json_serializer=packed_text,
            json_deserializer=unpacked,
            connect_args={"async_creator_fn": inline.open_},
        )
        _make_sqlite_behave(engine.sync_engine)
        return engine
    engine = create_async_engine(
        parsed,
        pool_size=8,
        max_overflow=4,
        json_serializer=packed_text,
        json_deserializer=unpacked,
        connect_args={
            # Names of our own: behind a pooler two of us may meet on one server connection.
            "prepared_statement_name_func": lambda: f"artisan_{uuid4().hex}",
            "statement_cache_size": 0,
            "server_settings": dict(SETTINGS),
            "timeout": lost.OPENS,
            "command_timeout": None if patient else lost.ANSWERS,
        },
    )
    lost.mind(engine.sync_engine)
    _ask_after_idleness(engine.sync_engine)
    return engine


def _ask_after_idleness(engine: Engine) -> None:
    """Before a connection that has been idle is used, whether it still holds: the server may have
    been restarted meanwhile. SQLAlchemy's own recipe would ask before each use."""

    @event.listens_for(engine, "checkin")
    def given_back(connection: Any, record: Any) -> None:
        record.info["idle_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, proxy: object) -> None:
        if monotonic() - record.info.get("idle_since", monotonic()) < IDLE:
            return
        try:
            connection.run_async(lambda driver: driver.execute(";", timeout=ECHO))
        except Exception as problem:
            connection.driver_connection.terminate()
            raise DisconnectionError from problem


def _make_sqlite_behave(engine: Engine) -> None:
    """SQLAlchemy's own recipe: the driver begins nothing, we say BEGIN, and writers say it at
    once, so that none finds out at its first write that another was there before it."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("artisan_read")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def migrate(url: str) -> None:
    """Bring the tables up to date. Blocks, and must not be called inside a running event loop.

    Several processes may call it at once: one migrates, the others wait and find it done."""
    asyncio.run(_migrate(url))


async def _migrate(url: str) -> None:
    engine = _engine(url, patient=True)
    try:
        async with engine.begin() as db:
            if db.dialect.name == "postgresql":
                await db.exec_driver_sql("SET LOCAL lock_timeout = 0")
                await db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
            if await _revision(db) != _head():
                await db.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    return config


@cache
def _head() -> str:
    """The number of the newest revision: files are named by it. Alembic knows as well, but takes
    time and memory to say so."""
    return max(path.stem[1:5] for path in (Path(__file__).parent / REVISIONS).glob("r[0-9]*.py"))


async def _revision(db: AsyncConnection) -> str | None:
    """The number of the newest revision that was applied."""
    if not await db.run_sync(lambda connection: inspect(connection).has_table("alembic_version")):
        return None
    applied = await db.exec_driver_sql("SELECT version_num FROM alembic_version")
    return applied.scalar()


async def takes_writes(database: Database) -> bool:
    """Whether anything can be written now: not on a copy of another server, nor where whoever
    runs it has put a stop to writing, as on a full disk."""
    if database.sqlite:
        return os.access(str(database.engine.url.database), os.W_OK)
    async with database.read() as db:
        return bool((await db.exec_driver_sql(_WRITABLE)).scalar())


_WRITABLE = """SELECT NOT pg_is_in_recovery()
AND NOT current_setting('default_transaction_read_only')::boolean"""


async def is_current(database: Database) -> bool:
    """Whether the tables are those of this code."""
    async with database.read() as db:
        return await _revision(db) == _head()
