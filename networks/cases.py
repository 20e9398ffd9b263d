"""Which cases help with a problem: of the same craft, kind of need, things and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

SAME_CRAFT, SAME_NEED, SAME_THING, SAME_WORD = 4, 4, 2, 1


@dataclass(frozen=True)
class Told:
    """What a case, or a question for cases, is about: a craft and a category of need, where known,
    ids of things and plain words in it."""

    craft: str | None
    category: str | None
    things: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def alike(asked: Told, case: Told) -> int:
    """How much a case has to do with what is asked; 0 for nothing."""
    found = SAME_CRAFT * (asked.craft is not None and asked.craft == case.craft)
    found += SAME_NEED * (asked.category is not None and asked.category == case.category)
    found += SAME_THING * len(asked.things & case.things)
    return found + SAME_WORD * len(asked.words & case.words)


@dataclass(frozen=True)
class Found(Generic[Kept]):
    case: Kept
    worth: int


def fitting(asked: Told, cases: Iterable[tuple[Kept, Told]], most: int) -> Sequence[Kept]:
    """The cases that help most, best first, the earlier in order before those worth as much."""
    weighed = [Found(kept, alike(asked, told)) for kept, told in cases]
    ordered = sorted(weighed, key=lambda one: -one.worth)
    return [one.case for one in ordered if one.worth][:most]
