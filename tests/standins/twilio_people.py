"""The telephones of people who write to numbers on the stand-in of Twilio, by WhatsApp and SMS:
what they send, as Twilio would hand it on, and what their screens show."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

from tests.standins.twilio_rules import Rendered

if TYPE_CHECKING:
    from tests.standins.twilio import TwilioServer

STOPS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
STARTS = {"START", "YES", "UNSTOP"}
DAY = timedelta(days=1)


def inbound_row(form: dict[str, str], date: str) -> dict[str, object]:
    """A message of somebody's as the list of messages has it: without taps and pins."""
    count = int(form.get("NumMedia", "0"))
    files = [(form[f"MediaUrl{n}"], form[f"MediaContentType{n}"]) for n in range(count)]
    return {
        "sid": form["MessageSid"],
        "from": form["From"],
        "to": form["To"],
        "body": form.get("Body", ""),
        "num_media": str(count),
        "direction": "inbound",
        "status": "received",
        "date_created": date,
        "date_sent": date,
        "error_code": None,
        "files": files,
    }


@dataclass
class Shown:
    """A message of ours on a screen."""

    sid: str
    line: str
    rendered: Rendered
    template: bool = False

    @property
    def text(self) -> str:
        return self.rendered.text


@dataclass
class Person:
    """Somebody with a telephone. `address` is as Twilio writes it: +504…, whatsapp:+504… or
    whatsapp:HN.…. `account` is what WhatsApp calls them beside a number, `line` whom they write to.

    `delivers`: what becomes of a message to them ("delivered", or a code of an error)."""

    server: TwilioServer
    address: str
    line: str
    name: str = "Ana"
    account: str = ""
    blocked: bool = False
    opted_out: bool = False
    reads: bool = False
    delivers: str = "delivered"
    heard_at: datetime | None = None
    screen: list[Shown] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def on_whatsapp(self) -> bool:
        return self.address.startswith("whatsapp:")

    @property
    def window(self) -> bool:
        """Whether free text reaches them."""
        return self.heard_at is not None and self.server.clock() - self.heard_at < DAY

    def form(self, text: str = "", **more: str) -> dict[str, str]:
        """The form of a message of theirs."""
        sid = "SM" + token_hex(16)
        common = {
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "MessageSid": sid,
            "AccountSid": self.server.sid,
            "ApiVersion": "2010-04-01",
            "From": self.address,
            "To": self.line,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
        }
        if not self.on_whatsapp:
            return {**common, "FromCountry": "HN", "FromCity": "", "ToCountry": "US", **more}
        path = self.address.removeprefix("whatsapp:")
        return {
            **common,
            "ReferralNumMedia": "0",
            "ProfileName": self.name,
            "WaId": path.lstrip("+") if path.startswith("+") else "",
            "MessageType": "text",
            **({"ExternalUserId": f"whatsapp:{self.account}"} if self.account else {}),
            **more,
        }

    async def send(self, form: dict[str, str]) -> int:
        """Send a message; the status of the answer to Twilio's request."""
        self.heard_at = self.server.clock()
        return await self.server.deliver(form)

    async def say(self, text: str, **more: str) -> int:
        """Write something. By SMS, Twilio itself hears STOP and START."""
        word = text.strip().upper()
        if not self.on_whatsapp and word in STOPS:
            self.opted_out = True
            if self.server.advanced_opt_out:
                more = {"OptOutType": "STOP", **more}
        elif not self.on_whatsapp and self.opted_out and word in STARTS:
            self.opted_out = False
            if self.server.advanced_opt_out:
                more = {"OptOutType": "START", **more}
        return await self.send(self.form(text, **more))

    async def tap(self, label: str, shown: Shown | None = None) -> int:
        """Press a button or pick an item of the last message that has it, or of an older one."""
        found = shown or next(one for one in reversed(self.screen) if label in _taps(one))
        replied = {
            "MessageType": "interactive",
            "OriginalRepliedMessageSid": found.sid,
            "OriginalRepliedMessageSender": found.line,
        }
        if label in found.rendered.buttons:
            payload = found.rendered.buttons[label]
            return await self.send(
                self.form(label, ButtonText=label, ButtonPayload=payload, **replied)
            )
        item = found.rendered.items[label]
        return await self.send(self.form(label, ListId=item, ListTitle=label, **replied))

    async def pin(self, latitude: float, longitude: float) -> int:
        place = {"Latitude": str(latitude), "Longitude": str(longitude)}
        return await self.send(self.form(MessageType="location", **place))

    async def attach(self, data: bytes, type: str, text: str = "") -> int:
        """Send a file."""
        url = self.server.keep(data, type)
        files = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": type}
        return await self.send(self.form(text, MessageType=type.partition("/")[0], **files))

    async def show(self, shown: Shown) -> None:
        async with self.changed:
            self.screen.append(shown)
            self.changed.notify_all()

    async def wait(self, count: int = 1, seconds: float = 15.0) -> list[Shown]:
        """The messages on the screen, once there are so many."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.screen) >= count)
        return self.screen

    async def reply_to(self, text: str) -> Shown:
        """Write something; the next thing that comes."""
        before = len(self.screen)
        await self.say(text)
        return (await self.wait(before + 1))[before]

    async def reply_to_tap(self, label: str) -> Shown:
        """Press or pick something; the next thing that comes."""
        before = len(self.screen)
        await self.tap(label)
        return (await self.wait(before + 1))[before]


def _taps(shown: Shown) -> set[str]:
    return {*shown.rendered.buttons, *shown.rendered.items}
