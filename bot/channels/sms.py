"""SMS by Twilio: words alone, folded and counted, options by their numbers."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Pace, Recipient, Wire
from bot.channels.cleaning import cleaned
from bot.channels.layout import lay_out
from bot.channels.segments import count
from bot.channels.twilio_sending import Sender
from bot.messages import Caps, Reply

NAME = "sms"
CAPS = Caps(text=1600, utf16=True, page=5, terse=True, sms=True, segments=4)

LONG_CODE = re.compile(r"\+1[2-9][0-9]{9}")
TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)[0-9]{7}")
SLOW, TOLL, USUAL = (1.0, 100.0), (3.0, 100.0), (10.0, 200.0)
"""Segments a second, and at once. Twilio queues what comes faster than the carriers take it; we
keep its queue short, so that an answer does not stand behind an announcement there."""


class Sms(Sender):
    """The channel `sms`."""

    name = NAME

    @property
    def reaches_strangers(self) -> bool:
        return self.account.has_sms

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        return CAPS

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        return render(reply, caps, link)

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        sender = self.account.service or self.sender_for(recipient)
        return (Pace(f"{NAME}:{sender}", *_rate(sender)),)

    def weight(self, recipient: Recipient, wire: Wire) -> int:
        """Its segments: they are what the carriers count."""
        return count(str(wire["text"])).segments

    def sender_for(self, recipient: Recipient) -> str:
        mine = recipient.line and not recipient.line.startswith("whatsapp:")
        return recipient.line if mine else self.account.sms

    def senders(self, recipient: Recipient) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The number they wrote to, of the Messaging Service where there is one; where that one
        is no longer ours, what is configured."""
        service = (("MessagingServiceSid", self.account.service),) if self.account.service else ()
        tried = []
        for sender in (self.sender_for(recipient), self.account.sms):
            tried.append((*service, ("From", sender)) if sender else service)
        if service:
            tried.append(service)
        return tuple(dict.fromkeys(form for form in tried if form))

    def address(self, recipient: Recipient) -> str:
        scheme, _, number = recipient.urn.partition(":")
        return number if scheme == "tel" else ""


def _rate(sender: str) -> tuple[float, float]:
    if TOLL_FREE.fullmatch(sender):
        return TOLL
    return SLOW if LONG_CODE.fullmatch(sender) else USUAL


def render(reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
    """The messages that say a reply, in order: {"form": [["Body", text]], "text"}."""
    texts = (part.text for part in lay_out(cleaned(reply), caps, link))
    return tuple({"form": [["Body", text]], "text": text} for text in texts if text.strip())
