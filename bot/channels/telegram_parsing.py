"""What an update of Telegram's Bot API means to us. Pure, and never surprised.

Read field by field instead of by a library's types: those refuse updates that lack a field or
have one of a later version, and a refused update comes again until it is a day old.
Source: https://core.telegram.org/bots/api#update"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.telegram_content import attachments_of
from bot.messages import Incoming
from flows.values import altered

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


@dataclass(frozen=True)
class Tapped:
    """A press of a button: `query` is to be answered, so that the phone stops waiting; `chat` and
    `message` are where the button stood, 0 where that is not known."""

    query: str
    chat: int = 0
    message: int = 0


@dataclass(frozen=True)
class Update:
    """What an update comes to. `group` is a chat of several people that is to be declined in the
    language of `hint`; `ignored` says why there is nothing to do."""

    incoming: Incoming | None = None
    tapped: Tapped | None = None
    group: int = 0
    hint: str = ""
    ignored: str = ""


def read(update: object, bot: str) -> Update:
    """What an update means to the bot with this id; whatever it holds, nothing raises."""
    if not isinstance(update, Mapping):
        return Update(ignored="no object")
    for kind, reader in READERS.items():
        fields = update.get(kind)
        if isinstance(fields, Mapping):
            return _named(reader(fields), update, fields, bot)
    return Update(ignored="kind")


def _named(read: Update, update: Fields, fields: Fields, bot: str) -> Update:
    """With the id that makes a repeated delivery one message, or as nothing where it has none."""
    if read.incoming is None:
        return read
    number = whole(update, "update_id")
    if number is not None:
        own = str(number)
    elif read.incoming.message:
        own = _hashed(f"{read.incoming.urns[0]}.{read.incoming.message}")
    elif read.tapped is not None:
        own = _hashed(f"{read.incoming.urns[0]}.tap.{read.tapped.query}")
    else:
        return altered(read, incoming=None, ignored="no id")
    return altered(read, incoming=altered(read.incoming, external_id=f"{bot}:{own}"[:140]))


def _hashed(name: str) -> str:
    """A name made of an address, which is kept unsealed and must not show it."""
    return hashlib.sha256(name.encode()).hexdigest()[:40]


def _message(message: Fields) -> Update:
    chat = part(message, "chat")
    sender = part(message, "from")
    if sender.get("is_bot") is True or message.get("sender_chat"):
        return Update(ignored="no person")
    number, where = _chat(chat, sender)
    if where == "group":
        return _group(message, number, sender)
    if where != "private":
        return Update(ignored=where)
    said = _content(message, sender)
    if said is None:
        return Update(ignored="content")
    return Update(
        altered(
            said,
            urns=(f"{NAME}:{number}",),
            message=_own_id(message),
            album=clean(text(message, "media_group_id"))[:64],
            hint=_hint(sender),
            sent_at=_date(message),
        )
    )


def _edited(message: Fields) -> Update:
    """Only words can be corrected: a pin that moves and a new caption are not answers."""
    if not text(message, "text"):
        return Update(ignored="edit")
    read = _message(message)
    own = _own_id(message)
    if read.incoming is None or not own:
        return altered(read, incoming=None, group=0, ignored=read.ignored or "edit")
    return altered(read, incoming=altered(read.incoming, edits=own))


def _tap(query: Fields) -> Update:
    sender, message = part(query, "from"), part(query, "message")
    own, number = text(query, "id") or str(whole(query, "id") or ""), whole(sender, "id")
    place, where = _chat(part(message, "chat"), sender)
    shown = whole(message, "message_id") if message.get("date") != 0 else None
    tapped = Tapped(own, place if shown else 0, shown or 0) if own else None
    data = clean(text(query, "data"))
    if number is None or sender.get("is_bot") is True or where not in ("private", "nowhere"):
        return Update(tapped=tapped, ignored="no person")
    if not data:
        return Update(tapped=tapped, ignored="no data")
    said = _incoming("tap", tap=data)
    return Update(
        altered(said, urns=(f"{NAME}:{number}",), hint=_hint(sender)),
        tapped,
    )


def _membership(change: Fields) -> Update:
    """Somebody blocked us or came back; or we were taken into a group."""
    sender = part(change, "from")
    number, where = _chat(part(change, "chat"), sender)
    status = text(part(change, "new_chat_member"), "status")
    if where == "group" and status in ("member", "administrator", "restricted"):
        return Update(group=number, hint=_hint(sender))
    kind = {"kicked": "blocked", "member": "unblocked"}.get(status)
    if where != "private" or kind is None:
        return Update(ignored="membership")
    said = _incoming("blocked" if kind == "blocked" else "unblocked")
    return Update(
        altered(said, urns=(f"{NAME}:{number}",), hint=_hint(sender), sent_at=_date(change))
    )


READERS: Mapping[str, Callable[[Fields], Update]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _tap,
    "my_chat_member": _membership,
}


def _group(message: Fields, number: int, sender: Fields) -> Update:
    """Several people in one chat: what is said there is no conversation with one of them."""
    if message.get("left_chat_member") or message.get("migrate_to_chat_id"):
        return Update(ignored="group")
    return Update(group=number, hint=_hint(sender))


def _content(message: Fields, sender: Fields) -> Incoming | None:
    """What a message says; None for what nobody said, such as that a message was pinned."""
    words = clean(text(message, "text"))
    if words:
        return _words(words)
    own = part(message, "contact")
    if own:
        return _incoming("contact", text=_number(own, sender))
    place = part(message, "location") or part(part(message, "venue"), "location")
    if place:
        pin = _pin(place)
        return _incoming("pin", pin=pin) if pin else None
    emoji = clean(text(part(message, "sticker"), "emoji"))
    if emoji:
        return _incoming("text", text=emoji)
    attached = attachments_of(message)
    if attached is None:
        return None
    return _incoming("media", text=clean(text(message, "caption")), attachments=(attached,))


def _words(words: str) -> Incoming:
    """Words; a command is the word it names, and /start CODE is how a link is followed."""
    command = COMMAND.fullmatch(words)
    if command is None:
        return _incoming("text", text=words)
    name, rest = command[1].replace("_", " ").strip(), (command[2] or "").strip()
    if name.lower() == "start":
        code = rest if PAYLOAD.fullmatch(rest) else ""
        return _incoming("start", text="START", code=code)
    return _incoming("text", text=f"{name} {rest}".strip() or words)


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


def _incoming(kind: Any, **fields: Any) -> Incoming:
    return Incoming(NAME, "", (), kind=kind, look=NAME, **fields)


def _own_id(message: Fields) -> str:
    number = whole(message, "message_id")
    return str(number) if number is not None else ""


def _hint(sender: Fields) -> str:
    code = text(sender, "language_code")
    return code if LANGUAGE.fullmatch(code) else ""


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
    return value if isinstance(value, Mapping) else {}


def text(fields: Fields, name: str) -> str:
    """The text in a field; empty where there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def whole(fields: Fields, name: str) -> int | None:
    """The whole number in a field, also where it was written as a text."""
    value = fields.get(name)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= MOST_ID:
        return None
    return value
