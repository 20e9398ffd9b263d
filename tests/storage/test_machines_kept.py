"""The state machines of networks over the storage that keeps them: whatever is done, in whatever
order, what is kept is what the tables say, on both databases.

`MACHINES_EXAMPLES=500` has them tried as long as one likes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)  # fmt: skip
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.activities import ACTIVITY
from networks.machine import Machine, Refused
from networks.proposals import INVITATION, PROPOSAL
from networks.stages import MEMBERSHIP, NETWORK
from networks.votes import VOTE
from networks.workload import ALERT
from storage import activities, alerts, contacts, enterprises, ids, networks, proposals, votes
from storage import database as store
from storage.database import Database
from storage.votes import Vote
from tests.storage.conftest import KEY, NOW

FIRMS = 6
LIMITS = settings(
    max_examples=int(os.environ.get("MACHINES_EXAMPLES", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
Given = TypeVar("Given")
Firm = st.integers(0, FIRMS - 1)


class Kept:
    """A database, worked synchronously; its firms serve every example."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.database: Database = self.runner.run(store.connect(url, KEY))
        self.firms = self.write(self._firms)

    def write(self, do: Callable[[AsyncConnection], Awaitable[Given]]) -> Given:
        """Do something in a transaction of its own."""

        async def written() -> Given:
            async with self.database.begin() as db:
                return await do(db)

        return self.runner.run(written())

    async def _firms(self, db: AsyncConnection) -> list[UUID]:
        found = []
        for number in range(FIRMS):
            one, _ = await contacts.meet(db, f"phone:firm-{number}", NOW, via="phone")
            found.append((await enterprises.register(db, one.id, NOW, craft="weaving")).id)
        return found

    def close(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    opened = Kept(database_url)
    yield opened
    opened.close()


def expected(machine: Machine, state: str, deed: str) -> str:
    """The state that a table says comes of a deed: the same where it may not be done."""
    came = machine.after(state, deed)
    return state if isinstance(came, Refused) else came


def agree(machine: Machine, state: str, deed: str, came: object) -> None:
    """Whether the storage refuses what the table refuses, and nothing else."""
    assert isinstance(came, Refused) == isinstance(machine.after(state, deed), Refused)


class Life(RuleBasedStateMachine):
    """A network: its stage, its members, a vote, its plan."""

    kept: Kept
    id: UUID | None = None
    now: datetime = NOW
    leader: int | None = None
    vote: Vote | None = None

    @initialize(count=st.integers(1, FIRMS))
    def founded(self, count: int) -> None:
        self.stage = NETWORK.first
        self.members = dict.fromkeys(range(count), MEMBERSHIP.first)
        self.voices: dict[int, str] = {}
        self.plan: dict[UUID, str] = {}
        first = self.kept.firms[:count]
        self.id = self.kept.write(lambda db: networks.found(db, first, self.now)).id

    @property
    def network_id(self) -> UUID:
        assert self.id is not None
        return self.id

    def _tick(self) -> None:
        self.now += timedelta(minutes=1)

    @rule(deed=st.sampled_from(NETWORK.deeds))
    def moves(self, deed: str) -> None:
        async def moved(db: AsyncConnection) -> str | Refused:
            network = await networks.by_id(db, self.network_id, lock=True)
            assert network is not None
            return await networks.do(db, network, deed, self.now)

        self._tick()
        agree(NETWORK, self.stage, deed, self.kept.write(moved))
        self.stage = expected(NETWORK, self.stage, deed)

    @rule(one=Firm, deed=st.sampled_from(("leave", "put_out")))
    def goes(self, one: int, deed: str) -> None:
        async def gone(db: AsyncConnection) -> str | Refused | None:
            await networks.by_id(db, self.network_id, lock=True)
            member = await networks.member(db, self.network_id, self.kept.firms[one])
            if member is None:
                return None
            return await networks.end_membership(db, member, deed, self.now)

        self._tick()
        came = self.kept.write(gone)
        if self.members.get(one) != "member":
            assert came is None
            return
        agree(MEMBERSHIP, "member", deed, came)
        self.members[one] = expected(MEMBERSHIP, "member", deed)
        self.leader = None if self.leader == one else self.leader

    @precondition(lambda self: self.leader is not None)
    @rule(deed=st.sampled_from(("leave", "put_out")))
    def leader_goes(self, deed: str) -> None:
        self.goes(self.leader or 0, deed)

    @rule(one=Firm)
    def comes(self, one: int) -> None:
        self._tick()
        firm = [self.kept.firms[one]]
        joined = self.kept.write(lambda db: networks.join(db, self.network_id, firm, self.now))
        before = self.members.get(one)
        assert joined == (before in (None, "left"))
        if joined:
            self.members[one] = "member"

    @rule(one=Firm)
    def leads(self, one: int) -> None:
        if self.members.get(one) == "member":
            firm = self.kept.firms[one]
            self.kept.write(lambda db: networks.change(db, self.network_id, leader_id=firm))
            self.leader = one

    @precondition(lambda self: self.vote is None)
    @rule()
    def calls(self) -> None:
        self._tick()
        ends = self.now + timedelta(days=5)
        by = ids.new(self.now)
        self.vote = self.kept.write(
            lambda db: votes.call(db, self.network_id, "rule", ("yes", "no"), by, self.now, ends)
        )
        self.voices = {}

    @precondition(lambda self: self.vote is not None)
    @rule(one=Firm, choice=st.sampled_from(("yes", "no")))
    def gives(self, one: int, choice: str) -> None:
        vote, firm = self.vote, self.kept.firms[one]
        assert vote is not None
        self._tick()
        self.kept.write(lambda db: votes.give(db, vote.id, firm, choice, self.now))
        self.voices[one] = choice

    @precondition(lambda self: self.vote is not None)
    @rule(deed=st.sampled_from(VOTE.deeds))
    def ends(self, deed: str) -> None:
        vote = self.vote
        assert vote is not None
        self._tick()
        assert self.kept.write(lambda db: votes.end(db, vote, deed, self.now)) == expected(
            VOTE, "open", deed
        )
        again = self.kept.write(lambda db: votes.by_id(db, vote.id))
        assert again is not None
        assert isinstance(self.kept.write(lambda db: votes.end(db, again, deed, self.now)), Refused)
        self.vote = None

    @rule(words=st.sampled_from(("Buy iron", "Visit the fair")))
    def plans(self, words: str) -> None:
        self._tick()
        made = self.kept.write(lambda db: activities.add(db, self.network_id, words, self.now))
        self.plan[made.id] = ACTIVITY.first

    @precondition(lambda self: bool(self.plan))
    @rule(data=st.data(), deed=st.sampled_from(ACTIVITY.deeds))
    def works(self, data: st.DataObject, deed: str) -> None:
        which = data.draw(st.sampled_from(sorted(self.plan)))

        async def done(db: AsyncConnection) -> str | Refused:
            one = await activities.by_id(db, which)
            assert one is not None
            return await activities.do(db, one, deed, self.now)

        self._tick()
        agree(ACTIVITY, self.plan[which], deed, self.kept.write(done))
        self.plan[which] = expected(ACTIVITY, self.plan[which], deed)

    @invariant()
    def is_kept(self) -> None:
        async def read(db: AsyncConnection) -> None:
            network = await networks.by_id(db, self.network_id)
            assert network is not None
            assert network.stage == self.stage
            assert (network.closed_at is not None) == (self.stage == "closed")
            leader = None if self.leader is None else self.kept.firms[self.leader]
            assert network.leader_id == leader
            inside = {one.enterprise_id for one in await networks.members_of(db, self.network_id)}
            assert inside == {self.kept.firms[n] for n, s in self.members.items() if s == "member"}
            if self.vote is not None:
                given = await votes.given(db, self.vote.id)
                assert given == {str(self.kept.firms[n]): v for n, v in self.voices.items()}
            shown = {one.id: one.state for one in await activities.of(db, self.network_id)}
            assert shown == {which: s for which, s in self.plan.items() if s != "dropped"}

        if self.id is not None:
            self.kept.write(read)


class Asking(RuleBasedStateMachine):
    """A group proposal, the answers of its firms, and the alert about it."""

    kept: Kept
    id: UUID | None = None
    now: datetime = NOW

    @initialize(count=st.integers(3, FIRMS))
    def proposed(self, count: int) -> None:
        self.state, self.alert = PROPOSAL.first, ALERT.first
        self.firms = dict.fromkeys(range(count), INVITATION.first)
        firms = self.kept.firms[:count]

        async def made(db: AsyncConnection) -> tuple[UUID, UUID]:
            one = await proposals.propose(
                db, firms, self.now, category="inputs", first_step="fair", score=0.5
            )
            about = await alerts.put(db, "proposal", one.id, self.now)
            assert about is not None
            assert await alerts.put(db, "proposal", one.id, self.now) is None
            return one.id, about.id

        self.id, self.alert_id = self.kept.write(made)

    @property
    def proposal_id(self) -> UUID:
        assert self.id is not None
        return self.id

    @rule(deed=st.sampled_from(PROPOSAL.deeds))
    def decided(self, deed: str) -> None:
        async def done(db: AsyncConnection) -> str | Refused:
            one = await proposals.by_id(db, self.proposal_id, lock=True)
            assert one is not None
            return await proposals.do(db, one, deed, self.now)

        self.now += timedelta(minutes=1)
        agree(PROPOSAL, self.state, deed, self.kept.write(done))
        self.state = expected(PROPOSAL, self.state, deed)

    @rule(one=Firm, deed=st.sampled_from(INVITATION.deeds))
    def answers(self, one: int, deed: str) -> None:
        if one not in self.firms:
            return
        came = expected(INVITATION, self.firms[one], deed)
        firm = self.kept.firms[one]
        self.kept.write(
            lambda db: proposals.set_firms(db, self.proposal_id, {firm: came}, self.now)
        )
        self.firms[one] = came

    @rule(deed=st.sampled_from(ALERT.deeds))
    def looked_at(self, deed: str) -> None:
        async def done(db: AsyncConnection) -> str | Refused:
            one = await alerts.by_id(db, self.alert_id, lock=True)
            assert one is not None
            return await alerts.do(db, one, deed, self.now)

        agree(ALERT, self.alert, deed, self.kept.write(done))
        self.alert = expected(ALERT, self.alert, deed)

    @invariant()
    def is_kept(self) -> None:
        async def read(db: AsyncConnection) -> None:
            one = await proposals.by_id(db, self.proposal_id)
            assert one is not None and one.state == self.state
            states = await proposals.firms_of(db, self.proposal_id)
            assert states == {self.kept.firms[n]: state for n, state in self.firms.items()}
            about = await alerts.by_id(db, self.alert_id)
            assert about is not None and about.state == self.alert
            assert (about.done_at is None) == (self.alert in ALERT.open)
            open_ = await alerts.about(db, "proposal", self.proposal_id)
            assert (open_ is not None) == (self.alert in ALERT.open)

        if self.id is not None:
            self.kept.write(read)


@pytest.mark.parametrize("machine", [Life, Asking])
def test_what_is_kept_is_what_the_tables_say(
    kept: Kept, machine: type[RuleBasedStateMachine]
) -> None:
    of_kept = type(machine.__name__, (machine,), {"kept": kept})
    run_state_machine_as_test(of_kept, settings=LIMITS)
