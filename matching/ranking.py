"""In which order partners are shown: what two are worth to each other, what answers have taught,
and how free each still is. Frozen in a version, so that within it everybody's answer is the same.
"""

from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Column
from matching.learning import NAMES, PERSONAL, RISING, features, sigmoid
from matching.versions import Lesson, Standing, Version
from matching.weighing import DEFAULTS, Floats, Pairs, Settings, worth

AGAIN = -1.0
"""What each time shown before in vain takes from the logarithm of a match, until answers teach."""


SLACK = 1e-6
MOST_OF_FREE = np.array((1.0, 1.0, 1.0, 3.0, 1.0))
"""The most that the terms after the RISING ones can be."""


@dataclass(frozen=True)
class Placed:
    """The standings of rows, as columns. `cares` has a column a term of PERSONAL; the last three
    are empty where nothing has been learned."""

    free: NDArray[Any]
    open_: NDArray[Any]
    appeal: NDArray[Any]
    cares: NDArray[Any]

    def best(self, count: int) -> "Placed":
        """The best of each standing, `count` times."""
        one = np.zeros(1, np.int64)
        best = _best(self, one)
        return Placed(
            *(np.repeat(part, count, axis=0) if len(part) else part for part in vars(best).values())
        )


def _best(parts: Placed, start: NDArray[Any]) -> Placed:
    """The highest of each standing in the spans that begin at `start`."""
    return Placed(
        *(np.maximum.reduceat(p, start, axis=0) if len(p) else p for p in vars(parts).values())
    )


class Placements:
    """The standings of a crowd's rows, in the order of its rows."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._free = Column("f")
        self._learned: list[NDArray[np.float16]] = []
        self._packed = np.empty((0, 2 + len(PERSONAL)), np.float16)

    def append(self, identity: str) -> None:
        """That of one more row."""
        standing = self._version.standing(identity)
        self._free.append(exp(-standing.price / 2))
        if self._version.lesson is not None:
            learned = (standing.open_, standing.appeal, *_cares(standing))
            self._learned.append(np.array(learned, np.float16))

    def reorder(self, order: NDArray[np.int32]) -> None:
        """Put row `order[k]` at k; rows not named go."""
        self._free.put(self._free.view()[order])
        if self._version.lesson is not None:
            self._packed = self._all()[order]
            self._learned = []

    def of(self, rows: NDArray[np.int32] | slice) -> Placed:
        """Those of some rows."""
        learned = self._all()
        if self._version.lesson is None:
            return Placed(self._free.view()[rows], learned[:, 0], learned[:, 1], learned[:, 2:])
        return Placed(
            self._free.view()[rows], learned[rows, 0], learned[rows, 1], learned[rows, 2:]
        )

    def best_of(self, start: NDArray[np.int32]) -> Placed:
        """The highest of each standing in the spans that begin at `start`."""
        return _best(self.of(slice(None)), start)

    def _all(self) -> NDArray[np.float16]:
        if self._learned:
            self._packed = np.concatenate((self._packed, np.stack(self._learned)))
            self._learned = []
        return self._packed

    @property
    def nbytes(self) -> int:
        return self._free.nbytes + int(self._packed.nbytes)


def _cares(standing: Standing) -> tuple[float, ...]:
    return standing.cares or (0.0,) * len(PERSONAL)


@dataclass(frozen=True)
class Chance:
    """How likely each is asked by the asker, and each accepts the asker: logarithms."""

    asks: Floats
    accepts: Floats


def chances(
    lesson: Lesson,
    me: Standing,
    found: Pairs,
    rows: Placed,
    settings: Settings,
    at_best: bool = False,
) -> Chance:
    """What was taught, said of these pairs. `at_best`: where a term may count either way, the
    better of the two."""
    terms = np.array(lesson.terms)
    mine = np.zeros(len(NAMES))
    mine[list(PERSONAL)] = np.array(_cares(me), np.float16)
    weights = _kept(terms + mine)
    theirs = np.broadcast_to(terms, (len(rows.open_), len(terms))).copy()
    theirs[:, list(PERSONAL)] += rows.cares
    asks = _summed(features(found, settings), weights, at_best)
    asks += lesson.start + float(np.float16(me.open_)) + rows.appeal
    accepts = _summed(features(found, settings, theirs=True), _kept(theirs), at_best)
    accepts += lesson.start + lesson.asked + rows.open_ + float(np.float16(me.appeal))
    return Chance(np.log(sigmoid(asks)), np.log(sigmoid(accepts)))


def _summed(terms: Floats, weights: Floats, at_best: bool) -> Floats:
    products = terms * weights
    if at_best:
        most = MOST_OF_FREE * weights[..., RISING:]
        products[:, RISING:] = np.maximum(most, 0.0)
    summed: Floats = products.sum(axis=1)
    return summed


def _kept(weights: Floats) -> Floats:
    """No care of one's own turns a shared need or nearness against a match."""
    kept = weights.copy()
    kept[..., :RISING] = np.maximum(kept[..., :RISING], 0.0)
    return kept


def value(
    version: Version,
    me: Standing,
    found: Pairs,
    rows: Placed,
    settings: Settings = DEFAULTS,
    way: str | None = None,
) -> Floats:
    """What orders a list, from 0 to 1: 0 where there is nothing to gain; `way` for a list of one
    way of fitting only."""
    return np.round(_value(version, me, found, rows, settings, way), 9)


def bound(
    version: Version, me: Standing, found: Pairs, rows: Placed, settings: Settings, way: str | None
) -> Floats:
    """What `value` could be at most, for pairs that are as good as they might be."""
    return _value(version, me, found, rows, settings, way, at_best=True) + SLACK


def _value(
    version: Version,
    me: Standing,
    found: Pairs,
    rows: Placed,
    settings: Settings,
    way: str | None,
    at_best: bool = False,
) -> Floats:
    gained = worth(found, settings, way)
    lesson = version.lesson
    if lesson is None:
        free: Floats = gained * rows.free
        return free
    chance = chances(lesson, me, found, rows, settings, at_best)
    both = (chance.asks + chance.accepts) / 2
    prior = np.log(np.maximum(gained, 1e-9))
    mixed = np.exp((1 - lesson.trust) * prior + lesson.trust * both)
    if way is not None:
        mixed = mixed * gained
    return np.where(gained > 0, mixed * rows.free, 0.0)
