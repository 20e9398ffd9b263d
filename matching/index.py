"""Everyone worth suggesting, found without weighing everyone, and the same as if one had.

Rows stand sorted by place and craft and are cut into cells. Of each cell is known what the best row
in it could be worth at most; cells are opened from the most promising on, until none left can hold
anybody better. Rows that share a word are looked at by themselves, for a word reaches far. What
changed since the rows were sorted stands behind them and is always weighed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from matching.cells import Cells, cut, sorted_rows
from matching.crowd import GONE, KNOWN_ONLY, Centre, Crowd
from matching.ranking import AGAIN, Placements, chances, value
from matching.records import Enterprise
from matching.versions import FIRST, Version
from matching.weighing import (
    DEFAULTS,
    WAYS,
    Asker,
    Counts,
    Floats,
    Settings,
    allowed,
    asker,
    distances,
    pairs,
    placed,
    shared_words,
    worth,
)

FEW = 4096
"""So many rows are weighed at once without asking their cells."""
GUESSED_ASKING = 0.25
"""How likely the best match is asked, before answers tell."""
NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True)
class Found:
    """Who was found, best first: ids, their `value`, how likely each `asks` when shown, the `way`
    each fits best (a number of WAYS)."""

    ids: tuple[str, ...]
    value: Floats
    asks: Floats
    way: NDArray[np.int8]


@dataclass(frozen=True)
class Shown:
    """One place in somebody's list: whom, its value, the number of the way it fits."""

    to: str
    value: float
    way: int


class Index:
    """The enterprises of a country or programme, ordered by one version."""

    def __init__(self, version: Version = FIRST, settings: Settings = DEFAULTS) -> None:
        self.version, self.settings = version, settings
        self.crowd = Crowd()
        self._placements = Placements(version)
        self._cells: Cells | None = None
        self._sorted = 0

    @classmethod
    def of(
        cls,
        enterprises: Iterable[Enterprise],
        version: Version = FIRST,
        settings: Settings = DEFAULTS,
    ) -> "Index":
        """An index of all of these."""
        index = cls(version, settings)
        for enterprise in enterprises:
            index._append(enterprise)
        index.crowd.settle()
        index.sort()
        return index

    def __len__(self) -> int:
        return len(self.crowd)

    @property
    def nbytes(self) -> int:
        """Bytes held by columns, words, ids, standings and cells."""
        columns = sum(column.nbytes for column in self.crowd.columns.values())
        words = sum(postings.nbytes for postings in self.crowd.words.values())
        held = self.crowd.ids.nbytes + self.crowd.needs.nbytes + self._placements.nbytes
        return columns + words + held + (self._cells.nbytes if self._cells else 0)

    def _append(self, enterprise: Enterprise) -> None:
        self.crowd.append(enterprise)
        self._placements.append(enterprise.id)

    def sort(self) -> None:
        """Sort the rows by place and craft and cut them into cells; who has gone goes."""
        order = sorted_rows(self.crowd)
        self.crowd.reorder(order)
        self._placements.reorder(order)
        self._sorted = len(order)
        self._cells = cut(self.crowd, self._placements) if len(order) > FEW else None

    def put(self, enterprise: Enterprise) -> None:
        """Add an enterprise, or have what is known of it replaced."""
        self.remove(enterprise.id)
        self._append(enterprise)
        if len(self.crowd) - self._sorted > max(FEW, self._sorted // 20):
            self.sort()

    def remove(self, identity: str) -> None:
        """Suggest somebody no more."""
        row = self.crowd.ids.row(identity)
        if row is not None:
            self.crowd.column("flags")[row] |= GONE
            self.crowd.forget(identity)

    # --- asking ---------------------------------------------------------------------------------

    def best(
        self,
        who: Enterprise,
        most: int,
        *,
        without: Collection[str] = (),
        vain: Mapping[str, int] = NOTHING,
        way: str | None = None,
        home: Centre | None = None,
    ) -> Found:
        """The `most` best for `who`, ties by id. Left out are `without` and whoever may not be
        suggested; `vain` says how often somebody was shown already and nothing came of it. `home`
        is where `who` is, where another index holds their neighbours (see `home`)."""
        if who.willing == "no" or not len(self.crowd):
            return self._nobody()
        me = asker(self.crowd, who, self.settings, home)
        counts = shared_words(self.crowd, me)
        barred = {*without, *self._barred(who)}
        wanted = most + len(barred) + len(vain)
        if who.willing == "known":
            rows = self._rows_of(who.knows)
            scored = self._scored(me, counts, rows, way, self._known(who, rows))
        else:
            rows, scored = self._search(me, counts, wanted, way)
            rows, scored = self._with_known(me, counts, rows, scored, way)
        rows, scored = _first(rows, scored, wanted)
        listed = self._listed(rows, scored, barred, vain)[:most]
        return self._answer(me, counts, listed)

    def home(self, who: Enterprise) -> Centre | None:
        """Where somebody is: at their pin, else amid their neighbours in this index."""
        return placed(self.crowd, who)

    def _barred(self, who: Enterprise) -> set[str]:
        """Who is never suggested to whom: oneself, the blocked, and whoever avoids one's craft."""
        avoiding = self.crowd.avoided_by.get(who.crafts[0], ()) if who.crafts else ()
        return {who.id, *who.blocks, *self.crowd.blocked_by.get(who.id, ()), *avoiding}

    def _nobody(self) -> Found:
        none = np.empty(0)
        return Found((), none, none, none.astype(np.int8))

    def _rows_of(self, identities: Iterable[str]) -> NDArray[np.int32]:
        rows = (self.crowd.ids.row(identity) for identity in sorted(identities))
        return np.array([row for row in rows if row is not None], np.int32)

    def _known(self, who: Enterprise, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which rows work with `who` although they work only with people they know."""
        knowing = self.crowd.known_by.get(who.id, ())
        flags = self.crowd.column("flags")[rows]
        by_id = np.array([self.crowd.id_of(int(row)) in knowing for row in rows], np.bool_)
        known: NDArray[np.bool_] = ((flags & (KNOWN_ONLY | GONE)) == KNOWN_ONLY) & by_id
        return known

    def _with_known(
        self,
        me: Asker,
        counts: Counts,
        rows: NDArray[np.int32],
        scored: Floats,
        way: str | None,
    ) -> tuple[NDArray[np.int32], Floats]:
        knowing = self._rows_of(self.crowd.known_by.get(me.enterprise.id, ()))
        if not len(knowing):
            return rows, scored
        more = self._scored(me, counts, knowing, way, self._known(me.enterprise, knowing))
        return np.concatenate((rows, knowing)), np.concatenate((scored, more))

    def _scored(
        self,
        me: Asker,
        counts: Counts,
        rows: NDArray[np.int32] | slice,
        way: str | None,
        besides: NDArray[np.bool_] | None = None,
    ) -> Floats:
        """The value of these rows, 0 where they may not be suggested."""
        found = pairs(self.crowd, me, counts, rows)
        standing = self.version.standing(me.enterprise.id)
        scored = value(self.version, standing, found, self._placements.of(rows), self.settings, way)
        may = allowed(self.crowd, me, found.km, rows, self.settings, besides)
        return np.where(may, scored, 0.0)

    def valued(
        self, who: Enterprise, identities: Iterable[str], vain: Mapping[str, int] = NOTHING
    ) -> list[tuple[str, float]]:
        """The value for `who` of some who may be suggested."""
        me = asker(self.crowd, who, self.settings)
        rows = self._rows_of(identities)
        scored = self._scored(me, shared_words(self.crowd, me), rows, None, self._known(who, rows))
        return [(i, -worthy) for worthy, i, _ in self._listed(rows, scored, (), vain) if worthy < 0]

    def may(self, who: Enterprise, identity: str) -> bool:
        """Whether somebody may be suggested to `who`, as far as profiles tell."""
        barred = self._barred(who)
        rows = self._rows_of((identity,))
        if who.willing == "no" or identity in barred or not len(rows):
            return False
        if who.willing == "known" and identity not in who.knows:
            return False
        me = asker(self.crowd, who, self.settings)
        km, known = distances(self.crowd, me, rows), self._known(who, rows)
        return bool(allowed(self.crowd, me, km, rows, self.settings, known)[0])

    def everyone(self, who: Enterprise, way: str | None = None) -> Floats:
        """The value of every row, weighed one and all."""
        me = asker(self.crowd, who, self.settings)
        return self._scored(me, shared_words(self.crowd, me), slice(None), way)

    def _search(
        self, me: Asker, counts: Counts, wanted: int, way: str | None
    ) -> tuple[NDArray[np.int32], Floats]:
        cells = self._cells
        if cells is None or wanted >= len(self.crowd) // 4:
            rows = np.arange(len(self.crowd), dtype=np.int32)
            return rows, self._scored(me, counts, slice(None), way)
        kept = _Kept(wanted)
        tail = np.arange(self._sorted, len(self.crowd), dtype=np.int32)
        if len(tail):
            kept.add(tail, self._scored(me, counts, tail, way))
        bounds = cells.bounds(self.crowd, me, self.version, self.settings, way)
        order = np.argsort(-bounds, kind="stable")
        shut = np.ones(len(bounds), np.bool_)
        at, step = 0, 4
        while at < len(order) and bounds[order[at]] >= max(kept.least, 1e-12):
            opened = order[at : at + step]
            opened = opened[bounds[opened] >= kept.least]
            shut[opened] = False
            rows = cells.rows(opened)
            kept.add(rows, self._scored(me, counts, rows, way))
            at, step = at + step, min(step * 2, 64)
        far = self._far_reaching(me, counts, cells, shut, kept.least, way)
        if len(far):
            kept.add(far, self._scored(me, counts, far, way))
        return kept.rows, kept.scored

    def _far_reaching(
        self,
        me: Asker,
        counts: Counts,
        cells: Cells,
        shut: NDArray[np.bool_],
        least: float,
        way: str | None,
    ) -> NDArray[np.int32]:
        """Rows of cells still shut that share a word and are near enough to be worth `least`."""
        limit = cells.reach(me, self.version, self.settings, way, least)
        near = np.flatnonzero(shut & (cells.km(me) <= limit))
        rows = cells.rows(near)
        some = np.zeros(len(rows), np.bool_)
        for count in counts.values():
            some |= count[rows] > 0
        rows = rows[some]
        return rows[cells.near(self.crowd, me, rows, limit)]

    def _listed(
        self,
        rows: NDArray[np.int32],
        scored: Floats,
        barred: Collection[str],
        vain: Mapping[str, int],
    ) -> list[tuple[float, str, int]]:
        """Value (negative), id and row of each who is not barred, best first."""
        lesson = self.version.lesson
        again = AGAIN if lesson is None else min(lesson.again, AGAIN / 2)
        listed = []
        for row, worthy in zip(rows.tolist(), scored.tolist(), strict=True):
            identity = self.crowd.id_of(row)
            if identity not in barred:
                times = vain.get(identity, 0)
                worthy = round(worthy * exp(again * times / 2), 9) if times else worthy
                listed.append((-worthy, identity, row))
        return sorted(listed)

    def _answer(self, me: Asker, counts: Counts, listed: list[tuple[float, str, int]]) -> Found:
        if not listed:
            return self._nobody()
        rows = np.array([row for *_, row in listed], np.int32)
        found = pairs(self.crowd, me, counts, rows)
        ways = np.stack([worth(found, self.settings, name) for name in WAYS])
        lesson = self.version.lesson
        if lesson is None:
            asks = GUESSED_ASKING * worth(found, self.settings)
        else:
            standing = self.version.standing(me.enterprise.id)
            placed = self._placements.of(rows)
            asks = np.exp(chances(lesson, standing, found, placed, self.settings).asks)
        return Found(
            ids=tuple(identity for _, identity, _ in listed),
            value=np.array([-worthy for worthy, *_ in listed]),
            asks=asks,
            way=ways.argmax(axis=0).astype(np.int8),
        )


class _Kept:
    """The best seen so far, and the least that still counts among them."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.least = wanted, 0.0
        self.rows: NDArray[np.int32] = np.empty(0, np.int32)
        self.scored: Floats = np.empty(0)

    def add(self, rows: NDArray[np.int32], scored: Floats) -> None:
        good = scored >= max(self.least, 1e-12)
        self.rows = np.concatenate((self.rows, rows[good]))
        self.scored = np.concatenate((self.scored, scored[good]))
        if len(self.scored) > self.wanted:
            self.rows, self.scored = _first(self.rows, self.scored, self.wanted)
            self.least = float(self.scored.min())


def _first(
    rows: NDArray[np.int32], scored: Floats, wanted: int
) -> tuple[NDArray[np.int32], Floats]:
    """Those of the `wanted` highest scores, ties at the end kept, no row twice, none of nothing."""
    some = scored > 0
    rows, at = np.unique(rows[some], return_index=True)
    scored = scored[some][at]
    if len(scored) > wanted:
        least = np.partition(scored, len(scored) - wanted)[len(scored) - wanted]
        rows, scored = rows[scored >= least], scored[scored >= least]
    return rows, scored
