"""What is said: the engine's prompts and the phrases outside flows, as one reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal
from uuid import UUID

from babel.dates import format_date

from bot.catalogues import locale_of
from bot.messages import Attachment, Choice, Reply
from flows.engine import MORE, NONE_OF_THESE, Asked, Prompt
from flows.engine import Turn as Asking
from flows.light import light
from flows.wording import worded

Translate = Callable[[str, str], str]
Wants = Literal["", "location", "contact", "photo", "voice"]

DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
PAIRS = [first + second for first in DIGITS for second in DIGITS]
YEAR = re.compile(r"[,،፣\s]*('[^']*')?\s*y+\s*")

HINT_AFTER, HELP_AFTER = 2, 3
"""Misunderstandings of one question after which simpler words come, and then a person."""

LANGUAGES_AT_ONCE = 4
"""The most languages offered in one SMS."""

WANTS: Mapping[str, Wants] = {
    "place": "location",
    "phone": "contact",
    "photo": "photo",
    "voice": "voice",
}


@light(frozen=True)
class Phrase:
    """A text outside the flows: its context and English in the catalogues, and its values."""

    context: str
    english: str
    values: Mapping[str, str] = field(default_factory=dict)


def say(context: str, english: str, /, **values: str | int) -> Phrase:
    """A phrase. Both texts are literals, so that the catalogues can be made from the source."""
    return Phrase(context, english, {name: str(value) for name, value in values.items()})


def spoken(phrase: Phrase, translate: Translate) -> str:
    """The phrase in the language of `translate`."""
    return worded(translate(phrase.context, phrase.english), phrase.values)


ASKS: Mapping[str, Phrase] = {
    "location": say("ask.location", "Send where I am"),
    "contact": say("ask.contact", "Send my number"),
}
"""The labels of buttons that send what a question wants."""

NUMBER = say("how.number", "Write the number.")
NUMBERS = say("how.numbers", "Write the numbers of your answers, such as 1, 3.")
CHOOSE = say("how.choose", "Choose")
MORE_THERE = say("how.more", "More")
"""How to answer where there are options."""

PROBLEMS: Mapping[str, Phrase] = {
    phrase.context.removeprefix("problem."): phrase
    for phrase in (
        say("problem.unclear", "I did not understand that."),
        say("problem.stale", "That was an answer to an earlier question."),
        say("problem.no_skip", "This question cannot be left out."),
        say("problem.empty", "Your message was empty."),
        say("problem.several", "I can take only one answer here."),
        say("problem.range", "Please give one number, not a range."),
        say("problem.too_long", "That is too long for me. Please write it shorter."),
        say("problem.too_short", "That is too short. Please write a little more."),
        say("problem.too_small", "That number is too small."),
        say("problem.too_large", "That number is too large."),
        say("problem.no_option", "That is none of the answers."),
        say("problem.question", "You asked something. Write HELP and a person will answer you."),
        say("problem.currency", "Please name the currency too."),
        say("problem.number", "I need a number here."),
        say("problem.phone", "That is no telephone number I know."),
        say("problem.place", "I do not know that place."),
        say("problem.date", "I could not read that date."),
        say("problem.media", "I need words here, not a picture or a recording."),
        say("problem.photo", "I need a photo here."),
        say("problem.voice", "I need a voice message here."),
    )
}


@dataclass(slots=True)
class Speech:
    """What a turn says, collected: paragraphs (text, short), then at most one question."""

    paragraphs: list[tuple[str, str]] = field(default_factory=list)
    question: Prompt | None = None
    asked: Asked | None = None
    tag: str = ""
    media: Attachment | None = None

    def add(self, text: str, short: str = "") -> None:
        if text.strip():
            self.paragraphs.append((text.strip(), (short or text).strip()))

    def ask(self, asking: Asking, tag: str, translate: Translate) -> None:
        """Say what the engine made of a message; its last prompt may be a question."""
        if asking.problem is not None:
            problem = PROBLEMS.get(asking.problem.reason, PROBLEMS["unclear"])
            self.add(spoken(problem, translate))
        self.question, self.asked, self.tag = None, asking.session.asked, tag
        for prompt in asking.prompts:
            text, short = _text(prompt, self.asked, translate)
            self.add(text, short)
        if asking.prompts and self.asked is not None:
            self.question = asking.prompts[-1]

    def forget(self) -> None:
        """Say none of it: something better is about to be said."""
        self.paragraphs.clear()
        self.question = None

    def reply(self, language: str, translate: Translate) -> Reply | None:
        """All of it as one reply; None where there is nothing to say."""
        if not self.paragraphs:
            return None
        text = "\n\n".join([text for text, _ in self.paragraphs])
        short = "\n".join([short for _, short in self.paragraphs])
        question, asked = self.question, self.asked
        if question is None or asked is None:
            return Reply(text, short, media=self.media, language=language)
        tag = f"{self.tag}.{asked.number}"
        choices = tuple(
            [Choice(offer.label, f"{tag}.{offer.id}", offer.short) for offer in asked.shown]
        )
        how = NUMBERS if question.kind == "multi" else NUMBER
        wants = WANTS.get(question.kind, "") if question.state == "question" else ""
        return Reply(
            text=text,
            short=short,
            choices=choices,
            page=asked.page,
            most=LANGUAGES_AT_ONCE if question.kind == "language" else 0,
            more=Choice(spoken(MORE_THERE, translate), f"{tag}.{MORE}") if choices else None,
            choose=spoken(CHOOSE, translate) if choices else "",
            how=spoken(how, translate) if choices else "",
            wants=wants,
            ask=spoken(ASKS[wants], translate) if wants in ASKS else "",
            audio=question.audio if question.state == "question" else "",
            media=self.media,
            language=language,
        )


OTHER = "register.craft.other", "Something else"
"""How anything is called that has no name any more: as the flow has it, where craft is asked."""


@lru_cache(maxsize=64)
def own_labels(translate: Translate) -> Mapping[str, str]:
    """The labels of what the engine offers by itself."""
    phrases = {
        "yes": say("answer.yes", "Yes"),
        "no": say("answer.no", "No"),
        NONE_OF_THESE: say("answer.none", "None of these"),
    }
    labels = {name: spoken(phrase, translate) for name, phrase in phrases.items()}
    return {**labels, "other": translate(*OTHER)}


def _text(prompt: Prompt, asked: Asked | None, translate: Translate) -> tuple[str, str]:
    """What a prompt says, and its short form."""
    if asked is None or not prompt.hint:
        return prompt.text, prompt.short
    if prompt.state == "confirm":
        return spoken(say("confirm.value", "{label}?", label=prompt.label), translate), ""
    if prompt.state == "which":
        which = say("which.one", "Which one do you mean?")
        if asked.which == "region":
            which = say("which.region", "In which region is {words}?", words=prompt.words)
        return spoken(which, translate), ""
    text, short = prompt.text, prompt.short
    if asked.tries >= HINT_AFTER:
        text = short = prompt.hint
    if prompt.skip:
        skip = spoken(say("how.skip", "Write SKIP to leave it out."), translate)
        text, short = f"{text}\n{skip}", f"{short or text}\n{skip}"
    return text, short


def tag_of(session_id: UUID) -> str:
    """What marks the taps of a session: eight characters of its id's random end, in base 32."""
    end = session_id.int
    return "".join([PAIRS[end >> at & 1023] for at in (30, 20, 10, 0)])


def dated(day: date, language: str) -> str:
    """A day in words, without its year: "Wednesday, November 25"."""
    locale = locale_of(language)
    pattern = YEAR.sub("", locale.date_formats["full"].pattern).strip(" ,،")
    return format_date(day, pattern, locale=locale)
