"""Importing providers: rows of a table in, every mistake of every row named, or all of them kept.

A row is a provider and one service; more services are more rows with the same name and place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from matching.crafts import CRAFTS
from storage import providers
from storage.providers import Service, minor_digits

CATEGORIES = (
    "market_access",
    "infrastructure",
    "policy",
    "inputs",
    "training",
    "technology",
    "finance",
)
KINDS = ("provider", "service_centre", "buyer")
COLUMNS = (
    "name",
    "kind",
    "agency",
    "phone",
    "address",
    "country",
    "region",
    "place",
    "lat",
    "lon",
    "radius_km",
    "languages",
    "month_capacity",
    "checked_how",
    "checked_at",
    "checked_until",
    "category",
    "topic",
    "crafts",
    "price",
    "currency",
    "group_min",
    "group_max",
)
"""What a table may have; only `name`, `country` and `category` must be filled in."""

MOST_DAYS = 366  # a check holds a year at most
NOBODY = UUID(int=0)
"""Who checked a provider that came from a file."""


@dataclass(frozen=True)
class Wrong:
    """A mistake: `row` counts from 1, below the headings; `column` as the table names it."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.what}"


class ImportFailed(Exception):
    """Nothing was imported. Mend what is listed in `wrong` and import the same file again."""

    def __init__(self, wrong: Iterable[Wrong]) -> None:
        self.wrong = tuple(wrong)
        super().__init__("\n".join(str(one) for one in self.wrong))


@dataclass
class Wanted:
    """A provider to be, with the services of all its rows."""

    row: int
    columns: dict[str, Any]
    services: list[Service] = field(default_factory=list)


@dataclass(frozen=True)
class Imported:
    """How many providers were new, and how many were there and are changed now."""

    new: int
    changed: int


async def import_providers(
    db: AsyncConnection, rows: Iterable[Mapping[Any, object]], now: datetime
) -> Imported:
    """Keep the providers of a table; one of the same name and place is changed, not doubled.

    Raises ImportFailed with every mistake in it, having changed nothing."""
    new = changed = 0
    for wanted in read(rows):
        columns = dict(wanted.columns)
        name, place = columns.pop("name"), columns.get("place")
        if columns.get("checked_at") and not columns.get("checked_by"):
            columns["checked_by"] = NOBODY
        found = await providers.by_name(db, name, place)
        if found is None:
            await providers.add(db, name, now, wanted.services, **columns)
            new += 1
        else:
            await providers.change(db, found.id, now, **columns)
            await providers.offer(db, found.id, wanted.services, now)
            changed += 1
    return Imported(new, changed)


def read(rows: Iterable[Mapping[Any, object]]) -> list[Wanted]:
    """The providers of a table, in its order; empty rows are passed over. Raises ImportFailed."""
    wrong: list[Wrong] = []
    found: dict[tuple[str, str | None], Wanted] = {}
    for number, row in enumerate(rows, 1):
        cells = {str(k).strip().lower(): _plain(v) for k, v in row.items() if k is not None}
        if not any(cells.values()):
            continue
        fields = _Fields(number, cells)
        columns, service = _provider(fields), _service(fields)
        wrong += fields.wrong
        if fields.wrong or service is None:
            continue
        key = (columns["name"], columns["place"])
        wanted = found.setdefault(key, Wanted(number, columns))
        wrong += [
            Wrong(number, name, f"differs from row {wanted.row} of the same provider")
            for name, value in columns.items()
            if value != wanted.columns[name]
        ]
        wanted.services.append(service)
    if wrong:
        raise ImportFailed(wrong)
    return list(found.values())


def _plain(value: object) -> str:
    """A cell as text: spreadsheets give numbers and days as such, and whole numbers as 5.0."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


class _Fields:
    """The cells of one row, each asked for by its shape; what is wrong is collected."""

    def __init__(self, row: int, cells: Mapping[str, str]) -> None:
        self.row, self.cells = row, cells
        self.wrong = [
            Wrong(row, name, f"is no column of ours: {', '.join(COLUMNS)}")
            for name in cells
            if name not in COLUMNS and row == 1
        ]

    def complain(self, column: str, what: str) -> None:
        self.wrong.append(Wrong(self.row, column, what))

    def text(self, column: str, most: int, *, needed: bool = False) -> str | None:
        value = self.cells.get(column, "")
        if needed and not value:
            self.complain(column, "is empty")
        if len(value) > most:
            self.complain(column, f"is longer than {most} characters")
        return value or None

    def shaped(
        self, column: str, pattern: str, expected: str, *, needed: bool = False
    ) -> str | None:
        value = self.text(column, 60, needed=needed)
        if value is not None and not re.fullmatch(pattern, value):
            self.complain(column, f"must be {expected}, not {value!r}")
        return value

    def one_of(self, column: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        value = self.text(column, 60, needed=default is None) or default
        if value is not None and value not in allowed:
            self.complain(column, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def several(
        self, column: str, allowed: Callable[[str], bool], expected: str
    ) -> tuple[str, ...]:
        parts = re.split(r"[,;|]", self.cells.get(column, ""))
        values = tuple(part.strip() for part in parts if part.strip())
        for value in values:
            if not allowed(value):
                self.complain(column, f"must be {expected}, not {value!r}")
        return values

    def decimal(self, column: str, least: float, most: float) -> Decimal | None:
        value = self.cells.get(column, "")
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            self.complain(column, f"must be a number, not {value!r}")
            return None
        if not number.is_finite() or not least <= number <= most:
            self.complain(column, f"must be from {least:g} to {most:g}, not {value}")
            return None
        return number

    def number(self, column: str, least: float, most: float) -> float | None:
        value = self.decimal(column, least, most)
        return None if value is None else float(value)

    def whole(self, column: str, most: int = 1_000_000) -> int | None:
        value = self.decimal(column, 0, most)
        if value is not None and value != int(value):
            self.complain(column, f"must be a whole number, not {value}")
        return None if value is None else int(value)

    def day(self, column: str) -> datetime | None:
        value = self.cells.get(column, "")
        try:
            return datetime.combine(date.fromisoformat(value), time(), UTC) if value else None
        except ValueError:
            self.complain(column, f"must be a day like 2026-01-31, not {value!r}")
            return None


def _provider(fields: _Fields) -> dict[str, Any]:
    columns = {
        "name": fields.text("name", 120, needed=True),
        "kind": fields.one_of("kind", KINDS, "provider"),
        "agency": fields.text("agency", 80),
        "phone": fields.shaped("phone", r"\+?[0-9 ()./-]{5,25}", "a number like +504 2211 3344"),
        "address": fields.text("address", 200),
        "country": fields.shaped("country", r"[A-Z]{2}", "a code like HN", needed=True),
        "region": fields.text("region", 40),
        "place": fields.text("place", 120),
        "lat": fields.number("lat", -90, 90),
        "lon": fields.number("lon", -180, 180),
        "radius_km": fields.number("radius_km", 0, 20_000),
        "languages": fields.several("languages", _is_language, "codes like es or es_HN"),
        "month_capacity": fields.whole("month_capacity"),
        "checked_how": fields.text("checked_how", 120),
        "checked_at": fields.day("checked_at"),
        "checked_until": fields.day("checked_until"),
    }
    _check_the_check(fields, columns)
    if (columns["lat"] is None) != (columns["lon"] is None):
        fields.complain("lat", "needs lon beside it, and lon needs lat")
    return columns


def _is_language(code: str) -> bool:
    return re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]{2,4})?", code) is not None


def _check_the_check(fields: _Fields, columns: Mapping[str, Any]) -> None:
    """Nobody is suggested whom nobody checked; a check says how, and ends."""
    at, until = columns["checked_at"], columns["checked_until"]
    if not (at or until or columns["checked_how"]):
        return
    for name in ("checked_how", "checked_at", "checked_until"):
        if not columns[name]:
            fields.complain(name, "is empty, but the others about the check are not")
    if at and until and not 0 <= (until - at).days <= MOST_DAYS:
        fields.complain("checked_until", "must be within a year after checked_at")


def _service(fields: _Fields) -> Service | None:
    category = fields.one_of("category", CATEGORIES)
    topic = fields.text("topic", 60)
    crafts = fields.several("crafts", CRAFTS.__contains__, f"of {', '.join(CRAFTS)}")
    price = fields.decimal("price", 0, 1e12)
    currency = fields.shaped("currency", r"[A-Z]{3}", "a code like HNL")
    if (price is None) != (currency is None):
        fields.complain("price", "needs currency beside it, and currency needs price")
    group_min, group_max = fields.whole("group_min"), fields.whole("group_max")
    if group_min is not None and group_max is not None and group_min > group_max:
        fields.complain("group_min", "is more than group_max")
    if fields.wrong or category is None:
        return None
    minor = None if price is None else int((price * 10 ** minor_digits(currency)).to_integral())
    return Service(category, topic, crafts, minor, currency, group_min, group_max)
