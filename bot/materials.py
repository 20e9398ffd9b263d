"""Which material somebody means to whom materials cost too much: only who names one can be
brought together with others to buy it."""

from __future__ import annotations

from uuid import UUID

from bot import steps
from bot.handlers import outcome, still
from bot.turn import Turn
from flows.session import Session
from matching.topics import topic_of
from storage import enterprises, needs
from storage.enterprises import Enterprise
from storage.needs import Need


def is_missing(mine: Enterprise, need: Need | None) -> bool:
    """Whether a need is of a material that was not named, nor known from the profile."""
    return (
        need is not None
        and need.category == "inputs"
        and need.topic is None
        and "inputs" not in mine.profile
    )


async def ask(turn: Turn, mine: Enterprise, need: Need | None) -> None:
    """Ask it, if it is not known."""
    if need is not None and is_missing(mine, need):
        await steps.start(turn, "material", str(need.id))


@still("material")
async def still_asked(turn: Turn, subject: str) -> bool:
    need, mine = await needs.by_id(turn.db, UUID(subject)), await turn.enterprise()
    return mine is not None and is_missing(mine, need)


@outcome("material")
async def named(turn: Turn, session: Session) -> None:
    """Keep it with the need, and as what the workshop buys."""
    words, mine = session.answers.get("material"), await turn.enterprise()
    need = await needs.by_id(turn.db, UUID(session.subject or ""))
    if mine is None or need is None or not isinstance(words, str):
        return
    said = f"{need.words}: {words}" if need.words else words
    topic = topic_of(need.category, words, turn.contact.language)
    await needs.tell_topic(turn.db, need.id, said, topic, turn.now)
    await enterprises.change(turn.db, mine.id, turn.now, profile={**mine.profile, "inputs": words})
    turn.forget_enterprise()
