"""`artisan providers import FILE`: the directory of providers, from a sheet.

A row is a service of a provider; rows of the same name and place are one provider. What is there
already is brought up to date; who checked a provider is recorded by a coordinator, never here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import sheets
from bot.codes import areas
from bot.usage import UsageError
from matching.crafts import CRAFTS
from storage import providers
from storage.database import Database
from storage.providers import Service

CATEGORIES = (
    "market_access",
    "infrastructure",
    "policy",
    "inputs",
    "training",
    "technology",
    "finance",
)
KINDS = ("provider", "service_centre")
MOST_SAID = 10
TEXTS = {"name": 120, "agency": 80, "phone": 40, "address": 200, "place": 120, "topic": 60}
NEEDED = ("name", "category")


@dataclass
class Entry:
    """A provider as the sheet has it: its columns and its services."""

    columns: dict[str, Any]
    services: list[Service] = field(default_factory=list)


class _Wrong(ValueError):
    """What is wrong with a row."""


async def take_in(database: Database, path: Path) -> str:
    """Bring the directory up to date from a file, wholly or not at all. Raises UsageError."""
    entries = entries_of(path)
    now = datetime.now(UTC)
    added = 0
    async with database.begin() as db:
        for entry in entries:
            columns = dict(entry.columns)
            known = await providers.by_name(db, columns["name"], columns.get("place"))
            if known is None:
                name, kind = columns.pop("name"), columns.pop("kind")
                await providers.add(db, name, now, entry.services, kind=kind, **columns)
                added += 1
            else:
                await providers.change(db, known.id, now, **columns)
                await providers.offer(db, known.id, entry.services, now)
    changed = len(entries) - added
    return f"Providers: {added} added, {changed} brought up to date."


def entries_of(path: Path) -> list[Entry]:
    """The providers of a file. Raises UsageError naming the rows that cannot be read."""
    entries: dict[tuple[str, str], Entry] = {}
    wrong: list[str] = []
    rows = list(sheets.read(path))
    missing = [name for name in NEEDED if rows and name not in rows[0][1]]
    if missing:
        raise UsageError(f"{path.name}: the column {missing[0]} is missing")
    for number, fields in rows:
        try:
            columns, service = _columns(fields), _service(fields)
        except _Wrong as problem:
            wrong.append(f"row {number}: {problem}")
            continue
        key = columns["name"].casefold(), (columns.get("place") or "").casefold()
        entries.setdefault(key, Entry(columns)).services.append(service)
    if wrong:
        more = f"; and {len(wrong) - MOST_SAID} more" if len(wrong) > MOST_SAID else ""
        raise UsageError(f"{path.name}: nothing was taken in: {'; '.join(wrong[:MOST_SAID])}{more}")
    return list(entries.values())


def _columns(fields: Mapping[str, str]) -> dict[str, Any]:
    name = _text(fields, "name")
    if not name:
        raise _Wrong("name is missing")
    kind = fields.get("kind", "").strip() or "provider"
    if kind not in KINDS:
        raise _Wrong(f"kind must be one of {', '.join(KINDS)}")
    country, region = _area(fields, "country", 2), _area(fields, "region", 6)
    if region and not country:
        country = region[:2]
    return {
        "name": name,
        "kind": kind,
        **{key: _text(fields, key) or None for key in ("agency", "phone", "address", "place")},
        "country": country,
        "region": region,
        "lat": _number(fields, "lat", -90, 90),
        "lon": _number(fields, "lon", -180, 180),
        "radius_km": _number(fields, "radius_km", 0, 20_000),
        "languages": tuple(_list(fields, "languages")),
        "month_capacity": _whole(fields, "month_capacity"),
    }


def _service(fields: Mapping[str, str]) -> Service:
    category = fields.get("category", "").strip()
    if category not in CATEGORIES:
        raise _Wrong(f"category must be one of {', '.join(CATEGORIES)}")
    crafts = _list(fields, "crafts")
    unknown = [craft for craft in crafts if craft not in CRAFTS]
    if unknown:
        raise _Wrong(f"craft {unknown[0]} is not known: one of {', '.join(CRAFTS)}")
    price = _number(fields, "price", 0, 1e12)
    currency = fields.get("currency", "").strip().upper()
    if price is not None and not (len(currency) == 3 and currency.isalpha()):
        raise _Wrong("a price needs its currency in three letters")
    least, most = _whole(fields, "group_min"), _whole(fields, "group_max")
    if least is not None and most is not None and least > most:
        raise _Wrong("group_min is larger than group_max")
    return Service(
        category=category,
        topic=_text(fields, "topic") or None,
        crafts=tuple(crafts),
        price=None if price is None else round(price * 100),
        currency=currency if price is not None else None,
        group_min=least,
        group_max=most,
    )


def _text(fields: Mapping[str, str], name: str) -> str:
    text = " ".join(fields.get(name, "").split())
    if len(text) > TEXTS[name]:
        raise _Wrong(f"{name} has more than {TEXTS[name]} characters")
    return text


def _area(fields: Mapping[str, str], name: str, most: int) -> str | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        (area,) = areas(text)
    except (UsageError, ValueError):
        raise _Wrong(f"{name} {text} is not known") from None
    if len(area) > most or (name == "region") != ("-" in area):
        raise _Wrong(f"{name} {text} is not known")
    return area


def _number(fields: Mapping[str, str], name: str, least: float, most: float) -> float | None:
    text = fields.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise _Wrong(f"{name} {text} is no number") from None
    if not least <= number <= most:
        raise _Wrong(f"{name} must be from {least:g} to {most:g}")
    return number


def _whole(fields: Mapping[str, str], name: str) -> int | None:
    number = _number(fields, name, 0, 1_000_000)
    if number is not None and not number.is_integer():
        raise _Wrong(f"{name} must be a whole number")
    return None if number is None else int(number)


def _list(fields: Mapping[str, str], name: str) -> list[str]:
    parts = fields.get(name, "").replace(";", ",").split(",")
    return list(dict.fromkeys(part.strip().casefold() for part in parts if part.strip()))
