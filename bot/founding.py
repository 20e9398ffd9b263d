"""From an approved proposal to a network: every firm answers for itself, at enough yeses it opens,
and names are shown among those who said yes and to nobody else.

Nobody learns that somebody declined: what does not come about lapses on its day and not before."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

from bot import alerts, group_words, profiles, wishes
from bot.agenda import ALERT
from bot.handlers import facts, outcome, still, told
from bot.hours import today
from bot.messages import Wake
from bot.speech import say
from bot.trust import shown_address
from bot.turn import Turn
from flows.session import Session
from networks.machine import Refused
from networks.proposals import ANSWERED_YES, INVITATION, opens
from networks.safety import kept_apart
from storage import blocks, candidates, contacts, enterprises, networks, proposals
from storage.proposals import Proposal

DEEDS = {"yes": "accept", "known": "accept_known", "no": "decline"}


async def found(turn: Turn, subject: str | None, *, lock: bool = False) -> Proposal | None:
    """The proposal a session or a wake is about."""
    return await proposals.by_id(turn.db, UUID(subject), lock) if subject else None


# --- inviting -----------------------------------------------------------------------------------


async def invite(turn: Turn, proposal: Proposal) -> None:
    """Ask every firm that can be asked; the others are left out without a word."""
    policy = turn.house.settings.policy
    states = await proposals.firms_of(turn.db, proposal.id)
    inside = [firm for firm, state in states.items() if state == "suggested"]
    asked = await _askable(turn, inside)
    out = {firm: "dropped" for firm in inside if firm not in asked}
    if not policy.sizes.least <= len(asked) <= policy.sizes.most:
        turn.speech.forget()
        turn.tell(
            say(
                "phrase.too_few_left",
                "Only {count} of them can be asked now, too few for a group. Add others first.",
                count=len(asked),
            )
        )
        return
    if not await _may_hold(turn, proposal):
        return
    lapses_at = turn.now + policy.days.until_lapsed
    done = await proposals.do(
        turn.db, proposal, "approve", turn.now, broker_id=turn.contact.id, lapses_at=lapses_at
    )
    if isinstance(done, Refused):
        return
    await proposals.set_firms(
        turn.db, proposal.id, {**out, **dict.fromkeys(asked, "invited")}, turn.now
    )
    await alerts.answered(turn, "proposal", proposal.id)
    turn.event("group_approved", size=len(asked))
    speakers = await enterprises.speakers(turn.db, asked)
    for firm in asked:
        if firm in speakers:
            await _invite(turn, proposal, speakers[firm])
    for who in {turn.contact.id, *speakers.values()}:  # whoever of them is still there then
        wake = Wake(who, what="proposal_lapses", subject=str(proposal.id))
        turn.later(lapses_at, wake, "proposal_lapses", _own(proposal, who))


async def _may_hold(turn: Turn, proposal: Proposal) -> bool:
    """Whether whoever approves may hold the group; it is said where they hold enough already."""
    me = turn.contact.id
    if proposal.broker_id == me or await alerts.may_take_groups(turn, [me]):
        return True
    turn.speech.forget()
    turn.tell(alerts.HOLDS_ENOUGH)
    return False


def _own(proposal: Proposal, who: UUID) -> UUID:
    """An id for what concerns one contact and the proposal: timers about it are told apart."""
    return uuid5(proposal.id, str(who))


async def _askable(turn: Turn, firms: list[UUID]) -> list[UUID]:
    """Those who want others, can be written to, and have nothing against one another: of two who
    are to be kept apart, the one who said so is left out; so is who wishes women only where there
    are others."""
    known = await candidates.reachable(turn.db, firms, today(turn.zone, turn.now))
    ids = {one.id for one in known}
    fit = [
        one for one in known if one.willing != "no" and not any(foe in ids for foe in one.blocks)
    ]
    apart = kept_apart(await wishes.of_firms(turn, [UUID(one.id) for one in fit]))
    return [UUID(one.id) for one in fit if one.id not in apart]


async def _invite(turn: Turn, proposal: Proposal, contact_id: UUID) -> None:
    # Who has no number is not asked whether to show it.
    given = {} if await shown_address(turn, contact_id) else {"shows": "bot"}
    subject = str(proposal.id)
    wake = Wake(contact_id, flow="invitation", subject=subject, given=given, rank=ALERT)
    turn.wake(f"invitation:{proposal.id}:{contact_id}", wake)


# --- a firm's answer ----------------------------------------------------------------------------


@still("invitation")
async def still_invited(turn: Turn, subject: str) -> bool:
    proposal = await found(turn, subject)
    mine = await turn.enterprise()
    if proposal is None or mine is None or proposal.state not in ("inviting", "opened"):
        return False
    return (await proposals.firms_of(turn.db, proposal.id)).get(mine.id) == "invited"


@facts("invitation")
async def of_invitation(turn: Turn, session: Session) -> Mapping[str, str]:
    """Craft and place of the others, wide enough, and never a name. Who declined is still counted:
    else who answers later would see that somebody did."""
    proposal = await found(turn, session.subject)
    mine = await turn.enterprise()
    if proposal is None or mine is None:
        return {}
    states = await proposals.firms_of(turn.db, proposal.id)
    firms = [firm for firm, state in states.items() if state not in ("suggested", "dropped")]
    broker = proposal.broker_id
    who = await contacts.by_id(turn.db, broker) if broker else None
    return {
        "broker": (who.name if who else None) or turn.house.settings.programme,
        "count": str(len(firms)),
        "others": await group_words.others(turn, firms, mine.id),
        "step": group_words.step(turn, proposal.first_step),
    }


@outcome("invitation")
async def answered(turn: Turn, session: Session) -> None:
    """Take the answer; with it the group may open, or somebody more come in."""
    proposal = await found(turn, session.subject, lock=True)
    mine = await turn.enterprise()
    if proposal is None or mine is None:
        return
    states = await proposals.firms_of(turn.db, proposal.id)
    said = str(session.answers.get("answer"))
    state = INVITATION.after(states.get(mine.id, ""), DEEDS.get(said, ""))
    if isinstance(state, Refused) or proposal.state not in ("inviting", "opened"):
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    await proposals.set_firms(turn.db, proposal.id, {mine.id: state}, turn.now)
    if state != "no":
        shows = str(session.answers.get("shows") or "bot")
        await proposals.show(turn.db, proposal.id, mine.id, shows)
    turn.event("group_answered", answer=said)
    await gather(turn, proposal, {**states, mine.id: state})


async def gather(turn: Turn, proposal: Proposal, states: Mapping[UUID, str]) -> None:
    """Open the group if enough said yes, or let in who said yes since. The proposal is locked."""
    answers = {firm: state for firm, state in states.items() if state in ANSWERED_YES}
    answers = await _at_peace(turn, answers)
    knows = {
        str(firm): {str(one) for one in await blocks.known_to(turn.db, firm)} for firm in answers
    }
    said = {str(firm): state for firm, state in answers.items()}
    inside = [UUID(one) for one in opens(said, knows, turn.house.settings.policy.sizes)]
    new = [firm for firm in inside if answers[firm] != "joined"]
    if not new:
        return
    if proposal.state == "inviting":
        network_id = await _open(turn, proposal, inside)
        tell = inside
    elif proposal.network_id is not None and await _has_room(turn, proposal.network_id, len(new)):
        network_id = proposal.network_id
        await networks.join(turn.db, network_id, new, turn.now)
        tell = new
    else:
        return
    await proposals.set_firms(turn.db, proposal.id, dict.fromkeys(new, "joined"), turn.now)
    await _tell(turn, network_id, tell, old=proposal.state != "inviting")


async def _has_room(turn: Turn, network_id: UUID, more: int) -> bool:
    """Whether a network still takes so many; locked, so that nobody else takes their places."""
    network = await networks.by_id(turn.db, network_id, lock=True)
    inside = len(await networks.members_of(turn.db, network_id))
    open_ = network is not None and network.stage != "closed"
    return open_ and inside + more <= turn.house.settings.policy.sizes.most


async def _open(turn: Turn, proposal: Proposal, members: list[UUID]) -> UUID:
    network = await networks.found(
        turn.db,
        members,
        turn.now,
        category=proposal.category,
        topic=proposal.topic,
        first_step=proposal.first_step,
        agency=proposal.agency,
        country=proposal.country,
        region=proposal.region,
        place=proposal.place,
        broker_id=proposal.broker_id,
    )
    await proposals.do(turn.db, proposal, "open", turn.now, network_id=network.id)
    turn.event("group_opened", size=len(members))
    return network.id


async def _at_peace(turn: Turn, answers: Mapping[UUID, str]) -> dict[UUID, str]:
    """Without those whom a NOT WITH said since keeps apart from one who is in or came before:
    they stay as they are and hear on the last day that it did not come about."""
    kept: dict[UUID, str] = {}
    for firm in sorted(answers, key=lambda one: (answers[one] != "joined", one)):
        for other in kept:
            if await blocks.between(turn.db, firm, other):
                break
        else:
            kept[firm] = answers[firm]
    return {firm: state for firm, state in answers.items() if firm in kept}


async def _tell(turn: Turn, network_id: UUID, new: list[UUID], *, old: bool) -> None:
    """Those who came in learn of all, those who were in of them, and the broker that it is."""
    members = [one.enterprise_id for one in await networks.members_of(turn.db, network_id)]
    speakers = await enterprises.speakers(turn.db, members)
    for firm in members:
        if firm not in speakers:
            continue
        who = speakers[firm]
        if firm in new:
            wake = Wake(who, what="group_opened", subject=str(network_id))
            turn.wake(f"group_opened:{network_id}:{firm}", wake)
            continue
        for came in new:
            wake = Wake(who, what="group_grew", subject=str(network_id), data={"who": str(came)})
            turn.wake(f"group_grew:{network_id}:{came}:{firm}", wake)
    network = await networks.by_id(turn.db, network_id)
    if network is not None and network.broker_id is not None and not old:
        wake = Wake(network.broker_id, what="group_founded", subject=str(network_id))
        turn.wake(f"group_founded:{network_id}", wake)


# --- told ---------------------------------------------------------------------------------------


@told("group_opened")
async def opened(turn: Turn, wake: Wake) -> None:
    """The group is open: who is in it, and how each may be written to."""
    mine = await turn.enterprise()
    members = await _members(turn, wake)
    if mine is None or mine.id not in members:
        return
    turn.purpose = "group_opened"
    turn.tell(
        say(
            "phrase.group_opened",
            "Good news: your group is open. {count} said yes so far. Joining costs nothing. "
            "These are the others:",
            count=len(members),
        )
    )
    lines = [await _line(turn, wake.subject, one) for one in members if one != mine.id]
    turn.speech.add("\n".join(f"- {line}" for line in lines if line))
    turn.tell(
        say(
            "phrase.connected_care",
            "Meet in a public place first. If anything is wrong, write REPORT or NOT WITH.",
        )
    )


@told("group_grew")
async def grew(turn: Turn, wake: Wake) -> None:
    mine = await turn.enterprise()
    members = await _members(turn, wake)
    came = UUID(wake.data["who"])
    if mine is None or mine.id not in members or came not in members:
        return
    line = await _line(turn, wake.subject, came)
    if line:
        turn.purpose = "group_grew"
        turn.tell(say("phrase.group_grew", "Somebody more is in your group: {who}", who=line))


@told("group_founded")
async def founded(turn: Turn, wake: Wake) -> None:
    """The broker hears that a group of theirs is open."""
    network = await networks.by_id(turn.db, UUID(wake.subject))
    if network is None or network.broker_id != turn.contact.id:
        return
    turn.purpose = "group_founded"
    members = list(await _members(turn, wake))
    turn.tell(
        say(
            "phrase.group_founded",
            "A group of yours is open with {count} workshops: {what}. First step together: {step}.",
            count=len(members),
            what=await group_words.gist(turn, members),
            step=group_words.step(turn, network.first_step or "fair"),
        )
    )


async def _members(turn: Turn, wake: Wake) -> dict[UUID, None]:
    found_ = await networks.members_of(turn.db, UUID(wake.subject))
    return dict.fromkeys(one.enterprise_id for one in found_)


async def _line(turn: Turn, network_id: str, firm: UUID) -> str:
    """Name, craft and place of a member, and the number if they chose to show it."""
    mine = await turn.enterprise()
    if mine is not None and await blocks.between(turn.db, mine.id, firm):
        return ""
    one = await enterprises.by_id(turn.db, firm)
    contact_id = await enterprises.speaker(turn.db, firm)
    who = await contacts.by_id(turn.db, contact_id) if contact_id else None
    if who is None or one is None or one.erased_at is not None:
        return ""
    turn.view("number", who.id)
    shown = (await proposals.shown_in(turn.db, UUID(network_id))).get(firm)
    address = await shown_address(turn, who.id) if shown == "number" else ""
    return f"{profiles.brief(turn, who, one)} {address}".strip()


# --- its end ------------------------------------------------------------------------------------


@told("proposal_lapses")
async def lapses(turn: Turn, wake: Wake) -> None:
    """After seven days nobody is asked any more; each who was left waiting hears so plainly."""
    proposal = await found(turn, wake.subject, lock=True)
    if proposal is None or proposal.lapses_at is None or proposal.lapses_at > turn.now:
        return
    if proposal.state not in ("inviting", "opened"):
        return
    states = await proposals.firms_of(turn.db, proposal.id)
    over = {firm: s for firm, s in states.items() if s in ("invited", "yes", "known")}
    lapsed = dict.fromkeys(over, "lapsed")
    await proposals.set_firms(turn.db, proposal.id, lapsed, turn.now)
    speakers = await enterprises.speakers(turn.db, list(over))
    for firm, state in over.items():
        if firm in speakers:
            data = {"was": state}
            end = Wake(speakers[firm], what="group_lapsed", subject=wake.subject, data=data)
            turn.wake(f"group_lapsed:{proposal.id}:{firm}", end)
    if proposal.state == "inviting":
        await proposals.do(turn.db, proposal, "lapse", turn.now)
        turn.event("group_lapsed")
        if proposal.broker_id is not None:
            end = Wake(proposal.broker_id, what="group_lapsed", subject=wake.subject)
            turn.wake(f"group_lapsed:{proposal.id}", end)


@told("group_lapsed")
async def lapsed(turn: Turn, wake: Wake) -> None:
    turn.agenda.drop("invitation", wake.subject)
    turn.purpose = "group_lapsed"
    if wake.data.get("was") == "invited":
        turn.tell(
            say(
                "phrase.invitation_lapsed",
                "You were invited to a group. {days} days are over, so the invitation lapsed.",
                days=turn.house.settings.policy.days.lapses,
            )
        )
    else:
        turn.tell(
            say(
                "phrase.group_lapsed",
                "The group did not come about in {days} days, so it lapsed.",
                days=turn.house.settings.policy.days.lapses,
            )
        )
