"""Two hundred people at the same moment, on PostgreSQL and by several hands: answers, votes, words,
people who come and go, and brokers who approve; what comes of it is what the tables allow."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.pipeline import outbox as sending
from bot.turn import CONSENT
from networks.proposals import INVITATION, PROPOSAL, Sizes
from networks.stages import MEMBERSHIP
from networks.votes import VOTE
from networks.workload import Limits
from storage import alerts, consents, contacts, enterprises, networks, proposals, roles, votes
from storage import database as store
from storage import tables as t
from storage.consents import Consent
from storage.contacts import Stranger
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import MORNING, Clock, Stage, pipeline_on

HANDS = 6
HERE = "HN-LE"
REGIONS = [f"HN-{one}" for one in ["AT", "CH", "CL", "CM", "CP", "CR", "EP", "FM"]]
THEIRS = [f"HN-{one}" for one in ["IN", "IB", "LP", "OC", "OL"]]
MOST = Sizes().most
VOTING, INVITED, FULL, APPROVED = 3, 8, 1, len(REGIONS)
"""Groups that vote, proposals that are answered, groups that those who left want back into, and
proposals that two approve at once; those of `THEIRS` are handed over to one who may hold one."""

GONE, TALKING, LEAVING = 10, 6, 1
"""Members who left each of the groups that have room for two, of whom those who stayed talk, and
of those that vote leave."""


@dataclass
class Crowd:
    """Everybody, by the address of their phone; what they are about to say."""

    stage: Stage
    firms: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    then: dict[str, str] = field(default_factory=dict)

    async def met(self, *names: str, firms: bool = True) -> list[UUID]:
        """People who have agreed; with a workshop each, whose ids are given."""
        database, urns = self.stage.pipeline.database, [f"phone:{name}" for name in names]
        found = []
        async with database.begin() as db:
            strangers = [Stranger(urn, "phone", country="HN", language="en") for urn in urns]
            for urn, (one, _) in zip(
                urns, await contacts.meet_all(db, strangers, MORNING), strict=True
            ):
                self.people[urn] = one.id
                await contacts.change(db, one.id, name=urn.partition(":")[2], hours="00-24")
                word = Consent(one.id, "phone", CONSENT, "test", "asked", given=True, at=MORNING)
                await consents.note(db, word)
                if firms:
                    made = await enterprises.register(
                        db, one.id, MORNING, craft="weaving", country="HN", region="HN-LE",
                        willing="yes",
                    )  # fmt: skip
                    self.firms[urn] = made.id
                    found.append(made.id)
        return found

    async def is_broker(self, name: str, *regions: str) -> UUID:
        await self.met(name, firms=False)
        who = self.people[f"phone:{name}"]
        async with self.stage.pipeline.database.begin() as db:
            await roles.grant(db, who, "broker", MORNING, area=regions or (HERE,))
        return who

    async def say(self, said: Mapping[str, str]) -> None:
        """Everybody writes, then several hands handle it all; nothing is sent."""
        await asyncio.gather(*(self.stage.hears(urn, text) for urn, text in said.items()))
        await asyncio.gather(*(self.stage.handles() for _ in range(HANDS)))
        await self.stage.handles()

    async def heard(self, *names: str) -> list[str]:
        """All that is there for each of these to read."""
        ids = [self.people[f"phone:{name}"] for name in names]
        query = select(t.outbox.c.contact_id, t.outbox.c.reply).where(
            t.outbox.c.contact_id.in_(ids)
        )
        texts: dict[UUID, str] = dict.fromkeys(ids, "")
        async with self.stage.pipeline.database.read() as db:
            for row in (await db.execute(query)).all():
                texts[row.contact_id] += f"{row.reply['text']}\n"
        return list(texts.values())


@pytest.fixture
async def crowd(postgres_url: str, tmp_path: Path) -> AsyncIterator[Crowd]:
    database = await store.connect(postgres_url, DATABASE_KEY)
    clock = Clock()
    yield Crowd(Stage(pipeline_on(database, tmp_path / "media", clock), clock))
    await database.close()


async def voting(crowd: Crowd, broker: UUID) -> list[UUID]:
    """Groups of fifteen in which all but one vote and that one leaves."""
    made = []
    for group in range(VOTING):
        names = [f"voter-{group}-{n:02}" for n in range(MOST)]
        firms = await crowd.met(*names)
        async with crowd.stage.pipeline.database.begin() as db:
            network = await networks.found(db, firms, MORNING, name=f"V{group}", broker_id=broker)
        made.append(network.id)
        stay = MOST - LEAVING
        crowd.before[f"phone:{names[0]}"] = ("network", "Decide", "Who leads")
        for n, name in enumerate(names):
            if n >= stay:
                crowd.before[f"phone:{name}"] = ("", "", "", "network", "Leave the group")
            crowd.said[f"phone:{name}"] = "yes" if n >= stay else names[n // 2]
    return made


async def invited(
    crowd: Crowd, broker: UUID | None, name: str, size: int, region: str = HERE
) -> UUID:
    """A proposal of so many firms that waits for its broker, or for anybody's word."""
    firms = await crowd.met(*(f"{name}-{n:02}" for n in range(size)))
    async with crowd.stage.pipeline.database.begin() as db:
        made = await proposals.propose(
            db, firms, MORNING, category="inputs", first_step="fair", score=0.5, country="HN",
            region=region, broker_id=broker,
        )  # fmt: skip
        await alerts.put(
            db, "proposal", made.id, MORNING, holder_id=broker, country="HN", region=region
        )
    return made.id


async def answering(crowd: Crowd) -> list[UUID]:
    """Proposals of fifteen, approved; a third of each says no, one only with people they know."""
    made = []
    for number in range(INVITED):
        broker = await crowd.is_broker(f"inviter-{number}")
        made.append(await invited(crowd, broker, f"asked-{number}", MOST))
        crowd.before[f"phone:inviter-{number}"] = ("queue", "1", "approve")
        for n in range(MOST):
            said = "known" if n == 1 else "no" if n % 3 == 0 else "yes"
            crowd.said[f"phone:asked-{number}-{n:02}"] = {"known": "2", "no": "3", "yes": "1"}[said]
            if said != "no":  # through this chat
                crowd.then[f"phone:asked-{number}-{n:02}"] = "2"
    return made


async def coming_back(crowd: Crowd, broker: UUID) -> list[UUID]:
    """Groups with room for two into which ten who left would like to come back, while those who
    are in it talk."""
    made = []
    for group in range(FULL):
        stayed = [f"stayed-{group}-{n:02}" for n in range(MOST - 2)]
        gone = [f"gone-{group}-{n:02}" for n in range(GONE)]
        inside, outside = await crowd.met(*stayed), await crowd.met(*gone)
        async with crowd.stage.pipeline.database.begin() as db:
            network = await networks.found(db, inside, MORNING, name=f"F{group}", broker_id=broker)
            await networks.join(db, network.id, outside, MORNING)
            for firm in outside:
                member = await networks.member(db, network.id, firm)
                assert member is not None
                await networks.end_membership(db, member, "leave", MORNING)
        made.append(network.id)
        crowd.said |= {f"phone:{name}": f"group Word of {name}" for name in stayed[:TALKING]}
        crowd.said |= {f"phone:{name}": "rejoin" for name in gone}
    return made


async def approving(crowd: Crowd) -> list[UUID]:
    """Proposals that two look at, who both approve now."""
    made = []
    for number in range(APPROVED):
        names = (f"first-{number}", f"second-{number}")
        for name in names:
            await crowd.is_broker(name, REGIONS[number])
        made.append(await invited(crowd, None, f"quiet-{number}", 3, REGIONS[number]))
        for name in names:
            crowd.before[f"phone:{name}"] = ("queue", "1")
        crowd.said |= {f"phone:{name}": "approve" for name in names}
    return made


async def handing_over(crowd: Crowd) -> list[UUID]:
    """Proposals of one broker each, handed over at once to the only other, who holds all groups but
    one that they may."""
    heir = await crowd.is_broker("heir", *THEIRS)
    async with crowd.stage.pipeline.database.begin() as db:
        for number in range(Limits().groups - 1):
            await networks.found(db, [], MORNING, name=f"H{number}", broker_id=heir)
    made = []
    for number, region in enumerate(THEIRS):
        broker = await crowd.is_broker(f"giver-{number}", region)
        made.append(await invited(crowd, broker, f"given-{number}", 3, region))
        crowd.before[f"phone:giver-{number}"] = ("queue", "1")
        crowd.said[f"phone:giver-{number}"] = "hand over"
    return made


@pytest.mark.timeout(600)
async def test_two_hundred_at_once_end_in_what_the_tables_allow(crowd: Crowd) -> None:
    broker = await crowd.is_broker("rosa")
    voted = await voting(crowd, broker)
    asked = await answering(crowd)
    full = await coming_back(crowd, broker)
    approved = await approving(crowd)
    given = await handing_over(crowd)
    for place in range(max(map(len, crowd.before.values()))):
        now = {urn: texts[place] for urn, texts in crowd.before.items() if place < len(texts)}
        await crowd.say({urn: text for urn, text in now.items() if text})
    assert len(crowd.said) >= 200
    for said in (crowd.said, crowd.then):
        while await sending.send_due(crowd.stage.pipeline):
            pass  # what nobody has seen nobody answers
        await crowd.say(said)
    await nothing_is_left(crowd)
    await every_vote_counts(crowd, voted)
    await every_answer_counts(crowd, asked)
    await nobody_is_too_many(crowd, full)
    await each_was_approved_by_one(crowd, approved)
    await nobody_holds_more_than_they_may(crowd, given)


async def nothing_is_left(crowd: Crowd) -> None:
    async with crowd.stage.pipeline.database.read() as db:
        states = set((await db.execute(select(t.inbox.c.state))).scalars())
        kinds = await _states(db, t.memberships.c.state), await _states(db, t.votes.c.state)
    assert states == {"done"}
    assert kinds[0] <= set(MEMBERSHIP.states)
    assert kinds[1] <= set(VOTE.states)


async def _states(db: AsyncConnection, column: Column[Any]) -> set[str]:
    return set((await db.execute(select(column))).scalars())


async def every_vote_counts(crowd: Crowd, groups: Sequence[UUID]) -> None:
    async with crowd.stage.pipeline.database.read() as db:
        for group, network_id in enumerate(groups):
            voters = [crowd.firms[f"phone:voter-{group}-{n:02}"] for n in range(MOST - LEAVING)]
            mine = select(t.votes.c.id).where(t.votes.c.network_id == network_id)
            (vote_id,) = (await db.execute(mine)).scalars().all()
            vote, given = await votes.by_id(db, vote_id), await votes.given(db, vote_id)
            assert vote is not None and vote.state == "failed"  # two voices for each of seven
            assert {UUID(one) for one in given} == set(voters)
            inside = {one.enterprise_id for one in await networks.members_of(db, network_id)}
            assert inside == set(voters)
            kinds = Counter(one.kind for one in await networks.history(db, network_id))
            assert (kinds["left"], kinds["vote_failed"]) == (LEAVING, 1)


async def every_answer_counts(crowd: Crowd, made: Sequence[UUID]) -> None:
    async with crowd.stage.pipeline.database.read() as db:
        for number, proposal_id in enumerate(made):
            proposal = await proposals.by_id(db, proposal_id)
            assert proposal is not None and proposal.state == "opened"
            assert proposal.network_id is not None
            states = await proposals.firms_of(db, proposal_id)
            assert set(states.values()) <= set(INVITATION.states)
            came = Counter(states.values())
            assert came == {"no": 5, "known": 1, "joined": 9}
            knowing = crowd.firms[f"phone:asked-{number}-01"]
            assert states[knowing] == "known"
            inside = {
                one.enterprise_id for one in await networks.members_of(db, proposal.network_id)
            }
            assert inside == {firm for firm, state in states.items() if state == "joined"}
            assert len(inside) <= MOST


async def nobody_is_too_many(crowd: Crowd, groups: Sequence[UUID]) -> None:
    async with crowd.stage.pipeline.database.read() as db:
        for network_id in groups:
            assert len(await networks.members_of(db, network_id)) == MOST
            said = select(func.count()).where(t.room_messages.c.network_id == network_id)
            assert (await db.execute(said)).scalar() == TALKING
    for group in range(FULL):
        heard = await crowd.heard(*(f"gone-{group}-{n:02}" for n in range(GONE)))
        assert sum("Welcome back" in one for one in heard) == 2
        assert sum("The group is full now." in one for one in heard) == GONE - 2


async def each_was_approved_by_one(crowd: Crowd, made: Sequence[UUID]) -> None:
    async with crowd.stage.pipeline.database.read() as db:
        for proposal_id in made:
            proposal = await proposals.by_id(db, proposal_id)
            assert proposal is not None
            assert proposal.state == PROPOSAL.after("proposed", "approve")
            assert set((await proposals.firms_of(db, proposal_id)).values()) == {"invited"}
            assert await alerts.about(db, "proposal", proposal_id) is None
    for number in range(APPROVED):
        heard = await crowd.heard(f"first-{number}", f"second-{number}")
        assert sum("Now each of them is asked" in one for one in heard) == 1
        assert sum("This was taken by" in one for one in heard) == 1


async def nobody_holds_more_than_they_may(crowd: Crowd, made: Sequence[UUID]) -> None:
    heir = crowd.people["phone:heir"]
    async with crowd.stage.pipeline.database.read() as db:
        asked = await proposals.held_counts(db, [heir])
        accompanied = await networks.held_counts(db, [heir])
        assert asked[heir] + accompanied[heir] == Limits().groups
        states = {(await proposals.by_id(db, one)).state for one in made}  # type: ignore[union-attr]
        assert states == {PROPOSAL.first}
    heard = await crowd.heard(*(f"giver-{number}" for number in range(len(THEIRS))))
    assert sum("There is nobody else yet." in one for one in heard) == len(THEIRS) - 1
