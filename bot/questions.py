"""What a broker asks an artisan before deciding, and the answer that comes back.

A question is a task the artisan holds, so that its words stay sealed and WHERE shows it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from bot.agenda import ALERT
from bot.handlers import facts, outcome, still, told
from bot.hours import end_of, today, working_days_ahead
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from storage import contacts, tasks
from storage.tasks import Task

DAYS = 3
"""Working days within which an answer is hoped for."""


async def ask(turn: Turn, contact_id: UUID, words: str) -> None:
    """Have an artisan asked something, in the broker's own words."""
    day = working_days_ahead(today(turn.zone, turn.now), DAYS)
    due = end_of(day, turn.zone, turn.now)
    task = await tasks.add(
        turn.db, "question", turn.contact.id, turn.now, due, words=words, holder_id=contact_id
    )
    wake = Wake(contact_id, flow="question", subject=str(task.id), rank=ALERT)
    turn.wake(f"question:{task.id}", wake)


async def _task(turn: Turn, subject: str | None, *, lock: bool = False) -> Task | None:
    task = await tasks.by_id(turn.db, UUID(subject), lock) if subject else None
    mine = task is not None and task.kind == "question" and task.holder_id == turn.contact.id
    return task if mine else None


@still("question")
async def still_asked(turn: Turn, subject: str) -> bool:
    task = await _task(turn, subject)
    return task is not None and task.state == "open"


@facts("question")
async def of_question(turn: Turn, session: Session) -> Mapping[str, str]:
    task = await _task(turn, session.subject)
    if task is None:
        return {}
    who = await contacts.by_id(turn.db, task.contact_id)
    name = (who.name if who else None) or turn.house.settings.programme
    return {"broker": name, "words": task.words or ""}


@outcome("question")
async def answered(turn: Turn, session: Session) -> None:
    """The answer goes to who asked."""
    task = await _task(turn, session.subject, lock=True)
    if task is None or not await tasks.done(turn.db, task.id, turn.now):
        return
    answer = session.answers.get("answer")
    data = {"name": turn.contact.name or "-", "words": str(answer or "")}
    wake = Wake(task.contact_id, what="question_answered", subject=str(task.id), data=data)
    turn.wake(f"question_answered:{task.id}", wake)


@told("question_answered")
async def heard(turn: Turn, wake: Wake) -> None:
    turn.purpose = "question_answered"
    name, words = wake.data["name"], wake.data["words"]
    if words:
        turn.tell(
            say("phrase.question_answered", "{name} answers: {words}", name=name, words=words)
        )
    else:
        turn.tell(
            say("phrase.question_left", "{name} would rather not answer your question.", name=name)
        )
