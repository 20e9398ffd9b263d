"""Inserting what may be there already, and many rows at once: what both databases spell alike, or
nearly, but SQLAlchemy does not.

PostgreSQL gets an array a column, so that the statement is the same however many rows there are
and is prepared once; SQLite gets the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import is_sqlite, lists, unnested

Rows = Sequence[Mapping[str, Any]]
Insert: TypeAlias = postgresql.Insert | sqlite.Insert
Names: TypeAlias = tuple[str, ...]


async def insert_all(db: AsyncConnection, table: Table, rows: Rows) -> None:
    """Insert rows, of which none is there. All rows must have the same columns."""
    if rows:
        await _execute(db, rows, _plain(table, tuple(rows[0]), is_sqlite(db)))


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
    inserting = _new(table, tuple(rows[0]), tuple(giving), is_sqlite(db))
    given: Sequence[Any] = (await _execute(db, rows, inserting)).all()
    return given


async def put_anew(
    db: AsyncConnection, table: Table, rows: Rows, by: Sequence[str], only: Sequence[str] = ()
) -> None:
    """Insert rows, or change those that are there by the columns `by`: all columns, or `only`."""
    if not rows:
        return
    names = tuple(only) or tuple(name for name in rows[0] if name not in by)
    await _execute(db, rows, _anew(table, tuple(rows[0]), tuple(by), names, is_sqlite(db)))


async def _execute(db: AsyncConnection, rows: Rows, inserting: Insert) -> Any:
    if is_sqlite(db):
        return await db.execute(inserting, list(rows))
    return await db.execute(inserting, lists(rows))


@lru_cache(maxsize=256)
def _plain(table: Table, names: Names, is_sqlite: bool) -> Insert:
    return _insert(table, names, is_sqlite)


@lru_cache(maxsize=256)
def _new(table: Table, names: Names, giving: tuple[Column[Any], ...], is_sqlite: bool) -> Insert:
    return _insert(table, names, is_sqlite).on_conflict_do_nothing().returning(*giving)  # type: ignore[return-value]


@lru_cache(maxsize=256)
def _anew(table: Table, names: Names, by: Names, only: Names, is_sqlite: bool) -> Insert:
    inserting = _insert(table, names, is_sqlite)
    changes = {name: inserting.excluded[name] for name in only}
    return inserting.on_conflict_do_update(index_elements=list(by), set_=changes)


def _insert(table: Table, names: Names, is_sqlite: bool) -> Insert:
    if is_sqlite:
        return sqlite.insert(table)
    types = {name: table.c[name].type for name in names}
    cells = select(*unnested(types).c)
    return postgresql.insert(table).from_select(list(names), cells, include_defaults=False)
