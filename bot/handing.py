"""HAND OVER: all that a broker holds passes to another one in one go, within what they may carry;
what is more goes to a coordinator. No network is ever left without anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from bot import alerts, in_charge, networks, steps
from bot.alerts import FOR_COORDINATORS
from bot.commands import starts
from bot.handlers import facts, options, outcome, told
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.understand.plain import plain
from flows.values import Offer, Value
from networks.machine import Refused
from storage import alerts as alert_rows
from storage import contacts, held, proposals, roles
from storage import networks as kept
from storage.held import Held

ROLES = ("broker", "coordinator")
SILENT = timedelta(days=7)


@dataclass
class Passed:
    """What somebody gets, by kind: ids, for the list of open matters."""

    ids: dict[str, list[UUID]] = field(default_factory=dict)

    def add(self, kind: str, subject: UUID) -> None:
        self.ids.setdefault(kind, []).append(subject)

    @property
    def data(self) -> dict[str, str]:
        return {kind: " ".join(one.hex for one in those) for kind, those in self.ids.items()}


# --- the command --------------------------------------------------------------------------------


@starts("hand_over", roles=ROLES, takes="words")
async def hand_over(turn: Turn, rest: str) -> None:
    """HAND OVER, or HAND OVER and the name of who takes over. A broker hands over what is theirs,
    a coordinator anybody's."""
    given: dict[str, Value] = {}
    if not turn.has_role("coordinator"):
        given["who"] = str(turn.contact.id)
        to = await _named(turn, rest) if rest else None
        if to is not None:
            given["to"] = str(to)
    await steps.start(turn, "hand_over", given=given)


async def _named(turn: Turn, name: str) -> UUID | None:
    """The one broker or coordinator who is called so, or begins so."""
    said = plain(name)
    people = await contacts.by_ids(turn.db, await _takers(turn, turn.contact.id))
    found = [one.id for one in people.values() if plain(one.name or "").startswith(said)]
    return found[0] if len(found) == 1 else None


async def _takers(turn: Turn, leaver: UUID) -> list[UUID]:
    staff = await roles.holders(turn.db, *ROLES)
    return [one for one in dict.fromkeys(role.contact_id for role in staff) if one != leaver]


@options("handing_over")
async def handing_over(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Everybody who holds anything, by name and how much it is; for a broker only themselves."""
    mine = [turn.contact.id]
    found = sorted(await held.holders(turn.db)) if turn.has_role("coordinator") else mine
    people = await contacts.by_ids(turn.db, found)
    offers = []
    for one in found:
        if one in people:
            count = (await held.by(turn.db, one)).count
            offers.append(Offer(str(one), f"{people[one].name or '-'} ({count})", str(one)))
    return tuple(offers)


@options("taking_over")
async def taking_over(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Brokers and coordinators, with the groups they hold and may hold."""
    leaver = _id(session.answers.get("who"))
    found = await _takers(turn, leaver) if leaver else []
    people = await contacts.by_ids(turn.db, found)
    groups = await alerts.groups_held(turn, found)
    most = turn.house.settings.policy.limits.groups
    lines = ((one, people[one].name or "-") for one in found if one in people)
    return tuple(
        Offer(str(one), f"{name} ({groups[one]}/{most})", str(one), name) for one, name in lines
    )


def _id(value: Value) -> UUID | None:
    return UUID(value) if isinstance(value, str) and value else None


@facts("hand_over")
async def of_hand_over(turn: Turn, session: Session) -> Mapping[str, str]:
    pair = [_id(session.answers.get(name)) for name in ("who", "to")]
    people = await contacts.by_ids(turn.db, [one for one in pair if one])
    names = [people[one].name if one in people else None for one in pair]
    count = (await held.by(turn.db, pair[0])).count if pair[0] else 0
    return {"leaver": names[0] or "-", "taker": names[1] or "-", "count": str(count)}


@outcome("hand_over")
async def handed_over(turn: Turn, session: Session) -> None:
    leaver, to = (_id(session.answers.get(name)) for name in ("who", "to"))
    if leaver is None or to is None or session.answers.get("sure") != "yes":
        return
    allowed = turn.has_role("coordinator") or (leaver == turn.contact.id and turn.has_role(*ROLES))
    if not allowed or to not in await _takers(turn, leaver):
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    await pass_on(turn, leaver, to)
    if session.answers.get("stops") == "yes":
        await _step_down(turn, leaver, to)
    turn.event("handed_over")


async def _step_down(turn: Turn, leaver: UUID, to: UUID) -> None:
    """The one is a broker no more; the other answers for both areas."""
    held_roles = await roles.of_many(turn.db, [leaver, to])
    was = next((role for role in held_roles[leaver] if role.role == "broker"), None)
    has = next((role for role in held_roles[to] if role.role == "broker"), None)
    await roles.revoke(turn.db, leaver, "broker", turn.now)
    if leaver == turn.contact.id:
        turn.roles = tuple(role for role in turn.roles if role.role != "broker")
    if was is not None and has is not None:
        both = tuple(dict.fromkeys((*has.area, *was.area))) if has.area and was.area else ()
        await roles.grant(turn.db, to, "broker", turn.now, agency=has.agency, area=both)


# --- passing on ---------------------------------------------------------------------------------


async def pass_on(turn: Turn, leaver: UUID, to: UUID | None) -> None:
    """Give all that somebody holds to another, as much as they may carry, the rest to a
    coordinator; without another, each network to whoever of its area carries least."""
    all_ = await held.by(turn.db, leaver)
    chiefs = await in_charge.coordinators(turn, (leaver,))
    chief = next(iter(chiefs), to)
    if chief is None:
        return
    passed: dict[UUID, Passed] = {}
    groups: dict[UUID, UUID] = {}
    for network in all_.networks:
        whom = await _carrier(turn, network.country, network.region, leaver, to, chief)
        groups[network.id] = whom
        passed.setdefault(whom, Passed()).add("networks", network.id)
        await accompany(turn, network, whom)
    for proposal in all_.proposals:
        whom = await _carrier(turn, proposal.country, proposal.region, leaver, to, chief)
        groups[proposal.id] = whom
        passed.setdefault(whom, Passed()).add("proposals", proposal.id)
        await proposals.by_id(turn.db, proposal.id, lock=True)
        await proposals.change(turn.db, proposal.id, turn.now, broker_id=whom)
    person = to or chief
    await held.move_people(turn.db, leaver, person, chief, turn.now)
    await _alerts(turn, all_, groups, person, chief)
    for introduction in all_.introductions:
        passed.setdefault(person, Passed()).add("introductions", introduction.id)
    for task in all_.tasks:
        whom = chief if task.kind in held.TO_A_COORDINATOR else person
        passed.setdefault(whom, Passed()).add("tasks", task.id)
    who = (await contacts.by_ids(turn.db, [leaver])).get(leaver)
    for whom, what in passed.items():
        data = {**what.data, "from": (who.name if who else None) or "-"}
        wake = Wake(whom, what="taken_over", subject=str(leaver), data=data)
        turn.wake(f"taken_over:{leaver}:{turn.inbox_seq}:{whom}", wake)


async def _carrier(
    turn: Turn, country: str | None, region: str | None, leaver: UUID, to: UUID | None, chief: UUID
) -> UUID:
    """Who gets a group: whom it is meant for if they may hold one more, else the coordinator."""
    among = [to] if to else await in_charge.of_area(turn, country, region, (leaver,))
    among = among or [chief]
    free = await alerts.may_take_groups(turn, among)
    groups = await alerts.groups_held(turn, free)
    return min(free, key=lambda one: (groups[one], str(one))) if free else chief


async def accompany(turn: Turn, network: kept.Network, whom: UUID) -> None:
    """Somebody else accompanies a network from now on; all are told who."""
    await kept.by_id(turn.db, network.id, lock=True)
    await kept.change(turn.db, network.id, broker_id=whom)
    await networks.note(turn, network, "broker_changed")
    who = await contacts.by_id(turn.db, whom)
    members = await networks.people(turn, network.id)
    for one in members.values():
        if one.contact is not None:
            data = {"kind": "broker_changed", "name": (who.name if who else None) or "-"}
            wake = Wake(one.contact.id, what="network_news", subject=str(network.id), data=data)
            turn.wake(f"accompanied:{network.id}:{turn.inbox_seq}:{one.contact.id}", wake)


async def _alerts(
    turn: Turn, all_: Held, groups: Mapping[UUID, UUID], person: UUID, chief: UUID
) -> None:
    woken = set()
    for one in all_.alerts:
        whom = chief if one.kind in FOR_COORDINATORS else groups.get(one.subject_id, person)
        alert = await alert_rows.by_id(turn.db, one.id, lock=True)
        if alert is None or isinstance(
            await alert_rows.do(turn.db, alert, "pass_on", turn.now, holder_id=whom), Refused
        ):
            continue
        alerts.watch(turn, alert.id)
        woken.add(whom)
    for whom in woken:
        wake = Wake(whom, what="alerts")
        turn.wake(f"handed_alerts:{turn.inbox_seq}:{whom}", wake)


# --- nobody is there any more -------------------------------------------------------------------


async def gone(turn: Turn) -> None:
    """The contact leaves altogether: what they hold passes on before they are erased."""
    if turn.has_role(*ROLES):
        await pass_on(turn, turn.contact.id, None)


async def _there(turn: Turn) -> set[UUID]:
    """Brokers and coordinators, without those who said STOP or cannot be reached and have been
    silent for a week."""
    staff = {role.contact_id for role in await roles.holders(turn.db, *ROLES)}
    reached = await contacts.addresses(turn.db, staff)
    lately = turn.now - SILENT
    return {
        one.id
        for one in (await contacts.by_ids(turn.db, staff)).values()
        if one.id in reached or (one.heard_at or one.created_at) > lately
    }


@told("orphans")
async def adopt(turn: Turn, wake: Wake) -> None:
    """Once a week, and when a role was taken back: what is held by somebody who is no broker any
    more or cannot be reached, or by nobody, passes on."""
    if not turn.has_role("coordinator"):
        return
    staff = await _there(turn)
    for leaver in sorted(await held.holders(turn.db) - staff):
        await pass_on(turn, leaver, None)
    for network in await held.orphans(turn.db, staff):
        whom = await _carrier(
            turn, network.country, network.region, turn.contact.id, None, turn.contact.id
        )
        await accompany(turn, network, whom)
        data = {"networks": network.id.hex, "from": "-"}
        telling = Wake(whom, what="taken_over", subject=str(network.id), data=data)
        turn.wake(f"taken_over:{network.id}:{turn.inbox_seq}", telling)
