"""The texts of every language offered, read from `locales/<language>/LC_MESSAGES/messages.po`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot import pseudo

Translate = Callable[[str, str], str]
Texts = Mapping[tuple[str, str], str]
SOURCE = "en"
SPOKEN = "language.toml"


class Offered(NamedTuple):
    """A language as people see it: its code, its own name, the direction it is written in."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"]


@dataclass
class Catalogues:
    """The catalogues of a folder, each read when it is first needed; `codes` are those offered.

    What a language lacks is looked for in its parent (es_HN, then es) and is English in the end."""

    folder: Path
    codes: tuple[str, ...]
    _texts: dict[str, Texts] = field(default_factory=dict, repr=False)
    _translates: dict[str, Translate] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, folder: Path, languages: tuple[str, ...]) -> Catalogues:
        """`languages`: the codes offered, in order. A language without a file is in English.
        Raises ValueError where a language of its own is named wrongly."""
        for code in languages:
            named(folder, code)
        return cls(folder, languages)

    @cached_property
    def languages(self) -> tuple[Offered, ...]:
        """The languages offered, in order. What Babel knows of one takes two megabytes, so that
        nothing is asked of it before somebody is to be shown them."""
        return tuple(offered(code, self.folder) for code in self.codes)

    def translate(self, language: str) -> Translate:
        """(context, English text) to the text in this language."""
        known = self._translates.get(language)
        if known is None:
            chain = [texts for code in chain_of(language) if (texts := self._read(code))]
            known = pseudo.translated if language == pseudo.CODE else _translating(chain)
            self._translates[language] = known
        return known

    def _read(self, code: str) -> Texts:
        if code not in self._texts:
            self._texts[code] = texts_of(path_of(self.folder, code))
        return self._texts[code]


def path_of(folder: Path, code: str) -> Path:
    return folder / code / "LC_MESSAGES" / "messages.po"


def chain_of(language: str) -> tuple[str, ...]:
    """The languages to look a text up in, one after the other, English left out."""
    codes = []
    while language and language != SOURCE:
        codes.append(language)
        language = language.rpartition("_")[0]
    return tuple(codes)


def texts_of(path: Path) -> Texts:
    """The finished texts of a catalogue by context and English; none where there is no file."""
    if not path.exists():
        return {}
    return {
        (message.context or "", message.id): message.string
        for message in read_catalogue(path)
        if isinstance(message.id, str) and isinstance(message.string, str)
        if message.id and message.string and not message.fuzzy
    }


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


UNREVIEWED = "unreviewed"
"""What the line Last-Translator says as long as no native speaker has read the catalogue."""


def is_reviewed(folder: Path, language: str) -> bool:
    """Whether the head of a language's own catalogue, or of its parent's, names who read it."""
    for code in chain_of(language):
        path = path_of(folder, code)
        if path.exists():
            return UNREVIEWED not in read_catalogue(path).last_translator.casefold()
    return language == SOURCE


def offered(code: str, folder: Path | None = None) -> Offered:
    """A language by its code, called as its own file says or as Babel knows it, else by its code.

    A language that is spoken and not written is a variant of the one that its people read
    ("es_miq"): it has clips, and `language.toml` with its `name`, and borrows all texts."""
    if code == pseudo.CODE:
        return Offered(code, pseudo.translated("", SOURCE.upper()), "ltr")
    locale = locale_of(code)
    direction: Literal["ltr", "rtl"] = "rtl" if locale.text_direction == "rtl" else "ltr"
    own = named(folder, code) if folder else ""
    if own:
        return Offered(code, own, direction)
    if locale.language != code.partition("_")[0]:
        return Offered(code, code, "ltr")
    name = locale.get_display_name(locale) or code
    return Offered(code, name[:1].upper() + name[1:], direction)


def named(folder: Path, code: str) -> str:
    """What a language's own file calls it; empty where it has none. Raises ValueError."""
    path = folder / code / SPOKEN
    if not path.exists():
        return ""
    name = tomllib.loads(path.read_text(encoding="utf-8")).get("name")
    if not isinstance(name, str) or not 0 < len(name) <= 40 or not name.isprintable():
        raise ValueError(f"{path}: name must be the language's own name, of at most 40 letters")
    return name


def locale_of(code: str) -> Locale:
    """How dates and numbers are written: as in the language, its parent, or English."""
    for one in (code, *chain_of(code)[1:]):
        try:
            return Locale.parse(one)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _translating(chain: list[Texts]) -> Translate:
    def translate(context: str, text: str) -> str:
        for texts in chain:
            found = texts.get((context, text))
            if found:
                return found
        return text

    return translate
