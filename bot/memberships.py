"""What begins when somebody joins a network: what they are asked and told by the calendar."""

from __future__ import annotations

from bot import diagnoses, networks, pulses
from bot.handlers import told
from bot.messages import Wake
from bot.stages import WATCH
from bot.turn import Turn


@told("network_joined")
async def joined(turn: Turn, wake: Wake) -> None:
    seat = await networks.seat_in(turn, wake.subject)
    if seat is None or seat.mine is None:
        return
    watch = Wake(turn.contact.id, what="network_watch", subject=wake.subject)
    turn.later(turn.now + WATCH, watch, "network_watch", turn.about("watch", seat.network.id))
    pulses.begin(turn, seat.network.id)
    diagnoses.begin(turn, seat.network.id)
