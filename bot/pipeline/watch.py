"""Noticing what other processes wrote to an SQLite file: nobody else can tell us."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from urllib.parse import quote

from sqlalchemy.engine import make_url

from bot.pipeline.coordination import Coordination

EVERY = 0.12  # seconds
MOST = 2.0


async def watch(database_url: str, coordination: Coordination) -> None:
    """Wake everybody in this process whenever the file changed, until cancelled.

    Asking costs microseconds: SQLite answers from the shared memory of its log."""
    path = make_url(database_url).database or ""
    with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=0)) as ours:
        seen, pause = _version(ours), EVERY
        while True:
            await asyncio.sleep(pause)
            try:
                version = _version(ours)
            except sqlite3.OperationalError:  # busy just now
                pause = min(pause * 2, MOST)
                continue
            pause = EVERY
            if version != seen:
                seen = version
                coordination.ring_all()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
