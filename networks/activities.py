"""A network's plan: what is to be done, by whom, until when, with what, and how one will see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from networks.machine import Machine

ACTIVITY = Machine(
    "activity",
    "planned",
    {
        ("planned", "tick"): "done",
        ("planned", "drop"): "dropped",
        ("planned", "move"): "planned",
        ("done", "reopen"): "planned",
    },
)

REMIND_BEFORE = (timedelta(days=3), timedelta(days=0))
"""How long before its day an activity's owner is reminded."""

OVERDUE_AFTER = timedelta(days=3)
"""After so long the broker hears that it was not done."""


@dataclass(frozen=True)
class Dated:
    """One activity by its number in the plan, its day and its state."""

    number: int
    due: date | None
    state: str


def in_order(activities: Iterable[Dated]) -> list[Dated]:
    """As a plan is read: what is open first, by its day, without a day last; then what was done."""
    rank = {"planned": 0, "done": 1, "dropped": 2}
    return sorted(
        activities, key=lambda one: (rank.get(one.state, 3), one.due or date.max, one.number)
    )


def overdue(activities: Iterable[Dated], today: date) -> list[Dated]:
    """Those whose day has gone by for longer than anybody would wait."""
    return [
        one
        for one in activities
        if one.state == "planned" and one.due is not None and today - one.due > OVERDUE_AFTER
    ]
