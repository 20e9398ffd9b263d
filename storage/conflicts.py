"""Inserting what may be there already, and many rows at once, and changing many, each its own way:
what both databases spell alike, or nearly, but SQLAlchemy does not.

PostgreSQL gets an array a column, so that the statement is the same however many rows there are
and is prepared once, and one value for what is the `same` in all rows; SQLite gets rows. Each
function says what is to be written, for `direct.write`, or writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Table, Update, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from storage.among import unnested
from storage.direct import Direct, Write, given, write

Rows = Sequence[Mapping[str, Any]]
Insert: TypeAlias = postgresql.Insert | sqlite.Insert
Names: TypeAlias = tuple[str, ...]
Same: TypeAlias = Mapping[str, Any] | None


def inserting(table: Table, rows: Rows, same: Same = None) -> Write | None:
    """Rows of which none is there. All must have the same columns; None: there are none."""
    return _write(_plain, table, rows, same)


def inserting_new(table: Table, rows: Rows, same: Same = None) -> Write | None:
    """Rows of which those that are there already by any unique key are left as they are."""
    return _write(_new, table, rows, same)


def putting_anew(
    table: Table, rows: Rows, by: Sequence[str], only: Sequence[str] = ()
) -> Write | None:
    """Rows that are inserted, or changed where they are there by the columns `by`: all columns, or
    `only`."""
    if not rows:
        return None
    changing = tuple(only) or tuple(name for name in rows[0] if name not in by)
    return Write(_anew(table, tuple(rows[0]), tuple(by), changing), rows)


def changing(table: Table, rows: Rows, same: Same = None) -> Write | None:
    """Columns of rows that are there, by their `id`. All must have the same columns."""
    if not rows:
        return None
    alike = same or {}
    names = tuple(name for name in rows[0] if name != "id")
    by_id = [{"_id": row["id"], **{name: row[name] for name in names}} for row in rows]
    return Write(_changed(table, names, tuple(alike)), by_id, alike)


async def insert_all(db: AsyncConnection, table: Table, rows: Rows) -> None:
    """Insert rows, of which none is there. All rows must have the same columns."""
    await write(db, [inserting(table, rows)])


async def insert_new(db: AsyncConnection, table: Table, rows: Rows) -> int:
    """Insert rows; those that are there already by any unique key are left as they are.

    Gives how many were new. All rows must have the same columns."""
    return sum(await write(db, [inserting_new(table, rows)]))


async def inserted(
    db: AsyncConnection,
    table: Table,
    rows: Rows,
    giving: Sequence[Column[Any]],
    same: Same = None,
) -> Sequence[Sequence[Any]]:
    """`insert_new`, giving some columns of those that were new."""
    if not rows:
        return []
    names, alike = tuple(rows[0]), same or {}
    statement = _giving(table, names, tuple(alike), tuple(giving))
    return await given(db, Write(statement, rows, alike))


async def put_anew(
    db: AsyncConnection, table: Table, rows: Rows, by: Sequence[str], only: Sequence[str] = ()
) -> None:
    """Insert rows, or change those that are there by the columns `by`: all columns, or `only`."""
    await write(db, [putting_anew(table, rows, by, only)])


def _write(made: Any, table: Table, rows: Rows, same: Same) -> Write | None:
    if not rows:
        return None
    alike = same or {}
    return Write(made(table, tuple(rows[0]), tuple(alike)), rows, alike)


@lru_cache(maxsize=256)
def _plain(table: Table, names: Names, same: Names) -> Direct:
    return Direct(lambda sqlite: _insert(table, names, same, sqlite), (*names, *same))


@lru_cache(maxsize=256)
def _new(table: Table, names: Names, same: Names) -> Direct:
    def make(sqlite: bool) -> Any:
        return _insert(table, names, same, sqlite).on_conflict_do_nothing()

    return Direct(make, (*names, *same))


@lru_cache(maxsize=256)
def _giving(table: Table, names: Names, same: Names, giving: tuple[Column[Any], ...]) -> Direct:
    def make(sqlite: bool) -> Any:
        inserting = _insert(table, names, same, sqlite)
        return inserting.on_conflict_do_nothing().returning(*giving)

    return Direct(make, (*names, *same))


@lru_cache(maxsize=256)
def _anew(table: Table, names: Names, by: Names, only: Names) -> Direct:
    def make(sqlite: bool) -> Any:
        inserting = _insert(table, names, (), sqlite)
        changes = {name: inserting.excluded[name] for name in only}
        return inserting.on_conflict_do_update(index_elements=list(by), set_=changes)

    return Direct(make, names)


@lru_cache(maxsize=256)
def _changed(table: Table, names: Names, same: Names) -> Direct:
    types: dict[str, TypeEngine[Any]] = {"_id": table.c.id.type}
    types |= {name: table.c[name].type for name in (*names, *same)}

    def make(sqlite: bool) -> Update:
        new: Any = {name: bindparam(name, type_=kind) for name, kind in types.items()}
        if not sqlite:
            new |= unnested({name: types[name] for name in ("_id", *names)}).c.items()
        changed = update(table).where(table.c.id == new["_id"])
        return changed.values({name: new[name] for name in (*names, *same)})

    return Direct(make)


def _insert(table: Table, names: Names, same: Names, for_sqlite: bool) -> Insert:
    if for_sqlite:
        return sqlite.insert(table)
    types = {name: table.c[name].type for name in (*names, *same)}
    rows = unnested({name: types[name] for name in names})
    cells = [*(rows.c[n] for n in names), *(bindparam(n, type_=types[n]) for n in same)]
    inserting = postgresql.insert(table)
    return inserting.from_select([*names, *same], select(*cells), include_defaults=False)
