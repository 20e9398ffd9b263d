"""What a person is promised by a day: HELP, or a question that was not understood three times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from bot import in_charge, profiles, steps
from bot.agenda import ALERT
from bot.handlers import facts, outcome, still, told
from bot.hours import end_of, today, working_days_ahead
from bot.messages import Wake
from bot.speech import dated, say
from bot.turn import Turn
from flows.session import Session
from storage import contacts, tasks
from storage.tasks import Task

DAYS = 2
"""Working days within which somebody answers."""
PASSES_ON_AFTER = timedelta(days=3)


async def help_asked(turn: Turn) -> None:
    """HELP: a person answers by a promised day. Before consent nothing may be kept, so only the
    hint of the open question helps."""
    active = turn.agenda.active
    asked = steps.session_of(active).asked if active else None
    about = f"{active.flow}.{asked.step}" if active and asked and active.flow != "menu" else ""
    if not await turn.has_consented():
        _hint(turn, about)
        return
    await _promise(turn, about, turn.incoming.text)


async def not_understood(turn: Turn, about: str, words: str) -> None:
    """The third misunderstanding of a question: a person will look at it."""
    if await turn.has_consented():
        await _promise(turn, about, words)


def _hint(turn: Turn, about: str) -> None:
    flow, _, step = about.partition(".")
    question = steps.flow_of(turn, flow).step(step) if flow else None
    turn.tell(say("phrase.help_first", "A person can help you once you have agreed."))
    turn.speech.add(getattr(question, "hint", ""))


async def _promise(turn: Turn, about: str, words: str) -> None:
    """Make the task unless it is open already, and say by when."""
    open_ = await tasks.open_about(turn.db, turn.contact.id, "help", about or None)
    if open_ is not None:
        day = today(turn.zone, open_.promised_for)
        waiting = say(
            "phrase.help_waiting",
            "Somebody will answer you by {day}, as we said.",
            day=dated(day, turn.language),
        )
        turn.tell(waiting)
        return
    day = promised_day(turn)
    mine = await turn.enterprise()
    await give(
        turn,
        "help",
        about=about or None,
        words=words[:500] or None,
        region=mine.region if mine else None,
    )
    turn.event("help_asked", about=about)
    promise = say(
        "phrase.help_promised",
        "A person will answer you by {day}.",
        day=dated(day, turn.language),
    )
    turn.tell(promise)


def promised_day(turn: Turn) -> date:
    return working_days_ahead(today(turn.zone, turn.now), DAYS)


async def give(
    turn: Turn,
    kind: str,
    *,
    about: str | None = None,
    words: str | None = None,
    region: str | None = None,
    subject_id: UUID | None = None,
) -> Task:
    """Write a task of the contact's down and ask whoever has least to carry of those in charge."""
    if kind == "review":
        holders = await in_charge.coordinators(turn, (turn.contact.id,))
    else:
        holders = await in_charge.of_area(turn, turn.country, region, (turn.contact.id,))
    task = await tasks.add(
        turn.db,
        kind,
        turn.contact.id,
        turn.now,
        end_of(promised_day(turn), turn.zone, turn.now),
        about=about,
        words=words,
        subject_id=subject_id,
        country=turn.country,
        region=region,
        holder_id=holders[0] if holders else None,
    )
    if task.holder_id is not None:
        turn.wake(f"task:{task.id}:{task.holder_id}", _ask(task.holder_id, task))
        wake = Wake(turn.contact.id, what="task_passes_on", subject=str(task.id))
        turn.later(turn.now + PASSES_ON_AFTER, wake, "task_passes_on", task.id)
    return task


@told("task_passes_on")
async def passes_on(turn: Turn, wake: Wake) -> None:
    """What a broker has not closed after three days goes to a coordinator."""
    task = await tasks.by_id(turn.db, UUID(wake.subject), lock=True)
    if task is None or task.state != "open":
        return
    others = await in_charge.coordinators(turn, (turn.contact.id,))
    if others and task.holder_id not in others:
        await tasks.change(turn.db, task.id, holder_id=others[0])
        turn.wake(f"task:{task.id}:{others[0]}", _ask(others[0], task))


FLOWS = {"review": "review", "call": "callback"}
"""Which flow asks about a task of a kind; "task" about the others."""


def flow_of(task: Task) -> str:
    return FLOWS.get(task.kind, "task")


def _ask(holder: UUID, task: Task) -> Wake:
    return Wake(holder, flow=flow_of(task), subject=str(task.id), rank=ALERT)


@still("task")
async def still_open(turn: Turn, subject: str) -> bool:
    task = await tasks.by_id(turn.db, UUID(subject))
    return task is not None and task.state == "open" and task.holder_id == turn.contact.id


@facts("task")
async def of_task(turn: Turn, session: Session) -> Mapping[str, str]:
    task = await tasks.by_id(turn.db, UUID(session.subject or ""))
    if task is None:
        return {}
    who = await contacts.by_id(turn.db, task.contact_id)
    flow, _, step = (task.about or "").partition(".")
    question = steps.flow_of(turn, flow).step(step) if flow in turn.house.library.names else None
    title = steps.flow_of(turn, flow).title if question else ""
    return {
        "who": await profiles.short(turn, who) if who else "",
        "about": f"{title}: {question.text}" if question else "",
        "words": task.words or "",
        "day": dated(today(turn.zone, task.promised_for), turn.language),
    }


@outcome("task")
async def task_answered(turn: Turn, session: Session) -> None:
    """Done, later, somebody else's, or first a look at the person."""
    task = await tasks.by_id(turn.db, UUID(session.subject or ""), lock=True)
    if task is None or task.state != "open" or task.holder_id != turn.contact.id:
        return
    match session.answers.get("answer"):
        case "done":
            await tasks.done(turn.db, task.id, turn.now)
            turn.wake(f"task:{task.id}:done", Wake(task.contact_id, what="helped"))
        case "later":
            tomorrow = turn.now + timedelta(days=1)
            turn.later(tomorrow, _ask(turn.contact.id, task), "task_later", task.id)
        case "hand_over":
            await _hand_over(turn, task)
        case _:
            await profiles.show_contact(turn, task.contact_id)
            await steps.start(turn, "task", session.subject, rank=ALERT)


async def _hand_over(turn: Turn, task: Task) -> None:
    others = await in_charge.of_area(
        turn, task.country, task.region, (turn.contact.id, task.contact_id)
    )
    if not others:
        others = await in_charge.coordinators(turn, (turn.contact.id, task.contact_id))
    if not others:
        turn.tell(say("phrase.nobody_else", "There is nobody else yet. It stays with you."))
        turn.later(turn.now + timedelta(days=1), _ask(turn.contact.id, task), "task_later", task.id)
        return
    await tasks.change(turn.db, task.id, holder_id=others[0])
    turn.wake(f"task:{task.id}:{others[0]}:{turn.inbox_seq}", _ask(others[0], task))


@told("helped")
async def helped(turn: Turn, wake: Wake) -> None:
    turn.purpose = "helped"
    turn.tell(
        say(
            "phrase.helped",
            "Your question is marked as answered. If it is not, write HELP again.",
        )
    )
