"""Partners and providers for an enterprise: found by matching, kept, and told with a reason.

A partner is told by craft and place only, the place as wide as needed for five of that craft."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import matching
from bot.hours import today
from bot.reasons import Level, country_name, craft_before_colon, place_name, sentence
from bot.speech import say
from bot.turn import Turn
from matching import records
from matching.distance import measured
from matching.providers import for_needs
from matching.served import served
from storage import candidates, enterprises, events, introductions, matches, providers, versions
from storage.enterprises import Enterprise
from storage.matches import Match
from storage.needs import Need
from storage.providers import Provider

A_WEEK = timedelta(days=7)
AT_MOST = 3
NEIGHBOURS = 200
"""So many neighbours tell what would be worth knowing."""
LEAST = 0.02
"""Whoever is worth less than this together is not worth the talk."""
FAR_KM = 50.0
"""Beyond it people are told how far it is."""
ENOUGH = 5
"""So many of a craft must fit a place before it is named."""


@dataclass(frozen=True)
class Described:
    """A suggested partner in words that do not say who it is."""

    match: Match
    craft: str
    place: str
    reason: str


async def find_partners(
    turn: Turn, mine: Enterprise, *, leave_out: Collection[UUID] = ()
) -> list[Match]:
    """Up to three partners for now, kept as shown."""
    return await _kept(turn, mine, await _found(turn, mine, leave_out))


async def better_partners(
    turn: Turn, mine: Enterprise, before: Mapping[UUID, float]
) -> list[Match]:
    """Partners not shown before, kept as shown, if the first is worth more than any of those."""
    found = await _found(turn, mine, before)
    best = max(before.values(), default=0.0)
    return await _kept(turn, mine, found) if found and found[0].score > best else []


async def _found(
    turn: Turn, mine: Enterprise, leave_out: Collection[UUID]
) -> tuple[matching.Suggestion, ...]:
    await turn.settle()
    day = today(turn.zone, turn.now)
    who = await candidates.record(turn.db, mine.id, day)
    if who is None:
        return ()
    resting = await events.resting(turn.db, turn.now)
    left_out = {*leave_out, *await much_asked(turn), *resting}
    found = await _fitting(turn, who, day, frozenset(map(str, left_out)))
    return tuple(one for one in found if one.score >= LEAST)


async def much_asked(turn: Turn, of: Collection[UUID] | None = None) -> frozenset[UUID]:
    """Whom as many others asked to meet this week as anybody is asked to answer."""
    most = turn.house.settings.asked_a_week
    return await introductions.much_asked(turn.db, turn.now - A_WEEK, most, of)


async def _kept(turn: Turn, mine: Enterprise, found: Sequence[matching.Suggestion]) -> list[Match]:
    kept = [_match(mine, one) for one in found]
    await matches.put(turn.db, kept, turn.now)
    pseudonyms = await enterprises.by_ids(turn.db, [match.to_id for match in kept])
    for match in kept:
        turn.noted("shown", mine.pseudonym, pseudonyms[match.to_id].pseudonym, position=match.rank)
    return kept


async def _fitting(
    turn: Turn, who: records.Enterprise, day: date, left_out: frozenset[str]
) -> tuple[matching.Suggestion, ...]:
    """Found among those near, read for the asking, where all are few; else by the index."""
    past = await events.past(turn.db, UUID(who.id))
    from matching.partners import forbidden, partners  # numpy is loaded when something is matched

    if await candidates.are_many(turn.db):
        apart, vain = forbidden(who.id, past, day)
        indexing, without = turn.house.indexing, apart | left_out
        return await indexing.partners(turn.db, who, day, turn.now, AT_MOST, without, vain)
    others = await candidates.near(turn.db, UUID(who.id), day)
    version = await versions.latest(turn.db)
    left = [one for one in others if one.id not in left_out]
    return partners(who, left, past, day, top=AT_MOST, version=version)


async def worth_asking(turn: Turn, mine: Enterprise) -> str | None:
    """The field of the record whose answer would help most to find partners, if any would."""
    day = today(turn.zone, turn.now)
    who = await candidates.record(turn.db, mine.id, day)
    if who is None:
        return None
    from matching.asking import PEERS, most_useful_question
    from matching.index import Index

    if await candidates.are_many(turn.db):
        index = await turn.house.indexing.current(turn.db, day, turn.now)
        ids = [UUID(one) for one in index.best(who, PEERS).ids]
        peers = await candidates.of(turn.db, ids, day)
        return most_useful_question(who, {one.id: one for one in peers}, index)
    others = await candidates.near(turn.db, mine.id, day, most=NEIGHBOURS)
    known = {one.id: one for one in (*others, who)}
    return most_useful_question(who, known, Index.of(known.values()))


async def find_providers(turn: Turn, mine: Enterprise, need: Need) -> list[Match]:
    """Up to three checked providers for a need, kept as shown."""
    await turn.settle()
    day = today(turn.zone, turn.now)
    who = await candidates.record(turn.db, mine.id, day)
    if who is None:
        return []
    known = await providers.records_of(turn.db, day)
    found = for_needs(
        who,
        (records.Need(need.category, need.topic),),
        known,
        day,
        top=AT_MOST,
        known=served(await events.with_providers(turn.db, day), known, day),
    )
    by_id = await providers.by_ids(turn.db, [UUID(one.to) for one in found])
    kept = [_match(mine, one, by_id[UUID(one.to)], need) for one in found]
    await matches.put(turn.db, kept, turn.now)
    for match in kept:
        turn.noted("shown", mine.pseudonym, match.to_id, position=match.rank)
    return kept


def _match(
    mine: Enterprise,
    one: matching.Suggestion,
    provider: Provider | None = None,
    need: Need | None = None,
) -> Match:
    service = provider.services[one.service] if provider and one.service is not None else None
    return Match(
        enterprise_id=mine.id,
        kind=one.kind,
        to_id=UUID(one.to),
        rank=one.rank,
        score=one.score,
        reasons=one.reasons,
        service_id=service.id if service else None,
        need_id=need.id if need else None,
    )


async def described(turn: Turn, suggested: Sequence[Match]) -> list[Described]:
    """Each partner by craft, place as far as it may be told, and why."""
    others = await enterprises.by_ids(turn.db, [match.to_id for match in suggested])
    mine = await turn.enterprise()
    await turn.learn_words()
    lines = []
    for match in suggested:
        other = others.get(match.to_id)
        if other is not None and other.erased_at is None:
            place, level = await whereabouts(turn, other)
            craft = craft_before_colon(turn, other.craft)
            reasons = match.reasons
            if level == "place" and mine is not None:
                reasons = with_distance(reasons, mine, other)
            reason = sentence(turn, reasons, level)
            lines.append(Described(match, craft, place, reason))
    return lines


def with_distance(reasons: tuple[str, ...], mine: Enterprise, other: Enterprise) -> tuple[str, ...]:
    """The reasons; where somebody is far away, that in the place of the lesser one."""
    km = measured(mine, other)
    return reasons if km is None or km <= FAR_KM else (*reasons[:1], f"near:{km:.0f}")


def partner_line(turn: Turn, one: Described) -> str:
    """Craft, place and reason as one sentence."""
    if not one.place:
        nowhere = say("match.partner", "{craft}: {reason}.", craft=one.craft, reason=one.reason)
        return turn.spoken(nowhere)
    somewhere = say(
        "match.partner_in",
        "{craft} in {place}: {reason}.",
        craft=one.craft,
        place=one.place,
        reason=one.reason,
    )
    return turn.spoken(somewhere)


async def provider_lines(turn: Turn, suggested: Sequence[Match]) -> list[str]:
    """Each provider by name, place and reason: they offer themselves to everybody."""
    found = await providers.by_ids(turn.db, [match.to_id for match in suggested])
    return [
        turn.spoken(
            say(
                "match.provider",
                "{name}, {place}: {reason}.",
                name=found[match.to_id].name,
                place=found[match.to_id].place or country_name(turn, turn.country),
                reason=sentence(turn, match.reasons),
            )
        )
        for match in suggested
        if match.to_id in found
    ]


async def whereabouts(turn: Turn, other: Enterprise) -> tuple[str, Level]:
    """The narrowest place that five of the craft share, in words; empty where none does."""
    levels: tuple[tuple[Level, str | None], ...] = (
        ("place", other.place),
        ("region", other.region),
        ("country", other.country),
    )
    counts = await enterprises.of_craft_near(turn.db, other)
    for level, named in levels:
        if named and counts[level] >= ENOUGH:
            if level == "place":
                return named, level
            return place_name(turn, named), level
    return "", "nowhere"
