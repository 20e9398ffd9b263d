"""A network for those who belong to it: its members, and the broker who accompanies it.

NETWORK shows what it is and what can be done. A deed is one decorated function; it is offered to
whom it is for, asked again before it is done, and nobody else learns that the network exists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from bot import profiles, staging, steps, trust
from bot.commands import starts
from bot.handlers import facts, options, outcome
from bot.messages import Wake
from bot.speech import Phrase, say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer, Value
from storage import contacts, enterprises, networks, rules
from storage.contacts import Contact
from storage.enterprises import Enterprise
from storage.networks import Network

STAGES = staging.STAGE_NAMES


@dataclass(frozen=True)
class Seat:
    """What the contact is in a network: a member with `mine`, its `broker`, or both."""

    network: Network
    mine: Enterprise | None
    broker: bool

    @property
    def is_leader(self) -> bool:
        return self.mine is not None and self.mine.id == self.network.leader_id

    @property
    def leads(self) -> bool:
        """Whether they have the broker's tools: its leader has once it manages itself."""
        return self.is_leader if self.network.stage == "self_managed" else self.broker

    @property
    def by(self) -> UUID | None:
        """Who acts, for the history: the pseudonym of the enterprise, none for the broker."""
        return self.mine.pseudonym if self.mine is not None else None


async def seats(turn: Turn) -> list[Seat]:
    """Every network the contact belongs to or accompanies."""
    mine = await turn.enterprise()
    found = {one.id: one for one in await networks.of_enterprise(turn.db, mine.id)} if mine else {}
    member = set(found)
    if turn.has_role("broker", "coordinator"):
        found |= {one.id: one for one in await networks.held_by(turn.db, turn.contact.id)}
    return [
        Seat(one, mine if one.id in member else None, one.broker_id == turn.contact.id)
        for one in found.values()
    ]


async def seat_in(turn: Turn, network_id: str | UUID | None, lock: bool = False) -> Seat | None:
    """The contact's seat in a network that is not closed; None for everybody else.

    `lock` keeps the network for this transaction: what is decided then is decided once."""
    which = network_id if isinstance(network_id, UUID) else UUID(network_id or "")
    if lock:
        await networks.by_id(turn.db, which, lock=True)
    return next((one for one in await seats(turn) if one.network.id == which), None)


# --- deeds --------------------------------------------------------------------------------------

Deed = Callable[[Turn, Seat, str], Awaitable[None]]
For = Callable[[Seat], bool]


@dataclass(frozen=True)
class Doing:
    """A deed, its label, whom it is for, and whether it reaches others."""

    label: Phrase
    run: Deed
    whom: For
    reaches: bool


DEEDS: dict[str, Doing] = {}
ORDER = (
    "group", "said", "plan", "ballots", "decide", "members", "rules", "trust", "mute", "history",
    "tick", "advance", "first_plan", "quiet", "pause", "step_back", "leave", "close", "progress",
)  # fmt: skip
"""In which deeds are offered, what is done most often first."""


def anybody(seat: Seat) -> bool:
    return True


def members(seat: Seat) -> bool:
    return seat.mine is not None


def leading(seat: Seat) -> bool:
    return seat.leads


def quieting(seat: Seat) -> bool:
    """The broker while they accompany it, the leader at any time."""
    return seat.leads or seat.is_leader


def acting(seat: Seat) -> bool:
    """Members, and the broker until the network manages itself."""
    return seat.mine is not None or seat.leads


def deed(name: str, label: Phrase, whom: For, reaches: bool = True) -> Callable[[Deed], Deed]:
    """Make a function a deed. Whoever is frozen does none that `reaches` others."""

    def register(run: Deed) -> Deed:
        DEEDS[name] = Doing(label, run, whom, reaches)
        return run

    return register


NO_NETWORK = say("phrase.no_network", "You are in no group yet.")
FROZEN = say("phrase.frozen", "You can write to nobody until we have looked at something.")


async def do(turn: Turn, name: str, words: str = "") -> None:
    """Do a deed in the contact's network; whoever has several is asked in which."""
    mine = await seats(turn)
    if not mine:
        turn.tell(NO_NETWORK)
    elif len(mine) == 1:
        await _run(turn, mine[0], name, words)
    else:
        given: dict[str, Value] = {"do": name, "words": words}
        await steps.start(turn, "network", given=given)


async def _run(turn: Turn, seat: Seat, name: str, words: str = "") -> None:
    doing = DEEDS.get(name)
    if doing is None or not doing.whom(seat):
        turn.tell(say("phrase.not_in_group", "That is not for you to do in this group."))
    elif doing.reaches and turn.contact.frozen_at is not None:
        turn.tell(FROZEN)
    else:
        await doing.run(turn, seat, words)


@starts("network")
async def network(turn: Turn, rest: str) -> None:
    """What my network is, and what I can do in it."""
    mine = await seats(turn)
    if not mine:
        turn.tell(NO_NETWORK)
        return
    if len(mine) == 1:
        await show(turn, mine[0])
    given: dict[str, Value] = {"which": str(mine[0].network.id)} if len(mine) == 1 else {}
    await steps.start(turn, "network", given=given)


@options("my_networks")
async def my_networks(turn: Turn, session: Session) -> tuple[Offer, ...]:
    return tuple(
        Offer(str(one.network.id), label(turn, one.network), str(one.network.id))
        for one in await seats(turn)
    )


@options("network_deeds")
async def network_deeds(turn: Turn, session: Session) -> tuple[Offer, ...]:
    seat = await seat_in(turn, str(session.answers.get("which") or UUID(int=0)))
    if seat is None:
        return ()
    names = [name for name in ORDER if name in DEEDS and DEEDS[name].whom(seat)]
    return tuple(Offer(name, turn.spoken(DEEDS[name].label), name) for name in names)


@facts("network")
async def of_network(turn: Turn, session: Session) -> Mapping[str, str]:
    seat = await seat_in(turn, str(session.answers.get("which") or UUID(int=0)))
    return {"network": label(turn, seat.network) if seat else ""}


@outcome("network")
async def network_chosen(turn: Turn, session: Session) -> None:
    seat = await seat_in(turn, str(session.answers.get("which")))
    if seat is not None:
        turn.speech.forget()
        words = session.answers.get("words")
        name = str(session.answers.get("do"))
        await _run(turn, seat, name, words if isinstance(words, str) else "")


# --- who is in it -------------------------------------------------------------------------------


def label(turn: Turn, one: Network) -> str:
    """The name of a network, else where it is."""
    where = one.place or (one.name or "")
    return one.name or turn.spoken(say("network.nameless", "The group of {place}", place=where))


@dataclass(frozen=True)
class Person:
    """A member enterprise and who speaks for it, if anybody does now."""

    enterprise: Enterprise
    contact: Contact | None


async def people(turn: Turn, network_id: UUID) -> dict[UUID, Person]:
    """The members by enterprise, in the order they joined."""
    members_now = await networks.members_of(turn.db, network_id)
    return await once(turn, [one.enterprise_id for one in members_now])


async def once(turn: Turn, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Enterprises that may be members no more, and who speaks for them."""
    found = await enterprises.by_ids(turn.db, ids)
    speakers = await enterprises.speakers(turn.db, list(ids))
    known = await contacts.by_ids(turn.db, set(speakers.values()))
    return {
        one: Person(found[one], known.get(speakers[one]) if one in speakers else None)
        for one in ids
        if one in found
    }


def name_of(turn: Turn, one: Person | None) -> str:
    """What somebody is called; whoever is no longer there is a former member."""
    if one is None:
        return turn.spoken(say("network.former", "a former member"))
    return profiles.name_of(turn, one.contact, one.enterprise)


async def show(turn: Turn, seat: Seat) -> None:
    """What a network is; on SMS only the head, the rest by number."""
    known = await people(turn, seat.network.id)
    one = seat.network
    head = say(
        "network.head",
        "{network}: {stage}. Members: {count}.",
        network=label(turn, one),
        stage=turn.spoken(STAGES[one.stage]),
        count=len(known),
    )
    short = [turn.spoken(head)]
    for phrase, office in (
        (say("network.leader", "Leader: {name}"), one.leader_id),
        (say("network.treasurer", "Treasurer: {name}"), one.treasurer_id),
    ):
        if office in known:
            name = name_of(turn, known[office])
            short.append(turn.spoken(Phrase(phrase.context, phrase.english, {"name": name})))
    if one.paused_at is not None:
        short.append(turn.spoken(say("network.paused", "It is paused.")))
    share = (await staging.of(turn, one)).share if one.stage != "closed" else 0
    cost = say("network.share", "The firms pay {share} of 100 of the cost.", share=share)
    held = await rules.of(turn.db, one.id)
    full = [
        *short,
        turn.spoken(cost),
        *await _who(turn, known),
        *_ruled(turn, [rule.words for rule in held]),
    ]
    turn.speech.add("\n".join(full), "\n".join(short))


async def _who(turn: Turn, known: Mapping[UUID, Person]) -> list[str]:
    """The members by name, craft and place, with the number of who chose to show it."""
    lines = []
    for one in known.values():
        line = profiles.brief(turn, one.contact, one.enterprise)
        who = one.contact
        if who is not None and who.shows == "number" and who.frozen_at is None:
            line = " ".join(filter(None, (line, await trust.shown_address(turn, who.id))))
        lines.append(f"- {line}")
    return lines


def _ruled(turn: Turn, words: list[str]) -> list[str]:
    if not words:
        return [turn.spoken(say("network.no_rules", "There are no rules yet."))]
    head = turn.spoken(say("network.rules", "Rules:"))
    return [head, *(f"{number}. {one}" for number, one in enumerate(words, 1))]


@deed("members", say("deed.members", "Who is in it"), anybody, reaches=False)
async def members_shown(turn: Turn, seat: Seat, words: str) -> None:
    turn.view("network", seat.network.id)
    turn.speech.add("\n".join(await _who(turn, await people(turn, seat.network.id))))


@deed("rules", say("deed.rules", "Our rules"), anybody, reaches=False)
async def rules_shown(turn: Turn, seat: Seat, words: str) -> None:
    held = await rules.of(turn.db, seat.network.id)
    turn.speech.add("\n".join(_ruled(turn, [rule.words for rule in held])))


# --- what others hear of it ---------------------------------------------------------------------


async def note(
    turn: Turn, network: Network, kind: str, who: UUID | None = None, **data: str
) -> None:
    """Note what happened in a network."""
    await networks.note(turn.db, network.id, kind, turn.now, who=who, **data)


async def tell_all(
    turn: Turn,
    network: Network,
    kind: str,
    who: UUID | None = None,
    me: bool = False,
    **data: str,
) -> None:
    """Note what happened in a network, and tell every member and the broker; the contact whose
    turn it is only where `me` says so."""
    await note(turn, network, kind, who, **data)
    await announce(turn, network, kind, who, me, **data)


async def announce(
    turn: Turn,
    network: Network,
    kind: str,
    who: UUID | None = None,
    me: bool = False,
    **data: str,
) -> None:
    """Tell what has been noted."""
    told = {"kind": kind, "who": str(who or ""), **data}
    for contact_id in await listeners(turn, network):
        if me or contact_id != turn.contact.id:
            wake = Wake(contact_id, what="network_news", subject=str(network.id), data=told)
            key = f"network:{network.id}:{kind}:{turn.inbox_seq}:{who}:{contact_id}"
            turn.wake(key, wake)


async def listeners(turn: Turn, network: Network) -> list[UUID]:
    """The contacts of a network: who speaks for each member, then the broker."""
    known = await people(turn, network.id)
    ids = [one.contact.id for one in known.values() if one.contact is not None]
    return list(dict.fromkeys([*ids, *filter(None, [network.broker_id])]))


def about(contact_id: UUID, what: str, network_id: UUID) -> UUID:
    """An id for what concerns a contact and a network, the same whenever it is asked."""
    return uuid5(contact_id, f"{what}.{network_id}")


async def in_front(turn: Turn, network: Network) -> UUID | None:
    """The contact who has the broker's tools: its broker, or its leader once it runs itself."""
    if network.stage != "self_managed":
        return network.broker_id
    one = (await people(turn, network.id)).get(network.leader_id or network.id)
    return one.contact.id if one is not None and one.contact is not None else network.broker_id
