"""Networks and who belongs to them. Their stages, and the states of memberships, stand in
networks.stages; what happens in them is noted in their history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.machine import Refused
from networks.stages import MEMBERSHIP, NETWORK
from storage import enterprises as enterprises_
from storage import ids, timers
from storage.conflicts import insert_all, insert_new
from storage.tables import enterprises, memberships, network_events, networks


@dataclass(frozen=True)
class Network:
    """A group that said yes. `leader_id` and `treasurer_id` are enterprises; `seen_at` is when
    something last happened in it; `quiet_until` silences its room."""

    id: UUID
    name: str | None = field(repr=False)
    stage: str
    stage_at: datetime
    category: str | None
    topic: str | None
    first_step: str | None
    agency: str | None
    country: str | None
    region: str | None
    place: str | None
    broker_id: UUID | None
    leader_id: UUID | None
    treasurer_id: UUID | None
    settings: Mapping[str, Any]
    paused_at: datetime | None
    quiet_until: datetime | None
    seen_at: datetime
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Member:
    """An enterprise in a network; `muted`: the room does not reach it; `read_at`: up to where a
    digest of the room has told it."""

    network_id: UUID
    enterprise_id: UUID
    pseudonym: UUID
    state: str
    muted: bool
    read_at: datetime | None
    joined_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Happened:
    """One line of a network's history; `who` the pseudonym of an enterprise, if one acted."""

    kind: str
    who: UUID | None
    data: Mapping[str, Any] = field(repr=False)
    at: datetime


async def found(
    db: AsyncConnection, members: Sequence[UUID], now: datetime, **columns: Any
) -> Network:
    """Make a network of these enterprises; `columns` are those of the table."""
    given: dict[str, Any] = dict.fromkeys(Network.__dataclass_fields__)
    given |= {"settings": {}, "id": ids.new(now), "stage": NETWORK.first, **columns}
    given |= {"stage_at": now, "seen_at": now, "created_at": now}
    made = Network(**given)
    await insert_all(db, networks, [vars(made)])
    await note(db, made.id, "founded", now)
    await join(db, made.id, members, now)
    return made


async def join(
    db: AsyncConnection, network_id: UUID, enterprise_ids: Collection[UUID], now: datetime
) -> int:
    """Make enterprises members, also who had left. Gives how many joined now."""
    query = select(enterprises.c.id, enterprises.c.pseudonym)
    rows = (await db.execute(query.where(enterprises.c.id.in_(enterprise_ids)))).all()
    joined = 0
    for row in sorted(rows, key=lambda one: str(one.id)):
        member = {
            "id": ids.new(now), "network_id": network_id, "enterprise_id": row.id,
            "pseudonym": row.pseudonym, "state": MEMBERSHIP.first, "muted": False,
            "read_at": now, "joined_at": now, "ended_at": None,
        }  # fmt: skip
        new = await insert_new(db, memberships, [member])
        if not new:
            back = update(memberships).where(
                memberships.c.network_id == network_id,
                memberships.c.enterprise_id == row.id,
                memberships.c.state == "left",
            )
            new = (await db.execute(back.values(state="member", ended_at=None))).rowcount
        if new:
            joined += 1
            await _welcome(db, network_id, row.id, now)
            await note(db, network_id, "joined", now, who=row.pseudonym)
    return joined


async def _welcome(
    db: AsyncConnection, network_id: UUID, enterprise_id: UUID, now: datetime
) -> None:
    """Have what every member is asked and told by the calendar begun, in a turn of their own."""
    speaker = await enterprises_.speaker(db, enterprise_id)
    if speaker is not None:
        wake = {"contact_id": str(speaker), "what": "network_joined", "subject": str(network_id)}
        about = uuid5(network_id, f"joined.{enterprise_id}")
        await timers.put(db, [timers.New("network_joined", about, now, wake)], now)


async def by_id(db: AsyncConnection, network_id: UUID, lock: bool = False) -> Network | None:
    """The network with this id. `lock` keeps it, and with it its members, votes and plan, for
    this transaction."""
    query = select(networks).where(networks.c.id == network_id)
    return next(iter(await _read(db, query.with_for_update() if lock else query)), None)


async def change(db: AsyncConnection, network_id: UUID, **columns: Any) -> None:
    """Change columns of a network."""
    await db.execute(update(networks).where(networks.c.id == network_id).values(**columns))


async def put_settings(db: AsyncConnection, network_id: UUID, **named: Any) -> None:
    """Set some of the settings of a locked network; the others stay."""
    kept = await by_id(db, network_id)
    if kept is not None:
        await change(db, network_id, settings={**kept.settings, **named})


async def do(
    db: AsyncConnection, network: Network, deed: str, now: datetime, by: UUID | None = None
) -> str | Refused:
    """Do a deed of networks.stages.NETWORK to a locked network; its stage then, or Refused."""
    stage = NETWORK.after(network.stage, deed)
    if isinstance(stage, Refused):
        return stage
    closed = {"closed_at": now} if stage == "closed" else {}
    await change(db, network.id, stage=stage, stage_at=now, seen_at=now, **closed)
    data = {"from": network.stage, "to": stage}
    await note(db, network.id, f"stage_{deed}", now, who=by, **data)
    return stage


async def members_of(db: AsyncConnection, network_id: UUID) -> list[Member]:
    """Who is a member now, in the order they joined."""
    mine = memberships.c.network_id == network_id
    return await _members(db, mine, memberships.c.state == "member")


async def once_of(db: AsyncConnection, network_id: UUID) -> list[Member]:
    """All who are or ever were members, in the order they joined."""
    return await _members(db, memberships.c.network_id == network_id)


async def member(db: AsyncConnection, network_id: UUID, enterprise_id: UUID) -> Member | None:
    """A member of a network; None for whoever is none now."""
    pair = (memberships.c.network_id == network_id, memberships.c.enterprise_id == enterprise_id)
    return next(iter(await _members(db, *pair, memberships.c.state == "member")), None)


async def set_member(
    db: AsyncConnection, network_id: UUID, enterprise_id: UUID, **columns: Any
) -> None:
    """Change columns of a membership: muted, read_at."""
    pair = (memberships.c.network_id == network_id, memberships.c.enterprise_id == enterprise_id)
    await db.execute(update(memberships).where(*pair).values(**columns))


async def end_membership(
    db: AsyncConnection, one: Member, deed: str, now: datetime, **data: Any
) -> str | Refused:
    """Do a deed of networks.stages.MEMBERSHIP (leave, put_out, take_back) in a locked network.
    Offices the member held are vacant then."""
    state = MEMBERSHIP.after(one.state, deed)
    if isinstance(state, Refused):
        return state
    await set_member(db, one.network_id, one.enterprise_id, state=state, ended_at=now)
    if deed == "take_back":
        await note(db, one.network_id, "taken_back", now, who=one.pseudonym)
        return state
    for office in (networks.c.leader_id, networks.c.treasurer_id):
        held = (networks.c.id == one.network_id, office == one.enterprise_id)
        await db.execute(update(networks).where(*held).values({office.name: None}))
    await note(db, one.network_id, state, now, who=one.pseudonym, **data)
    return state


async def put_out_of(db: AsyncConnection, network_id: UUID) -> list[Member]:
    """Who was put out and not taken back."""
    mine = memberships.c.network_id == network_id
    return await _members(db, mine, memberships.c.state == "put_out")


async def of_enterprise(db: AsyncConnection, enterprise_id: UUID) -> list[Network]:
    """The networks an enterprise is a member of now, the one it joined last first."""
    query = (
        select(*networks.c)
        .join(memberships, memberships.c.network_id == networks.c.id)
        .where(memberships.c.enterprise_id == enterprise_id, memberships.c.state == "member")
        .where(networks.c.stage != "closed")
        .order_by(memberships.c.joined_at.desc())
    )
    return await _read(db, query)


async def fellows(db: AsyncConnection, enterprise_id: UUID) -> list[UUID]:
    """The other members of an enterprise's networks, those who joined first before the others."""
    theirs = [one.id for one in await of_enterprise(db, enterprise_id)]
    query = select(memberships.c.enterprise_id).where(memberships.c.network_id.in_(theirs))
    query = query.where(
        memberships.c.state == "member", memberships.c.enterprise_id != enterprise_id
    )
    ordered = query.order_by(memberships.c.joined_at, memberships.c.enterprise_id)
    return list(dict.fromkeys((await db.execute(ordered)).scalars())) if theirs else []


async def left_by(db: AsyncConnection, enterprise_id: UUID) -> list[Network]:
    """The networks an enterprise has left, the last one first, those that are closed left out."""
    query = (
        select(*networks.c)
        .join(memberships, memberships.c.network_id == networks.c.id)
        .where(memberships.c.enterprise_id == enterprise_id, memberships.c.state == "left")
        .where(networks.c.stage != "closed")
    )
    rows = (await db.execute(query.order_by(memberships.c.ended_at.desc()))).all()
    return [Network(**row._mapping) for row in rows]


async def held_by(db: AsyncConnection, broker_id: UUID) -> list[Network]:
    """The networks a broker accompanies, those that are closed left out, oldest first."""
    mine = (networks.c.broker_id == broker_id, networks.c.stage != "closed")
    return await _read(db, select(networks).where(*mine))


async def held_counts(db: AsyncConnection, broker_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many networks each broker accompanies; one that manages itself is no load."""
    query = (
        select(networks.c.broker_id, func.count())
        .where(networks.c.broker_id.in_(broker_ids))
        .where(networks.c.stage.not_in(("closed", "self_managed")))
        .group_by(networks.c.broker_id)
    )
    counts = {broker: int(count) for broker, count in (await db.execute(query)).all()}
    return {one: counts.get(one, 0) for one in broker_ids}


async def living(db: AsyncConnection) -> list[Network]:
    """Every network that is not closed, oldest first."""
    return await _read(db, select(networks).where(networks.c.stage != "closed"))


async def note(
    db: AsyncConnection,
    network_id: UUID,
    kind: str,
    now: datetime,
    who: UUID | None = None,
    **data: Any,
) -> None:
    """Write a line of a network's history; something has happened in it."""
    row = {
        "id": ids.new(now), "network_id": network_id, "kind": kind, "who": who, "data": data,
        "at": now,
    }  # fmt: skip
    await insert_all(db, network_events, [row])
    await change(db, network_id, seen_at=now)


async def history(db: AsyncConnection, network_id: UUID) -> list[Happened]:
    """What happened in a network, oldest first."""
    query = (
        select(network_events)
        .where(network_events.c.network_id == network_id)
        .order_by(network_events.c.at, network_events.c.id)
    )
    rows = (await db.execute(query)).all()
    return [Happened(row.kind, row.who, row.data, row.at) for row in rows]


async def _members(db: AsyncConnection, *which: Any) -> list[Member]:
    query = select(memberships).where(*which)
    query = query.order_by(memberships.c.joined_at, memberships.c.enterprise_id)
    rows = (await db.execute(query)).all()
    names = Member.__dataclass_fields__
    return [Member(**{n: v for n, v in row._mapping.items() if n in names}) for row in rows]


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Network]:
    rows = (await db.execute(query.order_by(networks.c.id))).all()
    return [Network(**row._mapping) for row in rows]
