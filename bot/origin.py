"""Where somebody most likely writes from and what they most likely speak, before they said it."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers

from bot.house import House
from bot.messages import Incoming

SPOKEN: Mapping[str, tuple[str, ...]] = {
    "BD": ("bn",),
    "BI": ("fr", "sw"),
    "CD": ("fr", "sw"),
    "EG": ("ar",),
    "ES": ("es",),
    "ET": ("am", "so"),
    "FR": ("fr",),
    "GT": ("es",),
    "HN": ("es_HN", "es"),
    "HT": ("ht", "fr"),
    "ID": ("id",),
    "IN": ("hi", "en"),
    "JM": ("en",),
    "KE": ("sw_KE", "sw", "en"),
    "MA": ("ar_MA", "ar", "fr"),
    "MX": ("es_MX", "es"),
    "MZ": ("pt",),
    "NG": ("en", "ha", "yo"),
    "NI": ("es_NI", "es"),
    "PK": ("ur",),
    "SN": ("fr",),
    "SO": ("so", "ar"),
    "SV": ("es",),
    "TZ": ("sw",),
    "UG": ("en", "sw"),
}
"""Country -> languages people there most likely read, likeliest first."""


def country(urn: str, default: str) -> str:
    """The ISO 3166 code of an address's country, by its number; else the programme's."""
    scheme, _, path = urn.partition(":")
    if scheme not in ("tel", "whatsapp"):
        return default
    code, dot, _ = path.partition(".")
    if dot and len(code) == 2 and code.isascii() and code.isalpha():
        return code.upper()
    try:
        number = phonenumbers.parse(path if path.startswith("+") else f"+{path}")
    except phonenumbers.NumberParseException:
        return default
    return phonenumbers.region_code_for_number(number) or default


def language(incoming: Incoming, where: str, house: House) -> str:
    """The likeliest of the languages offered: what the far side reports, else the country's."""
    return next(iter(expected(incoming, where, house)), house.settings.languages[0])


def expected(incoming: Incoming, where: str, house: House) -> tuple[str, ...]:
    """The languages offered that the far side reports or that the country reads, likeliest first;
    what lets one think so proves nothing."""
    hinted = incoming.hint.replace("-", "_")
    guesses = dict.fromkeys((hinted, hinted.partition("_")[0], *SPOKEN.get(where, ())))
    return tuple(guess for guess in guesses if guess in house.settings.languages)
