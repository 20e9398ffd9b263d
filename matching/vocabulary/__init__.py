"""Words to things: what people call products, materials, machines and skills, and what they mean.

Each language has a file of words; `things.toml` has the things. Accents, plurals and slips of
spelling do not decide. A word nobody knows is itself, folded: two who write the same
still meet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.vocabulary.spelling import clauses, folded, forms, parts, says_of, significant

HERE = Path(__file__).parent
ORDER = ("en", "es", "fr", "pt", "sw", "id", "ha", "ht", "yo", "so", "am", "ar", "hi", "bn", "ur")
"""Whose meaning counts first where a word is of several languages and we do not know which."""
HEAD_LAST = frozenset({"en", "am", "hi", "bn", "ur"})
"""Languages that say of what a thing is made before they say what it is."""
LONGEST = 5
"""No thing has a name of more words."""
LETTERS_TO_ONE_SLIP, LETTERS_TO_ANY_SLIP, LETTERS_TO_TWO = 6, 8, 10
LATIN = frozenset("abcdefghijklmnopqrstuvwxyz")
SOUND_ALIKE = tuple(
    map(frozenset, ("aeiouyw", "bvpw", "ckqsxz", "gjhx", "dt", "mn", "lr", "fpv", "gk", "jyi"))
)
"""Letters that one hears for each other; in a short word another letter makes another word."""


@dataclass(frozen=True)
class Thing:
    """A product, material, machine or skill; `wider` is the id of what it is a kind of."""

    id: str
    kind: str
    wider: str | None


OWN = "own:"


def own(kind: str, named: str) -> str:
    """The id of a thing of the programme's own; `named` a short mark that no other has."""
    return f"{OWN}{kind}:{named}"


@dataclass(frozen=True)
class Heard:
    """The things in what somebody wrote, in order, and the words that nobody knows."""

    things: tuple[Thing, ...]
    unknown: tuple[str, ...]


class Vocabulary:
    """Things and the words for them in many languages. Never changed once made."""

    def __init__(
        self, known: Mapping[str, Thing], words: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> None:
        self.known, self.words = known, words
        self._by_language: dict[str, dict[str, str]] = {}
        self._any: dict[str, str] = {}
        languages = sorted(words, key=lambda one: (ORDER.index(one) if one in ORDER else 99, one))
        for language in languages:
            mine = self._by_language.setdefault(language, {})
            for thing, names in words[language].items():
                for name in names:
                    mine.setdefault(folded(name), thing)
            for name, thing in mine.items():
                self._any.setdefault(name, thing)
        for thing in known:
            self._any.setdefault(folded(thing.replace("_", " ")), thing)

    def grown(self, learned: Iterable[tuple[str, str, str]]) -> Vocabulary:
        """The same with more words: language, word and the id of the thing it means; an id that
        `own` made is a thing of the programme's own."""
        known = dict(self.known)
        words = {language: dict(mine) for language, mine in self.words.items()}
        for language, word, thing in learned:
            if thing.startswith(OWN):
                known.setdefault(thing, Thing(thing, thing.split(":")[1], None))
            if thing in known:
                mine = words.setdefault(language, {})
                mine[thing] = (*mine.get(thing, ()), word)
        return Vocabulary(known, words)

    def heard(self, text: str, language: str | None = None) -> Heard:
        """The things named in a text, the longest names first found; none is named twice."""
        found: dict[str, None] = {}
        unknown = []
        for part in parts(text):
            words = part.split()
            start, left = 0, list[str]()
            while start < len(words):
                thing, used = self._longest(words[start:], language)
                if thing is not None:
                    found[thing] = None
                elif significant(words[start]):
                    left.append(words[start])
                start += used
            if left:
                unknown.append(" ".join(left))
        return Heard(tuple(self.known[thing] for thing in found), tuple(unknown))

    def things(self, text: str, language: str | None = None) -> tuple[Thing, ...]:
        """The things named in a text."""
        return self.heard(text, language).things

    def made(self, text: str, language: str | None = None) -> tuple[Thing, ...]:
        """The things somebody makes, from what they say of it. What a thing is made of or on is
        left out: "shoes of leather" are no leather."""
        found: dict[str, Thing] = {}
        goes_on = False  # whether the clause before ended with what something is made of
        for clause in clauses(text):
            things = self.things(clause, language)
            lone = goes_on and len(clause.split()) == 1 and _materials(things)
            made = () if lone or self._only_its_material(clause, language) else things
            kind = _head(made, clause, language).kind if made else ""
            found.update({thing.id: thing for thing in made if thing.kind == kind})
            ends_with_it = language not in HEAD_LAST and says_of(clause.split())
            goes_on = lone or (ends_with_it and kind != "material")
        return tuple(found.values())

    def _only_its_material(self, clause: str, language: str | None) -> bool:
        """Whether a clause names one thing we know, as what one we do not know is made of:
        "lápidas de piedra", "stone slabs"."""
        words = clause.split()
        known = [
            significant(word) and self._longest(words[at:], language)[0] is not None
            for at, word in enumerate(words)
        ]
        if sum(known) != 1:
            return False
        at = known.index(True)
        before, after = words[:at], words[at + 1 :]
        if language in HEAD_LAST and not says_of(words):
            return any(significant(word) for word in after)
        return says_of(before) and any(significant(word) for word in before)

    def key(self, word: str, language: str | None = None) -> str:
        """What a word has in common with others for the same: a thing's id, or itself, folded.

        The whole word has to name a thing: "table saw" is no table.
        """
        plain = folded(word)
        return self._thing(plain, language) or _single(plain)

    def named(self, word: str, language: str) -> str:
        """A thing's first name in a language, or the word as it was; one of the programme's own
        has the name it was first given wherever the language has none."""
        thing = word if word in self.known else self._thing(folded(word), None)
        names = self.words.get(language, {}).get(thing, ()) if thing else ()
        if not names and word.startswith(OWN):
            names = next((mine[word] for mine in self.words.values() if word in mine), ())
        return names[0] if names else word.replace("_", " ") if word in self.known else word

    def _longest(self, words: list[str], language: str | None) -> tuple[str | None, int]:
        for count in range(min(LONGEST, len(words)), 0, -1):
            thing = self._thing(" ".join(words[:count]), language)
            if thing is not None:
                return thing, count
        return None, 1

    def _thing(self, plain: str, language: str | None) -> str | None:
        own = self._by_language.get(language or "", {})
        for form in forms(plain):
            found = own.get(form) or self._any.get(form)
            if found is not None:
                return found
        return _nearly(plain, own or self._any)


def _materials(things: tuple[Thing, ...]) -> bool:
    return all(thing.kind == "material" for thing in things)


def _head(things: tuple[Thing, ...], clause: str, language: str | None) -> Thing:
    """The thing a clause is about: a product where it stands beside materials, else the first, in
    languages that put it last the last."""
    head = things[-1 if language in HEAD_LAST and not says_of(clause.split()) else 0]
    if head.kind == "material":
        return next((thing for thing in things if thing.kind == "product"), head)
    return head


def _nearly(plain: str, words: Mapping[str, str]) -> str | None:
    """The thing whose name is one slip away, or two in a long one; None where two are as near."""
    if len(plain) < LETTERS_TO_ONE_SLIP or any(letter.isdigit() for letter in plain):
        return None
    slips = 2 if len(plain) >= LETTERS_TO_TWO else 1
    close = [
        (int(distance), words[str(name)])
        for name, distance, _ in process.extract(
            plain, words.keys(), scorer=OSA.distance, score_cutoff=slips, limit=4
        )
        if str(name)[0] == plain[0] and len(str(name)) >= LETTERS_TO_ONE_SLIP - 1
        if len(plain) >= LETTERS_TO_ANY_SLIP or _heard_alike(plain, str(name))
    ]
    if not close:
        return None
    nearest = min(distance for distance, _ in close)
    meant = {thing for distance, thing in close if distance == nearest}
    return meant.pop() if len(meant) == 1 else None


def _heard_alike(plain: str, name: str) -> bool:
    """Whether what differs is a letter more or less, two changed round, or one written for another
    that sounds like it: "metates" are no "mecates"."""
    differ = [{a, b} for a, b in zip(plain, name, strict=False) if a != b]
    if len(plain) != len(name) or len(differ) != 1:
        return True
    if not differ[0] <= LATIN:
        return True
    return any(differ[0] <= alike for alike in SOUND_ALIKE)


def _single(plain: str) -> str:
    """An unknown word without the s of a plural."""
    return " ".join(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in plain.split()
    )


@lru_cache(maxsize=1)
def standard() -> Vocabulary:
    """The vocabulary that comes with the programme."""
    table = tomllib.loads((HERE / "things.toml").read_text(encoding="utf-8"))
    known = {
        name: Thing(name, kind, wider or None)
        for kind, things in table.items()
        for name, wider in things.items()
    }
    words = {
        path.stem: MappingProxyType(
            {
                thing: tuple(name.strip() for name in names.split(","))
                for thing, names in tomllib.loads(path.read_text(encoding="utf-8")).items()
            }
        )
        for path in sorted(HERE.glob("*.toml"))
        if path.stem != "things"
    }
    return Vocabulary(MappingProxyType(known), MappingProxyType(words))


def things(words: str, language: str | None = None) -> tuple[Thing, ...]:
    """The things named in somebody's own words."""
    return standard().things(words, language)


@lru_cache(maxsize=65_536)
def key(word: str) -> str:
    """What a word of a record has in common with others for the same thing."""
    return standard().key(word)
