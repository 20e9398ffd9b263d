"""Cells: rows that lie and work alike, and what the best of each could be worth at most."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.crowd import GONE, PLACED, Crowd
from matching.ranking import Placed, Placements, bound
from matching.terms import COMPLEMENTARY_CRAFT
from matching.versions import Version
from matching.weighing import Asker, Floats, Pairs, Settings, horizontal

ROWS = 256
"""A cell holds at most so many rows."""
SQUARE_KM = 12.0
SLACK_KM = 0.02
"""Columns hold half a metre; bounds leave more."""


def sorted_rows(crowd: Crowd) -> NDArray[np.int32]:
    """The rows that are still there: by square of the earth, craft, needs and place within."""
    here = np.flatnonzero((crowd.column("flags") & GONE) == 0)
    square = woven(*(crowd.column(name)[here] for name in "xyz"))
    placed = (crowd.column("flags")[here] & PLACED) != 0
    needs, crafts = crowd.column("needs")[here], crowd.column("crafts")[here]
    settled = np.where(placed, 0, crowd.column("settled")[here])
    order = np.lexsort((needs, crafts, square, settled, placed))
    return here[order].astype(np.int32)


def woven(*axes: NDArray[np.float32]) -> NDArray[np.uint64]:
    """One number for each square, such that near numbers lie near: the bits of its three
    coordinates in turn (Morton's order)."""
    number = np.zeros(len(axes[0]), np.uint64)
    squares = [np.floor(axis / SQUARE_KM).astype(np.int64) + 1024 for axis in axes]
    for bit in range(11):
        for place, square in enumerate(squares):
            one = ((square >> bit) & 1).astype(np.uint64)
            number |= one << np.uint64(3 * bit + place)
    return number


@dataclass(frozen=True)
class Cells:
    """Of each cell: its rows from `start` to `end`, its `centre` and how far from it a row lies
    at most, the least blur, whether places are known, the sets of crafts in it (`crafts` from
    `first`), the bits of all its needs, and the best standings in it."""

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    centre: NDArray[np.float32]
    radius: NDArray[np.float32]
    blur: NDArray[np.float32]
    placed: NDArray[np.bool_]
    crafts: NDArray[np.int32]
    first: NDArray[np.int32]
    settlements: NDArray[np.int32]
    first_settlement: NDArray[np.int32]
    best: Placed

    @property
    def nbytes(self) -> int:
        return sum(
            getattr(self, name).nbytes
            for name in ("start", "end", "centre", "radius", "blur", "placed", "crafts", "first",
                         "settlements", "first_settlement")
        )  # fmt: skip

    def rows(self, cells: NDArray[np.intp]) -> NDArray[np.int32]:
        """The rows of these cells."""
        spans = [np.arange(self.start[c], self.end[c], dtype=np.int32) for c in cells.tolist()]
        return np.concatenate(spans) if spans else np.empty(0, np.int32)

    def bounds(
        self, crowd: Crowd, me: Asker, version: Version, settings: Settings, way: str | None
    ) -> Floats:
        """What a row of each cell could be worth at most, if it shares no word with `me`."""
        like = np.maximum.reduceat(me.like[self.crafts], self.first)
        together = np.maximum.reduceat(me.together[self.crafts], self.first)
        found = self._at_best(self.km(me), like, together.astype(np.float64))
        return bound(version, version.standing(me.enterprise.id), found, self.best, settings, way)

    def _at_best(self, km: Floats, like: Floats, together: Floats, words: float = 0.0) -> Pairs:
        one = np.ones_like(km)
        alike = horizontal(like, one, one, one, one)
        linked = np.maximum(words, together * COMPLEMENTARY_CRAFT)
        gain = np.full_like(km, words)
        side = (alike, linked, gain)
        return Pairs(
            km=km, mine=side, theirs=side, language=one, like=like, shared=3 * one,
            together=together, blind=one, gap=0 * one,
        )  # fmt: skip

    def km(self, me: Asker) -> Floats:
        """The least distance of each cell."""
        guess = np.minimum.reduceat(me.guess_km[self.settlements], self.first_settlement)
        if me.xyz is None:
            return guess
        off = np.sqrt(np.square(self.centre - me.xyz).sum(axis=1)) - self.radius - SLACK_KM
        off = np.sqrt(np.square(np.maximum(off, 0.0)) + np.square(self.blur) + me.blur**2)
        return np.where(self.placed, np.maximum(off - SLACK_KM, 0.0), guess)

    def reach(
        self, me: Asker, version: Version, settings: Settings, way: str | None, least: float
    ) -> float:
        """Kilometres beyond which nobody at all is worth `least` to `me`."""
        km = np.arange(0.0, settings.farthest_km + 2.0)
        one = np.ones_like(km)
        found = self._at_best(km, one, one, words=1.0)
        best = self.best.best(len(km))
        standing = version.standing(me.enterprise.id)
        worthy = np.flatnonzero(bound(version, standing, found, best, settings, way) >= least)
        if not len(worthy):
            return -1.0
        return float("inf") if worthy[-1] == len(km) - 1 else float(km[worthy[-1]] + 1.0)

    def near(
        self, crowd: Crowd, me: Asker, rows: NDArray[np.int32], limit: float
    ) -> NDArray[np.bool_]:
        """Which rows may lie within a distance; those without a place may."""
        if me.xyz is None:
            return np.ones(len(rows), np.bool_)
        off = np.zeros(len(rows))
        for name, mine in zip("xyz", me.xyz, strict=True):
            off += np.square(crowd.column(name)[rows] - mine)
        placed = (crowd.column("flags")[rows] & PLACED) != 0
        near: NDArray[np.bool_] = ~placed | (off <= (limit + SLACK_KM) ** 2)
        return near


def cut(crowd: Crowd, placements: Placements) -> Cells:
    """Cells of rows that stand sorted."""
    count = len(crowd)
    xyz = np.stack([crowd.column(name) for name in "xyz"], axis=1)
    placed = (crowd.column("flags") & PLACED) != 0
    square = woven(*xyz.T)
    change = np.flatnonzero((np.diff(square) != 0) | np.diff(placed)) + 1
    starts = _starts([0, *change.tolist(), count], placed)
    start = np.array(starts, np.int32)
    end = np.append(start[1:], count).astype(np.int32)
    sizes = np.diff(np.append(start, count))
    mean = np.add.reduceat(xyz.astype(np.float64), start) / sizes[:, None]
    off = np.sqrt(np.square(xyz - np.repeat(mean, sizes, axis=0)).sum(axis=1))
    crafts, first = _distinct(crowd.column("crafts"), start, end)
    settled, first_settlement = _distinct(crowd.column("settled"), start, end)
    return Cells(
        start=start,
        end=end,
        centre=mean.astype(np.float32),
        radius=np.maximum.reduceat(off, start).astype(np.float32),
        blur=np.minimum.reduceat(crowd.column("blur"), start),
        placed=placed[start],
        crafts=crafts,
        first=first,
        settlements=settled,
        first_settlement=first_settlement,
        best=placements.best_of(start),
    )


def _starts(edges: list[int], placed: NDArray[np.bool_]) -> list[int]:
    """Where cells begin: whole squares together while they are few rows, large ones cut."""
    starts = [0]
    for low, high in pairwise(edges):
        full = high - starts[-1] > ROWS or placed[low] != placed[starts[-1]]
        if full and low > starts[-1]:
            starts.append(low)
        parts = -(-(high - low) // ROWS)
        starts += [low + (high - low) * part // parts for part in range(1, parts)]
    return starts


def _distinct(
    values: NDArray[np.int32], start: NDArray[np.int32], end: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The distinct values of each cell, one after the other, and where each cell's begin."""
    parts = [np.unique(values[low:high]) for low, high in zip(start, end, strict=True)]
    lengths = np.array([len(part) for part in parts])
    return np.concatenate(parts), (np.cumsum(lengths) - lengths).astype(np.int32)
