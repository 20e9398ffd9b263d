"""What people know of what they are asked about, read where the programme keeps it: in life they
would see it with their own eyes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.quarter import brokering
from bot.quarter.answering import Knows
from bot.quarter.brokering import Deed, Visited
from bot.quarter.people import Artisan, likely, wish
from bot.quarter.writing import asked_of
from storage import contacts, enterprises, handshakes, introductions, matches, networks, proposals
from storage.sessions import Stored

if TYPE_CHECKING:
    from bot.quarter.acting import Crowd


async def behind(db: AsyncConnection, crowd: Crowd, firms: Collection[UUID]) -> dict[UUID, Artisan]:
    """Who is behind enterprises."""
    speakers = await enterprises.speakers(db, list(firms)) if firms else {}
    found = {firm: crowd.known.get(contact, "") for firm, contact in speakers.items()}
    return {firm: crowd.artisans[urn] for firm, urn in found.items() if urn in crowd.artisans}


async def seen(db: AsyncConnection, crowd: Crowd, who: Artisan, stored: Stored) -> Knows:
    """What an artisan sees of what they are asked."""
    if stored.flow not in ("introduction", "useful", "invitation", "partners"):
        return Knows()
    subject = UUID(stored.subject) if stored.subject else None
    match stored.flow:
        case "introduction" | "useful" if subject:
            pair = await introductions.by_id(db, subject)
            firms = (pair.from_id, pair.to_id) if pair else ()
            return Knows(others=_without(who, await behind(db, crowd, firms)))
        case "invitation" if subject:
            proposal = await proposals.by_id(db, subject)
            states = await proposals.firms_of(db, subject)
            others = _without(who, await behind(db, crowd, states))
            return Knows(others=others, first_step=proposal.first_step if proposal else "")
        case "partners":
            mine = await enterprises.of_contact(db, stored.contact_id)
            last = await matches.latest(db, mine.id, "partner") if mine else ()
            people = await behind(db, crowd, [one.to_id for one in last])
            asked = asked_of(crowd.house, who.language, stored)
            shown = {offer.id for offer in asked.shown} if asked else set()
            named = ((f"m{one.rank}", people.get(one.to_id)) for one in last)
            return Knows(by_option=tuple((n, p) for n, p in named if p and n in shown))
        case _:
            return Knows()


async def code_of(db: AsyncConnection, urn: str) -> int | None:
    """The code that somebody was told, to give to those who know them."""
    met = await contacts.known(db, urn)
    mine = await enterprises.of_contact(db, met[0].id) if met else None
    return await handshakes.kept_of(db, mine.id) if mine else None


def _without(who: Artisan, people: dict[UUID, Artisan]) -> list[Artisan]:
    return [one for one in people.values() if one.number != who.number]


async def doubts(db: AsyncConnection, crowd: Crowd, stored: Stored) -> float:
    """How little a broker thinks of an introduction or a group, from 0 to 1: they know their
    people, and see something of what those wish."""
    firms: Collection[UUID] = ()
    if stored.flow == "approval":
        pair = await introductions.by_id(db, UUID(stored.subject))
        firms = (pair.from_id, pair.to_id) if pair else ()
    elif stored.flow == "proposal":
        firms = await proposals.firms_of(db, UUID(stored.subject))
    people = list((await behind(db, crowd, firms)).values())
    return brokering.REFUSES + 0.2 * (1 - worth(people, crowd.seed)) ** 2


def worth(people: Collection[Artisan], seed: int) -> float:
    """How well people like each other on the whole, from 0 to 1."""
    odds = [wish(one, two, seed) for one in people for two in people if one is not two]
    return likely(sum(odds) / len(odds)) if odds else 0.0


async def members(db: AsyncConnection, crowd: Crowd, network_id: UUID) -> list[Artisan]:
    """Who is in a group."""
    inside = await networks.members_of(db, network_id)
    return list((await behind(db, crowd, [one.enterprise_id for one in inside])).values())


async def visit(db: AsyncConnection, crowd: Crowd, broker_id: UUID | None) -> Deed | None:
    """The group that a broker visits, the least visited first, and what comes of it."""
    mine = await networks.held_by(db, broker_id) if broker_id else []
    for network in sorted(mine, key=lambda one: crowd.visits.setdefault(one.id, Visited()).met):
        people = await members(db, crowd, network.id)
        deed = brokering.next_deed(
            crowd.visits[network.id], network.stage, worth(people, crowd.seed), crowd.chance
        )
        if deed is not None:
            return deed[0], {"network.which": str(network.id), **deed[1]}
        return None
    return None
