"""What a broker says to a group proposal: look, leave out, add, ask one, approve, decline.

Names and places are shown to the broker, numbers never; that they were seen is written down."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from bot import alerts, founding, group_words, profiles, questions, steps, wishes
from bot.agenda import ALERT
from bot.handlers import facts, options, outcome, still
from bot.hours import today
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer, Value
from networks.machine import Refused
from networks.proposals import INVITATION, may_add, may_drop
from networks.safety import may_be_together
from storage import candidates, contacts, enterprises, proposals
from storage.areas import Area
from storage.contacts import Contact
from storage.enterprises import Enterprise
from storage.proposals import Proposal

MOST_OTHERS = 60
"""So many are looked at for others to add, the nearest of the area's."""
SHOWN_OTHERS = 9


async def found(turn: Turn, subject: str | None, *, lock: bool = False) -> Proposal | None:
    """The proposal a session is about."""
    return await proposals.by_id(turn.db, UUID(subject), lock) if subject else None


@still("proposal")
async def still_proposed(turn: Turn, subject: str) -> bool:
    proposal = await found(turn, subject)
    return (
        proposal is not None
        and proposal.state == "proposed"
        and turn.has_role("broker", "coordinator")
    )


@facts("proposal")
async def of_proposal(turn: Turn, session: Session) -> Mapping[str, str]:
    proposal = await found(turn, session.subject)
    if proposal is None:
        return {}
    firms = list(await _suggested(turn, proposal.id))
    turn.view("proposal", proposal.id)
    await turn.learn_words()
    return {
        "count": str(len(firms)),
        "what": await group_words.gist(turn, firms),
        "reasons": group_words.reasons(turn, proposal.reasons, len(firms)),
        "step": group_words.step(turn, proposal.first_step),
        "missing": group_words.missing(turn, proposal.missing),
    }


async def _suggested(turn: Turn, proposal_id: UUID) -> tuple[UUID, ...]:
    firms = await proposals.firms_of(turn.db, proposal_id)
    return tuple(firm for firm, state in firms.items() if state == "suggested")


@options("proposal_firms")
async def inside(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Those in the proposal, by name and place."""
    if session.subject is None:
        return ()
    return await _offers(turn, await _suggested(turn, UUID(session.subject)))


@options("proposal_others")
async def outside(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Others of the area who might come in: the best that nothing keeps apart from the rest."""
    proposal = await found(turn, session.subject)
    return await _offers(turn, await _others(turn, proposal)) if proposal else ()


async def _offers(turn: Turn, firms: tuple[UUID, ...]) -> tuple[Offer, ...]:
    known = await enterprises.by_ids(turn.db, firms)
    speakers = await enterprises.speakers(turn.db, firms)
    people = await contacts.by_ids(turn.db, set(speakers.values()))
    return tuple(
        Offer(str(one), _named(turn, people.get(speakers.get(one, one)), known[one]), str(one))
        for one in firms
        if one in known
    )


def _named(turn: Turn, who: Contact | None, one: Enterprise) -> str:
    """Short enough for a list that goes by SMS."""
    place = one.place or one.place_words or ""
    return ", ".join(filter(None, (profiles.name_of(turn, who, one), place)))


async def _others(turn: Turn, proposal: Proposal) -> tuple[UUID, ...]:
    day = today(turn.zone, turn.now)
    firms = await _suggested(turn, proposal.id)
    inside_now = await candidates.of(turn.db, firms, day)
    where = tuple(filter(None, (proposal.region or proposal.country,)))
    around = await candidates.within(turn.db, Area(where), day, MOST_OTHERS)
    barred = {str(firm) for firm in firms} | {foe for one in inside_now for foe in one.blocks}
    crafts = {craft for one in inside_now for craft in one.crafts}
    wished = await wishes.of_firms(turn, [*firms, *(UUID(one.id) for one in around)])
    with_ = [wished[str(firm)] for firm in firms]
    fitting = [
        one
        for one in around
        if one.id not in barred
        and not one.blocks & {*map(str, firms)}
        and may_be_together([*with_, wished[one.id]])
    ]
    alike = sorted(fitting, key=lambda one: not crafts & {*one.crafts})
    return tuple(UUID(one.id) for one in alike[:SHOWN_OTHERS])


@outcome("proposal")
async def looked_at(turn: Turn, session: Session) -> None:
    """The first answer counts; whoever comes second is told who took it."""
    proposal = await found(turn, session.subject, lock=True)
    if proposal is None or alerts.lost_role(turn):
        return
    if proposal.state != "proposed":
        await alerts.tell_taken(turn, proposal.broker_id)
        return
    answers = session.answers
    match answers.get("answer"):
        case "approve":
            await founding.invite(turn, proposal)
            return
        case "decline":
            await _decline(turn, proposal, str(answers.get("why") or ""))
            return
        case "snooze":
            await alerts.snoozed(turn, "proposal", proposal.id)
            return
        case "hand_over":
            if not await alerts.handed_over(turn, "proposal", proposal.id):
                turn.speech.forget()
                turn.tell(say("phrase.nobody_else", "There is nobody else yet. It stays with you."))
                await alerts.snoozed(turn, "proposal", proposal.id)
            return
        case "look":
            await _show(turn, proposal)
        case "drop":
            await _drop(turn, proposal, _picked(answers.get("drops")))
        case "add":
            await _add(turn, proposal, _picked(answers.get("adds")))
        case "ask":
            firm = await enterprises.speaker(turn.db, UUID(str(answers.get("whom"))))
            if firm is not None:
                await questions.ask(turn, firm, str(answers.get("words") or ""))
    await steps.start(turn, "proposal", session.subject, rank=ALERT)


def _picked(value: Value) -> list[UUID]:
    """The firms of an answer by numbers; "none of these" is none."""
    words = value if isinstance(value, list | tuple) else ()
    return [UUID(str(one)) for one in words if one != "none"]


async def _decline(turn: Turn, proposal: Proposal, why: str) -> None:
    done = await proposals.do(
        turn.db,
        proposal,
        "decline",
        turn.now,
        declined_why=why or None,
        broker_id=turn.contact.id,
    )
    if not isinstance(done, Refused):
        await alerts.answered(turn, "proposal", proposal.id)
        turn.event("group_declined")


async def _show(turn: Turn, proposal: Proposal) -> None:
    """Everybody by name, craft and place."""
    turn.speech.forget()
    firms = await _suggested(turn, proposal.id)
    known = await enterprises.by_ids(turn.db, firms)
    speakers = await enterprises.speakers(turn.db, firms)
    people = await contacts.by_ids(turn.db, set(speakers.values()))
    lines = []
    for firm in firms:
        who = people.get(speakers.get(firm, firm))
        turn.view("profile", who.id if who else firm)
        lines.append(f"- {profiles.brief(turn, who, known[firm])}")
    turn.speech.add("\n".join(lines))


async def _drop(turn: Turn, proposal: Proposal, firms: list[UUID]) -> None:
    """Leave some out, as long as a group remains."""
    states = await proposals.firms_of(turn.db, proposal.id)
    left = sum(state == "suggested" for state in states.values())
    out: dict[UUID, str] = {}
    for firm in firms:
        state = INVITATION.after(states.get(firm, ""), "drop")
        if isinstance(state, Refused):
            continue
        if not may_drop(left, turn.house.settings.policy.sizes):
            turn.speech.forget()
            turn.tell(
                say("phrase.too_few", "A group needs {count} workshops at least.", count=left)
            )
            break
        out[firm] = state
        left -= 1
    await proposals.set_firms(turn.db, proposal.id, out, turn.now)


async def _add(turn: Turn, proposal: Proposal, firms: list[UUID]) -> None:
    """Take others in, as many as a group holds; who is asked elsewhere by now stays there."""
    allowed = set(await _others(turn, proposal))
    busy = await proposals.taken(turn.db, firms) if firms else set()
    count = len(await _suggested(turn, proposal.id))
    come: list[UUID] = []
    for firm in firms:
        if firm not in allowed or firm in busy:
            continue
        if not may_add(count, turn.house.settings.policy.sizes):
            turn.speech.forget()
            turn.tell(say("phrase.too_many_firms", "A group has {count} at most.", count=count))
            break
        come.append(firm)
        count += 1
    await proposals.add(turn.db, proposal.id, come, turn.now)
