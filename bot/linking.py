"""Asking whether an address is somebody's too, and the code that shows it.

A number alone proves nothing: the code goes to the address that is known already and is written
at the other. What is written by SMS can be forged, so nothing is joined from there: the question
goes to the other side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

from bot import proof, steps
from bot.commands import starts
from bot.handlers import answered, facts, still, told
from bot.messages import Reply, Wake, reply_json
from bot.speech import say, spoken
from bot.turn import REPLY, Turn
from flows.session import Session
from flows.values import Value
from storage import contacts, enterprises, events, outbox, roles, sessions, urns
from storage.contacts import Contact
from storage.urns import Urn

CHANNELS = {"telegram": "Telegram", "whatsapp": "WhatsApp", "tel": "SMS"}
"""Schemes by the names that people know them by."""

MOST_CODES, DAY, MONTH = 3, timedelta(days=1), timedelta(days=30)
"""Codes that one person is sent in a day, so that nobody can be pestered with them."""

ELSEWHERE = say(
    "phrase.link_elsewhere",
    "Write LINK on WhatsApp or Telegram, and give this number there.",
)


def label_of(urn: Urn) -> str:
    """An address as its owner knows it: "WhatsApp +50499887766"."""
    name, path = CHANNELS.get(urn.scheme, ""), urn.path
    if urn.scheme == "telegram" or (urn.scheme == "whatsapp" and not path.startswith("+")):
        return name
    return f"{name} {path}".strip()


async def holds_data(turn: Turn, contact: Contact) -> bool:
    """Whether there is more of a contact than that they wrote: a workshop or a role."""
    if await roles.of(turn.db, contact.id):
        return True
    return await enterprises.of_contact(turn.db, contact.id) is not None


# --- asking -------------------------------------------------------------------------------------


@starts("link", joined=False)
async def link(turn: Turn, rest: str) -> None:
    """Join another address: the one of the same number, or whichever is named."""
    if turn.incoming.channel == "sms":
        turn.tell(ELSEWHERE)
        return
    address = (turn.urn.address if turn.urn else None) or ""
    found = await _elsewhere(turn, urns.same_number(address))
    if found is not None:
        await _ask(turn, found[0])
    elif own := await _own_number(turn, address):
        await _ask(turn, own)
    else:
        await steps.start(turn, "link", given={"how": "number", "sort": "other"})


async def _own_number(turn: Turn, address: str) -> Urn | None:
    """Who writes by WhatsApp from a number may be written to by SMS there; None where that cannot
    be done or is joined already."""
    if not address.startswith("whatsapp:+") or not _can_write_sms(turn):
        return None
    urn = await urns.note(turn.db, f"tel:{address.partition(':')[2]}", turn.now, via="sms")
    holder = await contacts.holder(turn.db, urn.id)
    return urn if holder is None else None


async def proposed(turn: Turn) -> bool:
    """Whether somebody new is known by the same number elsewhere, and was asked about it. Who
    said no, or was asked on the other side, is not asked again."""
    urn = turn.urn
    addresses = urns.same_number(urn.address or "") if urn is not None else ()
    if urn is None or not addresses:
        return False
    if turn.known and await sessions.last_done(turn.db, turn.contact.id, "link"):
        return False
    found = await _elsewhere(turn, addresses)
    if found is None or not await holds_data(turn, found[1]):
        return False
    other, holder = found
    if holder.language:
        turn.change(language=holder.language)
    if turn.incoming.channel == "sms":
        return await _asked_there(turn, urn, other, holder)
    await _ask(turn, other)
    return True


async def shared(turn: Turn) -> None:
    """A number shared by its own owner, which the channel vouches for: offer to join it."""
    number = turn.incoming.text
    addresses = [f"{scheme}:{number}" for scheme in urns.NUMBERED]
    mine = {urn.address for urn in await urns.of(turn.db, turn.contact.id)}
    if mine.intersection(addresses):
        turn.tell(say("phrase.joined_already", "We know that number of yours already."))
        await steps.ask_again(turn)
        return
    found = await _elsewhere(turn, addresses)
    if found is not None:
        await _ask(turn, found[0])
    elif _can_write_sms(turn):
        await _ask(turn, await urns.note(turn.db, f"tel:{number}", turn.now, via="sms"))
    else:
        turn.tell(say("phrase.number_not_needed", "Thank you. I do not need your number now."))
        await steps.ask_again(turn)


async def _ask(turn: Turn, other: Urn) -> None:
    sort = "sms" if other.scheme == "tel" else "other"
    await steps.start(turn, "link", str(other.id), given={"how": "known", "sort": sort})


async def _asked_there(turn: Turn, urn: Urn, other: Urn, holder: Contact) -> bool:
    """Ask the owner of the other address about this one, once; False where that was done."""
    asked = await events.count(turn.db, "link_asked", holder.pseudonym, turn.now - MONTH)
    if asked or await contacts.address(turn.db, holder.id) is None:
        return False
    given = {"how": "known", "sort": "sms" if urn.scheme == "tel" else "other"}
    wake = Wake(holder.id, flow="link", subject=str(urn.id), given=given)
    turn.wake(f"link:{urn.id}:{turn.inbox_seq}", wake)
    turn.event("link_asked", whom=holder.pseudonym)
    turn.tell(
        say(
            "phrase.asked_there",
            "We know this number on {channel} and asked you there whether it is yours. "
            "Write REGISTER to begin here instead.",
            channel=CHANNELS.get(other.scheme, ""),
        )
    )
    return True


async def _elsewhere(turn: Turn, addresses: Iterable[str]) -> tuple[Urn, Contact] | None:
    """The first of these addresses that is somebody else's, who can be written to."""
    for address in addresses:
        found = await contacts.known(turn.db, address)
        if found is None or found[0].id == turn.contact.id or found[0].erased_at is not None:
            continue
        if await contacts.address(turn.db, found[0].id) is not None:
            return found[1], found[0]
    return None


def _can_write_sms(turn: Turn) -> bool:
    settings = turn.house.settings
    return bool(settings.gateways) or (settings.twilio is not None and settings.twilio.has_sms)


# --- the code -----------------------------------------------------------------------------------


async def target(turn: Turn, session: Session) -> Urn | None:
    """The address a session is about; None where we do not know it."""
    if session.subject:
        return (await urns.by_ids(turn.db, [UUID(session.subject)])).get(UUID(session.subject))
    number = session.answers.get("number")
    if not isinstance(number, str):
        return None
    addresses = [f"{scheme}:{number}" for scheme in urns.NUMBERED]
    found = await _elsewhere(turn, addresses)
    return found[0] if found else await urns.by_address(turn.db, addresses[0])


def purpose_of(urn: Urn) -> str:
    """What a code for an address is for."""
    return f"link:{urn.id}"


@facts("link")
async def of_link(turn: Turn, session: Session) -> Mapping[str, str]:
    urn = await target(turn, session)
    return {"address": label_of(urn) if urn else ""}


@still("link")
async def still_apart(turn: Turn, subject: str) -> bool:
    """Whether the address is not the contact's own yet."""
    if not subject:
        return True
    holder = await contacts.holder(turn.db, UUID(subject))
    return holder is None or holder.id != turn.contact.id


@answered("link", "number")
async def number_named(turn: Turn, session: Session, value: Value) -> None:
    """Send the code where the number is known; who only names a number learns no more of it."""
    if turn.incoming.kind == "contact" and await target(turn, session) is None:
        if not _can_write_sms(turn):
            return
        await urns.note(turn.db, f"tel:{value}", turn.now, via="sms")
    await _send_code(turn, session, vouched=turn.incoming.kind == "contact")


@answered("link", "join")
async def yours_too(turn: Turn, session: Session, value: Value) -> None:
    if value == "yes" and turn.incoming.channel != "sms":
        await _send_code(turn, session, vouched=True)


async def _send_code(turn: Turn, session: Session, *, vouched: bool) -> None:
    """Have the code said where it is to be read. An address nobody wrote from yet gets one only
    where its owner's channel vouches for it."""
    urn = await target(turn, session)
    if urn is None:
        return
    holder = await contacts.holder(turn.db, urn.id)
    whom = holder.pseudonym if holder else turn.contact.pseudonym
    if await events.count(turn.db, "link_code", whom, turn.now - DAY) >= MOST_CODES:
        return
    code = str(proof.code(turn, purpose_of(urn)))
    asker = CHANNELS.get(turn.urn.scheme, "") if turn.urn else ""
    data = {"code": code, "channel": asker}
    if holder is not None:
        wake = Wake(holder.id, what="link_code", data=data)
        turn.wake(f"link_code:{turn.inbox_seq}:{urn.id}", wake)
    elif vouched and urn.address is not None:
        await outbox.put(turn.db, [_to_nobody(turn, urn, data)])
    turn.event("link_code", whom=whom)


CODE = say(
    "phrase.link_code",
    "Somebody on {channel} says that they are you. If it is you, write there: {code}. "
    "If not, give this number to nobody.",
)


def _to_nobody(turn: Turn, urn: Urn, data: Mapping[str, str]) -> outbox.Outgoing:
    """The code, to an address nobody has written from yet."""
    text = spoken(replace(CODE, values=data), turn.translate)
    return outbox.Outgoing(
        id=uuid5(urn.id, f"code.{turn.inbox_seq}"),
        contact_id=None,
        urn_id=urn.id,
        channel=urn.via or urn.scheme,
        rank=REPLY,
        purpose="link_code",
        reply=reply_json(Reply(text, purpose="link_code", language=turn.language)),
        due_at=turn.now,
        inbox_seq=turn.inbox_seq,
    )


@told("link_code")
async def code_said(turn: Turn, wake: Wake) -> None:
    """At once, whatever the hours: its reader has just asked for it."""
    turn.rank, turn.purpose = REPLY, "link_code"
    turn.tell(replace(CODE, values=wake.data))
