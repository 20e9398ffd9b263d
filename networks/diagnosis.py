"""Ten taps about a firm, and what of its answers is a need it shares with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Firm = TypeVar("Firm")

LACKS: Mapping[str, tuple[str, str]] = {
    "refused": ("yes", "market_access"),
    "buyers": ("yes", "market_access"),
    "inputs": ("yes", "inputs"),
    "machines": ("yes", "technology"),
    "costing": ("no", "training"),
    "quality": ("yes", "training"),
    "records": ("no", "training"),
    "money": ("yes", "finance"),
    "space": ("yes", "infrastructure"),
    "papers": ("yes", "policy"),
}
"""Question -> the answer that speaks of a need, and its category; permanent."""

MONTHS = (0, 6, 12)
"""How long after joining a firm is asked."""

LEAST = 3
"""Of fewer firms nothing is told of what they lack."""


def needs_in(answers: Mapping[str, object]) -> tuple[str, ...]:
    """The categories of need that a firm's answers speak of, in the order of the questions."""
    found = (kind for name, (lacks, kind) in LACKS.items() if answers.get(name) == lacks)
    return tuple(dict.fromkeys(found))


def shared(all_answers: Iterable[Mapping[str, object]]) -> list[tuple[str, int]]:
    """Categories by how many firms lack them, most first, without those of one firm only; nothing
    for fewer than three firms."""
    each = [needs_in(answers) for answers in all_answers]
    if len(each) < LEAST:
        return []
    order = list(dict.fromkeys(kind for _, kind in LACKS.values()))
    counts = Counter(kind for kinds in each for kind in kinds)
    named = [(kind, number) for kind, number in counts.items() if number > 1]
    return sorted(named, key=lambda one: (-one[1], order.index(one[0])))


LEAST_COMPARED = 5
"""Of fewer firms nothing is told of what has changed."""


@dataclass(frozen=True)
class Change:
    """How many of `firms` that answered both times lacked a kind of thing at first, and now."""

    kind: str
    before: int
    now: int
    firms: int


def compared(
    first: Mapping[Firm, Mapping[str, object]], later: Mapping[Firm, Mapping[str, object]]
) -> tuple[Change, ...]:
    """What has changed among the firms that answered both times, what most lacked at first before
    the rest; nothing for fewer than five firms."""
    both = [firm for firm in first if firm in later]
    if len(both) < LEAST_COMPARED:
        return ()
    before = Counter(kind for firm in both for kind in needs_in(first[firm]))
    now = Counter(kind for firm in both for kind in needs_in(later[firm]))
    kinds = dict.fromkeys(kind for _, kind in LACKS.values() if before[kind] or now[kind])
    changes = [Change(kind, before[kind], now[kind], len(both)) for kind in kinds]
    return tuple(sorted(changes, key=lambda one: -one.before))
