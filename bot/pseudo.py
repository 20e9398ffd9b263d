"""A language nobody speaks: English in letters of another row, each text marked at its ends.

What reaches a phone in plain letters did not come through the catalogues; a text put together
from pieces shows its seams. `LANGUAGES=en_XA` offers it, and readers take its letters for their
plain ones, so a whole conversation can be held in it."""

from __future__ import annotations

import re

from flows.wording import PLACEHOLDER

CODE = "en_XA"
"""The code that others use for it too."""

BEGINS, ENDS = "⟦", "⟧"
LISTS = re.compile(r"\.(also|keywords)$|^command\.")
"""Contexts of words that people type, by commas: they are not shown, so nothing marks them."""

_ROW = {ord(c): ord(c) - ord("!") + 0xFF01 for c in map(chr, range(ord("!"), 0x7F)) if c.isalpha()}


def translated(context: str, text: str) -> str:
    """The text in pseudo-letters, its placeholders as they are."""
    said = "".join(_each(text))
    return said if LISTS.search(context) else f"{BEGINS}{said}{ENDS}"


def _each(text: str) -> list[str]:
    kept = 0
    parts: list[str] = []
    for found in PLACEHOLDER.finditer(text):
        parts += [text[kept : found.start()].translate(_ROW), found[0]]
        kept = found.end()
    return [*parts, text[kept:].translate(_ROW)]
