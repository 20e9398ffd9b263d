"""Whose lists whom: so that nobody is shown to everybody and nobody to no one.

Attention is dear: every enterprise has a price that rises with how often it has been shown lately
and with how many would ask it more than it can answer. The prices are a fixed point, found by
playing against the average of earlier rounds; the dearest are passed over for the next best. Who
is hardly shown gets the last place of the lists where it fits best.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from matching.weighing import Floats

Matrix = NDArray[np.int32]


@dataclass(frozen=True)
class Fairness:
    """What a programme may tune. `gini` is the inequality of being shown that prices aim below;
    `week` how many requests one can answer in a week; `quota` the least share of a list for each
    way of fitting, given to whoever is worth at least `half` of whom they would displace.
    `seldom` is how often everybody is shown in a week at least; `newcomers` how far being shown
    is counted by the weeks somebody is here (1) rather than in all (0)."""

    gini: float = 0.21
    week: float = 3.0
    examined: float = 0.85
    rounds: int = 30
    steps: tuple[float, ...] = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
    quota: tuple[float, float, float] = (0.3, 0.2, 0.1)
    half: float = 0.5
    seldom: int = 1
    newcomers: float = 0.5

    def least(self, top: int) -> list[int]:
        """The least places of each way in a list of so many."""
        return [round(top * share) for share in self.quota]

    @property
    def worthy(self) -> float:
        """How much less in value (a logarithm) one may be whom a quota brings in."""
        return 2 * log(self.half)


@dataclass(frozen=True)
class Candidates:
    """A line an asker, best first: the `rows` it might be shown (-1 for none), the logarithm of
    the `value` of each, how likely it `asks`, and the way it fits (its number)."""

    rows: Matrix
    value: Floats
    asks: Floats
    way: NDArray[np.int8]


@dataclass(frozen=True)
class Lists:
    """For each asker the columns of its candidates that are shown, -1 for none; the prices; the
    inequality of being shown they lead to."""

    columns: Matrix
    prices: Floats
    gini: float


def inequality(exposure: Floats) -> float:
    """The Gini coefficient: 0 where all are shown equally often, near 1 where one is alone."""
    ordered = np.sort(exposure)
    total = float(ordered.sum())
    count = len(ordered)
    if count == 0 or total == 0:
        return 0.0
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * total))


def shared_out(
    found: Candidates,
    past: Floats,
    here: Floats,
    eligible: NDArray[np.bool_],
    top: int,
    rules: Fairness,
) -> Lists:
    """The fairest prices needed, the least of those tried that bring inequality below the aim.

    `past` is how often each row has been shown lately, `here` for what share of that time it was
    there to be shown; `eligible` who may be shown at all.
    """
    first, *dearer = rules.steps
    best = _played(found, past, here, eligible, top, first, rules)
    for step in dearer:
        if best.gini <= rules.gini:
            break
        tried = _played(found, past, here, eligible, top, step, rules)
        if tried.gini < best.gini:
            best = tried
    return best


def _played(
    found: Candidates,
    past: Floats,
    here: Floats,
    eligible: NDArray[np.bool_],
    top: int,
    step: float,
    r: Fairness,
) -> Lists:
    prices: Floats = np.zeros(len(past))
    shown, asked = np.zeros(len(past)), np.zeros(len(past))
    seen: Floats = np.power(r.examined, np.arange(top, dtype=np.float64))
    for number in range(r.rounds):
        columns = chosen(found, prices, top)
        now, wished = _counted(found, columns, seen, len(past))
        part = 2 / (number + 2)
        shown += part * (now - shown)
        asked += part * (wished - asked)
        total = (past + shown) / here**r.newcomers
        usual = total[eligible].mean() if eligible.any() else 0.0
        prices = step * np.log((total + 1) / (usual + 1))
        prices += np.maximum(np.log(np.maximum(asked / r.week, 1e-9)), 0.0)
    columns = chosen(found, prices, top)
    now, _ = _counted(found, columns, seen, len(past))
    return Lists(columns, prices, inequality(((past + now) / here**r.newcomers)[eligible]))


def chosen(found: Candidates, prices: Floats, top: int) -> Matrix:
    """The best columns of each line at these prices, best first, -1 where there is none."""
    if not found.rows.size:
        return np.full((len(found.rows), top), -1, np.int32)
    paid = np.where(found.rows >= 0, found.value - prices[np.maximum(found.rows, 0)], -np.inf)
    order = np.argsort(-paid, axis=1, kind="stable")[:, :top].astype(np.int32)
    none = ~np.isfinite(np.take_along_axis(paid, order, axis=1))
    columns = np.where(none, -1, order).astype(np.int32)
    missing = top - columns.shape[1]
    return np.pad(columns, ((0, 0), (0, max(0, missing))), constant_values=-1)


def _counted(found: Candidates, columns: Matrix, seen: Floats, rows: int) -> tuple[Floats, Floats]:
    """How often each row is shown, and how often it would be asked."""
    line, place = np.nonzero(columns >= 0)
    column = columns[line, place]
    shown = found.rows[line, column]
    now = np.bincount(shown, minlength=rows).astype(np.float64)
    asked = np.bincount(shown, found.asks[line, column] * seen[place], minlength=rows)
    return now, asked.astype(np.float64)


def with_quota(found: Candidates, lists: Lists, rules: Fairness, top: int) -> Matrix:
    """The lists with each way of fitting given its least share, where somebody worthy fits so."""
    least = rules.least(top)
    paid = np.where(found.rows >= 0, found.value - lists.prices[np.maximum(found.rows, 0)], -np.inf)
    columns = lists.columns.copy()
    for line in range(len(columns)):
        kept = [column for column in columns[line].tolist() if column >= 0]
        if filled(kept, found.way[line], paid[line], least, rules.worthy):
            kept.sort(key=lambda column: (-paid[line, column], column))
            columns[line, : len(kept)] = kept
    return columns


def filled(
    kept: list[int], way: NDArray[np.int8], paid: Floats, least: list[int], worthy: float
) -> bool:
    """Put worthy ones of ways that are short in the place of the worst of ways that are not."""
    changed = False
    for short, share in enumerate(least):
        have = [int(way[column]) for column in kept]
        for _ in range(share - have.count(short)):
            spare = [c for c in kept if have.count(int(way[c])) > least[int(way[c])]]
            if not spare:
                break
            last = min(spare, key=lambda column: (paid[column], -column))
            rest = [c for c in np.flatnonzero(way == short).tolist() if c not in kept]
            best = max(rest, key=lambda column: (paid[column], -column), default=last)
            if best == last or paid[best] < paid[last] + worthy:
                break
            kept[kept.index(last)] = best
            have = [int(way[column]) for column in kept]
            changed = True
    return changed


def with_seldom(
    found: Candidates, columns: Matrix, past: Floats, eligible: NDArray[np.bool_], rules: Fairness
) -> Matrix:
    """The lists with those nobody sees otherwise in the last places of where they fit best."""
    columns = columns.copy()
    line, place = np.nonzero(columns >= 0)
    now = np.bincount(found.rows[line, columns[line, place]], minlength=len(past))
    taken: set[int] = set()
    unseen = np.flatnonzero(eligible & (now + np.minimum(past, rules.seldom) < rules.seldom))
    for row in unseen.tolist():
        for host, column in _hosts(found, row):
            shown = [c for c in columns[host].tolist() if c >= 0]
            if host in taken or not shown or column in shown:
                continue
            last = found.rows[host, shown[-1]]
            if now[last] > 1:
                now[last] -= 1
                now[row] += 1
                columns[host, len(shown) - 1] = column
                taken.add(host)
                break
    return columns


def _hosts(found: Candidates, row: int) -> Iterator[tuple[int, int]]:
    """The lines that hold a row among their candidates, where it fits best first."""
    line, column = np.nonzero(found.rows == row)
    order = np.argsort(-found.value[line, column], kind="stable")
    yield from zip(line[order].tolist(), column[order].tolist(), strict=True)
