"""Inserting what may be there already, and many rows at once: what both databases spell alike, or
nearly, but SQLAlchemy does not.

PostgreSQL gets an array a column, so that the statement is the same however many rows there are
and is prepared once, and one value where all rows have the same; SQLite gets rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import is_sqlite, unnested

Rows = Sequence[Mapping[str, Any]]
Insert: TypeAlias = postgresql.Insert | sqlite.Insert
Names: TypeAlias = tuple[str, ...]
Alike: TypeAlias = frozenset[str] | None
"""On PostgreSQL: the columns that have the same value in all rows; None on SQLite."""


async def insert_all(db: AsyncConnection, table: Table, rows: Rows) -> None:
    """Insert rows, of which none is there. All rows must have the same columns."""
    if rows:
        await _execute(db, rows, _plain, table)


async def insert_new(db: AsyncConnection, table: Table, rows: Rows) -> int:
    """Insert rows; those that are there already by any unique key are left as they are.

    Gives how many were new. All rows must have the same columns."""
    return len(await inserted(db, table, rows, (next(iter(table.c)),)))


async def inserted(
    db: AsyncConnection, table: Table, rows: Rows, giving: Sequence[Column[Any]]
) -> Sequence[Any]:
    """`insert_new`, giving some columns of those that were new."""
    if not rows:
        return []
    given: Sequence[Any] = (await _execute(db, rows, _new, table, tuple(giving))).all()
    return given


async def put_anew(
    db: AsyncConnection, table: Table, rows: Rows, by: Sequence[str], only: Sequence[str] = ()
) -> None:
    """Insert rows, or change those that are there by the columns `by`: all columns, or `only`."""
    if rows:
        names = tuple(only) or tuple(name for name in rows[0] if name not in by)
        await _execute(db, rows, _anew, table, tuple(by), names)


async def _execute(
    db: AsyncConnection, rows: Rows, made: Callable[..., Insert], table: Table, *how: object
) -> Any:
    """What all rows have alike is sent once."""
    names = tuple(rows[0])
    if is_sqlite(db):
        return await db.execute(made(table, names, None, *how), list(rows))
    alike = _alike(rows)
    listed = {name: [row[name] for row in rows] for name in names if name not in alike}
    return await db.execute(made(table, names, frozenset(alike), *how), {**alike, **listed})


def _alike(rows: Rows) -> dict[str, Any]:
    """Of the columns of which that is likely, those that have the same value in all rows."""
    return {
        name: first
        for name, first in rows[0].items()
        if (first is None or isinstance(first, datetime) or name == "state")
        and all(row[name] == first for row in rows)
    }


@lru_cache(maxsize=256)
def _plain(table: Table, names: Names, alike: Alike) -> Insert:
    return _insert(table, names, alike)


@lru_cache(maxsize=256)
def _new(table: Table, names: Names, alike: Alike, giving: tuple[Column[Any], ...]) -> Insert:
    return _insert(table, names, alike).on_conflict_do_nothing().returning(*giving)  # type: ignore[return-value]


@lru_cache(maxsize=256)
def _anew(table: Table, names: Names, alike: Alike, by: Names, only: Names) -> Insert:
    inserting = _insert(table, names, alike)
    changes = {name: inserting.excluded[name] for name in only}
    return inserting.on_conflict_do_update(index_elements=list(by), set_=changes)


def _insert(table: Table, names: Names, alike: Alike) -> Insert:
    if alike is None:
        return sqlite.insert(table)
    types = {name: table.c[name].type for name in names}
    rows = unnested({name: kind for name, kind in types.items() if name not in alike})
    cells = [bindparam(n, type_=types[n]) if n in alike else rows.c[n] for n in names]
    inserting = postgresql.insert(table)
    return inserting.from_select(list(names), select(*cells), include_defaults=False)
