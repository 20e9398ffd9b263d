"""How good a group is: what its members share, cover and sell each other, and how near they are.

Sets of words are whole numbers with a bit for each word: a group is weighed in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, exp, radians, sin, sqrt

from matching.distance import EARTH_KM
from matching.records import Enterprise
from matching.terms import NOT_SERVICES

Index = int
Bits = int
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Quality:
    """What a programme may weigh otherwise. Shares add up to 1; distances are kilometres.

    The form is that of a published comparison of group formation; `quorum` is how many must share a
    need for it to count, or all of a smaller group.
    """

    shared: float = 0.35
    covered: float = 0.25
    linked: float = 0.20
    near: float = 0.20
    near_km: float = 10.0
    meeting_km: float = 20.0
    beyond_km: float = 10.0
    quorum: int = 5


@dataclass(frozen=True)
class Members:
    """Everybody who may be in a group, as columns: a bit for each need, word and language.

    `at` is a point in space in kilometres; `travel_km` how far each would go.
    """

    ids: tuple[str, ...]
    needs: tuple[Bits, ...]
    lacks: tuple[Bits, ...]
    has: tuple[Bits, ...]
    sells: tuple[Bits, ...]
    buys: tuple[Bits, ...]
    languages: tuple[Bits, ...]
    at: tuple[Point, ...]
    travel_km: tuple[float, ...]
    need_of_bit: tuple[str, ...]
    word_of_bit: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Weighed:
    """A group's quality from 0 to 1 and the parts of it; kilometres from its middle."""

    quality: float
    shared: float
    covered: float
    linked: float
    mean_km: float
    farthest_km: float


Folding = Callable[[str], str]


def members_of(firms: Sequence[Enterprise], folded: Folding, places: Places) -> Members:
    """The firms as columns; `folded` gives what words with one meaning have in common."""
    needs, words, languages = _Bits(), _Bits(), _Bits()
    rows = [
        (
            needs.of(_needs(firm, folded)),
            words.of(map(folded, firm.lacks)),
            words.of(map(folded, firm.has)),
            words.of(map(folded, firm.sells)),
            words.of(map(folded, firm.buys)),
            languages.of(firm.languages),
        )
        for firm in firms
    ]
    return Members(
        ids=tuple(firm.id for firm in firms),
        needs=tuple(row[0] for row in rows),
        lacks=tuple(row[1] & ~row[2] for row in rows),
        has=tuple(row[2] for row in rows),
        sells=tuple(row[3] for row in rows),
        buys=tuple(row[4] for row in rows),
        languages=tuple(row[5] for row in rows),
        at=tuple(places.of(firm) for firm in firms),
        travel_km=tuple(1e9 if f.travel_km is None else f.travel_km for f in firms),
        need_of_bit=needs.names(),
        word_of_bit=words.names(),
    )


def _needs(firm: Enterprise, folded: Folding) -> Iterable[str]:
    """Each need as its category and, where its topic is known, as itself too."""
    for need in firm.needs:
        if need.category not in NOT_SERVICES:
            yield need.category
            if need.topic:
                yield f"{need.category}/{folded(need.topic)}"


class _Bits:
    """A bit for each name, in order of first use."""

    def __init__(self) -> None:
        self.place: dict[str, int] = {}

    def of(self, names: Iterable[str]) -> Bits:
        found = 0
        for name in names:
            found |= 1 << self.place.setdefault(name, len(self.place))
        return found

    def names(self) -> tuple[str, ...]:
        return tuple(self.place)


@dataclass(frozen=True)
class Places:
    """Where firms are: at their pin, else in the middle of the pins of their place, else region.

    A place without any pin lies by itself, far from all others: who names it can still meet.
    """

    middles: Mapping[tuple[str, ...], Point]

    @classmethod
    def known(cls, firms: Iterable[Enterprise]) -> Places:
        """The middles of places and regions by the pins of the firms in them."""
        pins: dict[tuple[str, ...], list[Point]] = {}
        named: dict[tuple[str, ...], None] = {}
        for firm in firms:
            point = _pin(firm)
            for key in _keys(firm):
                named[key] = None
                if point is not None:
                    pins.setdefault(key, []).append(point)
        middles = {key: middle(points) for key, points in pins.items()}
        for number, key in enumerate(sorted(named), 1):
            middles.setdefault(key, (1e6 * number, 0.0, 0.0))
        return cls(middles)

    def has(self, firm: Enterprise) -> bool:
        """Whether anything tells where it is."""
        return _pin(firm) is not None or any(True for _ in _keys(firm))

    def of(self, firm: Enterprise) -> Point:
        """Its point; a firm that says nothing of where it is lies at the earth's middle."""
        point = _pin(firm)
        if point is not None:
            return point
        found = [self.middles[key] for key in _keys(firm)]
        real = [at for at in found if abs(at[0]) <= EARTH_KM]
        return (real or found or [(0.0, 0.0, 0.0)])[0]


def _keys(firm: Enterprise) -> Iterable[tuple[str, ...]]:
    if firm.place:
        yield ("place", firm.country or "", firm.region or "", firm.place)
    if firm.region:
        yield ("region", firm.country or "", firm.region)


def _pin(firm: Enterprise) -> Point | None:
    if firm.lat is None or firm.lon is None:
        return None
    north, east = radians(firm.lat), radians(firm.lon)
    flat = EARTH_KM * cos(north)
    return (flat * cos(east), flat * sin(east), EARTH_KM * sin(north))


def middle(points: Sequence[Point]) -> Point:
    """The mean of some points."""
    count = len(points)
    return (
        sum(point[0] for point in points) / count,
        sum(point[1] for point in points) / count,
        sum(point[2] for point in points) / count,
    )


def weighed(members: Members, group: Sequence[Index], by: Quality) -> Weighed:
    """A group's quality and what it is made of. Zero where a member would have to go too far."""
    count = len(group)
    one = two = four = eight = 0
    has = sold = sold_twice = bought = bought_twice = 0
    needs, sells, buys = members.needs, members.sells, members.buys
    for firm in group:
        carry = needs[firm]
        one, carry = one ^ carry, one & carry
        two, carry = two ^ carry, two & carry
        four, carry = four ^ carry, four & carry
        eight |= carry
        has |= members.has[firm]
        sold_twice |= sold & sells[firm]
        sold |= sells[firm]
        bought_twice |= bought & buys[firm]
        bought |= buys[firm]
    common = at_least(min(by.quorum, count), one, two, four, eight)
    shared = linked = 0.0
    lacked = covered = 0
    for firm in group:
        mine = needs[firm]
        if mine:
            shared += (mine & common).bit_count() / mine.bit_count()
        lacks = members.lacks[firm]
        if lacks:
            lacked += lacks.bit_count()
            covered += (lacks & has).bit_count()
        if buys[firm] & (sold_twice | (sold & ~sells[firm])) or sells[firm] & (
            bought_twice | (bought & ~buys[firm])
        ):
            linked += 1
    mean_km, farthest, reachable = _spread(members, group)
    cover = covered / lacked if lacked else 0.0
    total = by.shared * shared / count + by.covered * cover + by.linked * linked / count
    total += by.near * exp(-mean_km / by.near_km)
    total *= cohesion(members, group)
    if farthest > by.meeting_km:
        total *= exp(-(farthest - by.meeting_km) / by.beyond_km)
    return Weighed(
        quality=total if reachable else 0.0,
        shared=shared / count,
        covered=cover,
        linked=linked / count,
        mean_km=mean_km,
        farthest_km=farthest,
    )


def at_least(least: int, one: Bits, two: Bits, four: Bits, eight: Bits) -> Bits:
    """The bits whose count, given by its binary digits, is at least so many (1 to 15)."""
    equal, more = -1, 0
    for digit, bits in ((8, eight), (4, four), (2, two), (1, one)):
        if least & digit:
            equal &= bits
        else:
            more |= equal & bits
            equal &= ~bits
    return more | equal & (one | two | four | eight)


def _spread(members: Members, group: Sequence[Index]) -> tuple[float, float, bool]:
    """Mean and greatest distance from the middle, and whether everybody would go so far."""
    count = len(group)
    points = [members.at[firm] for firm in group]
    x, y, z = (sum(values) / count for values in zip(*points, strict=True))
    total = farthest = 0.0
    reachable = True
    for firm, point in zip(group, points, strict=True):
        away = sqrt((point[0] - x) ** 2 + (point[1] - y) ** 2 + (point[2] - z) ** 2)
        total += away
        if away > farthest:
            farthest = away
        if away > members.travel_km[firm]:
            reachable = False
    return total / count, farthest, reachable


def cohesion(members: Members, group: Sequence[Index]) -> float:
    """The share of the members who have the commonest language; who named none are taken to."""
    all_speak, languages = -1, members.languages
    for firm in group:
        all_speak &= languages[firm] or -1
    if all_speak:
        return 1.0
    spoken = [languages[firm] for firm in group]
    every = 0
    for bits in spoken:
        every |= bits
    best = 0
    while every:
        language = every & -every
        every ^= language
        best = max(best, sum(1 for bits in spoken if not bits or bits & language))
    return best / len(group)
