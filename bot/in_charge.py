"""Who looks after an area: its brokers; where there are none, the coordinators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from bot.turn import Turn
from storage import introductions, roles
from storage.areas import covers


async def of_area(
    turn: Turn, country: str | None, region: str | None, without: Collection[UUID] = ()
) -> list[UUID]:
    """The contacts in charge of a region, those with the least to carry first."""
    found = await roles.responsible(turn.db, country, region)
    left = [one for one in dict.fromkeys(role.contact_id for role in found) if one not in without]
    return left or await coordinators(turn, without)


async def of_areas(
    turn: Turn, areas: Sequence[tuple[str | None, str | None]], without: Collection[UUID] = ()
) -> list[UUID]:
    """The brokers of the first of these places that has any, else the coordinators."""
    brokers = [r for r in await roles.holders(turn.db, "broker") if r.contact_id not in without]
    for country, region in areas:
        if any(covers(role.area, country, region) for role in brokers):
            return await of_area(turn, country, region, without)
    return await coordinators(turn, without)


async def with_room(
    turn: Turn, people: Sequence[UUID], country: str | None, region: str | None
) -> list[UUID]:
    """Those of an area's brokers who can carry what they hold and their share of what waits there
    for any of them."""
    held = await roles.carried(turn.db)
    waiting = await introductions.unheld(turn.db, country, region)
    most = turn.house.settings.broker_carries
    return [one for one in people if held.get(one, 0) + waiting / len(people) <= most]


async def can_carry(turn: Turn, country: str | None, region: str | None) -> bool:
    """Whether somebody in charge of an area has room, so that suggesting leads somewhere."""
    people = await of_area(turn, country, region)
    return not people or bool(await with_room(turn, people, country, region))


async def confidants(turn: Turn, without: Collection[UUID] = ()) -> list[UUID]:
    """Whoever hears complaints: those named for it, else coordinators; nobody who is a broker."""
    held = await roles.holders(turn.db, "confidant", "coordinator", "broker")
    brokers = {role.contact_id for role in held if role.role == "broker"}
    named = sorted((role for role in held if role.role != "broker"), key=lambda r: r.role)
    found = dict.fromkeys(role.contact_id for role in named)
    return [one for one in found if one not in without and one not in brokers]


async def coordinators(turn: Turn, without: Collection[UUID] = ()) -> list[UUID]:
    """The coordinators, those who are so longest first."""
    found = dict.fromkeys(role.contact_id for role in await roles.holders(turn.db, "coordinator"))
    return [one for one in found if one not in without]
