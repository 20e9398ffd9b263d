"""Numbers written in digits: groups and decimals as people anywhere separate them."""

from __future__ import annotations

import re
from decimal import Decimal

NUMERAL = re.compile(r"\d{1,3}(?:[  ]\d{3})+(?!\d)|\d+(?:[.,'٬٫]\d+)*|[፩-፼]+")

_GROUPED = re.compile(r"\d{1,3}([.,' ])\d{3}(?:\1\d{3})*")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
_DECIMAL = re.compile(r"(.*\d)([.,])(\d{1,2})")


def value(numeral: str) -> Decimal | None:
    """What a numeral of plain digits is worth; None where its separators make no sense.

    A lone separator before exactly three digits groups thousands: "1.500" and "1,500" are 1500."""
    if "፩" <= numeral[0] <= "፼":
        return Decimal(_ethiopic(numeral))
    numeral = numeral.replace("٬", ",").replace("٫", ".")
    whole = _whole(numeral)
    if whole is not None:
        return Decimal(whole)
    decimal = _DECIMAL.fullmatch(numeral)
    if decimal is None or decimal[2] in decimal[1]:
        return None
    whole = _whole(decimal[1])
    return None if whole is None else Decimal(f"{whole}.{decimal[3]}")


def _whole(numeral: str) -> str | None:
    if numeral.isdecimal():
        return numeral if len(numeral) <= 18 else None
    if _INDIAN.fullmatch(numeral):
        return numeral.replace(",", "")
    grouped = _GROUPED.fullmatch(numeral)
    if grouped is None or numeral[0] == "0" or len(numeral) > 24:
        return None
    return numeral.replace(grouped[1], "")


def _ethiopic(numeral: str) -> int:
    """Ethiopic numerals add up, and hundreds and ten thousands multiply what stands before."""
    total = part = 0
    for character in numeral:
        code = ord(character) - ord("፩")
        if code < 9:
            part += code + 1
        elif code < 18:
            part += (code - 8) * 10
        elif code == 18:
            part = max(part, 1) * 100
            total, part = total + part, 0
        else:
            total, part = max(total + part, 1) * 10_000, 0
    return total + part
