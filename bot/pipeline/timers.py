"""Appointments with time: a timer that is due leaves its contact a wake, in the transaction that
marks it over, so that it fires once.

Where nobody was at work for a while, as on a machine that slept, what has piled up for one person
does not come all at once: of several about the same thing the last one counts, and the others come
one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bot import metrics, wakes
from bot.messages import read_wake
from bot.pipeline.parts import Pipeline
from storage import timers
from storage.timers import Timer

log = structlog.get_logger()

AT_ONCE = 256
"""So many people's timers are taken together: all of each one's, whoever else is at work."""

LATE = timedelta(minutes=10)
"""So long after its time a timer was held up by us, not by its turn."""

APART = timedelta(minutes=15)


@dataclass(frozen=True)
class Plan:
    """What becomes of timers that are due: some fire, some are overtaken, some come later."""

    fire: tuple[Timer, ...] = ()
    overtaken: tuple[UUID, ...] = ()
    later: tuple[tuple[UUID, datetime], ...] = ()


async def fire_due(pipeline: Pipeline) -> int:
    """Do with what is due as `plan` says. Gives how many timers that were."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        due = await timers.claim(db, now, AT_ONCE)
        planned = plan(due, now)
        if due:
            await wakes.fired(db, planned.fire, now)
            await timers.done(db, [*(timer.id for timer in planned.fire), *planned.overtaken])
            await timers.postpone_each(db, planned.later)
    if planned.fire:
        metrics.TIMERS.inc(len(planned.fire))
        await pipeline.coordination.wake("inbox")
    if planned.overtaken or planned.later:
        log.info("timers.piled", over=len(planned.overtaken), later=len(planned.later))
    return len(due)


def plan(due: Sequence[Timer], now: datetime) -> Plan:
    """What becomes of timers that are due, earliest first: all there are of each contact."""
    last: dict[tuple[object, ...], Timer] = {}
    for timer in due:
        last[_about(timer)] = timer
    overtaken = tuple(timer.id for timer in due if last[_about(timer)] is not timer)
    by_contact: defaultdict[UUID, list[Timer]] = defaultdict(list)
    for timer in last.values():
        by_contact[read_wake(timer.data).contact_id].append(timer)
    fire: list[Timer] = []
    later: list[tuple[UUID, datetime]] = []
    for waiting in by_contact.values():
        waiting.sort(key=lambda timer: (timer.due_at, timer.id))
        late = [timer for timer in waiting if now - timer.due_at > LATE][1:]
        fire += [timer for timer in waiting if timer not in late]
        later += [(timer.id, now + APART * place) for place, timer in enumerate(late, 1)]
    fire.sort(key=lambda timer: (timer.due_at, timer.id))
    return Plan(tuple(fire), overtaken, tuple(later))


def _about(timer: Timer) -> tuple[object, ...]:
    """What a timer is about: two about the same are one."""
    wake = read_wake(timer.data)
    return timer.kind, timer.subject_id, wake.contact_id, wake.what, wake.flow, wake.subject
