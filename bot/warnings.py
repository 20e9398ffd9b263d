"""What a broker is warned of in their groups: standing still, late in the plan, less trust.

Warnings are alerts like others: at the broker's hours, a few a day, worth most first; unanswered
for three days a coordinator is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from bot import alerts, networks, staging, steps
from bot.agenda import ALERT
from bot.handlers import facts, outcome, still
from bot.hours import today
from bot.networks import Seat
from bot.speech import Phrase, say
from bot.turn import Turn
from flows.session import Session
from networks.stages import Stall
from networks.stages import stall as stalled_by
from storage import activities
from storage import alerts as rows
from storage import networks as kept
from storage.networks import Network

Words = Callable[[Turn, UUID], Awaitable[str]]
WORDS: dict[str, Words] = {}
"""What each kind says, in the words of its reader; "" where there is nothing to warn of now."""


def warning(kind: str) -> Callable[[Words], Words]:
    """Make a function the words of a kind of warning."""

    def register(words: Words) -> Words:
        WORDS[kind] = words
        alerts.FLOWS[kind] = "warning"
        return words

    return register


async def put(turn: Turn, kind: str, subject: UUID, network: Network) -> None:
    """Warn the broker of a network, once while it is open."""
    if network.broker_id is not None:
        await alerts.put(
            turn, kind, subject, country=network.country, region=network.region,
            agency=network.agency, holder=network.broker_id,
        )  # fmt: skip


async def network_of(turn: Turn, kind: str, subject: UUID) -> Network | None:
    if kind == "overdue":
        one = await activities.by_id(turn.db, subject)
        return await kept.by_id(turn.db, one.network_id) if one else None
    return await kept.by_id(turn.db, subject)


def _read(subject: str | None) -> tuple[str, UUID]:
    kind, _, id_ = (subject or "").partition(":")
    return kind, UUID(id_)


async def words(turn: Turn, kind: str, subject: UUID) -> str:
    network = await network_of(turn, kind, subject)
    if network is None or network.stage == "closed":
        return ""
    return await WORDS[kind](turn, subject)


@still("warning")
async def still_so(turn: Turn, subject: str) -> bool:
    """Whether it is theirs to look at, and there is still something to warn of."""
    kind, id_ = _read(subject)
    alert = await rows.about(turn.db, kind, id_)
    mine = alert is not None and alert.holder_id == turn.contact.id
    return mine and turn.has_role("broker", "coordinator") and bool(await words(turn, kind, id_))


@facts("warning")
async def of_warning(turn: Turn, session: Session) -> Mapping[str, str]:
    return {"what": await words(turn, *_read(session.subject))}


@outcome("warning")
async def answered(turn: Turn, session: Session) -> None:
    kind, subject = _read(session.subject)
    match session.answers.get("answer"):
        case "seen":
            await alerts.answered(turn, kind, subject)
        case "snooze":
            await alerts.snoozed(turn, kind, subject)
        case _:
            network = await network_of(turn, kind, subject)
            if network is not None:
                turn.view("network", network.id)
                await networks.show(turn, Seat(network, None, broker=True))
            await steps.start(turn, "warning", session.subject, rank=ALERT)


# --- standing still -----------------------------------------------------------------------------


async def stalled(turn: Turn, network: Network) -> Stall | None:
    return stalled_by(
        await staging.of(turn, network), network.stage_at.date(), network.seen_at.date(),
        today(turn.zone, turn.now), network.paused_at is not None,
    )  # fmt: skip


def still_words(turn: Turn, network: Network, stall: Stall) -> Phrase:
    name, days = networks.label(turn, network), stall.days
    if stall.why == "quiet":
        return say(
            "phrase.stall_quiet",
            "{network}: nothing has happened for {days} days. Write NETWORK.",
            network=name,
            days=days,
        )
    return say(
        "phrase.stall_late",
        "{network}: {days} days longer in this stage than planned. Write NETWORK.",
        network=name,
        days=days,
    )


@warning("stall")
async def _stall(turn: Turn, subject: UUID) -> str:
    network = await kept.by_id(turn.db, subject)
    stall = await stalled(turn, network) if network else None
    return turn.spoken(still_words(turn, network, stall)) if network and stall else ""
