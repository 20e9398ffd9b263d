"""The trust pulse: two or three short questions a quarter, and what may be shown of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
