"""A way back for whoever was put out of a group, once the group voted for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from bot import networks
from bot.handlers import told
from bot.messages import Wake
from bot.speech import say
from bot.turn import Turn
from networks.machine import Refused
from storage import networks as kept
from storage.networks import Network

REMINDED_AFTER = timedelta(days=7)
"""When whoever may come back is told so once more, if they are not back."""


async def take_back(turn: Turn, network: Network, whom: UUID) -> None:
    """Whoever was put out may REJOIN now, is told so, and reminded once."""
    gone = await kept.put_out_of(turn.db, network.id)
    one = next((member for member in gone if member.enterprise_id == whom), None)
    if one is None or isinstance(
        await kept.end_membership(turn.db, one, "take_back", turn.now), Refused
    ):
        return
    known = await networks.once(turn, [whom])
    person = known.get(whom)
    name = networks.name_of(turn, person)
    await networks.announce(turn, network, "taken_back", one.pseudonym, me=True, name=name)
    if person is None or person.contact is None:
        return
    wake = Wake(person.contact.id, what="taken_back", subject=str(network.id))
    turn.wake(f"taken_back:{network.id}:{turn.inbox_seq}", wake)
    about = networks.about(person.contact.id, "taken_back", network.id)
    turn.later(turn.now + REMINDED_AFTER, wake, "taken_back", about)


@told("taken_back")
async def may_come_back(turn: Turn, wake: Wake) -> None:
    mine = await turn.enterprise()
    gone = await kept.left_by(turn.db, mine.id) if mine is not None else []
    network = next((one for one in gone if str(one.id) == wake.subject), None)
    if network is not None:
        turn.purpose = "taken_back"
        turn.tell(
            say(
                "phrase.may_come_back",
                "{network} would be glad to have you back. Write REJOIN.",
                network=networks.label(turn, network),
            )
        )
