"""Whoever sends, answers, dies, comes back and is asked in whatever order: of each address one
message goes at a time, in order, also past what is put off and pictures on their way, and nobody
who lost a message changes what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import select

from storage import delays, outbox, sends, underway
from storage.direct import write
from storage.outbox import Row
from storage.sends import Attempt, Outcome
from storage.tables import outbox as table
from tests.storage.machine import ADDRESSES, MINUTE, Machine, holds, machine_url
from tests.storage.test_outbox import message

__all__ = ["machine_url"]

names = st.sampled_from(ADDRESSES[:2])
several = st.lists(st.tuples(names, st.integers(0, 2), st.booleans()), min_size=1, max_size=4)
picks = st.integers(0, 50)
UNDER_WAY = ("sending", "asking")
SECONDS = timedelta(seconds=30)
MANY, ENOUGH = 5, 8


@dataclass
class Kept:
    """What should be known of a message; `attempt` the last that was begun. `delay`: why it was put
    off; of a picture that has gone, that it is on its way until `due_at`."""

    id: UUID
    name: str
    rank: int
    due_at: datetime
    place: int
    state: str = "queued"
    attempts: int = 0
    claimed_at: datetime | None = None
    delay: str = ""
    whose: str = ""
    attempt: Attempt | None = field(default=None, repr=False)

    @property
    def seen(self) -> tuple[str, int, datetime, datetime | None]:
        return self.state, self.attempts, self.due_at, self.claimed_at

    @property
    def order(self) -> tuple[int, int]:
        return self.rank, self.place

    def holds_up(self, other: Kept, now: datetime) -> bool:
        """Whether it was put off, and the other was said to the same person after it."""
        put_off = self.state == "queued" and self.delay != "" and self.due_at > now
        return put_off and self.whose == other.whose and self.order < other.order


class Outbox(Machine):
    """`kept` by id, in the order in which it was said; `lost` attempts of those taken for dead."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[UUID, Kept] = {}
        self.lost: list[Attempt] = []
        self.in_parts: set[UUID] = set()

    @initialize(said=several)
    def there_is_something_to_say(self, said: list[tuple[str, int, bool]]) -> None:
        self.are_said(said)

    @precondition(lambda self: len(self.of("queued")) < ENOUGH)
    @rule(said=several)
    def something_is_said(self, said: list[tuple[str, int, bool]]) -> None:
        self.are_said(said)

    def are_said(self, said: list[tuple[str, int, bool]]) -> None:
        wanted = [
            replace(
                message(self.urns[name], "words", rank, due_at=self.now + MINUTE * later),
                contact_id=self.contacts[name].id,
            )
            for name, rank, later in said
        ]
        assert self.write(outbox.put, wanted) == len(wanted)
        assert self.write(outbox.put, wanted) == 0
        for (name, rank, _), one in zip(said, wanted, strict=True):
            new = Kept(one.id, name, rank, one.due_at, len(self.kept), whose=name)
            self.kept[one.id] = new

    def heads(self) -> list[Kept]:
        """Of each address to which nothing is being sent the first in line, if it is due."""
        found = []
        for name in ADDRESSES:
            theirs = [one for one in self.kept.values() if one.name == name]
            line = [
                one
                for one in theirs
                if one.state == "queued"
                and (one.due_at <= self.now or one.attempts or one.rank == 0)
            ]
            head = min(line, key=lambda one: one.order, default=None)
            busy = any(
                one.state == "sending" or (one.delay == delays.ARRIVING and one.due_at > self.now)
                for one in theirs
            )
            if head is None or head.due_at > self.now or busy:
                continue
            if not any(one.holds_up(head, self.now) for one in theirs):
                found.append(head)
        return sorted(found, key=lambda one: one.order)

    def of(self, *states: str) -> list[Kept]:
        return [one for one in self.kept.values() if one.state in states]

    @precondition(lambda self: self.of("queued"))
    @rule(limit=st.integers(1, 3))
    def a_sender_comes(self, limit: int) -> None:
        self.a_sender_takes(limit)

    def a_sender_takes(self, limit: int) -> None:
        expected = self.heads()[:limit]

        async def begin(db: Any) -> list[Attempt]:
            return await sends.begin(db, await outbox.claim(db, self.now, limit), self.now)

        self.have_begun(expected, self.write(begin))

    @precondition(lambda self: self.of("queued") and not self.database.sqlite)
    @rule(limits=st.tuples(st.integers(1, 2), st.integers(1, 3)))
    def two_senders_come_at_once(self, limits: tuple[int, int]) -> None:
        """Neither takes what the other has, nor anything else to the same address."""
        expected = self.heads()

        async def both() -> list[Attempt]:
            async with self.at_once() as (one, other):
                first = await outbox.claim(one, self.now, limits[0])
                second = await outbox.claim(other, self.now, limits[1])
                assert len(first) == min(limits[0], len(expected))
                begun = await sends.begin(one, first, self.now)
                return begun + await sends.begin(other, second, self.now)

        begun = self.run(both())
        self.have_begun(expected[: len(begun)], begun)

    def have_begun(self, expected: Sequence[Kept], begun: Sequence[Attempt]) -> None:
        assert [one.id for one in expected] == [attempt.message_id for attempt in begun]
        for one, attempt in zip(expected, begun, strict=True):
            one.state, one.claimed_at, one.attempt = "sending", self.now, attempt
            one.delay = ""
            one.attempts += 1
            assert attempt.number == one.attempts

    @precondition(lambda self: self.of("sending"))
    @rule(pick=picks)
    def a_channel_takes_it(self, pick: int) -> None:
        self.answered(pick, "sent")

    @precondition(lambda self: self.of("sent"))
    @rule(pick=picks)
    def it_was_a_picture(self, pick: int) -> None:
        """Nothing goes there while it is on its way."""
        one = self.of("sent")[pick % len(self.of("sent"))]
        one.due_at, one.delay = self.now + SECONDS, delays.ARRIVING
        self.write(underway.hold_behind, one.id, one.due_at)

    @precondition(lambda self: self.of("sending"))
    @rule(pick=picks)
    def a_channel_wants_it_later(self, pick: int) -> None:
        self.answered(pick, "queued")

    @precondition(lambda self: self.of("sending"))
    @rule(pick=picks, fate=st.sampled_from(("uncertain", "asking", "failed")))
    def a_channel_answers_something_else(self, pick: int, fate: str) -> None:
        self.answered(pick, fate)

    def behind(self) -> list[Attempt]:
        """The lost attempts at what others are sending now."""
        return [lost for lost in self.lost if self.kept[lost.message_id].state == "sending"]

    def answered(self, pick: int, fate: str) -> None:
        busy = self.of("sending")
        one = busy[pick % len(busy)]
        assert one.attempt is not None
        self.comes_to(one, one.attempt, fate)

    @precondition(lambda self: self.lost)
    @rule(pick=picks, fate=st.sampled_from(("sent", "queued", "asking")))
    def one_that_was_taken_for_dead_answers(self, pick: int, fate: str) -> None:
        """What it says counts as long as nobody else has begun the message."""
        lost = self.behind() or self.lost
        attempt = lost[pick % len(lost)]
        self.comes_to(self.kept[attempt.message_id], attempt, fate)

    def comes_to(self, one: Kept, attempt: Attempt, fate: str) -> None:
        result = {"queued": "retry", "asking": "uncertain"}.get(fate, fate)
        due_at = self.now + SECONDS if fate in ("queued", "asking") else None
        told = {"result": result, "state": fate, "due_at": due_at}
        mine = one.state in UNDER_WAY and attempt.number == one.attempts
        assert self.write(sends.settle, attempt, self.now, **told) == mine
        if mine:
            one.state, one.due_at = fate, due_at or one.due_at

    @precondition(lambda self: self.with_one_part())
    @rule(pick=picks)
    def a_further_part_is_begun(self, pick: int) -> None:
        """By whoever has the message, and by one who has lost it: that changes nothing."""
        attempts = self.with_one_part()
        attempt = attempts[pick % len(attempts)]
        one = self.kept[attempt.message_id]
        further = self.write(sends.begin_part, attempt, self.now)
        assert (further.number, further.part) == (attempt.number, attempt.part + 1)
        self.in_parts.add(attempt.id)
        if one.state in UNDER_WAY and one.attempts == attempt.number:
            one.claimed_at = self.now

    def with_one_part(self) -> list[Attempt]:
        attempts = [one.attempt for one in self.of("sending") if one.attempt] + self.lost
        return [attempt for attempt in attempts if attempt.id not in self.in_parts]

    @precondition(lambda self: self.of("sending"))
    @rule(alive=st.integers(0, 7), late=st.sampled_from(("sent", "queued", "")))
    def senders_die_and_others_say_it_again(self, alive: int, late: str) -> None:
        """Those that were only slow may say then what they know: it comes too late."""
        self.die(alive, "queued")
        self.a_sender_takes(3)
        for attempt in self.behind() if late else ():
            self.comes_to(self.kept[attempt.message_id], attempt, late)

    @precondition(lambda self: self.of("sending"))
    @rule(alive=st.integers(0, 7))
    def senders_die_and_others_ask_about_it(self, alive: int) -> None:
        self.die(alive, "asking")

    def die(self, alive: int, state: str) -> None:
        """Those that say that they are alive keep what they have, the others lose it."""
        self.now += timedelta(seconds=1)
        busy = self.of("sending")
        well = [one for number, one in enumerate(busy) if alive >> number & 1]
        others = [one.id for one in self.of("queued", "sent", "asking")]
        self.write(underway.renew, [*(one.id for one in well), *others], self.now)
        for one in well:
            one.claimed_at = self.now
        dead = [one for one in busy if one.claimed_at is not None and one.claimed_at < self.now]

        async def take_up(db: Any) -> list[UUID]:
            rows = await underway.unfinished(db, self.now)
            earlier = await sends.of(db, [row.id for row in rows])
            for row in rows:
                open_ = [send for send in earlier[row.id] if send.result is None]
                left = [
                    Attempt(send.id, row.id, send.part, row.attempts, row.channel)
                    for send in open_ or earlier[row.id][-1:]
                ]
                each = [Outcome(a, "uncertain", "", "x", state, self.now) for a in left]
                await sends.settle_each(db, each, self.now)
            return [row.id for row in rows]

        assert self.write(take_up) == [one.id for one in sorted(dead, key=lambda one: one.place)]
        for one in dead:
            assert one.attempt is not None
            self.lost.append(one.attempt)
            one.state, one.due_at = state, self.now

    @precondition(lambda self: self.of("asking"))
    @rule(fate=st.sampled_from(("sent", "queued", "asking")), dies=st.booleans())
    def the_far_side_is_asked(self, fate: str, dies: bool) -> None:
        """Nobody else asks meanwhile; whoever dies over it leaves it to others, later."""
        due = [one for one in self.of("asking") if one.due_at <= self.now]
        rows = self.write(underway.to_ask, self.now, MINUTE)
        assert {row.id for row in rows} == {one.id for one in due}
        assert self.write(underway.to_ask, self.now, MINUTE) == []
        for one in due:
            one.due_at = self.now + MINUTE
            if not dies:
                assert one.attempt is not None
                self.comes_to(one, one.attempt, fate)

    @precondition(lambda self: self.kept)
    @rule(pick=picks, what=st.sampled_from(("hold", "drop", "postpone", "again", "move")))
    def somebody_decides_about_a_message(self, pick: int, what: str) -> None:
        """Only what has not gone is laid aside or put off; only what failed comes back."""
        one = list(self.kept.values())[pick % len(self.kept)]
        later = self.now + MINUTE
        match what:
            case "hold":
                self.write(outbox.hold, one.id, "window")
                one.state = "waiting" if one.state == "queued" else one.state
                one.delay = one.delay if one.state == "sent" else ""
            case "drop":
                self.write(outbox.drop, one.id, "x")
                one.state = "dropped" if one.state in ("queued", "waiting") else one.state
                one.delay = one.delay if one.state == "sent" else ""
            case "postpone":
                why = (delays.HOURS, delays.PACE)[pick % 2]
                self.write(outbox.postpone_each, {one.id: later}, why)
                if one.state == "queued":
                    one.due_at, one.delay = later, why
            case "again":
                self.write(outbox.again, one.id, "queued", later, "x")
                if one.state == "failed":
                    one.state, one.due_at = "queued", later
            case "move":
                self.write(outbox.move, one.id, self.urns["a"].id, "phone")
                if one.state in ("queued", "waiting", "failed"):
                    one.name, one.state, one.delay = "a", "queued", ""

    @precondition(lambda self: self.of("waiting"))
    @rule(name=names)
    def somebody_writes(self, name: str) -> None:
        """What waited for that may go."""
        waiting = [one for one in self.of("waiting") if one.name == name]
        assert self.write(outbox.release_waiting, self.urns[name].id, self.now) == len(waiting)
        for one in waiting:
            one.state, one.due_at = "queued", self.now

    @precondition(lambda self: any(one.delay for one in self.of("queued")))
    @rule(name=names)
    def somebody_may_be_written_to_sooner(self, name: str) -> None:
        """What was put off until they could be is due; nothing else is."""
        mine = self.contacts[name].id

        async def end(db: Any) -> None:
            await write(db, [delays.ending([mine], self.now)])

        self.write(end)
        for one in self.of("queued"):
            if one.whose == name and one.delay == delays.HOURS and one.due_at > self.now:
                one.due_at, one.delay = self.now, ""

    @precondition(lambda self: len(self.of("queued", "waiting")) > MANY)
    @rule(name=names)
    def somebody_says_stop(self, name: str) -> None:
        """Nothing goes there that has not gone."""
        unsent = [one for one in self.of("queued", "waiting") if one.name == name]
        assert self.write(outbox.drop_for, self.urns[name].id) == len(unsent)
        for one in unsent:
            one.state = "dropped"

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        async def rows() -> list[Row]:
            async with self.database.read() as db:
                found = (await db.execute(select(table).order_by(table.c.seq))).all()
            return [Row(**row._mapping) for row in found]

        for row, one in zip(self.run(rows()), self.kept.values(), strict=True):
            assert row.id == one.id
            assert (row.state, row.attempts, row.due_at, row.claimed_at) == one.seen


@pytest.mark.timeout(240)
def test_whatever_happens_one_goes_at_a_time_in_order_and_is_its_senders(machine_url: str) -> None:
    holds(Outbox, machine_url)
