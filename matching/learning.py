"""What answers teach: how likely one says yes to another.

A logistic model on the terms of the score, seen from whoever answers: first whether one shown asks
to meet, then whether one asked accepts. Beside it stands a little for each enterprise: how open it
is, how much it appeals, and which terms it cares for more than others; each held back by what is
known of it so little. Nobody's sex, age or faith is in any record, so none can be in here.

Signs that must hold are kept: a shared need never lowers, distance never raises.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matching.weighing import DEFAULTS, Floats, Pairs, Settings, worth

NAMES = (
    "prior",
    *("horizontal_here", "vertical_here", "complementary_here"),
    *("their_horizontal_here", "their_vertical_here", "their_complementary_here"),
    *("horizontal", "vertical", "complementary"),
    *("their_horizontal", "their_vertical", "their_complementary"),
    *("within_5_km", "within_15_km", "within_40_km", "within_120_km"),
    "shared_needs",
    *("common_language", "language_known"),
    *("same_craft", "kin_craft", "crafts_together", "size_gap", "words_unknown"),
)
RISING = 20
"""The first so many never lower: they rise with shared needs and fall with distance."""

PERSONAL = (1, 2, 3, 7, 8, 9, 14, 15, 20)
"""The terms that one may care for more than another does."""


def features(found: Pairs, settings: Settings = DEFAULTS, theirs: bool = False) -> Floats:
    """A row a pair, a column a name of NAMES, as the asker sees it; `theirs`: as the others do."""
    mine, other = (found.theirs, found.mine) if theirs else (found.mine, found.theirs)
    km = found.km
    here = [np.exp(-km / settings.term(w).reach_km) for w in ("horizontal", "vertical", "complementary")]
    columns = [
        1 + np.log(np.maximum(worth(found, settings), 1e-3)) / 7,
        *(h * m for h, m in zip(here, mine, strict=True)),
        *(h * m for h, m in zip(here, other, strict=True)),
        *mine,
        *other,
        *(np.exp(-km / reach) for reach in (5.0, 15.0, 40.0, 120.0)),
        np.minimum(found.shared, 3.0),
        (found.language == 1.0).astype(np.float64),
        (found.language != settings.unknown_language).astype(np.float64),
        (found.like == 1.0).astype(np.float64),
        ((found.like > 0.3) & (found.like < 1.0)).astype(np.float64),
        found.together,
        np.minimum(found.gap, 3.0),
        found.blind,
    ]
    return np.stack(np.broadcast_arrays(*columns), axis=1)


@dataclass(frozen=True)
class Examples:
    """What was answered: who (row), to whom (row), the terms, yes (1) or no (0), how much it
    counts, and what else bore on it: whether asked (1) or only shown (0), the position's
    logarithm, how often it had been shown before."""

    who: NDArray[np.int64]
    whom: NDArray[np.int64]
    terms: Floats
    yes: Floats
    weight: Floats
    asked: Floats
    position: Floats
    again: Floats


@dataclass(frozen=True)
class Learned:
    """`terms` by NAMES; `start` for who is shown, `asked` more for who is asked; `again` for each
    time shown before in vain. By row: `open_` and `appeal`, `cares` a row of PERSONAL terms.
    `trust` from 0 to 1: how much of the ranking it decides."""

    terms: Floats
    start: float
    asked: float
    position: float
    again: float
    open_: Floats
    appeal: Floats
    cares: Floats
    doubt: Floats
    trust: float


@dataclass(frozen=True)
class Holding:
    """How strongly each part is held back: variances of what is believed beforehand."""

    terms: float = 1.0
    open_: float = 0.5
    appeal: float = 0.5
    cares: float = 0.3
    rounds: int = 4
    half_trust: float = 60.0


def learn(examples: Examples, rows: int, holding: Holding = Holding()) -> Learned:
    """What these examples teach about a crowd of so many rows."""
    design = np.column_stack(
        [examples.terms, np.ones(len(examples.yes)), examples.asked,
         examples.position * (1 - examples.asked), examples.again * (1 - examples.asked)]
    )
    k = len(NAMES)
    beta = np.zeros(k + 4)
    beta[k] = -2.0
    open_, appeal = np.zeros(rows), np.zeros(rows)
    cares, doubt = np.zeros((rows, len(PERSONAL))), np.full(rows, holding.appeal)
    personal = examples.terms[:, PERSONAL] - examples.terms[:, PERSONAL].mean(axis=0)
    for _ in range(holding.rounds):
        offset = open_[examples.who] + appeal[examples.whom]
        offset += (personal * cares[examples.who]).sum(axis=1)
        beta = _fitted(design, examples, offset, beta, holding.terms)
        base = design @ beta
        for _ in range(2):
            eta = base + (personal * cares[examples.who]).sum(axis=1)
            open_, _d = _effects(examples, eta + appeal[examples.whom], open_, examples.who, holding.open_)
            appeal, doubt = _effects(examples, eta + open_[examples.who], appeal, examples.whom, holding.appeal)
        if holding.cares > 0:
            fixed = base + open_[examples.who] + appeal[examples.whom]
            cares = _cares(examples, personal, fixed, cares, holding.cares)
    answered = float((examples.asked > 0).sum())
    mean = examples.terms[:, PERSONAL].mean(axis=0)
    return Learned(
        terms=beta[:k], start=float(beta[k]), asked=float(beta[k + 1]),
        position=float(beta[k + 2]), again=float(beta[k + 3]),
        open_=open_ - cares @ mean, appeal=appeal, cares=cares, doubt=doubt,
        trust=answered / (answered + holding.half_trust),
    )


def sigmoid(x: Floats) -> Floats:
    """From any number to a likelihood between 0 and 1."""
    likelihood: Floats = 1 / (1 + np.exp(-np.clip(x, -30, 30)))
    return likelihood


def _fitted(design: Floats, examples: Examples, offset: Floats, beta: Floats, variance: float) -> Floats:
    """Newton's steps with a ridge; terms that must not lower are kept from it."""
    k = len(NAMES)
    ridge = np.full(design.shape[1], 1 / variance)
    ridge[k:] = 0.01
    for _ in range(6):
        p = sigmoid(design @ beta + offset)
        w = examples.weight * p * (1 - p) + 1e-9
        gradient = design.T @ (examples.weight * (examples.yes - p)) - ridge * beta
        hessian = (design * w[:, None]).T @ design + np.diag(ridge)
        goal = hessian @ beta + gradient
        free = np.ones(len(beta), bool)
        for _ in range(8):
            new = np.zeros(len(beta))
            new[free] = np.linalg.solve(hessian[np.ix_(free, free)], goal[free])
            wrong = free & (np.arange(len(beta)) < RISING) & (new < 0)
            wrong[k + 3] = free[k + 3] and new[k + 3] > 0
            if not wrong.any():
                break
            free &= ~wrong
        moved = np.abs(new - beta).max()
        beta = new
        if moved < 1e-4:
            break
    return beta


def _effects(examples: Examples, fixed: Floats, now: Floats, whose: NDArray[np.int64], variance: float) -> tuple[Floats, Floats]:
    p = sigmoid(fixed + now[whose])
    n = len(now)
    gradient = np.bincount(whose, examples.weight * (examples.yes - p), n) - now / variance
    hessian = np.bincount(whose, examples.weight * p * (1 - p), n) + 1 / variance
    return now + gradient / hessian, 1 / hessian


def _cares(examples: Examples, personal: Floats, fixed: Floats, now: Floats, variance: float) -> Floats:
    who = examples.who
    p = sigmoid(fixed + (personal * now[who]).sum(axis=1))
    q = personal.shape[1]
    n = len(now)
    r = examples.weight * (examples.yes - p)
    w = examples.weight * p * (1 - p)
    gradient = np.stack([np.bincount(who, r * personal[:, a], n) for a in range(q)], axis=1) - now / variance
    hessian = np.zeros((n, q, q))
    for a in range(q):
        for b in range(a, q):
            hessian[:, a, b] = hessian[:, b, a] = np.bincount(who, w * personal[:, a] * personal[:, b], n)
    hessian[:, range(q), range(q)] += 1 / variance
    return now + np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
