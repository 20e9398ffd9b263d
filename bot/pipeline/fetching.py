"""Fetching the files of a message before its turn, beside everything else.

The message is put off meanwhile, and with it those of the same person that came after it; so the
turn finds the file kept, and no transaction waits for a far side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Fetching, NotNow, Releasing
from bot.media import MOST, sort_of
from bot.messages import Attachment, Incoming, incoming_json, read_incoming
from bot.pipeline.parts import Pipeline, is_passing
from storage import contacts, inbox, media

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""Longer than a fetch takes: after it, whoever was fetching has died."""

PATIENCE = timedelta(minutes=10)
"""How long a far side may say "not now" before the message goes on without its file."""

AGAIN = timedelta(seconds=5)

GIVING_BACK = 5.0
"""Seconds that a process about to end takes to say so."""


def wants(pipeline: Pipeline, incoming: Incoming) -> bool:
    """Whether a message has a file that is still on its far side."""
    away = any(_is_away(one) for one in incoming.attachments)
    return away and _channel(pipeline, incoming) is not None


def _channel(pipeline: Pipeline, incoming: Incoming) -> Fetching | None:
    found: object = pipeline.channels.get(incoming.channel)
    return found if isinstance(found, Fetching) else None


async def put_off(db: AsyncConnection, row: inbox.Row, now: datetime) -> None:
    """Have the message wait while its files are fetched."""
    await inbox.postpone(db, row.seq, now + LEASE)


def begin(pipeline: Pipeline, row: inbox.Row) -> None:
    """Fetch beside everything else; `pipeline.aside` holds what is being done."""
    task = asyncio.create_task(_fetched(pipeline, row))
    pipeline.aside.add(task)
    task.add_done_callback(pipeline.aside.discard)


async def _fetched(pipeline: Pipeline, row: inbox.Row) -> None:
    try:
        await fetch(pipeline, row)
    except asyncio.CancelledError:
        await asyncio.shield(_given_back(pipeline, row))
        raise
    except Exception as problem:  # its lease ends, then it is tried again
        level = log.warning if is_passing(problem) else log.error
        level("fetch.failed", inbox=row.seq, problem=type(problem).__name__)


async def _given_back(pipeline: Pipeline, row: inbox.Row) -> None:
    """Leave it to another process, or to the next: this one is about to end."""
    try:
        async with asyncio.timeout(GIVING_BACK), pipeline.database.begin() as db:
            await inbox.postpone(db, row.seq, pipeline.clock())
    except Exception as problem:  # then its lease has to end
        log.warning("fetch.not_given_back", inbox=row.seq, problem=type(problem).__name__)


async def fetch(pipeline: Pipeline, row: inbox.Row) -> None:
    """Fetch and keep the files of a message, and let it go on; or later, where not now."""
    incoming = read_incoming(row.body)
    channel = _channel(pipeline, incoming)
    if channel is None:
        return
    found: list[tuple[Attachment, bytes | None]] = []
    for attachment in incoming.attachments:
        data = None
        if _is_away(attachment):
            try:
                data = await channel.fetch(attachment, MOST)
            except NotNow as later:
                if pipeline.clock() - row.received_at < PATIENCE:
                    await _later(pipeline, row, timedelta(seconds=later.seconds))
                    return
        found.append((attachment, data))
    await _keep(pipeline, row, incoming, found)


async def _later(pipeline: Pipeline, row: inbox.Row, wait: timedelta) -> None:
    async with pipeline.database.begin() as db:
        await inbox.postpone(db, row.seq, pipeline.clock() + min(max(wait, AGAIN), PATIENCE))
    log.info("fetch.later", inbox=row.seq)


async def _keep(
    pipeline: Pipeline,
    row: inbox.Row,
    incoming: Incoming,
    found: list[tuple[Attachment, bytes | None]],
) -> None:
    """Keep the files; the message then names them by our ids, and waits no longer."""
    now, paths = pipeline.clock(), {}
    for place, (_, data) in enumerate(found):
        if data and sort_of(data) is not None:
            paths[place] = await asyncio.to_thread(pipeline.media.keep, data)
    heard = await _heard(pipeline, incoming, [data for _, data in found if data])
    async with pipeline.database.begin() as db:
        kept = [
            await _noted(db, attachment, data, paths.get(place, ""), incoming.urns[0], now)
            for place, (attachment, data) in enumerate(found)
        ]
        body = incoming_json(replace(incoming, attachments=tuple(kept), heard=heard))
        changed = await inbox.complete(db, row.seq, body, now)
    if not changed:
        pipeline.media.forget(paths.values())
    log.info("fetch.done", inbox=row.seq, files=len(paths))
    await pipeline.coordination.wake("inbox")
    if changed:
        await _release(pipeline, incoming, [found[place][0] for place in paths])


async def _release(
    pipeline: Pipeline, incoming: Incoming, attachments: Sequence[Attachment]
) -> None:
    channel: object = pipeline.channels.get(incoming.channel)
    if isinstance(channel, Releasing):
        for attachment in attachments:
            await channel.release(attachment)


async def _heard(pipeline: Pipeline, incoming: Incoming, files: list[bytes]) -> str:
    """The words of the first recording, where somebody listens and nothing was written to it."""
    if pipeline.listener is None or incoming.text:
        return ""
    for data in files:
        sort = sort_of(data)
        if sort is not None and sort.kind == "voice":
            async with pipeline.database.read() as db:
                known = await contacts.known(db, incoming.urns[0])
            language = known[0].language if known else None
            first = pipeline.house.settings.languages[0]
            return await pipeline.listener.heard(data, sort.type, language or first)
    return ""


async def _noted(
    db: AsyncConnection,
    attachment: Attachment,
    data: bytes | None,
    path: str,
    urn: str,
    now: datetime,
) -> Attachment:
    """The attachment as it is kept; without an id where it is nothing that we take."""
    sort = sort_of(data) if data and path else None
    if data is None or sort is None:
        return attachment if attachment.id else replace(attachment, ref="")
    size = len(data)
    kept = await media.add(db, now, kind=sort.kind, type=sort.type, size=size, path=path, urn=urn)
    return Attachment(sort.kind, id=str(kept.id), type=sort.type, size=size)


def _is_away(attachment: Attachment) -> bool:
    return bool(attachment.ref) and not attachment.id
