"""The file of open matters that comes with what is handed over: of each network where it stands,
what is next, what was promised; then proposals, introductions and requests, since when.

Names are only of those who agreed that something is kept about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from bot import checklists, group_words, introductions, networks, profiles
from bot.handlers import told
from bot.hours import today
from bot.messages import Wake
from bot.reasons import craft_label
from bot.speech import dated, say
from bot.turn import CONSENT, Turn
from storage import activities, consents, contacts, enterprises, proposals, tasks
from storage import introductions as introduction_rows
from storage import networks as kept
from storage.contacts import Contact
from storage.enterprises import Enterprise
from storage.networks import Network

MOST = 5
"""Activities of one network that are named."""


def ids(wake: Wake, kind: str) -> list[UUID]:
    return [UUID(one) for one in wake.data.get(kind, "").split()]


@told("taken_over")
async def taken_over(turn: Turn, wake: Wake) -> None:
    """What was handed over, a paragraph each, so that a channel may cut it where it must; and as a
    file where it carries one."""
    turn.purpose = "taken_over"
    parts = [part async for part in _parts(turn, wake)]
    head = say(
        "handed.head",
        "{name} hands over to you. Open matters: {count}.",
        name=wake.data.get("from") or "-",
        count=len(parts),
    )
    lines = [line for part in parts for line in part.splitlines()]
    await turn.house.papers.attach(turn, turn.spoken(head), lines)
    turn.tell(head)
    for part in parts:
        turn.speech.add(part)


async def _parts(turn: Turn, wake: Wake) -> AsyncIterator[str]:
    for one in ids(wake, "networks"):
        network = await kept.by_id(turn.db, one)
        if network is not None and network.stage != "closed":
            yield "\n".join(await of_network(turn, network))
    for proposal_id in ids(wake, "proposals"):
        proposal = await proposals.by_id(turn.db, proposal_id)
        if proposal is not None:
            firms = [f for f, s in (await proposals.firms_of(turn.db, proposal_id)).items()
                     if s != "dropped"]  # fmt: skip
            what = await group_words.gist(turn, firms)
            head = say("queue.proposal", "A group of {count}: {what}", count=len(firms), what=what)
            yield f"{turn.spoken(head)} ({since(turn, proposal.created_at)})"
    for introduction_id in ids(wake, "introductions"):
        introduction = await introduction_rows.by_id(turn.db, introduction_id)
        if introduction is not None:
            sides = await introductions.sides_of(turn, introduction)
            asker = await named(turn, sides.asker_contact, sides.asker)
            other = await named(turn, sides.other_contact, sides.other)
            head = say(
                "queue.introduction", "{asker} would like to meet {other}",
                asker=asker, other=other,
            )  # fmt: skip
            yield f"{turn.spoken(head)} ({since(turn, introduction.created_at)})"
    for task_id in ids(wake, "tasks"):
        task = await tasks.by_id(turn.db, task_id)
        if task is not None:
            yield await of_task(turn, task)


def since(turn: Turn, moment: datetime) -> str:
    day = dated(today(turn.zone, moment), turn.language)
    return turn.spoken(say("phrase.since", "since {day}", day=day))


async def of_network(turn: Turn, network: Network) -> list[str]:
    """Where it stands and since when, what is next, who is late, and what was promised."""
    inside = await networks.people(turn, network.id)
    agreed = await consenting(turn, [p.contact for p in inside.values() if p.contact])
    lines = [
        turn.spoken(
            say(
                "network.head",
                "{network}: {stage}. Members: {count}.",
                network=networks.label(turn, network),
                stage=turn.spoken(networks.STAGES[network.stage]),
                count=len(inside),
            )
        )
        + f" ({since(turn, network.stage_at)})"
    ]
    missing = await checklists.missing(turn, network)
    step = group_words.step(turn, network.first_step) if network.first_step else ""
    todo = "; ".join(missing) or step
    if todo:
        lines.append(turn.spoken(say("handed.next", "Next: {what}", what=todo)))
    for one in (await activities.of(turn.db, network.id))[:MOST]:
        if one.state != "planned":
            continue
        person = inside.get(one.owner_id) if one.owner_id else None
        who = ""
        if person is not None and person.contact is not None and person.contact.id in agreed:
            who = networks.name_of(turn, person)
        day = dated(one.due, turn.language) if one.due else ""
        about = ", ".join(filter(None, (who, day)))
        what = f"{one.what} ({about})" if about else one.what
        lines.append(turn.spoken(say("handed.promised", "In the plan: {what}", what=what)))
    return lines


async def of_task(turn: Turn, task: tasks.Task) -> str:
    who = await contacts.by_id(turn.db, task.contact_id)
    mine = await enterprises.of_contact(turn.db, task.contact_id)
    name = await named(turn, task.contact_id, mine)
    label = (
        say("queue.call", "{name} asks to be called", name=name)
        if task.kind == "call"
        else say("handed.spoken_for", "Has no phone, you speak for: {name}", name=name)
        if task.kind == "assisted"
        else say("queue.help", "{name} asks for help", name=name)
    )
    when = [since(turn, task.created_at)]
    if task.kind in ("call", "help"):
        day = dated(today(turn.zone, task.promised_for), turn.language)
        when.append(turn.spoken(say("handed.by", "promised by {day}", day=day)))
    return f"{turn.spoken(label)} ({', '.join(when)})" if who else turn.spoken(label)


async def named(turn: Turn, contact_id: UUID | None, one: Enterprise | None) -> str:
    """The name of who agreed that it is kept; craft and place of who has not, or not any more."""
    who = await contacts.by_id(turn.db, contact_id) if contact_id else None
    if who is not None and who.id in await consenting(turn, [who]):
        return profiles.name_of(turn, who, one)
    if one is None:
        return profiles.name_of(turn, None, None)
    return ", ".join(filter(None, (craft_label(turn, one.craft), profiles.where(turn, one))))


async def consenting(turn: Turn, people: Sequence[Contact]) -> set[UUID]:
    return set(await consents.given_by(turn.db, {one.id for one in people}, CONSENT))
