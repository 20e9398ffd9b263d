"""`artisan match`: lines of records in, lines of suggestions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from matching.heeding import heeded
from matching.history import Recency, recall
from matching.jsonl import Reading, Slip, line_of, read, written
from matching.providers import for_needs
from matching.records import Enterprise, Event, Provider, Request
from matching.served import served, within_room
from matching.suggestions import Suggestion

if TYPE_CHECKING:
    from matching.weekly import Rules
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
    return Answer(_FOUND[kind](reading, top, today), reading.slips)


def _partners(reading: Reading, top: int, today: date) -> Iterator[str]:
    return map(written, partners_of_all(reading, top, today))


def partners_of_all(
    reading: Reading,
    top: int,
    today: date,
    settings: Settings | None = None,
    rules: Rules | None = None,
) -> Iterator[Suggestion]:
    """The partners of every enterprise, in the order of the records: the lists of one week, with
    what the events teach in them and whom they left unseen."""
    from matching.answers import remember
    from matching.partners import told
    from matching.weekly import RULES, make
    from matching.weighing import DEFAULTS

    settings = settings or DEFAULTS
    past = reading.of(Event)
    enterprises = heeded(reading.of(Enterprise), past, today)
    history = recall(past, today, replace(settings.recency, shown=RECENCY.shown))
    rules = rules or replace(RULES, enough=ENOUGH)
    week = make(enterprises, remember(past, today), history, top, settings, rules)
    known = {enterprise.id: enterprise for enterprise in enterprises}
    for who in enterprises:
        yield from told(who, known, week.lists[who.id], settings)


def _providers(reading: Reading, top: int, today: date) -> Iterator[str]:
    """No provider stands in more lists than it has room for this month."""
    known, firms = reading.of(Provider), reading.of(Enterprise)
    done = served(reading.of(Event), known, today)
    lists = [for_needs(one, one.needs, known, today, top + SPARE, known=done) for one in firms]
    for kept in within_room(lists, known, done, top):
        yield from map(written, kept)


SPARE = 10
"""So many more providers are found than are listed, should the first have no room."""


def _groups(reading: Reading, top: int, today: date) -> Iterator[str]:
    from matching.groups import groups

    past = reading.of(Event)
    found = groups(heeded(reading.of(Enterprise), past, today), past, today, top)
    return (line_of(group.fields()) for group in found)


def _pools(reading: Reading, top: int, today: date) -> Iterator[str]:
    from matching.pools import pools

    past, providers = reading.of(Event), reading.of(Provider)
    firms = heeded(reading.of(Enterprise), past, today)
    found = pools(firms, providers, past, today, top)
    return (line_of(pool.fields()) for pool in found)


def _buyers(reading: Reading, top: int, today: date) -> Iterator[str]:
    from matching.buyers import suppliers

    requests, firms = reading.of(Request), reading.of(Enterprise)
    found = suppliers(requests, firms, reading.of(Event), today, top)
    return (line_of(supply.fields()) for supply in found)


_FOUND: Mapping[str, Callable[[Reading, int, date], Iterator[str]]] = {
    "partners": _partners,
    "providers": _providers,
    "buyers": _buyers,
    "groups": _groups,
    "pools": _pools,
}
KINDS = tuple(_FOUND)
