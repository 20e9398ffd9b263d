"""Ten weeks in a planted world: lists are shown, some are looked at, some ask, some are answered.

Attention is scarce: five places a week, of which the first is looked at most, and three answers a
week. Chance is drawn by world, week and pair, so that every policy meets the same luck.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matching.records import Event, EventKind
from trial.firms import START, Flags, Whole
from trial.worlds import World

PLACES = 5
"""How many are shown to one firm in a week."""
LOOKED_AT = (1.0, 0.85, 0.7, 0.55, 0.45)
"""How likely each place of a list is looked at."""
ANSWERS = 3
"""How many requests one firm answers in a week; the rest lapse."""
NEVER = -1000


@dataclass
class Past:
    """What has happened so far, as events and, the same, as arrays: rows are who was shown."""

    events: list[Event]
    shown_in: Whole
    apart: Flags
    asked_of: Whole
    accepted_of: Whole


@dataclass(frozen=True)
class Week:
    """What a policy may know on a Monday."""

    number: int
    today: date
    here: Flags
    past: Past


class Policy(Protocol):
    """Whoever makes the lists: for each firm a row of PLACES others, best first, then -1."""

    def lists(self, week: Week) -> Whole: ...


@dataclass
class Outcome:
    """What came of a policy in a world, over all weeks."""

    successes: Whole
    shown: Whole
    shown_first_week: Flags
    requests: int = 0
    lost: int = 0
    most_shown: int = 0
    events: list[Event] = field(default_factory=list)


def played(world: World, policy: Policy, weeks: int) -> Outcome:
    """The outcome of so many weeks under a policy."""
    size = len(world.firms)
    past = Past(
        events=[],
        shown_in=np.full((size, size), NEVER),
        apart=np.eye(size, dtype=bool),
        asked_of=np.zeros(size, dtype=np.int64),
        accepted_of=np.zeros(size, dtype=np.int64),
    )
    outcome = Outcome(
        successes=np.zeros(size, dtype=np.int64),
        shown=np.zeros(size, dtype=np.int64),
        shown_first_week=np.zeros(size, dtype=bool),
    )
    for number in range(weeks):
        today = START + timedelta(weeks=number)
        here = world.firms.joined <= number
        lists = policy.lists(Week(number, today, here, past))
        _lived(world, number, today, lists, past, outcome)
    outcome.events = past.events
    return outcome


def _lived(
    world: World, number: int, today: date, lists: Whole, past: Past, outcome: Outcome
) -> None:
    size = len(world.firms)
    chance = np.random.default_rng((world.seed, 99, number))
    looks, asks, answers = (chance.random((size, size), dtype=np.float32) for _ in range(3))
    order = chance.random((size, size), dtype=np.float32)
    who, place = np.nonzero(lists >= 0)
    other = lists[who, place]
    times = np.bincount(other, minlength=size)
    outcome.shown += times
    outcome.most_shown = max(outcome.most_shown, int(times.max(initial=0)))
    outcome.shown_first_week |= (times > 0) & (world.firms.joined == number)
    past.shown_in[who, other] = number
    looked = looks[who, other] < np.asarray(LOOKED_AT)[place]
    asked = looked & (asks[who, other] < world.wants[who, other])
    tell = _Teller(world, today, past.events)
    for one, two, at in zip(who, other, place, strict=True):
        tell(0, "shown", one, two, int(at) + 1)
    for one, two in zip(who[looked], other[looked], strict=True):
        tell(1, "opened", one, two)
    asking, of = who[asked], other[asked]
    for one, two in zip(asking, of, strict=True):
        tell(1, "asked", one, two)
    past.asked_of += np.bincount(of, minlength=size)
    outcome.requests += len(asking)
    turn = np.lexsort((order[asking, of], of))
    answered: dict[int, int] = {}
    for one, two in zip(asking[turn], of[turn], strict=True):
        if past.apart[one, two]:
            continue  # asked by both in one week: it has been answered already
        past.apart[one, two] = past.apart[two, one] = True
        if answered.get(int(two), 0) >= ANSWERS:
            outcome.lost += 1
            tell(6, "lapsed", two, one)
            continue
        answered[int(two)] = answered.get(int(two), 0) + 1
        if answers[one, two] < world.wants[two, one]:
            past.accepted_of[two] += 1
            outcome.successes[[one, two]] += 1
            tell(3, "accepted", two, one)
            tell(3, "connected", two, one)
        else:
            tell(3, "declined", two, one)


class _Teller:
    """Writes events down."""

    def __init__(self, world: World, today: date, events: list[Event]) -> None:
        self.world, self.today, self.events = world, today, events

    def __call__(
        self, day: int, kind: EventKind, one: np.int64, two: np.int64, position: int | None = None
    ) -> None:
        ids = self.world.profiles
        self.events.append(
            Event(self.today + timedelta(days=day), kind, ids[one].id, ids[two].id, position)
        )


def best(scores: NDArray[np.float64], allowed: Flags) -> Whole:
    """The PLACES best of each row among those allowed, best first, -1 where there are no more."""
    masked = np.where(allowed, scores, -np.inf)
    places = min(PLACES, masked.shape[1])
    first = np.argpartition(-masked, places - 1, axis=1)[:, :places]
    values = np.take_along_axis(masked, first, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    first = np.take_along_axis(first, order, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    return np.where(np.isfinite(values), first, -1)
