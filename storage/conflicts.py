"""Inserting what may be there already: the one statement that both databases spell alike but
SQLAlchemy does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[Mapping[str, Any]]


async def insert_new(db: AsyncConnection, table: Table, rows: Rows) -> int:
    """Insert rows; those that are there already by any unique key are left as they are.

    Gives how many were new. All rows must have the same columns."""
    if not rows:
        return 0
    inserting = _insert(db, table).on_conflict_do_nothing().returning(next(iter(table.c)))
    return len((await db.execute(inserting, list(rows))).all())


async def put_anew(
    db: AsyncConnection, table: Table, rows: Rows, by: Sequence[str], only: Sequence[str] = ()
) -> None:
    """Insert rows, or change those that are there by the columns `by`: all columns, or `only`."""
    if not rows:
        return
    inserting = _insert(db, table)
    names = only or [name for name in rows[0] if name not in by]
    changes = {name: inserting.excluded[name] for name in names}
    changing = inserting.on_conflict_do_update(index_elements=list(by), set_=changes)
    await db.execute(changing, list(rows))


def _insert(db: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if db.dialect.name == "sqlite" else postgresql.insert(table)
