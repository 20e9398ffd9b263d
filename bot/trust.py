"""Between people who know each other: words passed on, NOT WITH, and REPORT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from bot import alerts, introductions, profiles, steps, tasks, verifying
from bot.commands import starts
from bot.handlers import facts, options, outcome, still, told
from bot.messages import Wake
from bot.reasons import craft_label
from bot.speech import say
from bot.suggestions import whereabouts
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from storage import blocks, contacts, enterprises, matches, networks, urns
from storage import introductions as kept
from storage import tasks as task_rows
from storage.enterprises import Enterprise


@dataclass(frozen=True)
class Known:
    """Somebody the contact may write to, by name."""

    contact_id: UUID
    name: str
    enterprise_id: UUID | None = None


async def partners_of(turn: Turn, *, apart: bool = False) -> list[Known]:
    """Those the contact's workshop was connected with or shares a network with, unless either
    wants no more of it; with `apart` these too."""
    mine = await turn.enterprise()
    if mine is None:
        return []
    known = []
    ids = [
        one
        for one in dict.fromkeys(
            [
                *await kept.connected_to(turn.db, mine.id),
                *await networks.fellows(turn.db, mine.id),
            ]
        )
        if apart or not await blocks.between(turn.db, mine.id, one)
    ]
    speakers = await enterprises.speakers(turn.db, ids)
    found = await contacts.by_ids(turn.db, list(speakers.values()))
    for one in ids:
        who = found.get(speakers[one]) if one in speakers else None
        if who is not None and who.erased_at is None:
            known.append(Known(who.id, who.name or "-", one))
    return known


async def helped_by(turn: Turn) -> list[Known]:
    """Those whose open task the contact holds: a broker may answer them here."""
    if not turn.has_role("broker", "confidant", "coordinator"):
        return []
    held = await task_rows.held_by(turn.db, turn.contact.id)
    found = await contacts.by_ids(turn.db, {task.contact_id for task in held})
    return [Known(who.id, who.name or "-") for who in found.values() if who.erased_at is None]


# --- words passed on ----------------------------------------------------------------------------


@starts("relay")
async def relay(turn: Turn, rest: str) -> None:
    """Write to somebody through the bot, numbers hidden."""
    if turn.contact.frozen_at is not None:
        turn.tell(
            say("phrase.frozen", "You can write to nobody until we have looked at something.")
        )
        return
    if not await writable(turn):
        turn.tell(say("phrase.nobody_known", "You are connected with nobody yet."))
        return
    await steps.start(turn, "relay")


async def writable(turn: Turn) -> list[Known]:
    known = [*await partners_of(turn), *await helped_by(turn), *await answerable(turn)]
    return list({one.contact_id: one for one in known}.values())


ANSWERED_BY = ("help", "complaint", "worry")
"""Kinds of task whose holder may be written to."""


async def answerable(turn: Turn) -> list[Known]:
    """The broker who holds what the contact asked for."""
    held = await task_rows.open_of(turn.db, turn.contact.id)
    holders = {t.holder_id for t in held if t.holder_id and t.kind in ANSWERED_BY}
    found = await contacts.by_ids(turn.db, holders)
    return [Known(who.id, who.name or "-") for who in found.values()]


@options("relay_people")
async def relay_people(turn: Turn, session: Session) -> tuple[Offer, ...]:
    known = await writable(turn)
    return tuple(Offer(str(one.contact_id), one.name, str(one.contact_id)) for one in known)


@outcome("relay")
async def passed_on(turn: Turn, session: Session) -> None:
    """Pass the words on, if the two may still write to each other."""
    to = str(session.answers.get("whom"))
    words = session.answers.get("words")
    allowed = {str(one.contact_id) for one in await writable(turn)}
    if to not in allowed or turn.contact.frozen_at is not None or not isinstance(words, str):
        turn.speech.forget()
        turn.tell(say("phrase.not_passed_on", "This cannot be passed on now."))
        return
    data = {"name": turn.contact.name or "-", "words": words, "from": str(turn.contact.id)}
    wake = Wake(UUID(to), what="passed_on", subject=str(turn.contact.id), data=data)
    turn.wake(f"relay:{turn.inbox_seq}:{to}", wake)
    turn.event("passed_on")


@told("passed_on")
async def received(turn: Turn, wake: Wake) -> None:
    """Somebody's words, with their name and what can be done about them."""
    turn.purpose = "passed_on"
    name, words = wake.data["name"], wake.data["words"]
    turn.tell(say("phrase.passed_on", "{name} writes: {words}", name=name, words=words))
    turn.tell(say("phrase.passed_on_how", "Write TELL to answer, or REPORT, or NOT WITH."))


@told("connected")
async def connected(turn: Turn, wake: Wake) -> None:
    """Both said yes: the other's name, and the address the other chose to show."""
    introduction = await introductions.found(turn, wake.subject)
    mine = await turn.enterprise()
    if introduction is None or mine is None or introduction.state != "connected":
        return
    sides = await introductions.sides_of(turn, introduction)
    asks = mine.id == introduction.from_id
    facing = sides.other if asks else sides.asker
    contact_id = sides.other_contact if asks else sides.asker_contact
    who = await contacts.by_id(turn.db, contact_id) if contact_id else None
    if who is None or await blocks.between(turn.db, mine.id, facing.id):
        return
    turn.purpose = "connected"
    turn.view("number", who.id)
    chose = introduction.to_answer if asks else introduction.from_answer
    address = await shown_address(turn, who.id) if chose == "number" else ""
    turn.tell(say("phrase.connected", "Good news: you both said yes."))
    turn.speech.add(profiles.brief(turn, who, facing))
    if address:
        turn.tell(
            say("phrase.connected_number", "You can reach them here: {address}", address=address)
        )
    else:
        turn.tell(say("phrase.connected_bot", "Write TELL and we pass your words on."))
    if "broker" in (meeting_of(turn.contact), meeting_of(who)) and introduction.broker_id:
        broker = await contacts.by_id(turn.db, introduction.broker_id)
        name = (broker.name if broker else None) or turn.house.settings.programme
        turn.tell(say("phrase.connected_broker", "{name} comes to your first meeting.", name=name))
    turn.tell(
        say(
            "phrase.connected_care",
            "Meet in a public place first. If anything is wrong, write REPORT or NOT WITH.",
        )
    )


def meeting_of(contact: contacts.Contact) -> str:
    """How somebody wishes to meet others first: any, public or broker; "any" where unsaid."""
    return str((contact.wishes or {}).get("meeting") or "any")


@told("meets_with_broker")
async def meets_with_broker(turn: Turn, wake: Wake) -> None:
    """Tell the broker that one of two wishes them at the first meeting, not which."""
    introduction = await introductions.found(turn, wake.subject)
    if introduction is None or introduction.state != "connected":
        return
    sides = await introductions.sides_of(turn, introduction)
    names = []
    for enterprise, contact_id in (
        (sides.asker, sides.asker_contact),
        (sides.other, sides.other_contact),
    ):
        who = await contacts.by_id(turn.db, contact_id) if contact_id else None
        names.append(profiles.name_of(turn, who, enterprise))
    turn.purpose = "meets_with_broker"
    turn.view("introduction", introduction.id)
    turn.tell(
        say(
            "phrase.meets_with_broker",
            "{asker} and {other} wish you at their first meeting. Please arrange it with both.",
            asker=names[0],
            other=names[1],
        )
    )


async def shown_address(turn: Turn, contact_id: UUID) -> str:
    """A number somebody can write to; empty where the person has none to show."""
    for scheme in ("tel", "whatsapp", "phone"):
        for urn in await urns.of(turn.db, contact_id):
            if urn.scheme == scheme and urn.path and "." not in urn.path:
                return urn.path
    return ""


# --- NOT WITH -----------------------------------------------------------------------------------


@starts("not_with")
async def not_with(turn: Turn, rest: str) -> None:
    """Keep apart from somebody, for ever and silently."""
    if not await met(turn):
        turn.tell(say("phrase.nobody_met", "So far you have been shown nobody."))
        return
    await steps.start(turn, "not_with")


async def met(turn: Turn) -> list[tuple[Enterprise, str]]:
    """The workshops the contact was connected with, is asked about, was shown last or knows here,
    each by what the contact knows of it."""
    mine = await turn.enterprise()
    if mine is None:
        return []
    names = {one.enterprise_id: one.name for one in await partners_of(turn)}
    ids = [one for one in names if one]
    ids += [
        one.to_id if one.from_id == mine.id else one.from_id
        for one in await kept.of_enterprise(turn.db, mine.id)
        if one.from_id == mine.id or one.state in ("approved", "accepted")
    ]
    ids += [match.to_id for match in await matches.latest(turn.db, mine.id, "partner")]
    ids += await blocks.known_to(turn.db, mine.id)
    found = await enterprises.by_ids(turn.db, ids)
    known = []
    for one in dict.fromkeys(ids):
        other = found.get(one)
        if other is None or await blocks.between(turn.db, mine.id, one):
            continue
        place, _ = await whereabouts(turn, other)
        craft = ", ".join(filter(None, (craft_label(turn, other.craft), place)))
        known.append((other, f"{names[one]} ({craft})" if one in names else craft))
    return known


@options("known_enterprises")
async def known_enterprises(turn: Turn, session: Session) -> tuple[Offer, ...]:
    return tuple(Offer(str(one.id), label, str(one.id)) for one, label in await met(turn))


@outcome("not_with")
async def kept_apart(turn: Turn, session: Session) -> None:
    mine = await turn.enterprise()
    if mine is None:
        return
    other = UUID(str(session.answers.get("whom")))
    await blocks.block(turn.db, mine.id, other, turn.now)
    await introductions.withdraw_all(turn, mine, other)


# --- REPORT -------------------------------------------------------------------------------------


@starts("report")
async def report(turn: Turn, rest: str) -> None:
    """Say what somebody did; they can write to nobody until a coordinator has looked."""
    if not await reportable(turn) and not await verifying.pointed(turn):
        turn.tell(
            say(
                "phrase.nobody_to_report", "You are connected with nobody here. Write HELP instead."
            )
        )
        return
    await steps.start(turn, "report")


@options("known_people")
async def known_people(turn: Turn, session: Session) -> tuple[Offer, ...]:
    known = [(str(one.contact_id), one.name) for one in await reportable(turn)]
    known += [(str(one.id), one.name) for one in await verifying.pointed(turn)]
    return tuple(Offer(whom, name, whom) for whom, name in known)


async def reportable(turn: Turn) -> list[Known]:
    """All the contact ever dealt with: nobody gets away by NOT WITH, by whomever it was said."""
    return await partners_of(turn, apart=True)


@outcome("report")
async def reported(turn: Turn, session: Session) -> None:
    """Freeze the reported person's sending, or withdraw the provider, and ask a coordinator."""
    whom = UUID(str(session.answers.get("whom")))
    words = session.answers.get("words")
    for one in await verifying.pointed(turn):
        if one.id == whom:
            await verifying.reported(turn, one, words if isinstance(words, str) else "")
    if whom not in {one.contact_id for one in await reportable(turn)}:
        return
    turn.wake(f"freeze:{turn.inbox_seq}:{whom}", Wake(whom, what="freeze"))
    await tasks.give(
        turn, "review", words=words if isinstance(words, str) else None, subject_id=whom
    )
    turn.event("reported")


@told("freeze")
async def freeze(turn: Turn, wake: Wake) -> None:
    """Silently: the reported person is told nothing, and what they had begun with others ends."""
    if turn.contact.frozen_at is not None:
        return
    turn.change(frozen_at=turn.now)
    mine = await turn.enterprise()
    if mine is not None:
        await introductions.withdraw_all(turn, mine)
    await verifying.withdraw_of(turn)


@told("release")
async def release(turn: Turn, wake: Wake) -> None:
    turn.change(frozen_at=None)


@still("review")
async def still_to_review(turn: Turn, subject: str) -> bool:
    task = await task_rows.by_id(turn.db, UUID(subject))
    return task is not None and task.state == "open" and turn.has_role("coordinator")


@facts("review")
async def of_review(turn: Turn, session: Session) -> Mapping[str, str]:
    task = await task_rows.by_id(turn.db, UUID(session.subject or ""))
    who = await contacts.by_id(turn.db, task.subject_id) if task and task.subject_id else None
    if task is None or who is None:
        return {"who": "-", "words": ""}
    turn.view("profile", who.id)
    return {"who": await profiles.short(turn, who), "words": task.words or ""}


@outcome("review")
async def reviewed(turn: Turn, session: Session) -> None:
    task = await task_rows.by_id(turn.db, UUID(session.subject or ""), lock=True)
    if task is None or task.state != "open" or task.subject_id is None:
        return
    await task_rows.done(turn.db, task.id, turn.now)
    await alerts.answered(turn, "report", task.id)
    if session.answers.get("answer") == "release":
        turn.wake(f"release:{task.id}", Wake(task.subject_id, what="release"))
