"""JSON lines: the documented way in for records and out for suggestions."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, get_args

from matching.crafts import isic
from matching.records import (
    Capacity,
    Enterprise,
    Event,
    EventKind,
    Need,
    Provider,
    Rating,
    Record,
    Request,
    Service,
    Willing,
)
from matching.suggestions import Suggestion
from matching.vocabulary.spelling import folded

R = TypeVar("R", Enterprise, Provider, Request, Event)
P = TypeVar("P")

BOM = "\ufeff"
_HALF = re.compile("[\ud800-\udfff]")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d+)?")

MOST = 1e15
"""No number here is larger; also keeps what is no number at all out."""


@dataclass(frozen=True)
class Slip:
    """What is wrong with a line; what was right of it was kept wherever it could be."""

    line: int
    field: str | None
    wrong: str

    def __str__(self) -> str:
        where = f"line {self.line}: field {self.field}" if self.field else f"line {self.line}"
        return f"{where}: {self.wrong}"


@dataclass(frozen=True)
class Reading:
    """The records of a file in order, and its slips by line."""

    records: tuple[Record, ...]
    slips: tuple[Slip, ...]

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """The records of one kind, in order."""
        return tuple(record for record in self.records if isinstance(record, kind))


def read(lines: Iterable[str]) -> Reading:
    """The records of JSON lines. Empty lines and unknown fields are passed over.

    Nothing raises. A field of another shape than documented counts as not said, unless it is
    plain what is meant (a number written as a text, a text where a list of one belongs), and a
    line that is no object of a known type with an id is passed over; each is named by its number.
    Of two records with one id the first counts.
    """
    records: list[Record] = []
    slips: list[Slip] = []
    seen: set[tuple[type, str]] = set()
    for number, given in enumerate(lines, 1):
        line = _legible(given.removeprefix(BOM) if number == 1 else given, number, slips)
        if not line.strip():
            continue
        record = _record(line, number, slips)
        if record is None:
            continue
        if not isinstance(record, Event):
            key = type(record), record.id
            if key in seen:
                slips.append(Slip(number, "id", f"{record.id!r} is used twice"))
                continue
            seen.add(key)
        records.append(record)
    return Reading(tuple(records), tuple(slips))


def _legible(line: str, number: int, slips: list[Slip]) -> str:
    """The line with a sign for whatever in it is not UTF-8 and was read by `surrogateescape`."""
    if line.isascii() or not _NOT_UTF8.search(line):
        return line
    slips.append(Slip(number, None, "is not UTF-8 everywhere"))
    return _NOT_UTF8.sub("\ufffd", line)


def written(suggestion: Suggestion) -> str:
    """The documented line for a suggestion, without its end of line."""
    fields: dict[str, object] = {
        "for": suggestion.for_,
        "kind": suggestion.kind,
        "to": suggestion.to,
        "rank": suggestion.rank,
        "score": round(suggestion.score, 6),
        "reasons": list(suggestion.reasons),
    }
    if suggestion.service is not None:
        fields["service"] = suggestion.service
    if suggestion.way is not None:
        fields["way"] = suggestion.way
    return line_of(fields)


def line_of(fields: Mapping[str, object]) -> str:
    """One line of JSON, as people read it; half a character, which cannot be printed, as its
    number."""
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(fields, ensure_ascii=False))


class _Unreadable(Exception):
    """Nothing can be made of this line without this field."""


class _Fields:
    """The fields of one object, each asked for by its shape; absent, null or of another shape
    gives the default, the last with a slip."""

    def __init__(
        self, fields: Mapping[str, Any], line: int, slips: list[Slip], prefix: str = ""
    ) -> None:
        self.fields, self.line, self.slips, self.prefix = fields, line, slips, prefix

    def slip(self, name: str, wrong: str) -> None:
        self.slips.append(Slip(self.line, self.prefix + name, wrong))

    def _value(self, name: str, shape: type | tuple[type, ...], expected: str) -> Any:
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
            self.slip(name, f"must be {expected}, not {_shown(value)}")
            return None
        return value

    def text(self, name: str) -> str | None:
        value = self._value(name, str, "a text")
        return None if value is None else str(value)

    def code(self, name: str) -> str | None:
        """A code of a country, in capitals or not."""
        return (self.text(name) or "").strip().upper() or None

    def place(self, name: str) -> str | None:
        """What a place or region is called, its case, accents and spaces left out."""
        return folded(self.text(name) or "") or None

    def languages(self, name: str) -> frozenset[str]:
        """Languages without what is said of their country or script: `es-NI` is `es`."""
        codes = (re.split("[-_]", code.strip().casefold())[0] for code in self.texts(name))
        return frozenset(filter(None, codes))

    def crafts(self, name: str) -> tuple[str, ...]:
        """ISIC classes; the words that we have for some of them are these too."""
        return tuple(isic(craft.strip()) for craft in self.texts(name))

    def needed(self, name: str) -> str:
        value = self.fields.get(name)
        if isinstance(value, str) and value:
            return value
        wrong = f"must be a text, not {_shown(value)}" if value else "is missing"
        self.slip(name, wrong)
        raise _Unreadable

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        said = self.text(name)
        value = None if said is None else said.strip().casefold()
        if value is not None and value not in allowed:
            self.slip(name, f"must be one of {', '.join(allowed)}, not {said!r}")
            return None
        return value

    def number(self, name: str, least: float = 0.0, most: float = MOST) -> float | None:
        value = self._number_in(name)
        if value is None:
            value = self._value(name, (int, float), "a number")
        if value is not None and not least <= value <= most:
            self.slip(name, f"must be from {least:g} to {most:g}, not {_shown(value)}")
            return None
        return None if value is None else float(value)

    def _number_in(self, name: str) -> float | None:
        """The number that a text plainly is; named all the same."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
            return None
        self.slip(name, f"must be a number, not {_shown(value)}; read as that number")
        return float(value)

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        if value is not None and not value.is_integer():
            self.slip(name, f"must be a whole number, not {value}")
            return None
        return None if value is None else int(value)

    def day(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return None if value is None else date.fromisoformat(value[:10])
        except ValueError:
            self.slip(name, f"must be a date like 2026-01-31, not {value!r}")
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.fields.get(name)
        if isinstance(values, str) and values.strip():
            self.slip(name, f"must be a list of texts, not {_shown(values)}; read as a list of one")
            return (values,)
        values = self._value(name, list, "a list of texts") or []
        for value in values:
            if not isinstance(value, str):
                self.slip(name, f"must hold texts, not {_shown(value)}")
        return tuple(value for value in values if isinstance(value, str) and value.strip())

    def part(self, name: str) -> "_Fields | None":
        value = self._value(name, dict, "an object")
        return None if value is None else self._inside(value, f"{name}.")

    def parts(self, name: str) -> Iterator["_Fields"]:
        for index, value in enumerate(self._value(name, list, "a list of objects") or []):
            if isinstance(value, dict):
                yield self._inside(value, f"{name}[{index}].")
            else:
                self.slip(f"{name}[{index}]", "must be an object")

    def _inside(self, value: Mapping[str, Any], where: str) -> "_Fields":
        return _Fields(value, self.line, self.slips, self.prefix + where)


def _shown(value: object) -> str:
    return json.dumps(value)[:60]


def _record(line: str, number: int, slips: list[Slip]) -> Record | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        slips.append(Slip(number, None, f"is not JSON: {error}"))
        return None
    if not isinstance(found, dict):
        slips.append(Slip(number, None, "must be an object"))
        return None
    fields = _Fields(found, number, slips)
    try:
        fields.needed("type")
        reader = _READERS.get(fields.one_of("type", tuple(_READERS)) or "")
        if reader is None:
            return None
        return reader(fields)
    except _Unreadable:
        return None


def _each(parts: Iterator[_Fields], read: Callable[[_Fields], P]) -> Iterator[P]:
    """Those of the parts that can be read."""
    for part in parts:
        with suppress(_Unreadable):
            yield read(part)


def _need(fields: _Fields) -> Need:
    return Need(_category(fields), fields.text("topic"))


def _category(fields: _Fields) -> str:
    """A category, however its letters are written: `Market access` is `market_access`."""
    return "_".join(fields.needed("category").casefold().split())


def _willing(fields: _Fields) -> Willing:
    """Not said is yes; said in words nobody knows is no: nobody is offered by a slip."""
    if fields.fields.get("willing") is None:
        return "yes"
    said = fields.one_of("willing", get_args(Willing))
    return "yes" if said == "yes" else "known" if said == "known" else "no"


def _enterprise(fields: _Fields) -> Enterprise:
    capacity = fields.part("capacity")
    return Enterprise(
        id=fields.needed("id"),
        crafts=fields.crafts("crafts"),
        sells=frozenset(fields.texts("sells")),
        buys=frozenset(fields.texts("buys")),
        has=frozenset(fields.texts("has")),
        lacks=frozenset(fields.texts("lacks")),
        needs=tuple(_each(fields.parts("needs"), _need)),
        lat=fields.number("lat", -90, 90),
        lon=fields.number("lon", -180, 180),
        country=fields.code("country"),
        region=fields.place("region"),
        place=fields.place("place"),
        workers=fields.whole("workers"),
        years=fields.number("years"),
        languages=fields.languages("languages"),
        willing=_willing(fields),
        knows=frozenset(fields.texts("knows")),
        travel_km=fields.number("travel_km"),
        capacity=_capacity(capacity) if capacity else None,
        joined=fields.day("joined"),
        blocks=frozenset(fields.texts("blocks")),
        avoids=frozenset(fields.crafts("avoids")),
    )


def _capacity(fields: _Fields) -> Capacity | None:
    month = fields.number("month")
    return None if month is None else Capacity(fields.text("unit") or "piece", month)


def _provider(fields: _Fields) -> Provider:
    rating = fields.part("rating")
    return Provider(
        id=fields.needed("id"),
        services=tuple(_each(fields.parts("services"), _service)),
        lat=fields.number("lat", -90, 90),
        lon=fields.number("lon", -180, 180),
        country=fields.code("country"),
        radius_km=fields.number("radius_km"),
        languages=fields.languages("languages"),
        month_capacity=fields.whole("month_capacity"),
        rating=_rating(rating) if rating else Rating(),
    )


def _service(fields: _Fields) -> Service:
    return Service(
        category=_category(fields),
        topic=fields.text("topic"),
        crafts=fields.crafts("crafts"),
        price=fields.number("price"),
        group_min=fields.whole("group_min"),
        group_max=fields.whole("group_max"),
    )


def _rating(fields: _Fields) -> Rating:
    return Rating(fields.whole("count") or 0, fields.number("mean", 0, 5) or 0.0)


def _request(fields: _Fields) -> Request:
    return Request(
        id=fields.needed("id"),
        buyer=fields.text("buyer"),
        wants=frozenset(fields.texts("wants")),
        crafts=fields.crafts("crafts"),
        standards=frozenset(fields.texts("standards")),
        quantity=fields.number("quantity"),
        unit=fields.text("unit"),
        by=fields.day("by"),
        lat=fields.number("lat", -90, 90),
        lon=fields.number("lon", -180, 180),
        country=fields.code("country"),
    )


def _event(fields: _Fields) -> Event:
    kinds: tuple[EventKind, ...] = get_args(EventKind)
    fields.needed("kind")
    named = fields.one_of("kind", kinds)
    kind = next((kind for kind in kinds if kind == named), None)
    fields.needed("at")
    at = fields.day("at")
    if at is None or kind is None:
        raise _Unreadable
    return Event(
        at=at,
        kind=kind,
        from_=fields.needed("from"),
        to=fields.needed("to"),
        position=fields.whole("position"),
        reason=fields.text("reason"),
    )


_READERS: Mapping[str, Callable[[_Fields], Record]] = {
    "enterprise": _enterprise,
    "provider": _provider,
    "request": _request,
    "event": _event,
}
