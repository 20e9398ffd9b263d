"""Statements that every message needs, handed straight to the driver.

SQLAlchemy builds, compiles and types them; what it does besides at each use (contexts, events,
result objects) costs more than the statement itself. A statement is compiled once a database.

`write` has PostgreSQL do several writes by one statement, one after the other on SQLite. Those of
one call may not touch the same row: none sees what another of them did."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, Dialect, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from storage import lost
from storage.among import is_sqlite, lists
from storage.inline import Connection

Process: TypeAlias = Callable[[Any], Any]
Bound: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class _Compiled:
    """For one database: what is bound, in order, by name, and what it is when it is not given; and
    of which cells of a row something must be made."""

    sql: str
    names: tuple[str, ...]
    fixed: Bound
    binding: tuple[tuple[str, Process], ...]
    reading: tuple[tuple[int, Process], ...] = ()

    def cells(self, bound: Bound) -> list[Any]:
        """What is bound, as the driver takes it."""
        given = {**self.fixed, **bound}
        for name, process in self.binding:
            given[name] = process(given[name])
        return [given[name] for name in self.names]

    def every(self, rows: Rows, same: Bound) -> list[list[Any]]:
        """`cells` of each row; what is the `same` in all is made once."""
        shared, processes = {**self.fixed, **same}, dict(self.binding)
        made = {n: processes[n](v) if n in processes else v for n, v in shared.items()}
        return [
            [
                made[n] if n in made else processes[n](row[n]) if n in processes else row[n]
                for n in self.names
            ]
            for row in rows
        ]

    def read(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """What rows hold that the driver gave."""
        found = [list(row) for row in rows]
        for row in found:
            for place, process in self.reading:
                row[place] = process(row[place])
        return found


@dataclass(frozen=True, eq=False)
class Direct:
    """A statement; `make` builds it, for SQLite or not. `names` are the columns that an INSERT
    without values gets."""

    make: Callable[[bool], Any]
    names: tuple[str, ...] = ()
    _by_dialect: WeakKeyDictionary[Dialect, _Compiled] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )

    async def rows(self, db: AsyncConnection, bound: Bound) -> list[list[Any]]:
        """The rows it gives, as lists of cells."""
        compiled = self.compiled(db.dialect)
        return compiled.read((await _ran(db, compiled.sql, compiled.cells(bound)))[0])

    async def run(self, db: AsyncConnection, bound: Bound) -> int:
        """Do it; gives how many rows it concerned."""
        compiled = self.compiled(db.dialect)
        return (await _ran(db, compiled.sql, compiled.cells(bound)))[1]

    def compiled(self, dialect: Dialect) -> _Compiled:
        found = self._by_dialect.get(dialect)
        if found is None:
            found = self._by_dialect[dialect] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self.make(dialect.name == "sqlite")
        compiled = statement.compile(dialect=dialect, column_keys=list(self.names) or None)
        names = tuple(compiled.positiontup)
        binds = {name: compiled.binds[name] for name in names}
        binding = ((name, _binds(bind.type, dialect)) for name, bind in binds.items())
        columns = enumerate(getattr(statement, "exported_columns", ()))
        reading = ((place, _reads(column.type, dialect)) for place, column in columns)
        return _Compiled(
            str(compiled),
            names,
            {name: bind.effective_value for name, bind in binds.items() if not bind.required},
            tuple((name, process) for name, process in binding if process),
            tuple((place, process) for place, process in reading if process),
        )


def _binds(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    if not isinstance(kind, ARRAY):
        return kind.dialect_impl(dialect).bind_processor(dialect)
    each = kind.item_type.dialect_impl(dialect).bind_processor(dialect)
    return (lambda values: list(map(each, values))) if each else None


def _reads(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@dataclass(frozen=True)
class Write:
    """Rows to be written by one statement, or what is bound to it where it takes no rows; `same` is
    the same for all rows."""

    statement: Direct
    rows: Rows = ()
    same: Bound = field(default_factory=dict)

    def bound(self) -> Bound:
        """On PostgreSQL: each column of the rows as a list."""
        return {**lists(self.rows), **self.same} if self.rows else self.same


async def write(db: AsyncConnection, writes: Sequence[Write | None]) -> list[int]:
    """Do several writes, in this order where that matters. Gives how many rows each concerned; on
    PostgreSQL of the last one only where there are several."""
    some = [one for one in writes if one is not None]
    if is_sqlite(db):
        return [_written(db, one) for one in some]
    if len(some) < 2:
        return [await one.statement.run(db, one.bound()) for one in some]
    parts = [one.statement.compiled(db.dialect) for one in some]
    cells = [cell for p, one in zip(parts, some, strict=True) for cell in p.cells(one.bound())]
    rows, _ = await _ran(db, _joined(tuple(part.sql for part in parts)), cells)
    return [0] * (len(some) - 1) + [rows[0][0]]


async def given(db: AsyncConnection, one: Write) -> list[list[Any]]:
    """Do a write whose statement gives rows; gives them."""
    compiled = one.statement.compiled(db.dialect)
    if not is_sqlite(db):
        return await one.statement.rows(db, one.bound())
    every = compiled.every(one.rows, one.same)
    found = [row for cells in every for row in _ran_inline(db, compiled.sql, cells)[0]]
    return compiled.read(found)


@lru_cache(maxsize=512)
def _joined(parts: tuple[str, ...]) -> str:
    """One statement that does what several do; it gives how many rows the last one concerned."""
    found, before = [], 0
    for place, part in enumerate(parts):
        numbered, before = _renumbered(part, before)
        found.append(f"w{place} AS ({numbered})")
    found[-1] = f"{found[-1][:-1]} RETURNING 1)"
    return f"WITH {', '.join(found)} SELECT count(*) FROM w{len(parts) - 1}"  # noqa: S608


def _renumbered(sql: str, before: int) -> tuple[str, int]:
    numbers = {int(number) for number in _NUMBER.findall(sql)}
    return _NUMBER.sub(lambda found: f"${int(found[1]) + before}", sql), before + len(numbers)


_NUMBER = re.compile(r"\$(\d+)")


def _written(db: AsyncConnection, one: Write) -> int:
    compiled = one.statement.compiled(db.dialect)
    if not one.rows:
        return _ran_inline(db, compiled.sql, compiled.cells(one.same))[1]
    try:
        every = compiled.every(one.rows, one.same)
        return _inline(db).executemany(compiled.sql, every).rowcount
    except sqlite3.Error as problem:
        raise _named(db, compiled.sql, problem) from problem


async def _ran(
    db: AsyncConnection, sql: str, cells: Sequence[Any]
) -> tuple[Sequence[Sequence[Any]], int]:
    """The rows that a statement gave, and how many it concerned."""
    if is_sqlite(db):
        return _ran_inline(db, sql, cells)
    return await _ran_by_driver(db, sql, cells)


def _ran_inline(
    db: AsyncConnection, sql: str, cells: Sequence[Any]
) -> tuple[Sequence[Sequence[Any]], int]:
    try:
        cursor = _inline(db).execute(sql, cells)
        return cursor.fetchall(), cursor.rowcount
    except sqlite3.Error as problem:
        raise _named(db, sql, problem) from problem


def _inline(db: AsyncConnection) -> sqlite3.Connection:
    driver = _proxied(db).driver_connection
    return cast(Connection, driver).sync


def _proxied(db: AsyncConnection) -> PoolProxiedConnection:
    return cast(Any, db.sync_connection).connection  # type: ignore[no-any-return]


async def _ran_by_driver(
    db: AsyncConnection, sql: str, cells: Sequence[Any]
) -> tuple[Sequence[Sequence[Any]], int]:
    proxied = _proxied(db)
    cursor = cast(Any, proxied.cursor())
    try:
        # What `execute` waits for in a greenlet made for it: we can wait for it ourselves.
        await cursor._prepare_and_execute(sql, cells)
        return cursor.fetchall(), cursor.rowcount
    except db.dialect.loaded_dbapi.Error as problem:
        gone = lost.is_lost(db.dialect, problem, proxied.dbapi_connection, cursor)
        if gone:
            proxied.invalidate(problem)
        raise _named(db, sql, problem, gone) from problem
    except lost.UNANSWERED as problem:
        proxied.invalidate(problem)
        raise
    finally:
        cursor.close()


def _named(db: AsyncConnection, sql: str, problem: Exception, gone: bool = False) -> BaseException:
    """A problem of the driver as SQLAlchemy calls it; what was bound is nobody's to read."""
    return DBAPIError.instance(
        sql,
        None,
        problem,
        db.dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=db.dialect,
    )
