"""Votes by chat, or a choice made face to face and written down: a leader, a treasurer, a rule,
putting somebody out.

Each member has one voice, may change it while the vote is open, and nobody is told whose it was.
A network is locked while a voice is given, so that none is lost and each vote ends once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import checklists, networks, steps, taking_back
from bot.agenda import ALERT
from bot.commands import command
from bot.handlers import facts, options, outcome, still, told
from bot.hours import today
from bot.messages import Wake
from bot.networks import Seat, acting, deed, members
from bot.speech import dated, say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from networks.machine import Refused
from networks.votes import ABOUT, TWO_THIRDS, count, is_settled
from storage import networks as kept
from storage import rules, votes
from storage.networks import Network
from storage.votes import Vote

LASTS = timedelta(days=5)
REMINDED_BEFORE = timedelta(days=1)
ASKS = {
    "leader": "office",
    "treasurer": "office",
    "rule": "instead",
    "end_rule": "old",
    "put_out": "whom",
    "take_back": "back",
}
"""The step that says whom, or which rule, a choice is about."""

OFFICES = {"leader": "leader_chosen", "treasurer": "treasurer_chosen"}


# --- a choice is to be made ---------------------------------------------------------------------


@deed("decide", say("deed.decide", "Decide something together"), acting)
async def decide(turn: Turn, seat: Seat, words: str) -> None:
    given = {} if seat.leads else {"how": "vote"}
    if not await rules.of(turn.db, seat.network.id):
        given = {**given, "instead": "none"}
    await steps.start(turn, "decide", str(seat.network.id), given)


@options("group_members")
async def group_members(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """The members by name, for whoever belongs to the network."""
    seat = await networks.seat_in(turn, session.subject)
    known = await networks.people(turn, seat.network.id) if seat else {}
    return tuple(
        Offer(str(one), networks.name_of(turn, who), str(one)) for one, who in known.items()
    )


@options("group_rules")
async def group_rules(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """The rules that hold, for whoever belongs to the network; a new one may take no place."""
    seat = await networks.seat_in(turn, session.subject)
    held = await rules.of(turn.db, seat.network.id) if seat else []
    offers = tuple(Offer(str(one.id), one.words, str(one.id)) for one in held)
    if session.answers.get("about") == "end_rule":
        return offers
    return (*offers, Offer("none", turn.spoken(say("answer.none", "None of these")), "none"))


@options("put_out_members")
async def put_out_members(turn: Turn, session: Session) -> tuple[Offer, ...]:
    seat = await networks.seat_in(turn, session.subject)
    gone = await kept.put_out_of(turn.db, seat.network.id) if seat else []
    known = await networks.once(turn, [one.enterprise_id for one in gone])
    return tuple(
        Offer(str(one), networks.name_of(turn, who), str(one)) for one, who in known.items()
    )


@outcome("decide")
async def decided_on(turn: Turn, session: Session) -> None:
    """Ask everybody; or write down what was chosen face to face."""
    seat = await networks.seat_in(turn, session.subject, lock=True)
    about = str(session.answers.get("about"))
    if seat is None or not acting(seat) or about not in ABOUT:
        return
    if turn.contact.frozen_at is not None:
        turn.speech.forget()
        turn.tell(networks.FROZEN)
        return
    network, words = seat.network, _words(session, "rule")
    whom = _enterprise(session.answers.get(ASKS[about]))
    if about in ("rule", "end_rule"):
        old = next((one for one in await rules.of(turn.db, network.id) if one.id == whom), None)
        if about == "end_rule" and old is None:
            return
        whom, words = (old.id if old else None), words or (old.words if old else "")
    else:
        gone = await kept.put_out_of(turn.db, network.id)
        inside = await kept.members_of(turn.db, network.id)
        among = {one.enterprise_id for one in (gone if about == "take_back" else inside)}
        if whom is not None and whom not in among:
            return
    if session.answers.get("how") == "chosen" and seat.leads and about not in TWO_THIRDS:
        await _take_effect(turn, network, about, whom, words)
        return
    if await votes.open_in(turn.db, network.id, about) and about not in ("rule", "end_rule"):
        turn.speech.forget()
        turn.tell(say("phrase.vote_open", "That is being voted on already."))
        return
    members_now = await kept.members_of(turn.db, network.id)
    choices = [str(one.enterprise_id) for one in members_now]
    vote = await votes.call(
        turn.db, network.id, about, sorted(choices if about in OFFICES else ["no", "yes"]),
        turn.contact.id, turn.now, turn.now + LASTS, words=words or None,
        subject_id=None if about in OFFICES else whom,
    )  # fmt: skip
    for one, person in (await networks.people(turn, network.id)).items():
        who = person.contact.id if person.contact is not None else None
        if one == vote.subject_id or who is None:
            continue
        if who == turn.contact.id:  # who called the vote is asked now, before what was put off
            await steps.start(turn, "ballot", str(vote.id), rank=ALERT)
        else:
            turn.wake(f"ballot:{vote.id}:{who}", _ask(who, vote))
    reminds = Wake(turn.contact.id, what="vote_reminds", subject=str(vote.id))
    turn.later(vote.ends_at - REMINDED_BEFORE, reminds, "vote_reminds", vote.id)
    ends = Wake(turn.contact.id, what="vote_ends", subject=str(vote.id))
    turn.later(vote.ends_at, ends, "vote_ends", vote.id)


def _ask(contact_id: UUID, vote: Vote) -> Wake:
    return Wake(contact_id, flow="ballot", subject=str(vote.id), rank=ALERT)


def _enterprise(value: object) -> UUID | None:
    return UUID(value) if isinstance(value, str) and value != "none" else None


def _words(session: Session, step: str) -> str:
    value = session.answers.get(step)
    return value if isinstance(value, str) else ""


# --- a voice ------------------------------------------------------------------------------------


@deed("ballots", say("deed.ballots", "Vote"), members, reaches=False)
async def ballots(turn: Turn, seat: Seat, words: str) -> None:
    """The oldest open vote, also one that was voted in: the voice may be changed."""
    mine = seat.mine
    open_ = [
        one
        for one in await votes.open_in(turn.db, seat.network.id)
        if mine is not None and one.subject_id != mine.id
    ]
    if not open_:
        turn.tell(say("phrase.no_vote", "Nothing is being voted on now."))
        return
    voted = {v.id: str(mine.id) in await votes.given(turn.db, v.id) for v in open_ if mine}
    first = min(open_, key=lambda one: voted.get(one.id, False))
    await steps.start(turn, "ballot", str(first.id), rank=ALERT)


@command("command.vote", "vote, votes")
async def vote_word(turn: Turn, rest: str) -> None:
    await networks.do(turn, "ballots")


async def _mine(turn: Turn, subject: str | None, lock: bool = False) -> tuple[Seat, Vote] | None:
    """The open vote and the member's seat; None for anybody who has no voice in it."""
    vote = await votes.by_id(turn.db, UUID(subject or ""))
    seat = await networks.seat_in(turn, vote.network_id, lock) if vote else None
    vote = await votes.by_id(turn.db, vote.id) if vote and lock else vote
    if vote is None or seat is None or seat.mine is None or vote.state != "open":
        return None
    return None if vote.subject_id == seat.mine.id else (seat, vote)


@still("ballot")
async def still_open(turn: Turn, subject: str) -> bool:
    return await _mine(turn, subject) is not None


@facts("ballot")
async def of_ballot(turn: Turn, session: Session) -> Mapping[str, str]:
    found = await _mine(turn, session.subject)
    if found is None:
        return {"network": "", "question": "", "day": ""}
    seat, vote = found
    name = old = ""
    if vote.subject_id is not None and vote.about in TWO_THIRDS:
        known = await networks.once(turn, [vote.subject_id])
        name = networks.name_of(turn, known.get(vote.subject_id))
    elif vote.subject_id is not None and vote.about == "rule":
        held = await rules.of(turn.db, vote.network_id)
        old = next((one.words for one in held if one.id == vote.subject_id), "")
    question = {
        "leader": say("vote.leader", "Who shall lead the group?"),
        "treasurer": say("vote.treasurer", "Who shall keep the group's money?"),
        "rule": say("vote.rule", "Shall this be our rule? {words}", words=vote.words or ""),
        "change_rule": say(
            "vote.change_rule",
            "Shall this be our rule? {words} It takes the place of: {old}",
            words=vote.words or "",
            old=old,
        ),
        "end_rule": say("vote.end_rule", "Shall this rule end? {words}", words=vote.words or ""),
        "put_out": say("vote.put_out", "Shall {name} leave the group?", name=name),
        "take_back": say("vote.take_back", "May {name} come back to the group?", name=name),
    }["change_rule" if old else vote.about]
    return {
        "network": networks.label(turn, seat.network),
        "question": turn.spoken(question),
        "day": dated(today(turn.zone, vote.ends_at), turn.language),
    }


@options("ballot")
async def ballot_options(turn: Turn, session: Session) -> tuple[Offer, ...]:
    found = await _mine(turn, session.subject)
    if found is None:
        return ()
    vote = found[1]
    if vote.about not in OFFICES:
        return (
            Offer("yes", turn.spoken(say("answer.yes", "Yes")), "yes"),
            Offer("no", turn.spoken(say("answer.no", "No")), "no"),
        )
    known = await networks.people(turn, vote.network_id)
    return tuple(
        Offer(str(one), networks.name_of(turn, who), str(one))
        for one, who in known.items()
        if str(one) in vote.options
    )


@outcome("ballot")
async def voted(turn: Turn, session: Session) -> None:
    found = await _mine(turn, session.subject, lock=True)
    choice = str(session.answers.get("choice"))
    mine = found[0].mine if found else None
    if found is None or mine is None or choice not in found[1].options:
        turn.speech.forget()
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    vote = found[1]
    await votes.give(turn.db, vote.id, mine.id, choice, turn.now)
    await _settle(turn, vote)


@told("vote_reminds")
async def reminds(turn: Turn, wake: Wake) -> None:
    """A day before a vote ends whoever has not voted hears so, once."""
    vote = await votes.by_id(turn.db, UUID(wake.subject))
    if vote is None or vote.state != "open":
        return
    voices = await votes.given(turn.db, vote.id)
    for one, person in (await networks.people(turn, vote.network_id)).items():
        if one != vote.subject_id and str(one) not in voices and person.contact is not None:
            telling = Wake(person.contact.id, what="vote_reminder", subject=str(vote.id))
            turn.wake(f"vote_reminder:{vote.id}:{person.contact.id}", telling)


@told("vote_reminder")
async def reminder(turn: Turn, wake: Wake) -> None:
    found = await _mine(turn, wake.subject)
    if found is None:
        return
    turn.purpose = "vote_reminder"
    turn.tell(
        say(
            "phrase.vote_reminder",
            "{network}: your vote is missing. It ends on {day}. Write VOTE.",
            network=networks.label(turn, found[0].network),
            day=dated(today(turn.zone, found[1].ends_at), turn.language),
        )
    )


# --- the end ------------------------------------------------------------------------------------


@told("vote_ends")
async def ends(turn: Turn, wake: Wake) -> None:
    vote = await votes.by_id(turn.db, UUID(wake.subject))
    if vote is not None:
        await kept.by_id(turn.db, vote.network_id, lock=True)
        await _settle(turn, await votes.by_id(turn.db, vote.id), over=True)


async def settle_all(turn: Turn, network_id: UUID) -> None:
    """Somebody came or left in a locked network, or a week is over: a vote may be settled."""
    for vote in await votes.open_in(turn.db, network_id):
        await _settle(turn, vote, over=vote.ends_at <= turn.now)


async def _settle(turn: Turn, vote: Vote | None, over: bool = False) -> None:
    """End a vote of a locked network that is over, or that nothing can change any more."""
    network = await kept.by_id(turn.db, vote.network_id) if vote else None
    if vote is None or network is None or vote.state != "open":
        return
    inside = {str(one.enterprise_id) for one in await kept.members_of(turn.db, network.id)}
    voices = await votes.given(turn.db, vote.id)
    options_ = [one for one in vote.options if one in inside or vote.about not in OFFICES]
    if vote.about == "put_out" and str(vote.subject_id) not in inside:
        await votes.end(turn.db, vote, "call_off", turn.now)
        return
    able = inside - {str(vote.subject_id)}
    if not over and not is_settled(vote.about, options_, voices, able):
        return
    winner = count(vote.about, options_, voices, able).winner
    done = winner not in ("", "no") or (winner == "no" and vote.about in ("rule", "end_rule"))
    await votes.end(turn.db, vote, "decide" if done else "fail", turn.now, winner or None)
    if winner in ("", "no"):
        await networks.tell_all(turn, network, "vote_failed", me=True)
        return
    whom = UUID(winner) if vote.about in OFFICES else vote.subject_id
    await _take_effect(turn, network, vote.about, whom, vote.words or "")


async def _take_effect(
    turn: Turn, network: Network, about: str, whom: UUID | None, words: str
) -> None:
    """What was chosen holds, in a locked network, and everybody is told."""
    if about == "end_rule" and whom is not None:
        await rules.end(turn.db, whom, turn.now)
        await networks.tell_all(turn, network, "rule_ended", me=True, words=words)
        return
    if about == "take_back" and whom is not None:
        await taking_back.take_back(turn, network, whom)
        return
    if about == "rule":
        if whom is not None:
            await rules.end(turn.db, whom, turn.now)
        await rules.add(turn.db, network.id, words, turn.now)
        await networks.tell_all(turn, network, "rule", me=True, words=words)
        await checklists.see(turn, network, "rules_agreed")
        return
    known = await networks.people(turn, network.id)
    if whom is None or whom not in known:
        return
    pseudonym = known[whom].enterprise.pseudonym
    if about == "put_out":
        await _put_out(turn, network, whom, networks.name_of(turn, known[whom]), pseudonym)
        return
    await kept.change(turn.db, network.id, **{f"{about}_id": whom})
    await networks.tell_all(turn, network, about, who=pseudonym, me=True)
    await checklists.see(turn, network, OFFICES[about])


async def _put_out(turn: Turn, network: Network, whom: UUID, name: str, pseudonym: UUID) -> None:
    await networks.announce(turn, network, "put_out", pseudonym, me=True, name=name)
    one = await kept.member(turn.db, network.id, whom)
    if one is not None and not isinstance(
        await kept.end_membership(turn.db, one, "put_out", turn.now), Refused
    ):
        await settle_all(turn, network.id)
