"""Years of the common era, in four digits or in words; never an age or a count."""

from __future__ import annotations

import re

from flows.understand import money, numbers
from flows.understand.plain import LETTER, plain, words
from flows.understand.tables import Table, longest, table
from flows.values import Clear, Nearly, Reading, Unclear

_ONTO = re.compile(rf"(?<={LETTER})(?=\d)|(?<=\d)(?={LETTER})|(?<={LETTER})(?=[፩-፼])")
"""Where a word is written onto a number: "in" in Amharic and Arabic."""
_DECADE = re.compile(rf"\d{{3}}0'?s(?!{LETTER})")


def read(text: str, language: str, least: int, most: int, country: str = "") -> Reading:
    """A year between `least` and `most`; no sum of money, nor ten years by the first of them."""
    said = _ONTO.sub(" ", plain(text)).split()
    if money.names_money(text, country) or _is_decade(plain(text), said, table(language)):
        return Unclear("year")
    found = numbers.find(_without_since(said, table(language)), language)
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


def _is_decade(key: str, said: list[str], words_of: Table) -> bool:
    """Whether ten years are meant: "1990s", "los años 1990", "1990 के दशक"."""
    if _DECADE.search(key):
        return True
    told = words(" ".join(said))
    before, after = words_of.of("numbers.decade_before"), words_of.of("numbers.decade_after")
    for at, word in enumerate(told):
        size = longest(told, at, before)
        if size and at + size < len(told) and told[at + size].isdecimal():
            return True
        if word.isdecimal() and longest(told, at + 1, after):
            return True
    return False


def _without_since(said: list[str], words_of: Table) -> str:
    """ "since 1998" names the year 1998 as well as "1998" does."""
    before = words_of.of("numbers.year_before")
    kept: list[str] = []
    at = 0
    while at < len(said):
        size = longest(said, at, before)
        if not size:
            kept.append(said[at])
        at += size or 1
    return " ".join(kept)
