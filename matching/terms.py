"""The directed terms of a match: what one enterprise gains from another, apart from distance."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from matching.crafts import SAME, complementary, likeness
from matching.records import Enterprise, Need
from matching.suggestions import Way
from matching.vocabulary import key

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
OTHER_TOPIC = 0.4

Topics = frozenset[str | None]
Words = Mapping[str, str]


@dataclass(frozen=True)
class Profile:
    """An enterprise ready to compare: its needs as topics by category, in the order named, and its
    words folded, mapped to how the enterprise wrote them."""

    enterprise: Enterprise
    needs: Mapping[str, Topics]
    sells: Words
    buys: Words
    has: Words
    lacks: Words


@dataclass(frozen=True)
class Tie:
    """What one gains from the other: each term from 0 to 1."""

    horizontal: float
    vertical: float
    complement: float


@dataclass(frozen=True)
class Link:
    """One fact that ties two, as a reason: the term it belongs to and its strength there."""

    term: Way
    strength: float
    kind: str
    argument: str


def profile(enterprise: Enterprise) -> Profile:
    """The enterprise, ready to compare."""
    return Profile(
        enterprise,
        needs=needs_by_category(enterprise.needs),
        sells=things(enterprise.sells),
        buys=things(enterprise.buys),
        has=things(enterprise.has),
        lacks=things(enterprise.lacks),
    )


def compare(who: Profile, other: Profile) -> Tie:
    """What `who` gains from `other`."""
    supply, demand = _share(who.buys, other.sells), _share(who.sells, other.buys)
    vertical = 1 - (1 - supply) * (1 - demand)
    if vertical < COMPLEMENTARY_CRAFT and _together(who, other) is not None:
        vertical = COMPLEMENTARY_CRAFT
    return Tie(_horizontal(who, other), vertical, _share(who.lacks, other.has))


def links(who: Profile, other: Profile) -> Iterator[Link]:
    """The facts behind what `who` gains from `other`, in no order."""
    like, craft = _alike(who, other)
    if craft is not None:
        kind = "same_craft" if like == SAME else "kin_craft"
        yield Link("horizontal", like * CRAFT_ALONE, kind, craft)
    shared = _shared_need(who, other)
    if shared is not None:
        of_need = _horizontal(who, other) - like * CRAFT_ALONE
        yield Link("horizontal", of_need, "same_need", str(shared))
    supply, demand = _share(who.buys, other.sells), _share(who.sells, other.buys)
    together = _together(who, other)
    if together is not None and 1 - (1 - supply) * (1 - demand) < COMPLEMENTARY_CRAFT:
        yield Link("vertical", COMPLEMENTARY_CRAFT, "complementary", together)
    yield from _words("vertical", supply, "makes_what_you_use", who.buys, other.sells)
    yield from _words("vertical", demand, "uses_what_you_make", who.sells, other.buys)
    gained, given = _share(who.lacks, other.has), GIVING * _share(other.lacks, who.has)
    yield from _words("complementary", gained, "has_what_you_lack", who.lacks, other.has)
    yield from _words("complementary", given, "lacks_what_you_have", who.has, other.lacks)


def _horizontal(who: Profile, other: Profile) -> float:
    like, _ = _alike(who, other)
    if like:
        return like * (CRAFT_ALONE + (1 - CRAFT_ALONE) * _overlap(who.needs, other.needs))
    shared = [_sharing(topics, other.needs.get(need)) for need, topics in who.needs.items()]
    surely = sum(sharing for sharing in shared if sharing >= TOPIC_UNKNOWN)
    return UNLIKE_CRAFT * surely / len(shared) if surely else 0.0


def _alike(who: Profile, other: Profile) -> tuple[float, str | None]:
    """How alike the likest two crafts are, and which of the other's it is; a guess where either
    has none."""
    mine, theirs = who.enterprise.crafts, other.enterprise.crafts
    if not mine or not theirs:
        return UNKNOWN_CRAFT, None
    best, craft = max((likeness(a, b), b) for a in mine for b in theirs)
    return (best, craft) if best else (0.0, None)


def _together(who: Profile, other: Profile) -> str | None:
    """The other's craft that goes with one of mine, the first by class."""
    mine, theirs = who.enterprise.crafts, other.enterprise.crafts
    return min((b for a in mine for b in theirs if complementary(a, b)), default=None)


def _overlap(mine: Mapping[str, Topics], theirs: Mapping[str, Topics]) -> float:
    """The share of my needs that are theirs too.

    Needs not known count as a little, always less than one need surely shared.
    """
    if not mine or not theirs:
        return UNKNOWN_NEED / max(1, len(mine))
    return sum(_sharing(topics, theirs.get(need)) for need, topics in mine.items()) / len(mine)


def _sharing(mine: Topics, theirs: Topics | None) -> float:
    if theirs is None:
        return 0.0
    if mine & theirs:
        return SAME_TOPIC
    return TOPIC_UNKNOWN if None in mine or None in theirs else OTHER_TOPIC


def _shared_need(who: Profile, other: Profile) -> Need | None:
    """The most shared need, the first I named among equals, with its topic as I wrote it if both
    named it."""
    needs = [(_sharing(topics, other.needs.get(c)), c) for c, topics in who.needs.items()]
    best = max((sharing for sharing, _ in needs), default=0.0)
    if best < TOPIC_UNKNOWN:
        return None
    category = next(category for sharing, category in needs if sharing == best)
    both = who.needs[category] & other.needs[category]
    mine = (n.topic for n in who.enterprise.needs if n.topic and n.category == category)
    return Need(category, min((topic for topic in mine if key(topic) in both), default=None))


def _share(mine: Words, theirs: Words) -> float:
    """The share of my words that are theirs too; 0 where I have none."""
    if not mine or not theirs:
        return 0.0
    return len(mine.keys() & theirs.keys()) / len(mine)


def _words(term: Way, strength: float, kind: str, mine: Words, theirs: Words) -> Iterator[Link]:
    """The first shared word by spelling, as I wrote it."""
    if strength:
        yield Link(term, strength, kind, mine[min(mine.keys() & theirs.keys())])


def things(words: Iterable[str]) -> Words:
    """The things that words name, and for each how it was written."""
    return {key(word): word for word in sorted(words, reverse=True)}


def needs_by_category(needs: Iterable[Need]) -> Mapping[str, Topics]:
    """The things topics name, by category in the order named; None where a need named none."""
    topics: dict[str, Topics] = {}
    for need in needs:
        if need.category not in NOT_SERVICES:
            topics[need.category] = topics.get(need.category, frozenset()) | {_topic(need)}
    return topics


def _topic(need: Need) -> str | None:
    return key(need.topic) if need.topic else None
