"""Sums of money: an amount in minor units and, where the reply names one, its currency."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from flows.understand import numbers
from flows.understand.plain import LETTER, LONGEST, plain
from flows.values import Clear, Nearly, Reading, Unclear

MOST = Decimal(10) ** 13
TABLE = Path(__file__).parent / "currencies.toml"


@dataclass(frozen=True)
class Currencies:
    names: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, str]
    minor_units: Mapping[str, int]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def currencies() -> Currencies:
    source = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    names = {plain(name): tuple(codes) for name, codes in source["names"].items()}
    codes = {code for group in names.values() for code in group} | set(source["minor_units"])
    names = {code.lower(): (code,) for code in codes | set(source["countries"].values())} | names
    longest_first = sorted(names, key=len, reverse=True)
    pattern = "|".join(_pattern(name) for name in longest_first)
    return Currencies(names, source["countries"], source["minor_units"], re.compile(pattern))


def _pattern(name: str) -> str:
    """A name stands alone, but for the number it may be written onto."""
    first = rf"(?<!{LETTER})" if name[0].isalpha() else ""
    last = rf"(?!{LETTER})" if re.fullmatch(LETTER, name[-1]) else ""
    return f"{first}{re.escape(name)}{last}"


def read(text: str, language: str, country: str) -> Reading:
    """A sum; a range, or a sign that several currencies share and the country does not decide,
    is asked again."""
    if len(text) > LONGEST:
        return Unclear("number")
    key = plain(text)
    named = {_decided(found[0], country) for found in currencies().pattern.finditer(key)}
    rest = currencies().pattern.sub(" ", key)
    found = numbers.find(rest, language)
    if found.unclear or not found.values:
        return Unclear("number")
    if found.only is None:
        return Unclear("several")
    if None in named or len(named) > 1:
        return Unclear("currency")
    currency = next(iter(named), None)
    digits = minor_digits(currency or currencies().countries.get(country, ""))
    amount = found.only * 10**digits
    if amount != amount.to_integral_value() or not 0 <= amount < MOST:
        return Unclear("number")
    value = {"amount": int(amount), "currency": currency}
    if found.doubtful:
        return Nearly(value, in_words(int(amount), currency or "", country))
    return Clear(value)


def minor_digits(currency: str) -> int:
    """How many digits of the minor unit a currency has (ISO 4217); two where it is not known."""
    return currencies().minor_units.get(currency, 2)


def in_words(amount: int, currency: str, country: str = "") -> str:
    """A sum as it is shown: "1,500 HNL", decimals only where there are any."""
    digits = minor_digits(currency or currencies().countries.get(country, ""))
    whole = Decimal(amount) / 10**digits
    shown = f"{whole:,.{digits}f}" if whole != whole.to_integral_value() else f"{int(whole):,}"
    return f"{shown} {currency}".strip()


def _decided(name: str, country: str) -> str | None:
    """The currency a name stands for here."""
    codes = currencies().names[name]
    own = currencies().countries.get(country, "")
    if own in codes:
        return own
    return codes[0] if len(codes) == 1 else None
