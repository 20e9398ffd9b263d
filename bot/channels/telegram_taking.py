"""Taking updates of Telegram in: by webhook, or by asking for them where nobody can reach us.

An update counts as taken once the inbox has it: only then is the webhook answered, and only then
does the next question confirm it. What comes twice has the same id and is kept once.
Source: https://core.telegram.org/bots/api#getting-updates"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from bot import metrics
from bot.channels.bodies import Broken, TooLarge, body_of
from bot.channels.taken import taken as said
from bot.channels.telegram import Telegram
from bot.channels.telegram_http import Answer, Api
from bot.channels.telegram_parsing import NAME, UPDATES, Update, read, whole
from bot.messages import Incoming
from bot.pipeline.parts import Pipeline, is_passing
from storage.packing import unpacked

log = structlog.get_logger()

PATH = "/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST = 1024 * 1024
"""Bytes of an update."""

WAIT = 25
"""Seconds that Telegram keeps a question for updates open."""

AT_ONCE = 100
LEAST_PAUSE, MOST_PAUSE, TAKEN_PAUSE = 0.5, 30.0, 15.0
"""Seconds to wait after a failure: doubled each time; and where somebody else takes our updates."""

STOPPING = 5.0
"""Seconds that what is being taken has to be kept when we are told to stop."""

_ACCEPTED = metrics.ACCEPTED.labels(NAME)

Accept = Callable[[Sequence[Incoming]], Awaitable[int]]
"""Keeps messages; once it returns they are safe. Gives how many were new."""


def secret_of(token: str, configured: str = "") -> str:
    """What Telegram shows us to prove who it is: as configured, else derived from the token."""
    derived = hmac.digest(token.encode(), b"the webhook of this bot", hashlib.sha256).hex()
    return configured or derived


def webhook(
    channel: Telegram, accept: Accept, secret: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of `POST /telegram`. What is not Telegram's or no update is refused; an update
    of which nothing follows is taken, or it would come again for a day."""

    expected = secret.encode()

    async def taken(request: web.Request) -> web.StreamResponse:
        shown = request.headers.get(HEADER)
        if shown is None:
            return _refused("secret", 401)
        if not hmac.compare_digest(shown.encode("utf-8", "replace"), expected):
            return _refused("secret", 403)
        try:
            fields = unpacked(await body_of(request, MOST))
        except TooLarge:
            return _refused("size", 413)
        except (Broken, ValueError, RecursionError):
            return _refused("json", 400)
        if not isinstance(fields, dict):
            return _refused("json", 400)
        await take(channel, accept, [fields])
        return said(request)

    return taken


async def take(channel: Telegram, accept: Accept, updates: Sequence[object]) -> None:
    """Keep what updates say, all or none, then do what belongs to them beside their turns."""
    found = [read(update, channel.api.bot) for update in updates]
    incomings = [update.incoming for update in found if update.incoming is not None]
    if incomings:
        _ACCEPTED.inc(await accept(incomings))
    for update in found:
        _note(update)
        channel.follow(update)


def _note(update: Update) -> None:
    if update.ignored:
        log.info("telegram.ignored", why=update.ignored)


def _refused(why: str, status: int) -> web.Response:
    metrics.REFUSED.labels(NAME, why).inc()
    return web.Response(status=status, text=f"Not taken: {why}.\n")


async def poll(channel: Telegram, accept: Accept, stop: asyncio.Event) -> None:
    """Ask for updates until told to stop, whatever happens on the way.

    The offset is sent only to confirm what was just kept: after a quiet week Telegram starts
    again at any number, which a remembered offset could be above."""
    offset: int | None = None
    pause = LEAST_PAUSE
    while not stop.is_set():
        answer = await _until(stop, _asked(channel.api, offset))
        if answer is None:
            return
        if not answer.ok or not isinstance(answer.result, list):
            await _held_up(answer, stop, pause)
            pause = min(pause * 2, MOST_PAUSE)
            continue
        try:
            await _take_each(channel, accept, answer.result)
        except Exception as problem:
            if not is_passing(problem):
                raise
            log.warning("telegram.not_kept", problem=type(problem).__name__)
            await _paused(stop, pause)
            pause = min(pause * 2, MOST_PAUSE)
            continue
        numbers = [whole(one, "update_id") for one in answer.result if isinstance(one, dict)]
        offset = max((number + 1 for number in numbers if number is not None), default=None)
        pause = LEAST_PAUSE


async def _take_each(channel: Telegram, accept: Accept, updates: Sequence[object]) -> None:
    """Keep updates together; one that cannot be kept at all must not hold up the others."""
    try:
        await take(channel, accept, updates)
    except Exception as problem:
        if is_passing(problem):
            raise
        if len(updates) == 1:
            log.error("telegram.left_out", problem=type(problem).__name__)
            return
        for update in updates:
            await _take_each(channel, accept, [update])


async def _asked(api: Api, offset: int | None) -> Answer:
    parameters = {"timeout": WAIT, "limit": AT_ONCE, "allowed_updates": list(UPDATES)}
    if offset is not None:
        parameters["offset"] = offset
    return await api.call("getUpdates", parameters, total=WAIT + 10)


async def _held_up(answer: Answer, stop: asyncio.Event, pause: float) -> None:
    """Wait as long as the failure asks for."""
    if answer.code == 409:
        hooked = "webhook" in answer.why.lower()
        log.error("telegram.webhook_set" if hooked else "telegram.taken_by_another")
        await _paused(stop, TAKEN_PAUSE)
    elif answer.code in (401, 404):
        log.error("telegram.token_refused", code=answer.code)
        await _paused(stop, MOST_PAUSE)
    else:
        log.warning("telegram.away", code=answer.code)
        await _paused(stop, answer.retry_after or pause)


async def _until(stop: asyncio.Event, work: Awaitable[Answer]) -> Answer | None:
    """What the call answered; None where we were told to stop before."""
    asking, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((asking, stopping), return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else asking.result()
    finally:
        for task in (asking, stopping):
            task.cancel()
        await asyncio.gather(asking, stopping, return_exceptions=True)


async def _paused(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def routes(pipeline: Pipeline) -> list[web.RouteDef]:
    """`POST /telegram`, where there is a bot."""
    channel, account = pipeline.channels.get(NAME), pipeline.house.settings.telegram
    if not isinstance(channel, Telegram) or account is None:
        return []
    secret = secret_of(account.token, account.secret)
    return [web.post(PATH, webhook(channel, accepting(pipeline), secret))]


def accepting(pipeline: Pipeline) -> Accept:
    """Keeping messages in the pipeline's inbox."""

    async def accept(incomings: Sequence[Incoming]) -> int:
        return await pipeline.intake.accept(incomings, pipeline.clock())

    return accept


@contextlib.asynccontextmanager
async def hearing(pipeline: Pipeline) -> AsyncIterator[None]:
    """While inside, the bot is set up and, where nobody can reach us, asks for its updates."""
    channel = pipeline.channels.get(NAME)
    if not isinstance(channel, Telegram):
        yield
        return
    from bot.channels.telegram_setup import set_up  # which knows this module

    stop = asyncio.Event()
    tasks = [asyncio.create_task(set_up(channel, stop))]
    if not pipeline.house.settings.public_url:
        tasks.append(asyncio.create_task(poll(channel, accepting(pipeline), stop)))
    try:
        yield
    finally:
        stop.set()
        _, late = await asyncio.wait(tasks, timeout=STOPPING)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await channel.rest()
