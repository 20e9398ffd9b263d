"""Appointments with time: a timer that is due leaves its contact a wake, in the transaction that
marks it over, so that it fires once."""

from __future__ import annotations

from bot import metrics, wakes
from bot.pipeline.parts import Pipeline
from storage import timers


async def fire_due(pipeline: Pipeline) -> int:
    """Fire what is due. Gives how many."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        due = await timers.claim(db, now)
        if due:
            await wakes.fired(db, due, now)
            await timers.done(db, [timer.id for timer in due])
    if due:
        metrics.TIMERS.inc(len(due))
        await pipeline.coordination.wake("inbox")
    return len(due)
