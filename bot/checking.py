"""What `artisan flows check` prints: every mistake in flows and catalogues, a line each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path

from bot.catalogues import SOURCE, Catalogues, chain_of, path_of, read_catalogue
from bot.handlers import FACTS, OPTIONS
from bot.settings import LANGUAGES, known_languages
from bot.translating import texts_of
from flows import check as flow_check
from flows.library import FlowError, Library
from flows.mistakes import Mistake

SAME = "same"
"""A translator's comment on a text that is the same in English: a name, "SMS", "menu"."""


def check(root: Path, languages: Collection[str] = ()) -> list[str]:
    """The findings, none where all is well. `languages`: those to look at, else all we know.

    Of a language not offered by default only what is wrong is told, not what is missing yet:
    `artisan messages` counts that."""
    import_module("bot.conversation")  # what it imports registers with the handlers
    try:
        library = Library.load(root / "flows" / "definitions", {"languages", *OPTIONS})
    except FlowError as error:
        return [str(mistake) for mistake in error.mistakes]
    codes = tuple(languages) or known_languages()
    catalogues = Catalogues.load(root / "locales", codes)
    texts = {(context, text): file for context, text, file, _ in texts_of(root)}
    commands = {c: text for c, text in texts if c.startswith("command.")}
    translations = {code: catalogues.translate(code) for code in (SOURCE, *codes)}
    found = flow_check.check(library, translations, commands)
    found += [
        Mistake(f"{flow.name}.toml", "", "facts", "nobody fills them in")
        for flow in library
        if flow.facts and flow.name not in FACTS
    ]
    whole = set(languages) or {SOURCE, *LANGUAGES.split(",")}
    for code in codes:
        found += _catalogue(root, code, texts, whole=code in whole)
    return [str(mistake) for mistake in dict.fromkeys(found)]


def _catalogue(
    root: Path, language: str, texts: Collection[tuple[str, str]], *, whole: bool
) -> Iterator[Mistake]:
    """What is wrong in one language's own file, and, where it shall be `whole`, what it lacks,
    with what its parents have."""
    known: dict[tuple[str, str], str] = {}
    same: set[tuple[str, str]] = set()
    for code in reversed(chain_of(language)):
        path = path_of(root / "locales", code)
        if not path.exists():
            continue
        for message in read_catalogue(path):
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id:
                key = (message.context or "", message.id)
                if message.string and not message.fuzzy:
                    known[key] = message.string
                if SAME in message.user_comments:
                    same.add(key)
    file = path_of(Path("locales"), language).as_posix()
    for context, text in texts if language != SOURCE else ():
        said = known.get((context, text))
        if said is None and not whole:
            continue
        if said is None:
            yield Mistake(file, context, "", f"{text!r} is not translated", language)
            continue
        if said == text and flow_check.sayable(text) and (context, text) not in same:
            yield Mistake(file, context, "", f"{text!r} is still English", language)
        yield from flow_check.translation(context, text, said, language, file)
