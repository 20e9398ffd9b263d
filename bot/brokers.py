"""What brokers (and coordinators, for areas without one) may say: one function a command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from bot import afterwards, alerts, group_words, introductions, profiles, steps, verifying, warnings
from bot.agenda import ALERT
from bot.alerts import FLOWS as FLOW_OF
from bot.commands import NOT_YOURS, starts
from bot.handlers import STILL, options, outcome
from bot.speech import say
from bot.tasks import ALERT_OF, CONFIDED, flow_of
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from networks.workload import worth
from storage import alerts as kept_alerts
from storage import contacts, enterprises, proposals, providers, roles, tasks
from storage import introductions as kept
from storage.alerts import Alert

ROLES = ("broker", "confidant", "coordinator")
HEARD_BY = {"review": ("coordinator",), verifying.REPORTED: ()} | dict.fromkeys(
    CONFIDED, ("confidant", "coordinator")
)
"""Kinds of task that not every role hears of."""
FLOWS = (
    "approval",
    "callback",
    "check",
    "concern",
    "confirm",
    "proposal",
    "review",
    "task",
    "warning",
)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for an answer: the flow that asks it, about whom, in a few words, and
    what it is worth to be looked at now."""

    flow: str
    subject: str
    contacts: tuple[UUID, ...]
    label: str
    worth: float = 0.0


@starts("queue", roles=ROLES)
async def queue(turn: Turn, rest: str) -> None:
    """All that waits, worth most first, and how much the broker carries; a number opens it."""
    if turn.has_role("broker"):
        turn.speech.add("\n".join(await load_of(turn, turn.contact.id)))
    if not await waiting(turn):
        turn.tell(say("phrase.queue_empty", "Nothing waits for you now."))
        return
    await steps.start(turn, "queue")


async def load_of(turn: Turn, broker: UUID) -> list[str]:
    """What a broker carries, and how much it may be."""
    limits = turn.house.settings.policy.limits
    groups = (await alerts.groups_held(turn, [broker]))[broker]
    waits = (await kept_alerts.loads(turn.db, [broker]))[broker]
    return [
        turn.spoken(
            say("load.groups", "Groups: {count} of {most}", count=groups, most=limits.groups)
        ),
        turn.spoken(
            say("load.waiting", "Waiting: {count} of {most}", count=waits, most=limits.queue)
        ),
    ]


async def waiting(turn: Turn) -> list[Waiting]:
    """What waits for the contact, worth most first."""
    found: dict[UUID, Waiting] = {}
    for role in turn.roles:
        if role.role not in ROLES:
            continue
        area = await roles.area_of(turn.db, role)
        holder = turn.contact.id
        if role.role != "confidant":
            for one in await kept.queue(turn.db, area, turn.now, holder):
                value = worth("introduction", one.created_at, turn.now, one.score or 0.0)
                found.setdefault(one.id, replace(await _introduction(turn, one), worth=value))
        for task in await tasks.queue(turn.db, area, turn.now, holder):
            heard_by = HEARD_BY.get(task.kind, ("broker", "coordinator"))
            if task.kind != "question" and role.role in heard_by:
                value = worth(ALERT_OF.get(task.kind, task.kind), task.created_at, turn.now)
                found.setdefault(task.id, replace(await _task(turn, task), worth=value))
        for alert in await kept_alerts.held_by(turn.db, holder, turn.now, area):
            if alert.subject_id in found or alert.kind in alerts.OF_TASKS:
                continue
            if await STILL[FLOW_OF[alert.kind]](turn, alerts.subject_of(alert)):
                line = await _alerted(turn, alert)
                found[alert.subject_id] = replace(line, worth=alerts.worth_of(turn, alert))
    return sorted(found.values(), key=lambda one: (-one.worth, one.subject))


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
    return Waiting("approval", str(one.id), speakers, turn.spoken(label))


async def _alerted(turn: Turn, alert: Alert) -> Waiting:
    if alert.kind == "introduction":
        one = await kept.by_id(turn.db, alert.subject_id)
        if one is not None:
            return await _introduction(turn, one)
    if FLOW_OF[alert.kind] == "warning":
        what = await warnings.words(turn, alert.kind, alert.subject_id)
        return Waiting("warning", alerts.subject_of(alert), (), what)
    if FLOW_OF[alert.kind] == "check":
        provider = await providers.by_id(turn.db, alert.subject_id)
        name = provider.name if provider else "-"
        label = say("queue.check", "To be checked: {name}", name=name)
        return Waiting("check", str(alert.subject_id), (), turn.spoken(label))
    if alert.kind == "confirm":
        (who, whom), speakers = await afterwards.the_two(turn, alert.subject_id)
        label = say("queue.confirm", "Done together? {who} and {whom}", who=who, whom=whom)
        return Waiting("confirm", str(alert.subject_id), tuple(speakers), turn.spoken(label))
    return await _proposal(turn, alert.subject_id)


async def _proposal(turn: Turn, proposal_id: UUID) -> Waiting:
    states = await proposals.firms_of(turn.db, proposal_id)
    firms = [firm for firm, state in states.items() if state == "suggested"]
    what = await group_words.gist(turn, firms)
    label = say("queue.proposal", "A group of {count}: {what}", count=len(firms), what=what)
    speakers = await enterprises.speakers(turn.db, firms)
    return Waiting("proposal", str(proposal_id), tuple(speakers.values()), turn.spoken(label))


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
    return Waiting(flow_of(task), str(task.id), (whom,), turn.spoken(label))


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
