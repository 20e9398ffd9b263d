"""What happens in a network, in words: as news to its members, and as a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from bot import networks, staging
from bot.handlers import told
from bot.hours import today
from bot.messages import Wake
from bot.networks import Person, Seat, anybody, deed
from bot.speech import Phrase, dated, say
from bot.turn import Turn
from storage import networks as kept

CHECKS = staging.CHECKS

Line = Callable[[Mapping[str, str]], Phrase]

LINES: Mapping[str, Line] = {
    "founded": lambda d: say("news.founded", "The group was founded."),
    "joined": lambda d: say("news.joined", "{name} joined.", name=d["name"]),
    "left": lambda d: say("news.left", "{name} left the group.", name=d["name"]),
    "rule_ended": lambda d: say(
        "news.rule_ended", "This rule holds no longer: {words}", words=d.get("words", "")
    ),
    "taken_back": lambda d: say("news.taken_back", "{name} may come back.", name=d["name"]),
    "compared": lambda d: say(
        "news.compared", "You can see what has changed since the beginning. Write NETWORK."
    ),
    "broker_changed": lambda d: (
        say("news.broker_named", "{name} accompanies the group from now on.", name=d["name"])
        if d["name"]
        else say("news.broker_changed", "Somebody else accompanies the group.")
    ),
    "put_out": lambda d: say("news.put_out", "By vote, {name} is no longer in.", name=d["name"]),
    "stage_pass": lambda d: say("news.stage_pass", "Next stage: {stage}.", stage=d["stage"]),
    "stage_step_back": lambda d: say("news.step_back", "Back to: {stage}.", stage=d["stage"]),
    "stage_close": lambda d: say("news.closed", "The group was closed."),
    "ticked": lambda d: say("news.ticked", "Reached: {check}.", check=d["check"]),
    "paused": lambda d: say("news.paused", "The group pauses."),
    "resumed": lambda d: say("news.resumed", "The group goes on after its pause."),
    "leader": lambda d: say("news.leader", "New leader: {name}.", name=d["name"]),
    "treasurer": lambda d: say("news.treasurer", "New treasurer: {name}.", name=d["name"]),
    "rule": lambda d: say("news.rule", "New rule: {words}", words=d.get("words", "")),
    "vote_failed": lambda d: say("news.vote_failed", "The vote brought no change."),
    "planned": lambda d: say("news.planned", "New in the plan: {words}", words=d.get("words", "")),
    "moved": lambda d: say("news.moved", "New day in the plan: {words}", words=d.get("words", "")),
    "done": lambda d: say("news.done", "Done: {words}", words=d.get("words", "")),
    "dropped": lambda d: say("news.dropped", "Off the plan: {words}", words=d.get("words", "")),
}


def line(turn: Turn, kind: str, data: Mapping[str, object], name: str) -> str:
    """One thing that happened, in the contact's language; empty for what is told nobody."""
    made = LINES.get(kind)
    if made is None:
        return ""
    values = {key: str(value) for key, value in data.items()}
    values["name"] = name
    if values.get("to") in networks.STAGES:
        values["stage"] = turn.spoken(networks.STAGES[values["to"]])
    if values.get("check") in CHECKS:
        values["check"] = turn.spoken(CHECKS[values["check"]])
    return turn.spoken(made({"stage": "", "check": "", **values}))


def _named(turn: Turn, known: Mapping[UUID, Person], who: UUID | None) -> str:
    one = next((p for p in known.values() if p.enterprise.pseudonym == who), None)
    return networks.name_of(turn, one)


@told("network_news")
async def news(turn: Turn, wake: Wake) -> None:
    """Something happened in a network of the contact's."""
    found = await kept.by_id(turn.db, UUID(wake.subject))
    if found is None:
        return
    name = wake.data.get("name") or ""
    if not name and wake.data.get("who"):
        known = await networks.people(turn, found.id)
        name = _named(turn, known, UUID(wake.data["who"]))
    said = line(turn, wake.data["kind"], wake.data, name)
    if said:
        turn.purpose = "network_news"
        turn.speech.add(f"{networks.label(turn, found)}: {said}")


@deed("history", say("deed.history", "What happened so far"), anybody, reaches=False)
async def history(turn: Turn, seat: Seat, words: str) -> None:
    """The history as a report: by day, in words, with names only of who is still there; as a file
    too where the channel carries one."""
    known = await networks.people(turn, seat.network.id)
    lines = []
    for one in await kept.history(turn.db, seat.network.id):
        said = line(turn, one.kind, one.data, _named(turn, known, one.who) if one.who else "")
        if said:
            lines.append(f"{dated(today(turn.zone, one.at), turn.language)}: {said}")
    head = networks.label(turn, seat.network)
    await turn.house.papers.attach(turn, head, lines)
    turn.speech.add("\n".join([head, *lines]))
