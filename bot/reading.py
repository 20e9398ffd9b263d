"""What `artisan read` prints: the readers of replies, one JSON line for one JSON line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.catalogues import offered
from bot.usage import UsageError
from flows.model import (
    Choice,
    Integer,
    Language,
    Money,
    Multi,
    Phone,
    Place,
    Question,
    Year,
    YesNo,
)
from flows.understand import keywords, read
from flows.understand.languages import known
from flows.understand.places import Gazetteer
from flows.values import Clear, Offer, Said
from flows.world import World

_TEXTS: dict[str, str] = {"name": "reply", "text": "?", "hint": "?"}
KINDS: Mapping[str, Question] = {
    "choice": Choice(kind="choice", **_TEXTS),
    "multi": Multi(kind="multi", **_TEXTS),
    "yes_no": YesNo(kind="yes_no", **_TEXTS),
    "integer": Integer(kind="integer", **_TEXTS, most=10**12),
    "year": Year(kind="year", **_TEXTS),
    "money": Money(kind="money", **_TEXTS),
    "phone": Phone(kind="phone", **_TEXTS),
    "language": Language(kind="language", **_TEXTS),
    "place": Place(kind="place", **_TEXTS),
}


def read_lines(
    kind: str,
    language: str,
    country: str,
    options: Path | None,
    lines: Iterable[str],
    *,
    languages: Sequence[str] = (),
    places: tuple[Gazetteer, ...] = (),
    today: date | None = None,
) -> Iterator[str]:
    """`{"value": ...}` or `{"unclear": true}` for each line, a JSON string of what was replied.

    `options`: a JSON list of {"id", "label"}. `languages`: the codes offered, in order; the others
    that have a table come after them. Raises
    UsageError for a kind that is none and for a file or a line that cannot be read."""
    if kind != "keyword" and kind not in KINDS:
        raise UsageError(f"kind {kind!r} is not one of {', '.join([*KINDS, 'keyword'])}")
    offers = _offers(options) if options else ()
    if kind == "language" and not offers:
        codes = dict.fromkeys((*languages, *known()))
        offers = tuple(Offer(o.code, o.name, o.code) for o in map(offered, codes))
    if kind in ("choice", "multi") and not offers:
        raise UsageError(f"kind {kind} needs --options FILE")
    now = today or date.today()
    world = World(language=language, country=country, places=places, today=now)
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(_read(kind, _text(line, number), world, offers), ensure_ascii=False)


def _read(kind: str, text: str, world: World, offers: tuple[Offer, ...]) -> dict[str, Any]:
    if kind == "keyword":
        name = keywords.read(text, world.language)
        return {"value": name} if name else {"unclear": True}
    reading = read(KINDS[kind], Said(text=text), world, offers)
    return {"value": reading.value} if isinstance(reading, Clear) else {"unclear": True}


def _text(line: str, number: int) -> str:
    try:
        text = json.loads(line)
    except ValueError:
        text = None
    if not isinstance(text, str):
        raise UsageError(f"line {number} is not a JSON string")
    return text


def _offers(path: Path) -> tuple[Offer, ...]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        offers = [Offer(str(one["id"]), str(one["label"]), str(one["id"])) for one in listed]
        return tuple(
            replace(offer, also=_also(one)) for offer, one in zip(offers, listed, strict=True)
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{path} is no JSON list of id and label: {error}") from None


def _also(option: Mapping[str, Any]) -> tuple[str, ...]:
    """Other words for an option, where a file gives them: by commas, or as a list."""
    also = option.get("also") or ()
    return tuple(also.split(",") if isinstance(also, str) else map(str, also))
