"""What the tests of what is kept agree on."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.conftest import DATABASE_KEY as KEY

__all__ = ["KEY", "NOW"]

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
