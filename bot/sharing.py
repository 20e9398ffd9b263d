"""A phone that several people use: who is writing, and what waits there for each of them."""

from __future__ import annotations

from uuid import UUID

from bot import greeting, steps
from bot.commands import starts
from bot.handlers import options, outcome, told
from bot.messages import Wake
from bot.speech import say
from bot.turn import REPLY, Turn
from flows.session import Session
from flows.values import Offer
from storage import contacts, outbox, urns


@starts("who")
async def who(turn: Turn, rest: str) -> None:
    await steps.start(turn, "who")


@options("people_here")
async def people_here(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Those who use this address, as they are called."""
    if turn.urn is None:
        return ()
    found = await contacts.sharing(turn.db, turn.urn.id)
    return tuple(
        Offer(str(one.id), one.name, str(one.id)) for one, _ in found if one.name and _is_here(one)
    )


def _is_here(contact: contacts.Contact) -> bool:
    return contact.erased_at is None


@outcome("who")
async def picked(turn: Turn, session: Session) -> None:
    """The address is theirs now; they go on in their own turn. What waits for whoever had it is
    not asked of them."""
    turn.speech.forget()
    turn.rests = True
    if turn.urn is None:
        return
    whom = str(session.answers.get("who"))
    here = {str(one.id): now for one, now in await contacts.sharing(turn.db, turn.urn.id)}
    if whom in here:
        chosen = UUID(whom)
        if not here[whom]:
            await urns.link(turn.db, turn.urn.id, chosen, turn.now, why="shared")
    else:
        met = await contacts.meet_beside(
            turn.db, turn.urn, turn.now, turn.country, turn.contact.language
        )
        chosen = met.id
    data = {"urn": str(turn.urn.id)}
    turn.wake(f"chosen:{turn.inbox_seq}", Wake(chosen, what="chosen", data=data))


@told("chosen")
async def chosen(turn: Turn, wake: Wake) -> None:
    """What waited for them here is said, and they go on where they were."""
    turn.rank, turn.purpose = REPLY, "chosen"
    here = (await urns.by_ids(turn.db, [UUID(wake.data["urn"])])).get(UUID(wake.data["urn"]))
    turn.urn = here or turn.urn
    if turn.urn is None:
        return
    if turn.contact.name:
        turn.tell(say("phrase.chosen", "Good to hear from you, {name}.", name=turn.contact.name))
    active, mine = turn.agenda.active, turn.contact.id
    unseen = active and await outbox.drop_unseen(turn.db, turn.urn.id, active.flow, mine)
    await outbox.release_shared(turn.db, turn.urn.id, mine, turn.now)
    await (steps.ask_whole(turn) if unseen else greeting.go_on(turn))
