"""Files that came with a message, where they are not simply the answer: albums, and what we could
not take."""

from __future__ import annotations

from bot import steps
from bot.messages import read_incoming
from bot.speech import say
from bot.turn import Turn
from storage import inbox


async def is_rest_of_album(turn: Turn) -> bool:
    """Whether an earlier photo of the same album has been answered already: ten photos sent at
    once get one answer, not ten."""
    incoming = turn.incoming
    if not incoming.album or incoming.text or turn.inbox_seq is None:
        return False
    before = await inbox.before(turn.db, turn.inbox_seq)
    return bool(before) and read_incoming(before or {}).album == incoming.album


async def not_taken(turn: Turn) -> bool:
    """Say so where all that came is a file we could not take, and ask again."""
    incoming = turn.incoming
    if not incoming.attachments or incoming.text or any(one.id for one in incoming.attachments):
        return False
    turn.tell(
        say(
            "phrase.not_taken",
            "I could not take that in. Write it in words, or send a photo or a voice message.",
        )
    )
    await steps.ask_again(turn)
    return True
