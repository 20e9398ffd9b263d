"""What a person is promised by a day: HELP, or a question that was not understood three times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from bot import alerts, in_charge, profiles, steps
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

ALERT_OF = {"review": "report", "provider": "help"}
"""The kind of alert that a kind of task is, where it goes by another name."""


async def help_asked(turn: Turn) -> None:
    """HELP: a person answers by a promised day. Before consent nothing may be kept, so only the
    hint of the open question helps."""
    active = turn.agenda.active
    asked = steps.session_of(turn, active).asked if active else None
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
    question = steps.step_of(turn, flow, step)
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


CONFIDED_PASSES_ON = timedelta(days=3)
CONFIDED = frozenset({"complaint", "worry"})
"""Kinds of task that no broker hears of."""


async def confide(turn: Turn, kind: str, words: str) -> None:
    """Have somebody outside the broker's line hear of something, and answer by the promised day."""
    mine = await turn.enterprise()
    await give(turn, kind, words=words[:500] or None, region=mine.region if mine else None)
    turn.event("confided")


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
    elif kind in CONFIDED:
        holders = await in_charge.confidants(turn, (turn.contact.id,))
    else:
        holders = await in_charge.of_area(turn, turn.country, region, (turn.contact.id,))
        holders = await in_charge.wished(turn, holders, (turn.contact.id,))
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
        holder_id=(
            next(iter(holders), None)
            if kind in CONFIDED
            else await alerts.least_laden(turn, holders)
        ),
    )
    if kind in CONFIDED:
        await _confided(turn, task)
        return task
    await alerts.put(
        turn,
        ALERT_OF.get(kind, kind),
        task.id,
        country=turn.country,
        region=region,
        holder=task.holder_id,
    )
    return task


async def _confided(turn: Turn, task: Task) -> None:
    """Ask whoever hears such things at once, and after three days somebody else who does."""
    if task.holder_id is not None:
        turn.wake(f"task:{task.id}:{task.holder_id}", ask(task.holder_id, task))
        wake = Wake(turn.contact.id, what="confided_passes_on", subject=str(task.id))
        turn.later(turn.now + CONFIDED_PASSES_ON, wake, "confided_passes_on", task.id)


@told("confided_passes_on")
async def confided_passes_on(turn: Turn, wake: Wake) -> None:
    task = await tasks.by_id(turn.db, UUID(wake.subject), lock=True)
    if task is None or task.state != "open":
        return
    without = {turn.contact.id, task.holder_id} - {None}
    others = await in_charge.confidants(turn, [one for one in without if one])
    if others:
        await tasks.change(turn.db, task.id, holder_id=others[0])
        turn.wake(f"task:{task.id}:{others[0]}", ask(others[0], task))


FLOWS = {"review": "review", "call": "callback", "complaint": "concern", "worry": "concern"}
"""Which flow asks about a task of a kind; "task" about the others."""


def flow_of(task: Task) -> str:
    return FLOWS.get(task.kind, "task")


def ask(holder: UUID, task: Task) -> Wake:
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
    question = steps.step_of(turn, flow, step)
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
    kind = ALERT_OF.get(task.kind, task.kind)
    match session.answers.get("answer"):
        case "done":
            await tasks.done(turn.db, task.id, turn.now)
            await alerts.answered(turn, kind, task.id)
            tell_helped(turn, task)
        case "later":
            tomorrow = turn.now + timedelta(days=1)
            await tasks.change(turn.db, task.id, snoozed_until=tomorrow)
            await alerts.snoozed(turn, kind, task.id)
        case "hand_over":
            if not await alerts.handed_over(turn, kind, task.id):
                turn.speech.forget()
                turn.tell(say("phrase.nobody_else", "There is nobody else yet. It stays with you."))
                await alerts.snoozed(turn, kind, task.id)
        case _:
            await profiles.show_contact(turn, task.contact_id)
            await steps.start(turn, "task", session.subject, rank=ALERT)


def tell_helped(turn: Turn, task: Task) -> None:
    """Have the person told that their question is taken for answered."""
    done = Wake(task.contact_id, what="helped")
    if task.kind == "provider" and task.subject_id is not None:
        done = Wake(task.contact_id, what="provider_met", subject=str(task.subject_id))
    turn.wake(f"task:{task.id}:done", done)


@told("helped")
async def helped(turn: Turn, wake: Wake) -> None:
    turn.purpose = "helped"
    turn.tell(
        say(
            "phrase.helped",
            "Your question is marked as answered. If it is not, write HELP again.",
        )
    )
