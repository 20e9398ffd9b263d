"""Whom matching is held against: chance, fame, the neighbour of one's craft, words in common.

And who knows all. They see the same profiles and obey the same hard limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from matching.records import Enterprise
from trial.firms import KM_PER_DEGREE, Flags, Floats, Whole
from trial.weeks import Week, best
from trial.worlds import World

BREAK_TIES = 1e-6


@dataclass(frozen=True)
class Scored:
    """Lists by a score that never changes; who was shown comes again after `again` weeks."""

    scores: Floats
    allowed: Flags
    again: int = 1

    def lists(self, week: Week) -> Whole:
        """The best of each, newly each week."""
        return best(self.scores, open_to(week, self.allowed, self.again))


@dataclass(frozen=True)
class Drawn:
    """Lists by lot."""

    world: World
    allowed: Flags

    def lists(self, week: Week) -> Whole:
        """Anybody not shown before."""
        chance = np.random.default_rng((self.world.seed, 55, week.number))
        size = len(self.world.firms)
        return best(chance.random((size, size)), open_to(week, self.allowed, 99))


@dataclass(frozen=True)
class Popular:
    """Lists by how many were asked and said yes so far."""

    world: World
    allowed: Flags
    again: int

    def lists(self, week: Week) -> Whole:
        """The most sought after, ties by lot."""
        chance = np.random.default_rng((self.world.seed, 56, week.number))
        size = len(self.world.firms)
        fame = week.past.asked_of + 2.0 * week.past.accepted_of
        scores = np.broadcast_to(fame + chance.random(size) * BREAK_TIES, (size, size))
        return best(scores, open_to(week, self.allowed, self.again))


@dataclass(frozen=True)
class Knowing:
    """Who knows all but the whims between two, and how few answers a week there are."""

    world: World
    allowed: Flags
    power: float = 3.0

    def lists(self, week: Week) -> Whole:
        """By the chance that both say yes, made dearer for who is sought by many."""
        allowed = open_to(week, self.allowed, 99)
        both = np.where(allowed, self.world.knowable * self.world.knowable.T, 0)
        scaled = (both / np.maximum(both.max(), 1e-12)) ** self.power
        scaled *= 400 / max(scaled.sum(axis=1).mean(), 1e-12)
        free = np.ones(len(both))
        for _ in range(40):
            demand = scaled @ free
            free = (-demand + np.sqrt(demand**2 + 4 * 3.0)) / 2
        return best(both * free[None] ** (1 / self.power), allowed)


def open_to(week: Week, allowed: Flags, again: int) -> Flags:
    """Who may be shown to whom this week: here, not apart, and not shown for `again` weeks."""
    here = week.here[:, None] & week.here[None]
    waited = week.number - week.past.shown_in >= again
    return np.asarray(allowed & here & ~week.past.apart & waited)


def limits(world: World) -> Flags:
    """Whom nobody's wish forbids: both willing, and known to who works only with people known."""
    size = len(world.profiles)
    place = {firm.id: index for index, firm in enumerate(world.profiles)}
    wants = np.zeros((size, size), dtype=bool)
    for index, firm in enumerate(world.profiles):
        if firm.willing == "yes":
            wants[index] = True
        elif firm.willing == "known":
            wants[index, [place[other] for other in firm.knows]] = True
    return np.asarray(wants & wants.T & ~np.eye(size, dtype=bool))


def kilometres(world: World) -> Floats:
    """Between every two, from the pin or else from the middle of the pins of the region."""
    at = np.array([_pin(firm) for firm in world.profiles])
    regions = np.array([firm.region or "" for firm in world.profiles])
    for region in set(regions):
        inside = regions == region
        middle = np.nanmean(at[inside], axis=0)
        at[inside] = np.where(np.isnan(at[inside]), middle, at[inside])
    north = (at[:, None, 0] - at[None, :, 0]) * KM_PER_DEGREE
    east = (at[:, None, 1] - at[None, :, 1]) * KM_PER_DEGREE
    return np.asarray(np.hypot(north, east))


def _pin(firm: Enterprise) -> tuple[float, float]:
    if firm.lat is None or firm.lon is None:
        return (np.nan, np.nan)
    return (firm.lat, firm.lon)


def same_craft_nearest(world: World, kin_km: float, other_km: float) -> Floats:
    """The nearest of one's craft; a kin craft counts as so much farther, others as farther yet."""
    crafts = np.array([firm.crafts[0] if firm.crafts else "" for firm in world.profiles])
    divisions = np.array([craft[:2] for craft in crafts])
    known = crafts != ""
    same = (crafts[:, None] == crafts[None]) & known[:, None] & known[None]
    kin = (divisions[:, None] == divisions[None]) & known[:, None] & known[None] & ~same
    farther = np.where(same, 0.0, np.where(kin, kin_km, other_km))
    return -(kilometres(world) + farther)


ROLES: Mapping[str, str] = MappingProxyType(
    {
        "sells": "buys",
        "buys": "sells",
        "has": "lacks",
        "lacks": "has",
        "need": "need",
        "craft": "craft",
        "division": "division",
        "place": "place",
        "region": "region",
        "language": "language",
    }
)
"""What is asked for in one role is offered in the other."""


def tokens(firm: Enterprise, places: bool) -> Iterator[tuple[str, str]]:
    """The words of a profile, each with its role."""
    for role in ("sells", "buys", "has", "lacks"):
        for word in getattr(firm, role):
            yield role, word
    for need in firm.needs:
        yield "need", need.category
        if need.topic:
            yield "need", str(need)
    for craft in firm.crafts:
        yield "craft", craft
        yield "division", craft[:2]
    for language in firm.languages:
        yield "language", language
    if places and firm.place:
        yield "place", firm.place
    if places and firm.region:
        yield "region", firm.region


def counted(
    world: World, places: bool, written: Callable[[str, str], str]
) -> tuple[Floats, dict[str, int]]:
    """How often each token stands in each profile, and the column of each token."""
    rows = [[written(role, word) for role, word in tokens(f, places)] for f in world.profiles]
    column = {token: index for index, token in enumerate(sorted({t for row in rows for t in row}))}
    found = np.zeros((len(rows), max(1, len(column))))
    for index, row in enumerate(rows):
        for token in row:
            found[index, column[token]] += 1
    return found, column


def tf_idf(world: World, places: bool, roles: bool) -> Floats:
    """Cosine of the profiles as bags of words; `roles` tells a word sold from one bought."""
    count, _ = counted(world, places, (lambda r, w: f"{r}:{w}") if roles else (lambda _, w: w))
    weighed = count * np.log((1 + len(count)) / (1 + (count > 0).sum(axis=0)))
    weighed /= np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-12)
    return np.asarray(weighed @ weighed.T)


def bm25(world: World, places: bool, k1: float, b: float, both: bool) -> Floats:
    """BM25 where what one buys looks for who sells it, and so on; `both` adds the other's view."""
    count, column = counted(world, places, lambda role, word: f"{role}:{word}")
    length = count.sum(axis=1, keepdims=True)
    rare = (count > 0).sum(axis=0)
    idf = np.log(1 + (len(count) - rare + 0.5) / (rare + 0.5))
    norm = k1 * (1 - b + b * length / max(length.mean(), 1e-12))
    documents = idf * count * (k1 + 1) / (count + norm)
    query = np.zeros_like(count)
    for index, firm in enumerate(world.profiles):
        for role, word in tokens(firm, places):
            at = column.get(f"{ROLES[role]}:{word}")
            if at is not None:
                query[index, at] = 1
    found = query @ documents.T
    return np.asarray(found + found.T if both else found)
