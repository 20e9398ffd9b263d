"""What may open a conversation where nothing but an approved template may: a text for each
purpose, of which every WhatsApp template is made.

Most only say that something is there: what it is goes as an ordinary message as soon as the
person pressed the button or wrote, so that a handful of templates serves everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages import Reply
from bot.speech import Phrase, Translate, say, spoken

if TYPE_CHECKING:
    from bot.house import House

NOTICE = "notice"
"""The purpose of a message that says that another one is there."""

READ_IT = "artisan.read"
"""What comes back when the button of a template is pressed."""

PROGRAMME, TEXT = "programme", "text"
MOST_BODY = 1024
NOTHING = "-"

BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Occasion:
    """A purpose that has templates: their text, Meta's category, and whether there is a button."""

    purpose: str
    phrase: Phrase
    category: str = "UTILITY"
    button: bool = True

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of what stands in its text, in their order."""
        return tuple(re.findall(r"{(\w+)}", self.phrase.english))


MESSAGE = Occasion(
    "message",
    say(
        "template.message",
        "Hello from {programme}. There is a message for you. Press the button to read it.",
    ),
)
OCCASIONS: Mapping[str, Occasion] = {
    one.purpose: one
    for one in (
        MESSAGE,
        Occasion(
            "introduction",
            say(
                "template.introduction",
                "Hello from {programme}. Somebody would like to work with you. "
                "Press the button to read about it.",
            ),
        ),
        Occasion(
            "decision",
            say(
                "template.decision",
                "Hello from {programme}. Something waits for your decision. "
                "Press the button to see it.",
            ),
        ),
        Occasion(
            "answer",
            say(
                "template.answer",
                "Hello from {programme}. There is an answer to something you asked. "
                "Press the button to read it.",
            ),
        ),
        Occasion(
            "reminder",
            say(
                "template.reminder",
                "Hello from {programme}. Your registration is not finished yet. "
                "Press the button to go on.",
            ),
        ),
        Occasion(
            "announcement",
            say(
                "template.announcement",
                "News from {programme}: {text}\nWrite STOP if you want no more messages.",
            ),
            category="MARKETING",
            button=False,
        ),
    )
}
"""Meta takes no template that begins or ends with a variable."""

BUTTON = say("template.read", "Read it")

_SERVED = {
    "approval": "decision",
    "task": "decision",
    "review": "decision",
    "introduction_ended": "answer",
    "connected": "answer",
    "helped": "answer",
    "broadcast_report": "answer",
}


def occasion_of(purpose: str) -> Occasion:
    """What the templates for a message of some purpose say."""
    return OCCASIONS.get(_SERVED.get(purpose, purpose), MESSAGE)


def notice(reply: Reply, purpose: str, house: House) -> Reply:
    """The message that says that another one is there, for a template to carry."""
    occasion = occasion_of(purpose)
    if occasion.variables != (PROGRAMME,):
        occasion = MESSAGE
    translate = house.catalogues.translate(reply.language)
    programme = house.settings.programme
    phrase = Phrase(occasion.phrase.context, occasion.phrase.english, {PROGRAMME: programme})
    return Reply(
        spoken(phrase, translate),
        purpose=occasion.purpose,
        variables=(programme,),
        language=reply.language,
    )


def body(occasion: Occasion, translate: Translate) -> str:
    """The text of a template, with its variables as they are numbered: {{1}}, {{2}}."""
    numbered = {name: f"{{{{{n}}}}}" for n, name in enumerate(occasion.variables, 1)}
    return spoken(Phrase(occasion.phrase.context, occasion.phrase.english, numbered), translate)


def flattened(value: str) -> str:
    """A variable as Meta takes it: on one line, no tab, no run of blanks, never empty."""
    return BLANKS.sub(" ", value).strip() or NOTHING
