"""What answers teach: how likely one says yes to another.

A logistic model on the terms of the score, seen from whoever answers: first whether one shown asks
to meet, then whether one asked accepts. Beside it stands a little for each enterprise: how open it
is, how much it appeals, and which terms it cares for more than others; each held back by what is
known of it so little. Nobody's sex, age or faith is in any record, so none can be in here.

Signs that must hold are kept: a shared need never lowers, distance never raises.
"""

from dataclasses import dataclass

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
    here = [
        np.exp(-km / settings.term(w).reach_km) for w in ("horizontal", "vertical", "complementary")
    ]
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
    trust: float


@dataclass(frozen=True)
class Holding:
    """How strongly each part is held back: variances of what is believed beforehand."""

    terms: float = 1.0
    open_: float = 1.0
    appeal: float = 1.0
    cares: float = 1.0
    rounds: int = 4
    half_trust: float = 20.0


HOLDING = Holding()
HALVINGS = 20
"""A step of Newton's that fits worse than none goes half as far, at most so many times: where all
but a few answer alike it goes astray, and farther with each."""


class _Fit:
    """The parts found so far; each is found anew while the others stand."""

    def __init__(self, examples: Examples, rows: int, holding: Holding) -> None:
        self.examples, self.holding = examples, holding
        shown = 1 - examples.asked
        beside = (np.ones(len(shown)), examples.asked, examples.position * shown)
        self.design = np.column_stack([examples.terms, *beside, examples.again * shown])
        self.mean = examples.terms[:, PERSONAL].mean(axis=0)
        self.personal = examples.terms[:, PERSONAL] - self.mean
        self.beta = np.zeros(len(NAMES) + 4)
        self.beta[len(NAMES)] = -2.0
        self.open_, self.appeal = np.zeros(rows), np.zeros(rows)
        self.cares = np.zeros((rows, len(PERSONAL)))

    def round(self) -> None:
        """Find each part anew, once."""
        e, held = self.examples, self.holding
        own = self._own()
        self.beta = _fitted(self, self.open_[e.who] + self.appeal[e.whom] + own)
        base = self.design @ self.beta + own
        for _ in range(2):
            fixed = base + self.appeal[e.whom]
            self.open_ = _effects(e, fixed, self.open_, e.who, held.open_)
            fixed = base + self.open_[e.who]
            self.appeal = _effects(e, fixed, self.appeal, e.whom, held.appeal)
        fixed = base - own + self.open_[e.who] + self.appeal[e.whom]
        self.cares = _cares(e, self.personal, fixed, self.cares, held.cares)

    def _own(self) -> Floats:
        own: Floats = (self.personal * self.cares[self.examples.who]).sum(axis=1)
        return own


def learn(examples: Examples, rows: int, holding: Holding = HOLDING) -> Learned:
    """What these examples teach about a crowd of so many rows."""
    fit = _Fit(examples, rows, holding)
    for _ in range(holding.rounds):
        fit.round()
    k = len(NAMES)
    answered = float((examples.asked > 0).sum())
    return Learned(
        terms=fit.beta[:k],
        start=float(fit.beta[k]),
        asked=float(fit.beta[k + 1]),
        position=float(fit.beta[k + 2]),
        again=float(fit.beta[k + 3]),
        open_=fit.open_ - fit.cares @ fit.mean,
        appeal=fit.appeal,
        cares=fit.cares,
        trust=answered / (answered + holding.half_trust),
    )


def sigmoid(x: Floats) -> Floats:
    """From any number to a likelihood between 0 and 1."""
    likelihood: Floats = 1 / (1 + np.exp(-np.clip(x, -30, 30)))
    return likelihood


def _fitted(fit: _Fit, offset: Floats) -> Floats:
    """Newton's steps, held to nothing; terms that must not lower are kept from it."""
    e, design, beta = fit.examples, fit.design, fit.beta
    ridge = np.full(len(beta), 1 / fit.holding.terms)
    ridge[len(NAMES) :] = 0.01
    for _ in range(6):
        p = sigmoid(design @ beta + offset)
        gradient = design.T @ (e.weight * (e.yes - p)) - ridge * beta
        curved = e.weight * p * (1 - p) + 1e-9
        hessian = (design * curved[:, None]).T @ design + np.diag(ridge)
        new = _signed(hessian, hessian @ beta + gradient)
        before = _fits(fit, beta, offset, ridge)
        for _ in range(HALVINGS):
            if _fits(fit, new, offset, ridge) >= before:
                break
            new = (beta + new) / 2
        moved = float(np.abs(new - beta).max())
        beta = new
        if moved < 1e-4:
            break
    return beta


def _fits(fit: _Fit, beta: Floats, offset: Floats, ridge: Floats) -> float:
    """How well terms fit what was answered, as a logarithm, less what holds them back."""
    e, held = fit.examples, float((ridge * beta**2).sum()) / 2
    odds = np.clip(fit.design @ beta + offset, -700, 700)
    return float((e.weight * (e.yes * odds - np.logaddexp(0, odds))).sum()) - held


def _signed(hessian: Floats, goal: Floats) -> Floats:
    """The solution with no rising term below nothing, and showing again never above it."""
    free = np.ones(len(goal), np.bool_)
    rising, again = np.arange(len(goal)) < RISING, len(NAMES) + 3
    while True:
        solved = np.zeros(len(goal))
        solved[free] = np.linalg.solve(hessian[np.ix_(free, free)], goal[free])
        wrong = rising & (solved < 0)
        wrong[again] = solved[again] > 0
        if not wrong.any():
            return solved
        free &= ~wrong


def _effects(
    examples: Examples, fixed: Floats, now: Floats, whose: NDArray[np.int64], variance: float
) -> Floats:
    """One step for what each adds by itself, held to nothing while its answers are few."""
    p = sigmoid(fixed + now[whose])
    gradient = np.bincount(whose, examples.weight * (examples.yes - p), len(now))
    hessian = np.bincount(whose, examples.weight * p * (1 - p), len(now))
    step: Floats = (gradient - now / variance) / (hessian + 1 / variance)
    return now + step


def _cares(
    examples: Examples, personal: Floats, fixed: Floats, now: Floats, variance: float
) -> Floats:
    """One step for the terms each cares for by itself."""
    who, (rows, count) = examples.who, now.shape
    p = sigmoid(fixed + (personal * now[who]).sum(axis=1))
    missed = examples.weight * (examples.yes - p)
    curved = examples.weight * p * (1 - p)
    gradient = np.stack([np.bincount(who, missed * column, rows) for column in personal.T], axis=1)
    hessian: Floats = np.zeros((rows, count, count))
    for one in range(count):
        for other in range(one, count):
            both = curved * personal[:, one] * personal[:, other]
            curvature = np.bincount(who, both, rows).astype(np.float64)
            hessian[:, one, other] = hessian[:, other, one] = curvature
    held: Floats = hessian + np.eye(count) / variance
    steps = np.linalg.solve(held, (gradient - now / variance)[:, :, None])[:, :, 0]
    moved: Floats = now + steps
    return moved
