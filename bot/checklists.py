"""What the broker of a network, or later its leader, has seen of it: ticked, and what the next
stage needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot import networks, steps
from bot.handlers import options, outcome
from bot.histories import CHECKS
from bot.networks import Seat, deed, leading
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from networks.stages import CHECKS as NAMES
from networks.stages import DEFAULTS, STAGES, Stage, lacking
from storage import rules
from storage.networks import Network


def settings_of(network: Network) -> Stage:
    """The stage's settings: the programme's, as far as the network's own do not differ."""
    usual = DEFAULTS[network.stage]
    own: dict[str, Any] = dict(network.settings.get(network.stage) or {})
    known = {name: value for name, value in own.items() if name in Stage.__dataclass_fields__}
    if "needs" in known:
        known["needs"] = tuple(known["needs"])
    return replace(usual, **known)


# --- what has been seen -------------------------------------------------------------------------


@deed("tick", say("deed.tick", "Tick what is reached"), leading)
async def tick(turn: Turn, seat: Seat, words: str) -> None:
    await steps.start(turn, "tick", str(seat.network.id))


@options("checks")
async def checks(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """What has not been seen yet in this stage; an arrow marks what the next stage needs."""
    seat = await networks.seat_in(turn, session.subject)
    if seat is None or not seat.leads:
        return ()
    seen = await rules.ticked(turn.db, seat.network.id)
    needs = settings_of(seat.network).needs
    names = dict.fromkeys((*needs, *NAMES.get(seat.network.stage, ())))
    offers = [
        Offer(name, turn.spoken(CHECKS[name]) + (" *" if name in needs else ""), name)
        for name in names
        if name not in seen and name in CHECKS
    ]
    return (*offers, Offer("none", turn.spoken(say("option.nothing", "Nothing now")), "none"))


@outcome("tick")
async def ticked(turn: Turn, session: Session) -> None:
    seat = await networks.seat_in(turn, session.subject, lock=True)
    name = str(session.answers.get("what"))
    if seat is None or not seat.leads or name not in CHECKS:
        return
    if await rules.tick(turn.db, seat.network.id, name, turn.contact.id, turn.now):
        await networks.tell_all(turn, seat.network, "ticked", check=name)
    if not await missing(turn, seat.network) and seat.network.stage != STAGES[-1]:
        turn.tell(say("phrase.may_advance", "All is there for the next stage. Write NETWORK."))


async def see(turn: Turn, network: Network, name: str) -> None:
    """Note that something has been reached, in a locked network, once."""
    if await rules.tick(turn.db, network.id, name, turn.contact.id, turn.now):
        await networks.note(turn, network, "ticked", check=name)


async def missing(turn: Turn, network: Network) -> list[str]:
    seen = await rules.ticked(turn.db, network.id)
    return [turn.spoken(CHECKS[n]) for n in lacking(settings_of(network), seen) if n in CHECKS]
