"""Handling what came in: one message, one transaction, everything it causes or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import conversation, metrics
from bot.messages import Reply, read_incoming, reply_json
from bot.pipeline import fetching
from bot.pipeline.parts import Pipeline, is_passing
from bot.speech import say, spoken
from bot.turn import REPLY, Turn
from storage import contacts, ids, inbox, outbox
from storage.contacts import Contact
from storage.urns import Urn

log = structlog.get_logger()

TRIES = 3
BACK_OFF = (timedelta(seconds=1), timedelta(seconds=5))
APOLOGY = say(
    "phrase.apology",
    "Sorry, something went wrong with your last message. We have been told. "
    "Please go on, or write HELP to reach a person.",
)


class Overtaken(Exception):
    """Somebody else handled the message in the meantime: nothing of this turn may stay."""


async def handle_next(pipeline: Pipeline) -> bool:
    """Handle the oldest message that is due. False where there is none.

    What cannot be handled is tried three times and then laid aside with an apology; a database
    that is away is nobody's fault and raises."""
    row: inbox.Row | None = None
    erased: list[str] = []
    now = pipeline.clock()
    try:
        async with pipeline.database.begin() as db:
            row = next(iter(await inbox.claim(db, now, 1)), None)
            if row is None:
                return False
            away = fetching.wants(pipeline, read_incoming(row.body))
            if away:
                await fetching.put_off(db, row, now)
            else:
                erased = await _turn(db, pipeline, row, now)
                if await inbox.done(db, [row.seq], now) != 1:
                    raise Overtaken
    except Overtaken:
        return True
    except Exception as problem:
        if row is None or is_passing(problem):
            raise
        await _failed(pipeline, row, problem)
        return True
    if away:
        fetching.begin(pipeline, row)
        return True
    pipeline.media.forget(erased)
    metrics.TURNS.labels(result="done").inc()
    log.info("turn.done", inbox=row.seq, channel=row.channel)
    await pipeline.coordination.wake("outbox")
    return True


async def _turn(
    db: AsyncConnection, pipeline: Pipeline, row: inbox.Row, now: datetime
) -> list[str]:
    """One turn; the files that may be deleted once it is committed."""
    incoming = read_incoming(row.body)
    turn = await Turn.load(db, pipeline.house, incoming, now, row.seq)
    if turn is None:
        return []
    if turn.urn is not None and incoming.wake is None:
        await outbox.release_waiting(db, turn.urn.id, now)
    await conversation.respond(turn)
    await turn.flush()
    return turn.erased


async def _failed(pipeline: Pipeline, row: inbox.Row, problem: Exception) -> None:
    """Note the failure; the third lays the message aside, so that those behind it go on."""
    now = pipeline.clock()
    why = named(problem)
    async with pipeline.database.begin() as db:
        due_at = now + BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
        attempts = await inbox.failed(db, row.seq, due_at, why)
        if attempts >= TRIES:
            await inbox.park(db, row.seq, why, now)
            await _apologise(db, pipeline, row, now)
    log.error("turn.failed", inbox=row.seq, channel=row.channel, attempts=attempts, problem=why)
    metrics.TURNS.labels(result="parked" if attempts >= TRIES else "failed").inc()
    await pipeline.coordination.wake("outbox")


async def _apologise(
    db: AsyncConnection, pipeline: Pipeline, row: inbox.Row, now: datetime
) -> None:
    """Tell the person, where it was a person and where they can be told."""
    try:
        incoming = read_incoming(row.body)
        async with db.begin_nested():
            found = await contacts.known(db, incoming.urns[0])
            if found is not None and incoming.wake is None:
                await outbox.put(db, [_apology(pipeline, *found, row.seq, now)])
    except Exception as problem:
        if is_passing(problem):
            raise
        log.error("apology.failed", inbox=row.seq, problem=named(problem))


def _apology(
    pipeline: Pipeline, contact: Contact, urn: Urn, inbox_seq: int, now: datetime
) -> outbox.Outgoing:
    language = contact.language or pipeline.house.settings.languages[0]
    text = spoken(APOLOGY, pipeline.house.catalogues.translate(language))
    return outbox.Outgoing(
        id=ids.new(now),
        contact_id=contact.id,
        urn_id=urn.id,
        channel=urn.via or urn.scheme,
        rank=REPLY,
        purpose="apology",
        reply=reply_json(Reply(text, purpose="apology", language=language)),
        inbox_seq=inbox_seq,
        due_at=now,
    )


def named(problem: Exception) -> str:
    """The kind of a problem and where it arose; never its words, which may be a person's."""
    at = problem.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f" {Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
    return f"{type(problem).__name__}{where}"
