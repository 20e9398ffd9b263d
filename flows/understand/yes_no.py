"""Yes and no in their many forms; what is both, neither or conditional is asked again."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from flows.understand.plain import LONGEST, plain, squeezed, words
from flows.understand.tables import Phrase, Phrases, Table, longest, spelling, table
from flows.values import Clear, Reading, Unclear

ALIKE = 75
STRANGERS = 5
"""This many words that mean nothing here may follow a yes."""

_SIGNS = {
    "👍": "yes",
    "✅": "yes",
    "✔": "yes",
    "☑": "yes",
    "👌": "yes",
    "👎": "no",
    "❌": "no",
    "✖": "no",
}
_NUMBERS = {"1": "yes", "2": "no"}
_QUESTION = re.compile(r"[?؟]")


def read(text: str, language: str) -> Reading:
    if len(text) > LONGEST:
        return Unclear("yes_no")
    return _read(plain(text), language, is_accented(text, language))


def is_accented(text: str, language: str) -> bool:
    """Whether the first word has the accent that tells "yes" from "if"."""
    first = spelling(text).split(maxsplit=1)[:1]
    return bool(first) and any(first[0].strip(",.;:") == one for one in table(language).accented)


def doubted(said: list[str], language: str, key: str = "") -> bool:
    """Whether yes or no is said with a doubt or a condition, or both are."""
    words_of = table(language)
    meant = set(_said([word for word in said if not word[0].isdigit()], words_of))
    if key and _is_if(key, said, words_of):
        return True
    return "unsure" in meant or {"yes", "no"} <= meant


@lru_cache(maxsize=4096)
def _read(key: str, language: str, accented: bool) -> Reading:
    tokens = words(key)
    if not tokens:
        return Unclear("empty")
    if _QUESTION.search(key):
        return Unclear("question")
    said = _said(tokens, table(language))
    meant = {meaning for meaning in said if meaning in ("yes", "no")}
    if "unsure" in said or len(meant) != 1:
        return _misspelt(tokens, language) if len(tokens) == 1 else Unclear("yes_no")
    answer = meant.pop()
    strangers = said.count("")
    if strangers and not accented and _is_if(key, tokens, table(language)):
        return Unclear("yes_no")
    if not strangers or (answer == "yes" and said[0] == "yes" and strangers <= STRANGERS):
        return Clear(answer)
    if answer == "no" and said[0] == "no" and re.match(r"\w+\s*[,.!;]", key):
        return Clear(answer)
    return Unclear("yes_no")


def _is_if(key: str, tokens: list[str], words_of: Table) -> bool:
    """Whether the word for yes may be the one for "if": "si conviene", but not "si, conviene"."""
    rest = key.partition(tokens[0])[2]
    return _may_be_if(tokens, words_of) and not re.match(r"\s*[,.;:!-]", rest)


def _may_be_if(tokens: list[str], words_of: Table) -> bool:
    first = tuple(tokens[:1]) in words_of.of("yes_no.yes_or_if")
    return first and len(tokens) > 1 and _meaning(tokens, 1, words_of)[0] == ""


def _said(tokens: list[str], words_of: Table) -> list[str]:
    """What each phrase means: yes, no, unsure, polite, or nothing known."""
    said: list[str] = []
    at = 0
    while at < len(tokens):
        meaning, size = _meaning(tokens, at, words_of)
        said.append(meaning)
        at += size
    return [meaning for meaning in said if meaning != "polite"]


def _meaning(tokens: list[str], at: int, words_of: Table) -> tuple[str, int]:
    token = tokens[at]
    if token in _SIGNS:
        return _SIGNS[token], 1
    if token[0].isdigit():
        return _NUMBERS.get(token, "unsure"), 1
    best, size = "", 0
    for meaning, among in _phrases(words_of):
        length = longest(tokens, at, among)
        if length > size:
            best, size = meaning, length
    if size:
        return best, size
    short = squeezed(token)
    if short != token:
        for meaning, among in _phrases(words_of):
            if any(len(p) == 1 and squeezed(p[0]) == short for p in among):
                return meaning, 1
    if len(token) > 4 and token.startswith(words_of.conditions):
        return "unsure", 1
    return "", 1


@lru_cache(maxsize=64)
def _phrases(words_of: Table) -> tuple[tuple[str, Phrases], ...]:
    """The language's own words; those heard beside them where they mean nothing else in it."""
    own = [
        ("yes", words_of.of("yes_no.yes")),
        ("no", words_of.of("yes_no.no")),
        ("unsure", words_of.of("yes_no.unsure")),
        ("polite", words_of.of("words.polite")),
    ]
    taken = frozenset().union(*(among for _, among in own))
    borrowed = [
        (name, Phrases(p for p in table(other).of(f"yes_no.{name}") - taken if len(p[0]) > 1))
        for other in words_of.beside
        for name in ("yes", "no", "unsure")
    ]
    return tuple(own + borrowed)


def _misspelt(tokens: list[str], language: str) -> Reading:
    """One word, very like exactly one of the two."""
    scores = {"yes": 0.0, "no": 0.0, "unsure": 0.0}
    for meaning, among in _phrases(table(language)):
        for first, *rest in among:
            if not rest and len(first) > 3 and meaning in scores:
                scores[meaning] = max(scores[meaning], fuzz.ratio(tokens[0], first))
    (best, score), (_, second), _ = sorted(scores.items(), key=lambda pair: -pair[1])
    if best == "unsure" or score < ALIKE or score - second < 5 or len(tokens[0]) < 4:
        return Unclear("yes_no")
    return Clear(best)


def phrases(answer: str, language: str) -> frozenset[Phrase]:
    """Every way to say this answer, for choices that have it among their options."""
    return frozenset().union(*(a for m, a in _phrases(table(language)) if m == answer))
