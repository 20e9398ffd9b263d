"""How much two enterprises are worth to each other: one against many, in columns.

Everything that scores reads these same lines: the search through everyone, the search through the
index, the bounds of its cells and the learning. So their answers are equal to the last digit.
"""

from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from matching.crowd import (
    FACETS,
    GONE,
    PLACED,
    WILLING,
    Centre,
    Crowd,
    on_earth,
    words_of,
)
from matching.distance import ANYWHERE_KM, SAME_PLACE_KM, SAME_REGION_KM
from matching.history import Recency
from matching.records import Enterprise
from matching.suggestions import Way
from matching.terms import (
    COMPLEMENTARY_CRAFT,
    CRAFT_ALONE,
    GIVING,
    UNKNOWN_NEED,
    UNLIKE_CRAFT,
    Words,
    needs_by_category,
)

Floats = NDArray[np.float64]
Rows = NDArray[np.int32] | slice
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True)
class Term:
    """How much a term may count at no distance, and the km at which it has fallen to 37 %."""

    weight: float
    reach_km: float


@dataclass(frozen=True)
class Settings:
    """What a programme may tune. Shares are from 0 to 1, distances kilometres."""

    horizontal: Term = Term(0.9, 20.0)
    vertical: Term = Term(0.8, 80.0)
    complementary: Term = Term(0.6, 40.0)
    nearness: Term = Term(0.3, 20.0)
    unshared_language: float = 0.5
    unknown_language: float = 0.8
    farthest_km: float = 150.0
    near_km: float = 50.0
    recency: Recency = field(default_factory=Recency)

    def term(self, way: str) -> Term:
        """The term of one way of fitting."""
        found: Term = getattr(self, way)
        return found


DEFAULTS = Settings()


@dataclass(frozen=True)
class Asker:
    """An enterprise ready to be held against a crowd."""

    enterprise: Enterprise
    words: dict[str, Words]
    xyz: Floats | None
    blur: float
    like: Floats
    together: NDArray[np.bool_]
    shared: Floats
    sure: Floats
    known_needs: Floats
    needs: int
    language: Floats
    guess_km: Floats
    abroad: NDArray[np.bool_]
    avoided: NDArray[np.bool_]


def asker(
    crowd: Crowd, who: Enterprise, settings: Settings = DEFAULTS, home: Centre | None = None
) -> Asker:
    """`who` against every craft, need, language and settlement of the crowd. `home`: where they
    are, where another crowd knows it better (see `placed`)."""
    wanted = needs_by_category(who.needs)
    sharing = crowd.needs.sharing(wanted)
    centre = home or placed(crowd, who)
    like, together = crowd.crafts.against(who.crafts)
    abroad, region, place = crowd.settlements.same((who.country, who.region, who.place))
    guess = np.where(place, SAME_PLACE_KM, np.where(region, SAME_REGION_KM, ANYWHERE_KM))
    return Asker(
        enterprise=who,
        words=dict(words_of(who)),
        xyz=None if centre is None else centre.xyz,
        blur=0.0 if centre is None else centre.blur,
        like=like,
        together=together,
        shared=sharing.shared,
        sure=sharing.sure,
        known_needs=sharing.known,
        needs=len(wanted),
        language=np.array([_spoken(who, theirs, settings) for theirs in crowd.languages.values]),
        guess_km=guess,
        abroad=abroad,
        avoided=crowd.crafts.avoided(who.avoids),
    )


def placed(crowd: Crowd, who: Enterprise) -> Centre | None:
    """Where somebody is: at their pin, else amid those of the crowd from the same settlement."""
    if who.lat is not None and who.lon is not None:
        return Centre(on_earth(who.lat, who.lon), 0.0)
    where = (who.country, who.region, who.place)
    return crowd.centres.get(where) or crowd.centres.get((who.country, who.region, None))


def _spoken(who: Enterprise, theirs: frozenset[str], settings: Settings) -> float:
    if not who.languages or not theirs:
        return settings.unknown_language
    return 1.0 if who.languages & theirs else settings.unshared_language


MIRRORED = {"buys": "sells", "sells": "buys", "lacks": "has", "has": "lacks"}


Counts = dict[str, NDArray[np.uint8]]


def shared_words(crowd: Crowd, me: Asker) -> Counts:
    """By my facet, the number of my words each row of the crowd holds in the mirrored one."""
    counts = {}
    for facet in FACETS:
        count = np.zeros(len(crowd), np.uint8)
        for word in me.words[facet]:
            count[crowd.words[MIRRORED[facet]].of(word)] += 1
        counts[facet] = count
    return counts


@dataclass(frozen=True)
class Pairs:
    """One against many: arrays, an entry a pair. `mine` and `theirs` hold what each side gains of
    the other, from 0 to 1, before distance: horizontal, vertical, complementary."""

    km: Floats
    mine: tuple[Floats, Floats, Floats]
    theirs: tuple[Floats, Floats, Floats]
    language: Floats
    like: Floats
    shared: Floats
    together: Floats
    blind: Floats
    gap: Floats


def pairs(crowd: Crowd, me: Asker, counts: Counts, rows: Rows) -> Pairs:
    """`me` against these rows; `counts` as `shared_words` gives them, of the whole crowd."""
    counts = {facet: count[rows] for facet, count in counts.items()}
    crafts, needs = crowd.column("crafts")[rows], crowd.column("needs")[rows]
    like, shared, known = me.like[crafts], me.shared[needs], me.known_needs[needs]
    sure = me.sure[needs]
    together = me.together[crafts]
    bought, sold = counts["buys"], counts["sells"]
    mine, theirs = me.words, {f: crowd.column(f"n_{f}")[rows] for f in FACETS}
    size = crowd.column("size")[rows]
    my_size = me.enterprise.workers or 0
    both = (size > 0) & (my_size > 0)
    blind = (theirs["buys"] | theirs["sells"]) == 0
    if not mine["buys"] and not mine["sells"]:
        blind = np.ones_like(blind)
    return Pairs(
        km=distances(crowd, me, rows),
        mine=(
            horizontal(like, shared, sure, float(me.needs), known),
            _vertical(bought, len(mine["buys"]), sold, len(mine["sells"]), together),
            _share(counts["lacks"], len(mine["lacks"])),
        ),
        theirs=(
            horizontal(like, shared, sure, known, float(me.needs)),
            _vertical(sold, theirs["buys"], bought, theirs["sells"], together),
            _share(counts["has"], theirs["lacks"]),
        ),
        language=me.language[crowd.column("languages")[rows]],
        like=like,
        shared=shared,
        together=together.astype(np.float64),
        blind=blind.astype(np.float64),
        gap=np.where(both, np.abs(np.log(np.maximum(size, 1) / max(my_size, 1))), 0.7),
    )


def _share(count: Any, total: Any) -> Floats:
    """The part of `total` words that is shared; nothing where there are none."""
    share: Floats = count / np.maximum(total, 1)
    return share


def _vertical(supplied: Any, bought: Any, sold: Any, made: Any, together: Any) -> Floats:
    """What I buy of them and sell to them; a guess from the crafts where it is little."""
    linked = 1 - (1 - _share(supplied, bought)) * (1 - _share(sold, made))
    return np.maximum(linked, np.where(together, COMPLEMENTARY_CRAFT, 0.0))


def horizontal(like: Floats, shared: Floats, sure: Floats, mine: Any, theirs: Any) -> Floats:
    """What a like craft and shared needs are worth to the side that has `mine` needs."""
    some = np.maximum(mine, 1)
    unknown = (np.asarray(mine) == 0) | (np.asarray(theirs) == 0)
    overlap = np.where(unknown, UNKNOWN_NEED / some, shared / some)
    alike = like * (CRAFT_ALONE + (1 - CRAFT_ALONE) * overlap)
    unlike = np.where(unknown, 0.0, UNLIKE_CRAFT * sure / some)
    worthy: Floats = np.where(like > 0, alike, unlike)
    return worthy


def distances(crowd: Crowd, me: Asker, rows: Rows) -> Floats:
    """Kilometres to these rows, widened where a place is all that is known."""
    guess: Floats = me.guess_km[crowd.column("settled")[rows]]
    if me.xyz is None:
        return guess
    placed = (crowd.column("flags")[rows] & PLACED) != 0
    off = np.zeros(len(guess))
    for name, mine in zip("xyz", me.xyz, strict=True):
        off += np.square(crowd.column(name)[rows] - mine)
    off += np.square(crowd.column("blur")[rows].astype(np.float64)) + me.blur**2
    return np.where(placed, np.sqrt(off), guess)


def allowed(
    crowd: Crowd,
    me: Asker,
    km: Floats,
    rows: Rows,
    settings: Settings,
    besides: NDArray[np.bool_] | None = None,
) -> NDArray[Any]:
    """Which rows may be suggested to `me` at all, as far as columns tell: willing (or `besides`),
    still here, not of a craft avoided, not surely farther than either would travel, not abroad
    without a place to tell how far."""
    flags = crowd.column("flags")[rows]
    fine = (flags & (WILLING | GONE)) == WILLING
    if besides is not None:
        fine |= besides & ((flags & GONE) == 0)
    if me.enterprise.avoids:
        fine &= ~me.avoided[crowd.column("crafts")[rows]]
    limit = np.minimum(crowd.column("travel")[rows], _limit(me.enterprise, settings))
    surely = km - 2 * (crowd.column("blur")[rows] + me.blur)
    placed = (flags & PLACED) != 0 if me.xyz is not None else np.zeros(len(km), np.bool_)
    may: NDArray[Any] = fine & np.where(
        placed, surely <= limit, ~me.abroad[crowd.column("settled")[rows]]
    )
    return may


def _limit(who: Enterprise, settings: Settings) -> float:
    travel = settings.farthest_km if who.travel_km is None else who.travel_km
    return min(settings.farthest_km, travel)


def gains(found: Pairs, settings: Settings, way: str | None = None) -> tuple[Floats, Floats]:
    """What each side gains at this distance: noisy-OR of the ways, or of one of them; a helper
    gains a little of what the helped one does."""
    missed_mine, missed_theirs = np.ones_like(found.km), np.ones_like(found.km)
    for number, name in enumerate(WAYS):
        if way is not None and way != name:
            continue
        term = settings.term(name)
        reach = term.weight * np.exp(-found.km / term.reach_km)
        missed_mine = missed_mine * (1 - reach * found.mine[number])
        missed_theirs = missed_theirs * (1 - reach * found.theirs[number])
    mine, theirs = 1 - missed_mine, 1 - missed_theirs
    return np.maximum(mine, GIVING * theirs), np.maximum(theirs, GIVING * mine)


def worth(found: Pairs, settings: Settings = DEFAULTS, way: str | None = None) -> Floats:
    """From 0 to 1, the same from both sides: how much the two gain of each other."""
    mine, theirs = gains(found, settings, way)
    return np.round(found.language * np.sqrt(mine * theirs), 9)
