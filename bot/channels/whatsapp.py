"""WhatsApp by Twilio: how a reply looks in the 24 hours after somebody's last word.

Source: https://www.twilio.com/docs/whatsapp/key-concepts and the Content API's pages"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Opening, Pace, Recipient, Wire
from bot.channels.cleaning import cleaned
from bot.channels.layout import Part, lay_out
from bot.channels.twilio_content import shape_for, variables
from bot.channels.twilio_sending import Sender
from bot.channels.twilio_templates import Templates
from bot.messages import Attachment, Caps, Reply

NAME = "whatsapp"
WINDOW = timedelta(hours=24)
MARGIN = timedelta(minutes=1)
"""Of the window, what is left for the way to WhatsApp."""

CAPS = Caps(
    text=1600,
    utf16=True,
    caption=1024,
    buttons=3,
    button_chars=20,
    items=10,
    item_chars=24,
    description_chars=72,
    payload_bytes=200,
    body_with_options=1024,
    page=9,
    media_in=True,
    media_out=True,
)
PACE = 60.0
"""Messages a second from one sender, and a quarter of that at once: WhatsApp takes 80."""

SHOWN = frozenset({"image/jpeg", "image/png"})
HEARD = frozenset({"audio/ogg", "audio/amr", "audio/3gpp", "audio/aac", "audio/mpeg"})


class WhatsApp(Sender):
    """The channel `whatsapp`."""

    name = NAME
    templates: Templates | None = None

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        contents = self.contents
        return replace(
            CAPS,
            buttons=CAPS.buttons if contents.has_buttons else 0,
            items=CAPS.items if contents.has_lists else 0,
            description_chars=CAPS.description_chars if contents.has_told_lists else 0,
            window=is_open(recipient.heard_at, now),
        )

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        return render(reply, caps, link)

    def opening(self, reply: Reply, languages: Sequence[str]) -> Opening | None:
        """What may go outside the window."""
        return self.templates.opening(reply, languages) if self.templates else None

    def has_news(self) -> bool:
        return self.templates is not None and self.templates.has_news()

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        return (Pace(self.sender_for(recipient) or NAME, PACE, PACE / 4),)

    def sender_for(self, recipient: Recipient) -> str:
        mine = recipient.line.startswith(f"{NAME}:")
        return recipient.line if mine else self.account.whatsapp

    def senders(self, recipient: Recipient) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The number they wrote to; the configured one where that one is no longer ours."""
        both = dict.fromkeys((self.sender_for(recipient), self.account.whatsapp))
        return tuple((("From", sender),) for sender in both if sender)

    def address(self, recipient: Recipient) -> str:
        return recipient.urn if recipient.urn.startswith(f"{NAME}:") else ""


def is_open(heard_at: datetime | None, now: datetime) -> bool:
    """Whether free text may go to somebody who last wrote then."""
    return heard_at is not None and now - heard_at < WINDOW - MARGIN


def render(reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
    """The messages that say a reply, in order.

    A wire is what is asked of Twilio but for where it goes: {"form": [[name, value]...]}, or
    {"content", "variables"} with the name of a Content resource; "text" is what it says."""
    kind = _kind(reply.media)
    if reply.media is not None and (not kind or not link):
        caps = replace(caps, media_out=False)
    elif kind in ("voice", "document"):
        caps = replace(caps, caption=0)
    parts = lay_out(cleaned(reply), caps, link)
    if not all(_may(part) for part in parts):
        parts = lay_out(cleaned(reply), replace(caps, buttons=0, items=0), link)
    wires = (_wire(part, link) for part in parts)
    return tuple(wire for wire in wires if wire is not None)


def _kind(media: Attachment | None) -> str:
    """What WhatsApp makes of a file; empty where it takes no such file."""
    if media is None:
        return ""
    if media.type in SHOWN or (not media.type and media.kind == "photo"):
        return "photo"
    if media.type == "application/pdf":
        return "document"
    return "voice" if media.type in HEARD or (not media.type and media.kind == "voice") else ""


def _may(part: Part) -> bool:
    """Whether its options can be taken for what they are: each with a name and a payload of its
    own."""
    shown = part.buttons or part.items
    if not shown:
        return True
    payloads = {one.payload for one in shown}
    labels = {one.label.strip() for one in shown}
    return (
        all(payload.strip() for payload in payloads)
        and all(labels)
        and len(payloads) == len(labels) == len(shown)
        and shape_for(part.buttons, part.items) is not None
    )


def _wire(part: Part, link: str) -> Wire | None:
    shape = shape_for(part.buttons, part.items) if part.buttons or part.items else None
    if shape is not None:
        shown = part.buttons or part.items
        told = variables(shape, part.text, part.menu, shown)
        return {"content": shape.name, "variables": told, "text": part.text}
    form = [["MediaUrl", link]] if part.media is not None else []
    if part.text:
        form.append(["Body", part.text])
    return {"form": form, "text": part.text} if form else None
