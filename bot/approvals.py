"""What a broker says to an introduction that somebody asked for: one screen, one digit.

Names and places of both are shown, numbers never; that they were seen is written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import alerts, profiles, questions, steps
from bot.agenda import ALERT
from bot.handlers import facts, options, outcome, still
from bot.hours import today
from bot.introductions import end_for, found, sides_of, standing
from bot.messages import Wake
from bot.reasons import between
from bot.speech import dated, say
from bot.trust import shown_address
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
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
    await turn.learn_words()
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
    if introduction is None or alerts.lost_role(turn):
        return
    if introduction.state != "proposed":
        await alerts.tell_taken(turn, introduction.broker_id)
        return
    match session.answers.get("answer"):
        case "approve":
            await _approve(turn, introduction)
        case "decline":
            await _refuse(turn, introduction, str(session.answers.get("why") or ""))
        case "snooze":
            tomorrow = turn.now + timedelta(days=1)
            await introductions.change(turn.db, introduction.id, turn.now, snoozed_until=tomorrow)
            await alerts.snoozed(turn, "introduction", introduction.id)
        case "hand_over":
            if not await alerts.handed_over(turn, "introduction", introduction.id):
                turn.speech.forget()
                turn.tell(say("phrase.nobody_else", "There is nobody else yet. It stays with you."))
                await alerts.snoozed(turn, "introduction", introduction.id)
        case "ask":
            whom = UUID(str(session.answers.get("whom")))
            sides = await sides_of(turn, introduction)
            if whom in (sides.asker_contact, sides.other_contact):
                await questions.ask(turn, whom, str(session.answers.get("words") or ""))
            await steps.start(turn, "approval", session.subject, rank=ALERT)
        case _:
            sides = await sides_of(turn, introduction)
            for contact_id in (sides.asker_contact, sides.other_contact):
                if contact_id is not None:
                    await profiles.show_contact(turn, contact_id)
            await steps.start(turn, "approval", session.subject, rank=ALERT)


@options("approval_people")
async def both(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """The two, by name."""
    introduction = await found(turn, session.subject)
    if introduction is None:
        return ()
    sides = await sides_of(turn, introduction)
    pairs = ((sides.asker_contact, sides.asker), (sides.other_contact, sides.other))
    people = await contacts.by_ids(turn.db, [who for who, _ in pairs if who])
    return tuple(
        Offer(str(who), profiles.name_of(turn, people.get(who), one), str(who))
        for who, one in pairs
        if who is not None
    )


async def _approve(turn: Turn, introduction: Introduction) -> None:
    came = after(standing(introduction), "approve")
    if isinstance(came, Refused):
        return
    sides = await sides_of(turn, introduction)
    lapses_at = turn.now + turn.house.settings.policy.days.until_lapsed
    await introductions.change(
        turn.db,
        introduction.id,
        turn.now,
        state=came.state,
        broker_id=turn.contact.id,
        lapses_at=lapses_at,
    )
    await alerts.answered(turn, "introduction", introduction.id)
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
    await alerts.answered(turn, "introduction", introduction.id)
    turn.noted("refused", sides.asker.pseudonym, sides.other.pseudonym)
    end_for(turn, introduction, sides, "asker")
