"""A group's plan in chat: what is to be done, by whom, until when, with what, how one will see it,
and who pays. Words stay as they were written; days are told in each reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from bot import checklists, hours, networks, papers, steps, warnings
from bot.commands import command
from bot.handlers import facts, options, outcome, told
from bot.hours import today
from bot.messages import Wake
from bot.networks import Person, Seat, acting, anybody, deed
from bot.speech import Phrase, dated, say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer, Value
from networks.activities import OVERDUE_AFTER, REMIND_BEFORE
from networks.machine import Refused
from storage import activities
from storage import networks as kept
from storage.activities import Activity
from storage.networks import Network

AT = time(8)
"""When somebody is reminded, where they are."""

SHORT = 30
"""Characters of a line on SMS, so that a page of the plan takes two at most."""

PARTS: tuple[tuple[str, Phrase], ...] = (
    ("resources", say("plan.resources", "With: {value}")),
    ("indicator", say("plan.indicator", "We see it by: {value}")),
    ("payer", say("plan.payer", "Who pays: {value}")),
)


@command("command.plan", "plan, our plan")
async def plan_word(turn: Turn, rest: str) -> None:
    await networks.do(turn, "plan")


@deed("plan", say("deed.plan", "Our plan"), anybody, reaches=False)
async def plan(turn: Turn, seat: Seat, words: str) -> None:
    """The whole plan as text, then what to do with it; on SMS the lines are the options."""
    found = await activities.of(turn.db, seat.network.id)
    known = await networks.people(turn, seat.network.id)
    name = networks.label(turn, seat.network)
    if found:
        head = turn.spoken(say("plan.head", "The plan of {network}:", network=name))
        lines = [line for one in found for line in _full(turn, known, one)]
        turn.speech.add("\n".join([head, *lines]), head)
    else:
        turn.tell(say("plan.empty", "There is no plan yet."))
    if acting(seat) or found:
        await steps.start(turn, "plan", str(seat.network.id))


def _full(turn: Turn, known: Mapping[UUID, Person], one: Activity) -> list[str]:
    parts = [
        turn.spoken(Phrase(phrase.context, phrase.english, {"value": str(getattr(one, name))}))
        for name, phrase in PARTS
        if getattr(one, name)
    ]
    return [f"{one.number}. {_brief(turn, known, one)}", *(f"   {part}" for part in parts)]


def _brief(turn: Turn, known: Mapping[UUID, Person], one: Activity) -> str:
    """What, who and until when, in a line; what is done says so."""
    owner = known.get(one.owner_id) if one.owner_id else None
    who = networks.name_of(turn, owner) if owner else ""
    day = dated(one.due, turn.language) if one.due and one.state == "planned" else ""
    done = turn.spoken(say("plan.done", "done")) if one.state == "done" else ""
    about = ", ".join(filter(None, (who, day, done)))
    return f"{one.what} ({about})" if about else one.what


@options("plan_lines")
async def plan_lines(turn: Turn, session: Session) -> tuple[Offer, ...]:
    seat = await networks.seat_in(turn, session.subject)
    if seat is None:
        return ()
    known = await networks.people(turn, seat.network.id)
    lines = [
        Offer(f"a{one.number}", _brief(turn, known, one), str(one.id), one.what[:SHORT])
        for one in await activities.of(turn.db, seat.network.id)
    ]
    if lines and papers.carried(turn):
        lines.append(Offer("paper", turn.spoken(say("option.paper", "As a file to keep")), "paper"))
    if acting(seat):
        lines.append(Offer("add", turn.spoken(say("option.add_activity", "Add something")), "add"))
    return (*lines, Offer("none", turn.spoken(say("option.nothing", "Nothing now")), "none"))


@outcome("plan")
async def picked(turn: Turn, session: Session) -> None:
    seat = await networks.seat_in(turn, session.subject)
    pick = str(session.answers.get("pick"))
    if seat is None or pick == "none":
        return
    if pick == "paper":
        await _as_file(turn, seat)
        return
    if pick == "add":
        if turn.contact.frozen_at is not None:
            turn.tell(networks.FROZEN)
        elif acting(seat):
            await steps.start(turn, "activity", session.subject)
        return
    one = await activities.by_id(turn.db, UUID(pick))
    if one is None or one.network_id != seat.network.id:
        return
    if may_change(seat, one):
        await steps.start(turn, "activity_change", pick)
    else:
        known = await networks.people(turn, seat.network.id)
        turn.speech.add("\n".join(_full(turn, known, one)))


async def _as_file(turn: Turn, seat: Seat) -> None:
    """The plan as a page to keep, print or pass on."""
    found = await activities.of(turn.db, seat.network.id)
    known = await networks.people(turn, seat.network.id)
    name = networks.label(turn, seat.network)
    head = turn.spoken(say("plan.head", "The plan of {network}:", network=name))
    lines = [line for one in found for line in _full(turn, known, one)]
    if await turn.house.papers.attach(turn, head, lines):
        turn.speech.add(head)
    else:
        turn.speech.add("\n".join([head, *lines]))


def may_change(seat: Seat, one: Activity) -> bool:
    """Its owner, the leader, and whoever has the broker's tools."""
    owns = seat.mine is not None and one.owner_id == seat.mine.id
    return owns or seat.leads or seat.is_leader


# --- adding -------------------------------------------------------------------------------------


@options("activity_owners")
async def activity_owners(turn: Turn, session: Session) -> tuple[Offer, ...]:
    seat = await networks.seat_in(turn, session.subject)
    known = await networks.people(turn, seat.network.id) if seat else {}
    nobody = Offer("none", turn.spoken(say("option.no_owner", "Nobody yet")), "none")
    people = (Offer(str(one), networks.name_of(turn, who), str(one)) for one, who in known.items())
    return (*people, nobody)


@outcome("activity")
async def added(turn: Turn, session: Session) -> None:
    seat = await networks.seat_in(turn, session.subject, lock=True)
    if seat is None or not acting(seat) or turn.contact.frozen_at is not None:
        return
    answers = session.answers
    owner = answers.get("owner")
    inside = {one.enterprise_id for one in await kept.members_of(turn.db, seat.network.id)}
    owner_id = UUID(str(owner)) if owner and owner != "none" else None
    one = await activities.add(
        turn.db,
        seat.network.id,
        _text(answers.get("what")) or "-",
        turn.now,
        owner_id=owner_id if owner_id in inside else None,
        due=_ahead(turn, answers.get("due")),
        resources=_text(answers.get("resources")),
        indicator=_text(answers.get("indicator")),
        payer=_text(answers.get("payer")),
    )
    await planned(turn, seat, one)


async def planned(turn: Turn, seat: Seat, one: Activity) -> None:
    """A new activity is told, its owner reminded in time, and the first one makes a plan."""
    await networks.tell_all(turn, seat.network, "planned", who=seat.by, words=one.what)
    await _remind(turn, seat.network, one)
    await checklists.see(turn, seat.network, "first_plan")


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) and value else None


def _ahead(turn: Turn, value: Value) -> date | None:
    """The day that was said; one that is over is not taken, and that is said."""
    day = date.fromisoformat(value) if isinstance(value, str) and value else None
    if day is not None and day < today(turn.zone, turn.now):
        turn.tell(say("phrase.away_past", "That day is over already."))
        return None
    return day


# --- changing -----------------------------------------------------------------------------------


async def _mine(
    turn: Turn, subject: str | None, lock: bool = False
) -> tuple[Seat, Activity] | None:
    one = await activities.by_id(turn.db, UUID(subject or ""))
    seat = await networks.seat_in(turn, one.network_id, lock) if one else None
    one = await activities.by_id(turn.db, one.id) if one and lock else one
    if one is None or seat is None or not may_change(seat, one):
        return None
    return seat, one


@facts("activity_change")
async def of_activity(turn: Turn, session: Session) -> Mapping[str, str]:
    found = await _mine(turn, session.subject)
    known = await networks.people(turn, found[0].network.id) if found else {}
    return {"activity": _brief(turn, known, found[1]) if found else ""}


@options("activity_deeds")
async def activity_deeds(turn: Turn, session: Session) -> tuple[Offer, ...]:
    found = await _mine(turn, session.subject)
    labels = {
        "tick": say("option.tick", "It is done"),
        "move": say("option.move", "Another day"),
        "drop": say("option.drop", "Take it off"),
        "reopen": say("option.reopen", "Not done yet"),
        "none": say("option.nothing", "Nothing now"),
    }
    open_ = found is not None and found[1].state == "planned"
    names = ("tick", "move", "drop", "none") if open_ else ("reopen", "none")
    return tuple(Offer(name, turn.spoken(labels[name]), name) for name in names)


TOLD_AS = {"tick": "done", "move": "moved", "drop": "dropped", "reopen": "planned"}


@outcome("activity_change")
async def changed(turn: Turn, session: Session) -> None:
    found = await _mine(turn, session.subject, lock=True)
    what = str(session.answers.get("what"))
    if found is None or what not in TOLD_AS:
        return
    if turn.contact.frozen_at is not None:
        turn.speech.forget()
        turn.tell(networks.FROZEN)
        return
    seat, one = found
    columns = {}
    if what == "move":
        due = _ahead(turn, session.answers.get("due"))
        if due is None:
            return
        columns = {"due": due}
    if isinstance(await activities.do(turn.db, one, what, turn.now, **columns), Refused):
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    await networks.tell_all(turn, seat.network, TOLD_AS[what], who=seat.by, words=one.what)
    again = await activities.by_id(turn.db, one.id)
    if again is not None and again.state == "planned":
        await _remind(turn, seat.network, again)


# --- reminders ----------------------------------------------------------------------------------


async def _remind(turn: Turn, network: Network, one: Activity) -> None:
    """Before its day its owner hears, and some days after it, if it is not done, whoever has the
    broker's tools. An activity without an owner is theirs."""
    if one.due is None:
        return
    known = await networks.people(turn, network.id)
    person = known.get(one.owner_id) if one.owner_id else None
    owner = person.contact if person else None
    whom = owner.id if owner is not None else await networks.in_front(turn, network)
    if whom is None:
        return
    zone = hours.zone_of(owner.zone, owner.country or turn.country) if owner else turn.zone
    after = OVERDUE_AFTER + timedelta(days=1)
    for kind, days in (
        *(("activity_due", -span) for span in REMIND_BEFORE),
        ("activity_late", after),
    ):
        at = datetime.combine(one.due + days, AT, tzinfo=zone).astimezone(turn.now.tzinfo)
        if at > turn.now:
            data = {"day": one.due.isoformat()}
            wake = Wake(whom, what=kind, subject=str(one.id), data=data)
            turn.later(at, wake, kind, one.id)


async def _standing(turn: Turn, wake: Wake) -> Activity | None:
    """The activity, unless it was done, dropped, moved or its network closed since."""
    one = await activities.by_id(turn.db, UUID(wake.subject))
    network = await kept.by_id(turn.db, one.network_id) if one else None
    if one is None or network is None or network.stage == "closed" or network.paused_at:
        return None
    same = one.due is not None and one.due.isoformat() == wake.data.get("day")
    return one if one.state == "planned" and same else None


@told("activity_due")
async def due_soon(turn: Turn, wake: Wake) -> None:
    one = await _standing(turn, wake)
    seat = await networks.seat_in(turn, one.network_id) if one else None
    if one is None or seat is None or one.due is None:
        return
    turn.purpose = "activity_due"
    turn.tell(
        say(
            "phrase.activity_due",
            "{network}, until {day}: {activity}. Write PLAN when it is done.",
            network=networks.label(turn, seat.network),
            day=dated(one.due, turn.language),
            activity=one.what,
        )
    )


@told("activity_late")
async def late(turn: Turn, wake: Wake) -> None:
    """Handled as the owner's; told whoever has the broker's tools."""
    one = await _standing(turn, wake)
    network = await kept.by_id(turn.db, one.network_id) if one else None
    whom = await networks.in_front(turn, network) if network else None
    if one is None or network is None or whom is None:
        return
    if whom == network.broker_id:
        await warnings.put(turn, "overdue", one.id, network)
    else:
        telling = Wake(whom, what="activity_overdue", subject=wake.subject, data=wake.data)
        turn.wake(f"overdue:{one.id}:{wake.data['day']}", telling)


@told("activity_overdue")
async def overdue(turn: Turn, wake: Wake) -> None:
    """The leader of a group that runs itself hears it as a message."""
    one = await _standing(turn, wake)
    seat = await networks.seat_in(turn, one.network_id) if one else None
    if one is not None and seat is not None:
        turn.purpose = "activity_overdue"
        turn.speech.add(await _overdue(turn, one.id))


@warnings.warning("overdue")
async def _overdue(turn: Turn, activity_id: UUID) -> str:
    one = await activities.by_id(turn.db, activity_id)
    network = await kept.by_id(turn.db, one.network_id) if one else None
    if one is None or network is None or one.state != "planned":
        return ""
    known = await networks.people(turn, network.id)
    return turn.spoken(
        say(
            "phrase.activity_overdue",
            "{network}: late in the plan: {activity}",
            network=networks.label(turn, network),
            activity=_brief(turn, known, one),
        )
    )
