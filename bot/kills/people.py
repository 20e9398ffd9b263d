"""People who register, each answering what they are asked as soon as they are asked it.

Some write the next answer without waiting for the question. Whoever sees the same thing twice in a
row has been sent it twice, and does not answer it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LINES = ("hola", "es", "si", "{name}", "1", "hamacas", "Gracias", "{years}", "{workers}", "1", "si")
"""What each says: the registration, from the first word to the last answer."""

HASTY = 7
"""Every so many-th writes the first two answers at once."""


@dataclass
class Person:
    """One of them: what they say, what they were shown, how far they are. `updates` are the
    numbers of what they wrote."""

    number: int
    screen: list[str] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    said: int = 0
    updates: list[int] = field(default_factory=list)

    @property
    def id(self) -> int:
        return 5_000_000 + self.number

    @property
    def urn(self) -> str:
        return f"telegram:{self.id}"

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

    def sees(self, text: str) -> bool:
        """Something comes on the screen. Whether it is new."""
        if self.screen and self.screen[-1] == text:
            self.doubled.append(len(self.screen) - 1)
            return False
        self.screen.append(text)
        return True

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
