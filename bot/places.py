"""The tables of places, read when a country is first asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flows.understand.gazetteer import Gazetteer

NEIGHBOURS = ("HN", "NI", "JM", "KE")
"""Countries looked in as well, where a name is not known in a person's own."""

SIZES = (1_000, 10_000, 50_000, 250_000)
"""People from which a place is drawn larger: five sizes."""


def gazetteers(folder: Path, home: str) -> Callable[[str], tuple[Gazetteer, ...]]:
    """A function from a country's two letters to the gazetteers to look in, that country's first,
    then those of `home`; countries without a table are passed over."""

    @cache
    def of(country: str) -> Gazetteer | None:
        table = _table(folder, country)
        return Gazetteer(table) if table else None

    @cache
    def looked_in(country: str) -> tuple[Gazetteer, ...]:
        order = dict.fromkeys((country, home, *NEIGHBOURS))
        return tuple(found for found in map(of, order) if found is not None)

    return looked_in


@cache
def drawn(folder: Path, country: str) -> bytes | None:
    """The places of a country for a map, as JSON; None where there is no table."""
    table = _table(folder, country)
    if table is None:
        return None
    places = [
        {"name": name, "lat": lat, "lon": lon, "size": 1 + sum(people >= n for n in SIZES)}
        for name, _, lat, lon, people, _ in table["places"]
        if lat is not None and lon is not None
    ]
    return json.dumps({"country": country, "places": places}, ensure_ascii=False).encode()


@cache
def regions(folder: Path, country: str) -> frozenset[str]:
    """The ISO 3166-2 codes of a country's regions; none where there is no table."""
    table = _table(folder, country)
    return frozenset(region["code"] for region in table["regions"]) if table else frozenset()


def _table(folder: Path, country: str) -> dict[str, Any] | None:
    path = folder / f"{country}.json"
    if len(country) != 2 or not country.isascii() or not country.isalpha() or not path.is_file():
        return None
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
