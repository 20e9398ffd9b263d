"""`artisan providers import FILE`: the directory of providers, from a sheet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot import sheets
from bot.usage import UsageError
from storage.database import Database
from storage.importing import ImportFailed, import_providers

MOST_SAID = 10


async def take_in(database: Database, path: Path) -> str:
    """Bring the directory up to date from a file, wholly or not at all. Raises UsageError."""
    rows = sheets.read(path)
    try:
        async with database.begin() as db:
            done = await import_providers(db, rows, datetime.now(UTC))
    except ImportFailed as failed:
        said = [str(wrong) for wrong in failed.wrong[:MOST_SAID]]
        if len(failed.wrong) > MOST_SAID:
            said.append(f"and {len(failed.wrong) - MOST_SAID} more")
        raise UsageError(f"{path.name}: nothing was taken in. {'; '.join(said)}") from None
    return f"Providers: {done.new} new, {done.changed} brought up to date."
