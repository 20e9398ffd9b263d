"""`artisan parked`: messages that could not be handled three times and were laid aside.

A list shows no words and no names; only `look`, asked for one message, opens what was said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from bot.usage import UsageError
from storage import inbox
from storage.database import Database
from storage.inbox import Row

MOST = 100
"""How many are listed at once."""

NOT_THERE = "no message {} is laid aside: artisan parked list shows those that are"


def do(database: Database, action: str, number: int | None) -> AsyncIterator[str]:
    """What is printed for `list`, or for `look`, `retry` and `drop` of one. Raises UsageError."""
    if number is None and action == "list":
        return listed(database)
    if number is None or action == "list":
        needs = "takes no number" if action == "list" else "needs the number of a message"
        raise UsageError(f"parked {action} {needs}")
    return {"look": looked_at, "retry": retried, "drop": dropped}[action](database, number)


async def listed(database: Database) -> AsyncIterator[str]:
    """A line for each message laid aside, then how many."""
    async with database.read() as db:
        rows = await inbox.parked(db, MOST)
        count = await inbox.count_parked(db)
    for row in rows:
        yield _line(row)
    if count > len(rows):
        yield f"The first {len(rows)} of {count} laid aside."
    else:
        yield f"{count} laid aside." if count else "Nothing is laid aside."


def _line(row: Row) -> str:
    came = row.received_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"{row.seq}  {came}  {row.channel}  {row.error or 'no reason kept'}"


async def looked_at(database: Database, seq: int) -> AsyncIterator[str]:
    """All that is kept of one message. Raises UsageError."""
    async with database.read() as db:
        found = [row for row in await inbox.parked(db, limit=10_000) if row.seq == seq]
    if not found:
        raise UsageError(NOT_THERE.format(seq))
    yield _line(found[0])
    if found[0].body:
        yield json.dumps(found[0].body, ensure_ascii=False, indent=2)
    else:
        yield "What was said cannot be opened any more."


async def retried(database: Database, seq: int) -> AsyncIterator[str]:
    """Have a message handled again; whoever works next takes it. Raises UsageError."""
    async with database.begin() as db:
        again = await inbox.retry(db, seq, datetime.now(UTC))
    if not again:
        raise UsageError(NOT_THERE.format(seq))
    yield f"{seq} will be tried again."


async def dropped(database: Database, seq: int) -> AsyncIterator[str]:
    """Give a message up and forget what it said. Raises UsageError."""
    async with database.begin() as db:
        gone = await inbox.drop(db, seq, datetime.now(UTC))
    if not gone:
        raise UsageError(NOT_THERE.format(seq))
    yield f"{seq} is given up, and what it said is forgotten."
