"""What brokers are asked, in which order, and how much of it: nobody gets more than they carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from networks.machine import Machine

ALERT = Machine(
    "alert",
    "waiting",
    {
        ("waiting", "ask"): "asked",
        ("waiting", "pass_on"): "waiting",
        ("waiting", "answer"): "answered",
        ("waiting", "overtake"): "overtaken",
        ("asked", "answer"): "answered",
        ("asked", "snooze"): "waiting",
        ("asked", "pass_on"): "waiting",
        ("asked", "overtake"): "overtaken",
    },
)
"""Something a broker is to look at. Passed on, it waits for somebody else."""

PASSES_ON_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Limits:
    """Of one broker: `alerts_a_day` asked one by one, the rest in a digest; `groups` open
    proposals and networks held at once; `queue` things that wait at most: whoever has so many is
    asked nothing more, and where all have, nothing new is suggested."""

    alerts_a_day: int = 5
    groups: int = 12
    queue: int = 40


@dataclass(frozen=True)
class Waiting:
    """One alert. `worth` orders: a person waiting for an answer is worth more than an idea."""

    id: str
    worth: float
    since: datetime


WORTH = {
    "reported": 110.0,
    "report": 100.0,
    "help": 60.0,
    "call": 60.0,
    "complaint": 90.0,
    "introduction": 50.0,
    "proposal": 40.0,
    "trust_fall": 35.0,
    "stall": 30.0,
    "overdue": 25.0,
    "check": 15.0,
    "confirm": 10.0,
}
"""By kind of alert, before its age counts; permanent names."""

A_DAY = 5.0
"""What a day of waiting adds: the oldest idea comes before the newest in the end."""


def worth(kind: str, since: datetime, now: datetime, score: float = 0.0) -> float:
    """How much it is worth to be asked now; `score` from 0 to 1 parts those of one kind."""
    days = max(0.0, (now - since) / timedelta(days=1))
    return WORTH.get(kind, 20.0) + 9.0 * score + A_DAY * days


def chosen(waiting: Iterable[Waiting], asked_today: int, limits: Limits) -> tuple[Waiting, ...]:
    """Those to ask now, worth most first; the rest is for the digest and the queue."""
    left = max(0, limits.alerts_a_day - asked_today)
    ordered = sorted(waiting, key=lambda one: (-one.worth, one.since, one.id))
    return tuple(ordered[:left])


def may_hold(groups: int, limits: Limits) -> bool:
    """Whether a broker may take one more proposal or network."""
    return groups < limits.groups


def has_room(waiting: int, limits: Limits) -> bool:
    """Whether a broker for whom so much waits may be asked one thing more."""
    return waiting < limits.queue


def lightest(loads: Sequence[tuple[str, int, int]], limits: Limits) -> str | None:
    """Who of several is asked: the one with the least waiting among those who have room and may
    hold more groups. Each is (id, groups held, things waiting)."""
    free = [
        (waits, groups, who)
        for who, groups, waits in loads
        if may_hold(groups, limits) and has_room(waits, limits)
    ]
    return min(free)[2] if free else None
