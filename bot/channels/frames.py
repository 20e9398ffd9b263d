"""What the phone page says on its WebSocket: read, checked, never trusted. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.channels.cleaning import clean

LOOKS = ("telegram", "whatsapp", "sms", "phone")
MOST_TEXT = 20_000
MOST_SEQ = 2**53
URN = re.compile(r"phone:[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})?")


@dataclass(frozen=True)
class Open:
    """A phone is there. `after` is the highest seq it has shown."""

    urn: str
    look: str
    language: str
    after: int


@dataclass(frozen=True)
class Say:
    id: str
    text: str


@dataclass(frozen=True)
class Tap:
    id: str
    payload: str
    label: str


@dataclass(frozen=True)
class Pin:
    id: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Show:
    """A photo or a voice note that was uploaded before; `text` is its caption."""

    id: str
    kind: str
    token: str
    text: str


@dataclass(frozen=True)
class Look:
    look: str


@dataclass(frozen=True)
class Seen:
    seq: int


@dataclass(frozen=True)
class Window:
    open: bool


@dataclass(frozen=True)
class Block:
    blocked: bool


Said: TypeAlias = Say | Tap | Pin | Show
Frame: TypeAlias = Open | Said | Look | Seen | Window | Block


class Refused(Exception):
    """A frame that is not taken; says why in one plain sentence, and of which message it is."""

    def __init__(self, why: str, id: str | None = None) -> None:
        self.why, self.id = why, id
        super().__init__(why)


def read(data: str) -> Frame:
    """The frame in a text message; fields we do not know are passed over. Raises Refused."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("That was not understood: it is not JSON.") from None
    if not isinstance(fields, dict):
        raise Refused("That was not understood: a frame is an object with a type.")
    kind = fields.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    named = fields.get("id")
    id = named if isinstance(named, str) and ID.fullmatch(named) else None
    if reader is None:
        raise Refused("That kind of message is not known here.", id)
    try:
        return reader(fields)
    except Refused as refused:
        raise Refused(refused.why, id) from None


def _open(fields: Mapping[str, Any]) -> Open:
    urn = _text(fields, "urn")
    if not URN.fullmatch(urn):
        raise Refused("A phone's address is phone: and up to 40 letters, digits or dashes.")
    language = fields.get("language")
    known = isinstance(language, str) and LANGUAGE.fullmatch(language)
    after = fields.get("after", 0)
    return Open(
        urn,
        _look(fields.get("look", "phone")),
        str(language) if known else "",
        _whole(after),
    )


def _say(fields: Mapping[str, Any]) -> Say:
    return Say(_id(fields), _words(fields))


def _tap(fields: Mapping[str, Any]) -> Tap:
    payload = clean(_text(fields, "payload"))
    if not payload or len(payload.encode()) > 200:
        raise Refused("That button is not one of ours.")
    return Tap(_id(fields), payload, clean(_text(fields, "label", ""))[:200])


def _pin(fields: Mapping[str, Any]) -> Pin:
    lat, lon = _degrees(fields, "lat", 90), _degrees(fields, "lon", 180)
    return Pin(_id(fields), lat, lon)


def _show(fields: Mapping[str, Any]) -> Show:
    kind = _text(fields, "kind")
    if kind not in ("photo", "voice"):
        raise Refused("Only photos and voice messages can be sent from here.")
    token = _text(fields, "token")
    if not token or len(token) > 200:
        raise Refused("That file is not here: please send it again.")
    return Show(_id(fields), kind, token, _short(_text(fields, "text", "")))


def _words(fields: Mapping[str, Any]) -> str:
    text = _short(_text(fields, "text"))
    if not text:
        raise Refused("An empty message was not sent.")
    return text


def _short(text: str) -> str:
    if len(text) > MOST_TEXT:
        raise Refused(f"That message is too long: at most {MOST_TEXT} characters.")
    return clean(text)


def _id(fields: Mapping[str, Any]) -> str:
    id = fields.get("id")
    if not isinstance(id, str) or not ID.fullmatch(id):
        raise Refused("A message needs an id of its own, such as a UUID.")
    return id


def _text(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Refused(f"The field {name} must be a text.")
    return value


def _look(value: object) -> str:
    if not isinstance(value, str) or value not in LOOKS:
        raise Refused(f"A phone looks like one of {', '.join(LOOKS)}.")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST_SEQ:
        raise Refused("The number of a message must be a whole number from 0.")
    return value


def _degrees(fields: Mapping[str, Any], name: str, most: int) -> float:
    value = fields.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most:
        return float(value)
    raise Refused(f"The field {name} must be degrees from -{most} to {most}.")


def _yes(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise Refused(f"The field {name} must be true or false.")
    return value


READERS: Mapping[str, Callable[[Mapping[str, Any]], Frame]] = {
    "open": _open,
    "say": _say,
    "tap": _tap,
    "pin": _pin,
    "media": _show,
    "look": lambda fields: Look(_look(fields.get("look"))),
    "seen": lambda fields: Seen(_whole(fields.get("seq"))),
    "window": lambda fields: Window(_yes(fields, "open")),
    "block": lambda fields: Block(_yes(fields, "blocked")),
}
