"""Whatever comes, fails, dies and comes again in whatever order: each message of the inbox is
handled once, in its person's order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select

from storage import inbox
from storage.inbox import Arrival, Row
from storage.tables import inbox as table
from tests.storage.machine import ADDRESSES, MINUTE, Machine, holds, machine_url

__all__ = ["machine_url"]

names = st.sampled_from(ADDRESSES[:2])
picks = st.integers(0, 50)
FATES = ("done", "fails", "parked", "waits", "told", "dies", "undone")


@dataclass
class Kept:
    """What should be known of a message; `handled` how often it was."""

    number: int
    name: str
    due_at: datetime
    state: str = "ready"
    attempts: int = 0
    seq: int = 0
    handled: int = 0


class Undone(Exception):
    """A transaction that is given up."""


class Inbox(Machine):
    """`kept` in the order in which it came; `stale` rows as somebody read them once."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Kept] = []
        self.stale: list[Row] = []
        self.handled: dict[str, list[int]] = {name: [] for name in ADDRESSES}

    @rule(several=st.lists(names, min_size=1, max_size=4), again=st.booleans(), pick=picks)
    def somebody_writes(self, several: list[str], again: bool, pick: int) -> None:
        """Some at once, and something that came before once more."""
        new = [Kept(len(self.kept) + n, name, self.now) for n, name in enumerate(several)]
        old = [self.kept[pick % len(self.kept)]] if again and self.kept else []
        came = [self.arrival(one) for one in (*old, *new, *new)]
        first = list({arrival.external_id: arrival for arrival in came}.values())
        assert self.write(inbox.put, first) == len(new)
        assert self.write(inbox.put, first) == 0
        self.kept += new

    def arrival(self, one: Kept) -> Arrival:
        body = {"n": one.number}
        return Arrival("phone", str(one.number), one.name, body, one.due_at, one.due_at)

    def of(self, *states: str) -> list[Kept]:
        return [one for one in self.kept if one.state in states]

    def heads(self) -> list[Kept]:
        """Of each address the oldest that is not handled, if it is due."""
        first: dict[str, Kept] = {}
        for one in self.kept:
            if one.state == "ready":
                first.setdefault(one.name, one)
        return sorted((h for h in first.values() if h.due_at <= self.now), key=lambda h: h.number)

    @precondition(lambda self: self.of("ready"))
    @rule(limit=st.integers(1, 3), fates=st.lists(st.sampled_from(FATES), min_size=3, max_size=3))
    def a_worker_comes(self, limit: int, fates: list[str]) -> None:
        expected = self.heads()[:limit]
        found = self.run(self.worked(limit, fates))
        expected = self.given(expected, found)
        self.stale += found
        if "undone" not in fates[: len(found)]:
            for one, fate in zip(expected, fates, strict=False):
                self.comes_to(one, fate)

    def given(self, expected: list[Kept], found: list[Row]) -> list[Kept]:
        """Which of these a claim gave: from the first on, and some where there are any. How far it
        looks behind those who have to wait is its own affair."""
        assert bool(found) == bool(expected)
        assert [row.body["n"] for row in found] == [one.number for one in expected[: len(found)]]
        return expected[: len(found)]

    async def worked(self, limit: int, fates: list[str]) -> list[Row]:
        rows: list[Row] = []
        try:
            async with self.database.begin() as db:
                rows = await inbox.claim(db, self.now, limit)
                for row, fate in zip(rows, fates, strict=False):
                    await self.does(db, row, fate)
                if "undone" in fates[: len(rows)]:
                    raise Undone
        except Undone:
            pass
        return rows

    async def does(self, db: Any, row: Row, fate: str) -> None:
        later = self.now + MINUTE
        match fate:
            case "done":
                assert await inbox.done(db, [row.seq], self.now) == 1
            case "fails":
                assert await inbox.failed(db, row.seq, later, "x") == row.attempts + 1
            case "parked":
                await inbox.park(db, row.seq, "x", self.now)
            case "waits":
                await inbox.postpone(db, row.seq, later)
            case "told":
                assert await inbox.complete(db, row.seq, row.body, later)

    def comes_to(self, one: Kept, fate: str) -> None:
        if fate in ("done", "parked"):
            one.state = fate
        if fate == "done":
            self.handled[one.name].append(one.number)
            one.handled += 1
        if fate in ("fails", "waits", "told"):
            one.due_at = self.now + MINUTE
        one.attempts += fate == "fails"

    @precondition(lambda self: self.stale)
    @rule(pick=picks, dies=st.booleans())
    def somebody_begins_what_they_read_once(self, pick: int, dies: bool) -> None:
        """Noted before it is tried; whoever read it before the last change comes too late."""
        open_ = [row for row in self.stale if self.kept[row.body["n"]].state == "ready"]
        row = (open_ or self.stale)[pick % len(open_ or self.stale)]
        one = self.kept[row.body["n"]]
        same = (one.state, one.attempts, one.due_at) == ("ready", row.attempts, row.due_at)
        until = self.now + MINUTE
        assert self.write(inbox.begin, row, row.attempts + 1, until, "died") == same
        if same:
            one.attempts, one.due_at = row.attempts + 1, until
        taken = self.run(self.handled_alone(row, dies))
        mine = one.state == "ready" and one.attempts == row.attempts + 1
        assert taken == mine
        if mine and not dies:
            one.attempts -= 1
            self.comes_to(one, "done")
            self.handled[one.name].sort()  # it was begun out of line on purpose

    async def handled_alone(self, row: Row, dies: bool) -> bool:
        taken = None
        try:
            async with self.database.begin() as db:
                taken = await inbox.take(db, row.seq, row.attempts + 1)
                if taken is not None:
                    assert await inbox.done(db, [row.seq], self.now) == 1
                if dies:
                    raise Undone
        except Undone:
            pass
        return taken is not None

    @precondition(lambda self: len(self.of("ready")) < len(self.kept))
    @rule(pick=picks)
    def somebody_is_late(self, pick: int) -> None:
        """What is done or laid aside is not touched by who still thinks that it is ready."""
        over = self.of("done", "parked")
        self.run(self.touched(over[pick % len(over)].seq))

    async def touched(self, seq: int) -> None:
        async with self.database.begin() as db:
            row = next(row for row in await self.rows(db) if row.seq == seq)
            assert await inbox.done(db, [seq], self.now) == 0
            assert await inbox.failed(db, seq, self.now + MINUTE, "late") == 0
            await inbox.park(db, seq, "late", self.now)
            await inbox.postpone(db, seq, self.now + MINUTE)
            assert not await inbox.complete(db, seq, {"n": -1}, self.now)
            assert not await inbox.begin(db, row, row.attempts + 1, self.now, "late")
            assert await inbox.take(db, seq, row.attempts) is None

    @precondition(lambda self: self.kept)
    @rule(pick=picks, retry=st.booleans())
    def the_operator_decides(self, pick: int, retry: bool) -> None:
        some = self.of("parked") or self.kept
        one = some[pick % len(some)]
        decided = self.write(inbox.retry if retry else inbox.drop, one.seq, self.now)
        assert decided == (one.state == "parked")
        if decided and retry:
            one.state, one.attempts, one.due_at = "ready", 0, self.now
        elif decided:
            one.state = "done"

    @precondition(lambda self: self.of("ready") and not self.database.sqlite)
    @rule(limits=st.tuples(st.integers(1, 2), st.integers(1, 3)))
    def two_workers_come_at_once(self, limits: tuple[int, int]) -> None:
        """Neither takes what the other has, nor what stands behind it."""
        expected = self.heads()

        async def both() -> tuple[list[Row], list[Row]]:
            async with self.at_once() as (one, other):
                first = await inbox.claim(one, self.now, limits[0])
                second = await inbox.claim(other, self.now, limits[1])
                for db, rows in ((one, first), (other, second)):
                    await inbox.done(db, [row.seq for row in rows], self.now)
            return first, second

        first, second = self.run(both())
        assert len(first) <= limits[0]
        assert bool(first) == bool(expected)
        for one in self.given(expected, [*first, *second]):
            self.comes_to(one, "done")

    async def rows(self, db: Any) -> list[Row]:
        found = (await db.execute(select(table).order_by(table.c.seq))).all()
        return [Row(**row._mapping) for row in found]

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        rows = self.write(self.rows)
        for row, one in zip(rows, self.kept, strict=True):
            one.seq = row.seq
            kept = replace(one, state=row.state, attempts=row.attempts, due_at=row.due_at)
            assert (row.external_id, kept) == (str(one.number), one)

    @invariant()
    def each_is_handled_once_and_in_its_order(self) -> None:
        assert all(one.handled <= 1 for one in self.kept)


@pytest.mark.timeout(240)
def test_whatever_happens_each_message_is_handled_once_and_in_order(machine_url: str) -> None:
    holds(Inbox, machine_url)
