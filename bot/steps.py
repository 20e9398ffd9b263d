"""A contact's way through a flow: started, answered, taken up again, brought to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bot import origin
from bot.agenda import USUAL
from bot.catalogues import Offered
from bot.handlers import ANSWERED, FACTS, OPTIONS, OUTCOMES, STILL
from bot.hours import today
from bot.messages import Incoming
from bot.speech import LANGUAGES_AT_ONCE, own_labels, say, tag_of
from bot.turn import Turn
from flows import engine
from flows.engine import Heard
from flows.light import altered
from flows.model import AnyStep, Flow, Language, Picking
from flows.session import Session
from flows.values import FlowOffers, Media, Offer, Said, Value
from flows.world import World
from storage.sessions import Stored

LANGUAGES = "languages"
NOTHING: Mapping[str, Any] = {}


def flow_of(turn: Turn, name: str) -> Flow:
    """The flow in the contact's language."""
    return turn.house.library.flow(name, turn.language, turn.translate)


def step_of(turn: Turn, flow: str, name: str) -> AnyStep | None:
    """A step in the contact's language; None where it, or its flow, is there no more."""
    return turn.house.library.step(flow, name, turn.language, turn.translate)


def session_of(turn: Turn, stored: Stored) -> Session:
    """Where somebody stands in a flow."""
    return turn.agenda.session(stored, flow_of(turn, stored.flow))


async def start(
    turn: Turn,
    name: str,
    subject: str | None = None,
    given: Mapping[str, Value] | None = None,
    rank: int = USUAL,
) -> None:
    """Turn to a flow: its first question, or where it was left when it waits. Of one that is there
    no more is said that it has ended."""
    if name not in turn.house.library.flows:
        turn.tell(say("phrase.ended", "This has ended already."))
        return
    stored = turn.agenda.open(name, subject or None, given or {}, rank)
    await _go_on(turn, Heard(session_of(turn, stored), after=None))


async def next_waiting(turn: Turn) -> None:
    """Ask what has been waiting, until something remains asked or nothing waits."""
    while turn.agenda.active is None and turn.agenda.waiting:
        stored = turn.agenda.take_next()
        if stored is None or not await _makes_sense(turn, stored):
            turn.agenda.end()
            continue
        await _go_on(turn, Heard(session_of(turn, stored), after=None))


async def _makes_sense(turn: Turn, stored: Stored) -> bool:
    """Whether what was put off is still a question: nothing may have overtaken it."""
    still = STILL.get(stored.flow)
    return still is None or await still(turn, stored.subject or "")


async def ask_again(turn: Turn) -> None:
    """Put the open question once more, as after HELP; without one, what waits comes."""
    active = turn.agenda.active
    if active is None:
        await next_waiting(turn)
    else:
        await _go_on(turn, engine.resume(session_of(turn, active)))


async def ask_whole(turn: Turn) -> None:
    """Put the open question with all that leads to it, as to somebody who has not seen it."""
    active = turn.agenda.active
    if active is not None:
        await _go_on(turn, Heard(session_of(turn, active), after=None))


def said_of(turn: Turn) -> Said:
    """What the engine is told of a message; a tap loses its tag, a foreign one stays whole."""
    incoming = turn.incoming
    media = next((Media(one.id, one.kind) for one in incoming.attachments if one.id), None)
    tap = incoming.tap
    active = turn.agenda.active
    if tap and active is not None:
        tap = tap.removeprefix(f"{tag_of(active.id)}.")
    return Said(incoming.text, tap, incoming.pin, media, incoming.heard)


async def back(turn: Turn) -> None:
    active = turn.agenda.active
    if active is not None:
        await _go_on(turn, engine.back(flow_of(turn, active.flow), session_of(turn, active)))


async def take_back(turn: Turn) -> None:
    """Forget the last answer and say nothing: what corrects it is about to be read."""
    active = turn.agenda.active
    if active is None:
        return
    flow = flow_of(turn, active.flow)
    heard = engine.back(flow, session_of(turn, active))
    asking = engine.ask(flow, heard, await _looked_up(turn, flow, heard.session))
    turn.agenda.keep(active, asking.session)


async def skip(turn: Turn) -> None:
    active = turn.agenda.active
    if active is not None:
        heard = engine.skip(flow_of(turn, active.flow), session_of(turn, active))
        await _heard(turn, heard)


async def reply(turn: Turn, said: Said, gently: bool = False) -> None:
    """Take a message as the answer to what was asked. `gently`: where it is none, only ask again,
    as if nothing had been said."""
    active = turn.agenda.active
    if active is None:
        return
    stood = session_of(turn, active)
    flow = flow_of(turn, active.flow)
    heard = engine.reply(flow, stood, said, _world(turn))
    await _heard(turn, engine.resume(stood) if gently and heard.problem else heard)


async def _heard(turn: Turn, heard: Heard) -> None:
    """Let an answer count where it matters at once, then go on."""
    flow = flow_of(turn, heard.session.flow)
    if heard.after:
        own = flow.name != "register" or not heard.session.subject
        if own and isinstance(flow.step(heard.after), Language) and isinstance(heard.taken, str):
            turn.change(language=heard.taken)
        matters = ANSWERED.get((flow.name, heard.after))
        if matters is not None:
            more = await matters(turn, heard.session, heard.taken)
            if more:
                answers = {**heard.session.answers, **more}
                heard = replace(heard, session=heard.session.answering(answers))
    await _go_on(turn, heard)


async def _go_on(turn: Turn, heard: Heard) -> None:
    flow = flow_of(turn, heard.session.flow)
    asking = engine.ask(flow, heard, await _looked_up(turn, flow, heard.session))
    active = turn.agenda.active
    if active is None:
        return
    turn.speech.ask(asking, tag_of(active.id), turn.translate)
    turn.agenda.keep(active, asking.session, _by(turn.incoming, heard.after))
    if asking.done:
        turn.agenda.end()
        follow = OUTCOMES.get(flow.name)
        if follow is not None:
            await follow(turn, asking.session)


def _by(incoming: Incoming, after: str | None) -> Mapping[str, str]:
    """Which message led to a question, and what it answered ("" where it was not understood), for
    the case that it is changed. Nothing where the question began a flow."""
    if not incoming.message or after is None:
        return {}
    return {"message": incoming.message, "answered": after}


def _world(
    turn: Turn,
    facts: Mapping[str, str] = NOTHING,
    options: Mapping[str, tuple[Offer, ...]] = NOTHING,
) -> World:
    """What the engine needs to know: of facts and options nothing in order to read a reply."""
    known = turn.world
    if known is None or known[0] is not turn.contact or known[1] is not turn.urn:
        known = turn.world = turn.contact, turn.urn, _seen(turn)
    return altered(known[2], facts=facts, options=options) if facts or options else known[2]


def _seen(turn: Turn) -> World:
    """What follows from who the contact is, and from where they write."""
    return World(
        language=turn.language,
        country=turn.country,
        today=today(turn.zone, turn.now),
        channel=turn.urn.via or turn.urn.scheme if turn.urn else "",
        places=turn.house.places(turn.country),
        words=own_labels(turn.translate),
    )


async def _looked_up(turn: Turn, flow: Flow, stood: Session) -> World:
    """What the engine needs to know in order to ask, facts and options among it."""
    facts = FACTS.get(flow.name)
    options = {name: await offered(turn, name, stood) for name in _sources(flow, stood)}
    return _world(turn, await facts(turn, stood) if facts else NOTHING, options)


def _sources(flow: Flow, stood: Session) -> frozenset[str]:
    """Where the options of what was asked so far, and of what is asked now, come from."""
    if flow.sources <= {LANGUAGES}:
        return flow.sources
    walked = engine.walk(flow, stood.answers)
    return frozenset(s.options_from for s in walked if isinstance(s, Picking) and s.options_from)


async def offered(turn: Turn, name: str, stood: Session) -> tuple[Offer, ...]:
    """What an `options_from` offers; the languages are known to everybody."""
    if name == LANGUAGES:
        return languages(turn)
    return await OPTIONS[name](turn, stood)


def languages(turn: Turn) -> tuple[Offer, ...]:
    """The languages offered, each named in itself: in the programme's order where they fit one
    page, else those that this person most likely reads before the others."""
    offered = turn.house.settings.languages
    if len(offered) > LANGUAGES_AT_ONCE:
        likeliest = origin.expected(turn.incoming, turn.country, turn.house)
        first = [turn.language] if turn.language in offered else []
        offered = tuple(dict.fromkeys((*first, *likeliest, *offered)))
    return _named(offered, turn.house.catalogues.languages)


@lru_cache(maxsize=256)
def _named(offered: tuple[str, ...], known: tuple[Offered, ...]) -> FlowOffers:
    own = {code: name for code, name, _ in known}
    return FlowOffers(Offer(code, own.get(code, code), code) for code in offered)
