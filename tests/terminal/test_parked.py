"""`artisan parked`: what was laid aside is listed without words, opened, tried again, dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot import parked
from bot.usage import UsageError
from storage import inbox
from storage.database import Database
from storage.inbox import Arrival
from tests.storage.conftest import NOW


async def said(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def laid_aside(database: Database) -> int:
    async with database.begin() as db:
        body = {"text": "zanahoria"}
        await inbox.put(db, [Arrival("sms", "1", "tel:+50499000001", body, NOW, NOW)])
        (row,) = await inbox.claim(db, NOW)
        await inbox.park(db, row.seq, "KeyError turn.py:7", NOW)
    return row.seq


async def test_a_list_says_why_and_not_what(database: Database) -> None:
    assert await said(parked.listed(database)) == ["Nothing is laid aside."]
    seq = await laid_aside(database)
    line, last = await said(parked.listed(database))
    assert line.startswith(f"{seq}  2026-")
    assert line.endswith("sms  KeyError turn.py:7")
    assert "zanahoria" not in line
    assert last == "1 laid aside."


async def test_a_list_that_is_cut_says_how_many_there_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "MOST", 1)
    async with database.begin() as db:
        for name in ("1", "2"):
            await inbox.put(db, [Arrival("sms", name, "tel:+50499000001", {}, NOW, NOW)])
            (row,) = await inbox.claim(db, NOW)
            await inbox.park(db, row.seq, "KeyError turn.py:7", NOW)
    assert (await said(parked.listed(database)))[-1] == "The first 1 of 2 laid aside."


async def test_one_is_opened_tried_again_or_given_up(database: Database) -> None:
    seq = await laid_aside(database)
    assert "zanahoria" in "\n".join(await said(parked.looked_at(database, seq)))
    await said(parked.retried(database, seq))
    async with database.begin() as db:
        (row,) = await inbox.claim(db, datetime.now(UTC))
        assert (row.seq, row.attempts) == (seq, 0)
        await inbox.park(db, seq, "again", NOW)
    await said(parked.dropped(database, seq))
    assert await said(parked.listed(database)) == ["Nothing is laid aside."]


@pytest.mark.parametrize("do", [parked.looked_at, parked.retried, parked.dropped])
async def test_what_is_not_laid_aside_is_said(database: Database, do: object) -> None:
    with pytest.raises(UsageError, match="no message 99 is laid aside"):
        await said(do(database, 99))  # type: ignore[operator]


async def test_what_was_laid_aside_as_it_does_not_open_is_listed_and_given_up(
    database: Database,
) -> None:
    seq = await laid_aside(database)
    async with database.begin() as db:
        await db.execute(text("UPDATE inbox SET body = :broken"), {"broken": b"\x00\x01"})
    assert len(await said(parked.listed(database))) == 2
    assert "cannot be opened" in (await said(parked.looked_at(database, seq)))[-1]
    await said(parked.dropped(database, seq))
    assert await said(parked.listed(database)) == ["Nothing is laid aside."]
