"""The demonstration's data in the database: put there once, and only in the demonstration."""

from __future__ import annotations

from bot.settings import Settings
from storage.database import Database


async def load(database: Database, settings: Settings) -> bool:
    """Load what is not there yet. Gives whether anything was loaded."""
    return False
