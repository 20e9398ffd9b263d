"""Partners: which enterprises are worth working with, and why.

The score is the reciprocal noisy-OR of three directed terms: horizontal (like craft, shared need),
vertical (what one sells the other buys) and complementary (what one has the other lacks).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from math import exp, sqrt

from matching.distance import Distance, abroad, between, measured, same_place, same_region
from matching.history import History, Recency, recall
from matching.records import Enterprise, Event
from matching.suggestions import Suggestion, Weighed, reason, weightiest
from matching.terms import GIVING, Profile, Tie, compare, links, profile

DEGREE_KM = 110.5


@dataclass(frozen=True)
class Term:
    """How much a term may count at no distance, and the km at which it has fallen to 37 %."""

    weight: float
    reach_km: float

    def at(self, strength: float, km: float) -> float:
        """What a strength from 0 to 1 is worth at a distance."""
        return self.weight * strength * exp(-km / self.reach_km) if strength else 0.0


@dataclass(frozen=True)
class Settings:
    """What a programme may tune. Shares are from 0 to 1, distances kilometres."""

    horizontal: Term = Term(0.9, 20.0)
    vertical: Term = Term(0.8, 80.0)
    complement: Term = Term(0.6, 40.0)
    nearness: Term = Term(0.3, 20.0)
    unshared_language: float = 0.5
    unknown_language: float = 0.8
    farthest_km: float = 150.0
    near_km: float = 50.0
    recency: Recency = field(default_factory=Recency)


DEFAULTS = Settings()


def partners(
    who: Enterprise,
    others: Iterable[Enterprise],
    past: Iterable[Event],
    today: date,
    top: int = 3,
    settings: Settings = DEFAULTS,
) -> tuple[Suggestion, ...]:
    """The `top` enterprises most worth suggesting to `who`, best first, ties by id.

    Empty where `who` is unwilling. Never suggests who may not be (see `allowed`), nor anybody
    about whom there is no reason to give.
    """
    history = recall(past, today, settings.recency)
    return ranked(profile(who), [profile(other) for other in others], history, top, settings)


def ranked(
    who: Profile,
    others: Iterable[Profile],
    history: History,
    top: int,
    settings: Settings = DEFAULTS,
) -> tuple[Suggestion, ...]:
    """`partners` for profiles and a history already prepared."""
    best = sorted(_scored(who, others, history, settings), key=lambda found: found[:2])
    told = ((found, _reasons(who, found[2], settings)) for found in best)
    with_reasons = ((found, reasons) for found, reasons in told if reasons)
    return tuple(
        Suggestion(
            for_=who.enterprise.id,
            kind="partner",
            to=identity,
            rank=rank,
            score=-lowest,
            reasons=reasons,
        )
        for rank, ((lowest, identity, _), reasons) in enumerate(islice(with_reasons, top), 1)
    )


def _scored(
    who: Profile, others: Iterable[Profile], history: History, settings: Settings
) -> Iterator[tuple[float, str, Profile]]:
    north = who.enterprise.lat
    degrees = settings.farthest_km / DEGREE_KM
    for other in others:
        lat = other.enterprise.lat
        if north is not None and lat is not None and abs(north - lat) > degrees:
            continue
        if not allowed(who.enterprise, other.enterprise, history, settings):
            continue
        worth = _score(who, other, settings)
        if worth > 0:
            yield -worth, other.enterprise.id, other


def allowed(
    who: Enterprise, other: Enterprise, history: History, settings: Settings = DEFAULTS
) -> bool:
    """Whether `other` may be suggested to `who` at all.

    Not oneself; both willing, and known where either works only with people known; neither has
    blocked the other; not connected nor lately asked or declined; not farther than either said
    they would travel; not abroad without coordinates to tell how far.
    """
    if who.id == other.id or history.forbids(who.id, other.id):
        return False
    if other.id in who.blocks or who.id in other.blocks:
        return False
    return _open(who, other) and _open(other, who) and _reachable(who, other, settings)


def score(who: Enterprise, other: Enterprise, settings: Settings = DEFAULTS) -> float:
    """From 0 to 1, the same from both sides: how much the two gain of each other."""
    return _score(profile(who), profile(other), settings)


def _open(one: Enterprise, other: Enterprise) -> bool:
    return one.willing == "yes" or (one.willing == "known" and other.id in one.knows)


def _reachable(one: Enterprise, other: Enterprise, settings: Settings) -> bool:
    km = measured(one, other)
    if km is None:
        return not abroad(one, other)
    travel = (settings.farthest_km, one.travel_km, other.travel_km)
    return km <= min(limit for limit in travel if limit is not None)


def _score(who: Profile, other: Profile, settings: Settings) -> float:
    km = between(who.enterprise, other.enterprise).km
    gain = _benefit(compare(who, other), km, settings)
    given = _benefit(compare(other, who), km, settings)
    gain, given = max(gain, GIVING * given), max(given, GIVING * gain)
    understood = _understanding(who.enterprise, other.enterprise, settings)
    return round(understood * sqrt(gain * given), 9)


def _benefit(tie: Tie, km: float, settings: Settings) -> float:
    """Noisy-OR: one good reason is enough, several are better."""
    missed = 1 - settings.horizontal.at(tie.horizontal, km)
    missed *= 1 - settings.vertical.at(tie.vertical, km)
    missed *= 1 - settings.complement.at(tie.complement, km)
    return 1 - missed


def _understanding(one: Enterprise, other: Enterprise, settings: Settings) -> float:
    if not one.languages or not other.languages:
        return settings.unknown_language
    return 1.0 if one.languages & other.languages else settings.unshared_language


def _reasons(who: Profile, other: Profile, settings: Settings) -> tuple[str, ...]:
    distance = between(who.enterprise, other.enterprise)
    terms = {
        "horizontal": settings.horizontal,
        "vertical": settings.vertical,
        "complement": settings.complement,
    }
    weighed = [
        Weighed(terms[link.term].at(link.strength, distance.km), reason(link.kind, link.argument))
        for link in links(who, other)
    ]
    return weightiest([*weighed, *_where(who.enterprise, other.enterprise, distance, settings)])


def _where(
    one: Enterprise, other: Enterprise, distance: Distance, settings: Settings
) -> Iterator[Weighed]:
    """The one thing worth saying about where the other is."""
    weight = settings.nearness.at(1.0, distance.km)
    within = distance.km <= settings.near_km
    if within and same_place(one, other):
        yield Weighed(weight, reason("same_place"))
    elif within and distance.known:
        yield Weighed(weight, reason("near", f"{distance.km:.1f}"))
    elif same_region(one, other):
        yield Weighed(weight, reason("same_region"))
