"""Writing down what turns left, of one or of many: one statement a kind. The caller commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid5

from bot import wakes
from bot.messages import Reply, Wake, reply_json
from bot.speech import say
from bot.turn import ALERT, Turn
from storage import (
    consents,
    contacts,
    delays,
    enterprises,
    events,
    hearings,
    ids,
    needs,
    outbox,
    sessions,
    timers,
    views,
)
from storage.direct import Write, write
from storage.urns import Urn
from storage.views import View


async def record(turns: Sequence[Turn]) -> None:
    """Write what these turns decided, in their order. They are of one transaction."""
    if turns:
        await wakes.post(turns[0].connection, wakes_of(turns), turns[0].now)
        await write(turns[0].connection, writes_of(turns))


def wakes_of(turns: Sequence[Turn]) -> list[tuple[str, Wake]]:
    """What turns leave for other contacts: to be posted before the rest is written."""
    return [wake for turn in turns for wake in turn.left.wakes]


def writes_of(turns: Sequence[Turn]) -> list[Write | None]:
    """The rest of what turns decided, in their order."""
    if not turns:
        return []
    now, left = turns[0].now, [turn.left for turn in turns]
    changes = {turn.contact.id: _changes(turn) for turn in turns if turn.left.changes}
    return [
        hearings.noting([one.heard for one in left if one.heard is not None], now),
        *contacts.changing(changes),
        *consents.noting([word for one in left for word in one.agreed]),
        *enterprises.registering([business for one in left for business in one.businesses], now),
        needs.adding([need for one in left for need in one.needs]),
        sessions.putting([one for turn in turns for one in turn.agenda.changed.values()]),
        delays.ending([turn.contact.id for turn in turns if turn.is_free_sooner()], now),
        outbox.putting([one for turn in turns for one in _outgoing(turn)]),
        timers.putting([timer for one in left for timer in one.timers], now),
        views.noting([view for turn in turns for view in _views(turn)], now),
        events.putting([event for one in left for event in one.events], now),
    ]


USUAL = frozenset(("heard_at", "name", "language", "country", "zone"))
"""What changes most often of a contact. Where nothing else does all of it is written, so that one
statement is enough for all contacts; they are locked, so that nobody else changes them."""


def _changes(turn: Turn) -> Mapping[str, Any]:
    if turn.left.changes.keys() <= USUAL:
        return {name: getattr(turn.contact, name) for name in USUAL}
    return turn.left.changes


def _views(turn: Turn) -> list[View]:
    return [View(turn.contact.id, what, subject) for what, subject in sorted(turn.left.views)]


def _outgoing(turn: Turn) -> list[outbox.Outgoing]:
    if turn.urn is None:
        return []
    said = [_message(turn, reply, turn.urn) for reply in turn.replies]
    if said and turn.urn.shared and turn.rank == ALERT:
        said.append(_news(turn, turn.urn))
    return said


def _news(turn: Turn, urn: Urn) -> outbox.Outgoing:
    """That something waits for one of those who use an address, without saying for whom or what;
    once a day."""
    text = turn.spoken(
        say("phrase.news_here", "There is news for one of you. Write WHO and pick your name.")
    )
    due_at = turn.free_from()
    return outbox.Outgoing(
        id=uuid5(urn.id, f"news.{due_at.date()}"),
        contact_id=None,
        urn_id=urn.id,
        channel=urn.via or urn.scheme,
        rank=ALERT,
        purpose="news_here",
        reply=reply_json(Reply(text, purpose="news_here", language=turn.language)),
        due_at=due_at,
    )


def _message(turn: Turn, reply: Reply, urn: Urn) -> outbox.Outgoing:
    return outbox.Outgoing(
        id=ids.new(turn.now),
        contact_id=turn.contact.id,
        urn_id=urn.id,
        channel=urn.via or urn.scheme,
        rank=turn.rank,
        purpose=turn.purpose,
        reply=reply_json(reply),
        inbox_seq=turn.inbox_seq,
        due_at=turn.now,
    )
