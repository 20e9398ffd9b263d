"""`artisan export KIND FILE`: what is remembered, without anybody's name, number or words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot import sheets
from bot.usage import UsageError
from storage import events
from storage.database import Database
from storage.exporting import KINDS, Row


async def export(database: Database, kind: str, path: Path, invented: bool) -> str:
    """Write the records of a kind; that it was done is noted. `invented`: the demonstration's own
    records as well. Raises UsageError."""
    if kind not in KINDS:
        raise UsageError(f"{kind} cannot be exported: choose one of {', '.join(KINDS)}")
    sheets.kind_of(path)
    now = datetime.now(UTC)
    async with database.read() as db:
        rows = [row async for row in KINDS[kind](db, now.date(), False)]
    rows = [row for row in rows if invented or not row.get("demo")]
    count = sheets.write(path, _columns(rows), rows)
    async with database.begin() as db:
        noted = events.New("exported", None, None, {"what": kind, "count": count})
        await events.put(db, [noted], now)
    return f"{path}: {count} {kind}."


def _columns(rows: list[Row]) -> list[str]:
    """Every field of any row, in the order in which they first stand."""
    return list(dict.fromkeys(name for row in rows for name in row))
