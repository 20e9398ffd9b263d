"""A network on its way: the stages, a pause, leaving and coming back, the end, and a word when it
stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from bot import cases, checklists, networks, steps, votes, warnings
from bot.commands import command
from bot.handlers import outcome, told
from bot.hours import today
from bot.messages import Wake
from bot.networks import STAGES, Seat, deed, leading, members, quieting
from bot.speech import say
from bot.turn import Turn
from bot.weekly import name_of
from flows.session import Session
from networks.machine import Refused
from storage import networks as kept
from storage.networks import Network

MOST = 15
"""Members of a network."""

QUIET = timedelta(days=1)
"""For how long a quieted room is quiet."""

WATCH = timedelta(days=7)
WARNS_AGAIN = timedelta(days=30)


# --- stages -------------------------------------------------------------------------------------


@deed("advance", say("deed.advance", "To the next stage"), leading)
async def advance(turn: Turn, seat: Seat, words: str) -> None:
    """To the next stage, when what it needs has been seen. One that is to manage itself needs
    somebody who leads it."""
    await kept.by_id(turn.db, seat.network.id, lock=True)
    again = await networks.seat_in(turn, seat.network.id)
    if again is None or not again.leads:
        return
    missing = await checklists.missing(turn, again.network)
    if missing:
        turn.tell(
            say("phrase.still_missing", "Still to be ticked: {checks}", checks="; ".join(missing))
        )
    elif again.network.stage == "strategic" and again.network.leader_id is None:
        turn.tell(say("phrase.leader_first", "First the group needs a leader."))
    else:
        await _move(turn, again, "pass")


@deed("step_back", say("deed.step_back", "Back to the stage before"), leading)
async def step_back(turn: Turn, seat: Seat, words: str) -> None:
    await _move(turn, seat, "step_back")


@deed("close", say("deed.close", "Close the group"), leading)
async def close(turn: Turn, seat: Seat, words: str) -> None:
    await steps.start(turn, "close", str(seat.network.id))


@outcome("close")
async def closing(turn: Turn, session: Session) -> None:
    seat = await networks.seat_in(turn, session.subject)
    if seat is not None and seat.leads and session.answers.get("sure") == "yes":
        await _move(turn, seat, "close")


async def _move(turn: Turn, seat: Seat, what: str) -> None:
    network = await kept.by_id(turn.db, seat.network.id, lock=True)
    if network is None or network.stage != seat.network.stage:
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    told_before = await networks.listeners(turn, network)
    stage = await kept.do(turn.db, network, what, turn.now, by=seat.by)
    if isinstance(stage, Refused):
        turn.tell(say("phrase.no_such_stage", "That is not possible in this stage."))
        return
    if what != "step_back":
        cases.ask(turn, network, stage)
    if stage == "closed":
        turn.left.wakes += [
            (f"network:{network.id}:closed:{one}", _closed(one, network.id))
            for one in told_before
            if one != turn.contact.id
        ]
    else:
        await networks.announce(turn, network, f"stage_{what}", to=stage)
    turn.tell(
        say("phrase.stage_now", "The group is now: {stage}.", stage=turn.spoken(STAGES[stage]))
    )


def _closed(contact_id: UUID, network_id: UUID) -> Wake:
    data = {"kind": "stage_close", "who": ""}
    return Wake(contact_id, what="network_news", subject=str(network_id), data=data)


@deed("pause", say("deed.pause", "Pause, or go on"), leading)
async def pause(turn: Turn, seat: Seat, words: str) -> None:
    """A paused network is not late and is not warned of."""
    paused = seat.network.paused_at is None
    await kept.change(turn.db, seat.network.id, paused_at=turn.now if paused else None)
    await networks.tell_all(turn, seat.network, "paused" if paused else "resumed", who=seat.by)
    turn.tell(
        say("news.paused", "The group pauses.")
        if paused
        else say("news.resumed", "The group goes on after its pause.")
    )


@deed("quiet", say("deed.quiet", "Quiet the group, or end it"), quieting)
async def quiet(turn: Turn, seat: Seat, words: str) -> None:
    """For a day nothing said in the room reaches anybody; said again, it ends."""
    until = seat.network.quiet_until
    if until is not None and until > turn.now:
        await kept.change(turn.db, seat.network.id, quiet_until=None)
        turn.tell(say("phrase.quiet_over", "The group can write again."))
        return
    await kept.change(turn.db, seat.network.id, quiet_until=turn.now + QUIET)
    turn.tell(say("phrase.quieted", "For one day nobody can write to the group."))


# --- leaving ------------------------------------------------------------------------------------


@deed("leave", say("deed.leave", "Leave the group"), members, reaches=False)
async def leave(turn: Turn, seat: Seat, words: str) -> None:
    await steps.start(turn, "leave_group", str(seat.network.id))


@outcome("leave_group")
async def left(turn: Turn, session: Session) -> None:
    """Gone, without a reason; votes under way are counted anew, and those who stay are told."""
    seat = await networks.seat_in(turn, session.subject, lock=True)
    if seat is None or seat.mine is None or session.answers.get("sure") != "yes":
        return
    one = await kept.member(turn.db, seat.network.id, seat.mine.id)
    if one is None or isinstance(
        await kept.end_membership(turn.db, one, "leave", turn.now), Refused
    ):
        return
    await networks.announce(
        turn, seat.network, "left", seat.mine.pseudonym, name=turn.contact.name or ""
    )
    await votes.settle_all(turn, seat.network.id)


@command("command.come_back", "rejoin, join again")
async def come_back(turn: Turn, rest: str) -> None:
    """Whoever left a group may come back to the one they left last."""
    mine = await turn.enterprise()
    gone = await kept.left_by(turn.db, mine.id) if mine is not None else []
    network = await kept.by_id(turn.db, gone[0].id, lock=True) if gone else None
    if mine is None or network is None or network.stage == "closed":
        turn.tell(say("phrase.nothing_left", "There is no group that you left."))
    elif turn.contact.frozen_at is not None:
        turn.tell(networks.FROZEN)
    elif len(await kept.members_of(turn.db, network.id)) >= MOST:
        turn.tell(say("phrase.group_full", "The group is full now."))
    elif await kept.join(turn.db, network.id, [mine.id], turn.now):
        await networks.announce(turn, network, "joined", mine.pseudonym)
        turn.tell(
            say(
                "phrase.back_in_group",
                "Welcome back to {network}.",
                network=networks.label(turn, network),
            )
        )


# --- standing still -----------------------------------------------------------------------------


@told("network_watch")
async def watch(turn: Turn, wake: Wake) -> None:
    """Once a week, by whichever member's turn comes first: is it late or quiet? Whoever
    accompanies it is told, once a month at most."""
    seat = await networks.seat_in(turn, wake.subject, lock=True)
    if seat is None or seat.mine is None:
        return
    network, here = seat.network, today(turn.zone, turn.now)
    turn.later(turn.now + WATCH, wake, "network_watch", turn.about("watch", network.id))
    week = name_of(here)
    if network.settings.get("watched") == week:
        return
    await kept.put_settings(turn.db, network.id, watched=week)
    await votes.settle_all(turn, network.id)
    for look in LOOKS:
        await look(turn, network)
    last = network.settings.get("warned_at")
    stall = await warnings.stalled(turn, network)
    if stall is None or (last and here.isoformat() < str(last)):
        return
    until = (here + WARNS_AGAIN).isoformat()
    await kept.put_settings(turn.db, network.id, warned_at=until)
    whom = await networks.in_front(turn, network)
    if whom is not None and whom == network.broker_id:
        await warnings.put(turn, "stall", network.id, network)
    elif whom is not None:
        telling = Wake(whom, what="network_stall", subject=str(network.id))
        turn.wake(f"stall:{network.id}:{here}", telling)


LOOKS: list[Callable[[Turn, Network], Awaitable[None]]] = []
"""What else is looked at once a week: each named by its own file."""


@told("network_stall")
async def stall(turn: Turn, wake: Wake) -> None:
    """The leader of a group that runs itself hears it as a message."""
    network = await kept.by_id(turn.db, UUID(wake.subject))
    found = await warnings.stalled(turn, network) if network else None
    if network is not None and found is not None:
        turn.purpose = "network_stall"
        turn.tell(warnings.still_words(turn, network, found))
