"""Moments: always aware, always UTC, the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A point in time. A naive datetime is refused; what is read back is in UTC.

    SQLite keeps it as SQLAlchemy's own type does: 2026-03-01 09:00:00.000000."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Without the layers between, since a row has several of them."""
        return _text if dialect.name == "sqlite" else _kept

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The driver of PostgreSQL gives moments in UTC."""
        return _read if dialect.name == "sqlite" else None


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone: pass an aware datetime")
    return value


def _kept(value: datetime | None) -> datetime | None:
    return None if value is None else _aware(value)


def _text(value: datetime | None) -> str | None:
    if value is None:
        return None
    return _aware(value).astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _read(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")
