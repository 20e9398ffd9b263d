"""Telephone numbers as people write them, to E.164."""

from __future__ import annotations

import re
from functools import lru_cache

from flows.understand.plain import LONGEST, plain
from flows.values import Clear, Reading, Unclear

_CANDIDATE = re.compile(r"\+?\s?\(?\d(?:[\s().\-/]{0,3}\d){5,17}")
_MEXICO_PREFIX = re.compile(r"(?:01|044|045)(\d{10})")
"""What was dialled before a number in Mexico until 2019, and is still written."""
_MEXICO_OLD = re.compile(r"\+?521(\d{10})")


def read(text: str, country: str) -> Reading:
    """The one valid number in a reply, of this country unless it says another."""
    if len(text) > LONGEST:
        return Unclear("phone")
    candidates = [found[0] for found in _CANDIDATE.finditer(plain(text))]
    numbers = {_valid(candidate, country) for candidate in candidates}
    if not candidates or None in numbers:
        return Unclear("phone")
    if len(numbers) > 1:
        return Unclear("several")
    return Clear(numbers.pop())


@lru_cache(maxsize=1024)
def _valid(candidate: str, country: str) -> str | None:
    digits = re.sub(r"[^\d+]", "", candidate)
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    if country == "MX" and (local := _MEXICO_PREFIX.fullmatch(digits)):
        return _parsed(local[1], "MX")
    if old := _MEXICO_OLD.fullmatch(digits):
        return _parsed(f"+52{old[1]}", "MX")
    return (_parsed(digits, country) if country or digits[0] == "+" else None) or (
        _parsed(f"+{digits}", "") if len(digits) >= 11 and digits[0] not in "+0" else None
    )


def _parsed(digits: str, country: str) -> str | None:
    # Its tables take a tenth of a second to load: only who is asked for a number waits for them.
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
