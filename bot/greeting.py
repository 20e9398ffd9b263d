"""The first words of somebody new: registration begins in the language they most likely read."""

from __future__ import annotations

from collections.abc import Mapping

from bot import consent, linking, origin, reminders, steps
from bot.commands import command
from bot.handlers import answered, facts
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.understand import languages, opening
from flows.values import Clear, Said, Value


async def go_on(turn: Turn) -> None:
    """Ask what is open or waits; else show what there is to do, or begin the registration."""
    if turn.agenda.active or turn.agenda.waiting:
        await steps.ask_again(turn)
    elif await turn.has_joined():
        await menu(turn)
    else:
        await welcome(turn)


async def menu(turn: Turn) -> None:
    await steps.start(turn, "menu")


async def welcome(turn: Turn, said: Said | None = None) -> None:
    """Somebody new: ask whether we know them by another address, else begin."""
    if not await linking.proposed(turn):
        await begin(turn, said)


async def begin(turn: Turn, said: Said | None = None) -> None:
    """Begin the registration. The first words tell which language to begin in, where they leave no
    doubt; a first word that is a language's name answers the first question."""
    text = said.text if said else ""
    expected = origin.expected(turn.incoming, turn.country, turn.house)
    guess = opening.guess(text, turn.house.settings.languages, expected)
    if guess and guess.sure and not _speaks(turn, guess.language):
        turn.change(language=guess.language)
    await steps.start(turn, "register")
    if not any(character.isalpha() for character in text):
        return
    named = languages.read(text, steps.languages(turn), turn.language)
    if isinstance(named, Clear):
        turn.speech.forget()
        await steps.reply(turn, Said(text))


def _speaks(turn: Turn, language: str) -> bool:
    """Whether a greeting in a language tells nothing new of somebody of one of its regions."""
    return turn.language.partition("_")[0] == language.partition("_")[0]


@command("command.join", "join, register, sign up", joined=False)
async def join(turn: Turn, rest: str) -> None:
    """Begin the registration, again after a no, or for somebody who so far had only a role."""
    if await turn.enterprise() is not None:
        turn.tell(say("phrase.joined", "You are registered already. Write PROFILE to see it."))
        return
    given: dict[str, Value] = {}
    if await turn.has_consented():
        given = {"language": turn.language, "consent": "yes", "called": turn.contact.name}
    await steps.start(turn, "register", given={k: v for k, v in given.items() if v})


@facts("register")
async def of_register(turn: Turn, session: Session) -> Mapping[str, str]:
    return {"programme": turn.house.settings.programme}


@answered("register", "consent")
async def agreed(turn: Turn, session: Session, value: Value) -> None:
    """Yes is written down at once, with the version of the text that was shown."""
    if value == "yes" and not session.subject:
        await consent.note(turn, given=True, flow="register")
        reminders.after(turn, 0, turn.now + reminders.SILENCES[0])


@answered("staff", "consent")
async def staff_agreed(turn: Turn, session: Session, value: Value) -> None:
    if value == "yes":
        await consent.note(turn, given=True, flow="staff")
