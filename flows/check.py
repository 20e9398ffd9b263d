"""What to mend in flows beyond what stops the start: lengths, words that collide, too many
questions; in every language offered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from string import punctuation

from flows.library import Library
from flows.mistakes import Mistake
from flows.model import Flow, Picking, Question, Translate, YesNo
from flows.understand import keywords
from flows.understand.tables import Phrase, phrases, table
from flows.values import Offer
from flows.wording import placeholders

BUTTONS, BUTTON, ITEM = 3, 20, 24
"""WhatsApp shows up to three options as buttons of 20 characters, more as a list of 24."""

ALWAYS_COMMANDS = ("STOP", "HELP", "DELETE")
"""Commands that are read before the options of a question; the others give way to them."""

MOST_QUESTIONS = {"register": 10}


def check(
    library: Library,
    translations: Mapping[str, Translate],
    commands: Mapping[str, str] | None = None,
) -> list[Mistake]:
    """Everything worth mending, in the order of files and steps.

    `translations`: by language, English among them. `commands`: the words of the shell's
    commands, by commas, by their contexts."""
    found: list[Mistake] = []
    for name, most in MOST_QUESTIONS.items():
        if name in library.names:
            found += _many_questions(library.flow(name), most)
    for language, translate in translations.items():
        flows = [library.flow(flow.name, language, translate) for flow in library]
        for flow in flows:
            found += _lengths(flow, language)
            found += _collisions(flow, language)
        words = {c: translate(c, english) for c, english in (commands or {}).items()}
        found += _spoken(flows, words, language)
    return found


def translation(context: str, text: str, said: str, language: str, file: str) -> Iterator[Mistake]:
    """What is wrong with one translated text: placeholders, blanks at its ends, lost lists."""
    wanted, given = placeholders(text), placeholders(said)
    for name in sorted(wanted - given):
        yield Mistake(file, context, "", f"lacks {{{name}}}", language)
    for name in sorted(given - wanted):
        yield Mistake(file, context, "", f"has {{{name}}}, which the English has not", language)
    if said != said.strip() and text == text.strip():
        yield Mistake(file, context, "", "begins or ends with a blank", language)


def sayable(text: str) -> bool:
    """Whether a text has anything to translate: letters outside placeholders."""
    for name in placeholders(text):
        text = text.replace("{" + name + "}", "")
    return any(character.isalpha() for character in text.strip(punctuation))


def _many_questions(flow: Flow, most: int) -> Iterator[Mistake]:
    count = sum(isinstance(step, Question) for step in flow.steps)
    if count > most:
        yield Mistake(_file(flow), "", "steps", f"asks {count} questions; {most} at most")


def _lengths(flow: Flow, language: str) -> Iterator[Mistake]:
    for step in flow.steps:
        if not isinstance(step, Picking | YesNo) or not step.offers:
            continue
        few = len(step.offers) <= BUTTONS and getattr(step, "options_from", None) is None
        most = BUTTON if few else ITEM
        for offer in step.offers:
            if min(len(offer.label), len(offer.short or offer.label)) > most:
                what = f"{offer.label!r} is longer than {most} characters: give a `short`"
                yield Mistake(_file(flow), step.name, f"options.{offer.id}", what, language)


def _collisions(flow: Flow, language: str) -> Iterator[Mistake]:
    """Words of one question that mean two options, or are always read as a command."""
    for step in flow.steps:
        if not isinstance(step, Picking):
            continue
        meant: dict[Phrase, set[str]] = defaultdict(set)
        for offer in step.offers:
            for said in _words(offer):
                meant[said].add(offer.id)
        for said, ids in meant.items():
            words = " ".join(said)
            if len(ids) > 1:
                what = f"{words!r} means {' and '.join(sorted(ids))}"
                yield Mistake(_file(flow), step.name, "options", what, language)
            command = keywords.read(words, language)
            if command in ALWAYS_COMMANDS:
                what = f"{words!r} is read as {command}"
                yield Mistake(_file(flow), step.name, f"options.{min(ids)}", what, language)


def _words(offer: Offer) -> frozenset[Phrase]:
    return phrases((offer.label, offer.short, *offer.also))


def _spoken(flows: Iterable[Flow], commands: Mapping[str, str], language: str) -> Iterator[Mistake]:
    """Words that start two things: flows by their keywords, commands, what anyone may say."""
    meant: dict[Phrase, list[tuple[str, str]]] = defaultdict(list)
    for name, among in table(language).commands.items():
        for said in among:
            meant[said].append((name, ""))
    for context, words in commands.items():
        for said in phrases(words.split(",")):
            meant[said].append((context, ""))
    for flow in flows:
        for said in phrases(flow.keywords.split(",")) if flow.keywords else ():
            meant[said].append((flow.name, _file(flow)))
    for said, things in sorted(meant.items()):
        if len({name.lower() for name, _ in things}) > 1:
            names = " and ".join(name for name, _ in things)
            file = next((file for _, file in things if file), "commands")
            what = f"{' '.join(said)!r} starts {names}"
            yield Mistake(file, "", "keywords", what, language)


def _file(flow: Flow) -> str:
    return f"{flow.name}.toml"
