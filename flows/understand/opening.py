"""The language of a first message: by a language's name, a greeting, the script, the words.

No corpus stands behind it: what a language looks like is learnt from its own table of words when
it is first needed. Why no package does it: docs/languages.md."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from flows.light import light
from flows.understand.languages import names
from flows.understand.plain import plain, words
from flows.understand.tables import Phrases, languages, longest, phrases, spelling, table

LONGEST = 200
SURE = 0.8
"""From this probability on a message is taken for being in a language."""
PRIORS = (6.0, 3.0, 2.0)
"""How much likelier than others a language is that is expected first, second, later."""
KNOWN = 0.8
"""How much of a language's text is words of its table; the rest only looks like them."""
WORDS = 2000
"""About how many words a table has; the same for all, or short tables would be preferred."""
SMOOTH, LETTERS = 1.0, 40
"""What every run of letters is counted more than it was seen; how many letters may end one."""
DOUBT = 2.0
"""Words of one message are not independent: their evidence is divided by this."""

_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "ETHIOPIC": ("am",),
    "ARABIC": ("ar", "ur"),
    "DEVANAGARI": ("hi",),
    "BENGALI": ("bn",),
}
_LATIN = ("en", "es", "fr", "pt", "sw", "ha", "id", "ht", "yo", "so", "hi", "ur", "bn", "am", "ar")
"""Every language may be typed in Latin letters."""


@light(frozen=True)
class Guess:
    """The likeliest of the languages offered, and whether it is sure enough to answer in it."""

    language: str
    sure: bool


def guess(text: str, offered: Sequence[str], expected: Sequence[str] = ()) -> Guess | None:
    """Which of the languages offered a first message is in; None where nothing tells.

    `expected`: what a phone's own language and its country let one think, likeliest first; it
    decides between languages that the message fits alike, and never on its own."""
    said = words(plain(text[:LONGEST]))
    if not any(word[0].isalpha() for word in said):
        return None
    fitting = _written(text[:LONGEST], offered)
    named = [code for code in offered if _names(said, code)]
    if named and (best := _expected(named, expected)):
        return Guess(best, sure=True)
    if not fitting:
        return None
    tabled = [code for code in fitting if code.partition("_")[0] in languages()]
    greeted = [code for code in tabled if _greets(said, code)]
    if len({code.partition("_")[0] for code in greeted}) == 1:
        return Guess(_expected(greeted, expected) or greeted[0], sure=True)
    spelt = [code for code in greeted if spelling(text) in table(code).spelt]
    if not text.isascii() and len({code.partition("_")[0] for code in spelt}) == 1:
        return Guess(_expected(spelt, expected) or spelt[0], sure=True)
    likely = next((code for code in expected if code in greeted), None)
    if likely and _is_greeting(said, likely):
        return Guess(likely, sure=True)
    return _likeliest(said, greeted or tabled, expected)


def _expected(codes: Sequence[str], expected: Sequence[str]) -> str | None:
    """One of these: the expected where several regions share a language, none for several."""
    bases = {code.partition("_")[0] for code in codes}
    if len(bases) > 1:
        return None
    return next((code for code in expected if code in codes), codes[0])


def _names(said: list[str], code: str) -> bool:
    """Whether a message names the language, alone or among a few words."""
    own = _called(code)
    return len(said) <= 5 and any(longest(said, at, own) for at in range(len(said)))


@lru_cache(maxsize=64)
def _called(code: str) -> Phrases:
    return phrases(name for name in names(code) if len(name) > 3)


def _greets(said: list[str], code: str) -> bool:
    return longest(said, 0, table(code).of("words.greetings")) > 0


def is_greeting(text: str, languages_: Sequence[str]) -> bool:
    """Whether nothing but a greeting was written, in one of these languages."""
    said = words(plain(text[:LONGEST]))
    known = (code for code in languages_ if code.partition("_")[0] in languages())
    return bool(said) and any(_is_greeting(said, code) for code in known)


def _is_greeting(said: list[str], code: str) -> bool:
    """Whether nothing but a greeting was written: what several languages say alike ("assalamu
    alaikum") is in the one that is expected of these."""
    return longest(said, 0, table(code).of("words.greetings")) == len(said)


def _written(text: str, offered: Sequence[str]) -> list[str]:
    """The languages offered that are written in the script that most letters are of."""
    scripts = Counter(_script(character) for character in text if character.isalpha())
    script = max(scripts, key=lambda one: scripts[one])
    among = _SCRIPTS.get(script, _LATIN if script == "LATIN" else ())
    return [code for code in offered if code.partition("_")[0] in among]


@lru_cache(maxsize=2048)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _likeliest(said: list[str], codes: Sequence[str], expected: Sequence[str]) -> Guess | None:
    """By Bayes' rule over the words, each a known one of the language or only made like them."""
    bases = list(dict.fromkeys(code.partition("_")[0] for code in codes))
    if not bases:
        return None
    likely = {base: _prior(base, expected) for base in bases}
    for word in said[:12]:
        if word[0].isalpha():
            for base in bases:
                likely[base] += _log(base, word) / DOUBT
    most = max(likely.values())
    weights = {base: math.exp(max(value - most, -50)) for base, value in likely.items()}
    best = max(bases, key=lambda base: weights[base])
    regions = [code for code in codes if code.partition("_")[0] == best]
    share = weights[best] / sum(weights.values())
    return Guess(_expected(regions, expected) or regions[0], share >= SURE)


def _prior(base: str, expected: Sequence[str]) -> float:
    ranked = list(dict.fromkeys(code.partition("_")[0] for code in expected))
    if base not in ranked:
        return 0.0
    return math.log(PRIORS[min(ranked.index(base), len(PRIORS) - 1)])


@light(frozen=True)
class _Look:
    """A language's words, and how often a letter follows two others in them."""

    vocabulary: frozenset[str]
    runs: Mapping[str, int]
    before: Mapping[str, int]

    def log(self, word: str) -> float:
        """How likely a word is here, as a logarithm."""
        known = KNOWN / WORDS if word in self.vocabulary else 0.0
        looks = 1 - KNOWN
        for run in _runs(word[:20]):
            seen, before = self.runs.get(run, 0), self.before.get(run[:2], 0)
            looks *= (seen + SMOOTH) / (before + SMOOTH * LETTERS)
        return math.log(known + looks)


@lru_cache(maxsize=8192)
def _log(base: str, word: str) -> float:
    return _look(base).log(word)


@lru_cache(maxsize=32)
def _look(base: str) -> _Look:
    words_of = table(base)
    vocabulary = words_of.vocabulary | {word for one in words_of.numbers for word in one}
    runs = Counter(run for word in vocabulary for run in _runs(word))
    before: Counter[str] = Counter()
    for run, count in runs.items():
        before[run[:2]] += count
    return _Look(vocabulary, runs, before)


def _runs(word: str) -> list[str]:
    padded = f"^^{word}$"
    return [padded[at : at + 3] for at in range(len(padded) - 2)]
