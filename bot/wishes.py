"""What people wish for their safety, looked up for firms: who may be in a group together, and whom
a broker may propose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from bot.turn import Turn
from matching import records
from networks import safety
from networks.safety import Wishes
from storage import contacts, enterprises, roles
from storage.areas import covers


async def of_firms(turn: Turn, firms: Collection[UUID]) -> dict[str, Wishes]:
    """What whoever speaks for each firm wishes, by the firm's id."""
    speakers = await enterprises.speakers(turn.db, list(firms))
    people = await contacts.by_ids(turn.db, set(speakers.values()))
    wishes = {one.id: safety.read(one.wishes) for one in people.values()}
    return {str(firm): wishes.get(speakers.get(firm, firm), safety.NONE) for firm in firms}


async def pools(
    turn: Turn, firms: Sequence[records.Enterprise]
) -> list[tuple[records.Enterprise, ...]]:
    """The firms among which groups are looked for, one after the other: women only first, where
    somebody wishes so. Who wishes for a woman as broker is left to her, where there is one."""
    wished = await of_firms(turn, [UUID(firm.id) for firm in firms])
    if not any(one.women_only or one.woman_broker for one in wished.values()):
        return [tuple(firms)]
    if not safety.read(turn.contact.wishes).woman:
        theirs = await _of_women(turn)
        firms = [
            one
            for one in firms
            if not wished[one.id].woman_broker
            or not any(covers(area, one.country, one.region) for area in theirs)
        ]
    left = {one.id: wished[one.id] for one in firms}
    found = [tuple(one for one in firms if one.id in pool) for pool in safety.pools(left)]
    return [pool for pool in found if pool]


async def _of_women(turn: Turn) -> list[tuple[str, ...]]:
    """The areas of the brokers who said that they are women."""
    brokers = await roles.holders(turn.db, "broker")
    people = await contacts.by_ids(turn.db, {role.contact_id for role in brokers})
    women = {one.id for one in people.values() if safety.read(one.wishes).woman}
    return [role.area for role in brokers if role.contact_id in women]
