"""Introductions: asked for, looked at by a broker, answered by both sides, and only then told.

The states and what may follow what stand in `networks.introductions`. Until both said yes, nothing
but craft, a place wide enough and a reason is said to either; who said no is never told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from bot import alerts, in_charge, steps, suggestions
from bot.handlers import facts, outcome, still, told
from bot.messages import Wake
from bot.reasons import craft_label, flipped, sentence
from bot.speech import say
from bot.turn import Turn
from flows.light import altered
from flows.session import Session
from networks.introductions import OPEN, Refused, Side, Standing, after
from networks.joint_actions import ASKED_AFTER, SAFETY_AFTER
from storage import blocks, contacts, enterprises, introductions
from storage.enterprises import Enterprise
from storage.introductions import Introduction
from storage.matches import Match

A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Sides:
    """Both enterprises of an introduction, and who speaks for them."""

    asker: Enterprise
    other: Enterprise
    asker_contact: UUID | None
    other_contact: UUID | None

    def of(self, enterprise_id: UUID | None) -> Side | None:
        if enterprise_id == self.asker.id:
            return "asker"
        return "other" if enterprise_id == self.other.id else None

    def facing(self, side: Side) -> Enterprise:
        """The enterprise on the other side."""
        return self.other if side == "asker" else self.asker


async def sides_of(turn: Turn, introduction: Introduction) -> Sides:
    pair = (introduction.from_id, introduction.to_id)
    both = await enterprises.by_ids(turn.db, pair)
    speakers = await enterprises.speakers(turn.db, pair)
    asker, other = (both[one] for one in pair)
    return Sides(asker, other, speakers.get(asker.id), speakers.get(other.id))


def standing(introduction: Introduction) -> Standing:
    """The introduction as its table knows it."""
    answers: tuple[tuple[Side, str | None], ...] = (
        ("asker", introduction.from_answer),
        ("other", introduction.to_answer),
    )
    agreed = frozenset(side for side, answer in answers if answer not in (None, "no"))
    return Standing(introduction.state, agreed)  # type: ignore[arg-type]


async def propose(turn: Turn, mine: Enterprise, match: Match) -> bool:
    """Ask for an introduction: the brokers in charge who have room are asked first. False where it
    cannot be, is under way already, or the other is asked by enough this week."""
    if turn.contact.frozen_at is not None or await blocks.between(turn.db, mine.id, match.to_id):
        return False
    if match.to_id in await suggestions.much_asked(turn, [match.to_id]):
        return False
    made = await introductions.propose(
        turn.db,
        mine.id,
        match.to_id,
        turn.now,
        reasons=match.reasons,
        score=match.score,
        lapses_at=turn.now + turn.house.settings.policy.days.until_lapsed,
    )
    if made is None:
        return False
    sides = await sides_of(turn, made)
    turn.noted("asked", mine.pseudonym, sides.other.pseudonym, position=match.rank)
    without = [one for one in (sides.asker_contact, sides.other_contact) if one]
    at = [(one.country, one.region) for one in (sides.asker, sides.other)]
    await alerts.put(
        turn,
        "introduction",
        made.id,
        country=sides.asker.country,
        region=sides.asker.region,
        score=match.score,
        among=await _brokers(turn, at, without),
    )
    _later(turn, made, "introduction_lapses", turn.house.settings.policy.days.until_lapsed)
    return True


async def may_ask(turn: Turn, mine: Enterprise) -> bool:
    """Whether somebody asked to meet fewer this week than anybody may."""
    asked = await introductions.proposals_by_person(turn.db, mine.id, turn.now - A_WEEK)
    return asked < turn.house.settings.asks_a_week


async def _brokers(
    turn: Turn, at: Sequence[tuple[str | None, str | None]], without: Collection[UUID]
) -> list[UUID]:
    """Those in charge who can carry one more, women where one of the two wishes so; where none
    can, the coordinators."""
    people = await in_charge.of_areas(turn, at, without)
    people = await in_charge.wished(turn, people, without)
    return await in_charge.with_room(turn, people) or await in_charge.coordinators(turn, without)


def _later(turn: Turn, introduction: Introduction, what: str, wait: timedelta) -> None:
    wake = Wake(turn.contact.id, what=what, subject=str(introduction.id))
    turn.later(turn.now + wait, wake, what, introduction.id)


async def found(turn: Turn, subject: str | None, *, lock: bool = False) -> Introduction | None:
    """The introduction a session or a wake is about."""
    return await introductions.by_id(turn.db, UUID(subject), lock) if subject else None


# --- both sides ---------------------------------------------------------------------------------


@still("introduction")
async def still_asked(turn: Turn, subject: str) -> bool:
    introduction = await found(turn, subject)
    mine = await turn.enterprise()
    if introduction is None or mine is None or introduction.state not in ("approved", "accepted"):
        return False
    side = "asker" if mine.id == introduction.from_id else "other"
    return side not in standing(introduction).agreed


@facts("introduction")
async def of_introduction(turn: Turn, session: Session) -> Mapping[str, str]:
    """Craft, a place wide enough and a reason: nothing that says who it is."""
    introduction = await found(turn, session.subject)
    if introduction is None:
        return {}
    sides = await sides_of(turn, introduction)
    asks = session.answers.get("side") == "asker"
    facing = sides.other if asks else sides.asker
    place, level = await suggestions.whereabouts(turn, facing)
    await turn.learn_words()
    reasons = introduction.reasons if asks else flipped(introduction.reasons)
    broker = introduction.broker_id
    who = await contacts.by_id(turn.db, broker) if broker else None
    name = (who.name if who else None) or turn.house.settings.programme
    return {
        "craft": craft_label(turn, facing.craft),
        "place": place or turn.spoken(say("phrase.not_yet", "the town is told once both said yes")),
        "reason": turn.spoken(
            say("reason.why", "This workshop {reason}.", reason=sentence(turn, reasons, level))
        ),
        "broker": name,
        "meeting": turn.spoken(
            say("meeting.broker", "First meeting with {broker}.", broker=name)
            if await wishes_broker(turn, sides)
            else say("meeting.public", "First meeting in public.")
        ),
    }


@outcome("introduction")
async def answered(turn: Turn, session: Session) -> None:
    """A yes waits for the other's; a no ends it, and nobody is told whose it was."""
    introduction = await found(turn, session.subject, lock=True)
    mine = await turn.enterprise()
    if introduction is None or mine is None:
        return
    sides = await sides_of(turn, introduction)
    side = sides.of(mine.id)
    if side is None:
        return
    yes = session.answers.get("answer") == "yes"
    came = after(standing(introduction), "accept" if yes else "decline", side)
    if isinstance(came, Refused):
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    column = "from_answer" if side == "asker" else "to_answer"
    answer = str(session.answers.get("shows") or "bot") if yes else "no"
    await introductions.change(
        turn.db, introduction.id, turn.now, state=came.state, **{column: answer}
    )
    facing = sides.facing(side)
    turn.noted("accepted" if yes else "declined", mine.pseudonym, facing.pseudonym)
    if came.state == "connected":
        await _connect(turn, introduction, sides)
    elif not yes:
        end_for(turn, introduction, sides, "other" if side == "asker" else "asker")
        await steps.start(turn, "why_not", str(facing.id))


async def _connect(turn: Turn, introduction: Introduction, sides: Sides) -> None:
    await blocks.know(turn.db, sides.asker.id, sides.other.id, turn.now)
    turn.noted("connected", sides.asker.pseudonym, sides.other.pseudonym)
    for contact_id in (sides.asker_contact, sides.other_contact):
        if contact_id is not None:
            wake = Wake(contact_id, what="connected", subject=str(introduction.id))
            turn.wake(f"connected:{introduction.id}:{contact_id}", wake)
            _ask_afterwards(turn, introduction, contact_id)
    if introduction.broker_id is not None and await wishes_broker(turn, sides):
        wake = Wake(introduction.broker_id, what="meets_with_broker", subject=str(introduction.id))
        turn.wake(f"meets_with_broker:{introduction.id}", wake)


async def wishes_broker(turn: Turn, sides: Sides) -> bool:
    """Whether either of the two wishes the broker at the first meeting; not which is told."""
    pair = [one for one in (sides.asker_contact, sides.other_contact) if one]
    people = await contacts.by_ids(turn.db, pair)
    return any((one.wishes or {}).get("meeting") == "broker" for one in people.values())


def _ask_afterwards(turn: Turn, introduction: Introduction, contact_id: UUID) -> None:
    """Have one of two who were connected asked about their safety, and what came of it."""
    subject = str(introduction.id)
    asked = [(SAFETY_AFTER, Wake(contact_id, flow="safe", subject=subject))]
    for wait in ASKED_AFTER:
        given = {"after": str(wait.days)}
        asked.append((wait, Wake(contact_id, flow="useful", subject=subject, given=given)))
    for wait, wake in asked:
        about = turn.about(f"{wake.flow}.{wait.days}.{contact_id}", introduction.id)
        turn.later(turn.now + wait, wake, wake.flow, about)


# --- its end ------------------------------------------------------------------------------------


def end_for(turn: Turn, introduction: Introduction, sides: Sides, side: Side) -> None:
    """Have one side told that it did not come about, without a word on why: what was said of the
    other goes with it, so that it reads the same where the other is erased by then."""
    contact_id = sides.asker_contact if side == "asker" else sides.other_contact
    if contact_id is not None:
        facing = sides.facing(side)
        data = {name: getattr(facing, name) or "" for name in SAID}
        wake = Wake(contact_id, what="introduction_ended", subject=str(introduction.id), data=data)
        turn.wake(f"introduction_ended:{introduction.id}:{side}", wake)


SAID = ("craft", "country", "region", "place")
"""What a workshop is told by until both said yes, as far as it may be."""


@told("introduction_ended")
async def ended(turn: Turn, wake: Wake) -> None:
    introduction = await found(turn, wake.subject)
    mine = await turn.enterprise()
    if introduction is None or mine is None:
        return
    turn.agenda.drop("introduction", wake.subject)
    sides = await sides_of(turn, introduction)
    side = sides.of(mine.id) or "asker"
    known = {name: wake.data[name] or None for name in SAID if name in wake.data}
    facing = altered(sides.facing(side), **known)
    turn.purpose = "introduction_ended"
    place, _ = await suggestions.whereabouts(turn, facing)
    who = ", ".join(filter(None, (craft_label(turn, facing.craft), place)))
    answer = introduction.from_answer if side == "asker" else introduction.to_answer
    if introduction.state == "lapsed" and answer is None and introduction.broker_id:
        turn.tell(
            say(
                "phrase.lapsed_unanswered",
                "You were asked about an introduction ({who}). Seven days are over, so it lapsed.",
                who=who,
            )
        )
    elif introduction.state == "lapsed":
        turn.tell(
            say(
                "phrase.lapsed",
                "The introduction ({who}) did not come about in seven days, so it lapsed. "
                "Write PARTNERS to look again.",
                who=who,
            )
        )
    else:
        turn.tell(
            say(
                "phrase.not_come_about",
                "The introduction ({who}) did not come about. Write PARTNERS to look again.",
                who=who,
            )
        )


@told("introduction_lapses")
async def lapses(turn: Turn, wake: Wake) -> None:
    """After seven days without all the answers it is over, and both hear so."""
    introduction = await found(turn, wake.subject, lock=True)
    if introduction is None or introduction.state not in OPEN:
        return
    if introduction.lapses_at is None or introduction.lapses_at > turn.now:
        return
    came = after(standing(introduction), "lapse")
    if isinstance(came, Refused):
        return
    sides = await sides_of(turn, introduction)
    await introductions.change(turn.db, introduction.id, turn.now, state=came.state)
    await alerts.overtaken(turn, "introduction", introduction.id)
    turn.noted("lapsed", sides.asker.pseudonym, sides.other.pseudonym)
    end_for(turn, introduction, sides, "asker")
    if introduction.state != "proposed":
        end_for(turn, introduction, sides, "other")


async def withdraw(turn: Turn, introduction: Introduction) -> None:
    """End an open introduction because one side is no longer there or wants it no more."""
    came = after(standing(introduction), "withdraw")
    if isinstance(came, Refused):
        return
    await introductions.change(turn.db, introduction.id, turn.now, state=came.state)
    await alerts.overtaken(turn, "introduction", introduction.id)
    sides = await sides_of(turn, introduction)
    mine = await turn.enterprise()
    side = sides.of(mine.id if mine else None)
    if side == "other":
        end_for(turn, introduction, sides, "asker")
    elif introduction.state != "proposed":
        end_for(turn, introduction, sides, "other")


async def withdraw_all(turn: Turn, mine: Enterprise, with_: UUID | None = None) -> None:
    """`withdraw` every open introduction of an enterprise, or only that with another one."""
    for one in await introductions.of_enterprise(turn.db, mine.id):
        if one.state in OPEN and (with_ is None or with_ in (one.from_id, one.to_id)):
            await withdraw(turn, one)


async def possible(turn: Turn, mine: Enterprise, shown: Sequence[Match]) -> list[Match]:
    """Of the matches shown those an introduction may still be asked for."""
    left = []
    full = await suggestions.much_asked(turn, [match.to_id for match in shown])
    for match in shown:
        if match.to_id in full:
            continue
        if await introductions.between(turn.db, mine.id, match.to_id):
            continue
        if not await blocks.between(turn.db, mine.id, match.to_id):
            left.append(match)
    return left
