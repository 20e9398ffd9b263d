"""SQLite within the event loop: a statement takes microseconds there, and much longer where it is
handed to a thread and back.

What may take long is to wait for another process that writes; that is waited for without holding
anybody up. The connections behave as aiosqlite's do, so that SQLAlchemy's adapter takes them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

PATIENCE = 5.0
"""Seconds to wait for another process that writes."""

BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
LEAST_PAUSE, MOST_PAUSE = 0.002, 0.05


class Cursor:
    """As aiosqlite's cursor: what it does has been done when it returns."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> Cursor:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cursor.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        if statement == "BEGIN IMMEDIATE":
            await self._begin(statement)
        else:
            self._cursor.execute(statement, parameters)
        return self

    async def _begin(self, statement: str) -> None:
        until, pause = time.monotonic() + PATIENCE, LEAST_PAUSE
        while not self._begun(statement, last=time.monotonic() > until):
            await asyncio.sleep(pause)
            pause = min(pause * 2, MOST_PAUSE)

    def _begun(self, statement: str, last: bool) -> bool:
        """Whether nobody else writes; raises where that was the last try."""
        (patience,) = self._cursor.execute("PRAGMA busy_timeout").fetchone()
        self._cursor.execute("PRAGMA busy_timeout=0")
        try:
            self._cursor.execute(statement)
        except sqlite3.OperationalError as problem:
            if last or problem.sqlite_errorcode & 0xFF not in BUSY:
                raise
            return False
        finally:
            self._cursor.execute(f"PRAGMA busy_timeout={patience}")
        return True

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> Cursor:
        self._cursor.executemany(statement, rows)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def fetchone(self) -> Any:
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._cursor.fetchmany(size or self._cursor.arraysize)

    async def close(self) -> None:
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._cursor.arraysize = value


class _AtOnce:
    """In the place of the queue to aiosqlite's thread."""

    def put_nowait(self, asked: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        answer, do = asked
        answer.set_result(do())


class Connection:
    """As aiosqlite's connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._tx = _AtOnce()

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("Connection closed")
        return self._connection

    @property
    def sync(self) -> sqlite3.Connection:
        """The connection as it is, for who needs nothing of aiosqlite's."""
        return self._conn

    @property
    def isolation_level(self) -> str | None:
        return self._conn.isolation_level

    def cursor(self) -> Cursor:
        return Cursor(self._conn.cursor())

    async def commit(self) -> None:
        self._conn.commit()

    async def rollback(self) -> None:
        self._conn.rollback()

    async def create_function(self, *arguments: Any, **named: Any) -> None:
        self._conn.create_function(*arguments, **named)

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def open_(path: str, **named: Any) -> Connection:
    """A connection to a file, for SQLAlchemy's `async_creator_fn`."""
    named["check_same_thread"] = False  # SQLAlchemy closes what is left over from wherever it is
    return Connection(sqlite3.connect(path, **named))
