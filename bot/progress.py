"""What has changed in a group's firms since they joined: the ten taps after 6 and 12 months beside
those at the beginning, by how many firms, for five firms at least."""

from __future__ import annotations

from uuid import UUID

from bot import networks
from bot.networks import Seat, anybody, deed
from bot.reasons import need_label
from bot.speech import say
from bot.turn import Turn
from networks.diagnosis import LEAST_COMPARED, MONTHS, Change, compared
from storage import diagnoses
from storage import networks as kept
from storage.networks import Network


async def latest(turn: Turn, network_id: UUID) -> tuple[Change, ...]:
    """The latest comparison that enough firms answered; nothing where there is none yet."""
    first = await diagnoses.of_network(turn.db, network_id, MONTHS[0])
    for months in reversed(MONTHS[1:]):
        found = compared(first, await diagnoses.of_network(turn.db, network_id, months))
        if found:
            return found
    return ()


@deed("progress", say("deed.progress", "What has changed"), anybody, reaches=False)
async def shown(turn: Turn, seat: Seat, words: str) -> None:
    found = await latest(turn, seat.network.id)
    if not found:
        turn.tell(
            say(
                "phrase.pulse_few",
                "Nothing is shown for fewer than {least} answers.",
                least=LEAST_COMPARED,
            )
        )
        return
    lines = [
        say(
            "phrase.progress_line",
            "{what}: {before} of {all} at first, {now} now",
            what=need_label(turn, one.kind),
            before=one.before,
            now=one.now,
            all=one.firms,
        )
        for one in found
    ]
    turn.speech.add("\n".join(turn.spoken(line) for line in lines))


async def tell(turn: Turn, network: Network, months: int) -> None:
    """Have the group told, once for each time, as soon as there is something to compare."""
    first = await diagnoses.of_network(turn.db, network.id, MONTHS[0])
    if not compared(first, await diagnoses.of_network(turn.db, network.id, months)):
        return
    before = await kept.history(turn.db, network.id)
    if any(one.kind == "compared" and one.data.get("months") == str(months) for one in before):
        return
    await networks.tell_all(turn, network, "compared", months=str(months))
