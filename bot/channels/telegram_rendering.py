"""How a reply looks on Telegram: the calls that say it, in order. Pure.

Texts go without a parse mode: nothing in them is markup, so nothing can be refused as such.
Source: https://core.telegram.org/bots/api#sendmessage and the sections after it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from bot.channels.base import Wire
from bot.channels.cleaning import UNSEEN
from bot.channels.layout import Button, Part, lay_out
from bot.messages import Attachment, Caps, Reply

CAPS = Caps(
    text=4096,
    utf16=True,
    caption=1024,
    buttons=48,
    button_chars=34,
    payload_bytes=64,
    body_with_options=4096,
    page=8,
    media_in=True,
    media_out=True,
    ask_location=True,
    ask_contact=True,
)

ROW = 36
"""Characters that a row of buttons shows on a small telephone, about."""

PER_ROW = 8
GAP = 2
"""Characters' width that each button of a row loses to its edges."""

NOTHING = "…"
"""Stands where Telegram wants a text and there is none to be seen."""

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f")
"""Characters that are letters to Unicode and nothing to the eye."""

UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})

ASKS = {"location": "request_location", "contact": "request_contact"}
VOICES = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"})
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})


def render(reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
    """The calls that say a reply; where it goes is added when it is sent.

    A call is {"method", "parameters"} and, where a file goes with it, "media" with its id, its
    type and the "field" that takes it."""
    parts = lay_out(reply, caps, link)
    asks = bool(reply.ask) and bool(parts) and parts[-1].wants in ASKS
    calls = (
        _call(part, reply, last=index == len(parts), asks=asks)
        for index, part in enumerate(parts, 1)
    )
    return tuple(call for call in calls if call is not None)


def _call(part: Part, reply: Reply, *, last: bool, asks: bool) -> Wire | None:
    markup = _markup(part, reply, last=last, asks=asks)
    words = shown(part.text)
    if part.media is not None:
        return _with_file(part.media, words, markup)
    if not words and not markup.get("inline_keyboard"):
        return None
    parameters: dict[str, Any] = {
        "text": words or NOTHING,
        "link_preview_options": {"is_disabled": True},
    }
    return {"method": "sendMessage", "parameters": parameters | _marked(markup)}


def _with_file(media: Attachment, words: str, markup: dict[str, Any]) -> Wire:
    method, field = _way_of(media)
    parameters = {"caption": words} if words else {}
    return {
        "method": method,
        "parameters": parameters | _marked(markup),
        "media": {"id": media.id, "ref": media.ref, "type": media.type, "field": field},
    }


def _way_of(media: Attachment) -> tuple[str, str]:
    """The method that shows a file, and the field it goes in."""
    if media.kind == "voice" and (not media.type or media.type in VOICES):
        return "sendVoice", "voice"
    if media.kind == "photo" and (not media.type or media.type in PICTURES):
        return "sendPhoto", "photo"
    return "sendDocument", "document"


def _marked(markup: dict[str, Any]) -> dict[str, Any]:
    return {"reply_markup": markup} if markup else {}


def _markup(part: Part, reply: Reply, *, last: bool, asks: bool) -> dict[str, Any]:
    """Buttons under the message; else, with the last one, the keyboard that sends a place or a
    number, or the end of such a keyboard."""
    if part.buttons:
        return {"inline_keyboard": [[_button(b) for b in row] for row in rows(part.buttons)]}
    if not last:
        return {}
    label = shown(reply.ask)
    if asks and label:
        return {
            "keyboard": [[{"text": label, ASKS[part.wants]: True}]],
            "resize_keyboard": True,
            "one_time_keyboard": True,
        }
    return {"remove_keyboard": True}


def _button(button: Button) -> dict[str, str]:
    return {"text": shown(button.label) or NOTHING, "callback_data": button.payload or "-"}


def rows(buttons: Iterable[Button]) -> Iterator[tuple[Button, ...]]:
    """The buttons in rows: as many beside each other as can all be read."""
    row: tuple[Button, ...] = ()
    for button in buttons:
        if row and not _fits((*row, button)):
            yield row
            row = ()
        row = (*row, button)
    if row:
        yield row


def _fits(row: tuple[Button, ...]) -> bool:
    most = ROW // len(row) - GAP
    return len(row) <= PER_ROW and all(_width(button.label) <= most for button in row)


def _width(label: str) -> int:
    """How wide a label is, in the width of an ordinary letter."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in label
    )


def shown(text: str) -> str:
    """The text as Telegram will show it; empty where nothing of it can be seen."""
    kept = UNSEEN.sub("", text).strip()
    return kept if any(_is_seen(letter) for letter in kept) else ""


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) not in UNSEEN_KINDS and letter not in BLANK
