"""What matching may know: enterprises near another one, without anybody's name or number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from math import cos, radians
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from matching import records
from matching.crafts import isic
from matching.heeding import nearer
from matching.vocabulary import Thing, Vocabulary, standard
from storage import learned
from storage.areas import EVERYWHERE, Area
from storage.capacities import made_in_a_month
from storage.needs import UNSORTED
from storage.proposals import grouped
from storage.tables import (
    blocks,
    contact_enterprises,
    contact_urns,
    contacts,
    enterprises,
    knowings,
    needs,
    tasks,
    urns,
)

_DEGREE_KM = 110.5
_MOST = 2000
FEW = 300
"""So many are read and weighed for each asking; among more, every process keeps an index."""

# Only what a record may hold is ever read.
_KNOWN = (
    enterprises.c.id,
    enterprises.c.craft,
    enterprises.c.products,
    enterprises.c.profile,
    enterprises.c.country,
    enterprises.c.region,
    enterprises.c.place,
    enterprises.c.lat,
    enterprises.c.lon,
    enterprises.c.since,
    enterprises.c.workers,
    enterprises.c.willing,
    enterprises.c.languages,
    enterprises.c.joined_at,
)
PAGE = 1000
"""So many are read at once."""


async def record(
    db: AsyncConnection, enterprise_id: UUID, today: date
) -> records.Enterprise | None:
    """One enterprise as matching sees it."""
    found = await _read(db, select(*_KNOWN).where(enterprises.c.id == enterprise_id), today)
    return found[0] if found else None


async def near(
    db: AsyncConnection,
    enterprise_id: UUID,
    today: date,
    *,
    km: float = 150.0,
    most: int = _MOST,
) -> tuple[records.Enterprise, ...]:
    """Enterprises that might be suggested to this one: within `km`, or of the same region, or,
    where either has no pin, of the same country; the nearest `most`. Left out are those who want
    nobody, are frozen, erased, or cannot be written to."""
    me = await record(db, enterprise_id, today)
    if me is None:
        return ()
    query = (
        select(*_KNOWN)
        .where(enterprises.c.id != enterprise_id, enterprises.c.erased_at.is_(None))
        .where(enterprises.c.willing.in_(("yes", "known")), _reachable(), _around(me, km))
        .order_by(*_distance(me), enterprises.c.id)
        .limit(most)
    )
    return tuple(await _read(db, query, today))


async def within(
    db: AsyncConnection, area: Area, today: date, most: int
) -> tuple[records.Enterprise, ...]:
    """Enterprises of an area that may be put into a group: can be written to, want others, and
    are in no open proposal and no living network. The `most` who joined last."""
    query = (
        select(*_KNOWN)
        .where(enterprises.c.erased_at.is_(None), enterprises.c.willing.in_(("yes", "known")))
        .where(_reachable(), area.condition(enterprises.c.country, enterprises.c.region))
        .where(enterprises.c.id.not_in(grouped()))
        .order_by(enterprises.c.joined_at.desc(), enterprises.c.id)
        .limit(most)
    )
    return tuple(await _read(db, query, today))


async def everyone(
    db: AsyncConnection, today: date, area: Area = EVERYWHERE
) -> tuple[records.Enterprise, ...]:
    """Every enterprise of an area that is not erased, as matching sees it."""
    found: list[records.Enterprise] = []
    there = area.condition(enterprises.c.country, enterprises.c.region)
    living = select(*_KNOWN).where(enterprises.c.erased_at.is_(None), there)
    query = living.order_by(enterprises.c.id)
    while True:
        last = enterprises.c.id > UUID(found[-1].id) if found else true()
        page = await _read(db, query.where(last).limit(PAGE), today)
        found += page
        if len(page) < PAGE:
            return tuple(found)


async def of(
    db: AsyncConnection, enterprise_ids: Collection[UUID], today: date
) -> tuple[records.Enterprise, ...]:
    """These enterprises, as matching sees them, erased ones left out."""
    wanted = sorted(enterprise_ids)
    found: list[records.Enterprise] = []
    for start in range(0, len(wanted), PAGE):
        some = enterprises.c.id.in_(wanted[start : start + PAGE])
        living = select(*_KNOWN).where(some, enterprises.c.erased_at.is_(None))
        found += await _read(db, living.order_by(enterprises.c.id), today)
    return tuple(found)


async def reachable(
    db: AsyncConnection, enterprise_ids: Collection[UUID], today: date
) -> tuple[records.Enterprise, ...]:
    """Those of these who may be suggested: not frozen, not erased, and can be written to."""
    query = select(*_KNOWN).where(enterprises.c.id.in_(enterprise_ids))
    living = query.where(enterprises.c.erased_at.is_(None), _reachable())
    return tuple(await _read(db, living.order_by(enterprises.c.id), today))


async def changed(db: AsyncConnection, since: datetime) -> set[UUID]:
    """The enterprises of which anything that matching reads has changed since a moment."""
    found: set[UUID] = set()
    for one, moment in (
        (enterprises.c.id, enterprises.c.changed_at),
        (needs.c.enterprise_id, needs.c.changed_at),
        (knowings.c.enterprise_id, knowings.c.at),
        (blocks.c.enterprise_id, blocks.c.at),
    ):
        found.update((await db.execute(select(one).where(moment >= since))).scalars())
    return found


async def are_many(db: AsyncConnection) -> bool:
    """Whether there are more enterprises than are read and weighed for each asking."""
    some = select(enterprises.c.id).limit(FEW + 1).subquery()
    return int((await db.execute(select(func.count()).select_from(some))).scalar_one()) > FEW


def _reachable() -> ColumnElement[bool]:
    """Somebody speaks for it, is not frozen, and has an address that takes messages, or somebody
    who is assisted and has none. What stands in the demonstration has nobody to speak for it and
    is shown all the same."""
    speaks = (
        exists()
        .where(contact_enterprises.c.enterprise_id == enterprises.c.id)
        .where(contact_enterprises.c.current)
        .where(contacts.c.id == contact_enterprises.c.contact_id)
        .where(contacts.c.frozen_at.is_(None), contacts.c.erased_at.is_(None))
    )
    has_address = (
        speaks.where(contact_urns.c.contact_id == contacts.c.id, contact_urns.c.current)
        .where(urns.c.id == contact_urns.c.urn_id)
        .where(urns.c.stopped_at.is_(None), urns.c.unreachable_at.is_(None))
    )
    assisted = speaks.where(
        tasks.c.contact_id == contacts.c.id, tasks.c.kind == "assisted", tasks.c.state == "kept"
    )
    return or_(enterprises.c.demo, has_address, assisted)


def _around(me: records.Enterprise, km: float) -> ColumnElement[bool]:
    same_region = and_(
        enterprises.c.country == me.country, enterprises.c.region == (me.region or "")
    )
    if me.lat is None or me.lon is None:
        return enterprises.c.country == me.country
    high = km / _DEGREE_KM
    wide = high / max(cos(radians(me.lat)), 0.05)
    box = and_(
        enterprises.c.lat.between(me.lat - high, me.lat + high),
        enterprises.c.lon.between(me.lon - wide, me.lon + wide),
    )
    unpinned = and_(enterprises.c.lat.is_(None), enterprises.c.country == me.country)
    return or_(box, same_region, unpinned)


def _distance(me: records.Enterprise) -> tuple[ColumnElement[Any], ...]:
    region_first = (enterprises.c.region == (me.region or "")).desc().nulls_last()
    if me.lat is None or me.lon is None:
        return (region_first,)
    apart = func.abs(enterprises.c.lat - me.lat) + func.abs(enterprises.c.lon - me.lon)
    return (apart.nulls_last(), region_first)


async def _read(db: AsyncConnection, query: Select[Any], today: date) -> list[records.Enterprise]:
    rows = (await db.execute(query)).all()
    wanted = [row.id for row in rows]
    words = await learned.vocabulary(db)
    needed = await _needs(db, wanted)
    known = await _others(db, knowings, wanted)
    blocked = await _others(db, blocks, wanted)
    return [
        records.Enterprise(
            id=str(row.id),
            crafts=(isic(row.craft),) if row.craft else (),
            sells=_things(row.products, row.languages, words, _made),
            buys=_things(row.profile.get("inputs"), row.languages, words, _used)
            | _wanted(mine, "inputs"),
            has=_things(row.profile.get("machines"), row.languages, words, _made),
            lacks=_wanted(mine, "technology", "training"),
            needs=mine,
            lat=row.lat,
            lon=row.lon,
            country=row.country,
            region=row.region,
            place=row.place,
            workers=row.workers,
            years=None if row.since is None else float(max(0, today.year - row.since)),
            languages=frozenset(row.languages),
            willing=_willing(row.willing),
            knows=known.get(row.id, records.NOBODY),
            joined=row.joined_at.date(),
            blocks=blocked.get(row.id, records.NOBODY),
            travel_km=_travel(row.profile),
            avoids=frozenset(row.profile.get("avoids") or ()),
            capacity=made_in_a_month(row.profile.get("output_month"), row.languages),
        )
        for row in rows
        for mine in (needed.get(row.id, ()),)
    ]


def _wanted(mine: Collection[records.Need], *categories: str) -> frozenset[str]:
    """The things that open needs of these categories are about, as ids of the vocabulary. A topic
    in other words ("wider loom") may be about more than the thing."""
    topics = (need.topic for need in mine if need.category in categories)
    return frozenset(topic for topic in topics if topic and topic in standard().known)


Hearing = Callable[[Vocabulary, str, str | None], Sequence[Thing]]


def _things(
    words: object, languages: Sequence[str], known: Vocabulary, hearing: Hearing
) -> frozenset[str]:
    """The things named in an answer in somebody's own words, as ids of the vocabulary."""
    if not isinstance(words, str):
        return records.NOBODY
    return _heard(words, languages[0] if languages else None, known, hearing)


@lru_cache(maxsize=50_000)
def _heard(words: str, language: str | None, known: Vocabulary, hearing: Hearing) -> frozenset[str]:
    return frozenset(thing.id for thing in hearing(known, words, language))


def _made(known: Vocabulary, words: str, language: str | None) -> Sequence[Thing]:
    """What is made, or worked with: not what that is made of."""
    return known.made(words, language)


def _used(known: Vocabulary, words: str, language: str | None) -> Sequence[Thing]:
    """The materials used, not what for ("leather for shoes"); other things where it is none."""
    heard = known.things(words, language)
    return [thing for thing in heard if thing.kind == "material"] or heard


TRAVEL_KM = {"walk": 5.0, "hour": 25.0, "half_day": 80.0}
"""How far the answers to how far one would go reach, in a straight line."""


def _travel(profile: Mapping[str, Any]) -> float | None:
    """How far somebody would go: as they said, less what was too far since."""
    return nearer(TRAVEL_KM.get(str(profile.get("travel"))), profile.get("too_far_km"))


def _willing(word: str | None) -> Literal["yes", "known", "no"]:
    """Whoever has not said is not offered to anybody."""
    return "yes" if word == "yes" else "known" if word == "known" else "no"


async def _needs(
    db: AsyncConnection, wanted: Collection[UUID]
) -> dict[UUID, tuple[records.Need, ...]]:
    query = (
        select(needs.c.enterprise_id, needs.c.category, needs.c.topic)
        .where(needs.c.enterprise_id.in_(wanted), needs.c.state == "open")
        .where(needs.c.category != UNSORTED)
        .order_by(needs.c.created_at, needs.c.id)
    )
    found: dict[UUID, tuple[records.Need, ...]] = {}
    for row in (await db.execute(query)).all():
        need = records.Need(row.category, row.topic)
        if need not in found.get(row.enterprise_id, ()):
            found[row.enterprise_id] = (*found.get(row.enterprise_id, ()), need)
    return found


async def _others(
    db: AsyncConnection, table: Any, wanted: Collection[UUID]
) -> dict[UUID, frozenset[str]]:
    query = select(table.c.enterprise_id, table.c.other_id).where(table.c.enterprise_id.in_(wanted))
    found: dict[UUID, set[str]] = {}
    for row in (await db.execute(query)).all():
        found.setdefault(row.enterprise_id, set()).add(str(row.other_id))
    return {enterprise_id: frozenset(others) for enterprise_id, others in found.items()}
