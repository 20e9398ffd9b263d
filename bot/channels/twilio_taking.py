"""Taking in what Twilio delivers: messages, and what became of ours.

A message is answered 200 once the inbox has it, and always without words: what we say goes by
the outbox. What is not signed is refused before anything of it is read.
Source: https://www.twilio.com/docs/usage/webhooks/webhooks-overview"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from bot import metrics
from bot.channels.bodies import Broken, TooLarge, body_of
from bot.channels.twilio_api import Api
from bot.channels.twilio_parsing import (
    Malformed,
    Pairs,
    form_of,
    is_status,
    pairs_of,
    read_message,
    read_status,
)
from bot.channels.twilio_sending import STATUS_PATH, Sender
from bot.channels.twilio_signature import HEADER, SETTINGS_HEADER, is_of_body, is_signed
from bot.messages import Incoming, Receipt
from bot.pipeline import receipts
from bot.pipeline.parts import Pipeline

log = structlog.get_logger()

NAME = "twilio"
MESSAGE_PATH = "/twilio/message"
TOKEN_HEADER = "I-Twilio-Idempotency-Token"  # noqa: S105 - the name of a header
FORM = "application/x-www-form-urlencoded"
MOST = 1024 * 1024
"""Bytes of a form."""

NOTHING = "<Response/>"
STATUSES = {"form": 400, "signature": 403, "size": 413}

Accept = Callable[[Sequence[Incoming]], Awaitable[int]]
Note = Callable[[Sequence[Receipt]], Awaitable[None]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A request that is not taken; `why` is one of STATUSES."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Webhooks:
    """The handlers of `POST /twilio/message` and `POST /twilio/status`.

    `accept` and `note` keep messages and receipts: once they return these are safe."""

    def __init__(self, channel: Sender, accept: Accept, note: Note) -> None:
        self.api: Api = channel.api
        self.public_url = channel.public_url
        self.missed = channel.missed
        self.accept = accept
        self.note = note
        self._aside: set[asyncio.Task[None]] = set()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """A message or a status, by whichever of our addresses it comes: people mix them up."""
        try:
            form = form_of(await self._signed(request))
            if is_status(form) or (request.path == STATUS_PATH and "Body" not in form):
                receipt = read_status(form, dict(request.query))
                incoming = None
            else:
                receipt = None
                incoming = read_message(form, request.headers.get(TOKEN_HEADER, ""))
        except Refused as refused:
            return _refused(refused.why)
        except Malformed:
            return _refused("form")
        try:
            if receipt is not None:
                await self.note([receipt])
            elif incoming is not None:
                await self._accept(incoming)
            else:
                log.info("twilio.ignored")
        except Exception:
            self.missed.set()
            raise
        return _taken()

    async def _accept(self, incoming: Incoming) -> None:
        new = await self.accept([incoming])
        metrics.ACCEPTED.labels(incoming.channel).inc(new)
        if new and incoming.channel == "whatsapp" and any(a.ref for a in incoming.attachments):
            self._follow(incoming)

    async def rest(self) -> None:
        """Wait for what is being done aside."""
        while self._aside:
            await asyncio.gather(*self._aside, return_exceptions=True)

    async def _signed(self, request: web.Request) -> Pairs:
        """The fields of a request that Twilio signed. Raises Refused."""
        signature = request.headers.get(HEADER)
        if not signature:
            raise Refused("signature")
        body, is_form = await _body(request), request.content_type == FORM
        pairs = pairs_of(body) if is_form else []
        url = self.public_url + request.raw_path
        settings = request.headers.get(SETTINGS_HEADER)
        if not is_signed(self.api.account.tokens, url, pairs, signature, settings):
            raise Refused("signature")
        if not is_form:
            raise Refused("form" if is_of_body(url, body) else "signature")
        return pairs

    def _follow(self, incoming: Incoming) -> None:
        """Files take a while to fetch: show that we are at it. Nothing waits for it."""
        task = asyncio.create_task(self._typing(incoming.message))
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _typing(self, message: str) -> None:
        url = f"{self.api.account.messaging}/v2/Indicators/Typing.json"
        answer = await self.api.post_form(url, [("channel", "whatsapp"), ("messageId", message)])
        if not answer.ok:
            log.info("twilio.typing", status=answer.status, code=answer.code)


async def _body(request: web.Request) -> bytes:
    try:
        return await body_of(request, MOST)
    except TooLarge:
        raise Refused("size") from None
    except Broken:
        raise Refused("form") from None


def _taken() -> web.Response:
    return web.Response(text=NOTHING, content_type="text/xml")


def _refused(why: str) -> web.Response:
    metrics.REFUSED.labels(NAME, why).inc()
    return web.Response(status=STATUSES[why], text=f"Not taken: {why}.\n")


def routes(pipeline: Pipeline) -> list[web.RouteDef]:
    """`POST /twilio/message` and `POST /twilio/status`, where there is an account."""
    channel = pipeline.channels.get("whatsapp")
    if not isinstance(channel, Sender):
        return []

    async def accept(incomings: Sequence[Incoming]) -> int:
        return await pipeline.intake.accept(incomings, pipeline.clock())

    async def note(said: Sequence[Receipt]) -> None:
        await receipts.accept(pipeline, said, pipeline.clock())

    hooks = Webhooks(channel, accept, note)
    return [web.post(MESSAGE_PATH, hooks.take), web.post(STATUS_PATH, hooks.take)]
