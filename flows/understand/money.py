"""Sums of money: an amount in minor units and, where the reply names one, its currency."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from flows.understand import numbers
from flows.understand.plain import LETTER, LONGEST, plain, words
from flows.understand.tables import Table, longest, split, table
from flows.values import Clear, Nearly, Reading, Unclear

MOST = Decimal(10) ** 13
TABLE = Path(__file__).parent / "currencies.toml"


@dataclass(frozen=True)
class Currencies:
    """What names stand for. `at_home`: names heard only where one of their currencies is the
    country's own; `doubtful`: those that mean another amount in a country."""

    names: Mapping[str, frozenset[str]]
    at_home: frozenset[str]
    doubtful: Mapping[str, frozenset[str]]
    countries: Mapping[str, str]
    minor_units: Mapping[str, int]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def currencies() -> Currencies:
    source = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    codes = {code for group in source["names"] for code in group.split()}
    codes |= set(source["minor_units"]) | set(source["countries"].values())
    names: dict[str, frozenset[str]] = {code.lower(): frozenset({code}) for code in codes}
    for group, told in source["names"].items():
        for name in _plain(told):
            names[name] = names.get(name, frozenset()) | set(group.split())
    doubtful = {country: _plain(told) for country, told in source["doubtful"].items()}
    every = {*names, *(name for told in doubtful.values() for name in told)}
    return Currencies(
        names,
        _plain(source["only_at_home"]["names"]),
        doubtful,
        source["countries"],
        source["minor_units"],
        re.compile(_any_of(every)),
    )


def _plain(told: str) -> frozenset[str]:
    return frozenset(name for text in split(told) if (name := plain(text)))


def _any_of(names: Iterable[str]) -> str:
    """The longest of these names at a place. A name stands alone, but for the number it may be
    written onto. Those of one first letter stand together, so that the others are not tried."""
    firsts: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        last = rf"(?!{LETTER})" if re.fullmatch(LETTER, name[-1]) else ""
        firsts.setdefault(name[0], []).append(re.escape(name[1:]) + last)
    groups = {f"{re.escape(one)}(?:{'|'.join(rest)})": one for one, rest in firsts.items()}
    letters = [group for group, one in groups.items() if re.match(LETTER, one)]
    signs = [group for group, one in groups.items() if not re.match(LETTER, one)]
    return "|".join([rf"(?<!{LETTER})(?:{'|'.join(letters)})", *signs])


def read(text: str, language: str, country: str) -> Reading:
    """A sum; a range, or a sign that several currencies share and the country does not decide,
    is asked again."""
    if len(text) > LONGEST:
        return Unclear("number")
    key = plain(text)
    named = [name for name in currencies().pattern.findall(key) if _means(name, country)]
    found = numbers.find(_without(key, country, table(language)), language)
    if found.unclear or found.past or found.dozens or not found.values:
        return Unclear("number")
    if _in_parts(key, language):
        return Unclear("number")
    if found.only is None or _left_short(found):
        return Unclear("several")
    decided = _decided(named, country)
    if decided is None:
        return Unclear("currency")
    digits = minor_digits(decided or currencies().countries.get(country, ""))
    amount = found.only * 10**digits
    if amount != amount.to_integral_value() or not 0 <= amount < MOST:
        return Unclear("number")
    value = {"amount": int(amount), "currency": decided or None}
    if found.doubtful:
        return Nearly(value, in_words(int(amount), decided, country, language))
    return Clear(value)


def names_money(text: str, country: str) -> bool:
    """Whether a reply names a currency, in more than a letter or two that may be a word."""
    found = currencies().pattern.findall(plain(text[:LONGEST]))
    return any(_means(one, country) for one in found if len(one) > 2 or not one.isascii())


def _in_parts(key: str, language: str) -> bool:
    """Whether cents are named, or what people call a sum that its words do not say."""
    said, parts = words(key), table(language).of("money.parts")
    return any(longest(said, at, parts) for at in range(len(said)))


def _left_short(found: numbers.Found) -> bool:
    """Whether "two million five hundred" may have left out a thousand."""
    last = (found.only or Decimal(0)) % 1_000_000
    spoken = all(len(numeral) < 4 for numeral in found.numerals)
    return spoken and found.only != last and 0 < last < 1000


def _without(key: str, country: str, words_of: Table) -> str:
    """What is left without the names of money, so that only numbers are read in it. Where the
    count stands before its scale nothing is added across such a name: "100 birr one"."""
    left = " " if words_of.scale_first else " ; "

    def gone(found: re.Match[str]) -> str:
        return left if _means(found[0], country) else found[0]

    return currencies().pattern.sub(gone, key)


def _means(name: str, country: str) -> bool:
    """Whether a name is heard as money here."""
    known = currencies()
    if name in known.doubtful.get(country, ()):
        return True
    own = known.countries.get(country, "")
    return name in known.names and (name not in known.at_home or own in known.names[name])


def _decided(named: list[str], country: str) -> str | None:
    """The currency that all these names stand for here; "" without any, None where it is open."""
    known = currencies()
    if not named:
        return ""
    if any(name in known.doubtful.get(country, ()) for name in named):
        return None
    codes = frozenset.intersection(*(known.names[name] for name in named))
    own = known.countries.get(country, "")
    if own in codes:
        return own
    return next(iter(codes)) if len(codes) == 1 else None


def minor_digits(currency: str) -> int:
    """How many digits of the minor unit a currency has (ISO 4217); two where it is not known."""
    return currencies().minor_units.get(currency, 2)


def in_words(amount: int, currency: str, country: str = "", language: str = "en") -> str:
    """A sum as it is shown in a language: "1,500 HNL", decimals only where there are any, the
    digits Latin everywhere."""
    digits = minor_digits(currency or currencies().countries.get(country, ""))
    whole = Decimal(amount) / 10**digits
    places = 0 if whole == whole.to_integral_value() else digits
    pattern = f"#,##0.{'0' * places}" if places else "#,##0"
    shown = format_decimal(whole, pattern, _locale(language, country), numbering_system="latn")
    return f"{shown} {currency}".translate(_BLANKS).strip()


_BLANKS = {0xA0: " ", 0x202F: " "}
"""A blank of another width would take an SMS out of the cheap alphabet."""


@lru_cache(maxsize=128)
def _locale(language: str, country: str) -> Locale:
    """How numbers are written where both are at home, else in the language, else in English."""
    base = language.partition("_")[0]
    for name in (f"{base}_{country}", language, base):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en")
