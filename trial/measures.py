"""What a trial is judged by, world by world, and over worlds with its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from trial.firms import Flags, Floats
from trial.weeks import Outcome
from trial.worlds import World

T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""Student's t for a two-sided interval of 95 %, by degrees of freedom from 1."""
T_MANY = 2.0


@dataclass(frozen=True)
class Measures:
    """Of one policy in one world. Shares are from 0 to 1; exposure is places in lists a week.

    successes: pairs that both said yes, to 100 firms; helped: firms with at least one; never:
    firms that may be shown and were not; lost: requests nobody answered, of all; newcomers: their
    successes in a week, over the others'.
    """

    successes: float
    helped: float
    gini: float
    never: float
    lost: float
    newcomers: float
    newcomers_seen: float
    most_shown: float


NAMES: Mapping[str, str] = {
    "successes": "successes/100",
    "helped": "firms with 1+",
    "gini": "exposure Gini",
    "never": "never shown",
    "lost": "requests lost",
    "newcomers": "newcomers/others",
    "newcomers_seen": "newcomers seen in a week",
    "most_shown": "most lists a week",
}


def measured(world: World, outcome: Outcome, may_be_shown: Flags, weeks: int) -> Measures:
    """What came of a policy; only firms that may be shown to somebody count for exposure."""
    here = (weeks - world.firms.joined).astype(float)
    exposed = (outcome.shown / here)[may_be_shown]
    late = world.firms.joined > 0
    rate = outcome.successes / here
    others = rate[~late].mean()
    open_late = late & may_be_shown
    return Measures(
        successes=float(outcome.successes.sum() / 2 * 100 / len(world.firms)),
        helped=float((outcome.successes > 0).mean()),
        gini=gini(exposed),
        never=float((exposed == 0).mean()),
        lost=outcome.lost / max(1, outcome.requests),
        newcomers=float(rate[late].mean() / others) if late.any() and others else 0.0,
        newcomers_seen=float(outcome.shown_first_week[open_late].mean())
        if open_late.any()
        else 1.0,
        most_shown=float(outcome.most_shown),
    )


def gini(values: Floats) -> float:
    """How unequal: 0 where all are equal, near 1 where one has all."""
    ordered = np.sort(values)
    count, total = len(ordered), ordered.sum()
    if not total:
        return 0.0
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * total))


@dataclass(frozen=True)
class Mean:
    """A mean over worlds and its standard error."""

    mean: float
    error: float


@dataclass(frozen=True)
class Ratio:
    """One policy's successes over another's in the same worlds: the geometric mean, its interval
    of 95 %, and in how many worlds it was ahead."""

    ratio: float
    low: float
    high: float
    won: int


def mean(values: Sequence[float]) -> Mean:
    """The mean and its standard error; the error of a single world is not known and said as 0."""
    middle = sum(values) / len(values)
    if len(values) < 2:
        return Mean(middle, 0.0)
    spread = sum((value - middle) ** 2 for value in values) / (len(values) - 1)
    return Mean(middle, sqrt(spread / len(values)))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Paired by world. Where one brought nothing, one success in a thousand firms is counted."""
    logs = [log(max(mine, 0.1) / max(other, 0.1)) for mine, other in zip(ours, theirs, strict=True)]
    middle = mean(logs)
    freedom = len(logs) - 1
    times = 0.0 if not freedom else T_95[freedom - 1] if freedom <= len(T_95) else T_MANY
    wide = times * middle.error
    won = sum(value > 0 for value in logs)
    return Ratio(exp(middle.mean), exp(middle.mean - wide), exp(middle.mean + wide), won)
