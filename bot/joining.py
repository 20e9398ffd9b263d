"""What follows when somebody showed that an address is theirs: it is joined, or separated again.

Addresses move, records stay: of two records of one person the one not gone on with rests, without
an address, until UNLINK gives it back."""

from __future__ import annotations

from bot import artisans, by_sms, greeting, linking, proof, steps
from bot.commands import starts
from bot.handlers import options, outcome, told
from bot.messages import Wake
from bot.speech import say
from bot.turn import REPLY, Turn
from flows.session import Session
from flows.values import Offer
from storage import contacts, invitations, outbox, urns
from storage.contacts import Contact
from storage.urns import Linking, Urn

JOINED = say("phrase.linked", "Now both are one for us. Write UNLINK to separate them.")


@outcome("link")
async def code_written(turn: Turn, session: Session) -> None:
    """Join where the code is right; a wrong one may be written anew, five times an hour."""
    if session.answers.get("join") == "no":
        await _go_on(turn)
        return
    turn.speech.forget()
    own = turn.urn.address if turn.urn else None
    if turn.incoming.channel == "sms" or own is None:
        turn.tell(linking.ELSEWHERE)
    elif await invitations.exhausted(turn.db, own, turn.now):
        turn.tell(
            say("phrase.code_limit", "Those were too many codes. Please try in an hour."),
        )
        await _go_on(turn)
    else:
        urn = await linking.target(turn, session)
        written = session.answers.get("code")
        if urn is None or not proof.holds(turn, linking.purpose_of(urn), written):
            await invitations.guessed(turn.db, own, turn.now)
            turn.tell(say("phrase.link_wrong", "That is not the code, or it is too old."))
            given = {name: v for name, v in session.answers.items() if name != "code"}
            await steps.start(turn, "link", session.subject, given)
        else:
            await _shown(turn, urn, sms=session.answers.get("sms") == "yes")


async def _shown(turn: Turn, urn: Urn, *, sms: bool) -> None:
    """The address is theirs: on with the record that holds something, or with the one they pick."""
    holder = await contacts.holder(turn.db, urn.id)
    if holder is None or holder.id == turn.contact.id or holder.erased_at is not None:
        await _take(turn, [urn], sms=sms)
    elif not await linking.holds_data(turn, holder):
        await _take(turn, await urns.of(turn.db, holder.id), sms=sms)
    elif not await linking.holds_data(turn, turn.contact):
        await _give(turn, holder, sms=sms)
    else:
        await steps.start(turn, "link_keep", str(urn.id), {"sms": "yes" if sms else "no"})


@outcome("link_keep")
async def record_picked(turn: Turn, session: Session) -> None:
    urn = await linking.target(turn, session)
    holder = await contacts.holder(turn.db, urn.id) if urn else None
    if urn is None or holder is None or holder.id == turn.contact.id:
        return
    turn.speech.forget()
    sms = session.answers.get("sms") == "yes"
    if session.answers.get("keep") == "there":
        await artisans.leave_everything(turn)
        await _give(turn, holder, sms=sms)
    else:
        turn.wake(f"rests:{turn.inbox_seq}", Wake(holder.id, what="rests"))
        await _take(turn, await urns.of(turn.db, holder.id), sms=sms)


async def _take(turn: Turn, addresses: list[Urn], *, sms: bool) -> None:
    """The addresses are this contact's from now on."""
    for urn in addresses:
        await urns.link(turn.db, urn.id, turn.contact.id, turn.now, why="linked")
    if sms:
        by_sms.note(turn, given=True)
    turn.event("linked")
    turn.tell(JOINED)
    await _go_on(turn)


async def _give(turn: Turn, holder: Contact, *, sms: bool) -> None:
    """This contact's addresses are the other's, who goes on here from now on."""
    for urn in await urns.of(turn.db, turn.contact.id):
        await urns.link(turn.db, urn.id, holder.id, turn.now, why="linked")
    turn.agenda.clear()
    turn.event("linked", whom=holder.pseudonym)
    data = {"sms": "yes" if sms else "no"}
    turn.wake(f"linked:{turn.inbox_seq}", Wake(holder.id, what="linked", data=data))


@told("linked")
async def linked(turn: Turn, wake: Wake) -> None:
    """Say so where they have just proved it, and go on where they were."""
    turn.rank, turn.purpose = REPLY, "linked"
    if wake.data.get("sms") == "yes":
        by_sms.note(turn, given=True)
    turn.tell(JOINED)
    await greeting.go_on(turn)


@told("rests")
async def rests(turn: Turn, wake: Wake) -> None:
    """Nobody is left waiting for a record that its owner goes on without."""
    await artisans.leave_everything(turn)
    turn.agenda.clear()


async def _go_on(turn: Turn) -> None:
    """Where they were; somebody new begins, without being asked about the other address again."""
    if turn.agenda.active or turn.agenda.waiting or await turn.has_joined():
        await greeting.go_on(turn)
    else:
        await greeting.begin(turn)


# --- UNLINK -------------------------------------------------------------------------------------


@starts("unlink")
async def unlink(turn: Turn, rest: str) -> None:
    """Separate an address that was joined."""
    if not await urns.linked_to(turn.db, turn.contact.id):
        turn.tell(say("phrase.nothing_joined", "You have joined no other address."))
        return
    await steps.start(turn, "unlink")


@options("linked_addresses")
async def linked_addresses(turn: Turn, session: Session) -> tuple[Offer, ...]:
    groups = await _groups(turn)
    return tuple(Offer(str(group[0][0].id), _label(group), str(group[0][0].id)) for group in groups)


def _label(group: list[tuple[Linking, Urn]]) -> str:
    """Of several names of one account the one with a number."""
    return max((linking.label_of(urn) for _, urn in group), key=len)


async def _groups(turn: Turn) -> list[list[tuple[Linking, Urn]]]:
    """What was joined, by the occasions it was joined at."""
    groups: dict[tuple[object, object], list[tuple[Linking, Urn]]] = {}
    for link, urn in await urns.linked_to(turn.db, turn.contact.id):
        groups.setdefault((link.from_contact_id, link.at), []).append((link, urn))
    return list(groups.values())


@outcome("unlink")
async def separated(turn: Turn, session: Session) -> None:
    """Give back what was joined on one occasion; what lies there for this contact stays unsaid."""
    picked = str(session.answers.get("which"))
    group = next((g for g in await _groups(turn) if str(g[0][0].id) == picked), [])
    for link, urn in group:
        if await urns.undo(turn.db, link.id, turn.now):
            await outbox.drop_for(turn.db, urn.id, "unlinked")
    if group:
        turn.event("unlinked")
    mine = await urns.of(turn.db, turn.contact.id)
    if turn.contact.sms_ok and not any(urn.scheme == "tel" for urn in mine):
        by_sms.note(turn, given=False)
