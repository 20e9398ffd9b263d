"""Ten taps about a member's workshop, at joining and after 6 and 12 months. Its answers turn into
needs; what several lack becomes the group's first plan when whoever leads it says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import materials, networks, plans, progress
from bot.handlers import facts, outcome, still
from bot.messages import Wake
from bot.networks import Seat, deed, leading
from bot.outcomes import put_need
from bot.reasons import need_label
from bot.speech import Phrase, say
from bot.turn import Turn
from flows.session import Session
from networks.diagnosis import LACKS, MONTHS, needs_in, shared
from storage import activities, diagnoses, needs
from storage import networks as kept

FIRST_AFTER = timedelta(days=1)
"""So that joining itself is not crowded."""

A_MONTH = 30.44
MOST = 3

STEPS: Mapping[str, Phrase] = {
    "market_access": say("first_step.market_access", "Look for two new buyers together"),
    "inputs": say("first_step.inputs", "Ask prices and buy materials together"),
    "technology": say("first_step.technology", "Share or hire a machine together"),
    "training": say("first_step.training", "Find one course for all"),
    "finance": say("first_step.finance", "Compare what credit costs"),
    "infrastructure": say("first_step.infrastructure", "Look for a common place to work"),
    "policy": say("first_step.policy", "Go to the authority together"),
}
"""What a group might do first about what several lack."""


def begin(turn: Turn, network_id: UUID) -> None:
    for months in MONTHS:
        due = turn.now + (timedelta(days=round(months * A_MONTH)) if months else FIRST_AFTER)
        given = {} if months else {"first": "yes"}
        wake = Wake(
            turn.contact.id, flow="diagnosis", subject=f"{network_id}:{months}", given=given
        )
        turn.later(due, wake, "diagnosis", turn.about(f"diagnosis.{months}", network_id))


async def _seat(turn: Turn, subject: str | None) -> tuple[Seat, int] | None:
    network_id, _, months = (subject or "").partition(":")
    seat = await networks.seat_in(turn, network_id) if months else None
    return (seat, int(months)) if seat is not None and seat.mine is not None else None


@still("diagnosis")
async def still_asked(turn: Turn, subject: str) -> bool:
    found = await _seat(turn, subject)
    if found is None or found[0].mine is None:
        return False
    network_id, mine = found[0].network.id, found[0].mine.id
    return not await diagnoses.is_there(turn.db, mine, network_id, found[1])


@facts("diagnosis")
async def of_diagnosis(turn: Turn, session: Session) -> Mapping[str, str]:
    found = await _seat(turn, session.subject)
    return {"network": networks.label(turn, found[0].network) if found else ""}


@outcome("diagnosis")
async def diagnosed(turn: Turn, session: Session) -> None:
    """Keep the answers, and what they say is needed that was not said before. Sex and age, where
    they were told, are for counts only."""
    found = await _seat(turn, session.subject)
    mine = found[0].mine if found else None
    if found is None or mine is None:
        return
    answers = {name: session.answers.get(name) for name in LACKS}
    if not await diagnoses.keep(turn.db, mine.id, found[0].network.id, found[1], answers, turn.now):
        return
    if found[1]:
        await progress.tell(turn, found[0].network, found[1])
    said = {need.category for need in await needs.open_of(turn.db, mine.id)}
    for category in needs_in(answers):
        if category not in said:
            need = put_need(turn, mine, category, "")
            await materials.ask(turn, mine, need)
    own = {name: session.answers.get(name) for name in ("sex", "age")}
    about = {name: value for name, value in own.items() if isinstance(value, str)}
    if about:
        turn.change(about={**(turn.contact.about or {}), **about})


@deed("first_plan", say("deed.first_plan", "First plan from answers"), leading)
async def first_plan(turn: Turn, seat: Seat, words: str) -> None:
    """What most of the firms lack, by how many, and an activity for each of the first three."""
    await kept.by_id(turn.db, seat.network.id, lock=True)
    answers = await diagnoses.of_network(turn.db, seat.network.id, 0)
    common = shared(answers.values())[:MOST]
    if not common:
        turn.tell(say("phrase.no_common", "Too few have answered yet, or they lack nothing alike."))
        return
    lines = [
        say(
            "phrase.common_line",
            "{what}: {count} of {all}",
            what=need_label(turn, category),
            count=count,
            all=len(answers),
        )
        for category, count in common
    ]
    turn.speech.add("\n".join(turn.spoken(line) for line in lines))
    there = {one.what for one in await activities.of(turn.db, seat.network.id)}
    for category, _ in common:
        what = turn.spoken(STEPS[category])
        if what not in there:
            one = await activities.add(turn.db, seat.network.id, what, turn.now)
            await plans.planned(turn, seat, one)
    turn.tell(say("phrase.first_plan", "It is in the plan. Write PLAN to say who and when."))
