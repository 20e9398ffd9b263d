"""What brokers (and coordinators, for areas without one) may say: one function a command."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from bot import group_words, introductions, profiles, steps, verifying
from bot.agenda import ALERT
from bot.alerts import FLOWS as FLOW_OF
from bot.commands import NOT_YOURS, starts
from bot.handlers import STILL, options, outcome
from bot.speech import say
from bot.tasks import CONFIDED, flow_of
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from storage import alerts as kept_alerts
from storage import contacts, enterprises, proposals, providers, roles, tasks
from storage import introductions as kept
from storage.alerts import Alert

ROLES = ("broker", "confidant", "coordinator")
HEARD_BY = {"review": ("coordinator",), verifying.REPORTED: ()} | dict.fromkeys(
    CONFIDED, ("confidant", "coordinator")
)
"""Kinds of task that not every role hears of."""
FLOWS = ("approval", "callback", "check", "concern", "proposal", "review", "task")
ALERTED = ("introduction", "proposal", "check", verifying.REPORTED)
"""Kinds of alerts that stand in the queue by themselves."""


@dataclass(frozen=True)
class Waiting:
    """Something that waits for an answer: the flow that asks it, about whom, in a few words."""

    flow: str
    subject: UUID
    contacts: tuple[UUID, ...]
    label: str


@starts("queue", roles=ROLES)
async def queue(turn: Turn, rest: str) -> None:
    """All that waits, numbered; a number opens it."""
    if not await waiting(turn):
        turn.tell(say("phrase.queue_empty", "Nothing waits for you now."))
        return
    await steps.start(turn, "queue")


async def waiting(turn: Turn) -> list[Waiting]:
    """What waits for the contact: introductions to approve first, then tasks by their day."""
    found: dict[UUID, Waiting] = {}
    for role in turn.roles:
        if role.role not in ROLES:
            continue
        area = await roles.area_of(turn.db, role)
        holder = turn.contact.id
        if role.role != "confidant":
            for one in await kept.queue(turn.db, area, turn.now, holder):
                found.setdefault(one.id, await _introduction(turn, one))
        for task in await tasks.queue(turn.db, area, turn.now, holder):
            heard_by = HEARD_BY.get(task.kind, ("broker", "coordinator"))
            if task.kind != "question" and role.role in heard_by:
                found.setdefault(task.id, await _task(turn, task))
        for alert in await kept_alerts.held_by(turn.db, holder, turn.now, area):
            if alert.subject_id in found or alert.kind not in ALERTED:
                continue
            if await STILL[FLOW_OF[alert.kind]](turn, str(alert.subject_id)):
                found[alert.subject_id] = await _alerted(turn, alert)
    return list(found.values())


async def _introduction(turn: Turn, one: kept.Introduction) -> Waiting:
    sides = await introductions.sides_of(turn, one)
    speakers = tuple(filter(None, (sides.asker_contact, sides.other_contact)))
    found = await contacts.by_ids(turn.db, speakers)
    names = [
        profiles.name_of(turn, found.get(contact_id) if contact_id else None, enterprise)
        for contact_id, enterprise in (
            (sides.asker_contact, sides.asker),
            (sides.other_contact, sides.other),
        )
    ]
    label = say(
        "queue.introduction",
        "{asker} would like to meet {other}",
        asker=names[0],
        other=names[1],
    )
    return Waiting("approval", one.id, speakers, turn.spoken(label))


async def _alerted(turn: Turn, alert: Alert) -> Waiting:
    if alert.kind == "introduction":
        one = await kept.by_id(turn.db, alert.subject_id)
        if one is not None:
            return await _introduction(turn, one)
    if FLOW_OF[alert.kind] == "check":
        provider = await providers.by_id(turn.db, alert.subject_id)
        name = provider.name if provider else "-"
        label = say("queue.check", "To be checked: {name}", name=name)
        return Waiting("check", alert.subject_id, (), turn.spoken(label))
    return await _proposal(turn, alert.subject_id)


async def _proposal(turn: Turn, proposal_id: UUID) -> Waiting:
    states = await proposals.firms_of(turn.db, proposal_id)
    firms = [firm for firm, state in states.items() if state == "suggested"]
    what = await group_words.gist(turn, firms)
    label = say("queue.proposal", "A group of {count}: {what}", count=len(firms), what=what)
    speakers = await enterprises.speakers(turn.db, firms)
    return Waiting("proposal", proposal_id, tuple(speakers.values()), turn.spoken(label))


async def _task(turn: Turn, task: tasks.Task) -> Waiting:
    review = task.kind == "review"
    whom = task.subject_id if review and task.subject_id else task.contact_id
    who = await contacts.by_id(turn.db, whom)
    name = profiles.name_of(turn, who, None)
    match task.kind:
        case "review":
            label = say("queue.review", "A report about {name}", name=name)
        case "complaint" | "worry":
            label = say("queue.concern", "{name} confides something", name=name)
        case "call":
            label = say("queue.call", "{name} asks to be called", name=name)
        case _:
            label = say("queue.help", "{name} asks for help", name=name)
    return Waiting(flow_of(task), task.id, (whom,), turn.spoken(label))


@options("queue")
async def queue_options(turn: Turn, session: Session) -> tuple[Offer, ...]:
    return tuple(
        Offer(f"{one.flow}_{one.subject}", one.label, f"{one.flow}_{one.subject}")
        for one in await waiting(turn)
    )


@outcome("queue")
async def queue_picked(turn: Turn, session: Session) -> None:
    """Open what was picked; a task nobody held is theirs from now on."""
    flow, _, subject = str(session.answers.get("pick")).partition("_")
    if flow not in FLOWS:
        return
    if flow in ("callback", "task"):
        task = await tasks.by_id(turn.db, UUID(subject), lock=True)
        if task is not None and task.holder_id is None:
            await tasks.change(turn.db, task.id, holder_id=turn.contact.id)
    if not await STILL[flow](turn, subject):
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    turn.speech.forget()
    await steps.start(turn, flow, subject, rank=ALERT)


async def profile_of(turn: Turn, number: int) -> None:
    """PROFILE 2: the people of the second line of the queue; that it was seen is noted."""
    if not turn.has_role(*ROLES):
        turn.tell(NOT_YOURS)
        return
    lines = await waiting(turn)
    if not 1 <= number <= len(lines):
        turn.tell(
            say("phrase.queue_number", "Your queue has no such number. Write QUEUE to see it.")
        )
        return
    for contact_id in lines[number - 1].contacts:
        await profiles.show_contact(turn, contact_id)
