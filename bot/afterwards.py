"""After two were connected: whether anything was wrong, and what came of it.

After seven days each is asked in private; a worry reaches somebody outside the broker's line.
After 30 and 90 days each is asked what the two did together, and the broker confirms a tenth."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from bot import alerts, introductions, profiles, tasks
from bot.handlers import facts, outcome, still
from bot.reasons import option_label
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from networks.joint_actions import ASKED_AFTER, is_checked
from networks.machine import Refused
from storage import contacts, enterprises
from storage import joint_actions as rows
from storage.joint_actions import JointAction

ASKED_AGAIN = 3
"""Days after which who said "later" is asked again."""


async def _still_connected(turn: Turn, subject: str) -> bool:
    introduction = await introductions.found(turn, subject)
    return introduction is not None and introduction.state == "connected"


# --- whether anything was wrong -----------------------------------------------------------------


@still("safe")
async def still_to_ask(turn: Turn, subject: str) -> bool:
    return await _still_connected(turn, subject)


@outcome("safe")
async def was_safe(turn: Turn, session: Session) -> None:
    """A worry goes to somebody outside the broker's line; the other side hears nothing of it."""
    if session.answers.get("wrong") != "yes":
        return
    words = session.answers.get("words")
    await tasks.confide(turn, "worry", words if isinstance(words, str) else "")


# --- what came of it ----------------------------------------------------------------------------


@still("useful")
async def still_of_use(turn: Turn, subject: str) -> bool:
    return await _still_connected(turn, subject)


@outcome("useful")
async def was_useful(turn: Turn, session: Session) -> None:
    """What they did is kept, and for matching that it was of use; a no says nothing of the
    other. A tenth of what is said is put to the broker, whoever says it."""
    mine = await turn.enterprise()
    introduction = await introductions.found(turn, session.subject)
    if mine is None or introduction is None:
        return
    if mine.id not in (introduction.from_id, introduction.to_id):
        return
    theirs = introduction.to_id if mine.id == introduction.from_id else introduction.from_id
    other = await enterprises.by_id(turn.db, theirs)
    if other is None:
        return
    useful = session.answers.get("useful") == "yes"
    words = session.answers.get("words")
    said = await rows.report(
        turn.db,
        introduction.id,
        turn.now,
        who=mine.pseudonym,
        whom=other.pseudonym,
        kind=str(session.answers.get("kind")) if useful else "none",
        words=words if isinstance(words, str) else None,
        asked_after=int(str(session.answers.get("after") or ASKED_AFTER[0].days)),
        broker_id=introduction.broker_id,
    )
    if said is None or not useful:
        return
    turn.noted("useful", mine.pseudonym, other.pseudonym)
    if introduction.broker_id is not None and is_checked(str(said.id)):
        await alerts.put(turn, "confirm", said.id, holder=introduction.broker_id)


# --- the broker's word --------------------------------------------------------------------------


@still("confirm")
async def still_unconfirmed(turn: Turn, subject: str) -> bool:
    found = await rows.by_id(turn.db, UUID(subject))
    return (
        found is not None
        and found.state in ("reported", "agreed")
        and turn.has_role("broker", "coordinator")
    )


@facts("confirm")
async def of_confirm(turn: Turn, session: Session) -> Mapping[str, str]:
    found = await rows.by_id(turn.db, UUID(session.subject or ""))
    introduction = await introductions.found(turn, str(found.introduction_id)) if found else None
    if found is None or introduction is None:
        return {}
    turn.view("introduction", introduction.id)
    names = await _named(turn, found, await introductions.sides_of(turn, introduction))
    what = option_label(turn, "useful", "kind", found.kind)
    if found.words:
        what = f"{what}: “{found.words}”"
    return {"who": names[0], "whom": names[1], "what": what}


async def the_two(turn: Turn, action_id: UUID) -> tuple[list[str], list[UUID]]:
    """The names of who told of something done together and of the other, and whom to ask of it."""
    found = await rows.by_id(turn.db, action_id)
    introduction = await introductions.found(turn, str(found.introduction_id)) if found else None
    if found is None or introduction is None:
        return ["-", "-"], []
    sides = await introductions.sides_of(turn, introduction)
    speakers = [one for one in (sides.asker_contact, sides.other_contact) if one is not None]
    return await _named(turn, found, sides), speakers


async def _named(turn: Turn, said: JointAction, sides: introductions.Sides) -> list[str]:
    """Who told of it, and the other."""
    pair = [(sides.asker, sides.asker_contact), (sides.other, sides.other_contact)]
    if said.who != sides.asker.pseudonym:
        pair.reverse()
    names = []
    for enterprise, contact_id in pair:
        who = await contacts.by_id(turn.db, contact_id) if contact_id else None
        names.append(profiles.name_of(turn, who, enterprise))
    return names


@outcome("confirm")
async def confirmed(turn: Turn, session: Session) -> None:
    answer = str(session.answers.get("answer"))
    action_id = UUID(session.subject or "")
    if answer == "later":
        await alerts.snoozed(turn, "confirm", action_id, days=ASKED_AGAIN)
    elif isinstance(await rows.do(turn.db, action_id, answer, turn.now), Refused):
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
    else:
        await alerts.answered(turn, "confirm", action_id)
