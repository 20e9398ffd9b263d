"""What `artisan messages` does: collects every text a person may read, brings the catalogues up
to date with it and says what is missing in each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from babel.plural import to_gettext

from bot.catalogues import path_of, read_catalogue
from flows.extract import extract as extract_flow

KEYWORDS = {"say": ((1, "c"), 2), "command": ((1, "c"), 2)}
"""say("phrase.name", "English text") and command("command.name", "words, by commas")."""

TWO_FORMS = {"es": "(n != 1)", "fr": "(n > 1)", "ht": "(n > 1)", "pt": "(n > 1)"}
"""Plural forms that translators know; CLDR has a third for millions, which only confuses."""

TITLE = "Artisan Connect"


def update(root: Path) -> list[str]:
    """Write `messages.pot` and mend every catalogue; what to print, the sum last."""
    template = collect(root)
    locales = root / "locales"
    locales.mkdir(exist_ok=True)
    _write(locales / "messages.pot", template)
    told: list[str] = []
    languages = sorted(path.parent.parent.name for path in locales.glob("*/LC_MESSAGES/*.po"))
    for language in languages:
        told += _mended(locales, language, template)
    told.append(f"{len(template)} texts, {len(languages)} languages: {', '.join(languages)}.")
    return told


def collect(root: Path) -> Catalog:
    """Every text of the flows and of the source, by context and English."""
    template = Catalog(project=TITLE, header_comment="", fuzzy=False, charset="utf-8")
    for context, text, place, line in texts_of(root):
        template.add(text, context=context, locations=[(place, line)])
    return template


def texts_of(root: Path) -> Iterator[tuple[str, str, str, int]]:
    """Context, English text, file and line of every text a person may read."""
    for path in sorted((root / "flows" / "definitions").glob("*.toml")):
        with path.open("rb") as file:
            for line, _, (context, text), _ in extract_flow(file, None, None, None):
                yield context, text, path.relative_to(root).as_posix(), line
    for path in sorted((root / "bot").rglob("*.py")):
        source = io.BytesIO(path.read_bytes())
        for line, message, _, named in extract("python", source, KEYWORDS, (), {}):
            if named and isinstance(message, str):
                yield named, message, path.relative_to(root).as_posix(), line


def plural_forms(language: str) -> str:
    """The header by which gettext chooses among plural forms, from CLDR."""
    base = language.partition("_")[0]
    if base in TWO_FORMS:
        return f"nplurals=2; plural={TWO_FORMS[base]};"
    try:
        return to_gettext(Locale.parse(language).plural_form)
    except (UnknownLocaleError, ValueError):
        return "nplurals=2; plural=(n != 1);"


def missing(catalogue: Catalog) -> list[Message]:
    """The texts a catalogue does not have yet, or has only as a guess."""
    return [m for m in catalogue if m.id and (m.fuzzy or not m.string)]


def _mended(locales: Path, language: str, template: Catalog) -> Iterator[str]:
    """Bring one catalogue up to date: nothing guessed, what is no longer used left out."""
    path = path_of(locales, language)
    catalogue = read_catalogue(path)
    before = {(m.context, m.id) for m in catalogue if m.id}
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    now = {(m.context, m.id) for m in catalogue if m.id}
    _write(path, catalogue, plural_forms(language))
    lacking = missing(catalogue)
    done = f"{len(now) - len(lacking)} of {len(now)}"
    yield f"{language}: {done} translated, {len(now - before)} new, {len(before - now)} dropped"
    for message in lacking[:SHOWN]:
        yield f"  {message.context}: {message.id}"
    if len(lacking) > SHOWN:
        yield f"  and {len(lacking) - SHOWN} more"


SHOWN = 20
"""How many missing texts of a language are listed."""


def _write(path: Path, catalogue: Catalog, plurals: str = "") -> None:
    """Write a catalogue without what would change at every run: dates, versions, line numbers."""
    written = io.BytesIO()
    write_po(written, catalogue, width=0, sort_by_file=True, include_lineno=False)
    head, gap, rest = written.getvalue().decode("utf-8").partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith(_CHANGING)]
    if plurals:
        lines = [line for line in lines if not line.startswith('"Plural-Forms:')]
        at = next((n for n, one in enumerate(lines) if one.startswith('"MIME-')), len(lines))
        lines.insert(at, f'"Plural-Forms: {plurals}\\n"')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + gap + rest, encoding="utf-8")


_CHANGING = ('"POT-Creation-Date:', '"Generated-By:', '"Report-Msgid-Bugs-To:')
