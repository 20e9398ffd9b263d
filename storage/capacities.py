"""What somebody says they make in a month, as a number of a unit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flows.understand import numbers
from matching.records import Capacity
from matching.vocabulary.spelling import folded

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "kg": r"kgs?|kilo\w*|quilo\w*|kilogr\w*|ኪሎ\w*|کیلو\w*|किलो\S*|কেজি|কিলো\S*",
        "l": r"l|lt|lts|litr\w*|litir\w*|lita|lit|ሊትር|لتر\w*|لیٹر|लीटर|লিটার",
        "m": r"m|mt|mts|met(re|er|ro|r|ra|re)s?|mita|mit|ሜትር|متر\w*|میٹر|मीटर|মিটার",
        "dozen": r"dozens?|docenas?|douzaines?|duzias?|dazeni|lusin|darzan|درجن|दर्जन|ডজন|ደርዘን",
        "lb": r"lbs?|libras?|livres?|pounds?|ratili|ፓውንድ|पाउंड|পাউন্ড|پاؤنڈ|رطل",
    }
)
"""How people of our languages write what is weighed, poured, measured, or counted by twelve."""
KG_A_POUND = 0.4536
_UNITS = {unit: re.compile(rf"(?:{words})\Z") for unit, words in UNITS.items()}


def made_in_a_month(answer: object, languages: Sequence[str]) -> Capacity | None:
    """ "20 hammocks" is 20 pieces, "5 dozen" 60, "40 kilos of soap" 40 kg; None where no one number
    is named."""
    if not isinstance(answer, str):
        return None
    found = numbers.find(answer, languages[0] if languages else "en")
    if found.unclear or found.doubtful or found.only is None or found.only <= 0:
        return None
    units = {_unit(word) for word in found.rest}
    amount = float(found.only)
    if "dozen" in units:
        return Capacity("piece", 12 * amount)
    if "lb" in units:
        return Capacity("kg", KG_A_POUND * amount)
    return Capacity(next((unit for unit in ("kg", "l", "m") if unit in units), "piece"), amount)


def _unit(word: str) -> str | None:
    plain = folded(word)
    return next((unit for unit, words in _UNITS.items() if words.match(plain)), None)
