"""A message whose words were changed after it was sent corrects what it answered, while nothing
came after it."""

from __future__ import annotations

from bot import steps
from bot.speech import say
from bot.turn import Turn


async def comes_too_late(turn: Turn) -> bool:
    """Whether a changed message cannot be an answer any more, which is said.

    Where it is still the last one, the answer it gave is taken back, so that it is read anew."""
    edited, active = turn.incoming.edits, turn.agenda.active
    if not edited or not turn.known:
        return False
    by = (active.asked or {}).get("by", {}) if active else {}
    if by.get("message") == edited:
        if by.get("answered"):
            await steps.take_back(turn)
        return False
    turn.tell(
        say(
            "phrase.edited_late",
            "You changed a message that was answered before. What you wrote first counts.",
        )
    )
    await steps.ask_again(turn)
    return True
