"""COMPLAIN: what somebody has to say of their broker, or of the programme, reaches a named person
outside the broker's line; so does what was wrong after a meeting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import in_charge, profiles, steps, tasks
from bot.commands import starts
from bot.handlers import facts, outcome, still
from bot.hours import today
from bot.speech import dated, say
from bot.turn import Turn
from flows.session import Session
from storage import contacts
from storage import tasks as rows


@starts("complain", joined=False)
async def complain(turn: Turn, rest: str) -> None:
    """Say what is wrong to somebody the broker does not answer to."""
    await steps.start(turn, "complain")


@facts("complain")
async def of_complain(turn: Turn, session: Session) -> Mapping[str, str]:
    """Who will read it, by name: nobody complains to somebody unknown."""
    found = await in_charge.confidants(turn, (turn.contact.id,))
    who = await contacts.by_id(turn.db, found[0]) if found else None
    return {
        "reader": (who.name if who else None) or turn.house.settings.programme,
        "day": dated(tasks.promised_day(turn), turn.language),
    }


@outcome("complain")
async def complained(turn: Turn, session: Session) -> None:
    words = session.answers.get("words")
    await tasks.confide(turn, "complaint", words if isinstance(words, str) else "")


# --- who reads it -------------------------------------------------------------------------------


@still("concern")
async def still_open(turn: Turn, subject: str) -> bool:
    return await tasks.still_open(turn, subject)


@facts("concern")
async def of_concern(turn: Turn, session: Session) -> Mapping[str, str]:
    task = await rows.by_id(turn.db, UUID(session.subject or ""))
    who = await contacts.by_id(turn.db, task.contact_id) if task else None
    if task is None or who is None:
        return {}
    turn.view("profile", who.id)
    about = (
        say("concern.worry", "Something was wrong after a meeting.")
        if task.kind == "worry"
        else say("concern.complaint", "A complaint. The broker does not know of it.")
    )
    return {
        "who": await profiles.short(turn, who),
        "about": turn.spoken(about),
        "words": task.words or "",
        "day": dated(today(turn.zone, task.promised_for), turn.language),
    }


@outcome("concern")
async def answered(turn: Turn, session: Session) -> None:
    task = await rows.by_id(turn.db, UUID(session.subject or ""), lock=True)
    if task is None or task.state != "open" or task.holder_id != turn.contact.id:
        return
    if session.answers.get("answer") == "done":
        await rows.done(turn.db, task.id, turn.now)
        tasks.tell_helped(turn, task)
    else:
        tomorrow = turn.now + timedelta(days=1)
        turn.later(tomorrow, tasks.ask(turn.contact.id, task), "task_later", task.id)
