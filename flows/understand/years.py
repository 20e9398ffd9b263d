"""Years of the common era, in four digits or in words; never an age or a count."""

from __future__ import annotations

import re

from flows.understand import numbers
from flows.understand.plain import LETTER, plain
from flows.understand.tables import longest, table
from flows.values import Clear, Nearly, Reading, Unclear

_ONTO = re.compile(rf"(?<={LETTER})(?=\d)|(?<=\d)(?={LETTER})|(?<={LETTER})(?=[፩-፼])")
"""Where a word is written onto a number: "in" in Amharic and Arabic."""


def read(text: str, language: str, least: int, most: int) -> Reading:
    """A year between `least` and `most`."""
    found = numbers.find(_without_since(text, language), language)
    values = [int(value) for value in found.values if value == int(value)]
    if len(values) == 2 and not found.numerals and 19 <= values[0] <= 20 and 10 <= values[1] < 100:
        values = [values[0] * 100 + values[1]]
    if found.unclear or (len(values) != len(found.values) and len(found.values) != 2):
        return Unclear("year")
    if len(set(values)) != 1:
        return Unclear("several" if values else "year")
    written = any(len(numeral) == 4 or not numeral.isascii() for numeral in found.numerals)
    if (found.numerals and not written) or not least <= values[0] <= most:
        return Unclear("year")
    return Nearly(values[0], str(values[0])) if found.doubtful else Clear(values[0])


def _without_since(text: str, language: str) -> str:
    """ "since 1998" names the year 1998 as well as "1998" does."""
    words_of = table(language)
    before = words_of.of("numbers.year_before")
    kept: list[str] = []
    said = _ONTO.sub(" ", plain(text)).split()
    at = 0
    while at < len(said):
        size = longest(said, at, before)
        if not size:
            kept.append(said[at])
        at += size or 1
    return " ".join(kept)
