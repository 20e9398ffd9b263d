"""What earlier events forbid: whom not to suggest to whom today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from matching.heeding import NO_TIME
from matching.records import Event


@dataclass(frozen=True)
class Recency:
    """For how many days an event keeps two apart; 0 is not at all. Connected is for ever; who
    had no time is only held apart as long as who was asked."""

    shown: int = 0
    asked: int = 30
    declined: int = 180


@dataclass(frozen=True)
class History:
    """Who is not to be suggested to whom, by id."""

    apart: Mapping[str, frozenset[str]]

    def forbids(self, who: str, other: str) -> bool:
        """Whether `other` is not to be suggested to `who`."""
        return other in self.apart.get(who, frozenset())


def recall(past: Iterable[Event], today: date, recency: Recency) -> History:
    """The history up to `today`; later events have not happened yet and are left out."""
    apart: dict[str, set[str]] = {}
    for event in past:
        if event.at > today or not _keeps_apart(event, today, recency):
            continue
        apart.setdefault(event.from_, set()).add(event.to)
        if event.kind != "shown":
            apart.setdefault(event.to, set()).add(event.from_)
    return History({who: frozenset(others) for who, others in apart.items()})


def _keeps_apart(event: Event, today: date, recency: Recency) -> bool:
    match event.kind:
        case "connected" | "useful":
            return True
        case "declined":
            days = recency.asked if event.reason in NO_TIME else recency.declined
        case "asked" | "accepted" | "lapsed":
            days = recency.asked
        case "shown":
            days = recency.shown
        case "opened":
            days = 0
    return today - event.at < timedelta(days=days)
