"""Who looks after an area: its brokers; where there are none, the coordinators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from bot.turn import Turn
from networks import safety
from networks.workload import has_room
from storage import alerts, contacts, roles
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


async def with_room(turn: Turn, people: Sequence[UUID]) -> list[UUID]:
    """Those who may be asked one thing more: as much as may wait for one does not wait yet."""
    waits = await alerts.loads(turn.db, people)
    limits = turn.house.settings.policy.limits
    return [one for one in people if has_room(waits[one], limits)]


async def can_carry(turn: Turn, country: str | None, region: str | None) -> bool:
    """Whether somebody in charge of an area has room, so that suggesting leads somewhere."""
    people = await of_area(turn, country, region)
    return not people or bool(await with_room(turn, people))


async def wished(turn: Turn, people: Sequence[UUID], of: Collection[UUID]) -> list[UUID]:
    """Of those who might be asked the women, where one of these contacts wishes for a woman and
    there is one."""
    found = await contacts.by_ids(turn.db, {*people, *of})
    said = {one.id: safety.read(one.wishes) for one in found.values()}
    women = {str(one) for one in people if one in said and said[one].woman}
    wishes = [said[one] for one in of if one in said]
    return [UUID(one) for one in safety.brokers_for(wishes, [*map(str, people)], women)]


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
