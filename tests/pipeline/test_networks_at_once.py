"""Many members of one group at the same moment, on PostgreSQL and by several hands."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from bot.turn import CONSENT
from storage import consents, contacts, enterprises, networks, roles, votes
from storage import database as store
from storage import tables as t
from storage.consents import Consent
from storage.database import Database
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import MORNING, Clock, Stage, pipeline_on

MEMBERS = 15
HANDS = 4


def phone(number: int) -> str:
    return f"phone:member-{number}"


@pytest.fixture
async def crowd(postgres_url: str, tmp_path: Path) -> tuple[Stage, UUID, list[UUID]]:
    """A stage with a group of fifteen."""
    database = await store.connect(postgres_url, DATABASE_KEY)
    clock = Clock()
    firms, network_id = await _founded(database)
    stage = Stage(pipeline_on(database, tmp_path / "media", clock), clock)
    return stage, network_id, firms


async def _founded(database: Database) -> tuple[list[UUID], UUID]:
    firms = []
    async with database.begin() as db:
        for number in range(MEMBERS + 1):
            one, _ = await contacts.meet(
                db, phone(number), MORNING, via="phone", country="HN", language="en"
            )
            await contacts.change(db, one.id, name=f"Member {number}", hours="00-24")
            word = Consent(one.id, "phone", CONSENT, "test", "asked", given=True, at=MORNING)
            await consents.note(db, word)
            if number == 0:
                broker = one.id
                await roles.grant(db, one.id, "broker", MORNING)
                continue
            made = await enterprises.register(
                db, one.id, MORNING, craft="weaving", country="HN", willing="yes"
            )
            firms.append(made.id)
        network = await networks.found(db, firms, MORNING, name="All", broker_id=broker)
    return firms, network.id


async def at_once(stage: Stage, said: dict[int, str]) -> None:
    """Everybody writes, then several hands handle it all."""
    await asyncio.gather(*(stage.hears(phone(number), text) for number, text in said.items()))
    await asyncio.gather(*(stage.handles() for _ in range(HANDS)))
    await stage.settles()


async def test_no_vote_is_lost_when_all_vote_and_some_leave_at_once(
    crowd: tuple[Stage, UUID, list[UUID]],
) -> None:
    stage, network_id, firms = crowd
    try:
        await stage.says(phone(1), "network", "Decide", "Who leads")
        for number in range(13, 16):
            await stage.says(phone(number), "network", "Leave the group")
        # Nobody has more than half before the last voice: two for each but the last ones.
        said = {number: f"Member {(number + 1) // 2}" for number in range(1, 13)}
        said |= dict.fromkeys(range(13, 16), "yes")
        await at_once(stage, said)
        database = stage.pipeline.database
        async with database.read() as db:
            (vote_id,) = (await db.execute(select(t.votes.c.id))).scalars().all()
            given = await votes.given(db, vote_id)
            vote = await votes.by_id(db, vote_id)
            inside = [one.enterprise_id for one in await networks.members_of(db, network_id)]
            kinds = [one.kind for one in await networks.history(db, network_id)]
        assert set(given) == {str(one) for one in firms[:12]}
        assert vote is not None
        assert vote.state == "failed"
        assert inside == firms[:12]
        assert kinds.count("left") == 3
        assert kinds.count("vote_failed") == 1
    finally:
        await stage.pipeline.database.close()


async def test_what_is_said_at_once_reaches_all_in_the_same_order(
    crowd: tuple[Stage, UUID, list[UUID]],
) -> None:
    stage, network_id, _ = crowd
    try:
        await at_once(stage, {number: f"group Word {number}." for number in range(1, 11)})
        orders = set()
        for number in range(11, 16):
            heard = [text for text in await stage.sees(phone(number)) if "Word" in text]
            assert len(heard) == 10
            orders.add(tuple(text.partition("Word")[2] for text in heard))
        assert len(orders) == 1
        async with stage.pipeline.database.read() as db:
            counted = select(func.count()).select_from(t.room_messages)
            mine = counted.where(t.room_messages.c.network_id == network_id)
            assert (await db.execute(mine)).scalar() == 10
    finally:
        await stage.pipeline.database.close()


async def test_those_who_come_back_and_go_at_once_end_where_they_said(
    crowd: tuple[Stage, UUID, list[UUID]],
) -> None:
    stage, network_id, firms = crowd
    try:
        for number in range(1, 4):
            await stage.says(phone(number), "network", "Leave the group", "yes")
        for number in range(4, 7):
            await stage.says(phone(number), "network", "Leave the group")
        said = dict.fromkeys(range(1, 4), "rejoin") | dict.fromkeys(range(4, 7), "yes")
        await at_once(stage, said)
        async with stage.pipeline.database.read() as db:
            inside = {one.enterprise_id for one in await networks.members_of(db, network_id)}
        assert inside == {*firms[:3], *firms[6:]}
    finally:
        await stage.pipeline.database.close()
