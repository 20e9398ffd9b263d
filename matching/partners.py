"""Partners: which enterprises are worth working with, and why.

Three ways of fitting, each with its own score, list and reason: horizontal (like craft, shared
need), vertical (what one makes the other uses) and complementary (what one has the other lacks);
merged by quota, so that none hides the others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from math import exp

import numpy as np

from matching.answers import remember
from matching.crowd import Crowd
from matching.distance import Distance, between, same_place, same_region
from matching.fairness import Fairness, filled
from matching.heeding import heeded
from matching.history import History, recall
from matching.index import NOTHING, Index, Shown
from matching.records import Enterprise, Event
from matching.suggestions import Suggestion, Way, Weighed, reason, weightiest
from matching.terms import links, profile
from matching.versions import FIRST, Version
from matching.weighing import DEFAULTS, WAYS, Settings, Term, asker, pairs, shared_words, worth

FAIR = Fairness()
SPARE = 4
"""So many more are found than are asked for, should there be nothing to say of some."""


def partners(
    who: Enterprise,
    others: Iterable[Enterprise],
    past: Iterable[Event],
    today: date,
    top: int = 3,
    settings: Settings = DEFAULTS,
    version: Version = FIRST,
) -> tuple[Suggestion, ...]:
    """The `top` enterprises most worth suggesting to `who`, best first, ties by id.

    Empty where `who` is unwilling. Never suggests who may not be, nor anybody about whom there is
    no reason to give.
    """
    past = tuple(past)
    firms = {other.id: other for other in (*others, who)}
    known = {firm.id: firm for firm in heeded(firms.values(), past, today)}
    index = Index.of(known.values(), version, settings)
    apart, vain = forbidden(who.id, past, today, settings)
    return suggested(index, known[who.id], known, top, without=apart, vain=vain)


def forbidden(
    who: str, past: Iterable[Event], today: date, settings: Settings = DEFAULTS
) -> tuple[frozenset[str], dict[str, int]]:
    """Whom events keep from `who`, those among them who have as many requests waiting as they can
    answer or had no time lately; and how often others were shown in vain."""
    known = tuple(past)
    apart = recall(known, today, settings.recency).apart.get(who, frozenset())
    memory = remember(known, today)
    full = {one for one, count in memory.waiting.items() if count >= FAIR.week}
    full |= memory.resting
    vain = {other: times for (mine, other), times in memory.vain.items() if mine == who}
    return apart | full, vain


def suggested(
    index: Index,
    who: Enterprise,
    known: Mapping[str, Enterprise],
    top: int = 3,
    *,
    without: Collection[str] = (),
    vain: Mapping[str, int] = NOTHING,
    way: Way | None = None,
) -> tuple[Suggestion, ...]:
    """The best of an index for `who`, those of one way only where it is named."""
    ranked = chosen(index, who, top, without=without, vain=vain, way=way)
    return told(who, known, ranked, index.settings)[:top]


def told(
    who: Enterprise,
    known: Mapping[str, Enterprise],
    ranked: Iterable[Shown],
    settings: Settings = DEFAULTS,
) -> tuple[Suggestion, ...]:
    """A list as suggestions: of whom there is nothing to say is left out."""
    with_reasons = ((one, reasons(who, known[one.to], settings)) for one in ranked)
    kept = [(one, why) for one, why in with_reasons if why]
    return tuple(
        Suggestion(
            for_=who.id,
            kind="partner",
            to=one.to,
            rank=rank,
            score=one.value,
            reasons=why,
            way=WAYS[one.way],
        )
        for rank, (one, why) in enumerate(kept, 1)
    )


def chosen(
    index: Index,
    who: Enterprise,
    top: int,
    *,
    without: Collection[str] = (),
    vain: Mapping[str, int] = NOTHING,
    way: Way | None = None,
) -> list[Shown]:
    """The best, each way with its least share; some more than `top` stand behind them."""
    best = index.best(who, top + SPARE, without=without, vain=vain, way=way)
    value = dict(zip(best.ids, best.value.tolist(), strict=True))
    ways = dict(zip(best.ids, best.way.tolist(), strict=True))
    if way is not None:
        return [Shown(to, value[to], WAYS.index(way)) for to in best.ids]
    least = FAIR.least(top)
    for number, name in enumerate(WAYS):
        if least[number]:
            more = index.best(who, least[number], without=without, vain=vain, way=name)
            fresh = [identity for identity in more.ids if identity not in value]
            overall = dict(index.valued(who, fresh, vain)) if fresh else {}
            value |= overall
            ways |= dict.fromkeys(overall, number)
    ids = sorted(value, key=lambda identity: (-value[identity], identity))
    kept = list(range(min(top, len(ids))))
    paid = np.log(np.array([value[identity] for identity in ids])) * 2
    filled(kept, np.array([ways[i] for i in ids], np.int8), paid, least, FAIR.worthy)
    behind = [column for column in range(len(ids)) if column not in kept]
    return [Shown(ids[c], value[ids[c]], ways[ids[c]]) for c in (*sorted(kept), *behind)]


def score(
    who: Enterprise,
    other: Enterprise,
    settings: Settings = DEFAULTS,
    way: Way | None = None,
) -> float:
    """From 0 to 1, the same from both sides: how much the two gain of each other, in all or in
    one way of fitting."""
    crowd = Crowd.of((who, other))
    me = asker(crowd, who, settings)
    found = pairs(crowd, me, shared_words(crowd, me), slice(1, None))
    return float(worth(found, settings, way)[0])


def allowed(
    who: Enterprise, other: Enterprise, history: History, settings: Settings = DEFAULTS
) -> bool:
    """Whether `other` may be suggested to `who` at all.

    Not oneself; both willing, and known where either works only with people known; neither has
    blocked the other, or avoids the other's craft; not connected nor lately asked or declined;
    not farther than either said
    they would travel; not abroad without coordinates to tell how far.
    """
    index = Index.of((who, other), FIRST, settings)
    return not history.forbids(who.id, other.id) and index.may(who, other.id)


def reasons(who: Enterprise, other: Enterprise, settings: Settings = DEFAULTS) -> tuple[str, ...]:
    """The one or two facts that carry most of what `who` gains from `other`."""
    distance = between(who, other)
    weighed = [
        Weighed(
            _at(settings.term(link.term), link.strength, distance.km),
            reason(link.kind, link.argument),
        )
        for link in links(profile(who), profile(other))
    ]
    return weightiest([*weighed, *_where(who, other, distance, settings)])


def _at(term: Term, strength: float, km: float) -> float:
    return term.weight * strength * exp(-km / term.reach_km)


def _where(
    one: Enterprise, other: Enterprise, distance: Distance, settings: Settings
) -> Iterator[Weighed]:
    """The one thing worth saying about where the other is."""
    weight = _at(settings.nearness, 1.0, distance.km)
    within = distance.km <= settings.near_km
    if within and same_place(one, other):
        yield Weighed(weight, reason("same_place"))
    elif within and distance.known:
        yield Weighed(weight, reason("near", f"{distance.km:.1f}"))
    elif same_region(one, other):
        yield Weighed(weight, reason("same_region"))
