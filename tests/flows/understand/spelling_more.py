"""Numbers written out in the words of more languages, 0 to 9,999, as schoolbooks write them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

FILE = Path(__file__).parent / "number_words.toml"
WORDS: dict[str, list[str]] = {
    name: [word.replace("_", " ") for word in told.split()]
    for name, told in tomllib.loads(FILE.read_text("utf-8")).items()
}
HI = WORDS["hi"]
BN = WORDS["bn"]
UR = WORDS["ur"]
PT = WORDS["pt"]
PT_HUNDREDS = WORDS["pt_hundreds"]
SO_TENS = WORDS["so_tens"]
AR_TEENS = WORDS["ar_teens"]
AR_HUNDREDS = WORDS["ar_hundreds"]
HT = WORDS["ht"]
YO_TENS = WORDS["yo_tens"]
YO_HUNDREDS = WORDS["yo_hundreds"]
PT_TENS = WORDS["pt_tens"]
HA = WORDS["ha"]
HA_TENS = WORDS["ha_tens"]
AM = WORDS["am"]
AM_TENS = WORDS["am_tens"]
ID = WORDS["id"]
SO = WORDS["so"]
AR = WORDS["ar"]
AR_TENS = WORDS["ar_tens"]
HT_TENS = WORDS["ht_tens"]
YO = WORDS["yo"]
YO_UNITS = WORDS["yo_units"]


def portuguese(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    words = ["mil"] if thousands == 1 else [PT[thousands], "mil"] if thousands else []
    below = ["cem"] if rest == 100 else [PT_HUNDREDS[hundreds]] if hundreds else []
    if small >= 20:
        below.append(PT_TENS[small // 10])
        below += [PT[small % 10]] if small % 10 else []
    elif small or not (words or below):
        below.append(PT[small])
    return " ".join([*words, " e ".join(below)]).strip()


def hausa(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    parts = [f"dubu {HA[thousands]}"] if thousands else []
    parts += [f"ɗari {HA[hundreds]}"] if hundreds else []
    if 10 < small < 20:
        parts.append(f"goma sha {HA[small - 10]}")
    elif small > 10:
        parts.append(HA_TENS[small // 10] + (f" da {HA[small % 10]}" if small % 10 else ""))
    elif small or not parts:
        parts.append(HA[small])
    return " da ".join(parts)


def amharic(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    words = [f"{AM[thousands]} ሺህ"] if thousands else []
    words += [f"{AM[hundreds]} መቶ"] if hundreds else []
    if small > 10:
        words.append(AM_TENS[small // 10] + (f" {AM[small % 10]}" if small % 10 else ""))
    elif small or not words:
        words.append(AM[small])
    return " ".join(words)


def arabic(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    parts = [_arabic_thousands(thousands)] if thousands else []
    parts += [AR_HUNDREDS[hundreds]] if hundreds else []
    if small >= 20:
        units = [AR[small % 10]] if small % 10 else []
        parts += [*units, AR_TENS[small // 10]]
    elif small > 10:
        parts.append(AR_TEENS[small - 10])
    elif small or not parts:
        parts.append(AR[small])
    return " و".join(parts)


def _arabic_thousands(thousands: int) -> str:
    return {1: "ألف", 2: "ألفان"}.get(thousands, f"{AR[thousands]} آلاف")


def of_hundred_words(words: list[str], hundred: str, thousand: str) -> Callable[[int], str]:
    """Languages with a word of its own for each number below a hundred."""

    def spelt(number: int) -> str:
        thousands, rest = divmod(number, 1000)
        hundreds, small = divmod(rest, 100)
        said = [f"{words[thousands]} {thousand}"] if thousands else []
        said += [f"{words[hundreds]} {hundred}"] if hundreds else []
        said += [words[small]] if small or not said else []
        return " ".join(said)

    return spelt


def indonesian(number: int) -> str:
    if number < 12:
        return ID[number]
    if number < 20:
        return f"{ID[number - 10]} belas"
    for unit, name in ((1000, "ribu"), (100, "ratus"), (10, "puluh")):
        if number >= unit:
            count, rest = divmod(number, unit)
            first = f"se{name}" if count == 1 else f"{ID[count]} {name}"
            return f"{first} {indonesian(rest)}" if rest else first
    raise AssertionError(number)


def haitian(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    words = ["mil"] if thousands == 1 else [HT[thousands], "mil"] if thousands else []
    words += ["san"] if hundreds == 1 else [HT[hundreds], "san"] if hundreds else []
    if small >= 20:
        tens, ones = divmod(small, 10)
        ones += 10 if tens in (7, 9) else 0
        words += [HT_TENS[tens], *([HT[ones]] if ones else [])]
    elif small or not words:
        words.append(HT[small])
    return " ".join(words)


def somali(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    parts = ["kun"] if thousands == 1 else [f"{SO[thousands]} kun"] if thousands else []
    parts += ["boqol"] if hundreds == 1 else [f"{SO[hundreds]} boqol"] if hundreds else []
    if small > 10:
        parts += [SO[small % 10]] if small % 10 else []
        parts.append(SO_TENS[small // 10])
    elif small or not parts:
        parts.append(SO[small])
    return " iyo ".join(parts)


def yoruba(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    parts = [f"ẹgbẹ̀rún {YO[thousands]}"] if thousands else []
    parts += [YO_HUNDREDS[hundreds]] if hundreds else []
    if small or not parts:
        parts.append(_yoruba(small))
    return " ó lé ".join(parts)


def _yoruba(small: int) -> str:
    """One to four are added to a ten, five to one are taken from the next."""
    tens, ones = divmod(small, 10)
    if small <= 10:
        return YO[small]
    if ones == 0:
        return YO_TENS[tens]
    if small < 15:
        return f"{YO_UNITS[ones]}lá"
    return f"{YO_UNITS[ones]} lé l{YO_TENS[tens]}" if ones < 5 else _taken(10 - ones, tens + 1)


def _taken(ones: int, tens: int) -> str:
    return f"{YO_UNITS[ones]} dín l{YO_TENS[tens]}"


SPELT: dict[str, Callable[[int], str]] = {
    "am": amharic,
    "ar": arabic,
    "bn": of_hundred_words(BN, "শত", "হাজার"),
    "ha": hausa,
    "hi": of_hundred_words(HI, "सौ", "हज़ार"),
    "ht": haitian,
    "id": indonesian,
    "pt": portuguese,
    "so": somali,
    "ur": of_hundred_words(UR, "سو", "ہزار"),
    "yo": yoruba,
}
