"""A reply as it is compared: case, accents and invisible characters do not matter, and letters
that people write for each other are one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 400
"""What is longer than this many characters is no answer to pick or to count."""

LETTER = r"(?:[^\W\d_፩-፼]|[\u0900-\u0dff\u0e31-\u0e4e\u102b-\u103e\u17b4-\u17d3])"
"""A letter, or a vowel sign, which `re` takes for none."""

_KEYCAPS = {0x20E3: None, 0xFE0F: None, 0xFE0E: None}
_MARKS_KEPT_APART = range(0x0300, 0x0370)
_ARABIC_MARKS = range(0x064B, 0x0660)
_NUKTAS = frozenset("\u093c\u09bc\u0a3c\u0abc")


def _row(pairs: str) -> dict[int, str]:
    """ "ab cd": a is read as b, c as d."""
    return {ord(pair[0]): pair[1:] for pair in pairs.split()}


_ARABIC = {
    0x0640: None,
    0x0670: None,
    ord("ء"): None,
    **_row("ٱا أا إا آا ىي یي ېي ئي ةه ۃه ہه ھه ۂه ۀه کك ؤو ںن ےي"),
}
"""Arabic and Urdu keyboards give different letters for the same one; ء comes and goes."""
_INDIC = _row("ँं ঁং")
_ETHIOPIC = {
    base + at: chr(kept + at)
    for base, kept in ((0x1210, 0x1200), (0x1280, 0x1200), (0x1220, 0x1230), (0x12D0, 0x12A0))
    for at in range(7)
}
_ETHIOPIC |= {0x1340 + at: chr(0x1338 + at) for at in range(7)}
# The first and the fourth vowel of h and of the glottal sound are said alike, and written so.
_ETHIOPIC |= {0x1203: "ሀ", 0x1213: "ሀ", 0x1283: "ሀ", 0x12A3: "አ", 0x12D3: "አ"}
_ALIKE = {
    **_row("’' ‘' ʼ' ʻ' `' ´' ʿ' ʾ' –- —- ‑- −- ıi ɓb Ɓb ɗd Ɗd ƙk Ƙk ƴy Ƴy øo Øo łl đd Đd əe"),
    ord("🔟"): " 10 ",
    ord("ß"): "ss",
    ord("œ"): "oe",
    ord("Œ"): "oe",
    ord("æ"): "ae",
    ord("Æ"): "ae",
    0x1362: ".",
    0x1363: ",",
    0x1364: ";",
    0x1367: "?",
    0x061F: "?",
    0x060C: ",",
    0x061B: ";",
    0x0964: ".",
    0x06D4: ".",
    0x3001: ",",
}
_NUMERO = re.compile(r"(?<!\w)[nN]º")
"""Short for "number", which would become "no"."""
_BEFORE = re.compile(r"(?<!\w)(?:(و)ال|(?:[بفك]?ال|لل))(?!ف[اي]ن)(?=\w{3})")
"""The Arabic article, and what is written onto it; "and" stands apart. Two thousand has none."""


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """NFKC, no case, no accents on letters that have them as decoration, digits in ASCII, one
    space between words. The vowel signs of Indic scripts stay: they are letters."""
    if text.isascii():
        return " ".join(_printable(text).casefold().split())
    text = _NUMERO.sub("n ", text).translate(_KEYCAPS).translate(_ALIKE)
    text = "".join(map(_counted, text))
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(map(_bare, text)).translate(_FOLDED)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return _BEFORE.sub(_without_article, text) if "ا" in text or "ل" in text else text


_FOLDED = {**_ARABIC, **_INDIC, **_ETHIOPIC}


def clean(text: str) -> str:
    """A person's words as they are kept: nothing invisible, no runs of blanks, else as written."""
    if not text.isprintable():
        text = "".join(
            " " if unicodedata.category(c) == "Cc" else "" if _invisible(c) else c for c in text
        )
    return " ".join(unicodedata.normalize("NFC", text).split())


def words(text: str) -> list[str]:
    """The words and numbers of a plain text, without punctuation; a combined sign stays whole."""
    if text.isascii():
        found: list[str] = _WORD.findall(text)
        return [word for w in found if (word := w.strip("'"))] if "'" in text else found
    spaced = "".join(" " if _separates(c) else c for c in text)
    return [word for word in (w.strip("'") for w in spaced.split()) if word]


def squeezed(word: str) -> str:
    """A word without drawn-out letters: "siiii" is "si"."""
    return "".join(c for i, c in enumerate(word) if i == 0 or c != word[i - 1])


_WORD = re.compile(r"[a-z0-9']+", re.IGNORECASE)


def _without_article(found: re.Match[str]) -> str:
    return "و " if found[1] else ""


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


@lru_cache(maxsize=4096)
def _separates(character: str) -> bool:
    if character == "'" or character in _SIGNS:
        return False
    return unicodedata.category(character)[0] in "PSZC"


_SIGNS = frozenset("👍👎✅❌✔✖☑👌🙏")


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Co", "Cs", "Cn") and character not in "‌‍"


@lru_cache(maxsize=4096)
def _counted(character: str) -> str:
    """Digits and numerals of any script as ASCII digits; numerals stand apart from each other."""
    if character.isascii() or (character.isalpha() and not character.isnumeric()):
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if "፩" <= character <= "፼":
        return character
    value = unicodedata.numeric(character, None)
    if value is not None and value == int(value) and unicodedata.category(character) != "Lo":
        return f" {int(value)} "
    return character


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    code = ord(character)
    if code < 0x80:
        return character if character.isprintable() else " "
    if code in _MARKS_KEPT_APART or code in _ARABIC_MARKS or character in _NUKTAS:
        return ""
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in ("Cf", "Co", "Cs", "Cn") else character
