"""What came of a quarter: read from the database and from what people were brought and wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.quarter.acting import Crowd
from bot.quarter.brokering import JOINT
from bot.quarter.prices import CHANNELS, Price
from storage import tables as t

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Waits:
    """Waiting times in hours: how many, the middle one, and the one that nine in ten do not
    exceed."""

    count: int
    median: float
    ninth: float


def waits(spans: Iterable[timedelta]) -> Waits:
    """The waiting times of these."""
    hours = sorted(span / HOUR for span in spans)
    if not hours:
        return Waits(0, 0.0, 0.0)
    return Waits(len(hours), median(hours), hours[min(len(hours) - 1, int(len(hours) * 0.9))])


@dataclass(frozen=True)
class Found:
    """Everything counted: plain numbers by name, waiting times by what was waited for, and what
    artisans were brought and wrote by channel."""

    numbers: Mapping[str, float]
    waited: Mapping[str, Waits]
    channels: Mapping[str, Mapping[str, float]]
    states: Mapping[str, Mapping[str, int]]


async def counted(
    db: AsyncConnection,
    crowd: Crowd,
    prices: Mapping[str, Price],
    begin: datetime,
    now: datetime,
) -> Found:
    """Count."""
    days = (now - begin) / A_DAY
    numbers: dict[str, float] = {"days": round(days, 1), "people": len(crowd.artisans)}
    numbers |= await _registered(db, crowd)
    numbers |= await _groups(db)
    numbers |= await _acts(db, crowd, days)
    numbers |= _alerts(crowd, days)
    numbers |= await _left(db, now)
    channels = {name: _channel(crowd, name, prices[name]) for name in CHANNELS}
    people = sum(one["people"] for one in channels.values()) or 1
    for name in ("cost", "hers", "messages", "written"):
        whole = sum(one[name] * one["people"] for one in channels.values())
        numbers[f"{name}_per_artisan"] = whole / people
    return Found(numbers, await _waited(db, now), channels, await _states(db))


async def so_far(db: AsyncConnection) -> str:
    """The most telling numbers, while it is being played."""
    connected = select(t.introductions.c.id).where(t.introductions.c.state == "connected")
    counts = {
        "registered": await _count(db, t.enterprises),
        "connected": await _count(db, connected.subquery()),
        "groups proposed": await _count(db, t.proposals),
        "formed": await _count(db, t.networks),
        "messages sent": await _count(
            db, select(t.outbox.c.seq).where(t.outbox.c.sent_at.is_not(None)).subquery()
        ),
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items())


async def _count(db: AsyncConnection, query: Any) -> int:
    return int((await db.execute(select(func.count()).select_from(query))).scalar_one())


async def _registered(db: AsyncConnection, crowd: Crowd) -> dict[str, float]:
    """Who registered, and who of those who would like company was never shown to anybody."""
    rows = (await db.execute(select(t.enterprises.c.id, t.enterprises.c.willing))).all()
    shown = set(
        (await db.execute(select(t.matches.c.to_id).where(t.matches.c.kind == "partner"))).scalars()
    )
    told = set(
        (
            await db.execute(select(t.matches.c.enterprise_id).where(t.matches.c.kind == "partner"))
        ).scalars()
    )
    asked = set((await db.execute(select(t.proposal_firms.c.enterprise_id))).scalars())
    willing = {row.id for row in rows if row.willing != "no"}
    known_only = {row.id for row in rows if row.willing == "known"}
    acquainted = set((await db.execute(select(t.knowings.c.enterprise_id))).scalars())
    codes = await _count(db, t.handshakes)
    begun = t.sessions.c.flow == "register"
    unfinished = select(t.sessions.c.id).where(begun, t.sessions.c.state != "done").subquery()
    return {
        "arrived": sum(urn in crowd.heard for urn in crowd.artisans),
        "registered": len(rows),
        "unfinished": await _count(db, unfinished),
        "willing": len(willing),
        "never_shown": len(willing - shown),
        "never_shown_nor_in_a_group": len(willing - shown - asked),
        "shown_nobody": len(willing - told),
        "known_only": len(known_only),
        "known_only_told_their_code": codes,
        "known_only_who_know_somebody": len(known_only & acquainted),
        "known_only_shown_somebody_or_in_a_group": len(known_only & (told | asked)),
    }


async def _groups(db: AsyncConnection) -> dict[str, float]:
    """Groups formed, and weeks until they first did something together."""
    founded = {
        row.id: row.created_at
        for row in (await db.execute(select(t.networks.c.id, t.networks.c.created_at))).all()
    }
    checks = select(t.network_checks.c.network_id, t.network_checks.c.at)
    rows = (await db.execute(checks.where(t.network_checks.c.name.in_(JOINT)))).all()
    first: dict[UUID, datetime] = {}
    for row in rows:
        first[row.network_id] = min(first.get(row.network_id, row.at), row.at)
    weeks = [(first[one] - founded[one]) / timedelta(weeks=1) for one in first]
    members = t.memberships.c.state == "member"
    inside = select(t.memberships.c.id).where(members).subquery()
    stages = (await db.execute(select(t.networks.c.stage))).scalars().all()
    return {
        "groups_proposed": await _count(db, t.proposals),
        "groups_formed": len(founded),
        "members": await _count(db, inside),
        "groups_with_joint_step": len(first),
        "weeks_to_joint_step": median(weeks) if weeks else 0.0,
        **{f"groups_{stage}": count for stage, count in sorted(Counter(stages).items())},
    }


async def _acts(db: AsyncConnection, crowd: Crowd, days: float) -> dict[str, float]:
    """Introductions, and what two firms did together."""
    rows = (await db.execute(select(t.introductions.c.state))).scalars().all()
    states = Counter(rows)
    query = select(t.joint_actions.c.state).where(t.joint_actions.c.kind != "none")
    acts = Counter((await db.execute(query)).scalars())
    asked = await _count(db, select(t.joint_actions.c.id).subquery())
    months = max(days / 30.44, 0.1)
    reported, count = sum(acts.values()), len(_brokers(crowd))
    return {
        "introductions_asked": len(rows),
        "introductions_approved": sum(
            states[state] for state in ("approved", "accepted", "connected", "declined")
        ),
        "introductions_connected": states["connected"],
        "joint_actions_answered": asked,
        "joint_actions_reported": reported,
        "joint_actions_confirmed": acts["confirmed"],
        "reported_per_broker_and_month": reported / count / months,
        "confirmed_per_broker_and_month": acts["confirmed"] / count / months,
    }


def _alerts(crowd: Crowd, days: float) -> dict[str, float]:
    """What brokers were sent unasked, a day; all of it, news and digests too."""
    a_day: Counter[tuple[str, object]] = Counter()
    brokers = _brokers(crowd)
    for urn in brokers:
        heard = crowd.heard.get(urn)
        for at in heard.unasked if heard else ():
            a_day[urn, at.astimezone(crowd.zone).date()] += 1
    each = [count for _, count in a_day.items()]
    return {
        "brokers": len(brokers),
        "unasked_per_broker_and_day": sum(each) / max(1.0, len(brokers) * days),
        "unasked_most_on_a_day": max(each, default=0),
    }


def _brokers(crowd: Crowd) -> list[str]:
    """The addresses of the brokers, the coordinator left out."""
    return [urn for urn, one in crowd.brokers.items() if one.role == "broker"]


async def _left(db: AsyncConnection, now: datetime) -> dict[str, float]:
    """What is left lying: messages nobody could handle or that wait for their person, and what
    brokers have not answered."""
    parked = t.inbox.c.state == "parked"
    open_ = t.alerts.c.state.in_(("waiting", "asked"))
    old = t.alerts.c.created_at < now - timedelta(days=7)
    passed = select(func.coalesce(func.sum(t.alerts.c.passed_on), 0))
    tasks = t.tasks.c.state == "open"
    return {
        "messages_parked": await _count(db, select(t.inbox.c.seq).where(parked).subquery()),
        "messages_waiting_for_window": await _count(
            db, select(t.outbox.c.seq).where(t.outbox.c.state == "waiting").subquery()
        ),
        "messages_dropped": await _count(
            db, select(t.outbox.c.seq).where(t.outbox.c.state.in_(("dropped", "failed"))).subquery()
        ),
        "alerts_open": await _count(db, select(t.alerts.c.id).where(open_).subquery()),
        "alerts_open_for_a_week": await _count(
            db, select(t.alerts.c.id).where(open_, old).subquery()
        ),
        "alerts_passed_on": int((await db.execute(passed)).scalar_one()),
        "tasks_open": await _count(db, select(t.tasks.c.id).where(tasks).subquery()),
    }


def _channel(crowd: Crowd, name: str, price: Price) -> dict[str, float]:
    """Of a channel's artisans, each on the average: messages brought and written, segments,
    templates, and the cost of a quarter to us and to her."""
    urns = [one.urn for one in crowd.artisans.values() if one.channel == name]
    heard = [crowd.heard[urn] for urn in urns if urn in crowd.heard]
    count = len(heard) or 1
    out = sum(one.out for one in heard) / count
    segments = sum(one.segments for one in heard) / count
    templates = sum(one.templates for one in heard) / count
    written = sum(one.written for one in heard) / count
    kilobytes = sum(one.letters for one in heard) / 1024 / count + out + written
    billed = segments if name == "sms" else out - templates
    return {
        "people": len(heard),
        "messages": out,
        "segments": segments,
        "templates": templates,
        "written": written,
        "unasked": sum(len(one.unasked) for one in heard) / count,
        "cost": billed * price.out + templates * price.template + written * price.in_,
        "hers": written * price.hers_in + kilobytes * price.hers_kilobyte,
    }


# --- waiting ------------------------------------------------------------------------------------


async def _waited(db: AsyncConnection, now: datetime) -> dict[str, Waits]:
    found: dict[str, Waits] = {}
    query = select(t.alerts.c.kind, t.alerts.c.created_at, t.alerts.c.done_at)
    by_kind: dict[str, list[timedelta]] = {}
    for row in (await db.execute(query)).all():
        if row.done_at is not None:
            by_kind.setdefault(row.kind, []).append(row.done_at - row.created_at)
    for kind, spans in sorted(by_kind.items()):
        found[f"a broker's word on: {kind}"] = waits(spans)
    found["introduction: asked to connected"] = waits(await _between(db, "asked", "connected"))
    found["introduction: asked to not come about"] = waits(
        [*await _between(db, "asked", "declined"), *await _between(db, "asked", "lapsed")]
    )
    opened = select(t.proposals.c.created_at, t.networks.c.created_at.label("founded_at"))
    joined = opened.join(t.networks, t.proposals.c.network_id == t.networks.c.id)
    found["group: proposed to founded"] = waits(
        row.founded_at - row.created_at for row in (await db.execute(joined)).all()
    )
    sent = select(t.outbox.c.channel, t.outbox.c.created_at, t.outbox.c.sent_at).where(
        t.outbox.c.rank > 0, t.outbox.c.sent_at.is_not(None), t.outbox.c.purpose != "notice"
    )
    by_channel: dict[str, list[timedelta]] = {}
    for row in (await db.execute(sent)).all():
        by_channel.setdefault(row.channel, []).append(row.sent_at - row.created_at)
    for channel, spans in sorted(by_channel.items()):
        found[f"something unasked, until it is read: {channel}"] = waits(spans)
    return found


async def _between(db: AsyncConnection, first: str, then: str) -> Sequence[timedelta]:
    """The times from one event of two firms to another, whoever of them caused it."""
    query = select(t.events.c.kind, t.events.c.who, t.events.c.whom, t.events.c.at)
    rows = (await db.execute(query.where(t.events.c.kind.in_((first, then))))).all()
    began: dict[frozenset[UUID], datetime] = {}
    spans = []
    for row in sorted(rows, key=lambda row: row.at):
        pair = frozenset(one for one in (row.who, row.whom) if one)
        if row.kind == first:
            began.setdefault(pair, row.at)
        elif pair in began:
            spans.append(row.at - began.pop(pair))
    return spans


async def _states(db: AsyncConnection) -> dict[str, dict[str, int]]:
    """How many things are in which state."""
    found = {}
    for name, column in (
        ("introductions", t.introductions.c.state),
        ("proposals", t.proposals.c.state),
        ("invitations to groups", t.proposal_firms.c.state),
        ("first steps of groups proposed", t.proposals.c.first_step),
        ("first steps of groups formed", t.networks.c.first_step),
        ("networks", t.networks.c.stage),
        ("alerts", t.alerts.c.state),
        ("tasks", t.tasks.c.state),
        ("outbox", t.outbox.c.state),
    ):
        found[name] = await _by(db, column)
    unsent = t.outbox.c.state.in_(("dropped", "failed", "waiting", "held"))
    found["not sent, by why"] = await _by(db, t.outbox.c.error, unsent)
    found["not sent, by what"] = await _by(db, t.outbox.c.purpose, unsent)
    return found


async def _by(db: AsyncConnection, column: Any, *where: Any) -> dict[str, int]:
    query = select(column, func.count()).where(*where).group_by(column)
    rows = (await db.execute(query)).all()
    return {str(name): int(count) for name, count in sorted(rows, key=lambda row: str(row[0]))}
