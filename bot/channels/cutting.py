"""Cutting a text that is too long for one message where it hurts least."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

JOINERS = frozenset("\u200d\u200c")
ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…:;。！？؟।۔።]+[\"'”’»)\]]*\s+"),
    re.compile(r"\s+"),
)
"""Where to cut, best first: paragraphs, lines, sentences, words."""

LEAST = 3
"""A cut leaves at least a third of what would have fitted, else the next worse place is taken."""


def pieces(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """The text in pieces that each `fits`; only blanks at a cut are dropped.

    `fits` holds for every beginning of a text it holds for, and for any single character."""
    rest = text.strip()
    while rest:
        if fits(rest):
            yield rest
            return
        end = _end(rest, _most(rest, fits))
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()


def clipped(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning of a text that fits with an ellipsis behind it."""
    if fits(text):
        return text
    most = _most(text, lambda beginning: fits(beginning.rstrip() + "…"))
    return text[: _whole(text, most)].rstrip() + "…"


def _most(text: str, fits: Callable[[str], bool]) -> int:
    """How many characters from the beginning fit; at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle]):
            low = middle
        else:
            high = middle - 1
    return low


def _end(text: str, most: int) -> int:
    for place in ENDS:
        cuts = [found.end() for found in place.finditer(text, 0, most + 1)]
        best = max((cut for cut in cuts if cut <= most + 1), default=0)
        if best * LEAST >= most:
            return best
    return _whole(text, most)


def _whole(text: str, end: int) -> int:
    """The last place at or before `end` that does not part a letter from its marks."""
    place = end
    while 0 < place < len(text) and _belongs(text, place):
        place -= 1
    return place or end


def _belongs(text: str, place: int) -> bool:
    """Whether the character at `place` belongs to the one before it."""
    here, before = text[place], text[place - 1]
    return (
        bool(unicodedata.combining(here))
        or unicodedata.category(here) in ("Mn", "Mc", "Me")
        or here in JOINERS
        or before in JOINERS
        or "\U0001f3fb" <= here <= "\U0001f3ff"
    )
