"""Looking for groups: once a week for each broker, and whenever they write GROUPS.

Matching says who fits; what it says becomes proposals, no more than a broker may hold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from bot import alerts, in_charge, wishes
from bot.commands import command
from bot.handlers import told
from bot.hours import today
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from matching import records
from storage import candidates, proposals, roles
from storage.roles import Role

if TYPE_CHECKING:
    from matching.groups import Group

ROLES = ("broker", "coordinator")
MOST_FIRMS = 400
"""So many of an area are looked at in one go, those who joined last: an answer comes in seconds."""
LONG, SOON = 150, {"kicks": 1, "small": 9}
"""Among more than so many it is looked less long: a look holds up others' turns. Of 240 firms it
takes a fourth of the time (1.6 seconds), and the groups are worth as much."""
MOST_NEW = 3
"""So many proposals come of one look."""
ALIKE = 0.5
"""A group that shares so much with one that did not come about lately is that one again."""
NO_PART = timedelta(days=28)
"""For so long after that, no part of it is proposed either."""

CATEGORY = {
    "joint_purchase": "inputs",
    "course": "training",
    "shared_order": "market_access",
    "fair": "market_access",
}
"""The need that each first step serves where none is shared."""


@command("command.groups", "groups, look for groups, find groups", roles=ROLES)
async def groups(turn: Turn, rest: str) -> None:
    """Look now, and say how many were found."""
    found = await look(turn)
    if found is None:
        turn.tell(alerts.HOLDS_ENOUGH)
    elif found:
        turn.tell(say("phrase.groups_found", "New groups to look at: {count}.", count=found))
    else:
        turn.tell(say("phrase.no_groups", "No new group fits just now. We look again each week."))


@told("groups_look")
async def weekly(turn: Turn, wake: Wake) -> None:
    """The look of the week: what is found is asked as alerts are, nothing else is said."""
    if turn.has_role(*ROLES):
        await look(turn)


async def look(turn: Turn) -> int | None:
    """Make proposals of the contact's areas. Gives how many; None where they may hold no more."""
    policy = turn.house.settings.policy
    made = 0
    await turn.settle()
    for role in turn.roles:
        if role.role not in ROLES:
            continue
        if not await alerts.may_take_groups(turn, [turn.contact.id]):
            return made or None
        free = policy.limits.groups - await held(turn)
        for group in await _fitting(turn, role, min(free, MOST_NEW)):
            made += await _propose(turn, role, group)
    return made


async def held(turn: Turn) -> int:
    """How many open proposals and networks the contact holds."""
    me = turn.contact.id
    return (await alerts.groups_held(turn, [me]))[me]


@dataclass(frozen=True)
class _Group:
    """A found group with the records of its firms: what a proposal is made of."""

    found: Group
    firms: tuple[records.Enterprise, ...]

    @property
    def ids(self) -> list[UUID]:
        return [UUID(firm.id) for firm in self.firms]


async def _fitting(turn: Turn, role: Role, most: int) -> list[_Group]:
    """Groups in an area, best first, none a copy of one declined lately."""
    from matching import groups as matched  # numpy is loaded when something is matched
    from matching.gathering import Effort, Sizes

    policy = turn.house.settings.policy
    day = today(turn.zone, turn.now)
    area = await roles.area_of(turn.db, role)
    firms = await candidates.within(turn.db, area, day, MOST_FIRMS)
    long_ago = turn.now - timedelta(days=policy.days.declined)
    before = [
        (one, those)
        for one, those in await proposals.since(turn.db, long_ago)
        if one.state in ("declined", "lapsed", "withdrawn")
    ]
    past = [
        records.Event(one.changed_at.date(), "declined", str(one.id), str(firm))
        for one, those in before
        if one.state == "declined"
        for firm in sorted(those)
    ]
    sizes = policy.sizes
    aim = (sizes.ideal_least + sizes.ideal_most) // 2
    settings = matched.Settings(
        sizes=Sizes(sizes.least, sizes.most, aim), declined_days=policy.days.declined
    )
    found: list[Group] = []
    for pool in await wishes.pools(turn, firms):
        wanted = most + len(before)
        settings = replace(settings, effort=Effort(**SOON) if len(pool) > LONG else None)
        found += await asyncio.to_thread(matched.groups, pool, past, day, wanted, settings)
    by_id = {firm.id: firm for firm in firms}
    fresh = [
        _Group(group, tuple(by_id[one] for one in group.members))
        for group in found
        if not any(
            _is_again({UUID(one) for one in group.members}, those, turn.now - one.changed_at)
            for one, those in before
        )
    ]
    return _with_friends(_apart(fresh)[:most], firms, sizes.most)


def _with_friends(
    groups_: Sequence[_Group], firms: Sequence[records.Enterprise], most: int
) -> list[_Group]:
    """The groups, each with those who work only with people they know and know one of it."""
    waiting = [firm for firm in firms if firm.willing == "known" and firm.knows]
    found = []
    for group in groups_:
        inside = list(group.firms)
        for firm in waiting:
            ids = {one.id for one in inside}
            apart = firm.blocks & ids or any(firm.id in one.blocks for one in inside)
            if len(inside) < most and firm.knows & ids and not apart:
                inside.append(firm)
        found.append(_Group(group.found, tuple(inside)))
        waiting = [firm for firm in waiting if firm not in inside]
    return found


def _apart(groups_: Sequence[_Group]) -> list[_Group]:
    """Those of groups, best first, that have no firm of one before them."""
    used: set[UUID] = set()
    left = []
    for group in groups_:
        if used.isdisjoint(group.ids):
            used.update(group.ids)
            left.append(group)
    return left


def _is_again(new: set[UUID], old: frozenset[UUID], ago: timedelta) -> bool:
    """Whether a group is one that did not come about, so long ago, once more."""
    whole = new if ago < NO_PART else new | old
    return len(new & old) > ALIKE * len(whole)


async def _propose(turn: Turn, role: Role, group: _Group) -> bool:
    """Write it down for the contact, unless one of its firms was taken in the meantime."""
    if await proposals.taken(turn.db, group.ids):
        return False
    first = group.firms[0]
    region = first.region if len({firm.region for firm in group.firms}) == 1 else None
    if not await in_charge.with_room(turn, [turn.contact.id]):
        return False
    need = next((r for r in group.found.reasons if r.startswith("same_need:")), "")
    category, _, topic = need.partition(":")[2].partition("/")
    made = await proposals.propose(
        turn.db,
        group.ids,
        turn.now,
        category=category or CATEGORY[group.found.first_step],
        topic=topic or None,
        first_step=group.found.first_step,
        score=group.found.score,
        reasons=group.found.reasons,
        missing=missing(group.firms, group.found.first_step, turn),
        agency=role.agency,
        country=first.country,
        region=region,
        place=first.place if len({firm.place for firm in group.firms}) == 1 else None,
        broker_id=turn.contact.id,
    )
    await alerts.put(
        turn,
        "proposal",
        made.id,
        country=first.country,
        region=region,
        agency=role.agency,
        score=made.score,
        holder=turn.contact.id,
    )
    turn.event("group_proposed", size=len(group.ids), step=made.first_step)
    return True


def missing(firms: Sequence[records.Enterprise], step: str, turn: Turn) -> tuple[str, ...]:
    """What the group lacks, as names with a number: `few` so many below the ideal, `inputs` so
    many who have not told what they buy, `needs` so many without an open need."""
    few = turn.house.settings.policy.sizes.ideal_least - len(firms)
    untold = sum(not firm.buys for firm in firms) if step == "joint_purchase" else 0
    silent = sum(not firm.needs for firm in firms)
    found = (("few", few), ("inputs", untold), ("needs", silent))
    return tuple(f"{name}:{count}" for name, count in found if count > 0)
