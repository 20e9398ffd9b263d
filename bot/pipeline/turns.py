"""Handling what came in: the messages of many people in one transaction, one of each; everything
they cause or nothing.

A batch is what is there now. One that fails is undone and its messages are handled one by one. Of
what is handled alone the failure is noted first, so that dying counts as one too: what fails alone
three times is laid aside. Of what waited when the process started the failure is noted as well,
that of a whole batch at once, for one of it may have been the end of the process before: if it is
again, those of that batch are handled one by one after the next start, and no others.

A turn that asked the database is written down before the next begins. What the others decided in
memory is written together at the end, as if they all had come after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import conversation, metrics, wakes
from bot.gathering import Heard, gather
from bot.logs import named
from bot.messages import read_incoming
from bot.pipeline import fetching, laid_aside
from bot.pipeline.parts import Pipeline, is_passing
from bot.recording import record, wakes_of, writes_of
from bot.turn import Turn
from storage import claiming, inbox
from storage.direct import write

log = structlog.get_logger()

BATCH = 128
"""The most messages that are handled in one transaction."""

CROWD = 16
"""Where so many wait besides it pays to decide those while these are committed."""

AWHILE, LONGEST = 0.01, 0.08
"""Seconds for which nobody looks again where all that is ready is in the hands of others: after the
first look in vain, and after many."""

MOST_VAIN = 8
"""Looks in vain after which the wait grows no more."""

TRIES = 3
BACK_OFF = (timedelta(seconds=1), timedelta(seconds=5))
LEASE = timedelta(seconds=3)
"""How long others leave alone what is about to be handled alone."""

DIED = "died"
"""The failure that is noted before there is one."""

DIED_AMONG = "died among others"
"""The same of a whole batch: as it may have been any of them, it is none of the tries of one."""


class Overtaken(Exception):
    """Somebody else handled a message in the meantime: nothing of its turn may stay."""


@dataclass
class Done:
    """What a transaction will have handled once it is committed: messages by number, by which
    channel and when they came, and those put off whose files are to be fetched. `erased` files may
    then be deleted. `more`: messages may have been left or have come of it."""

    seqs: list[int] = field(default_factory=list)
    came: list[tuple[str, datetime]] = field(default_factory=list)
    away: list[inbox.Row] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    more: bool = False

    @property
    def handled(self) -> int:
        """How many messages: not those of people who are in other hands."""
        return len(self.seqs) + len(self.away)


async def handle_due(pipeline: Pipeline) -> int:
    """Handle what is due: of many people, or, where care is taken, of one. Gives how many
    messages that were; 0: nothing is due.

    A database that is away is nobody's fault and raises."""
    return (await _handle(pipeline))[0]


async def look(pipeline: Pipeline) -> int:
    """`handle_due`; 0 also where nothing else is there, so that nobody looks again in vain."""
    handled, more = await _handle(pipeline)
    return handled if more else 0


async def _handle(pipeline: Pipeline) -> tuple[int, bool]:
    """How many messages were handled, and whether others may be there."""
    care = pipeline.care
    if care.alone > 0:
        return await _next_alone(pipeline), True
    if care.wary and (handled := await _warily(pipeline)):
        return handled, True
    rows: list[inbox.Row] = []
    now = pipeline.clock()
    care.freed.clear()
    try:
        async with pipeline.database.begin() as db:
            claimed = await claiming.claim(db, now, BATCH)
            rows, more = claimed.rows, claimed.more
            fresh = [row for row in rows if not row.attempts]
            if claimed.others - care.in_hand >= CROWD:
                care.crowded.set()
            care.in_hand += len(rows)
            done = await _turns(db, pipeline, fresh, now, claimed)
    except Overtaken:
        return 1, True
    except Exception as problem:
        if not rows or (is_passing(problem) and not _in_each_others_way(problem)):
            raise
        log.warning("batch.undone", messages=len(rows), problem=named(problem))
        care.alone = len(rows)
        return await _next_alone(pipeline), True
    finally:
        if rows:
            care.in_hand -= len(rows)
            care.freed.set()
    failed = [row for row in rows if row.attempts]
    handled = done.handled + len(failed)
    if not handled and (more or rows):
        soon = await _for_others(pipeline) and bool(rows)
        return int(soon), soon
    care.vain = 0
    await _follow(pipeline, done)
    for row in failed:
        await _again(pipeline, row)
    return handled, more or done.more


async def _for_others(pipeline: Pipeline) -> bool:
    """All that is ready is in other hands, or not due: whoever looked again for every message that
    comes meanwhile would only be in their way. Says whether it was not the longest wait yet: whom
    others have in hand they mostly let go within moments, and wake nobody for it."""
    care = pipeline.care
    seconds = min(AWHILE * float(2 ** min(care.vain, MOST_VAIN)), LONGEST)
    care.vain += 1
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await care.freed.wait()
    return seconds < LONGEST


async def _turns(
    db: AsyncConnection,
    pipeline: Pipeline,
    rows: Sequence[inbox.Row],
    now: datetime,
    claimed: claiming.Claim | None = None,
) -> Done:
    """Handle messages, of each person the first, in the transaction of `db`; they are of this
    claim."""
    done = Done()
    heard: list[Heard] = []
    for row in rows:
        incoming = read_incoming(row.body)
        if fetching.wants(pipeline, incoming):
            await fetching.put_off(db, row, now)
            done.away.append(row)
        else:
            heard.append(Heard(row.seq, incoming))
    if not heard:
        return done
    gathered = await gather(db, pipeline.house, heard, now, claimed)
    done.more = bool(gathered.later)
    together: list[Turn] = []
    for turn in gathered.turns:
        await conversation.respond(turn)
        done.erased += turn.erased
        done.more = done.more or turn.has_asked or bool(turn.left.wakes)
        if turn.has_asked:
            await record([turn])
        else:
            together.append(turn)
    done.seqs = [seq for turn in gathered.turns if (seq := turn.inbox_seq) is not None]
    done.seqs += [one.seq for one in gathered.gone if one.seq is not None]
    handled = set(done.seqs)
    done.came = [(row.channel, row.received_at) for row in rows if row.seq in handled]
    await wakes.post(db, wakes_of(together), now)
    handled_now = inbox.finishing(done.seqs, now)
    *_, finished = await write(db, [*writes_of(together), handled_now])
    if finished != len(done.seqs):
        raise Overtaken
    return done


async def _follow(pipeline: Pipeline, done: Done) -> None:
    """What may begin now that it is committed."""
    for row in done.away:
        fetching.begin(pipeline, row)
    pipeline.media.forget(done.erased)
    if done.seqs:
        pipeline.care.handled += len(done.seqs)
        metrics.TURNS.labels(result="done").inc(len(done.seqs))
        now = pipeline.clock()
        answered = {name: metrics.ANSWERED.labels(name) for name in {name for name, _ in done.came}}
        for channel, received_at in done.came:
            answered[channel].observe((now - received_at).total_seconds())
        log.info("turns.done", inbox=done.seqs)
        await pipeline.coordination.wake("outbox")


async def _warily(pipeline: Pipeline) -> int:
    """Handle a batch of what waited at the start, its failure noted first. Gives how many messages
    that were; 0: nothing of it is left, or it is of people who are in other hands."""
    care, now = pipeline.care, pipeline.clock()
    async with pipeline.database.begin() as db:
        if care.until is None:
            care.until = await inbox.newest(db)
        claimed = await inbox.claim(db, now, BATCH) if care.until else []
        rows = [row for row in claimed if row.seq <= care.until]
        fresh = [row.seq for row in rows if not row.attempts]
        await inbox.begin_all(db, fresh, now + LEASE, DIED_AMONG)
    care.wary = bool(rows)
    handled = await _noted_batch(pipeline, fresh, now) if fresh else 0
    failed = [row for row in rows if row.attempts]
    for row in failed:
        await _again(pipeline, row)
    return handled + len(failed)


async def _noted_batch(pipeline: Pipeline, seqs: Sequence[int], now: datetime) -> int:
    """Handle a batch whose failure has been noted; where it fails, its messages go one by one.
    Gives how many were handled, by whomever."""
    care = pipeline.care
    try:
        async with pipeline.database.begin() as db:
            done = await _turns(db, pipeline, await inbox.take_all(db, seqs, now), now)
    except Overtaken:
        return len(seqs)
    except Exception as problem:
        if is_passing(problem) and not _in_each_others_way(problem):
            care.unfinished.update(seqs)
            raise
        log.warning("batch.undone", messages=len(seqs), problem=named(problem))
        async with pipeline.database.begin() as db:
            care.alone = len(await inbox.take_all(db, seqs, now))
        return len(seqs)
    await _follow(pipeline, done)
    return done.handled


async def _next_alone(pipeline: Pipeline) -> int:
    """Handle the oldest message that is due, by itself."""
    async with pipeline.database.begin() as db:
        row = next(iter(await inbox.claim(db, pipeline.clock(), 1)), None)
        attempts = await _noted(db, pipeline, row) if row else None
    if row is None:
        pipeline.care.alone = 0
        return await handle_due(pipeline)
    pipeline.care.alone -= 1
    await _alone(pipeline, row, attempts)
    return 1


async def _again(pipeline: Pipeline, row: inbox.Row) -> None:
    """Handle by itself what failed before."""
    async with pipeline.database.begin() as db:
        attempts = await _noted(db, pipeline, row)
    await _alone(pipeline, row, attempts)


async def _noted(db: AsyncConnection, pipeline: Pipeline, row: inbox.Row) -> int | None:
    """Note the failure of what is about to be handled, unless it has failed often enough. Gives
    its attempts; None where somebody else has just begun it."""
    counted = row.seq not in pipeline.care.unfinished and row.error != DIED_AMONG
    attempts = row.attempts + 1 if counted else row.attempts
    if attempts > TRIES:
        return attempts
    until = pipeline.clock() + LEASE
    return attempts if await inbox.begin(db, row, attempts, until, DIED) else None


async def _alone(pipeline: Pipeline, row: inbox.Row, attempts: int | None) -> None:
    """Handle one message whose failure has been noted."""
    if attempts is None:
        return
    if attempts > TRIES:
        await _failed(pipeline, row, TRIES, row.error or DIED)
        return
    now = pipeline.clock()
    try:
        async with pipeline.database.begin() as db:
            taken = await inbox.take(db, row.seq, attempts)
            done = await _turns(db, pipeline, [taken] if taken else [], now)
    except Overtaken:
        return
    except Exception as problem:
        if is_passing(problem):
            pipeline.care.unfinished.add(row.seq)
            if not _in_each_others_way(problem):
                raise
            # What somebody else holds for long: those behind it do not wait for that as well.
            async with pipeline.database.begin() as db:
                await inbox.postpone(db, row.seq, pipeline.clock() + BACK_OFF[-1])
            log.warning("turn.held_up", inbox=row.seq, problem=named(problem))
            return
        pipeline.care.unfinished.discard(row.seq)
        await _failed(pipeline, row, attempts, named(problem))
        return
    pipeline.care.unfinished.discard(row.seq)
    await _follow(pipeline, done)


async def _failed(pipeline: Pipeline, row: inbox.Row, attempts: int, why: str) -> None:
    """Say why it failed; the third time lays it aside, so that those behind it go on."""
    now = pipeline.clock()
    async with pipeline.database.begin() as db:
        due_at = now + BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
        if not await inbox.failed(db, row.seq, due_at, why, attempts):
            return  # somebody else has handled it, or laid it aside
        if attempts >= TRIES:
            await inbox.park(db, row.seq, why, now)
            await laid_aside.apologise(db, pipeline, row, now)
            await laid_aside.alarm(db, row, now)
    log.error("turn.failed", inbox=row.seq, channel=row.channel, attempts=attempts, problem=why)
    metrics.TURNS.labels(result="parked" if attempts >= TRIES else "failed").inc()
    if attempts >= TRIES:
        log.error("operator.alert", inbox=row.seq, what="a message was laid aside")
        await pipeline.coordination.wake("inbox")
    await pipeline.coordination.wake("outbox")


def _in_each_others_way(problem: Exception) -> bool:
    """Whether two batches waited for each other, or one for long: what each is after, one by one,
    will not, or holds nobody else up."""
    state = str(getattr(getattr(problem, "orig", None), "sqlstate", "") or "")
    return isinstance(problem, DBAPIError) and state.startswith(("40", "55P03"))
