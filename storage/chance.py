"""Random bytes in small pieces: the system is asked for many at once, not for each."""

from __future__ import annotations

import os

_AT_ONCE = 256


class Pieces:
    """Pieces of so many random bytes, none given twice: not to several threads, nor to a process
    and one that it became."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._left: list[bytes] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._left.clear)

    def take(self) -> bytes:
        try:
            return self._left.pop()
        except IndexError:
            raw = os.urandom(self._size * (_AT_ONCE + 1))
            first, *more = (raw[i : i + self._size] for i in range(0, len(raw), self._size))
            self._left += more
            return first
