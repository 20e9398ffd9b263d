"""What an update of Telegram's Bot API means to us. Pure, and never surprised.

Read field by field instead of by a library's types: those refuse updates that lack a field or
have one of a later version, and a refused update comes again until it is a day old.
Source: https://core.telegram.org/bots/api#update"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.telegram_content import attachments_of, words_of
from bot.messages import Incoming
from flows.light import light

NAME = "telegram"
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update we ask Telegram for."""

COMMAND = re.compile(r"/(\w{1,64})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
MOST_ID = 2**63
MILLISECONDS = 10**11
"""A date from here on is in thousandths of a second: some servers that play Telegram send those."""

Fields = Mapping[str, Any]


@light(frozen=True)
class Tapped:
    """A press of a button: `query` is to be answered, so that the phone stops waiting; `chat` and
    `message` are where the button stood, 0 where that is not known."""

    query: str
    chat: int = 0
    message: int = 0


@light(frozen=True)
class Update:
    """What an update comes to. `group` is a chat of several people that is to be declined in the
    language of `hint`; `ignored` says why there is nothing to do."""

    incoming: Incoming | None = None
    tapped: Tapped | None = None
    group: int = 0
    hint: str = ""
    ignored: str = ""


@light(frozen=True)
class _Read:
    """What is read so far: `said` are fields of what will be an `Incoming`."""

    said: dict[str, Any] | None = None
    tapped: Tapped | None = None
    group: int = 0
    hint: str = ""
    ignored: str = ""


def read(update: object, bot: str) -> Update:
    """What an update means to the bot with this id; whatever it holds, nothing raises."""
    if not isinstance(update, dict):
        return Update(ignored="no object")
    for kind, reader in READERS.items():
        fields = update.get(kind)
        if isinstance(fields, dict):
            return _named(reader(fields), update, bot)
    return Update(ignored="kind")


def _named(read: _Read, update: Fields, bot: str) -> Update:
    """With the id that makes a repeated delivery one message, or as nothing where it has none."""
    said = read.said
    if said is None:
        return Update(None, read.tapped, read.group, read.hint, read.ignored)
    number = whole(update, "update_id")
    if number is not None:
        own = str(number)
    elif said.get("message"):
        own = _hashed(f"{said['urns'][0]}.{said['message']}")
    elif read.tapped is not None:
        own = _hashed(f"{said['urns'][0]}.tap.{read.tapped.query}")
    else:
        return Update(ignored="no id")
    incoming = Incoming(channel=NAME, external_id=f"{bot}:{own}"[:140], look=NAME, **said)
    return Update(incoming, read.tapped)


def _hashed(name: str) -> str:
    """A name made of an address, which is kept unsealed and must not show it; the far side may
    have put halves of characters into it."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _message(message: Fields) -> _Read:
    sender = part(message, "from")
    if sender.get("is_bot") is True or message.get("sender_chat"):
        return _Read(ignored="no person")
    number, where = _chat(part(message, "chat"), sender)
    if where == "group":
        return _group(message, number, sender)
    if where != "private":
        return _Read(ignored=where)
    said = _content(message, sender)
    if said is None:
        return _Read(ignored="content")
    said["urns"] = (f"{NAME}:{number}",)
    said["message"] = _own_id(message)
    said["hint"] = _hint(sender)
    said["sent_at"] = _date(message)
    album = text(message, "media_group_id")
    if album:
        said["album"] = clean(album)[:64]
    return _Read(said)


def _edited(message: Fields) -> _Read:
    """Only words can be corrected: a pin that moves and a new caption are not answers."""
    if not words_of(message):
        return _Read(ignored="edit")
    read = _message(message)
    own = _own_id(message)
    if read.said is None or not own:
        return _Read(hint=read.hint, ignored=read.ignored or "edit")
    read.said["edits"] = own
    return read


def _tap(query: Fields) -> _Read:
    sender, message = part(query, "from"), part(query, "message")
    own, number = text(query, "id") or str(whole(query, "id") or ""), whole(sender, "id")
    place, where = _chat(part(message, "chat"), sender)
    shown = whole(message, "message_id") if message.get("date") != 0 else None
    tapped = Tapped(own, place if shown else 0, shown or 0) if own else None
    data = clean(text(query, "data"))
    if number is None or sender.get("is_bot") is True or where not in ("private", "nowhere"):
        return _Read(tapped=tapped, ignored="no person")
    if not data:
        return _Read(tapped=tapped, ignored="no data")
    said = {"kind": "tap", "tap": data, "urns": (f"{NAME}:{number}",), "hint": _hint(sender)}
    return _Read(said, tapped)


def _membership(change: Fields) -> _Read:
    """Somebody blocked us or came back; or we were taken into a group."""
    sender = part(change, "from")
    number, where = _chat(part(change, "chat"), sender)
    status = text(part(change, "new_chat_member"), "status")
    if where == "group" and status in ("member", "administrator", "restricted"):
        return _Read(group=number, hint=_hint(sender))
    kind = {"kicked": "blocked", "member": "unblocked"}.get(status)
    if where != "private" or kind is None:
        return _Read(ignored="membership")
    urns, hint = (f"{NAME}:{number}",), _hint(sender)
    return _Read({"kind": kind, "urns": urns, "hint": hint, "sent_at": _date(change)})


READERS: Mapping[str, Callable[[Fields], _Read]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _tap,
    "my_chat_member": _membership,
}


def _group(message: Fields, number: int, sender: Fields) -> _Read:
    """Several people in one chat: what is said there is no conversation with one of them."""
    if message.get("left_chat_member") or message.get("migrate_to_chat_id"):
        return _Read(ignored="group")
    return _Read(group=number, hint=_hint(sender))


def _content(message: Fields, sender: Fields) -> dict[str, Any] | None:
    """What a message says; None for what nobody said, such as that a message was pinned."""
    words = clean(words_of(message))
    if words:
        return _words(words)
    own = part(message, "contact")
    if own:
        return {"kind": "contact", "text": _number(own, sender)}
    place = part(message, "location") or part(part(message, "venue"), "location")
    if place:
        pin = _pin(place)
        return {"kind": "pin", "pin": pin} if pin else None
    emoji = clean(text(part(message, "sticker"), "emoji"))
    if emoji:
        return {"text": emoji}
    attached = attachments_of(message)
    if attached is None:
        return None
    caption = clean(text(message, "caption"))
    return {"kind": "media", "text": caption, "attachments": (attached,)}


def _words(words: str) -> dict[str, Any]:
    """Words; a command is the word it names, and /start CODE is how a link is followed."""
    command = COMMAND.fullmatch(words) if words[0] == "/" else None
    if command is None:
        return {"text": words}
    name, rest = command[1].replace("_", " ").strip(), (command[2] or "").strip()
    if name.lower() == "start":
        code = rest if PAYLOAD.fullmatch(rest) else ""
        return {"kind": "start", "text": "START", "code": code}
    return {"text": f"{name} {rest}".strip() or words}


def _number(contact: Fields, sender: Fields) -> str:
    """The sender's own number as +digits; empty where it is another's: anybody's can be shared."""
    whose = whole(contact, "user_id")
    digits = "".join(c for c in text(contact, "phone_number") if c.isascii() and c.isdigit())
    if whose is None or whose != whole(sender, "id") or not 7 <= len(digits) <= 15:
        return ""
    return f"+{digits}"


def _pin(place: Fields) -> tuple[float, float] | None:
    latitude, longitude = _degrees(place, "latitude", 90), _degrees(place, "longitude", 180)
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(place: Fields, name: str, most: int) -> float | None:
    value = place.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= most and math.isfinite(value) else None


def _chat(chat: Fields, sender: Fields) -> tuple[int, str]:
    """The number of a chat and what it is: private, group, channel, nowhere."""
    number = whole(chat, "id")
    kind = text(chat, "type")
    if number is None:
        number = whole(sender, "id")
        return (0, "nowhere") if number is None or chat else (number, "private")
    if kind in ("group", "supergroup", "channel"):
        return number, "channel" if kind == "channel" else "group"
    return number, "private" if number > 0 else "group"


def _own_id(message: Fields) -> str:
    number = whole(message, "message_id")
    return str(number) if number is not None else ""


def _hint(sender: Fields) -> str:
    code = text(sender, "language_code")
    return code if code and LANGUAGE.fullmatch(code) else ""


def _date(message: Fields) -> datetime | None:
    seconds = whole(message, "date")
    if seconds is None or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(
            seconds / 1000 if seconds >= MILLISECONDS else seconds, tz=UTC
        )
    except (ValueError, OverflowError, OSError):
        return None


def part(fields: Fields, name: str) -> Fields:
    """The object in a field; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def text(fields: Fields, name: str) -> str:
    """The text in a field; empty where there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def whole(fields: Fields, name: str) -> int | None:
    """The whole number in a field, also where it was written as a text."""
    value = fields.get(name)
    if type(value) is not int:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return None
    return value if -MOST_ID < value < MOST_ID else None
