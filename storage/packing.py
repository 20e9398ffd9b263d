"""Plain values as JSON and back, as fast as it goes: several are written and read for each message.

What the quick way refuses is left to the standard library, which takes more: halves of characters
in a text, numbers beyond every limit, kinds of texts and numbers of one's own."""

from __future__ import annotations

import json
from typing import Any

import msgspec

_quick_encode, _quick_decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


def packed(value: object) -> bytes:
    """The value as JSON without spaces; a float that is no number is null. Raises TypeError for
    what is no plain value."""
    try:
        return _quick_encode(value)
    except (TypeError, UnicodeEncodeError):
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def packed_text(value: object) -> str:
    """`packed`, as a text."""
    return packed(value).decode()


def unpacked(raw: bytes | str) -> Any:
    """What JSON says. Raises ValueError where it is none, RecursionError."""
    try:
        return _quick_decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json.loads(raw)
