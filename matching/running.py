"""`artisan match`: lines of records in, lines of suggestions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from matching.history import Recency, recall
from matching.jsonl import Reading, Slip, read, written
from matching.providers import for_needs
from matching.records import Enterprise, Event, Provider
from matching.suggestions import Suggestion

if TYPE_CHECKING:
    from matching.weighing import Settings

RECENCY = replace(Recency(), shown=7)
"""A list made from events alone does not show again who was shown this week."""

ENOUGH = 20
"""A file's own events teach from so many answers on: by little, where they are few."""


@dataclass(frozen=True)
class Answer:
    """Lines to print, made as they are asked for, and what was wrong in the lines read."""

    lines: Iterator[str]
    slips: tuple[Slip, ...]


def run(lines: Iterable[str], kind: str, top: int, today: date) -> Answer:
    """The suggestions of a kind for every enterprise in the lines, as lines, best first.

    Raises ValueError for a kind not offered and a top below one; what is wrong in the lines
    comes back as slips, and the rest is answered.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not offered; offered are {', '.join(KINDS)}")
    if top < 1:
        raise ValueError(f"top must be at least 1, not {top}")
    reading = read(lines)
    found = _FOUND[kind](reading, top, today)
    return Answer((written(suggestion) for suggestion in found), reading.slips)


def partners_of_all(
    reading: Reading, top: int, today: date, settings: Settings | None = None
) -> Iterator[Suggestion]:
    """The partners of every enterprise, in the order of the records: the lists of one week, with
    what the events teach in them and whom they left unseen."""
    from matching.answers import remember
    from matching.partners import told
    from matching.weekly import RULES, make
    from matching.weighing import DEFAULTS

    settings = settings or DEFAULTS
    enterprises, past = reading.of(Enterprise), reading.of(Event)
    history = recall(past, today, replace(settings.recency, shown=RECENCY.shown))
    rules = replace(RULES, enough=ENOUGH)
    week = make(enterprises, remember(past, today), history, top, settings, rules)
    known = {enterprise.id: enterprise for enterprise in enterprises}
    for who in enterprises:
        yield from told(who, known, week.lists[who.id], settings)


def _providers(reading: Reading, top: int, today: date) -> Iterator[Suggestion]:
    known = reading.of(Provider)
    for record in reading.of(Enterprise):
        yield from for_needs(record, record.needs, known, today, top)


_FOUND: Mapping[str, Callable[[Reading, int, date], Iterator[Suggestion]]] = {
    "partners": partners_of_all,
    "providers": _providers,
}
KINDS = tuple(_FOUND)
