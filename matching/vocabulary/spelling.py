"""What of a spelling does not matter: case, accents, the marks of a script, the s of a plural."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_SAME = str.maketrans(
    {
        "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ı": "i", "ø": "o", "ß": "ss", "œ": "oe", "æ": "ae",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ی", "ي": "ی", "ئ": "ی", "ك": "ک", "ة": "ه",
        "ہ": "ه", "ۃ": "ه", "ھ": "ه", "ؤ": "و", "ـ": "", "\u200c": " ", "\u200d": "",
        "ሐ": "ሀ", "ኀ": "ሀ", "ሠ": "ሰ", "ዐ": "አ", "ፀ": "ጸ",
        "'": "", "’": "", "ʼ": "", "`": "", "़": "", "়": "",
    }
)  # fmt: skip
_LATIN_MARKS = re.compile("[\u0300-\u036f\u064b-\u0652\u0670]")
_NO_LETTERS = re.compile(r"[^\w\u0900-\u09ff]+|_")
_PARTS = re.compile(r"[,;.!?:\n/()،؛۔।፣፤።+&]+")
_BETWEEN = frozenset(
    [
        "and",
        "or",
        "the",
        "a",
        "an",
        "of",
        "with",
        "in",
        "my",
        "some",
        "wider",
        "bigger",
        "larger",
        "big",
        "small",
        "new",
        "old",
        "good",
        "more",
        "two",
        "three",
        "y",
        "e",
        "o",
        "u",
        "de",
        "del",
        "la",
        "las",
        "el",
        "los",
        "con",
        "una",
        "uno",
        "un",
        "dos",
        "tres",
        "nuevo",
        "nueva",
        "grande",
        "et",
        "ou",
        "des",
        "du",
        "le",
        "les",
        "une",
        "em",
        "da",
        "do",
        "das",
        "dos",
        "com",
        "na",
        "ya",
        "wa",
        "vya",
        "la",
        "cha",
        "za",
        "kwa",
        "ko",
        "dan",
        "atau",
        "yang",
        "ak",
        "epi",
        "nan",
        "ati",
        "iyo",
        "ama",
        "ee",
        "ve",
        "እና",
        "ወይም",
        "و",
        "او",
        "أو",
        "और",
        "या",
        "का",
        "की",
        "के",
        "এবং",
        "ও",
        "বা",
        "اور",
        "یا",
        "کا",
        "کی",
        "کے",
    ]
)


def folded(text: str) -> str:
    """Lower case, without accents and signs, single spaces. Vowel signs of Indic scripts stay."""
    open_up = unicodedata.normalize("NFD", text.casefold())
    plain = unicodedata.normalize("NFC", _LATIN_MARKS.sub("", open_up)).translate(_SAME)
    return " ".join(_NO_LETTERS.sub(" ", plain).split())


def parts(text: str) -> Iterator[str]:
    """The parts of an enumeration, folded."""
    for part in _PARTS.split(text):
        plain = folded(part)
        if plain:
            yield plain


_AND = re.compile(
    r"\b(?:and|or|y|e|o|u|et|ou|dan|atau|na|au|ak|ati|tabi|iyo|ama|እና|ወይም|و|أو|और|या|এবং|ও|বা|اور|یا)\b"
)
_OF = re.compile(r"\b(?:of|from|de|del|d|en|di|da|do|das|dos|dari|ya|wa|za|vya|cha|la|nan|an)\b")


def clauses(text: str) -> Iterator[str]:
    """The parts of an enumeration, also where they stand between words for and, folded."""
    for part in parts(text):
        yield from filter(None, (clause.strip() for clause in _AND.split(part)))


def says_of(words: Iterable[str]) -> bool:
    """Whether a word that joins a thing to what it is made of stands among these."""
    return any(_OF.fullmatch(word) for word in words)


def significant(word: str) -> bool:
    """Whether a word may name something: no article, no number, no single letter."""
    return word not in _BETWEEN and len(word) > 2 and not word.isdigit()


def forms(plain: str) -> Iterator[str]:
    """A folded name and what it may be the plural of, or with an article before it."""
    yield plain
    words = plain.split()
    core = [word for word in words if word not in _BETWEEN]
    if core and core != words:
        yield " ".join(core)
    words = core or words
    for last in _singles(words[-1]) if words else ():
        yield " ".join([*words[:-1], last])
    if len(words) > 1:
        for first in _singles(words[0]):
            yield " ".join([first, *words[1:]])
    if words and words[0].startswith("ال") and len(words[0]) > 4:
        yield " ".join(word.removeprefix("ال") for word in words)


def _singles(word: str) -> Iterator[str]:
    if len(word) > 3 and word.endswith("s"):
        yield word[:-1]
        if word.endswith("es"):
            yield word[:-2]
        if word.endswith("ies"):
            yield word[:-3] + "y"
    elif len(word) > 2:
        yield word + "s"
