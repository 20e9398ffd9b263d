"""JSON lines: the documented way in for records and out for suggestions."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, get_args

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

MOST = 1e15
"""No number here is larger; also keeps what is no number at all out."""


class LineError(ValueError):
    """Line {line}: field {field}: {what is wrong with it}."""

    def __init__(self, line: int, field: str | None, wrong: str) -> None:
        self.line, self.field, self.wrong = line, field, wrong
        where = f"line {line}: field {field}" if field else f"line {line}"
        super().__init__(f"{where}: {wrong}")


def read(lines: Iterable[str]) -> Iterator[Record]:
    """The records of JSON lines, in order. Empty lines and unknown fields are passed over.

    Raises LineError at the first line that is not an object of a known type with an id, or
    holds a field of another shape than documented.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _record(line, number)


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
    return json.dumps(fields, ensure_ascii=False)


class _Wrong(Exception):
    def __init__(self, field: str | None, wrong: str) -> None:
        self.field, self.wrong = field, wrong
        super().__init__(wrong)


class _Fields:
    """The fields of one object, each asked for by its shape; absent or null gives the default."""

    def __init__(self, fields: Mapping[str, Any], prefix: str = "") -> None:
        self.fields, self.prefix = fields, prefix

    def _value(self, name: str, shape: type | tuple[type, ...], expected: str) -> Any:
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
            raise _Wrong(self.prefix + name, f"must be {expected}, not {json.dumps(value)[:60]}")
        return value

    def text(self, name: str) -> str | None:
        value = self._value(name, str, "a text")
        return None if value is None else str(value)

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise _Wrong(self.prefix + name, "is missing")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise _Wrong(self.prefix + name, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def number(self, name: str, least: float = 0.0, most: float = MOST) -> float | None:
        value = self._value(name, (int, float), "a number")
        if value is not None and not least <= value <= most:
            raise _Wrong(self.prefix + name, f"must be from {least:g} to {most:g}, not {value}")
        return None if value is None else float(value)

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        if value is not None and not value.is_integer():
            raise _Wrong(self.prefix + name, f"must be a whole number, not {value}")
        return None if value is None else int(value)

    def day(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return None if value is None else date.fromisoformat(value[:10])
        except ValueError:
            raise _Wrong(
                self.prefix + name, f"must be a date like 2026-01-31, not {value!r}"
            ) from None

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._value(name, list, "a list of texts") or []
        for value in values:
            if not isinstance(value, str):
                raise _Wrong(self.prefix + name, f"must hold texts, not {json.dumps(value)[:60]}")
        return tuple(values)

    def part(self, name: str) -> "_Fields | None":
        value = self._value(name, dict, "an object")
        return None if value is None else _Fields(value, f"{self.prefix}{name}.")

    def parts(self, name: str) -> Iterator["_Fields"]:
        for index, value in enumerate(self._value(name, list, "a list of objects") or []):
            if not isinstance(value, dict):
                raise _Wrong(f"{self.prefix}{name}[{index}]", "must be an object")
            yield _Fields(value, f"{self.prefix}{name}[{index}].")


def _record(line: str, number: int) -> Record:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(number, None, f"is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise LineError(number, None, "must be an object")
    try:
        kind = _Fields(fields).one_of("type", tuple(_READERS))
        if kind is None:
            raise _Wrong("type", "is missing")
        return _READERS[kind](_Fields(fields))
    except _Wrong as error:
        raise LineError(number, error.field, error.wrong) from None


def _enterprise(fields: _Fields) -> Enterprise:
    willing = fields.one_of("willing", get_args(Willing))
    capacity = fields.part("capacity")
    return Enterprise(
        id=fields.needed("id"),
        crafts=fields.texts("crafts"),
        sells=frozenset(fields.texts("sells")),
        buys=frozenset(fields.texts("buys")),
        has=frozenset(fields.texts("has")),
        lacks=frozenset(fields.texts("lacks")),
        needs=tuple(Need(n.needed("category"), n.text("topic")) for n in fields.parts("needs")),
        lat=fields.number("lat", -90, 90),
        lon=fields.number("lon", -180, 180),
        country=fields.text("country"),
        region=fields.text("region"),
        place=fields.text("place"),
        workers=fields.whole("workers"),
        years=fields.number("years"),
        languages=frozenset(fields.texts("languages")),
        willing="known" if willing == "known" else "no" if willing == "no" else "yes",
        knows=frozenset(fields.texts("knows")),
        travel_km=fields.number("travel_km"),
        capacity=_capacity(capacity) if capacity else None,
        joined=fields.day("joined"),
        blocks=frozenset(fields.texts("blocks")),
    )


def _capacity(fields: _Fields) -> Capacity | None:
    month = fields.number("month")
    return None if month is None else Capacity(fields.text("unit") or "piece", month)


def _provider(fields: _Fields) -> Provider:
    rating = fields.part("rating")
    return Provider(
        id=fields.needed("id"),
        services=tuple(_service(service) for service in fields.parts("services")),
        lat=fields.number("lat", -90, 90),
        lon=fields.number("lon", -180, 180),
        country=fields.text("country"),
        radius_km=fields.number("radius_km"),
        languages=frozenset(fields.texts("languages")),
        month_capacity=fields.whole("month_capacity"),
        rating=_rating(rating) if rating else Rating(),
    )


def _service(fields: _Fields) -> Service:
    return Service(
        category=fields.needed("category"),
        topic=fields.text("topic"),
        crafts=fields.texts("crafts"),
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
        quantity=fields.number("quantity"),
        unit=fields.text("unit"),
        by=fields.day("by"),
        lat=fields.number("lat", -90, 90),
        lon=fields.number("lon", -180, 180),
    )


def _event(fields: _Fields) -> Event:
    kinds: tuple[EventKind, ...] = get_args(EventKind)
    fields.needed("kind")
    named = fields.one_of("kind", kinds)
    at = fields.day("at")
    if at is None:
        raise _Wrong("at", "is missing")
    return Event(
        at=at,
        kind=next(kind for kind in kinds if kind == named),
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
