"""One message in, replies and what follows out. Everything is decided here or below, in memory.

A word anyone may say? A command? Else it is the answer to what was asked, however late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot import (
    acquaintance,
    afterwards,
    alarms,
    alerts,
    approvals,
    artisans,
    assisting,
    attachments,
    broadcasts,
    brokers,
    calling,
    cases,
    checklists,
    complaints,
    coordinators,
    corrections,
    diagnoses,
    enquiries,
    founding,
    greeting,
    groups,
    handing,
    histories,
    introductions,
    invitations,
    joining,
    linking,
    memberships,
    networks,
    open_matters,
    outcomes,
    plans,
    progress,
    proposals,
    pulses,
    questions,
    refusals,
    reminders,
    returning,
    room,
    sharing,
    stages,
    staging,
    steps,
    tasks,
    trust,
    verifying,
    votes,
    warnings,
    wording,
    words,
)
from bot.agenda import ALERT
from bot.commands import NOT_YOURS, Called, find
from bot.handlers import STILL, TOLD
from bot.messages import Wake
from bot.openings import READ_IT
from bot.speech import HELP_AFTER, say
from bot.turn import REPLY, Turn
from flows.model import AnyStep, Picking, Text, YesNo
from flows.model import Phone as Number
from flows.session import Asked
from flows.understand import keywords
from flows.understand.choices import named, pick
from flows.values import Clear, Offer, Reading, Said
from storage import outbox, urns
from storage.sessions import Stored

__all__ = ["respond"]

HANDLED_IN = (
    acquaintance,
    afterwards,
    alarms,
    alerts,
    approvals,
    artisans,
    assisting,
    broadcasts,
    brokers,
    calling,
    cases,
    checklists,
    complaints,
    coordinators,
    diagnoses,
    enquiries,
    histories,
    founding,
    groups,
    handing,
    introductions,
    joining,
    linking,
    memberships,
    networks,
    open_matters,
    outcomes,
    plans,
    progress,
    proposals,
    questions,
    refusals,
    pulses,
    reminders,
    room,
    sharing,
    stages,
    staging,
    trust,
    verifying,
    votes,
    warnings,
    wording,
)
"""Imported so that their commands, outcomes and wakes are known by name."""


TOO_MANY = say(
    "phrase.too_many",
    "So many messages came from you at once that we left the last ones out. "
    "Please write again what is missing.",
)

ALWAYS = frozenset({"STOP", "HELP", "DELETE"})
"""Words that hold even where an option of the question goes by the same word."""

OWN_WORDS = frozenset({"STOP", "START", "MENU"})
SPOKEN_FOR = ("speak_for", "words")
"""Where the words are another person's, and which of them are the writer's own all the same."""

Reader = Callable[[str, tuple[Offer, ...], str], Reading]


async def respond(turn: Turn) -> None:
    """Decide what a message leads to; the turn collects it."""
    if turn.incoming.wake is not None:
        await _woken(turn, turn.incoming.wake)
    else:
        await _heard(turn)
    asks = turn.agenda.active is None and turn.agenda.waiting and not turn.rests
    if asks and not turn.is_stopped:
        await steps.next_waiting(turn)
    reply = turn.speech.reply(turn.language, turn.translate)
    if reply is not None and turn.urn is None:
        await assisting.pass_on(turn, reply)
    if reply is not None and not turn.incoming.answered:
        turn.replies.append(turn.house.clips.spoken(reply, turn.contact.wants))


async def _heard(turn: Turn) -> None:
    incoming = turn.incoming
    if incoming.kind in ("blocked", "unblocked"):
        await _reachable(turn, incoming.kind == "unblocked")
        return
    turn.note_heard()
    if await attachments.is_rest_of_album(turn):
        return
    text = incoming.text.strip()
    word = "STOP" if incoming.kind == "stop" else keywords.read(text, turn.language) or ""
    if word not in OWN_WORDS and _is_for_another(turn):
        await _answer(turn, steps.said_of(turn))
        return
    if turn.is_stopped and word != "START" and not incoming.code:
        if word != "DELETE" and not _is_erasing(turn):
            return
        turn.purpose = "erase"
    if incoming.kind == "full":
        turn.purpose = "full"
        turn.tell(TOO_MANY)
        return
    if incoming.tap == READ_IT:
        await _opened(turn)
        return
    code = invitations.code_in(incoming.code or text)
    if incoming.code and not code:
        turn.event("arrived", campaign=incoming.code)
    if code and await invitations.redeem(turn, code):
        return
    if incoming.kind == "contact" and await _is_no_answer(turn):
        return
    if word and (word in ALWAYS or not _picks(turn, named)):
        await words.WORDS[word](turn)
        return
    called = find(text, turn.language, turn.translate, turn.house.library) if text else None
    if called and await _run(turn, called):
        return
    await _answer(turn, steps.said_of(turn))


def _is_for_another(turn: Turn) -> bool:
    """Whether what is written is what somebody without a phone says: their words, not the
    writer's."""
    active = turn.agenda.active
    if active is None or active.flow != SPOKEN_FOR[0]:
        return False
    asked = _open(turn)[0]
    return asked is not None and asked.step == SPOKEN_FOR[1]


async def _opened(turn: Turn) -> None:
    """The button of a template was pressed: what waited for that is on its way, and enough."""
    active = turn.agenda.active
    if active is not None and await _is_unseen(turn, active):
        await steps.ask_whole(turn)
    elif turn.urn is None or not await outbox.unsent(turn.db, urn_id=turn.urn.id):
        await greeting.go_on(turn)


def _is_erasing(turn: Turn) -> bool:
    """Whether we asked if everything shall be erased: that is answered even after STOP."""
    return turn.agenda.active is not None and turn.agenda.active.flow == "erase"


async def _is_no_answer(turn: Turn) -> bool:
    """Take a number that was sent and that nobody asked for; one of somebody else is not taken."""
    if not turn.incoming.text:
        turn.tell(say("phrase.not_own_number", "That number is not yours. I take only your own."))
        await steps.ask_again(turn)
        return True
    if isinstance(_open(turn)[1], Number):
        return False
    await linking.shared(turn)
    return True


async def _run(turn: Turn, called: Called) -> bool:
    """Run a command, unless what was asked has that very word for an answer. One of several words,
    or with others after it, is meant unless an answer goes by these very words."""
    alone = called.words == 1 and not (called.command.takes == "words" and called.rest)
    if _picks(turn, pick if alone else named) or _is_sentence(turn, called):
        return False
    if called.command.joined and not await turn.has_joined():
        return False
    if not called.command.may(turn):
        turn.tell(NOT_YOURS)
        return True
    before = turn.agenda.active
    await called.command.run(turn, called.rest)
    if turn.agenda.active is not None and turn.agenda.active is before:
        await steps.ask_again(turn)
    return True


def _picks(turn: Turn, reader: Reader) -> bool:
    """Whether the words pick one of the options that were shown."""
    asked, question = _open(turn)
    if asked is None or not isinstance(question, Picking | YesNo):
        return False
    return isinstance(reader(turn.incoming.text, asked.shown, turn.language), Clear)


def _is_sentence(turn: Turn, called: Called) -> bool:
    """Whether words were asked for, and more was written than a command's word."""
    _, question = _open(turn)
    return isinstance(question, Text) and called.command.takes == "words" and bool(called.rest)


def _open(turn: Turn) -> tuple[Asked | None, AnyStep | None]:
    """The question that stands open, as it was asked and as it is in the flow."""
    active = turn.agenda.active
    asked = steps.session_of(turn, active).asked if active else None
    if active is None or asked is None:
        return None, None
    return asked, steps.step_of(turn, active.flow, asked.step)


async def _answer(turn: Turn, said: Said) -> None:
    if await corrections.comes_too_late(turn) or await attachments.not_taken(turn):
        return
    if await room.takes(turn):
        return
    active = turn.agenda.active
    if active is None:
        if turn.agenda.waiting:
            await steps.next_waiting(turn)
        elif await turn.has_joined():
            await greeting.menu(turn)
        else:
            await greeting.welcome(turn, said)
        return
    if await _is_unseen(turn, active):
        await steps.ask_whole(turn)
        return
    if returning.is_back(turn):
        await returning.go_on(turn, said)
        return
    await steps.reply(turn, said)
    still = turn.agenda.active
    if still is not None and still.id == active.id and still.asked:
        asked = steps.session_of(turn, still).asked
        if asked is not None and asked.tries == HELP_AFTER:
            await tasks.not_understood(turn, f"{still.flow}.{asked.step}", said.text)


async def _is_unseen(turn: Turn, active: Stored) -> bool:
    """Whether the open question has not gone out yet, as where a channel lets nothing through
    until the person writes: then what they write cannot be its answer."""
    if active.rank != ALERT or turn.urn is None:
        return False
    return await outbox.drop_unseen_anywhere(turn.db, turn.contact.id, active.flow) > 0


async def _reachable(turn: Turn, reachable: bool) -> None:
    if turn.urn is not None:
        await urns.change(turn.db, turn.urn.id, unreachable_at=None if reachable else turn.now)


async def _woken(turn: Turn, wake: Wake) -> None:
    """What the house has for the contact: told or asked at once, or when there is time for it."""
    if wake.what == "said_for":
        turn.rank, turn.purpose = REPLY, "said_for"
        turn.incoming = replace(turn.incoming, kind="text", text=wake.data["words"], wake=None)
        await _heard(turn)
        return
    if wake.what != "flow":
        await TOLD[wake.what](turn, wake)
        return
    if wake.flow not in turn.house.library.flows:
        return
    still = STILL.get(wake.flow)
    if still is not None and not await still(turn, wake.subject):
        return
    if turn.agenda.is_asking(wake.flow, wake.subject):
        return
    turn.purpose = wake.flow
    free = max(turn.free_from(), turn.agenda.busy_until())
    if free > turn.now:
        turn.agenda.queue(wake.flow, wake.subject, dict(wake.given), wake.rank)
        turn.later(free, wake, "wake", turn.about(wake.flow, wake.subject))
    elif turn.urn is None and await assisting.assisting(turn) is None:
        turn.agenda.queue(wake.flow, wake.subject, dict(wake.given), wake.rank)
    else:
        await steps.start(turn, wake.flow, wake.subject, wake.given, wake.rank)
