"""The words of each language, read from `tables/<language>.toml` when it is first needed.

How a table is written, list by list: docs/languages.md."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flows.understand.plain import plain, words

FOLDER = Path(__file__).parent / "tables"
FALLBACK = "en"

Phrase = tuple[str, ...]
"""The words of an expression, plain."""


class Phrases(frozenset[Phrase]):
    """Expressions that may stand in a reply, findable by their first word."""

    @cached_property
    def by_first(self) -> Mapping[str, tuple[Phrase, ...]]:
        """The expressions that begin with a word, longest first."""
        found: dict[str, list[Phrase]] = {}
        for one in self:
            found.setdefault(one[0], []).append(one)
        return {word: tuple(sorted(ps, key=lambda p: (-len(p), p))) for word, ps in found.items()}


NOTHING = Phrases()


@dataclass(frozen=True, eq=False)
class Table:
    """One language's words, as phrases.

    `beside`: languages whose words are heard among its own, where they mean nothing else.
    `scale_first`: "thousand two"; `units_first`: "five and twenty"; `whole_tens`: every number
    below a hundred is one word, so "fifty one" is fifty or so. `glued`: what is written onto the
    next word ("and" in Arabic). `shifts`: what is added to the count before a scale ("and a half
    three hundred" is 350 in Hindi). `letters`: what options are lettered with. `spelt`: greetings
    letter by letter as they are written, as accents tell "olá" from "hola"; `accented`: so the yes
    that is "if" without its accent. `conditions`: how a verb begins that says "if". `endings`:
    what is written onto the end of a name ("and" in Amharic)."""

    language: str
    beside: tuple[str, ...]
    scale_first: bool
    units_first: bool
    whole_tens: bool
    glued: tuple[str, ...]
    letters: tuple[str, ...]
    numbers: Mapping[Phrase, Decimal]
    scales: Mapping[Phrase, Decimal]
    shifts: Mapping[Phrase, Decimal]
    lists: Mapping[str, Phrases]
    ordinals: Mapping[Phrase, int]
    ordinal_ends: frozenset[str]
    commands: Mapping[str, Phrases]
    spelt: frozenset[str] = frozenset()
    accented: frozenset[str] = frozenset()
    conditions: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    def of(self, name: str) -> Phrases:
        """The phrases of a list such as "numbers.joiners"; none where a language has no such."""
        return self.lists.get(name, NOTHING)

    @cached_property
    def counting(self) -> tuple[Phrases, Mapping[Phrase, str]]:
        """All phrases that matter to counting, and the list that each belongs to."""
        kinds: dict[Phrase, str] = {}
        for name in reversed(COUNTING):
            kinds.update(dict.fromkeys(self.of(f"numbers.{name}"), name))
        kinds.update(dict.fromkeys(self.shifts, "shifts"))
        kinds.update(dict.fromkeys(self.scales, "scales"))
        kinds.update(dict.fromkeys(self.numbers, "words"))
        return Phrases(kinds), kinds

    @cached_property
    def idle(self) -> Phrases:
        """What may stand around the name or the number of an option."""
        return Phrases(self.of("words.polite") | self.of("choice.number"))

    @cached_property
    def denials(self) -> Phrases:
        """What says that an option is not the one: "no", "all but"; not what may also lead to the
        one that is: "yes, but only people I know"."""
        return Phrases(self.of("choice.not") | (self.of("choice.except") - self.of("choice.but")))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every single word of the table: none of them is a slip of another."""
        lists = (*self.lists.values(), *self.commands.values(), self.ordinals)
        return frozenset(word for phrases in lists for one in phrases for word in one)

    @cached_property
    def number_words(self) -> Mapping[str, tuple[bool, Decimal]]:
        """Single words that are numbers or scales (True) and what they are worth."""
        single = {p[0]: (False, value) for p, value in self.numbers.items() if len(p) == 1}
        return single | {p[0]: (True, value) for p, value in self.scales.items() if len(p) == 1}


COUNTING = (
    "articles",
    "half",
    "joiners",
    "not_exact",
    "past",
    "since",
    "from",
    "alone",
    "about",
    "units",
)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that have a table, by code."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache(maxsize=64)
def table(language: str) -> Table:
    """The table of a language, of its parent ("es" for "es_HN"), or of English."""
    while language and language not in languages():
        language = language.rpartition("_")[0]
    return _load(language or FALLBACK)


@lru_cache(maxsize=32)
def _load(language: str) -> Table:
    source = _source(language)
    lists = {
        f"{section}.{name}": phrases(split(text))
        for section, entries in source.items()
        if isinstance(entries, dict) and section != "commands"
        for name, text in entries.items()
        if isinstance(text, str)
    }
    numbers, choice = source["numbers"], source["choice"]
    return Table(
        language=language,
        beside=tuple(o.strip() for o in split(source.get("beside", FALLBACK)) if o != language),
        scale_first=numbers.get("scale_first", False),
        units_first=numbers.get("units_first", False),
        whole_tens=numbers.get("whole_tens", False),
        glued=tuple(plain(text) for text in split(numbers.get("glued", ""))),
        letters=tuple(plain(text) for text in split(choice.get("letters", ""))),
        numbers=_valued(numbers["words"]),
        scales=_valued(numbers["scales"]),
        shifts=_valued(numbers.get("shifts", {})),
        lists=lists,
        ordinals={
            phrase(w): n for n, told in enumerate(choice["ordinals"], 1) for w in split(told)
        },
        ordinal_ends=frozenset(plain(text) for text in split(choice.get("ordinal_ends", ""))),
        commands={name: phrases(split(text)) for name, text in source["commands"].items()},
        spelt=frozenset(map(spelling, split(source.get("words", {}).get("greetings", "")))),
        accented=frozenset(map(spelling, split(source["yes_no"].get("yes_or_if", "")))),
        conditions=tuple(plain(text) for text in split(source["yes_no"].get("conditions", ""))),
        endings=tuple(plain(text) for text in split(choice.get("endings", ""))),
    )


def _source(language: str) -> dict[str, Any]:
    """What a table says, and what the language it borrows from says beside it: they are spoken
    alike and only written apart."""
    source = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    lender = source.get("borrows")
    return _joined(source, _source(lender)) if lender else source


OWN = frozenset({"letters", "greetings"})
"""Lists that are not borrowed: people spoken to alike greet apart."""


def _joined(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    joined = dict(own)
    for name, more in other.items():
        mine = own.get(name)
        if isinstance(mine, dict):
            joined[name] = _joined(mine, more)
        elif isinstance(mine, list):
            joined[name] = [f"{one}, {another}" for one, another in zip(mine, more, strict=True)]
        elif isinstance(mine, str) and name not in OWN:
            joined[name] = f"{mine}, {more}"
        elif mine is None:
            joined[name] = more
    return joined


def split(text: str) -> list[str]:
    """What a table lists by commas."""
    return [part for part in text.split(",") if part.strip()]


def spelling(text: str) -> str:
    """Words as they are written, accents and all; only case and what stands around goes."""
    return unicodedata.normalize("NFC", text).casefold().strip(" .!?,¡¿\n")


def phrase(text: str) -> Phrase:
    return tuple(words(plain(text)))


def phrases(texts: Iterable[str]) -> Phrases:
    return Phrases({phrase(text) for text in texts} - {()})


def _valued(source: Mapping[str, Any]) -> dict[Phrase, Decimal]:
    """Of "25" = "twenty five, twentyfive": what each way of saying it is worth."""
    return {phrase(text): Decimal(value) for value, told in source.items() for text in split(told)}


def longest(tokens: list[str], at: int, among: Phrases) -> int:
    """How many tokens from `at` on make the longest phrase among these; 0 for none."""
    if at >= len(tokens):
        return 0
    for one in among.by_first.get(tokens[at], ()):
        if len(one) == 1 or tuple(tokens[at : at + len(one)]) == one:
            return len(one)
    return 0
