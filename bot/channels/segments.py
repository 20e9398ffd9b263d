"""How many SMS a text costs, and how to make it cheaper without changing what it says.

Source: 3GPP TS 23.038, the GSM 7 bit default alphabet and its extension table."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Each of these takes two places: an escape comes before it."""

ALL = BASIC | EXTENDED

LIKE = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'", "ʹ": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "-", "·": ".", "×": "x", "º": "o", "ª": "a", "°": "o",
    "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
    "þ": "th", "Þ": "Th", "ı": "i", "ɓ": "b", "Ɓ": "B", "ɗ": "d", "Ɗ": "D", "ƙ": "k", "Ƙ": "K",
    "ƴ": "y", "Ƴ": "Y", "ŋ": "n", "Ŋ": "N", "ɛ": "e", "Ɛ": "E", "ɔ": "o", "Ɔ": "O", "ħ": "h",
    "Ħ": "H", "\u200b": "", "\ufeff": "", "\u2060": "", "\u00ad": "", "\t": " ",
}  # fmt: skip


@dataclass(frozen=True)
class Segments:
    """`characters` as they are billed: septets, or UTF-16 units."""

    characters: int
    segments: int
    encoding: Literal["GSM-7", "UCS-2"]


def count(text: str) -> Segments:
    """What a text costs as it stands. No character is cut in two by a segment's end."""
    if is_gsm(text):
        wide = not EXTENDED.isdisjoint(text)
        costs = [1 + (letter in EXTENDED) for letter in text] if wide else [1] * len(text)
        return Segments(sum(costs), _segments(costs, 160, 153), "GSM-7")
    costs = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return Segments(sum(costs), _segments(costs, 70, 67), "UCS-2")


def is_gsm(text: str) -> bool:
    """Whether every character is in the GSM alphabet."""
    return ALL.issuperset(text)


def folded(text: str) -> str:
    """The text in the GSM alphabet, where every letter outside it is Latin and has a plain form.

    Otherwise unchanged: a text that needs UCS-2 anyway keeps its accents, and no other script is
    ever spelled in Latin letters."""
    if is_gsm(text):
        return text
    plain = "".join(_plain(letter) for letter in unicodedata.normalize("NFC", text))
    return plain if is_gsm(plain) else text


def _plain(letter: str) -> str:
    if letter in ALL:
        return letter
    if letter in LIKE:
        return LIKE[letter]
    if letter.isspace():
        return " "
    if not _is_latin(letter):
        return letter
    base = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return LIKE.get(base, base)


def _is_latin(letter: str) -> bool:
    """Latin letters, and the marks that stand over one where no composed letter exists."""
    if unicodedata.combining(letter):
        return "\u0300" <= letter <= "\u036f"
    return unicodedata.name(letter, "").startswith("LATIN ")


def _segments(costs: list[int], alone: int, each: int) -> int:
    if sum(costs) <= alone:
        return 1 if costs else 0
    segments, used = 1, 0
    for cost in costs:
        if used + cost > each:
            segments, used = segments + 1, 0
        used += cost
    return segments
