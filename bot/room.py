"""A group's room: what one member says goes to all, on whichever channel each has, numbers hidden.

It comes in the order in which it was said, since the network is locked while something is said;
by SMS once a day, since each message costs. Nothing is translated. Between two of whom one wants
nothing with the other, and from whoever is frozen, nothing passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from bot import hours, networks, steps
from bot.commands import command
from bot.handlers import facts, outcome, told
from bot.messages import Attachment, Wake
from bot.networks import Person, Seat, acting, anybody, deed, members
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Said as Heard
from storage import blocks, contacts, media, outbox, room
from storage import networks as kept
from storage.contacts import Contact
from storage.room import Said
from storage.urns import Urn

DIGEST_HOUR = 17
DIGEST_MOST, SHOWN_MOST = 30, 10
DIGEST_CHARACTERS = 450
"""What fits three SMS; what was said before is counted, and read by WHAT WAS SAID."""

ANSWERS_FOR = timedelta(hours=12)
"""So long after a message of the room what somebody writes may be an answer to it."""

PURPOSES = ("room", "room_digest")


# --- saying something ---------------------------------------------------------------------------


@command("command.group", "group, to the group, to all", takes="words")
async def group(turn: Turn, rest: str) -> None:
    await networks.do(turn, "group", rest)


@deed("group", say("deed.group", "Write to the group"), acting)
async def write(turn: Turn, seat: Seat, words: str) -> None:
    if words:
        await post(turn, seat, words=words)
    else:
        await steps.start(turn, "group", str(seat.network.id))


@facts("group")
async def of_group(turn: Turn, session: Session) -> Mapping[str, str]:
    return await _network_of(turn, session)


async def _network_of(turn: Turn, session: Session) -> Mapping[str, str]:
    seat = await networks.seat_in(turn, session.subject)
    return {"network": networks.label(turn, seat.network) if seat else ""}


@outcome("group")
async def written(turn: Turn, session: Session) -> None:
    seat = await networks.seat_in(turn, session.subject)
    words = session.answers.get("words")
    if seat is not None and isinstance(words, str):
        await post(turn, seat, words=words)


async def post(turn: Turn, seat: Seat, words: str = "", medium: UUID | None = None) -> None:
    """Pass on words, a photo or a recording."""
    if turn.contact.frozen_at is not None or not acting(seat):
        turn.tell(networks.FROZEN)
        return
    network = await kept.by_id(turn.db, seat.network.id, lock=True)
    if network is None or network.stage == "closed":
        return
    quiet = network.quiet_until
    if quiet is not None and quiet > turn.now and not networks.quieting(seat):
        turn.tell(say("phrase.is_quiet", "The group is quiet until tomorrow. Please write then."))
        return
    if medium is not None:
        await media.belongs(turn.db, [medium], turn.contact.id)
    said = await room.say(
        turn.db, network.id, turn.now, words=words or None, media_id=medium, who=seat.by,
        enterprise_id=seat.mine.id if seat.mine else None,
    )  # fmt: skip
    await kept.change(turn.db, network.id, seen_at=turn.now)
    await _pass_on(turn, seat, said)
    turn.tell(say("phrase.said_to_all", "It goes to the group."))


async def _pass_on(turn: Turn, seat: Seat, said: Said) -> None:
    """At once to whoever reads a chat; by SMS, and to the broker, once a day."""
    known = await networks.people(turn, said.network_id)
    muted = {m.enterprise_id for m in await kept.members_of(turn.db, said.network_id) if m.muted}
    speakers: dict[UUID, Contact] = {
        one.contact.id: one.contact
        for enterprise, one in known.items()
        if one.contact is not None and enterprise not in muted
    }
    broker = seat.network.broker_id
    accompanying = await contacts.by_ids(turn.db, [broker]) if broker else {}
    reached = await contacts.addresses(turn.db, {*speakers, *accompanying})
    for one in {**accompanying, **speakers}.values():
        if one.id == turn.contact.id:
            continue
        if one.id not in speakers or _by_sms(reached.get(one.id)):
            digest = Wake(one.id, what="room_digest", subject=str(said.network_id))
            about = networks.about(one.id, "room", said.network_id)
            turn.later(_evening(turn, one), digest, "room_digest", about)
        else:
            wake = Wake(one.id, what="room", subject=str(said.id))
            turn.wake(f"room:{said.id}:{one.id}", wake)


def _by_sms(urn: Urn | None) -> bool:
    return urn is not None and urn.scheme == "tel" and urn.via != "phone"


def _evening(turn: Turn, one: Contact) -> datetime:
    """When the day's messages are told: the next time that it is late afternoon there."""
    zone = hours.zone_of(one.zone, one.country or turn.country)
    local = turn.now.astimezone(zone)
    at = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return (at if at > local else at + timedelta(days=1)).astimezone(turn.now.tzinfo)


# --- hearing it ---------------------------------------------------------------------------------


@told("room")
async def heard(turn: Turn, wake: Wake) -> None:
    """One message, unless meanwhile it must not reach this person any more."""
    said = await room.by_id(turn.db, UUID(wake.subject))
    seat = await networks.seat_in(turn, said.network_id) if said else None
    if said is None or seat is None or seat.mine is None:
        return
    member = await kept.member(turn.db, said.network_id, seat.mine.id)
    known = await networks.people(turn, said.network_id)
    if member is None or member.muted or not await _passes(turn, seat, known, said):
        return
    turn.purpose = "room"
    await kept.set_member(turn.db, said.network_id, seat.mine.id, read_at=said.at)
    turn.speech.add(f"{networks.label(turn, seat.network)}, {_line(turn, known, said)}")
    medium = await media.by_id(turn.db, said.media_id) if said.media_id else None
    if medium is not None and medium.erased_at is None:
        turn.speech.media = Attachment(medium.kind, id=str(medium.id), type=medium.type)


async def _passes(turn: Turn, seat: Seat, known: Mapping[UUID, Person], said: Said) -> bool:
    """Whether something said may be told the contact now."""
    if said.words is None and said.media_id is None:
        return False
    author = known.get(said.enterprise_id) if said.enterprise_id else None
    if author is not None and author.contact and author.contact.frozen_at is not None:
        return False
    if said.enterprise_id is None or seat.mine is None or said.enterprise_id == seat.mine.id:
        return True
    return not await blocks.between(turn.db, seat.mine.id, said.enterprise_id)


def _line(turn: Turn, known: Mapping[UUID, Person], said: Said) -> str:
    if said.enterprise_id is None:
        name = turn.spoken(say("room.broker", "the broker"))
    else:
        name = networks.name_of(turn, known.get(said.enterprise_id))
    words = said.words or turn.spoken(say("room.media", "(a picture or a recording)"))
    return f"{name}: {words}"


@told("room_digest")
async def digest(turn: Turn, wake: Wake) -> None:
    """What was said since the last time, the latest of it, as one message."""
    seat = await networks.seat_in(turn, wake.subject)
    if seat is None:
        return
    network = seat.network
    mine = seat.mine
    member = await kept.member(turn.db, network.id, mine.id) if mine else None
    if member is not None and member.muted:
        return
    told_until = str(network.settings.get("broker_read") or network.created_at.isoformat())
    since = member.read_at if member else datetime.fromisoformat(told_until)
    found = await room.since(turn.db, network.id, since, DIGEST_MOST)
    if not found:
        return
    if mine is not None and member is not None:
        await kept.set_member(turn.db, network.id, mine.id, read_at=found[-1].at)
    else:
        await kept.put_settings(turn.db, network.id, broker_read=found[-1].at.isoformat())
    lines = await _lines(turn, seat, found)
    if lines:
        turn.purpose = "room_digest"
        turn.speech.add("\n".join([networks.label(turn, network), *_fitting(turn, lines)]))


async def _lines(turn: Turn, seat: Seat, found: Sequence[Said]) -> list[str]:
    """What the contact may read of it, without what they said themselves."""
    known = await networks.people(turn, seat.network.id)
    own = seat.mine.id if seat.mine else None
    return [
        _line(turn, known, said)
        for said in found
        if said.enterprise_id != own and await _passes(turn, seat, known, said)
    ]


def _fitting(turn: Turn, lines: list[str]) -> list[str]:
    """The latest of them that fit, oldest first, and how many came before."""
    kept_: list[str] = []
    for line in reversed(lines):
        if kept_ and sum(map(len, kept_)) + len(line) > DIGEST_CHARACTERS:
            break
        kept_.insert(0, line)
    before = len(lines) - len(kept_)
    if not before:
        return kept_
    more = say("room.before", "({count} more before. Write NETWORK.)", count=before)
    return [turn.spoken(more), *kept_]


@deed("said", say("deed.said", "What was said"), anybody, reaches=False)
async def shown(turn: Turn, seat: Seat, words: str) -> None:
    """The latest of the room, one's own words too."""
    known = await networks.people(turn, seat.network.id)
    found = await room.since(turn.db, seat.network.id, None, SHOWN_MOST)
    lines = [_line(turn, known, s) for s in found if await _passes(turn, seat, known, s)]
    if lines:
        turn.speech.add("\n".join(lines))
    else:
        turn.tell(say("phrase.room_empty", "Nothing has been said yet."))


# --- quiet for oneself --------------------------------------------------------------------------


@command("command.mute", "mute, unmute")
async def mute_word(turn: Turn, rest: str) -> None:
    await networks.do(turn, "mute")


@deed("mute", say("deed.mute", "Mute, or end it"), members, reaches=False)
async def mute(turn: Turn, seat: Seat, words: str) -> None:
    """What the others say reaches the contact no more, until MUTE is said again."""
    member = await kept.member(turn.db, seat.network.id, seat.mine.id) if seat.mine else None
    if member is None:
        return
    muted = not member.muted
    since = {} if muted else {"read_at": turn.now}
    await kept.set_member(turn.db, member.network_id, member.enterprise_id, muted=muted, **since)
    turn.tell(
        say("phrase.muted", "The group's messages no longer reach you. MUTE ends it.")
        if muted
        else say("phrase.unmuted", "The group's messages reach you again.")
    )


# --- answering in the room ----------------------------------------------------------------------


async def takes(turn: Turn) -> bool:
    """Take what is written or sent as for the group: a picture where words for it were asked, or,
    asked back, what comes right after a message of the room with nothing else open."""
    active = turn.agenda.active
    if active is not None and active.flow != "group":
        return False
    said = steps.said_of(turn)
    if active is not None:
        if said.media is None:
            return False
        seat = await networks.seat_in(turn, active.subject)
        turn.agenda.end()
        if seat is not None:
            await post(turn, seat, said.text, UUID(said.media.id))
        return True
    if turn.agenda.waiting or said.tap or turn.urn is None or not (said.text or said.media):
        return False
    network_id = await _last_room(turn)
    if network_id is None or turn.contact.frozen_at is not None:
        return False
    await steps.start(turn, "to_group", str(network_id), _given(said))
    return True


def _given(said: Heard) -> Mapping[str, str]:
    given = {"words": said.text} if said.text else {}
    return {**given, "medium": said.media.id} if said.media else given


async def _last_room(turn: Turn) -> UUID | None:
    """The room that the last message to this address came from, if that was lately. Who has no
    workshop and no role has no room."""
    if turn.urn is None or not await turn.has_joined():
        return None
    last = await outbox.last_sent(turn.db, turn.urn.id)
    if last is None or last[0] not in PURPOSES or turn.now - last[1] > ANSWERS_FOR:
        return None
    ids = [one.network.id for one in await networks.seats(turn) if acting(one)]
    return await room.latest_of(turn.db, ids) if ids else None


@facts("to_group")
async def of_answer(turn: Turn, session: Session) -> Mapping[str, str]:
    return await _network_of(turn, session)


@outcome("to_group")
async def answered(turn: Turn, session: Session) -> None:
    seat = await networks.seat_in(turn, session.subject)
    if seat is None or session.answers.get("sure") != "yes":
        return
    turn.speech.forget()
    words, medium = session.answers.get("words"), session.answers.get("medium")
    await post(
        turn,
        seat,
        words if isinstance(words, str) else "",
        UUID(medium) if isinstance(medium, str) else None,
    )
