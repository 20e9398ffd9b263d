"""`artisan rotate-key`: what is sealed goes over to a new DATABASE_KEY."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.pipeline.lock import Occupied, alone
from bot.settings import LEAST_KEY, Settings
from bot.usage import UsageError
from storage import rotation
from storage.database import Database


async def rotate(database: Database, settings: Settings, new_key: str) -> str:
    """Seal everything anew. Raises UsageError where there is no new key or a worker runs."""
    if len(new_key) < LEAST_KEY:
        raise UsageError(
            f"set NEW_DATABASE_KEY to the key to come, of at least {LEAST_KEY} characters"
        )
    if settings.sqlite:
        try:
            with alone(settings.home):
                count = await _rotated(database, settings, new_key)
        except Occupied as occupied:
            raise UsageError(f"stop the service first: {occupied} is at work") from None
    else:
        count = await _rotated(database, settings, new_key)
    return f"Sealed anew: {count} cells. Set DATABASE_KEY to the new key and start again."


async def _rotated(database: Database, settings: Settings, new_key: str) -> int:
    return await rotation.rotate(database, settings.database_key, new_key, datetime.now(UTC))
