"""Numbers in replies: digits, words and both mixed; never half-read."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache, partial
from itertools import pairwise

from rapidfuzz import fuzz, process

from flows.light import light
from flows.understand import numerals
from flows.understand.counting import END, HUNDRED, THOUSAND, Item, Kind, counted
from flows.understand.plain import LETTER, LONGEST, plain
from flows.understand.tables import Table, longest, table
from flows.values import Clear, Nearly, Reading, Unclear

ALIKE, ALIKE_BUT_FIRST, ALIKE_BESIDE = 70, 80, 84
MOST_MORE = 2
"""A word this like a number word (rapidfuzz ratio) may be one, misspelt; the second holds where
even the first letter differs, the third beside a number in digits; so many letters at most are
too many or too few."""

_PIECE = re.compile(rf"{numerals.NUMERAL.pattern}|{LETTER}+(?:'{LETTER}+)*|[^\w\s]|_")


@light(frozen=True)
class Found:
    """The numbers of a reply. `doubtful`: one may have been read in part or misspelt;
    `unclear`: something says that no single number is meant; `rest`: the words left over;
    `bare`: nothing but numbers was said; `dozens`: things are counted by tens, dozens or scores;
    `past`: it is how many there were, or will be."""

    values: tuple[Decimal, ...]
    doubtful: bool = False
    unclear: bool = False
    rest: tuple[str, ...] = ()
    bare: bool = True
    numerals: tuple[str, ...] = ()
    dozens: bool = False
    past: bool = False

    @property
    def only(self) -> Decimal | None:
        """The one number meant, however often it was said."""
        return self.values[0] if len(set(self.values)) == 1 else None


def read(text: str, language: str) -> Reading:
    """A count: a whole number that is not negative, one alone, and not a range."""
    found = find(text, language)
    if found.unclear or found.past or not found.values:
        return Unclear("range" if len(set(found.values)) > 1 else "number")
    if found.only is None:
        return Unclear("several")
    if found.only != found.only.to_integral_value():
        return Unclear("number")
    count = int(found.only)
    return Nearly(count, str(count)) if found.doubtful else Clear(count)


def find(text: str, language: str) -> Found:
    """Every number in a reply, and how far it can be trusted."""
    key = plain(text[: LONGEST + 1])
    if len(text) > LONGEST:
        return Found((), unclear=True)
    return _find(key, table(language))


@lru_cache(maxsize=4096)
def _find(key: str, words_of: Table) -> Found:
    """In the language's words; else, where these say nothing about it, in those heard beside."""
    if key.find("2") > 2:
        key = _DOUBLED.sub(partial(_doubled, vocabulary=words_of.vocabulary), key)
    found = _Reader(key, words_of).found()
    if found.values or found.unclear or found.doubtful:
        return found
    others = (_Reader(key, table(other)).found() for other in words_of.beside)
    return next((other for other in others if other.values), found)


class _Reader:
    """Splits a plain text into the items that counting understands."""

    def __init__(self, key: str, words_of: Table) -> None:
        self.table = words_of
        pieces = [piece for piece in _PIECE.finditer(key) if piece[0] not in _INSIDE]
        self.tokens = [piece[0] for piece in pieces]
        touching = [before.end() == after.start() for before, after in pairwise(pieces)]
        self.attached = [False, *touching][: len(pieces)]
        if words_of.glued:
            self._part()
        self.items: list[Item] = []
        self.rest: list[str] = []
        self.alone = False
        self.idle = False
        self.doubtful = False
        self.dozens = self.past = False
        self.since = False
        self.written = any(numerals.NUMERAL.fullmatch(token) for token in self.tokens)
        self.unclear = bool(_NO_COUNT.search(key))

    def found(self) -> Found:
        at = 0
        while at < len(self.tokens):
            at += self._take(at)
        words_of = self.table
        order = words_of.scale_first, words_of.units_first, words_of.whole_tens
        values, loose = counted(self.items, *order)
        if self.alone and not values:
            values = [Decimal(1)]
        if self.since and any(value and value > LONG_SINCE for value in values):
            self.unclear = True
        return Found(
            values=tuple(value for value in values if value is not None),
            doubtful=self.doubtful or loose,
            unclear=self.unclear or None in values,
            rest=tuple(self.rest),
            bare=not self.rest and not self.idle,
            numerals=tuple(token for token in self.tokens if numerals.NUMERAL.fullmatch(token)),
            dozens=self.dozens,
            past=self.past,
        )

    def _take(self, at: int) -> int:
        """Turn what stands here into an item; how many tokens that took."""
        token = self.tokens[at]
        if numerals.NUMERAL.fullmatch(token):
            value = numerals.value(token)
            self.unclear |= value is None or self._in_a_word(at)
            self.items.append(Item(Kind.NUMERAL, value))
            return 1
        if self.attached[at] and numerals.NUMERAL.fullmatch(self.tokens[at - 1]):
            if token in _SUFFIXES:
                self.items.append(Item(Kind.SCALE, _SUFFIXES[token]))
                return 1
            self.unclear |= token in self.table.ordinal_ends
        if token in _APART and self._ends(at) and numerals.NUMERAL.fullmatch(self.tokens[at - 1]):
            self.items.append(Item(Kind.SCALE, _SUFFIXES[token]))
            return 1
        if not token[0].isalpha():
            if token not in _COMMA or not self._goes_on(at):
                self.items.append(Item(Kind.BREAK))
            return 1
        name, size = self._longest(at)
        known = tuple(self.tokens[at : at + size])
        match name:
            case "words":
                kind = Kind.ARTICLE if known in self.table.of("numbers.articles") else Kind.NUMBER
                self.items.append(Item(kind, self.table.numbers[known]))
            case "scales":
                self.items.append(Item(Kind.SCALE, self.table.scales[known]))
                self.dozens |= self.table.scales[known] < HUNDRED
            case "shifts":
                self.items.append(Item(Kind.SHIFT, self.table.shifts[known]))
            case "articles" | "joiners" | "half":
                self.items.append(Item(_KINDS[name]))
            case "not_exact":
                self.unclear = True
                self.items.append(Item(Kind.BREAK))
            case "from":
                if at + size < len(self.tokens):
                    self.unclear |= bool(self.items) and self.items[-1].counts
                self.since = self.idle = True  # "ten years from" is said for ten years
            case "past":
                self.past = self.idle = True
            case "since":
                self.since |= self._counts(at + size)
                self.idle = True
            case "alone":
                self.alone = self.idle = True
            case "about" | "units":
                self.idle = True
            case "":
                self._unknown(at)
        return max(size, 1)

    def _part(self) -> None:
        """Take "and" off the number words it is written onto."""
        tokens, attached = self.tokens, self.attached
        self.tokens, self.attached = [], []
        phrases, _ = self.table.counting
        for token, joined in zip(tokens, attached, strict=True):
            for glue in self.table.glued:
                rest = token.removeprefix(glue)
                known = rest in phrases.by_first and token not in phrases.by_first
                if rest != token and known:
                    self.tokens += [glue, rest]
                    self.attached += [joined, False]
                    break
            else:
                self.tokens.append(token)
                self.attached.append(joined)

    def _longest(self, at: int) -> tuple[str, int]:
        """The longest phrase that stands here, and the list it belongs to."""
        phrases, kinds = self.table.counting
        size = longest(self.tokens, at, phrases)
        return (kinds[tuple(self.tokens[at : at + size])], size) if size else ("", 0)

    def _ends(self, at: int) -> bool:
        """Whether no word follows: "10 k" is ten thousand, "10 k tengo" is ten that I have."""
        return at > 0 and not any(token[0].isalnum() for token in self.tokens[at + 1 : at + 2])

    def _counts(self, at: int) -> bool:
        """Whether a number stands here."""
        following = self.tokens[at] if at < len(self.tokens) else ""
        written = numerals.NUMERAL.fullmatch(following)
        return bool(written) or following in self.table.number_words

    def _goes_on(self, at: int) -> bool:
        """Whether a comma stands inside a number: "one thousand, two hundred"."""
        before = self.items[-1] if self.items else END
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        large = before.kind is Kind.SCALE and (before.value or 0) >= THOUSAND
        return large and following in self.table.number_words and not self.table.scale_first

    def _in_a_word(self, at: int) -> bool:
        before = self.tokens[at - 1]
        glued = before in self.table.glued
        return self.attached[at] and before[0].isalpha() and len(self.tokens) > 1 and not glued

    def _unknown(self, at: int) -> None:
        """A word that means nothing here; one that looks like a number word is not trusted."""
        token = self.tokens[at]
        self.rest.append(token)
        guess = _alike(token, self.table, self.written)
        attached = self.attached[at] and numerals.NUMERAL.fullmatch(self.tokens[at - 1])
        self.doubtful |= guess is not None or bool(attached)
        self.items.append(Item(Kind.WORD) if guess is None else guess)


LONG_SINCE = 60
"""Since ten years is a count; since a hundred, or since 98, is a year or nothing we know."""
_DOUBLED = re.compile(r"(?<![a-z])([a-z]{3,})2(?!\d)")
_INSIDE = ("-",)
_COMMA = (",",)
_SUFFIXES = {"k": Decimal(1000), "m": Decimal(1_000_000)}
_APART = ("k",)
"""Suffixes that may stand apart from their number."""
_KINDS = {"articles": Kind.ARTICLE, "joiners": Kind.JOINER, "half": Kind.HALF}
_NO_COUNT = re.compile(r"(?<![\w)])-\s?\d|\d\s?[/%<>⁄]\s?\d|\d\s?[%+<>]|[<>]\s?\d|\d\s?-\s?\d|\?")


def _doubled(found: re.Match[str], vocabulary: frozenset[str]) -> str:
    """A word said twice, as Indonesian writes it for short: "kira2" is "kira-kira"."""
    return f"{found[1]} {found[1]}" if found[0] in vocabulary else found[0]


@lru_cache(maxsize=4096)
def _alike(token: str, words_of: Table, written: bool) -> Item | None:
    """The number word that an unknown word is most like, if it is very like one; with a number in
    digits beside it ("6 telares") it is one only if it is all but the same."""
    if token in words_of.vocabulary:
        return None
    found = process.extract(token, _long(words_of), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=3)
    for word, score, _ in found:
        scale, value = words_of.number_words[word]
        enough = ALIKE_BUT_FIRST if token[0] != word[0] else ALIKE
        enough = max(enough, ALIKE_BESIDE) if written and not scale else enough
        if score >= enough and abs(len(token) - len(word)) <= MOST_MORE:
            return Item(Kind.SCALE if scale else Kind.NUMBER, value)
    return None


@lru_cache(maxsize=64)
def _long(words_of: Table) -> tuple[str, ...]:
    """The number words that are long enough for a slip to leave them recognisable."""
    return tuple(word for word in words_of.number_words if len(word) > 3)
