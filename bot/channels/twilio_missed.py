"""Taking in afterwards what Twilio could not bring while we were away.

Twilio tries for fifteen seconds in all; then a message is lost, but for the list of messages it
keeps. After a start, after we had to send Twilio away, and every two minutes, that list is read
back to the last message we had or the last look, and what we do not have is kept as if it had been
brought. It knows less than a
delivery: no buttons and no pins, so that a tap comes as its words.
Source: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog

from bot import metrics
from bot.channels.twilio_parsing import Malformed, read_message
from bot.channels.twilio_sending import Sender, moment_of
from bot.messages import Incoming
from bot.pipeline.parts import Pipeline, is_passing
from storage import inbox

log = structlog.get_logger()

LONGEST = timedelta(hours=24)
"""Older ones are let be: who wrote them has given up, or has written again."""

MARGIN = timedelta(minutes=10)
"""How far before the last message we had one may have been lost."""

YOUNG = timedelta(seconds=20)
"""Younger ones are still being brought."""

ONCE_MORE = 30.0
"""Seconds until what was being brought at the first look has been, or was lost."""

EVERY = 120.0
"""Seconds after which it is looked without a reason: that nobody reached us, nobody told us."""

LEAST_PAUSE, MOST_PAUSE = 10.0, 120.0
PAGES = 50
CHANNELS = ("whatsapp", "sms")


@contextlib.asynccontextmanager
async def catching_up(pipeline: Pipeline) -> AsyncIterator[None]:
    """While inside, what was missed is looked for when there is reason to."""
    channel = pipeline.channels.get("whatsapp")
    if not isinstance(channel, Sender):
        yield
        return
    channel.missed.set()
    task = asyncio.create_task(_keep(pipeline, channel))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(pipeline: Pipeline, channel: Sender) -> None:
    """Look at once and, for what was too young then, once more; again until Twilio answers."""
    pause = LEAST_PAUSE
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await channel.missed.wait()
        channel.missed.clear()
        well = await _tried(pipeline, channel)
        if well:
            await asyncio.sleep(ONCE_MORE)
            well = await _tried(pipeline, channel)
        if not well:
            channel.missed.set()
        await asyncio.sleep(0 if well else pause)
        pause = LEAST_PAUSE if well else min(pause * 2, MOST_PAUSE)


async def _tried(pipeline: Pipeline, channel: Sender) -> bool:
    try:
        return await catch_up(pipeline, channel)
    except Exception as problem:
        if not is_passing(problem):
            log.error("twilio.catch_up_failed", problem=type(problem).__name__)
        return False


async def catch_up(pipeline: Pipeline, channel: Sender) -> bool:
    """Keep what is on Twilio's list and not with us. Whether Twilio could be asked."""
    now = pipeline.clock()
    async with pipeline.database.read() as db:
        last = await inbox.last_received(db, CHANNELS)
    if last is None:
        return True  # nobody has written yet: whatever is on the list was for somebody else
    since = max(min(last, channel.looked_at or last) - MARGIN, now - LONGEST)
    for line in _lines(channel):
        rows = await _listed(channel, line, since)
        if rows is None:
            return False
        found = [one for row in rows if (one := await _read(channel, row, since, now)) is not None]
        for name in CHANNELS:
            await _keep_found(pipeline, name, [one for one in found if one.channel == name], now)
    channel.looked_at = now
    return True


async def _keep_found(pipeline: Pipeline, name: str, found: list[Incoming], now: datetime) -> None:
    """Keep what was found of a channel."""
    new = await pipeline.intake.accept(found, now) if found else 0
    if new:
        metrics.ACCEPTED.labels(name).inc(new)
        log.warning("twilio.caught_up", channel=name, new=new)


def _lines(channel: Sender) -> Iterable[str]:
    """Whom people wrote to; "" where the Messaging Service has numbers that we do not know."""
    account = channel.account
    if account.service:
        return ("",)
    return [line for line in (account.whatsapp, account.sms) if line]


async def _listed(channel: Sender, line: str, since: datetime) -> list[Mapping[str, Any]] | None:
    """The messages that came to a number since a day, page by page; None where nothing answers."""
    query = {"DateSent>": f"{since:%Y-%m-%d}", "PageSize": "1000"}
    url = channel.api.resource(f"Messages.json?{urlencode(query | ({'To': line} if line else {}))}")
    found: list[Mapping[str, Any]] = []
    for _ in range(PAGES):
        answer = await channel.api.get(url)
        if not answer.ok:
            log.warning("twilio.cannot_list", status=answer.status, code=answer.code)
            return None
        rows = answer.result.get("messages")
        found += [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        following = answer.result.get("next_page_uri")
        if not isinstance(following, str) or not following.startswith("/"):
            break
        url = channel.account.api + following
    return found


async def _read(
    channel: Sender, row: Mapping[str, Any], since: datetime, now: datetime
) -> Incoming | None:
    """The message a row is; None for ours, for old and young ones, and for mere signs, which may
    have been reactions."""
    if row.get("direction") != "inbound" or not isinstance(row.get("sid"), str):
        return None
    made = moment_of(row.get("date_created"))
    if made is None or not since <= made <= now - YOUNG:
        return None
    body, files = str(row.get("body") or ""), str(row.get("num_media") or "0")
    if files == "0" and not any(letter.isalnum() for letter in body):
        return None
    form = {
        "MessageSid": row["sid"],
        "From": str(row.get("from") or ""),
        "To": str(row.get("to") or ""),
        "Body": body,
        "NumMedia": files,
        **(await _files(channel, row["sid"]) if files != "0" else {}),
    }
    try:
        return read_message(form)
    except Malformed:
        return None


async def _files(channel: Sender, sid: str) -> dict[str, str]:
    """The fields that name a message's files."""
    answer = await channel.api.get(channel.api.resource(f"Messages/{sid}/Media.json"))
    rows = answer.result.get("media_list") if answer.ok else None
    fields: dict[str, str] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        uri = row.get("uri") if isinstance(row, Mapping) else None
        if isinstance(uri, str) and uri.startswith("/"):
            fields[f"MediaUrl{number}"] = channel.account.api + uri.removesuffix(".json")
            fields[f"MediaContentType{number}"] = str(row.get("content_type") or "")
    return fields
