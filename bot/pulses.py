"""The trust pulse: three taps a quarter, nobody knows whose, and the broker warned of a fall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from uuid import UUID

from bot import networks, warnings
from bot.handlers import facts, outcome, still, told
from bot.hours import today
from bot.messages import Wake
from bot.networks import Seat, anybody, deed
from bot.speech import Phrase, say
from bot.stages import LOOKS
from bot.turn import Turn
from flows.session import Session
from networks.pulses import (
    LEAST,
    QUESTIONS,
    falls,
    is_open,
    last_closed,
    next_asked,
    quarter_before,
    quarter_of,
)
from storage import networks as kept
from storage import pulses
from storage.networks import Network

VALUES = {"no": 1, "partly": 2, "yes": 3}
ABOUT: Mapping[str, Phrase] = {
    "trust": say("pulse.about.trust", "We trust each other"),
    "fair": say("pulse.about.fair", "Things are shared fairly"),
    "go_on": say("pulse.about.go_on", "We want to go on"),
}
AT = time(10)


def begin(turn: Turn, network_id: UUID) -> None:
    """Have the member asked in the middle of the next quarter, or of this one if that is ahead."""
    asked = next_asked(today(turn.zone, turn.now))
    at = datetime.combine(asked, AT, tzinfo=turn.zone).astimezone(turn.now.tzinfo)
    if at <= turn.now:
        asked = next_asked(asked.replace(day=16))
        at = datetime.combine(asked, AT, tzinfo=turn.zone).astimezone(turn.now.tzinfo)
    wake = Wake(turn.contact.id, what="network_pulse", subject=str(network_id))
    turn.later(at, wake, "network_pulse", turn.about("pulse", network_id))


@told("network_pulse")
async def ask(turn: Turn, wake: Wake) -> None:
    seat = await networks.seat_in(turn, wake.subject)
    if seat is None or seat.mine is None:
        return
    begin(turn, seat.network.id)
    subject = f"{seat.network.id.hex}:{quarter_of(today(turn.zone, turn.now))}"
    asking = Wake(turn.contact.id, flow="pulse", subject=subject)
    turn.wake(f"pulse:{subject}:{turn.contact.id}", asking)


async def _seat(turn: Turn, subject: str | None) -> tuple[Seat, str] | None:
    network_id, _, quarter = (subject or "").partition(":")
    seat = await networks.seat_in(turn, network_id) if quarter else None
    if seat is None or seat.mine is None or not is_open(quarter, today(turn.zone, turn.now)):
        return None
    return seat, quarter


@still("pulse")
async def still_asked(turn: Turn, subject: str) -> bool:
    found = await _seat(turn, subject)
    if found is None or found[0].mine is None:
        return False
    network_id, mine = found[0].network.id, found[0].mine.id
    return not await pulses.has_answered(turn.db, network_id, mine, found[1])


@facts("pulse")
async def of_pulse(turn: Turn, session: Session) -> Mapping[str, str]:
    found = await _seat(turn, session.subject)
    return {"network": networks.label(turn, found[0].network) if found else ""}


@outcome("pulse")
async def answered(turn: Turn, session: Session) -> None:
    found = await _seat(turn, session.subject)
    if found is None or found[0].mine is None:
        return
    seat, quarter = found
    values = {name: VALUES.get(str(session.answers.get(name)), 0) for name in QUESTIONS}
    given = {name: value for name, value in values.items() if value}
    await pulses.answer(turn.db, seat.network.id, found[0].mine.id, quarter, given, turn.now)


@deed("trust", say("deed.trust", "How the group feels"), anybody, reaches=False)
async def shown(turn: Turn, seat: Seat, words: str) -> None:
    """The means of the last quarter that is over; nothing for too few answers."""
    quarter = last_closed(today(turn.zone, turn.now))
    found = await pulses.of(turn.db, seat.network.id, quarter)
    if found is None:
        turn.tell(
            say("phrase.pulse_few", "Nothing is shown for fewer than {least} answers.", least=LEAST)
        )
        return
    lines = [
        turn.spoken(
            say(
                "phrase.pulse_line",
                "{what}: {mean} of 3",
                what=turn.spoken(ABOUT[name]),
                mean=f"{mean:.1f}",
            )
        )
        for name, mean in found.means.items()
    ]
    answers = say("phrase.pulse_answers", "{count} answers", count=found.answers)
    turn.speech.add("\n".join([*lines, turn.spoken(answers)]))


async def look(turn: Turn, network: Network) -> None:
    """Once after each quarter's answers are in: has trust fallen? The broker is told, once."""
    quarter = last_closed(today(turn.zone, turn.now))
    if network.settings.get("pulsed") == quarter:
        return
    await kept.put_settings(turn.db, network.id, pulsed=quarter)
    before = await pulses.of(turn.db, network.id, quarter_before(quarter))
    fell = falls(before, await pulses.of(turn.db, network.id, quarter))
    if fell:
        await warnings.put(turn, "trust_fall", network.id, network)


LOOKS.append(look)


@warnings.warning("trust_fall")
async def _fall(turn: Turn, network_id: UUID) -> str:
    """What fewer agree to than a quarter before, if so."""
    network = await kept.by_id(turn.db, network_id)
    quarter = last_closed(today(turn.zone, turn.now))
    before = await pulses.of(turn.db, network_id, quarter_before(quarter))
    fell = falls(before, await pulses.of(turn.db, network_id, quarter))
    if network is None or not fell:
        return ""
    return turn.spoken(
        say(
            "phrase.trust_fall",
            "{network}: fewer agree than last quarter: {what}. Please talk with them.",
            network=networks.label(turn, network),
            what="; ".join(turn.spoken(ABOUT[name]) for name in fell),
        )
    )
