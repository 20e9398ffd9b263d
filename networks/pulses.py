"""The trust pulse: two or three short questions a quarter, and what may be shown of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST = 5
"""Nothing is shown for fewer answers: somebody could be recognised."""

FALL = 0.5
"""By how much of a point the mean must fall for the broker to be warned."""

QUESTIONS = ("trust", "fair", "go_on")
"""Each answered from 1 (no) to 3 (yes); permanent."""


@dataclass(frozen=True)
class Pulse:
    """The means of one quarter by question, 1 to 3, and how many answered."""

    quarter: str
    answers: int
    means: dict[str, float]


def quarter_of(day: date) -> str:
    """The quarter a day is in: "2026-4"."""
    return f"{day.year}-{(day.month - 1) // 3 + 1}"


OPEN_FOR = timedelta(days=14)
"""So long answers are taken; before nothing of them is shown, so that no answer stands out."""


def asked_on(quarter: str) -> date:
    """The day on which members are asked in a quarter: in the middle of it."""
    year, number = quarter.split("-")
    return date(int(year), int(number) * 3 - 1, 15)


def next_asked(after: date) -> date:
    """The first day from `after` on on which members are asked."""
    here = asked_on(quarter_of(after))
    return here if here >= after else asked_on(next_quarter(quarter_of(after)))


def next_quarter(quarter: str) -> str:
    year, number = (int(part) for part in quarter.split("-"))
    return f"{year + number // 4}-{number % 4 + 1}"


def quarter_before(quarter: str) -> str:
    year, number = (int(part) for part in quarter.split("-"))
    return f"{year}-{number - 1}" if number > 1 else f"{year - 1}-4"


def is_open(quarter: str, day: date) -> bool:
    """Whether answers are still taken on a day."""
    return asked_on(quarter) <= day < asked_on(quarter) + OPEN_FOR


def last_closed(day: date) -> str:
    """The latest quarter whose answers are all in."""
    here = quarter_of(day)
    return here if day >= asked_on(here) + OPEN_FOR else quarter_before(here)


def pulse(quarter: str, answers: Sequence[dict[str, int]]) -> Pulse | None:
    """What may be shown of a quarter; None for fewer than five answers."""
    if len(answers) < LEAST:
        return None
    means = {}
    for question in QUESTIONS:
        given = [one[question] for one in answers if question in one]
        if len(given) >= LEAST:
            means[question] = sum(given) / len(given)
    return Pulse(quarter, len(answers), means)


def falls(before: Pulse | None, now: Pulse | None) -> tuple[str, ...]:
    """The questions in which trust has fallen by half a point or more."""
    if before is None or now is None:
        return ()
    return tuple(
        question
        for question in QUESTIONS
        if question in before.means
        and question in now.means
        and before.means[question] - now.means[question] >= FALL
    )
