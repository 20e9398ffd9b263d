"""What anyone may say at any time, from anywhere: eight words, in every language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot import consent, networks, proof, steps, tasks, trust
from bot.commands import COMMANDS
from bot.greeting import go_on, menu
from bot.handlers import facts, options, outcome
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from storage import outbox, urns


async def stop(turn: Turn) -> None:
    """Nothing more goes to this address: what is queued is dropped, one last word says so."""
    if turn.urn is None:
        return
    await urns.stop(turn.db, turn.urn.id, turn.now)
    await outbox.drop_for(turn.db, turn.urn.id)
    turn.urn = replace(turn.urn, stopped_at=turn.now)
    if await turn.has_consented():
        await consent.note(turn, given=False)
    turn.purpose = "stopped"
    turn.tell(
        say("phrase.stopped", "You will get no more messages from us. Write START to come back.")
    )


async def start(turn: Turn) -> None:
    """Come back after STOP and go on where one was; said at any other time, a greeting."""
    if turn.is_stopped and turn.urn is not None:
        await urns.start(turn.db, turn.urn.id)
        turn.urn = replace(turn.urn, stopped_at=None, unreachable_at=None)
        if await consent.was_withdrawn_by_word(turn):
            await consent.note(turn, given=True)
            turn.tell(say("phrase.back", "Welcome back. You get our messages again."))
    await go_on(turn)


async def help_me(turn: Turn) -> None:
    """A person will answer, by a promised day; the question stays."""
    await tasks.help_asked(turn)
    await go_on(turn)


async def language(turn: Turn) -> None:
    """Ask for the language, then go on where one was."""
    await steps.start(turn, "settings", given={"which": "language"})


async def back(turn: Turn) -> None:
    await (steps.back(turn) if turn.agenda.active else go_on(turn))


async def skip(turn: Turn) -> None:
    await (steps.skip(turn) if turn.agenda.active else go_on(turn))


async def delete(turn: Turn) -> None:
    """Asks once; the outcome of the flow erases. Whoever sends an SMS in another's name does not
    read what is answered, so there it takes a code as well."""
    await steps.start(turn, "erase", given={"proof": "code"} if _may_be_forged(turn) else {})


def _may_be_forged(turn: Turn) -> bool:
    return turn.incoming.channel == "sms"


@facts("erase")
async def of_erase(turn: Turn, session: Session) -> Mapping[str, str]:
    return {"code": str(proof.code(turn, "erase"))}


WORDS: Mapping[str, Callable[[Turn], Awaitable[None]]] = {
    "STOP": stop,
    "START": start,
    "MENU": menu,
    "HELP": help_me,
    "LANGUAGE": language,
    "BACK": back,
    "SKIP": skip,
    "DELETE": delete,
}


LABELS = {
    "go_on": say("menu.go_on", "Go on where I was"),
    "need": say("menu.need", "Say what I need"),
    "partners": say("menu.partners", "People to work with"),
    "providers": say("menu.providers", "Who can help me"),
    "relay": say("menu.tell", "Write to a partner"),
    "network": say("menu.network", "My group"),
    "where": say("menu.where", "What I asked for"),
    "profile": say("menu.profile", "My workshop"),
    "queue": say("menu.queue", "What waits for me"),
    "hand_over": say("menu.hand_over", "Hand over my work"),
    "cases": say("menu.cases", "What others learned"),
    "assist": say("menu.assist", "Register somebody"),
    "speak_for": say("menu.speak_for", "Speak for somebody"),
    "announce": say("menu.announce", "Announce something"),
    "reports": say("menu.reports", "Who got my announcements"),
    "catalogue": say("menu.catalogue", "List of providers"),
    "checks": say("menu.checks", "Check providers"),
    "stages": say("menu.stages", "How long stages take"),
    "week": say("menu.week", "Numbers of the week"),
    "words": say("menu.words", "Words we do not know"),
    "settings": say("menu.settings", "Settings"),
    "join": say("menu.join", "Register my workshop"),
    "help": say("menu.help", "Ask a person for help"),
    "call": say("menu.call", "Please call me"),
    "language": say("menu.language", "Change the language"),
}
OWNERS = frozenset({"need", "partners", "providers", "where", "profile"})
"""What only makes sense for somebody who has a workshop here."""


@options("menu")
async def menu_options(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """What this person can do now, what they came for first."""
    names = []
    if any(one.flow != "menu" for one in turn.agenda.waiting):
        names.append("go_on")
    names += [name for name in LABELS if await _is_for(turn, name)]
    return tuple(Offer(name, turn.spoken(LABELS[name]), name) for name in names)


async def _is_for(turn: Turn, name: str) -> bool:
    if name in ("help", "call", "language"):
        return True
    if name in OWNERS:
        return await turn.enterprise() is not None
    if name == "join":
        return await turn.enterprise() is None and not any(
            one.flow == "register" for one in turn.agenda.waiting
        )
    if name == "relay":
        return bool(await trust.writable(turn))
    if name == "network":
        return bool(await networks.seats(turn))
    if name == "settings":
        return await turn.has_joined()
    found = COMMANDS.get(name)
    return found is not None and bool(found.roles) and found.may(turn)


@outcome("menu")
async def menu_chosen(turn: Turn, session: Session) -> None:
    """Do what was picked."""
    picked = str(session.answers.get("pick"))
    if picked == "help":
        await help_me(turn)
    elif picked == "language":
        await language(turn)
    elif picked != "go_on" and picked in COMMANDS:
        await COMMANDS[picked].run(turn, "")
