"""A group in words: what its firms make and where, why they fit, what they could do first.

To a firm the others are told by craft and place only, the place as wide as needed for five of
that craft; to a broker as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from uuid import UUID

from bot import profiles, suggestions
from bot.reasons import craft_label, named, need_label
from bot.speech import Phrase, say
from bot.turn import Turn
from storage import enterprises
from storage.enterprises import Enterprise

MOST_LETTERS = 80
"""So long are the kinds of workshops that are named; the rest is counted."""


async def gist(turn: Turn, firms: Collection[UUID]) -> str:
    """For a broker: crafts with how many of each, and the places."""
    known = (await enterprises.by_ids(turn.db, firms)).values()
    crafts = Counter(craft_label(turn, one.craft, one.craft_words) for one in known)
    places = Counter(filter(None, (profiles.where(turn, one) for one in known)))
    where = "; ".join(place for place, _ in places.most_common(2))
    return "; ".join(filter(None, (_counted(turn, crafts), where)))


async def others(turn: Turn, firms: Collection[UUID], mine: UUID) -> str:
    """For a firm: the others by craft and a place wide enough."""
    known = await enterprises.by_ids(turn.db, [one for one in firms if one != mine])
    described = Counter([await _described(turn, one) for one in known.values()])
    return _counted(turn, described)


async def _described(turn: Turn, one: Enterprise) -> str:
    """Craft and place. Own words for a craft could say who it is and are not told."""
    place, _ = await suggestions.whereabouts(turn, one)
    return ", ".join(filter(None, (craft_label(turn, one.craft), place)))


def _counted(turn: Turn, things: Counter[str]) -> str:
    """The most frequent first, as many as go into an SMS with the rest of the question."""
    said: list[str] = []
    rest = 0
    for thing, count in sorted(things.items(), key=lambda each: (-each[1], each[0])):
        line = f"{thing} ({count})"
        if said and (rest or len("; ".join([*said, line])) > MOST_LETTERS):
            rest += count
        else:
            said.append(line)
    if rest:
        said.append(turn.spoken(say("group.more", "{count} more", count=rest)))
    return "; ".join(said)


def step(turn: Turn, first_step: str) -> str:
    return turn.spoken(STEPS[first_step])


STEPS = {
    "joint_purchase": say("step.joint_purchase", "buy materials together"),
    "fair": say("step.fair", "show their work at a fair together"),
    "course": say("step.course", "a course together"),
    "shared_order": say("step.shared_order", "fill a large order together"),
}


def reasons(turn: Turn, given: Iterable[str], count: int) -> str:
    """Why they fit, a line each."""
    said = []
    for reason in given:
        kind, _, argument = reason.partition(":")
        if kind in WHY:
            said.append(f"- {turn.spoken(WHY[kind](turn, argument))}")
    return "\n".join(said)


WHY: dict[str, Callable[[Turn, str], Phrase]] = {
    "same_need": lambda turn, need: say(
        "group.same_need", "many wish the same ({need})", need=need_label(turn, need)
    ),
    "same_craft": lambda turn, craft: say("group.same_craft", "all have the same craft"),
    "near": lambda turn, km: say(
        "group.near", "none is farther than {km} km from the middle", km=round(float(km)) or 1
    ),
    "same_place": lambda turn, _: say("group.same_place", "all are in the same town"),
    "same_region": lambda turn, _: say("group.same_region", "all are in the same region"),
    "has_what_you_lack": lambda turn, word: say(
        "group.has_and_lacks", "one has what others lack ({word})", word=named(turn, word)
    ),
}


def missing(turn: Turn, given: Iterable[str]) -> str:
    """What the group lacks, a line each; nothing where it lacks nothing."""
    said = []
    for one in given:
        kind, _, count = one.partition(":")
        if kind in LACKS:
            said.append(turn.spoken(LACKS[kind](count)))
    if not said:
        return turn.spoken(say("missing.nothing", "Nothing is missing."))
    return turn.spoken(say("missing.what", "Missing: {what}", what="; ".join(said)))


LACKS: dict[str, Callable[[str], Phrase]] = {
    "few": lambda count: say("missing.few", "{count} more would be better", count=count),
    "inputs": lambda count: say(
        "missing.inputs", "{count} have not said which materials they buy", count=count
    ),
    "needs": lambda count: say("missing.needs", "{count} have said no wish", count=count),
}
