"""What brokers learn: asked at the end of a stage and of a group, or told by LEARN, and found again
by CASES and words for a craft or a problem. Firms are not named: names of members are taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import networks, steps
from bot.commands import command
from bot.crafting import guess
from bot.handlers import facts, outcome, still
from bot.messages import Wake
from bot.reasons import craft_label, need_label
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.understand.plain import plain, words
from matching.vocabulary import Vocabulary
from networks.cases import Told, fitting
from storage import cases, contacts, enterprises, learned
from storage import networks as kept
from storage.cases import Case
from storage.mentions import Mentions
from storage.networks import Network

ROLES = ("broker", "coordinator")
AFTER = timedelta(days=1)
"""So that what was just done is not crowded."""

MOST = 3
LEAST_LETTERS = 4
STEPS = ("problem", "tried", "learned")


def ask(turn: Turn, network: Network, stage: str) -> None:
    """Have whoever accompanied a network tell what it taught, at the end of a stage."""
    if network.broker_id is not None:
        wake = Wake(network.broker_id, flow="case", subject=str(network.id))
        turn.later(turn.now + AFTER, wake, "case", turn.about(f"case.{stage}", network.id))


@still("case")
async def still_asked(turn: Turn, subject: str) -> bool:
    network = await kept.by_id(turn.db, UUID(subject))
    return network is not None and turn.has_role(*ROLES) and network.broker_id == turn.contact.id


@facts("case")
async def of_case(turn: Turn, session: Session) -> Mapping[str, str]:
    network = await kept.by_id(turn.db, UUID(session.subject)) if session.subject else None
    if network is None:
        return {"network": turn.spoken(say("told.any", "One of your groups"))}
    return {"network": networks.label(turn, network)}


@outcome("case")
async def told(turn: Turn, session: Session) -> None:
    """Keep what was said, without the names of members, by what the group makes and needs."""
    answers = [session.answers.get(name) for name in STEPS]
    said = [one if isinstance(one, str) else "" for one in answers]
    if not any(said) or not turn.has_role(*ROLES):
        return
    network = await kept.by_id(turn.db, UUID(session.subject)) if session.subject else None
    groups = [network] if network else await kept.held_by(turn.db, turn.contact.id)
    hidden = await _names(turn, groups)
    text = " ".join(said)
    craft = await _craft(turn, network) if network else guess(turn, "register", "craft", text)
    category = network.category if network else guess(turn, "need", "category", text)
    await cases.add(
        turn.db, [hidden.without(one) for one in said], turn.now, broker_id=turn.contact.id,
        network_id=network.id if network else None, craft=craft or None,
        category=category or None,
    )  # fmt: skip
    turn.event("case_told")


async def _craft(turn: Turn, network: Network) -> str:
    """What most of its members make."""
    ids = [one.enterprise_id for one in await kept.once_of(turn.db, network.id)]
    found = await enterprises.by_ids(turn.db, ids)
    crafts = Counter(one.craft for one in found.values() if one.craft)
    return crafts.most_common(1)[0][0] if crafts else ""


async def _names(turn: Turn, groups: list[Network]) -> Mentions:
    """All who are or were in these groups, whole names and each part of them."""
    ids = [m.enterprise_id for one in groups for m in await kept.once_of(turn.db, one.id)]
    firms = await enterprises.by_ids(turn.db, ids)
    speakers = await enterprises.speakers(turn.db, ids)
    people = await contacts.by_ids(turn.db, set(speakers.values()))
    called = [one.name for one in firms.values()] + [one.name for one in people.values()]
    names = [name for name in called if name]
    parts = [part for name in names for part in name.split()]
    return Mentions([*names, *parts], [])


@command("command.learn", "learn, add a case, lesson", roles=ROLES)
async def learn(turn: Turn, rest: str) -> None:
    """Tell what was learned, at any time."""
    await steps.start(turn, "case")


@command("command.cases", "cases, cases about, what was learned", roles=ROLES, takes="words")
async def found(turn: Turn, rest: str) -> None:
    """CASES, or CASES and words for a craft or a problem: what helps most."""
    all_ = await cases.latest(turn.db)
    if rest:
        known = await learned.vocabulary(turn.db)
        pairs = [(one, _about(turn, known, one.said, one)) for one in all_]
        chosen = fitting(_about(turn, known, rest), pairs, MOST)
    else:
        chosen = all_[:MOST]
    if not chosen:
        turn.tell(say("phrase.no_cases", "There is no such case yet. Write LEARN to tell one."))
    for one in chosen:
        turn.speech.add(_lines(turn, one))


def _about(turn: Turn, known: Vocabulary, said: str, one: Case | None = None) -> Told:
    heard = frozenset(thing.id for thing in known.things(said, turn.language))
    long = frozenset(word for word in words(plain(said)) if len(word) >= LEAST_LETTERS)
    craft = one.craft if one else guess(turn, "register", "craft", said) or None
    category = one.category if one else guess(turn, "need", "category", said) or None
    return Told(craft, category, heard, long)


def _lines(turn: Turn, one: Case) -> str:
    about = (
        craft_label(turn, one.craft) if one.craft else "",
        need_label(turn, one.category) if one.category else "",
    )
    lines = [f"- {', '.join(filter(None, about))}"]
    for phrase, value in (
        (say("told.problem", "Problem: {words}", words=one.problem), one.problem),
        (say("told.tried", "Tried: {words}", words=one.tried), one.tried),
        (say("told.learned", "Learned: {words}", words=one.learned), one.learned),
    ):
        if value:
            lines.append(turn.spoken(phrase))
    return "\n".join(lines)
