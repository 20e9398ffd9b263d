"""Partners at the size of a country: the index beside weighing everyone with numpy, in one process
on one core, with equal answers; what an enterprise takes in memory; what one changed profile costs;
everybody's list."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from bench.crowds import askers, country
from bench.rows import Row, at_most, faster, percentile, plain
from matching.index import Index
from matching.records import Enterprise

TOP = 10
FASTER_THAN_EVERYONE = 10.0
MOST_BYTES, MOST_MS, MOST_MINUTES = 100.0, 5.0, 5.0
SEARCHES, WEIGHED, CHANGES = 200, 20, 200


class Unequal(Exception):
    """The index has found other partners than weighing everyone: nothing was measured."""


@dataclass(frozen=True)
class Size:
    """How many enterprises are searched, and how many lists stand for everybody's."""

    small: int = 100_000
    large: int = 1_000_000
    lists: int = 5_000


def rows(runs: int, size: Size | None = None) -> list[Row]:
    """Seconds are of this process, so that what else the machine does weighs less."""
    measured = size or Size()
    found: list[Row] = []
    for count, floor in ((measured.small, None), (measured.large, FASTER_THAN_EVERYONE)):
        index = Index.of(country(count))
        found += _searched(index, count, floor, runs)
        if count == measured.small:
            found += _kept_up(index, count, measured, runs)
        found.append(
            at_most(
                f"index of {count:,}", "bytes an enterprise", [index.nbytes / count], MOST_BYTES
            )
        )
    return found


def _searched(index: Index, count: int, floor: float | None, runs: int) -> list[Row]:
    ours, theirs, slowest = list[float](), list[float](), list[float]()
    some = askers(SEARCHES * runs, count)
    index.best(some[0], TOP)
    for run in range(runs):
        mine = some[run * SEARCHES : (run + 1) * SEARCHES]
        took = [_seconds(partial(index.best, one, TOP)) for one in mine]
        brute = [_seconds(partial(everyone, index, one)) for one in mine[:WEIGHED]]
        for one in mine[:WEIGHED]:
            if everyone(index, one) != _told(index, one):
                raise Unequal
        ours.append(1 / percentile(took, 0.5))
        theirs.append(1 / percentile(brute, 0.5))
        slowest.append(percentile(took, 0.99) * 1000)
    name = f"top ten among {count:,}"
    return [
        faster(name, "searches/s", ours, "everyone weighed with numpy", theirs, floor),
        plain(f"{name}: the 99th of a hundred", "ms", slowest),
    ]


def _kept_up(index: Index, count: int, size: Size, runs: int) -> list[Row]:
    """One changed profile, searched for at once; and the lists of everybody, from a part."""
    changed = list[float]()
    for run in range(runs):
        some = askers(CHANGES, count, seed=run + 2)
        took = [_seconds(partial(_changed, index, one)) for one in some]
        changed.append(percentile(took, 0.99) * 1000)
    everybody = list[float]()
    for run in range(runs):
        some = askers(size.lists * (run + 1), count)[-size.lists :]
        begun = time.process_time()
        for one in some:
            index.best(one, TOP)
        everybody.append((time.process_time() - begun) / size.lists * count / 60)
    return [
        at_most(f"one profile changed among {count:,}, the 99th", "ms", changed, MOST_MS),
        at_most(f"top ten for all {count:,}", "minutes", everybody, MOST_MINUTES),
    ]


def _changed(index: Index, one: Enterprise) -> None:
    index.put(replace(one, workers=(one.workers or 0) + 1))


def everyone(index: Index, who: Enterprise) -> list[tuple[str, float]]:
    """The top ten by weighing every row."""
    scored = index.everyone(who)
    least = np.partition(scored, len(scored) - TOP - 1)[len(scored) - TOP - 1]
    rows = np.flatnonzero((scored >= least) & (scored > 0)).tolist()
    best = sorted((-float(scored[row]), index.crowd.id_of(row)) for row in rows)
    return [(identity, -value) for value, identity in best if identity != who.id][:TOP]


def _told(index: Index, who: Enterprise) -> list[tuple[str, float]]:
    found = index.best(who, TOP)
    return list(zip(found.ids, found.value.tolist(), strict=True))


def _seconds(do: Callable[[], object]) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun


if __name__ == "__main__":
    from bench.rows import table

    print(table(rows(3)))
