"""Sets of needs, each distinct one once, and how much each shares with somebody's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Column
from matching.terms import OTHER_TOPIC, SAME_TOPIC, TOPIC_UNKNOWN, Topics

Wanted = Mapping[str, Topics]
"""Topics by category; None among them where a need named no topic."""


@dataclass(frozen=True)
class Sharing:
    """Of every set in the table: how many needs it shares, counted with how surely; how much of
    that is sure; and how many categories it has."""

    shared: NDArray[np.float64]
    sure: NDArray[np.float64]
    known: NDArray[np.float64]


class NeedTable:
    """Sets of needs by number. Every pair of category and topic is a bit of some column."""

    def __init__(self) -> None:
        self.sets: list[Wanted] = []
        self._numbers: dict[frozenset[tuple[str, Topics]], int] = {}
        self._bits: dict[tuple[str, str | None], int] = {}
        self._columns: list[Column] = []
        self._known = Column("B")

    def number(self, wanted: Wanted) -> int:
        """The number of a set, a new one where it is new."""
        key = frozenset(wanted.items())
        found = self._numbers.setdefault(key, len(self.sets))
        if found == len(self.sets):
            self.sets.append(wanted)
            self._append(wanted)
        return found

    def _append(self, wanted: Wanted) -> None:
        pairs = [(category, topic) for category, topics in wanted.items() for topic in topics]
        bits = [self._bits.setdefault(pair, len(self._bits)) for pair in pairs]
        while len(self._columns) * 64 < len(self._bits):
            self._columns.append(Column("Q", [0] * len(self._known)))
        for number, column in enumerate(self._columns):
            column.append(sum(1 << (bit % 64) for bit in bits if bit // 64 == number))
        self._known.append(min(len(wanted), 255))

    def sharing(self, mine: Wanted) -> Sharing:
        """What every set shares with `mine`."""
        shared = np.zeros(len(self.sets))
        sure = np.zeros(len(self.sets))
        for category, topics in mine.items():
            alike = self._level(category, topics)
            shared += alike
            sure += np.where(alike >= TOPIC_UNKNOWN, alike, 0.0)
        return Sharing(shared, sure, self._known.view().astype(np.float64))

    def _level(self, category: str, topics: Topics) -> NDArray[np.float64]:
        some = self._has(category, None)
        same = self._has(category, topics)
        unknown = some if None in topics else self._has(category, frozenset({None}))
        vague = np.where(some, np.where(unknown, TOPIC_UNKNOWN, OTHER_TOPIC), 0.0)
        return np.where(same, SAME_TOPIC, vague)

    def _has(self, category: str, topics: Topics | None) -> NDArray[np.bool_]:
        """Which sets hold one of these topics of a category; any topic where None is given."""
        found: NDArray[Any] = np.zeros(len(self.sets), np.bool_)
        for number, column in enumerate(self._columns):
            mask = sum(
                1 << (bit % 64)
                for (named, topic), bit in self._bits.items()
                if named == category and bit // 64 == number and (topics is None or topic in topics)
            )
            if mask:
                found |= (column.view() & np.uint64(mask)) != 0
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of the columns."""
        return sum(column.nbytes for column in (*self._columns, self._known))
