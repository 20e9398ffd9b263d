"""Changing DATABASE_KEY: the keys wrapped anew, and every sealed cell sealed with a new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    LargeBinary,
    Table,
    bindparam,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, opened
from storage.sealing import (
    LEAST_KEY,
    Keyring,
    Sealed,
    SealedJson,
    Wrapper,
    WrongKey,
    next_number,
    unwrap,
)
from storage.tables import keys, metadata

BATCH = 500


async def rotate(database: Database, old_key: str, new_key: str, now: datetime) -> int:
    """Take the database from one DATABASE_KEY to another; gives how many cells were sealed anew.

    Stop the service first: a process that runs on knows only the old keys. Interrupted, it is
    finished by calling it again with the same keys. Keyed hashes stay as they are. Raises
    WrongKey, ValueError (the new key is too short)."""
    if len(new_key) < LEAST_KEY:
        raise ValueError(f"DATABASE_KEY must have at least {LEAST_KEY} characters")
    async with database.begin() as db:
        ring = await _rewrapped(db, old_key, new_key, now)
    database.engine.dialect.keyring = ring  # type: ignore[attr-defined]
    count = 0
    for table, columns in sealed_columns():
        count += await _reseal(database, table, columns, ring)
    async with database.begin() as db:
        old = update(keys).where(keys.c.purpose == "seal", keys.c.number != ring.newest)
        await db.execute(old.where(keys.c.retired_at.is_(None)).values(retired_at=now))
    return count


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Every table that has sealed columns, with these."""
    for table in metadata.sorted_tables:
        columns = [c for c in table.c if isinstance(c.type, Sealed | SealedJson)]
        if columns:
            yield table, columns


async def _rewrapped(db: AsyncConnection, old_key: str, new_key: str, now: datetime) -> Keyring:
    rows = (await db.execute(select(keys).order_by(keys.c.number).with_for_update())).all()
    found = [(row.number, row.purpose, row.wrapped) for row in rows]
    try:
        opened(found, old_key)
    except WrongKey:
        # An earlier rotation with these keys got this far; without it the new key is wrong too.
        return opened(found, new_key)
    wrapper = Wrapper.fresh(new_key)
    for number, purpose, wrapped in found:
        again = wrapper.wrap(number, purpose, unwrap(old_key, number, purpose, wrapped))
        await db.execute(update(keys).where(keys.c.number == number).values(wrapped=again))
    number = next_number([number for number, _, _ in found])
    fresh = {
        "number": number,
        "purpose": "seal",
        "wrapped": wrapper.wrap(number, "seal", os.urandom(32)),
        "created_at": now,
    }
    await db.execute(insert(keys).values(**fresh))
    rows = (await db.execute(select(keys))).all()
    return opened([(row.number, row.purpose, row.wrapped) for row in rows], new_key)


async def _reseal(
    database: Database, table: Table, columns: list[Column[Any]], ring: Keyring
) -> int:
    key = next(iter(table.primary_key))
    raw = [type_coerce(column, LargeBinary).label(column.name) for column in columns]
    changing = (
        update(table)
        .where(key == bindparam("its_key"))
        .values({c: bindparam(f"new_{c.name}", type_=LargeBinary()) for c in columns})
    )
    count, last = 0, None
    while True:
        query = select(key, *raw).order_by(key).limit(BATCH).with_for_update()
        if last is not None:
            query = query.where(key > last)
        async with database.begin() as db:
            rows = (await db.execute(query)).all()
            changes = []
            for row in rows:
                cells = {c.name: _anew(ring, c, row._mapping[c.name]) for c in columns}
                stale = [
                    n for n, cell in cells.items() if cell is not None and cell != row._mapping[n]
                ]
                count += len(stale)
                if stale:
                    values = {f"new_{name}": cell for name, cell in cells.items()}
                    changes.append({"its_key": row[0], **values})
            if changes:
                await db.execute(changing, changes)
        if len(rows) < BATCH:
            return count
        last = rows[-1][0]


def _anew(ring: Keyring, column: Column[Any], cell: bytes | None) -> bytes | None:
    if cell is None or cell[0] == ring.newest:
        return cell
    name = str(column.type.column)  # type: ignore[attr-defined]
    return ring.seal(name, ring.unseal(name, cell))
