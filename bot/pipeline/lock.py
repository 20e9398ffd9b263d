"""SQLite has one worker: a second one says so and does not start.

The lock is held on a file beside the database and goes with the process, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class Occupied(Exception):
    """Another process is at work on this database; `by` is its number, where it said so."""

    def __init__(self, by: str) -> None:
        self.by = by
        super().__init__(f"process {by}" if by else "another process")


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be the only worker on the database in this folder. Raises Occupied."""
    home.mkdir(parents=True, exist_ok=True)
    held = os.open(home / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(os.pread(held, 20, 0).decode(errors="replace").strip()) from None
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(held)
