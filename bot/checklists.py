"""What the broker of a network, or later its leader, has seen of it: ticked, and what the next
stage needs."""

from __future__ import annotations

from bot import networks, staging, steps
from bot.handlers import options, outcome
from bot.networks import Seat, deed, leading
from bot.speech import say
from bot.staging import CHECKS
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from networks.stages import CHECKS as NAMES
from networks.stages import STAGES, lacking
from storage import rules
from storage.networks import Network

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
    needs = (await staging.of(turn, seat.network)).needs
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
    stage = await staging.of(turn, network)
    return [turn.spoken(CHECKS[n]) for n in lacking(stage, seen) if n in CHECKS]
