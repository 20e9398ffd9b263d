"""After two were connected: whether anything was wrong, and what came of it.

After seven days each is asked in private; a worry reaches somebody outside the broker's line.
After 30 and 90 days each is asked what the two did together, and the broker confirms a tenth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import introductions, profiles, tasks
from bot.agenda import ALERT
from bot.handlers import facts, outcome, still
from bot.messages import Wake
from bot.reasons import option_label
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from networks.joint_actions import ASKED_AFTER, is_checked
from storage import contacts, enterprises
from storage import joint_actions as rows


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
        wake = Wake(introduction.broker_id, flow="confirm", subject=str(said.id), rank=ALERT)
        turn.wake(f"confirm:{said.id}", wake)


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
    sides = await introductions.sides_of(turn, introduction)
    turn.view("introduction", introduction.id)
    pair = [(sides.asker, sides.asker_contact), (sides.other, sides.other_contact)]
    if found.who != sides.asker.pseudonym:
        pair.reverse()
    names = []
    for enterprise, contact_id in pair:
        who = await contacts.by_id(turn.db, contact_id) if contact_id else None
        names.append(profiles.name_of(turn, who, enterprise))
    what = option_label(turn, "useful", "kind", found.kind)
    if found.words:
        what = f"{what}: “{found.words}”"
    return {"who": names[0], "whom": names[1], "what": what}


@outcome("confirm")
async def confirmed(turn: Turn, session: Session) -> None:
    answer = str(session.answers.get("answer"))
    action_id = UUID(session.subject or "")
    if answer == "later":
        wake = Wake(turn.contact.id, flow="confirm", subject=str(action_id), rank=ALERT)
        about = turn.about("confirm", action_id)
        turn.later(turn.now + timedelta(days=3), wake, "confirm_later", about)
    elif not await rows.do(turn.db, action_id, answer, turn.now):
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
