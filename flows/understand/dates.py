"""Dates: in digits day first (year first where four digits lead), in words by dateparser."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from flows.understand.plain import LONGEST, plain, words
from flows.understand.tables import FALLBACK, table
from flows.values import Clear, Nearly, Reading, Unclear

_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


def read(text: str, language: str, today: date) -> Reading:
    """An ISO date. A day without its year is the next such day, and asked back."""
    key = plain(text)
    if len(text) > LONGEST:
        return Unclear("date")
    if found := _YEAR_FIRST.fullmatch(key):
        return _dated(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(key):
        return _dated(int(found[3]), int(found[2]), int(found[1]))
    relative = tuple(words(key)) in table(language).of("words.relative_dates")
    # dateparser reads "42" as a year and "may" as a day: without a day of the month, no date.
    if not relative and (len(_DAY.findall(key)) != 1 or not re.search(r"[^\W\d]{3}", key)):
        return Unclear("date")
    found_date = _parsed(key, language.partition("_")[0], today)
    if found_date is None:
        return Unclear("date")
    if relative or re.search(r"\d{4}", key):
        return Clear(found_date.isoformat())
    return Nearly(found_date.isoformat(), found_date.isoformat())


def _dated(year: int, month: int, day: int) -> Reading:
    try:
        return Clear(date(year, month, day).isoformat())
    except ValueError:
        return Unclear("date")


@lru_cache(maxsize=256)
def _parsed(key: str, language: str, today: date) -> date | None:
    import dateparser

    known = language if language in _known() else FALLBACK
    noon = datetime.combine(max(today, date.min + timedelta(days=1)), datetime.min.time())
    found = dateparser.parse(
        key,
        languages=[known],
        settings={
            "RELATIVE_BASE": noon.replace(hour=12),
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
            "REQUIRE_PARTS": ["day", "month"],
            "PARSERS": ["relative-time", "absolute-time"],
        },
    )
    return found.date() if found else None


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    from dateparser.data.languages_info import language_order

    return frozenset(language_order)
