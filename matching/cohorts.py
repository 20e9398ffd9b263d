"""Cutting people near each other into cohorts of a size a provider takes, to serve most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.hilbert import along

Points = NDArray[np.float64]
NEARNESS = 0.05
"""How much of a person's place in a cohort is worth to be near: only decides between equals."""


@dataclass(frozen=True)
class Cut:
    """Sizes of a cohort, and how far from its middle anybody may be, in kilometres."""

    least: int
    most: int
    radius_km: float


def cohorts(points: Points, cut: Cut) -> list[list[int]]:
    """Disjoint cohorts of rows of `points`. Rows are laid along a line on which neighbours are
    neighbours and cut where most are served; who is left over joins a cohort with room, and is
    laid along another line."""
    made: list[list[int]] = []
    left = list(range(len(points)))
    for turned in (False, True, False):
        if len(left) < cut.least:
            break
        order = along([_point(points[row]) for row in left], turned)
        rows = np.array([left[place] for place in order])
        made += [rows[start:end].tolist() for start, end in _segments(points[rows], cut)]
        served = {row for cohort in made for row in cohort}
        left = _joined([row for row in rows.tolist() if row not in served], made, points, cut)
    return made


def _point(row: Points) -> tuple[float, float, float]:
    return (float(row[0]), float(row[1]), float(row[2]))


def _segments(points: Points, cut: Cut) -> Iterator[tuple[int, int]]:
    """The cut of a line into stretches of allowed length and spread that serves most."""
    count = len(points)
    best = np.zeros(count + 1)
    length = np.zeros(count + 1, dtype=np.int64)
    gains = {size: _gains(points, size, cut) for size in range(cut.least, cut.most + 1)}
    table = [(size, values.tolist()) for size, values in gains.items() if len(values)]
    worth = best.tolist()
    chosen = length.tolist()
    for end in range(1, count + 1):
        worth[end] = worth[end - 1]
        for size, values in table:
            start = end - size
            if start < 0:
                break
            gain = values[start]
            if gain and worth[start] + gain > worth[end]:
                worth[end], chosen[end] = worth[start] + gain, size
    found = []
    end = count
    while end > 0:
        size = chosen[end]
        if size:
            found.append((end - size, end))
        end -= size or 1
    return iter(found[::-1])


def _gains(points: Points, size: int, cut: Cut) -> NDArray[np.float64]:
    """What a stretch of `size` from each place on is worth: nothing where it is too wide."""
    count = len(points) - size + 1
    if count <= 0:
        return np.zeros(0)
    sums = np.vstack([np.zeros(3), points.cumsum(axis=0)])
    middles = (sums[size:] - sums[:-size]) / size
    farthest = np.zeros(count)
    for offset in range(size):
        away = ((points[offset : offset + count] - middles) ** 2).sum(axis=1)
        np.maximum(farthest, away, out=farthest)
    farthest = np.sqrt(farthest)
    near = 1 - NEARNESS * farthest / max(cut.radius_km, 1e-9)
    return np.asarray(np.where(farthest <= cut.radius_km, size * near, 0.0))


def _joined(left: Sequence[int], made: list[list[int]], points: Points, cut: Cut) -> list[int]:
    """Put who is left over into the nearest cohort that has room; who found none."""
    alone = []
    middles = np.array([points[cohort].mean(axis=0) for cohort in made])
    for row in left:
        if not made:
            alone.append(row)
            continue
        away = ((middles - points[row]) ** 2).sum(axis=1)
        for nearest in np.argsort(away, kind="stable")[:8]:
            cohort = made[int(nearest)]
            wider = [*cohort, row]
            middle = points[wider].mean(axis=0)
            far = ((points[wider] - middle) ** 2).sum(axis=1).max()
            if len(wider) <= cut.most and far <= cut.radius_km**2:
                cohort.append(row)
                middles[nearest] = middle
                break
        else:
            alone.append(row)
    return alone
