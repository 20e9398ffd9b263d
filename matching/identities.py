"""Ids by row, and rows by id, in few bytes each."""

from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

_UUID, _TEXT, _END = b"\0", b"\1", b"\2"


class Ids:
    """The ids of rows: the first many packed in one array, those that came later in a list."""

    def __init__(self) -> None:
        self._packed: NDArray[Any] = np.empty(0, "S1")
        self._order: NDArray[np.int32] = np.empty(0, np.int32)
        self._later: list[str] = []
        self._later_rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._packed) + len(self._later)

    def append(self, identity: str) -> int:
        """Add one; gives its row. An id that comes again is found at its last row."""
        row = len(self)
        self._later.append(identity)
        self._later_rows[identity] = row
        return row

    def of(self, row: int) -> str:
        """The id of a row."""
        packed = len(self._packed)
        return self._later[row - packed] if row >= packed else _unpacked(self._packed[row])

    def row(self, identity: str) -> int | None:
        """The row of an id, None where nobody has it."""
        later = self._later_rows.get(identity)
        if later is not None or not len(self._packed):
            return later
        key = np.array(_packed(identity), "S")
        at = int(np.searchsorted(self._packed, key, sorter=self._order))
        if at == len(self._order):
            return None
        row = int(self._order[at])
        return row if self.of(row) == identity else None

    def keep(self, order: NDArray[np.int32]) -> None:
        """Put row `order[k]` at k; rows not named go."""
        packed = [_packed(self.of(row)) for row in order.tolist()]
        self._packed = np.array(packed, "S") if packed else np.empty(0, "S1")
        self._order = np.argsort(self._packed, kind="stable").astype(np.int32)
        self._later, self._later_rows = [], {}

    @property
    def nbytes(self) -> int:
        """Bytes of what is packed."""
        return int(self._packed.nbytes + self._order.nbytes)


def _packed(identity: str) -> bytes:
    """A UUID in 17 bytes; anything else as it is spelt, between marks."""
    if len(identity) == 36 and identity.count("-") == 4:
        try:
            found = UUID(identity)
        except ValueError:
            found = None
        if found is not None and str(found) == identity:
            return _UUID + found.bytes
    return _TEXT + identity.encode(errors="surrogatepass") + _END


def _unpacked(packed: bytes) -> str:
    """The id that was packed; the array takes zeros off the end of a UUID."""
    if packed[:1] == _TEXT:
        return packed[1:-1].decode(errors="surrogatepass")
    return str(UUID(bytes=packed[1:].ljust(16, b"\0")))
