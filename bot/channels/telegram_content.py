"""The files and other things that a message of Telegram may carry instead of words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.media import MOST
from bot.messages import Attachment

OTHERS = (
    "animation",
    "video",
    "video_note",
    "sticker",
    "story",
    "paid_media",
    "poll",
    "dice",
    "game",
    "checklist",
    "rich_message",
    "invoice",
    "giveaway",
    "giveaway_winners",
    "giveaway_completed",
)
"""What people send and we cannot take: they are told so, instead of hearing nothing."""

WORDS = ("label", "text", "alternative_text", "expression", "summary", "credit", "caption")
"""Where the parts of formatted words hold what can be read."""

LINES = ("blocks", "items", "cells")
DEEPEST = 20

Fields = Mapping[str, Any]


def words_of(message: Fields) -> str:
    """What was written, as plain words, also where it is formatted in blocks."""
    words = message.get("text")
    if isinstance(words, str) and words:
        return words
    rich = message.get("rich_message")
    return _plain(rich, 0) if isinstance(rich, Mapping) else ""


def _plain(part: object, depth: int) -> str:
    """The words of a part of a formatted message and of what is in it; blocks are lines."""
    if isinstance(part, str):
        return part
    if depth > DEEPEST:
        return ""
    if isinstance(part, list):
        return "".join(_plain(one, depth + 1) for one in part)
    if not isinstance(part, Mapping):
        return ""
    found = [_plain(part[name], depth + 1) for name in WORDS if name in part]
    for name in LINES:
        rows = part.get(name)
        found += [_plain(one, depth + 1) for one in rows] if isinstance(rows, list) else []
    return "\n".join(filter(None, found))


def attachments_of(message: Fields) -> Attachment | None:
    """What a message carries; None where it carries nothing that a person sent.

    `ref` is the file to fetch; empty where we do not take it: too large or of another kind."""
    photo = _photo(message.get("photo"))
    if photo is not None:
        return photo
    for name, kind in (("voice", "voice"), ("audio", "voice")):
        if isinstance(message.get(name), Mapping):
            return _file(message[name], kind, "audio/ogg" if name == "voice" else "audio/mpeg")
    if isinstance(message.get("animation"), Mapping):  # comes with a document that is the same
        return Attachment("animation")
    document = message.get("document")
    if isinstance(document, Mapping):
        return _document(document)
    other = next((name for name in OTHERS if isinstance(message.get(name), Mapping)), None)
    return Attachment(other) if other else None


def _photo(sizes: object) -> Attachment | None:
    """The largest of a photo's sizes that we take."""
    if not isinstance(sizes, list):
        return None
    known = [size for size in sizes if isinstance(size, Mapping) and _ref(size)]
    if not known:
        return Attachment("photo") if sizes else None
    small = [size for size in known if (_bytes(size) or 0) <= MOST]
    if not small:
        return _file(known[0], "photo", "image/jpeg")
    return _file(max(small, key=_extent), "photo", "image/jpeg")


def _extent(size: Fields) -> tuple[int, int]:
    width, height = _number(size, "width") or 0, _number(size, "height") or 0
    return width * height, _bytes(size) or 0


def _document(document: Fields) -> Attachment:
    type = _type(document, "")
    if type in ("image/jpeg", "image/png", "image/webp"):
        return _file(document, "photo", type)
    if type.startswith("audio/"):
        return _file(document, "voice", type)
    return Attachment("document", type=type, size=_bytes(document))


def _file(fields: Fields, kind: str, usual: str) -> Attachment:
    size = _bytes(fields)
    takes = size is None or size <= MOST
    return Attachment(kind, _ref(fields) if takes else "", type=_type(fields, usual), size=size)


def _ref(fields: Fields) -> str:
    ref = fields.get("file_id")
    return ref if isinstance(ref, str) and ref.isascii() and ref.isprintable() else ""


def _type(fields: Fields, usual: str) -> str:
    type = fields.get("mime_type")
    known = isinstance(type, str) and type.isascii() and type.isprintable() and len(type) <= 60
    return str(type).partition(";")[0].strip().lower() if known and type else usual


def _bytes(fields: Fields) -> int | None:
    return _number(fields, "file_size")


def _number(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    right = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return int(value) if right and value is not None else None
