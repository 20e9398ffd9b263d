"""What a person's text is freed of before anything reads it: nothing that anybody meant to say."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.messages import Choice, Reply

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u202a-\u202e\u2066-\u2069"  # overrides that make a text read other than it is
    "\ufff9-\ufffb\ufeff"  # annotations and byte order marks
    "\ud800-\udfff"  # halves of a character, which no database takes
    "\U000e0001\U000e0020-\U000e007f]"  # tags
)


def clean(text: str) -> str:
    """The text without characters that nobody typed; a line's end is always one line feed."""
    if text.isprintable():  # as nearly all are: then none of them is in it
        return text.strip()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return UNSEEN.sub("", lines.replace("\u2028", "\n").replace("\u2029", "\n")).strip()


def cleaned(reply: Reply) -> Reply:
    """The reply with every text of it clean."""
    return replace(
        reply,
        text=clean(reply.text),
        short=clean(reply.short),
        how=clean(reply.how),
        choose=clean(reply.choose),
        choices=tuple(_choice(choice) for choice in reply.choices),
        more=_choice(reply.more) if reply.more else None,
    )


def _choice(choice: Choice) -> Choice:
    return replace(
        choice,
        label=clean(choice.label),
        short=clean(choice.short),
        description=clean(choice.description),
    )
