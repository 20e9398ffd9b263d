"""`artisan match`: lines of records in, lines of suggestions out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from matching.history import recall
from matching.jsonl import Reading, Slip, read, written
from matching.partners import DEFAULTS, Settings, ranked
from matching.providers import for_needs
from matching.records import Enterprise, Event, Provider
from matching.suggestions import Suggestion
from matching.terms import profile

WEEKLY = replace(DEFAULTS, recency=replace(DEFAULTS.recency, shown=7))
"""A list made from events alone does not show again who was shown this week."""


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
    reading: Reading, top: int, today: date, settings: Settings = WEEKLY
) -> Iterator[Suggestion]:
    """The partners of every enterprise, in the order of the records."""
    history = recall(reading.of(Event), today, settings.recency)
    profiles = [profile(record) for record in reading.of(Enterprise)]
    for who in profiles:
        yield from ranked(who, profiles, history, top, settings)


def _providers(reading: Reading, top: int, today: date) -> Iterator[Suggestion]:
    known = reading.of(Provider)
    for record in reading.of(Enterprise):
        yield from for_needs(record, record.needs, known, today, top)


_FOUND: Mapping[str, Callable[[Reading, int, date], Iterator[Suggestion]]] = {
    "partners": partners_of_all,
    "providers": _providers,
}
KINDS = tuple(_FOUND)
