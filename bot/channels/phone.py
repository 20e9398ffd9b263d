"""The simulated phone: a channel like any other, whose far side is a table of ours.

What its screen shows are rows; they are shown by the page and by `artisan chat`. It looks and
behaves as Telegram, WhatsApp or SMS would, and can be asked what it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Pace, Recipient, Wire
from bot.channels.layout import Button, Part, lay_out
from bot.channels.segments import count
from bot.messages import Caps, Gone, Incoming, NeedsTemplate, Reply, Result, Sent
from bot.pipeline import inbox
from bot.pipeline.coordination import Coordination
from bot.pipeline.together import Together
from storage import phones, sealing
from storage.database import Database

NAME = "phone"
WINDOW = timedelta(hours=24)

LOOKS: Mapping[str, Caps] = {
    "telegram": Caps(
        text=4096,
        utf16=True,
        buttons=100,
        button_chars=40,
        body_with_options=4096,
        page=8,
        media_in=True,
        media_out=True,
        ask_location=True,
        ask_contact=True,
    ),
    "whatsapp": Caps(
        text=1600,
        buttons=3,
        button_chars=20,
        items=10,
        item_chars=24,
        payload_bytes=200,
        page=9,
        media_in=True,
        media_out=True,
    ),
    "sms": Caps(text=1600, page=5, terse=True, sms=True, segments=4),
    "phone": Caps(
        text=8000,
        caption=8000,
        buttons=30,
        button_chars=60,
        payload_bytes=200,
        body_with_options=8000,
        page=12,
        media_in=True,
        media_out=True,
        ask_location=True,
        ask_contact=True,
    ),
}
BY_SCHEME = {"tel": "sms", "whatsapp": "whatsapp", "telegram": "telegram"}


def look_of(urn: str, look: str = "") -> str:
    """How a phone of this address behaves: as it was told, else as its address says."""
    told = look if look != "phone" else ""
    return told or BY_SCHEME.get(urn.partition(":")[0], "phone")


class Phone:
    """The channel `phone`. A blocked phone is gone, one that looks like WhatsApp takes nothing
    unprompted a day after it last wrote, or when its window was shut by hand."""

    name = NAME
    settled = timedelta(0)

    def __init__(self, database: Database, coordination: Coordination) -> None:
        self.database = database
        self.coordination = coordination
        self._heard: Together[_Heard, int] = Together(database, _hear)

    def answers(self, recipient: Recipient) -> bool:
        return True

    async def caps(self, db: AsyncConnection, recipient: Recipient, now: datetime) -> Caps:
        state = await phones.state(db, recipient.urn)
        look = look_of(recipient.urn, state.look)
        return replace(LOOKS[look], window=is_open(state, look, now))

    def render(self, reply: Reply, caps: Caps, link: str = "") -> tuple[Wire, ...]:
        return tuple(_wire(part, caps) for part in lay_out(reply, caps, link))

    def paces(self, recipient: Recipient) -> tuple[Pace, ...]:
        return ()

    def patience(self, wire: Wire) -> timedelta:
        return timedelta(0)

    async def send(self, recipient: Recipient, wire: Wire, key: str, now: datetime) -> Result:
        async with self.database.begin() as db:
            state = await phones.state(db, recipient.urn, lock=True)
            if state.blocked:
                return Gone("blocked")
            if not is_open(state, look_of(recipient.urn, state.look), now):
                return NeedsTemplate("window")
            await phones.show(db, recipient.urn, key, wire, now)
        await self.coordination.wake("phone")
        return Sent(key)

    async def find(
        self, recipient: Recipient, wire: Wire, key: str, now: datetime
    ) -> Result | None:
        async with self.database.read() as db:
            seq = await phones.seq_of(db, recipient.urn, key)
        return None if seq is None else Sent(key)

    async def hear(self, incoming: Incoming, shown: Mapping[str, Any], now: datetime) -> int:
        """A person wrote on it: their own screen shows it and the inbox has it, together.

        `shown` is what the screen shows. Gives its seq; the same one for the same message."""
        seq = await self._heard.put(_Heard(incoming, shown, now))
        await self.coordination.wake("inbox")
        await self.coordination.wake("phone")
        return seq


@dataclass(frozen=True)
class _Heard:
    incoming: Incoming
    shown: Mapping[str, Any]
    now: datetime


async def _hear(db: AsyncConnection, heard: Sequence[_Heard]) -> list[int]:
    """What several phones wrote, in one transaction; those of the same in their order."""
    seqs = dict.fromkeys(range(len(heard)), 0)
    for at in sorted(seqs, key=lambda at: heard[at].incoming.urns[0]):
        seqs[at] = await _hear_one(db, heard[at])
    return list(seqs.values())


def name_in_inbox(db: AsyncConnection, urn: str, id: str) -> str:
    """What the inbox calls a message of a phone: no two phones have one name, and only who holds
    the key can tell whose it is, since a name is kept unsealed."""
    return f"{sealing.digest(db, urn)[:20]}/{id}"


async def _hear_one(db: AsyncConnection, heard: _Heard) -> int:
    incoming, now = heard.incoming, heard.now
    urn, id = incoming.urns[0], incoming.external_id.rpartition("/")[2]
    state = await phones.state(db, urn, lock=True)
    if await phones.show(db, urn, id, {"from": "me", **heard.shown}, now, mine=True):
        look = incoming.look or look_of(urn, state.look)
        await phones.change(db, urn, look=look, window_open=True, heard_at=now)
        kept = replace(incoming, external_id=name_in_inbox(db, urn, id))
        await inbox.put(db, [kept], now)
    return await phones.seq_of(db, urn, id) or 0


def is_open(state: phones.Phone, look: str, now: datetime) -> bool:
    """Whether something unprompted gets through: on what looks like WhatsApp for a day after the
    person last wrote, unless the window was shut by hand."""
    if look != "whatsapp":
        return True
    lately = state.heard_at is None or now - state.heard_at <= WINDOW
    return state.window_open and lately


def _wire(part: Part, caps: Caps) -> Wire:
    counted = count(part.text)
    return {
        "from": "bot",
        "text": part.text,
        "buttons": [_button(button) for button in part.buttons],
        "list": {
            "button": part.menu,
            "items": [{**_button(i), "description": i.description} for i in part.items],
        }
        if part.items
        else None,
        "wants": part.wants or None,
        "media": {"id": part.media.id, "kind": part.media.kind, "type": part.media.type}
        if part.media
        else None,
        "sms": {
            "characters": counted.characters,
            "segments": counted.segments,
            "encoding": counted.encoding,
        }
        if caps.sms
        else None,
    }


def _button(button: Button) -> dict[str, str]:
    return {"label": button.label, "payload": button.payload, "number": button.number}
