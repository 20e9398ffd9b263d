"""What a broker says to an introduction that somebody asked for: one screen, one digit.

Names and places of both are shown, numbers never; that they were seen is written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import profiles, steps
from bot.agenda import ALERT
from bot.handlers import facts, outcome, still
from bot.hours import today
from bot.introductions import LAPSES_AFTER, approval, end_for, found, sides_of, standing
from bot.messages import Wake
from bot.reasons import between
from bot.speech import dated, say
from bot.trust import shown_address
from bot.turn import Turn
from flows.session import Session
from networks.introductions import Refused, Side, after
from storage import contacts, introductions
from storage.enterprises import Enterprise
from storage.introductions import Introduction


@still("approval")
async def still_proposed(turn: Turn, subject: str) -> bool:
    introduction = await found(turn, subject)
    return (
        introduction is not None
        and introduction.state == "proposed"
        and turn.has_role("broker", "coordinator")
    )


@facts("approval")
async def of_approval(turn: Turn, session: Session) -> Mapping[str, str]:
    """Names and places of both, never a number; that they were seen is written down."""
    introduction = await found(turn, session.subject)
    if introduction is None:
        return {}
    sides = await sides_of(turn, introduction)
    turn.view("introduction", introduction.id)
    since = dated(today(turn.zone, introduction.created_at), turn.language)
    return {
        "asker": await _named(turn, sides.asker, sides.asker_contact),
        "other": await _named(turn, sides.other, sides.other_contact),
        "reasons": between(turn, introduction.reasons),
        "waiting": turn.spoken(say("phrase.since", "since {day}", day=since)),
    }


async def _named(turn: Turn, one: Enterprise, contact_id: UUID | None) -> str:
    who = await contacts.by_id(turn.db, contact_id) if contact_id else None
    return profiles.brief(turn, who, one)


@outcome("approval")
async def looked_at(turn: Turn, session: Session) -> None:
    """The first answer counts; whoever comes second is told who took it."""
    introduction = await found(turn, session.subject, lock=True)
    if introduction is None:
        return
    if introduction.state != "proposed":
        await _taken(turn, introduction)
        return
    match session.answers.get("answer"):
        case "approve":
            await _approve(turn, introduction)
        case "decline":
            await _refuse(turn, introduction, str(session.answers.get("why") or ""))
        case "snooze":
            tomorrow = turn.now + timedelta(days=1)
            await introductions.change(turn.db, introduction.id, turn.now, snoozed_until=tomorrow)
            wake = approval(turn.contact.id, introduction.id)
            about = turn.about("approval", introduction.id)
            turn.later(tomorrow, wake, "approval_snoozed", about)
        case _:
            sides = await sides_of(turn, introduction)
            for contact_id in (sides.asker_contact, sides.other_contact):
                if contact_id is not None:
                    await profiles.show_contact(turn, contact_id)
            await steps.start(turn, "approval", session.subject, rank=ALERT)


async def _taken(turn: Turn, introduction: Introduction) -> None:
    turn.speech.forget()
    by = introduction.broker_id
    who = await contacts.by_id(turn.db, by) if by and by != turn.contact.id else None
    if who is not None:
        turn.tell(say("phrase.taken_by", "This was taken by {name}.", name=who.name or "-"))
    else:
        turn.tell(say("phrase.ended", "This has ended already."))


async def _approve(turn: Turn, introduction: Introduction) -> None:
    came = after(standing(introduction), "approve")
    if isinstance(came, Refused):
        return
    sides = await sides_of(turn, introduction)
    lapses_at = turn.now + LAPSES_AFTER
    await introductions.change(
        turn.db,
        introduction.id,
        turn.now,
        state=came.state,
        broker_id=turn.contact.id,
        lapses_at=lapses_at,
    )
    turn.noted("approved", sides.asker.pseudonym, sides.other.pseudonym)
    asked: tuple[tuple[Side, UUID | None], ...] = (
        ("asker", sides.asker_contact),
        ("other", sides.other_contact),
    )
    for side, contact_id in asked:
        if contact_id is not None:
            given: dict[str, str] = {"side": side}
            if not await shown_address(turn, contact_id):
                given["shows"] = "bot"  # who has no number is not asked whether to show it
            wake = Wake(
                contact_id,
                flow="introduction",
                subject=str(introduction.id),
                given=given,
                rank=ALERT,
            )
            turn.wake(f"introduction:{introduction.id}:{side}", wake)
    if sides.asker_contact is not None:
        lapse = Wake(sides.asker_contact, what="introduction_lapses", subject=str(introduction.id))
        turn.later(lapses_at, lapse, "introduction_lapses", introduction.id)


async def _refuse(turn: Turn, introduction: Introduction, why: str) -> None:
    came = after(standing(introduction), "refuse")
    if isinstance(came, Refused):
        return
    sides = await sides_of(turn, introduction)
    await introductions.change(
        turn.db,
        introduction.id,
        turn.now,
        state=came.state,
        broker_id=turn.contact.id,
        declined_why=why or None,
    )
    turn.noted("refused", sides.asker.pseudonym, sides.other.pseudonym)
    end_for(turn, introduction, "asker", sides.asker_contact)
