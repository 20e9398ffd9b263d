"""Who comes back after long is greeted and told where they were; what they say still counts.

A number, a tap or a word that answers the open question answers it, however late. What is only a
greeting, or is not understood, brings the question once more and no reproach."""

from __future__ import annotations

from datetime import timedelta

from bot import steps
from bot.speech import say
from bot.turn import Turn
from flows.understand import opening
from flows.understand.choices import pick
from flows.values import Clear, Said

LONG = timedelta(days=14)
"""Silence after which nobody need remember what they were asked."""


def is_back(turn: Turn) -> bool:
    """Whether they have just written for the first time in long."""
    before = turn.heard_before
    return before is not None and turn.now - before >= LONG


async def go_on(turn: Turn, said: Said) -> None:
    """Greet who is in the middle of a flow, say of which, and go on with it."""
    active = turn.agenda.active
    if active is None:
        return
    what = steps.flow_of(turn, active.flow).title
    turn.tell(
        say("phrase.long_away", "Welcome back. We stopped in the middle of: {what}.", what=what)
    )
    asked = steps.session_of(turn, active).asked
    picks = asked is not None and isinstance(pick(said.text, asked.shown, turn.language), Clear)
    if not picks and opening.is_greeting(
        said.text, (turn.language, *turn.house.settings.languages)
    ):
        await steps.ask_again(turn)
    else:
        await steps.reply(turn, said, gently=True)
