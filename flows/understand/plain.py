"""A reply as it is compared: case, accents and invisible characters do not matter."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 400
"""What is longer than this many characters is no answer to pick or to count."""

_KEYCAPS = {0x20E3: None, 0xFE0F: None, 0xFE0E: None}
_MARKS_KEPT_APART = range(0x0300, 0x0370)
_ARABIC_MARKS = range(0x064B, 0x0660)
_ARABIC = {
    0x0640: None,
    0x0670: None,
    ord("ٱ"): "ا",
    ord("أ"): "ا",
    ord("إ"): "ا",
    ord("آ"): "ا",
    ord("ى"): "ي",
}
_ALIKE = {
    ord("’"): "'",
    ord("‘"): "'",
    ord("ʼ"): "'",
    ord("`"): "'",
    ord("´"): "'",
    ord("–"): "-",
    ord("—"): "-",
    ord("‑"): "-",
    ord("−"): "-",
    ord("🔟"): " 10 ",
    ord("ß"): "ss",
    ord("ı"): "i",
}


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """NFKC, no case, no accents on letters that have them as decoration, digits in ASCII, one
    space between words. The vowel signs of Indic scripts stay: they are letters."""
    if text.isascii():
        return " ".join(_printable(text).casefold().split())
    text = text.translate(_KEYCAPS).translate(_ALIKE)
    text = "".join(map(_counted, text))
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(map(_bare, text)).translate(_ARABIC)
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean(text: str) -> str:
    """A person's words as they are kept: nothing invisible, no runs of blanks, else as written."""
    visible = "".join(
        " " if unicodedata.category(c) == "Cc" else "" if _invisible(c) else c for c in text
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


def words(text: str) -> list[str]:
    """The words and numbers of a plain text, without punctuation; a combined sign stays whole."""
    spaced = "".join(c if c == "'" or not _separates(c) else " " for c in text)
    return [word for word in (w.strip("'") for w in spaced.split()) if word]


def squeezed(word: str) -> str:
    """A word without drawn-out letters: "siiii" is "si"."""
    return "".join(c for i, c in enumerate(word) if i == 0 or c != word[i - 1])


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _separates(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSZC" and character not in _SIGNS


_SIGNS = frozenset("👍👎✅❌✔✖☑👌🙏")


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Co", "Cs", "Cn") and character not in "‌‍"


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


def _bare(character: str) -> str:
    code = ord(character)
    if code < 0x80:
        return character if character.isprintable() else " "
    if code in _MARKS_KEPT_APART or code in _ARABIC_MARKS:
        return ""
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in ("Cf", "Co", "Cs", "Cn") else character
