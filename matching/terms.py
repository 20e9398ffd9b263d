"""The directed terms of a match: what one enterprise gains from another, apart from distance."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from matching.crafts import SAME, complementary, likeness
from matching.records import Enterprise, Need

NOT_SERVICES = frozenset({"partners"})
"""Wishes that are no need to share: everybody here wants partners."""

CRAFT_ALONE = 0.3
"""What a like craft is worth without a shared need, as a share of what it is worth with one."""
UNLIKE_CRAFT = 0.25
"""What a wholly shared need is worth between unlike crafts, as a share of that of one craft."""
UNKNOWN_CRAFT = 0.3
UNKNOWN_NEED = 0.3
COMPLEMENTARY_CRAFT = 0.35
"""What crafts that go together are worth before what they buy and sell is known."""

GIVING = 0.1
"""The least a helper gains, as a share of what the helped one gains."""

SAME_TOPIC = 1.0
TOPIC_UNKNOWN = 0.8
OTHER_TOPIC = 0.2


@dataclass(frozen=True)
class Profile:
    """An enterprise with its words folded, mapped to how the enterprise wrote them."""

    enterprise: Enterprise
    needs: tuple[Need, ...]
    sells: Mapping[str, str]
    buys: Mapping[str, str]
    has: Mapping[str, str]
    lacks: Mapping[str, str]


@dataclass(frozen=True)
class Link:
    """One fact that ties two, as a reason: the term it belongs to and its strength there."""

    term: Literal["horizontal", "vertical", "complement"]
    strength: float
    kind: str
    argument: str


@dataclass(frozen=True)
class Tie:
    """What one gains from the other: each term from 0 to 1, and the facts behind them."""

    horizontal: float
    vertical: float
    complement: float
    links: tuple[Link, ...]


def profile(enterprise: Enterprise) -> Profile:
    """The enterprise, ready to compare."""
    return Profile(
        enterprise,
        needs=_needs(enterprise.needs),
        sells=_folded(enterprise.sells),
        buys=_folded(enterprise.buys),
        has=_folded(enterprise.has),
        lacks=_folded(enterprise.lacks),
    )


def compare(who: Profile, other: Profile) -> Tie:
    """What `who` gains from `other`."""
    links: list[Link] = []
    horizontal = _horizontal(who, other, links)
    vertical = _vertical(who, other, links)
    gained = _shared(who.lacks, other.has)
    complement = len(gained) / len(who.lacks) if gained else 0.0
    links += [Link("complement", complement, "has_what_you_lack", word) for word in gained[:1]]
    lent = _shared(who.has, other.lacks)
    helped = GIVING * len(lent) / len(other.lacks) if lent else 0.0
    links += [Link("complement", helped, "lacks_what_you_have", word) for word in lent[:1]]
    return Tie(horizontal, vertical, complement, tuple(links))


def _horizontal(who: Profile, other: Profile, links: list[Link]) -> float:
    like, craft = _alike(who.enterprise.crafts, other.enterprise.crafts)
    overlap, shared = _overlap(who.needs, other.needs)
    worth = CRAFT_ALONE + (1 - CRAFT_ALONE) * overlap
    strength = like * worth if like else UNLIKE_CRAFT * overlap
    if craft is not None:
        kind = "same_craft" if like == SAME else "kin_craft"
        links.append(Link("horizontal", like * CRAFT_ALONE, kind, craft))
    if shared is not None:
        of_need = strength - like * CRAFT_ALONE
        links.append(Link("horizontal", of_need, "same_need", str(shared)))
    return strength


def _alike(mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[float, str | None]:
    """How alike the likest two crafts are, and which of theirs it is; a guess where unknown."""
    if not mine or not theirs:
        return UNKNOWN_CRAFT, None
    best, craft = max(
        ((likeness(a, b), b) for a in mine for b in theirs), key=lambda pair: (pair[0], pair[1])
    )
    return (best, craft) if best else (0.0, None)


def _overlap(mine: tuple[Need, ...], theirs: tuple[Need, ...]) -> tuple[float, Need | None]:
    """The share of my needs that are theirs too, and the one most shared, first named first.

    Unknown needs count as a little, and always as less than one need surely shared.
    """
    if not mine or not theirs:
        return UNKNOWN_NEED / max(1, len(mine)), None
    strengths = [max(_sharing(need, their) for their in theirs) for need in mine]
    best = max(strengths)
    if best < TOPIC_UNKNOWN:
        return sum(strengths) / len(mine), None
    shared = mine[strengths.index(best)]
    named = shared if best == SAME_TOPIC else Need(shared.category)
    return sum(strengths) / len(mine), named


def _sharing(one: Need, other: Need) -> float:
    if one.category != other.category:
        return 0.0
    if one.topic == other.topic:
        return SAME_TOPIC
    return OTHER_TOPIC if one.topic and other.topic else TOPIC_UNKNOWN


def _vertical(who: Profile, other: Profile, links: list[Link]) -> float:
    bought = _shared(who.buys, other.sells)
    sold = _shared(who.sells, other.buys)
    supply = len(bought) / len(who.buys) if bought else 0.0
    demand = len(sold) / len(who.sells) if sold else 0.0
    links += [Link("vertical", supply, "makes_what_you_use", word) for word in bought[:1]]
    links += [Link("vertical", demand, "uses_what_you_make", word) for word in sold[:1]]
    known = 1 - (1 - supply) * (1 - demand)
    together = sorted(
        theirs
        for mine in who.enterprise.crafts
        for theirs in other.enterprise.crafts
        if complementary(mine, theirs)
    )
    if not together or known >= COMPLEMENTARY_CRAFT:
        return known
    links.append(Link("vertical", COMPLEMENTARY_CRAFT, "complementary", together[0]))
    return COMPLEMENTARY_CRAFT


def _shared(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Words both have, as I wrote them, in a fixed order."""
    return [mine[word] for word in sorted(mine.keys() & theirs.keys())]


def _folded(words: Iterable[str]) -> Mapping[str, str]:
    return {" ".join(word.casefold().split()): word for word in sorted(words, reverse=True)}


def _needs(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Each need once; one without a topic is dropped where a topic of its category is known."""
    return tuple(_distinct(tuple(need for need in needs if need.category not in NOT_SERVICES)))


def _distinct(needs: tuple[Need, ...]) -> Iterator[Need]:
    detailed = {need.category for need in needs if need.topic}
    for need in dict.fromkeys(needs):
        if need.topic or need.category not in detailed:
            yield need
