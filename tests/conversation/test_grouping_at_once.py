"""Everybody answers at the same moment, on PostgreSQL: what comes is what the tables allow."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.messages import Incoming, incoming_json
from bot.policy import DEFAULTS
from networks.proposals import INVITATION, Sizes
from networks.workload import Limits
from storage import inbox, networks
from storage import tables as t
from tests.conftest import DATABASE_KEY
from tests.conversation.scene import Phone, Scene, stage

BROKERS = ("tel:+50499000009", "tel:+50499000008")
FIRMS = 15
AT_ONCE = 6


@pytest.fixture
async def scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with stage(postgres_url, DATABASE_KEY) as opened:
        yield opened


def urn(number: int) -> str:
    return f"tel:+504990002{number:02}"


async def all_say(scene: Scene, words: dict[str, str], each: int = 2) -> None:
    """Everybody writes now, and several workers take it up at once, `each` so many at a time."""
    async with scene.database.begin() as db:
        said = [
            Incoming("phone", scene.next_id(), (who,), text=text) for who, text in words.items()
        ]
        rows = [
            inbox.Arrival(
                one.channel, one.external_id, one.urns[0], incoming_json(one), scene.now, scene.now
            )
            for one in said
        ]
        await inbox.put(db, rows)

    async def work() -> None:
        for _ in range(200):
            if not await scene.handle(limit=each):
                return

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    await scene.settle()


async def begun(scene: Scene) -> list[Phone]:
    brokers = [await scene.staff(one, "Rosa", "broker", "HN-LE") for one in BROKERS]
    for number in range(FIRMS):
        await scene.lives(urn(number), f"Firm{number}")
    return brokers


async def test_two_brokers_who_look_at_once_propose_no_firm_twice(scene: Scene) -> None:
    await begun(scene)
    await all_say(scene, dict.fromkeys(BROKERS, "groups"))
    async with scene.database.read() as db:
        rows = (await db.execute(select(t.proposal_firms.c.enterprise_id))).scalars()
        firms = t.proposal_firms.c
        sizes = select(func.count(firms.enterprise_id)).group_by(firms.proposal_id)
        counted = (await db.execute(sizes)).scalars().all()
    assert max(Counter(rows).values()) == 1
    assert all(Sizes().least <= size <= Sizes().most for size in counted)


async def test_answers_at_the_same_moment_lose_nobody_and_found_one_network(scene: Scene) -> None:
    broker = (await begun(scene))[0]
    await broker.talks("groups", "1")
    async with scene.database.read() as db:
        asked = (await db.execute(select(t.proposal_firms.c.state))).scalars().all()
    invited = asked.count("invited")
    assert invited >= Sizes().ideal_least
    whom = [n for n in range(FIRMS) if "would like to bring" in scene.all_said_to(urn(n))]
    assert len(whom) == invited
    no = whom[::4]
    await all_say(scene, {urn(n): "no" if n in no else "yes" for n in whom})
    await all_say(scene, {urn(n): "2" for n in whom if n not in no})
    async with scene.database.read() as db:
        states = Counter((await db.execute(select(t.proposal_firms.c.state))).scalars())
        networks = (await db.execute(select(t.networks.c.id))).all()
        members = (await db.execute(select(t.memberships.c.state))).scalars().all()
        proposal = (await db.execute(select(t.proposals.c.state))).scalars().all()
    assert set(states) <= set(INVITATION.states)
    assert states["no"] == len(no)
    assert states["joined"] == len(members) == invited - len(no)
    assert len(networks) == 1
    assert proposal.count("opened") == 1
    for n in whom:
        if n not in no:
            assert "your group is open" in scene.all_said_to(urn(n))


async def test_of_two_who_approve_at_once_the_second_hears_who_took_it(
    scene: Scene,
) -> None:
    first, second = await begun(scene)
    await first.says("groups")
    async with scene.database.begin() as db:
        await db.execute(t.alerts.update().values(holder_id=(await scene.contact(BROKERS[1])).id))
    await second.talks("queue", "1")
    await all_say(scene, {BROKERS[0]: "approve", BROKERS[1]: "approve"})
    said = [scene.all_said_to(one) for one in BROKERS]
    assert sum("each of them is asked" in one for one in said) == 1
    assert sum("This was taken by Rosa" in one for one in said) == 1
    async with scene.database.read() as db:
        answered = t.alerts.c.state == "answered"
        done = (await db.execute(select(t.alerts.c.subject_id).where(answered))).scalars().all()
        inviting = t.proposals.c.state == "inviting"
        open_ = (await db.execute(select(t.proposals.c.id).where(inviting))).scalars().all()
    assert done == open_
    assert len(done) == 1


LEAVING = [f"tel:+504990003{number:02}" for number in range(8)]
HEAD = "tel:+50499000007"


async def test_of_many_groups_handed_over_at_once_one_takes_no_more_than_they_may_hold(
    scene: Scene,
) -> None:
    policy = replace(DEFAULTS, limits=Limits(groups=1))
    scene.house = replace(scene.house, settings=replace(scene.house.settings, policy=policy))
    await scene.staff(BROKERS[0], "Marta", "broker", "HN-LE")
    await scene.staff(HEAD, "Ines", "coordinator")
    leaving = [await scene.staff(one, "Rosa", "broker", "HN-FM") for one in LEAVING]
    for phone, urn_ in zip(leaving, LEAVING, strict=True):
        async with scene.database.begin() as db:
            whose = (await scene.contact(urn_)).id
            await networks.found(db, [], scene.now, broker_id=whose, country="HN")
        assert "Does Rosa stop" in await phone.says("hand over all marta")
        assert "Marta gets all that Rosa holds: 1" in await phone.says("2")
    await all_say(scene, dict.fromkeys(LEAVING, "1"), each=1)
    async with scene.database.read() as db:
        holders = Counter((await db.execute(select(t.networks.c.broker_id))).scalars())
    marta, head = [(await scene.contact(one)).id for one in (BROKERS[0], HEAD)]
    assert holders == {marta: 1, head: len(LEAVING) - 1}
