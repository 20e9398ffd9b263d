"""Telegram, WhatsApp and SMS as far as their texts go: every message is laid out as its channel
shows it, under the channel's own rules of when it may go, and is put before its person at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import sms, telegram_rendering, whatsapp
from bot.channels.base import Opening, Pace, Recipient, Wire
from bot.channels.segments import count
from bot.channels.twilio_api import Api
from bot.channels.twilio_templates import APPROVED, Template, Templates
from bot.house import House
from bot.messages import Caps, Reply, Result, Sent
from bot.openings import OCCASIONS, body
from bot.twilio_account import Account

RENDERS = {"telegram": telegram_rendering.render, "whatsapp": whatsapp.render, "sms": sms.render}
CAPS = {"telegram": telegram_rendering.CAPS, "whatsapp": whatsapp.CAPS, "sms": sms.CAPS}


@dataclass(frozen=True)
class Came:
    """What came to an address: its words, on SMS in how many segments, whether it is a template
    that only says that something is there, and whether it was sent unasked."""

    urn: str
    channel: str
    text: str
    segments: int
    template: bool
    unasked: bool
    at: datetime


@dataclass
class Post:
    """What has been brought and not yet looked at, and how much there was of it."""

    came: list[Came] = field(default_factory=list)

    def taken(self) -> list[Came]:
        """What came since this was last asked."""
        came, self.came = self.came, []
        return came


class Channel:
    """A channel whose far side loses nothing and is never slow."""

    settled = timedelta(0)

    def __init__(self, name: str, post: Post) -> None:
        self.name = name
        self.post = post

    def answers(self, recipient: Recipient) -> bool:
        return True

    def patience(self, wire: Wire) -> timedelta:
        return timedelta(0)

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        return CAPS[self.name]

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        return RENDERS[self.name](reply, caps, link)

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        return ()

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        text = said(wire)
        segments = count(text).segments if self.name == "sms" else 1
        came = Came(
            recipient.urn, self.name, text, segments, "template" in wire, recipient.waits, now
        )
        self.post.came.append(came)
        return Sent(key)

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        return None


def said(wire: Wire) -> str:
    """The words of a call, as every channel writes them."""
    parameters: Mapping[str, object] = wire.get("parameters") or {}
    return str(wire.get("text") or parameters.get("text") or parameters.get("caption") or "")


class Sms(Channel):
    """SMS, also to somebody who never wrote one."""

    reaches_strangers = True

    def __init__(self, post: Post) -> None:
        super().__init__("sms", post)


class WhatsApp(Channel):
    """WhatsApp with its window, and every template approved in every language offered."""

    def __init__(self, post: Post, house: House) -> None:
        super().__init__("whatsapp", post)
        self.templates = Templates(Api(Account("AC0", ("",), "", "", "")))
        self.templates.known = tuple(
            Template(
                one.purpose, language, f"{one.purpose}.{language}", APPROVED, one.variables,
                body=body(one, house.catalogues.translate(language)),
            )
            for one in OCCASIONS.values()
            for language in house.settings.languages
        )  # fmt: skip

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        return replace(CAPS[self.name], window=whatsapp.is_open(recipient.heard_at, now))

    def opening(self, reply: Reply, languages: Sequence[str]) -> Opening | None:
        return self.templates.opening(reply, languages)

    def has_news(self) -> bool:
        return False
