"""Groups for a broker: 3 to 15 firms around a shared need, and what they might do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from types import MappingProxyType
from typing import Literal

from matching.distance import same_place, same_region
from matching.gathering import Effort, Gathering, Sizes
from matching.quality import Folding, Index, Members, Places, Quality, members_of, weighed
from matching.records import Enterprise, Event, Need
from matching.suggestions import Weighed, reason, weightiest
from matching.terms import NOT_SERVICES
from matching.vocabulary import key

FirstStep = Literal["joint_purchase", "fair", "course", "shared_order"]
FIRST_STEPS: tuple[FirstStep, ...] = ("joint_purchase", "course", "shared_order", "fair")

FITS: Mapping[int, float] = MappingProxyType(
    {3: 0.8, 4: 0.86, 5: 0.92, 6: 0.97, 13: 0.98, 14: 0.96, 15: 0.94}
    | dict.fromkeys(range(7, 13), 1.0)
)
"""How well each size fits: seven to twelve best."""

LARGE_ORDERS = frozenset({"large orders", "large order", "orders", "order", "bulk orders"})
"""Topics of market access that ask for making together and not for selling together."""


@dataclass(frozen=True)
class Settings:
    """What a programme may set. `declined_days`: for how long the two halves of a group that a
    broker declined, or two of whom one declined the other, are not put together again; `effort`:
    how long to look, by how many there are where it is not said."""

    sizes: Sizes = field(default_factory=Sizes)
    fits: Mapping[int, float] = field(default_factory=lambda: FITS)
    quality: Quality = field(default_factory=Quality)
    least_score: float = 0.2
    declined_days: int = 90
    near_km: float = 50.0
    effort: Effort | None = None


DEFAULTS = Settings()


@dataclass(frozen=True)
class Group:
    """A proposal: ids of members in order, a score from 0 to 1, what to do first, and why."""

    members: tuple[str, ...]
    score: float
    first_step: FirstStep
    reasons: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        """As the documented line has them."""
        return {
            "kind": "group",
            "members": list(self.members),
            "score": round(self.score, 6),
            "first_step": self.first_step,
            "reasons": list(self.reasons),
        }


def groups(
    firms: Iterable[Enterprise],
    past: Iterable[Event],
    today: date,
    top: int,
    settings: Settings = DEFAULTS,
    folded: Folding = key,
) -> tuple[Group, ...]:
    """The `top` best of the groups into which the firms fall, no firm in two of them, best first.

    Only firms that work with anybody and say where they are. Nobody is put with whom they block or
    lately declined, nor farther from the middle than they said they would travel.
    """
    everybody = sorted(firms, key=lambda firm: firm.id)
    places = Places.known(everybody)
    free = [firm for firm in everybody if firm.willing == "yes" and places.has(firm)]
    members = members_of(free, folded, places)
    gathering = Gathering(
        members,
        settings.quality,
        settings.sizes,
        settings.fits,
        apart(free, past, today, settings.declined_days),
        settings.effort or effort_for(len(free)),
    )
    gathering.gather([firm.crafts[0] if firm.crafts else "" for firm in free])
    found = []
    for group in gathering.groups.values():
        inside = sorted(group.firms)
        score = group.worth / len(inside)
        if score >= settings.least_score:
            found.append(_told([free[firm] for firm in inside], inside, members, score, folded))
    return tuple(sorted(found, key=lambda group: (-group.score, group.members))[:top])


def effort_for(count: int) -> Effort:
    """The fewer there are, the longer each is looked at."""
    if count <= 60:
        return Effort(neighbours=60, groups=20, changes=15, rounds=20, kicks=40, small=15)
    if count <= 1500:
        return Effort(neighbours=30, groups=12, changes=4, rounds=12, kicks=2, small=9)
    if count <= 20_000:
        return Effort(neighbours=16, groups=6, changes=2, rounds=4, kicks=1, small=9)
    return Effort(neighbours=8, groups=5, changes=2, rounds=3, small=7)


def apart(
    firms: Sequence[Enterprise], past: Iterable[Event], today: date, days: int
) -> Mapping[Index, frozenset[Index]]:
    """Who is not to be in a group with whom, by place in `firms`, from both sides."""
    place = {firm.id: index for index, firm in enumerate(firms)}
    foes: dict[Index, set[Index]] = {}

    def part(one: str, other: str) -> None:
        if one in place and other in place and one != other:
            foes.setdefault(place[one], set()).add(place[other])
            foes.setdefault(place[other], set()).add(place[one])

    for firm in firms:
        for other in firm.blocks:
            part(firm.id, other)
    for one, others in _declined(past, today, days):
        if one in place:
            for other in others:
                part(one, other)
            continue
        known = sorted(other for other in others if other in place)
        half = len(known) // 2
        for left in known[:half]:
            for right in known[half:]:
                part(left, right)
    return {who: frozenset(others) for who, others in foes.items()}


def _declined(
    past: Iterable[Event], today: date, days: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Who declined whom on one day. A broker, who is no firm, declines a group by its members."""
    told: dict[tuple[date, str], list[str]] = {}
    for event in past:
        if event.kind == "declined" and timedelta(0) <= today - event.at < timedelta(days=days):
            told.setdefault((event.at, event.from_), []).append(event.to)
    for (_, who), others in sorted(told.items()):
        yield who, tuple(sorted(set(others)))


def _told(
    firms: Sequence[Enterprise],
    inside: Sequence[Index],
    members: Members,
    score: float,
    folded: Folding,
) -> Group:
    step, need, behind = first_step(firms, folded)
    found = weighed(members, inside, Quality())
    reasons = []
    if need is not None:
        reasons.append(Weighed(2 + behind / len(firms), reason("same_need", need)))
    crafts = {firm.crafts[0] if firm.crafts else None for firm in firms}
    if len(crafts) == 1 and (craft := next(iter(crafts))):
        reasons.append(Weighed(0.9, reason("same_craft", craft)))
    pinned = all(firm.lat is not None and firm.lon is not None for firm in firms)
    if all(same_place(firms[0], firm) for firm in firms[1:]):
        reasons.append(Weighed(1.0, reason("same_place")))
    elif pinned and found.farthest_km <= DEFAULTS.near_km:
        reasons.append(Weighed(1.0, reason("near", f"{found.farthest_km:.1f}")))
    elif all(same_region(firms[0], firm) for firm in firms[1:]):
        reasons.append(Weighed(1.0, reason("same_region")))
    covered = _covered(firms, folded)
    if covered:
        reasons.append(Weighed(0.8, reason("has_what_you_lack", covered)))
    return Group(
        members=tuple(firm.id for firm in firms),
        score=score,
        first_step=step,
        reasons=weightiest(reasons),
    )


OF_STEP: Mapping[FirstStep, str] = MappingProxyType(
    {
        "joint_purchase": "inputs",
        "course": "training",
        "shared_order": "market_access",
        "fair": "market_access",
    }
)
"""The category of need that each first step serves."""


def first_step(
    firms: Sequence[Enterprise], folded: Folding = key
) -> tuple[FirstStep, Need | None, int]:
    """What the most could do together first, the need behind it, and how many have that need.

    What is wished decides. Where no such wish is shared by enough, it is what most of them buy, or
    make; and where that is nothing, they can show what they make at one fair.
    """
    enough = max(2, ceil(len(firms) / 4))
    wished = _wishes(firms, folded)
    step = max(FIRST_STEPS, key=lambda step: wished[step][0])
    count, need = wished[step]
    if count >= enough:
        return step, need, count
    bought = _counted([{word: folded(word) for word in firm.buys} for firm in firms])[0]
    sold = _counted([{word: folded(word) for word in firm.sells} for firm in firms])[0]
    need, count = shared_need(firms, folded)
    if max(bought, sold) < enough:
        return "fair", need, count
    return ("joint_purchase" if bought >= sold else "shared_order"), need, count


def _wishes(
    firms: Sequence[Enterprise], folded: Folding
) -> Mapping[FirstStep, tuple[int, Need | None]]:
    """For each first step how many wish it, and the wish.

    Buying together is of one material: who named none wishes those it buys. A course is on one
    topic. At a fair, and for a large order, topics matter less than to want buyers.
    """
    found: dict[FirstStep, tuple[int, Need | None]] = {}
    of_topic: tuple[tuple[FirstStep, str], ...] = (
        ("joint_purchase", "inputs"),
        ("course", "training"),
    )
    for step, category in of_topic:
        named = []
        for firm in firms:
            mine = [need for need in firm.needs if need.category == category]
            topics = {need.topic: folded(need.topic) for need in mine if need.topic}
            if mine and not topics and category == "inputs":
                topics = {word: folded(word) for word in firm.buys}
            named.append(topics)
        count, topic = _counted(named)
        found[step] = count, Need(category, topic)
    buyers = [
        {folded(need.topic or "") for need in firm.needs if need.category == "market_access"}
        for firm in firms
    ]
    orders = sum(bool(wanted & LARGE_ORDERS) for wanted in buyers)
    fair = sum(bool(wanted - LARGE_ORDERS) for wanted in buyers)
    shared, count = shared_need(firms, folded, "market_access")
    found["shared_order"] = orders, shared if count <= orders else Need("market_access")
    found["fair"] = fair, shared if count <= fair else Need("market_access")
    return found


def _counted(words: Iterable[Mapping[str, str]]) -> tuple[int, str | None]:
    """How many have the word most have, and how one of them writes it; `words` as written -> what
    it has in common with others."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for mine in words:
        counts.update(set(mine.values()))
        for word, thing in mine.items():
            written[thing] = min(written.get(thing, word), word)
    if not counts:
        return 0, None
    thing, count = min(counts.items(), key=lambda each: (-each[1], each[0]))
    return count, written[thing]


def shared_need(
    firms: Sequence[Enterprise], folded: Folding, category: str | None = None
) -> tuple[Need | None, int]:
    """The need (of a category) that most have, and how many; at least two. With its topic where
    half of those who have it named that. Ties by name."""
    needs = [
        [
            need
            for need in firm.needs
            if need.category not in NOT_SERVICES and category in (None, need.category)
        ]
        for firm in firms
    ]
    wished, kind = _counted([{need.category: need.category for need in mine} for mine in needs])
    if kind is None or wished < 2:
        return None, 0
    named, topic = _counted(
        [
            {
                need.topic: folded(need.topic)
                for need in mine
                if need.topic and need.category == kind
            }
            for mine in needs
        ]
    )
    if named >= 2 and 2 * named >= wished:
        return Need(kind, topic), named
    return Need(kind), wished


def _covered(firms: Sequence[Enterprise], folded: Folding) -> str | None:
    """The thing most lack that another of them has, the first by spelling among equals."""
    had = {folded(word) for firm in firms for word in firm.has}
    lacking = Counter(folded(word) for firm in firms for word in firm.lacks if folded(word) in had)
    if not lacking:
        return None
    most = max(lacking.values())
    thing = min(word for word, count in lacking.items() if count == most)
    return min(word for firm in firms for word in firm.lacks if folded(word) == thing)
