"""People who talk to the programme on the stand-in, each hearing what comes in its order."""

from __future__ import annotations

import asyncio

from bot.invitations import new_code
from storage import invitations
from tests.channels.twilio.programme import Programme
from tests.standins.twilio_people import Person, Shown

PATIENCE = 8.0


class Talker:
    """A person, and how much of their screen was looked at. `taps` where it can be tapped."""

    def __init__(self, person: Person) -> None:
        self.person, self.seen = person, 0

    async def hears(self, *words: str) -> Shown:
        """The next message that has these words in it."""
        try:
            async with asyncio.timeout(PATIENCE), self.person.changed:
                await self.person.changed.wait_for(lambda: self._found(words) is not None)
        except TimeoutError:
            raise AssertionError(f"{words} in none of {self.news()}") from None
        found = self._found(words)
        assert found is not None
        self.seen = found + 1
        return self.person.screen[found]

    def _found(self, words: tuple[str, ...]) -> int | None:
        for number in range(self.seen, len(self.person.screen)):
            if all(word in self.person.screen[number].text for word in words):
                return number
        return None

    def news(self) -> list[str]:
        """What came since what was heard last."""
        return [shown.text for shown in self.person.screen[self.seen :]]

    async def says(self, text: str, *words: str) -> Shown:
        """Write something, and hear these words."""
        assert await self.person.say(text) == 200
        return await self.hears(*words)

    async def picks(self, label: str, *words: str) -> Shown:
        """Tap what begins so, or write its number where there is nothing to tap; hear words."""
        shown = self.person.screen[self.seen - 1]
        taps = {**shown.rendered.buttons, **shown.rendered.items}
        tap = next((one for one in taps if one.startswith(label)), "")
        if tap:
            assert await self.person.tap(tap, shown) == 200
        else:
            line = next(line for line in shown.text.splitlines() if label in line)
            assert await self.person.say(line.split()[0].strip(".")) == 200
        return await self.hears(*words)

    def never_saw(self, secret: str) -> None:
        assert all(secret not in shown.text for shown in self.person.screen)


async def registers_in_spanish(one: Talker, name: str) -> None:
    """From the first word to the last of registering, by tapping where one can."""
    yes = "Sí" if one.person.on_whatsapp else "Si"
    await one.says("Hola", "idioma habla")
    await one.picks("Español", "usted" if one.person.on_whatsapp else "Ocultamos su numero")
    await one.picks(yes, "le dicen")
    await one.says(name, "hace usted?")
    await one.says("instrumentos musicales", "productos vende")
    await one.says("guitarras y marimbas", "ciudad")
    await one.says("Gracias", "este trabajo")
    await one.says("12", "personas trabajan")
    await one.says("3", "ayudar")
    await one.says("1", "rabajar")
    await one.says("1", "Su registro")


async def takes_up_a_role(programme: Programme, one: Talker, role: str, name: str) -> None:
    """Redeem a code for a role, in English."""
    code = new_code()
    async with programme.pipeline.database.begin() as db:
        await invitations.make(db, code, role, programme.clock(), area=["HN"])
    await one.says(code, "idioma habla")
    await one.picks("English", "Do you agree" if one.person.on_whatsapp else "Agree?")
    await one.picks("Yes", "What do people call you")
    await one.says(name, f"Welcome, {name}")
