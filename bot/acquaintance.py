"""People who know each other say so here: one gives a code, the other writes it.

Neither a name nor a number is looked up: the code went from hand to hand, so both have agreed."""

from __future__ import annotations

from uuid import UUID

from bot import artisans, handshakes, suggestions
from bot.commands import command
from bot.handlers import told
from bot.messages import Wake
from bot.reasons import craft_label
from bot.speech import say
from bot.turn import Turn
from storage import blocks, enterprises, invitations
from storage import handshakes as kept
from storage.enterprises import Enterprise


@command("command.know", "know, i know", takes="code")
async def know(turn: Turn, rest: str) -> None:
    """With somebody's code: know them here; alone: one's own code."""
    mine = await turn.enterprise()
    code = "".join(filter(str.isdigit, rest))
    if mine is None:
        turn.tell(artisans.NO_WORKSHOP)
    elif not code:
        await handshakes.tell_code(turn, mine)
    elif await invitations.exhausted(turn.db, _address(turn), turn.now):
        turn.tell(say("phrase.code_limit", "Those were too many codes. Please try in an hour."))
    else:
        await _written(turn, mine, int(code))


def _address(turn: Turn) -> str:
    return (turn.urn.address if turn.urn else None) or ""


async def _written(turn: Turn, mine: Enterprise, code: int) -> None:
    """A code that opens nothing, one's own and that of somebody kept apart are all the same."""
    other_id = await kept.whose(turn.db, code)
    other = await enterprises.by_id(turn.db, other_id) if other_id else None
    if (
        other is None
        or other.id == mine.id
        or other.erased_at is not None
        or await blocks.between(turn.db, mine.id, other.id)
    ):
        await invitations.guessed(turn.db, _address(turn), turn.now)
        turn.tell(say("phrase.know_wrong", "Nobody here has this code. Please look at it again."))
        return
    new = other.id not in await blocks.known_to(turn.db, mine.id)
    await blocks.know(turn.db, mine.id, other.id, turn.now)
    who = await _described(turn, other)
    turn.tell(say("phrase.know_done", "Done. You know each other here: {who}.", who=who))
    if new:
        speaker = await enterprises.speaker(turn.db, other.id)
        if speaker is not None:
            wake = Wake(speaker, what="known_now", subject=str(mine.id))
            turn.wake(f"known:{other.id}:{mine.id}", wake)
        await _look(turn, mine)


@told("known_now")
async def known_now(turn: Turn, wake: Wake) -> None:
    """Somebody wrote the code they were given."""
    mine, other = await turn.enterprise(), await enterprises.by_id(turn.db, UUID(wake.subject))
    if mine is None or other is None or await blocks.between(turn.db, mine.id, other.id):
        return
    turn.purpose = "known_now"
    turn.tell(
        say(
            "phrase.known_now",
            "Somebody wrote your code, so you know each other here: {who}. "
            "If that is wrong, write NOT WITH.",
            who=await _described(turn, other),
        )
    )
    await _look(turn, mine)


async def _look(turn: Turn, mine: Enterprise) -> None:
    """Who works only with people they know may be shown somebody now."""
    if mine.willing == "known" and await suggestions.find_partners(turn, mine):
        await artisans.tell_partners(turn, mine)


async def _described(turn: Turn, other: Enterprise) -> str:
    place, _ = await suggestions.whereabouts(turn, other)
    return ", ".join(filter(None, (craft_label(turn, other.craft), place)))
