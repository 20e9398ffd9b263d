"""Telling somebody the code by which people who know them find them here."""

from __future__ import annotations

from bot.speech import say
from bot.turn import Turn
from storage import handshakes
from storage.enterprises import Enterprise


async def tell_code(turn: Turn, mine: Enterprise) -> None:
    """Say the code and what to do with it; to who works only with people they know, why."""
    await turn.settle()
    code = await handshakes.code_of(turn.db, mine.id, turn.now)
    if mine.willing == "known":
        turn.tell(say("phrase.know_only", "We show you only people you know."))
    turn.tell(
        say(
            "phrase.know_code",
            "Give your code to people you know. Whoever is registered writes: KNOW {code}",
            code=code,
        )
    )
