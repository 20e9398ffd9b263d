"""Columns that grow: typed, a few bytes a value, seen by numpy without a copy."""

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {
    "f": np.float32,
    "d": np.float64,
    "i": np.int32,
    "H": np.uint16,
    "B": np.uint8,
    "Q": np.uint64,
}


GROWTH = 16
"""A full column grows by this part of itself: room that is not used is little."""


class Column:
    """Numbers of one kind; appending leaves the views handed out before as they were."""

    def __init__(self, kind: str, values: Iterable[float] = ()) -> None:
        self._kind = np.dtype(TYPES[kind])
        self._room: NDArray[Any] = np.array(list(values), self._kind)
        self._length = len(self._room)

    def __len__(self) -> int:
        return self._length

    def append(self, value: float) -> None:
        if self._length == len(self._room):
            grown = np.empty(self._length + max(64, self._length // GROWTH), self._kind)
            grown[: self._length] = self._room
            self._room = grown
        self._room[self._length] = value
        self._length += 1

    def view(self) -> NDArray[Any]:
        """All values as one array."""
        return self._room[: self._length]

    def put(self, values: NDArray[Any]) -> None:
        """Take other values in the place of all."""
        self._room = np.ascontiguousarray(values, self._kind)
        self._length = len(values)

    def trim(self) -> None:
        """Give back the room not used."""
        self._room = self._room[: self._length].copy()

    @property
    def nbytes(self) -> int:
        return int(self._room.nbytes)


class Postings:
    """For each word the rows that hold it, in the order they came."""

    def __init__(self) -> None:
        self.rows: dict[str, array[int]] = {}
        self._none = np.empty(0, np.int32)

    def add(self, word: str, row: int) -> None:
        self.rows.setdefault(word, array("i")).append(row)

    def of(self, word: str) -> NDArray[np.int32]:
        """The rows of a word. A view, to be let go before more is added."""
        found = self.rows.get(word)
        return self._none if found is None else np.frombuffer(found, np.int32)

    def move(self, place_of: NDArray[np.int32]) -> None:
        """Every row has moved to `place_of[row]`; those at -1 have gone."""
        for word, rows in list(self.rows.items()):
            moved = np.sort(place_of[np.frombuffer(rows, np.int32)])
            kept = moved[np.searchsorted(moved, 0) :]
            self.rows[word] = array("i", kept.tobytes())
            if not len(kept):
                del self.rows[word]

    @property
    def nbytes(self) -> int:
        return sum(len(word) + 50 + 4 * len(rows) for word, rows in self.rows.items())
