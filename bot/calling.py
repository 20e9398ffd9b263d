"""CALL ME: who would rather talk than write is put on a broker's list and is asked nothing more
until they write again. Asking for it is their word that we may call; nothing else is agreed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from bot import alerts, assisting, profiles, steps, tasks, trust
from bot.commands import starts
from bot.consent import BY_WORD
from bot.handlers import facts, outcome, still
from bot.hours import today
from bot.speech import dated
from bot.tasks import promised_day
from bot.turn import Turn
from flows.session import Session
from storage import consents, contacts
from storage import tasks as rows

CALLED = "call"


@starts("call", joined=False)
async def call(turn: Turn, rest: str) -> None:
    """Be called at the number written from; who writes without one is asked for it."""

    number = await trust.shown_address(turn, turn.contact.id)
    await steps.start(turn, "call", given={"number": number} if number else {})


@facts("call")
async def of_call(turn: Turn, session: Session) -> Mapping[str, str]:
    return {"day": dated(promised_day(turn), turn.language)}


@outcome("call")
async def asked(turn: Turn, session: Session) -> None:
    """A task for whoever looks after the place, once; what was open here rests."""
    turn.rests = True
    number = str(session.answers.get("number") or "")
    open_ = await rows.open_about(turn.db, turn.contact.id, "call", CALLED)
    if open_ is not None:
        await rows.change(turn.db, open_.id, words=number)
        return
    turn.agree(
        consents.Consent(
            contact_id=turn.contact.id,
            channel=turn.incoming.channel,
            purpose=CALLED,
            version=BY_WORD,
            how="asked",
            given=True,
            at=turn.now,
        )
    )
    mine = await turn.enterprise()
    region = mine.region if mine else None
    await tasks.give(turn, "call", about=CALLED, words=number, region=region)
    turn.event("call_asked")


# --- who calls ----------------------------------------------------------------------------------


@still("callback")
async def still_open(turn: Turn, subject: str) -> bool:
    return await tasks.still_open(turn, subject)


@facts("callback")
async def of_callback(turn: Turn, session: Session) -> Mapping[str, str]:
    """Who it is and the number given for being called; that it was shown is written down."""
    task = await rows.by_id(turn.db, UUID(session.subject or ""))
    who = await contacts.by_id(turn.db, task.contact_id) if task else None
    if task is None or who is None:
        return {}
    turn.view("number", who.id)
    names = {one.code: one.name for one in turn.house.catalogues.languages}
    return {
        "who": await profiles.short(turn, who),
        "number": task.words or "-",
        "language": names.get(who.language or "", who.language or "-"),
        "day": dated(today(turn.zone, task.promised_for), turn.language),
    }


@outcome("callback")
async def called_back(turn: Turn, session: Session) -> None:
    """Done, later, somebody else's; or registered on the telephone, which closes it."""
    if session.answers.get("answer") != "register":
        await tasks.task_answered(turn, session)
        return
    task = await rows.by_id(turn.db, UUID(session.subject or ""), lock=True)
    if task is None or task.state != "open" or task.holder_id != turn.contact.id:
        return
    await rows.done(turn.db, task.id, turn.now)
    await alerts.answered(turn, "call", task.id)
    await assisting.begin(turn, task.contact_id)
