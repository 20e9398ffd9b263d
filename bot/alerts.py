"""What brokers are to look at, as one mechanism: each thing is given to one of them and asked once,
at their hours, a few a day, worth most first; the rest is named in a digest and stands in QUEUE.

What somebody leaves unanswered passes on to the next broker, then to the coordinators."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from bot import in_charge
from bot.agenda import ALERT
from bot.commands import NOT_YOURS
from bot.handlers import STILL, told
from bot.hours import today
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from networks.machine import Refused
from networks.workload import Waiting, chosen, lightest, may_hold, worth
from storage import (
    alerts,
    contacts,
    enterprises,
    held,
    introductions,
    networks,
    proposals,
    tasks,
)
from storage.alerts import Alert

FLOWS = {
    "call": "callback",
    "check": "check",
    "confirm": "confirm",
    "help": "task",
    "introduction": "approval",
    "proposal": "proposal",
    "report": "review",
    "reported": "check",
}
"""Which flow asks about each kind of alert."""

FOR_COORDINATORS = ("check", "report", "reported")
"""Kinds of alerts that no broker is asked."""


HOLDS_ENOUGH = say(
    "phrase.groups_full",
    "You hold as many groups as you can carry. Close or hand over one first.",
)


def for_coordinators(kind: str) -> bool:
    """Whether a kind, once it passes on, is for coordinators: nobody else accompanies the group."""
    return kind in FOR_COORDINATORS or FLOWS.get(kind) == "warning"


STAYS = ("confirm",)
"""Kinds of alerts that nobody else can answer: they pass on to nobody."""

OF_TASKS = ("call", "help", "report")
"""Kinds of alerts whose subject is a task: its holder moves with the alert."""

DIGEST_AT, DAY_BEGINS = time(17), time(8)
"""Local hours: when the rest of a day is told, and when the next day's alerts come."""


async def put(
    turn: Turn,
    kind: str,
    subject_id: UUID,
    *,
    country: str | None = None,
    region: str | None = None,
    agency: str | None = None,
    score: float = 0.0,
    holder: UUID | None = None,
    among: Collection[UUID] = (),
) -> UUID | None:
    """Have something looked at, once, by `holder` or by whoever of `among` carries least. Gives
    who that is."""
    who = holder or await least_laden(turn, among)
    made = await alerts.put(
        turn.db, kind, subject_id, turn.now, holder_id=who, score=score, agency=agency,
        country=country, region=region,
    )  # fmt: skip
    if made is None:
        return None
    if who is not None:
        turn.wake(f"alert:{made.id}:{who}", Wake(who, what="alerts"))
    if kind not in STAYS:
        watch(turn, made.id)
    return who


async def least_laden(turn: Turn, among: Collection[UUID]) -> UUID | None:
    """Of several the one with the least waiting; who may hold no more only where all are so."""
    if not among:
        return None
    waits = await alerts.loads(turn.db, among)
    groups = await groups_held(turn, among)
    loads = [(str(one), groups[one], waits[one]) for one in among]
    found = lightest(loads, turn.house.settings.policy.limits)
    return UUID(found) if found else min(among, key=lambda one: (waits[one], str(one)))


async def may_take_groups(turn: Turn, of: Sequence[UUID]) -> list[UUID]:
    """Those of these who may hold one group more; nobody else gives them one meanwhile."""
    await held.counted_alone(turn.db, of)
    groups = await groups_held(turn, of)
    limits = turn.house.settings.policy.limits
    return [one for one in of if may_hold(groups[one], limits)]


async def groups_held(turn: Turn, of: Collection[UUID]) -> dict[UUID, int]:
    """How many open proposals and networks each of these holds."""
    asked = await proposals.held_counts(turn.db, of)
    accompanied = await networks.held_counts(turn.db, of)
    return {one: asked[one] + accompanied[one] for one in of}


def watch(turn: Turn, alert_id: UUID) -> None:
    """Look again when it may have to pass on; whoever caused it hears nothing of that."""
    wake = Wake(turn.contact.id, what="alert_passes_on", subject=str(alert_id))
    due = turn.now + turn.house.settings.policy.days.until_passed_on
    turn.later(due, wake, "alert_passes_on", alert_id)


# --- asked --------------------------------------------------------------------------------------


@told("alerts")
async def asked(turn: Turn, wake: Wake) -> None:
    """Ask what is worth most, as many as a day takes; the rest is for the digest."""
    free = turn.free_from()
    if free > turn.now:
        turn.later(free, Wake(turn.contact.id, what="alerts"), "alerts", turn.contact.id)
        return
    waiting = [one for one in await _mine(turn) if one.state == "waiting"]
    before = await alerts.asked_since(turn.db, turn.contact.id, _at(turn, time(0)))
    limits = turn.house.settings.policy.limits
    picked = {UUID(one.id) for one in chosen(_weighed(turn, waiting), before, limits)}
    for alert in sorted(waiting, key=lambda one: worth_of(turn, one), reverse=True):
        if alert.id in picked:
            await _ask(turn, alert)
    if len(waiting) > len(picked):
        _rest(turn)


async def _mine(turn: Turn) -> list[Alert]:
    """What waits for the contact and still makes sense; what does not is over."""
    mine = []
    for alert in await alerts.held_by(turn.db, turn.contact.id, turn.now):
        still = STILL.get(FLOWS.get(alert.kind, ""))
        if still is not None and await still(turn, subject_of(alert)):
            mine.append(alert)
        else:
            await alerts.do(turn.db, alert, "overtake", turn.now)
    return mine


async def _ask(turn: Turn, alert: Alert) -> None:
    await alerts.do(turn.db, alert, "ask", turn.now)
    flow, subject = FLOWS[alert.kind], subject_of(alert)
    wake = Wake(turn.contact.id, flow=flow, subject=subject, rank=ALERT)
    turn.wake(f"asks:{alert.id}:{turn.inbox_seq}", wake)


def subject_of(alert: Alert) -> str:
    """What the flow that asks about an alert is about; a warning says of what kind it is."""
    kind = f"{alert.kind}:" if FLOWS[alert.kind] == "warning" else ""
    return f"{kind}{alert.subject_id}"


def _weighed(turn: Turn, waiting: Iterable[Alert]) -> list[Waiting]:
    return [Waiting(str(one.id), worth_of(turn, one), one.created_at) for one in waiting]


def worth_of(turn: Turn, alert: Alert) -> float:
    return worth(alert.kind, alert.created_at, turn.now, alert.score)


def _at(turn: Turn, hour: time, days: int = 0) -> datetime:
    """An hour of today, or of a day after it, where the contact is."""
    day = today(turn.zone, turn.now) + timedelta(days=days)
    return datetime.combine(day, hour, turn.zone).astimezone(turn.now.tzinfo)


def _rest(turn: Turn) -> None:
    """Name the rest at the end of the day, once, and ask more of it tomorrow."""
    at = _at(turn, DIGEST_AT)
    at = at if at > turn.now else _at(turn, DIGEST_AT, 1)
    who = turn.contact.id
    turn.later(at, Wake(who, what="digest"), "digest", turn.about("digest", at.date()))
    turn.later(_at(turn, DAY_BEGINS, 1), Wake(who, what="alerts"), "alerts", who)


@told("digest")
async def digest(turn: Turn, wake: Wake) -> None:
    """How much more waits than was asked today."""
    rest = [one for one in await _mine(turn) if one.state == "waiting"]
    if not rest or turn.urn is None:
        return
    turn.purpose = "digest"
    turn.tell(
        say(
            "phrase.digest",
            "More waits for you: {count}. We ask you tomorrow, the most urgent first. "
            "Write QUEUE to see it now.",
            count=len(rest),
        )
    )


# --- answered -----------------------------------------------------------------------------------


async def answered(turn: Turn, kind: str, subject_id: UUID) -> None:
    """It was decided: nobody is asked any more."""
    alert = await alerts.about(turn.db, kind, subject_id, lock=True)
    if alert is not None:
        await alerts.do(turn.db, alert, "answer", turn.now)


async def overtaken(turn: Turn, kind: str, subject_id: UUID) -> None:
    """It ended without a broker."""
    alert = await alerts.about(turn.db, kind, subject_id, lock=True)
    if alert is not None:
        await alerts.do(turn.db, alert, "overtake", turn.now)


async def snoozed(turn: Turn, kind: str, subject_id: UUID, days: int = 1) -> None:
    """It comes back tomorrow or in so many days, at the same hour."""
    until = turn.now + timedelta(days=days)
    alert = await alerts.about(turn.db, kind, subject_id, lock=True)
    if alert is None:
        return
    if alert.state == "waiting":  # opened from the queue
        await alerts.do(turn.db, alert, "ask", turn.now)
        alert = await alerts.about(turn.db, kind, subject_id, lock=True) or alert
    await alerts.do(turn.db, alert, "snooze", turn.now, snoozed_until=until)
    wake = Wake(turn.contact.id, what="alerts")
    turn.later(until, wake, "alerts", turn.about("snoozed", alert.id))


async def handed_over(turn: Turn, kind: str, subject_id: UUID) -> bool:
    """Give it to somebody else now. False where there is nobody."""
    alert = await alerts.about(turn.db, kind, subject_id, lock=True)
    return alert is not None and await _pass_on(turn, alert, turn.contact.id)


@told("alert_passes_on")
async def passes_on(turn: Turn, wake: Wake) -> None:
    """What nobody answered for so long goes to the next broker, then to a coordinator."""
    alert = await alerts.by_id(turn.db, UUID(wake.subject), lock=True)
    if alert is None or alert.done_at is not None:
        return
    since = max(filter(None, (alert.created_at, alert.asked_at, alert.snoozed_until)))
    wait = turn.house.settings.policy.days.until_passed_on
    if turn.now - since < wait:
        turn.later(since + wait, wake, "alert_passes_on", alert.id)
    elif alert.kind != "proposal":
        await _pass_on(turn, alert, alert.holder_id)
    elif alert.passed_on >= PASSED_TO_ALL or not await _pass_on(turn, alert, alert.holder_id):
        await _lapse(turn, alert)


PASSED_TO_ALL = 2
"""So often passed on, a proposal was with a broker, the next one and a coordinator."""


async def _lapse(turn: Turn, alert: Alert) -> None:
    """Nobody looked at a proposal, or nobody may hold it: it lapses, and its firms may be put
    together with others."""
    proposal = await proposals.by_id(turn.db, alert.subject_id, lock=True)
    if proposal is not None:
        await proposals.do(turn.db, proposal, "lapse", turn.now)
    await alerts.do(turn.db, alert, "overtake", turn.now)
    turn.event("proposal_unseen")


@told("introduction_passes_on")
@told("task_passes_on")
async def as_before(turn: Turn, wake: Wake) -> None:
    """Timers from before there were alerts: what nobody answered becomes one."""
    subject = UUID(wake.subject)
    chiefs = await in_charge.coordinators(turn, (turn.contact.id,))
    introduction = await introductions.by_id(turn.db, subject)
    task = await tasks.by_id(turn.db, subject)
    if introduction is not None and introduction.state == "proposed":
        await put(turn, "introduction", subject, among=chiefs)
    elif task is not None and task.state == "open":
        kind = "report" if task.kind == "review" else "help"
        who = await put(turn, kind, subject, among=chiefs)
        await tasks.change(turn.db, subject, holder_id=who or task.holder_id)


async def _pass_on(turn: Turn, alert: Alert, by: UUID | None) -> bool:
    """To another broker of the area the first time, after that to the coordinators."""
    without = {one for one in (by, await _about_whom(turn, alert)) if one}
    chiefs = await in_charge.coordinators(turn, without)
    others = chiefs
    if not alert.passed_on and not for_coordinators(alert.kind):
        others = await in_charge.of_area(turn, alert.country, alert.region, without) or chiefs
        others = await in_charge.wished(turn, others, await _of_whom(turn, alert))
    if alert.kind == "proposal":
        others = await may_take_groups(turn, others) or await may_take_groups(turn, chiefs)
    to = await least_laden(turn, others)
    if to is None:
        watch(turn, alert.id)
        return False
    done = await alerts.do(turn.db, alert, "pass_on", turn.now, holder_id=to)
    if isinstance(done, Refused):
        return False
    if alert.kind == "proposal":
        await proposals.change(turn.db, alert.subject_id, turn.now, broker_id=to)
    elif alert.kind == "introduction":
        await introductions.change(turn.db, alert.subject_id, turn.now, snoozed_until=None)
    elif alert.kind in OF_TASKS:
        await tasks.change(turn.db, alert.subject_id, holder_id=to, snoozed_until=None)
    turn.event("alert_passed_on", about=alert.kind)
    turn.wake(f"alert:{alert.id}:{to}:{alert.passed_on + 1}", Wake(to, what="alerts"))
    watch(turn, alert.id)
    return True


async def _of_whom(turn: Turn, alert: Alert) -> list[UUID]:
    """The people an alert is about, whose wishes count."""
    if alert.kind in OF_TASKS:
        whom = await _about_whom(turn, alert)
        return [whom] if whom else []
    introduction = (
        await introductions.by_id(turn.db, alert.subject_id)
        if alert.kind == "introduction"
        else None
    )
    pair = (introduction.from_id, introduction.to_id) if introduction else ()
    return list((await enterprises.speakers(turn.db, pair)).values()) if pair else []


async def _about_whom(turn: Turn, alert: Alert) -> UUID | None:
    """Whom a task is about: nobody looks after their own."""
    if alert.kind not in OF_TASKS:
        return None
    task = await tasks.by_id(turn.db, alert.subject_id)
    return task.contact_id if task else None


def lost_role(turn: Turn) -> bool:
    """Whether somebody answers who was a broker when asked and is none any more; it is said."""
    if turn.has_role("broker", "coordinator"):
        return False
    turn.speech.forget()
    turn.tell(NOT_YOURS)
    return True


async def tell_taken(turn: Turn, by: UUID | None) -> None:
    """Somebody else answered at the same moment, or it has ended."""
    turn.speech.forget()
    who = await contacts.by_id(turn.db, by) if by and by != turn.contact.id else None
    if who is not None:
        turn.tell(say("phrase.taken_by", "This was taken by {name}.", name=who.name or "-"))
    else:
        turn.tell(say("phrase.ended", "This has ended already."))
