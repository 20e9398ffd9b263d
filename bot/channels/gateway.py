"""SMS by a gateway of the country, where one is configured, else by Twilio: the channel `sms`.

A gateway is an HTTP service of an aggregator or of a telephone with a local card. Which one serves
a number is decided by the number's prefix; who wrote to one is answered by the same. A gateway
cannot be asked what became of a call, so that one without an answer stays uncertain, unless the
gateway promises to send what has the same id only once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import NotNow, Pace, Recipient, Wire
from bot.channels.connections import TOTAL, UNSENT, Connections, limits_of
from bot.channels.sms import CAPS, NAME, Sms, render
from bot.channels.twilio_sending import SETTLED
from bot.gateway_accounts import Gateway
from bot.messages import Attachment, Caps, Gone, Rejected, Reply, Result, RetryAt, Sent, Uncertain

log = structlog.get_logger()

SOON, LATER = timedelta(seconds=10), timedelta(minutes=15)
MOST_ANSWER = 64 * 1024
BURST = 5.0
REFUSED_US = frozenset({401, 402, 403, 404, 407})
"""Nothing goes by this gateway until its owner does something."""


class Gateways(Connections):
    """The channel `sms` where there are gateways."""

    name = NAME
    settled = SETTLED

    def __init__(self, gateways: Sequence[Gateway], twilio: Sms | None = None) -> None:
        self.gateways = tuple(gateways)
        self.twilio = twilio

    def for_(self, recipient: Recipient) -> Gateway | None:
        """Who serves an address: the one written to, else by the longest prefix."""
        for gateway in self.gateways:
            if gateway.line == recipient.line:
                return gateway
        number = recipient.urn.removeprefix("tel:")
        if recipient.line and self.twilio is not None:
            return None
        best = max(self.gateways, key=lambda one: one.serves(number), default=None)
        return best if best is not None and best.serves(number) else None

    @property
    def reaches_strangers(self) -> bool:
        return True

    def judge(self, error: str, now: datetime) -> Result:
        """What the code of a failed receipt asks for; those of gateways mean nothing to us."""
        if self.twilio is not None and re.fullmatch(r"[1-9][0-9]{4}", error):
            return self.twilio.judge(error, now)
        return Rejected(f"{error} not delivered")

    def answers(self, recipient: Recipient) -> bool:
        """Twilio does; of a gateway nobody hears what became of a call it did not answer, but one
        that sends an id once may be handed it again as if it had said that it came to nothing."""
        gateway = self.for_(recipient)
        return gateway is None or gateway.once

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        return CAPS

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        return render(reply, caps, link)

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        gateway = self.for_(recipient)
        if gateway is not None:
            return (Pace(f"{NAME}:{gateway.name}", gateway.rate, max(BURST, gateway.rate)),)
        return self.twilio.paces(recipient) if self.twilio else ()

    def weight(self, recipient: Recipient, wire: Wire) -> int:
        """One, by a gateway, whose rate is one of messages."""
        is_twilios = self.twilio is not None and self.for_(recipient) is None
        return self.twilio.weight(recipient, wire) if self.twilio and is_twilios else 1

    def patience(self, wire: Wire) -> timedelta:
        return timedelta(0)

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        gateway = self.for_(recipient)
        if gateway is None:
            if self.twilio is None:
                return Gone("no gateway serves this number")
            return await self.twilio.send(recipient, wire, key, now)
        scheme, _, number = recipient.urn.partition(":")
        if scheme != "tel":
            return Gone("no address of this channel")
        return await self._handed_over(gateway, number, str(wire["text"]), key, now)

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        """A gateway cannot be asked; where it sends the same id once, asking again is safe."""
        gateway = self.for_(recipient)
        if gateway is None:
            return await self.twilio.find(recipient, wire, key, now) if self.twilio else None
        return None if gateway.once else Uncertain("a gateway cannot be asked")

    async def fetch(self, attachment: Attachment, most: int) -> bytes | None:
        """Files come by Twilio alone."""
        if self.twilio is None:
            raise NotNow(LATER.total_seconds())
        return await self.twilio.fetch(attachment, most)

    async def _handed_over(
        self, gateway: Gateway, number: str, text: str, key: str, now: datetime
    ) -> Result:
        url, data, headers = request_of(gateway, number, text, key)
        try:
            async with self.session().request(
                gateway.method,
                url,
                data=data,
                headers=headers,
                timeout=limits_of(TOTAL),
                allow_redirects=False,
            ) as response:
                body = await response.content.read(MOST_ANSWER)
                again = response.headers.get("Retry-After", "")
                return result_of(gateway, response.status, body, again, key, now)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            why = type(problem).__name__
            if isinstance(problem, UNSENT):
                return RetryAt(now + SOON, why)
            return _unknown(gateway, why, now)


def request_of(
    gateway: Gateway, number: str, text: str, key: str
) -> tuple[str, bytes | None, Mapping[str, str]]:
    """The address, body and headers that hand a text over."""
    said = {
        "to": number,
        "digits": number.lstrip("+"),
        "text": text,
        "id": key,
        "from": gateway.number,
    }
    fields = {name: words.format_map(said) for name, words in gateway.fields.items()}
    headers = dict(gateway.headers)
    if gateway.method == "GET":
        joint = "&" if "?" in gateway.url else "?"
        return f"{gateway.url}{joint}{urlencode(fields)}", None, headers
    if gateway.format == "json":
        headers.setdefault("Content-Type", "application/json")
        return gateway.url, json.dumps(fields, ensure_ascii=False).encode(), headers
    headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    return gateway.url, urlencode(fields).encode(), headers


def result_of(
    gateway: Gateway, status: int, body: bytes, again: str, key: str, now: datetime
) -> Result:
    """What a gateway's answer means for the message."""
    if 200 <= status < 300:
        return Sent(f"{gateway.name}:{_their_id(gateway, body) or key}"[:140])
    if status == 429 or (status == 503 and again):
        seconds = float(again) if re.fullmatch(r"[0-9]{1,5}", again) else SOON.total_seconds()
        pauses = (f"{NAME}:{gateway.name}",)
        return RetryAt(now + timedelta(seconds=seconds), f"status {status}", pauses)
    if status in REFUSED_US:
        what = f"SMS gateway {gateway.name} does not take our messages: check its url and key"
        log.error("operator.alert", channel=NAME, code=status, what=what)
        return RetryAt(now + LATER, f"status {status}")
    if 400 <= status < 500:
        return Rejected(f"status {status}")
    return _unknown(gateway, f"status {status}", now)


def _unknown(gateway: Gateway, why: str, now: datetime) -> Result:
    return RetryAt(now + SOON, why) if gateway.once else Uncertain(why)


def _their_id(gateway: Gateway, body: bytes) -> str:
    """The gateway's own id of the message, where the settings say where it stands."""
    if not gateway.answer_id:
        return ""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    for name in gateway.answer_id.split("."):
        if isinstance(found, list):
            found = found[int(name)] if name.isdigit() and int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, Mapping) else None
    is_id = isinstance(found, str | int) and not isinstance(found, bool)
    return str(found)[:100] if is_id else ""
