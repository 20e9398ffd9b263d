from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage import ids, sessions, timers
from storage.database import Database
from storage.sessions import Stored
from storage.timers import New
from tests.storage.conftest import NOW
from tests.storage.people import someone


def a_session(contact_id: Any, state: str, rank: int = 0, minute: int = 0) -> Stored:
    at = NOW + timedelta(minutes=minute)
    answers = {"called": "Ana", "years": 12, "skipped": None, "place": {"lat": 14.1}}
    asked = {"step": "craft"}
    session_id = ids.new(NOW)
    return Stored(session_id, contact_id, "register", "", answers, asked, state, rank, at, at)


async def test_a_session_comes_back_as_it_was(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db)
        kept = a_session(contact.id, "active")
        await sessions.put(db, [kept])
    async with database.begin() as db:
        assert await sessions.active(db, contact.id) == kept
        changed = replace(kept, answers={**kept.answers, "craft": "weaving"}, asked=None)
        await sessions.put(db, [changed])
        assert await sessions.of(db, contact.id) == (changed,)
        await sessions.finish(db, kept.id, NOW)
        assert await sessions.of(db, contact.id) == ()
        last = await sessions.last_done(db, contact.id, "register")
        assert last is not None
        assert last.answers == changed.answers


async def test_the_active_one_comes_first_then_by_rank_then_by_age(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db)
        wanted = [
            a_session(contact.id, "active", 0, 9),
            a_session(contact.id, "waiting", 2, 5),
            a_session(contact.id, "waiting", 1, 1),
            a_session(contact.id, "waiting", 1, 2),
        ]
        await sessions.put(db, wanted[::-1])
        assert await sessions.of(db, contact.id) == tuple(wanted)
        assert await sessions.waiting(db, contact.id) == tuple(wanted[1:])


async def test_one_session_may_take_the_place_of_another_in_one_go(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db)
        first, second = a_session(contact.id, "active"), a_session(contact.id, "waiting")
        await sessions.put(db, [first, second])
        turned = [replace(second, state="active"), replace(first, state="waiting")]
        await sessions.put(db, turned)
        assert await sessions.of(db, contact.id) == tuple(turned)


async def test_nobody_has_two_active_sessions(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.begin() as db:
            contact, _ = await someone(db)
            await sessions.put(db, [a_session(contact.id, "active") for _ in range(2)])


async def test_a_timer_is_set_once_claimed_when_due_and_over_when_cancelled(
    database: Database,
) -> None:
    async with database.begin() as db:
        subject = ids.new(NOW)
        due = [NOW + timedelta(hours=hour) for hour in (1, 2, 3)]
        new = [New("remind", subject, at, {"id": str(subject)}) for at in due]
        assert await timers.put(db, new, NOW) == 3
        assert await timers.put(db, new, NOW) == 0
        assert await timers.next_due(db) == due[0]
        assert await timers.claim(db, NOW) == []
        (first,) = await timers.claim(db, due[0])
        assert first.data == {"id": str(subject)}
        await timers.done(db, [first.id])
        assert await timers.cancel(db, subject, "other") == 0
        assert await timers.cancel(db, subject, "remind") == 2
        assert await timers.next_due(db) is None
