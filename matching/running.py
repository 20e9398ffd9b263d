"""`artisan match`: lines of records in, lines of suggestions out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from matching import jsonl
from matching.history import recall
from matching.partners import DEFAULTS, ranked
from matching.providers import for_needs
from matching.records import Enterprise, Event, Provider, Record
from matching.suggestions import Suggestion
from matching.terms import profile

KINDS = ("partners", "providers")

WEEKLY = replace(DEFAULTS, recency=replace(DEFAULTS.recency, shown=7))
"""A list made from events alone does not show again who was shown this week."""


def run(lines: Iterable[str], kind: str, top: int, today: date) -> Iterator[str]:
    """The suggestions of a kind for every enterprise in the lines, as lines, best first.

    Raises ValueError for a kind not offered, an id used twice or a line that cannot be read,
    before the first suggestion.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not offered; offered are {', '.join(KINDS)}")
    if top < 1:
        raise ValueError(f"top must be at least 1, not {top}")
    records = tuple(jsonl.read(lines))
    _check_ids(records)
    found = (
        _partners(records, top, today) if kind == "partners" else _providers(records, top, today)
    )
    return (jsonl.written(suggestion) for suggestion in found)


def _partners(records: tuple[Record, ...], top: int, today: date) -> Iterator[Suggestion]:
    events = (record for record in records if isinstance(record, Event))
    history = recall(events, today, WEEKLY.recency)
    profiles = [profile(record) for record in records if isinstance(record, Enterprise)]
    for who in profiles:
        yield from ranked(who, profiles, history, top, WEEKLY)


def _providers(records: tuple[Record, ...], top: int, today: date) -> Iterator[Suggestion]:
    known = tuple(record for record in records if isinstance(record, Provider))
    for record in records:
        if isinstance(record, Enterprise):
            yield from for_needs(record, record.needs, known, today, top)


def _check_ids(records: tuple[Record, ...]) -> None:
    seen: set[tuple[type, str]] = set()
    for record in records:
        if isinstance(record, Event):
            continue
        if (type(record), record.id) in seen:
            raise ValueError(f"{type(record).__name__.lower()} id {record.id!r} is used twice")
        seen.add((type(record), record.id))
