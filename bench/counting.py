"""A number that one process writes and another reads without asking: who asks would be answered by
the processor that is being measured."""

from __future__ import annotations

import asyncio
import mmap
import struct
from collections.abc import Sequence
from pathlib import Path

LOOK = 0.001
"""Seconds between looks at it."""

_NUMBER = struct.Struct("q")


class Count:
    """A number in a file of eight bytes that both processes have in memory."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_NUMBER.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _NUMBER.size)

    def __int__(self) -> int:
        return int(_NUMBER.unpack_from(self._memory)[0])

    def add(self, more: int) -> None:
        _NUMBER.pack_into(self._memory, 0, int(self) + more)


async def reached(counts: Sequence[Count], least: int) -> None:
    """Wait until these are so much together."""
    while sum(map(int, counts)) < least:
        await asyncio.sleep(LOOK)
