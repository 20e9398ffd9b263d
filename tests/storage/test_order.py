"""Whatever happens in whatever order: each message is handled once, in its person's order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from storage import inbox, outbox, receipts, sends, underway
from storage.database import Database, connect
from storage.inbox import Arrival
from storage.receipts import Arrival as Told
from storage.sends import Attempt, Outcome
from tests.servers import Postgres
from tests.storage.conftest import KEY, NOW
from tests.storage.people import someone
from tests.storage.test_outbox import message

Given = TypeVar("Given")
ADDRESSES = ("a", "b", "c")
MORE = settings(
    max_examples=25,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
FEW = settings(MORE, max_examples=6)
"""On PostgreSQL each example takes a database of its own, which costs more than what it tries."""


class Machine(RuleBasedStateMachine):
    """What the queues should do, beside what they do."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.now = NOW
        self.database: Database = self.run(connect(self.fresh(), KEY))

    def fresh(self) -> str:
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, Given]) -> Given:
        return self.loop.run_until_complete(work)

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()


class Inbox(Machine):
    """`waiting` per address: numbers and when each is due; `handled` in the order it was."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.waiting: dict[str, list[list[Any]]] = {name: [] for name in ADDRESSES}
        self.handled: dict[str, list[int]] = {name: [] for name in ADDRESSES}

    @rule(name=st.sampled_from(ADDRESSES), again=st.booleans())
    def somebody_writes(self, name: str, again: bool) -> None:
        self.count += not again or self.count == 0
        arrival = Arrival("phone", str(self.count), name, {"n": self.count}, self.now, self.now)

        async def put() -> int:
            async with self.database.begin() as db:
                return await inbox.put(db, [arrival])

        if self.run(put()):
            self.waiting[name].append([self.count, self.now, name])

    @rule(
        limit=st.integers(1, 3),
        fates=st.lists(st.sampled_from(("done", "fails", "parked", "dies")), min_size=3),
    )
    def a_worker_comes(self, limit: int, fates: list[str]) -> None:
        due = [q[0] for q in self.waiting.values() if q and q[0][1] <= self.now]
        expected = sorted(head[0] for head in due)[:limit]
        names = {head[0]: head[2] for head in due}
        claimed = self.run(self.work(limit, fates))
        assert [number for number, _ in claimed] == expected
        for number, fate in claimed:
            queue = self.waiting[names[number]]
            if fate in ("done", "parked"):
                queue.pop(0)
            if fate == "done":
                self.handled[names[number]].append(number)
            if fate == "fails":
                queue[0][1] = self.now + timedelta(seconds=60)

    async def work(self, limit: int, fates: list[str]) -> list[tuple[int, str]]:
        async with self.database.begin() as db:
            rows = await inbox.claim(db, self.now, limit)
            claimed = list(zip(rows, fates, strict=False))
            for row, fate in claimed:
                if fate == "done":
                    assert await inbox.done(db, [row.seq], self.now) == 1
                elif fate == "fails":
                    await inbox.failed(db, row.seq, self.now + timedelta(seconds=60), "x")
                elif fate == "parked":
                    await inbox.park(db, row.seq, "x", self.now)
        found = [(row.body["n"], fate) for row, fate in claimed]
        return found + [(row.body["n"], "dies") for row in rows[len(claimed) :]]

    @invariant()
    def everybody_is_answered_in_order(self) -> None:
        for numbers in self.handled.values():
            assert numbers == sorted(numbers)


class Outbox(Machine):
    """`queued` per address: [rank, number, id, due, attempts]; `busy` what is being sent."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.queued: dict[str, list[list[Any]]] = {name: [] for name in ADDRESSES}
        self.busy: dict[str, tuple[Attempt, list[Any]]] = {}
        self.dead: list[Attempt] = []
        self.urns = self.run(self.meet())

    async def meet(self) -> dict[str, Any]:
        async with self.database.begin() as db:
            return {name: (await someone(db, f"tel:{name}"))[1] for name in ADDRESSES}

    @rule(name=st.sampled_from(ADDRESSES), rank=st.integers(0, 2))
    def something_is_said(self, name: str, rank: int) -> None:
        self.count += 1
        wanted = message(self.urns[name], str(self.count), rank, due_at=self.now)

        async def put() -> None:
            async with self.database.begin() as db:
                await outbox.put(db, [wanted])

        self.run(put())
        self.queued[name].append([rank, self.count, wanted.id, self.now, 0])

    def heads(self) -> list[tuple[int, int, str]]:
        found = []
        for name, queue in self.queued.items():
            in_line = [m for m in queue if m[3] <= self.now or m[4]]
            head = min(in_line, default=None)
            if head and name not in self.busy and head[3] <= self.now:
                found.append((head[0], head[1], name))
        return sorted(found)

    @rule(limit=st.integers(1, 3))
    def a_sender_comes(self, limit: int) -> None:
        expected = self.heads()[:limit]

        async def begin() -> list[tuple[UUID, Attempt]]:
            async with self.database.begin() as db:
                rows = await outbox.claim(db, self.now, limit)
                begun = await sends.begin(db, rows, self.now)
                return [(row.id, attempt) for row, attempt in zip(rows, begun, strict=True)]

        begun = self.run(begin())
        assert len(begun) == len(expected)
        for (message_id, attempt), (_, number, name) in zip(begun, expected, strict=True):
            (mine,) = [m for m in self.queued[name] if m[1] == number]
            assert mine[2] == message_id
            self.queued[name].remove(mine)
            self.busy[name] = (attempt, mine)

    @rule(pick=st.integers(0, 5), fate=st.sampled_from(("sent", "retry", "uncertain")))
    def a_channel_answers(self, pick: int, fate: str) -> None:
        if not self.busy:
            return
        name = sorted(self.busy)[pick % len(self.busy)]
        attempt, mine = self.busy.pop(name)
        due = self.now + timedelta(seconds=30)
        state = "queued" if fate == "retry" else fate

        async def settle() -> bool:
            async with self.database.begin() as db:
                return await sends.settle(
                    db,
                    attempt,
                    self.now,
                    result=fate,
                    state=state,
                    due_at=due if fate == "retry" else None,
                )

        assert self.run(settle())
        if fate == "retry":
            self.queued[name].append([*mine[:3], due, mine[4] + 1])

    @rule(pick=st.integers(0, 5))
    def a_sender_dies(self, pick: int) -> None:
        """Another one takes up what it left."""
        if not self.busy:
            return
        name = sorted(self.busy)[pick % len(self.busy)]
        attempt, mine = self.busy.pop(name)

        async def take_up() -> None:
            async with self.database.begin() as db:
                rows = await underway.unfinished(db, self.now + timedelta(seconds=1))
                (row,) = [row for row in rows if row.id == attempt.message_id]
                left = Attempt(attempt.id, row.id, 0, row.attempts, row.channel)
                again = Outcome(left, "uncertain", "", "died", "queued", self.now)
                await sends.settle_each(db, [again], self.now)

        self.run(take_up())
        self.dead.append(attempt)
        self.queued[name].append([*mine[:3], self.now, mine[4] + 1])

    @rule(pick=st.integers(0, 5))
    def one_that_was_taken_for_dead_answers(self, pick: int) -> None:
        """What it says changes nothing: others have the message."""
        if not self.dead:
            return
        attempt = self.dead.pop(pick % len(self.dead))

        async def settle() -> bool:
            async with self.database.begin() as db:
                return await sends.settle(db, attempt, self.now, result="sent", state="sent")

        assert not self.run(settle())

    @invariant()
    def what_is_being_sent_is_what_was_begun(self) -> None:
        async def states() -> dict[UUID, str]:
            async with self.database.read() as db:
                begun = [attempt.message_id for attempt, _ in self.busy.values()]
                return {id: row.state for id, row in (await outbox.by_ids(db, begun)).items()}

        assert set(self.run(states()).values()) <= {"sending"}


FORWARD = ("sent", "failed", "delivered", "read")


class Receipts(Machine):
    """A message in one or two parts, the answers of the far side and what it says of each part, in
    any order and more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Attempt] = []
        self.answered: set[UUID] = set()
        self.heard: dict[UUID, list[str]] = {}

    @initialize(several=st.booleans())
    def something_is_sent(self, several: bool) -> None:
        async def begin() -> list[Attempt]:
            async with self.database.begin() as db:
                _, urn = await someone(db, "tel:a")
                await outbox.put(db, [message(urn, "hello", due_at=self.now)])
                begun = await sends.begin(db, await outbox.claim(db, self.now, 1), self.now)
                if several:
                    begun.append(await sends.begin_part(db, begun[0], self.now))
                return begun

        self.parts = self.run(begin())
        self.heard = {attempt.id: [] for attempt in self.parts}

    @rule(second=st.booleans())
    def the_far_side_answers(self, second: bool) -> None:
        attempt = self.parts[-1 if second else 0]
        if attempt.id in self.answered:
            return
        self.answered.add(attempt.id)
        over = all(part.id in self.answered for part in self.parts)
        noted = Outcome(attempt, "sent", str(attempt.id), "", "sent" if over else None)

        async def settle() -> None:
            async with self.database.begin() as db:
                await sends.settle_each(db, [noted], self.now)

        self.run(settle())

    @rule(second=st.booleans(), states=st.lists(st.sampled_from(FORWARD), min_size=1, max_size=3))
    def it_is_told_of(self, second: bool, states: list[str]) -> None:
        attempt = self.parts[-1 if second else 0]
        self.heard[attempt.id] += states

        async def tell() -> None:
            async with self.database.begin() as db:
                said = [Told("phone", str(attempt.id), state) for state in states]
                await receipts.put(db, said, self.now)

        self.run(tell())

    @invariant()
    def it_only_goes_forward_and_comes_to_what_was_said(self) -> None:
        async def state() -> str:
            async with self.database.read() as db:
                (row,) = (await outbox.by_ids(db, [self.parts[0].message_id])).values()
            return row.state

        if self.parts:
            over = all(part.id in self.answered for part in self.parts)
            expected = self.expected(self.parts) if over else "sending"
            assert self.run(state()) == expected, self.heard

    def expected(self, parts: list[Attempt]) -> str:
        """A message comes as far as the part that is behind; a part that failed fails it, unless
        it has been seen to arrive."""
        came = [max(["sent", *self.heard[part.id]], key=FORWARD.index) for part in parts]
        return "failed" if "failed" in came else min(came, key=FORWARD.index)


@pytest.mark.parametrize("machine", [Inbox, Outbox, Receipts])
def test_order_holds_on_sqlite(machine: type[Machine], sqlite_template: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:

        class OnSqlite(machine):  # type: ignore[misc, valid-type]
            number = 0

            def fresh(self) -> str:
                OnSqlite.number += 1
                path = Path(folder) / f"{OnSqlite.number}.db"
                shutil.copyfile(sqlite_template, path)
                return f"sqlite:///{path}"

        run_state_machine_as_test(OnSqlite, settings=MORE)


@pytest.mark.parametrize("machine", [Inbox, Outbox, Receipts])
def test_order_holds_on_postgresql(
    machine: type[Machine], postgres_server: Postgres, postgres_template: str
) -> None:
    class OnPostgres(machine):  # type: ignore[misc, valid-type]
        def fresh(self) -> str:
            self.name = postgres_server.create(postgres_template)
            return postgres_server.url(self.name)

        def teardown(self) -> None:
            super().teardown()
            postgres_server.drop(self.name)

    run_state_machine_as_test(OnPostgres, settings=FEW)
