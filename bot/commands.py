"""Words that are no answer: what anyone may say at any time, and what a role may say.

A command is one decorated function; its words stand in the decorator, in English, by commas, and
are translated by the catalogues. English always works too. `n` after it is its number or words."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping

from bot.speech import Phrase, say
from bot.turn import Turn
from flows.library import Library
from flows.light import light
from flows.model import Translate
from flows.understand.plain import plain
from flows.understand.plain import words as split

LONGEST_TEXT = 1000
LONGEST_WORD = 4
"""How much of a message is looked at, in characters, and how many words a command may have."""

Run = Callable[[Turn, str], Awaitable[None]]


@light(frozen=True)
class Command:
    """`name` is the last part of the context. `roles`: who may say it, none for anybody.

    `takes`: what may follow the word: nothing, a number, a code of eight digits, or any words."""

    name: str
    words: Phrase
    run: Run
    roles: tuple[str, ...] = ()
    takes: str = ""
    joined: bool = True

    def may(self, turn: Turn) -> bool:
        return not self.roles or turn.has_role(*self.roles)


COMMANDS: dict[str, Command] = {}


def command(
    context: str,
    words: str,
    *,
    roles: Iterable[str] = (),
    takes: str = "",
    joined: bool = True,
) -> Callable[[Run], Run]:
    """Make a function a command. `joined`: only for people who have registered or have a role."""

    def register(run: Run) -> Run:
        name = context.rpartition(".")[2]
        COMMANDS[name] = Command(name, Phrase(context, words), run, tuple(roles), takes, joined)
        return run

    return register


def starts(
    flow: str, *, roles: Iterable[str] = (), takes: str = "", joined: bool = True
) -> Callable[[Run], Run]:
    """Make a function the command that a flow's own keywords name."""

    def register(run: Run) -> Run:
        COMMANDS[flow] = Command(flow, Phrase("", ""), run, tuple(roles), takes, joined)
        return run

    return register


@light(frozen=True)
class Called:
    """A command somebody wrote, what stood after its words, and how many these were."""

    command: Command
    rest: str
    words: int = 1


def find(text: str, language: str, translate: Translate, library: Library) -> Called | None:
    """The command a whole message is; the longest word wins, so NOT WITH is not NOT."""
    words = split(plain(text[:LONGEST_TEXT]))
    book = _book(language, translate, library)
    for length in range(min(LONGEST_WORD, len(words)), 0, -1):
        name = book.get(" ".join(words[:length]))
        if name is None:
            continue
        found = COMMANDS[name]
        rest = " ".join(words[length:])
        if _fits(found.takes, rest):
            rest = _original(text, length) if found.takes == "words" else rest
            return Called(found, rest, length)
    return None


_BOOKS: dict[str, dict[str, str]] = {}


def _book(language: str, translate: Translate, library: Library) -> Mapping[str, str]:
    """Folded word -> command, in a language and in English; the language's own words win."""
    if language not in _BOOKS:
        book: dict[str, str] = {}
        for into in (_english, translate):
            for name, one in COMMANDS.items():
                words = into(one.words.context, one.words.english) if one.words.english else ""
                if not words and name in library.names:
                    words = library.flow(name, *_spoken(language, into)).keywords
                book.update(dict.fromkeys(_split(words), name))
        _BOOKS[language] = book
    return _BOOKS[language]


def _spoken(language: str, into: Translate) -> tuple[str, Translate]:
    return ("en", into) if into is _english else (language, into)


def _english(context: str, text: str) -> str:
    return text


def _split(words: str) -> list[str]:
    return [" ".join(split(plain(word))) for word in words.split(",") if word.strip()]


def _fits(takes: str, rest: str) -> bool:
    match takes:
        case "":
            return not rest
        case "number":
            return not rest or re.fullmatch(r"\d{1,3}", rest) is not None
        case "code":
            return not rest or re.fullmatch(r"(\d ?){8}", rest) is not None
        case _:
            return True


def _original(text: str, words: int) -> str:
    """What stands after the first words, as it was written."""
    parts = text.split(maxsplit=words)
    return parts[words].strip(" :") if len(parts) > words else ""


NOT_YOURS = say("phrase.not_yours", "That word is not for you. Write MENU to see what you can do.")
