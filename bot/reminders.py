"""An unfinished registration is recalled after an hour, a day and a week of silence, then never."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import steps
from bot.handlers import told
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from storage import tasks

SILENCES = (timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))


def after(turn: Turn, stage: int, due_at: datetime) -> None:
    """Have the registration looked at again at a time."""
    wake = Wake(turn.contact.id, what="reminder", data={"stage": str(stage)})
    turn.later(due_at, wake, f"reminder_{stage}", turn.contact.id)


@told("reminder")
async def remind(turn: Turn, wake: Wake) -> None:
    """Ask the open question again, unless something was said meanwhile or nobody wants it."""
    stage = int(wake.data["stage"])
    held = (turn.agenda.active, *turn.agenda.waiting)
    open_ = next((one for one in held if one and one.flow == "register"), None)
    if open_ is None or turn.urn is None or "reminders" in turn.contact.wants:
        return
    if await tasks.open_about(turn.db, turn.contact.id, "call", "call"):
        return  # somebody is about to call
    due = max(open_.changed_at + SILENCES[stage], turn.free_from())
    if due > turn.now:
        after(turn, stage, due)
        return
    turn.purpose = "reminder"
    turn.tell(say("phrase.reminder", "Your registration is not finished yet. Shall we go on?"))
    await (steps.ask_again(turn) if turn.agenda.active else steps.next_waiting(turn))
    if stage + 1 < len(SILENCES):
        after(turn, stage + 1, turn.now + SILENCES[stage + 1])
