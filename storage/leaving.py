"""What somebody leaves behind in groups and networks when they are erased: nothing they said or
are called by; counts, plans and ledgers go on under their pseudonym."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.proposals import INVITATION
from storage.mentions import Mentions, clean
from storage.tables import (
    activities,
    alerts,
    cases,
    diagnoses,
    joint_actions,
    memberships,
    network_checks,
    network_events,
    network_rules,
    networks,
    proposal_firms,
    proposals,
    room_messages,
    votes,
)


async def companions(db: AsyncConnection, enterprise_ids: Collection[UUID]) -> set[UUID]:
    """The other enterprises of their networks and of the proposals they are in."""
    found: set[UUID] = set()
    for table, group in (
        (memberships, memberships.c.network_id),
        (proposal_firms, proposal_firms.c.proposal_id),
    ):
        theirs = select(group).where(table.c.enterprise_id.in_(enterprise_ids))
        query = select(table.c.enterprise_id).where(group.in_(theirs))
        found |= set((await db.execute(query)).scalars().all())
    return found - set(enterprise_ids)


async def leave(
    db: AsyncConnection,
    enterprise_ids: Collection[UUID],
    contact_id: UUID,
    mentions: Mentions,
    now: datetime,
) -> None:
    """Take enterprises, and a contact who may have been a broker, out of all groups."""
    mine = enterprise_ids
    theirs = select(memberships.c.network_id).where(memberships.c.enterprise_id.in_(mine))
    in_network = networks.c.id.in_(theirs)
    for office in (networks.c.leader_id, networks.c.treasurer_id):
        await db.execute(update(networks).where(office.in_(mine)).values({office.name: None}))
    member = update(memberships).where(memberships.c.enterprise_id.in_(mine))
    await db.execute(
        member.where(memberships.c.state == "member").values(state="left", ended_at=now)
    )
    undecided = [state for state in INVITATION.states if state in INVITATION.open]
    firm = update(proposal_firms).where(proposal_firms.c.enterprise_id.in_(mine))
    out = firm.where(proposal_firms.c.state.in_(undecided))
    await db.execute(out.values(state="lapsed", changed_at=now))
    said = update(room_messages).where(room_messages.c.enterprise_id.in_(mine))
    await db.execute(said.values(words=None, media_id=None))
    await db.execute(delete(diagnoses).where(diagnoses.c.enterprise_id.in_(mine)))
    owned = update(activities).where(activities.c.owner_id.in_(mine))
    await db.execute(owned.values(owner_id=None, payer=None))
    await _said(db, mine, mentions, in_network)
    await _as_broker(db, contact_id)


async def _said(
    db: AsyncConnection,
    mine: Collection[UUID],
    mentions: Mentions,
    in_network: ColumnElement[bool],
) -> None:
    """Their own words about deeds go; in the words of others they are no longer named."""
    whose = select(memberships.c.pseudonym).where(memberships.c.enterprise_id.in_(mine))
    theirs = or_(joint_actions.c.who.in_(whose), joint_actions.c.whom.in_(whose))
    await db.execute(update(joint_actions).where(theirs).values(words=None))
    where = select(networks.c.id).where(in_network)
    for table, names in (
        (networks, ["name"]),
        (network_checks, ["words"]),
        (network_events, ["data"]),
        (network_rules, ["words"]),
        (room_messages, ["words"]),
        (activities, ["what", "resources", "indicator", "payer"]),
        (votes, ["words"]),
    ):
        group = table.c.id if table is networks else table.c.network_id
        await clean(db, mentions, table, names, group.in_(where))
    await clean(db, mentions, cases, ["words"], cases.c.words.is_not(None))
    await clean(db, mentions, proposals, ["declined_why"], proposals.c.declined_why.is_not(None))


async def _as_broker(db: AsyncConnection, contact_id: UUID) -> None:
    """What they held waits for somebody else; what they wrote as a broker goes."""
    for table, column in (
        (networks, networks.c.broker_id),
        (proposals, proposals.c.broker_id),
        (alerts, alerts.c.holder_id),
    ):
        held = update(table).where(column == contact_id)
        extra = {"declined_why": None} if table is proposals else {}
        await db.execute(held.values({column.name: None, **extra}))
    await db.execute(delete(cases).where(cases.c.broker_id == contact_id))
