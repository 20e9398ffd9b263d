"""People who register by Telegram, WhatsApp and SMS, each answering what they are asked as soon as
they are asked it.

Some write the next answer without waiting for the question. Whoever is sent the same thing twice
does not answer it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LINES = ("hola", "es", "si", "{name}", "1", "hamacas", "Gracias", "{years}", "{workers}", "1", "si")
"""What each says: the registration, from the first word to the last answer."""

CHANNELS = ("telegram", "whatsapp", "sms")

HASTY = 7
"""Every so many-th writes the first two answers at once."""


@dataclass(frozen=True)
class Seen:
    """What came on a screen; `of`: the message of the outbox it says, where the channel tells."""

    text: str
    of: str = ""

    @property
    def gist(self) -> str:
        """Its first line: below it the same options may be buttons or numbers."""
        return self.text.strip().split("\n", 1)[0]


@dataclass
class Person:
    """One of them: what they say, what they were shown, how far they are. `wrote` are the names
    the inbox has for what they wrote; `doubled` the places on the screen of what came twice;
    `further` what belongs to a message that began on the screen."""

    number: int
    screen: list[Seen] = field(default_factory=list)
    further: list[Seen] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    said: int = 0
    wrote: list[str] = field(default_factory=list)

    @property
    def channel(self) -> str:
        return CHANNELS[self.number % len(CHANNELS)]

    @property
    def id(self) -> int:
        return 5_000_000 + self.number

    @property
    def phone(self) -> str:
        return f"+504{90_000_000 + self.number}"

    @property
    def urn(self) -> str:
        match self.channel:
            case "telegram":
                return f"telegram:{self.id}"
            case "whatsapp":
                return f"whatsapp:{self.phone}"
        return f"tel:{self.phone}"

    @property
    def name(self) -> str:
        return f"Ana {_letters(self.number)}"

    @property
    def years(self) -> int:
        return 2 + self.number % 37

    @property
    def workers(self) -> int:
        return 1 + self.number % 8

    @property
    def is_hasty(self) -> bool:
        return self.number % HASTY == 3

    @property
    def is_done(self) -> bool:
        """Whether all was said and the last word answered."""
        return len(self.screen) >= len(LINES)

    def line(self, place: int) -> str:
        return LINES[place].format(name=self.name, years=self.years, workers=self.workers)

    def sees(self, seen: Seen) -> bool:
        """Something comes on the screen. Whether it is new, and not the rest of something."""
        place = self._place(seen)
        if place is None:
            self.screen.append(seen)
            return True
        if seen in (self.screen[place], *self.further):
            self.doubled.append(place)
        else:
            self.further.append(seen)
        return False

    def _place(self, seen: Seen) -> int | None:
        """Where it began: what does not say which message it is may only be the last again."""
        if seen.of:
            return next((at for at, one in enumerate(self.screen) if one.of == seen.of), None)
        return len(self.screen) - 1 if self.screen and self.screen[-1] == seen else None

    def next_lines(self) -> Sequence[str]:
        """What they write now: as much as has been asked for, and the hasty a little more."""
        asked = min(len(self.screen) + 1, len(LINES))
        if self.is_hasty and not self.screen:
            asked = 2
        lines = [self.line(place) for place in range(self.said, asked)]
        self.said = max(self.said, asked)
        return lines

    def without_name(self, text: str) -> str:
        """What they were shown, as it would be shown to anybody."""
        return text.replace(self.name, "{name}")


def _letters(number: int) -> str:
    """A word that names a number: Ana B, Ana C, Ana BA."""
    letters = ""
    while True:
        letters = "BCDFGHJKLM"[number % 10] + letters
        number //= 10
        if not number:
            return letters.capitalize()
