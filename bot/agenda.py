"""What a contact is in the middle of: one session is active, the others wait their turn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flows.light import altered
from flows.model import Flow
from flows.session import Session, dump
from flows.values import Value
from storage import ids
from storage.sessions import Stored

PATIENCE, LIGHT_PATIENCE = timedelta(minutes=30), timedelta(minutes=1)
"""How long an active session untouched holds up an alert; one of the light flows, how long."""

USUAL, ALERT = 0, 1
"""Ranks of what waits: the higher is asked sooner."""

LIGHT = frozenset(
    {
        "activity_change",
        "close",
        "complain",
        "erase",
        "group",
        "leave_group",
        "link",
        "menu",
        "network",
        "not_with",
        "useful",
        "helped",
        "travel",
        "why_not",
        "partners",
        "plan",
        "queue",
        "relay",
        "report",
        "settings",
        "tick",
        "to_group",
        "unlink",
        "who",
    }
)
"""Flows that are dropped, not put off, when their owner turns to something else."""


@dataclass(slots=True)
class Agenda:
    """The sessions of one contact, changed in memory and written at the end of the turn."""

    contact_id: UUID
    now: datetime
    active: Stored | None = None
    waiting: tuple[Stored, ...] = ()
    changed: dict[UUID, Stored] = field(default_factory=dict)
    _read: dict[UUID, tuple[Stored, Session]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, contact_id: UUID, now: datetime, stored: Iterable[Stored], flows: Collection[str]
    ) -> Agenda:
        """From what is kept: the active session and those that wait. What is of no flow of `flows`
        is put aside, with its answers, for the case that its flow comes back."""
        rows = tuple(stored)
        active = next((row for row in rows if row.state == "active"), None)
        waiting = (row for row in rows if row.state == "waiting" and row.flow in flows)
        agenda = cls(contact_id, now, active, tuple(sorted(waiting, key=_order)))
        if active is not None and active.flow not in flows:
            agenda.put_off()
            agenda.waiting = tuple(w for w in agenda.waiting if w.id != active.id)
        return agenda

    def busy_until(self) -> datetime:
        """Until when what is being asked must not be interrupted; a moment gone by if it may."""
        if self.active is None:
            return self.now
        patience = LIGHT_PATIENCE if self.active.flow in LIGHT else PATIENCE
        return self.active.changed_at + patience

    def is_asking(self, flow: str, subject: str) -> bool:
        """Whether this very question stands open."""
        return self.active is not None and _is(self.active, flow, subject)

    def open(
        self, flow: str, subject: str | None, answers: Mapping[str, Value], rank: int = USUAL
    ) -> Stored:
        """Turn to a flow now; the one that waits about the same subject is taken up again."""
        self.put_off()
        again = next((w for w in self.waiting if (w.flow, w.subject) == (flow, subject)), None)
        if again is None:
            return self._activate(self._new(flow, subject, answers, "active", rank))
        self.waiting = tuple(w for w in self.waiting if w.id != again.id)
        return self._activate(again, answers={**again.answers, **answers})

    def queue(
        self, flow: str, subject: str | None, answers: Mapping[str, Value], rank: int
    ) -> None:
        """Have a flow asked as soon as what goes before it has ended; once for each subject."""
        held = (*self.waiting, self.active)
        if any(one and (one.flow, one.subject) == (flow, subject) for one in held):
            return
        stored = self._new(flow, subject, answers, "waiting", rank)
        self.changed[stored.id] = stored
        self.waiting = tuple(sorted((*self.waiting, stored), key=_order))

    def keep(self, active: Stored, session: Session, by: Mapping[str, str] | None = None) -> None:
        """The active session after a reply; `by` names the message that led to its question."""
        kept = dump(session)
        if kept["asked"] and by:
            kept["asked"]["by"] = dict(by)
        active = self._activate(active, answers=kept["answers"], asked=kept["asked"])
        self._read[active.id] = active, session

    def session(self, stored: Stored, flow: Flow | None) -> Session:
        """Where the contact stands in the flow of a session: read once, however often asked for."""
        known = self._read.get(stored.id)
        if known is None or known[0] is not stored:
            known = self._read[stored.id] = stored, stored.session(flow)
        return known[1]

    def end(self) -> None:
        """The active session has come to its end."""
        if self.active is not None:
            self.changed[self.active.id] = altered(
                self.active, state="done", asked=None, changed_at=self.now
            )
        self.active = None

    def put_off(self) -> None:
        """Make room: the active session waits, or is dropped where nothing would be lost."""
        active = self.active
        if active is None:
            return
        if active.flow in LIGHT:
            self.end()
            return
        put_off = altered(active, state="waiting")
        self.changed[active.id] = put_off
        self.active = None
        self.waiting = tuple(sorted((*self.waiting, put_off), key=_order))

    def take_next(self) -> Stored | None:
        """Turn to what waits: alerts first, of these the oldest."""
        if self.active is None and self.waiting:
            first, *rest = self.waiting
            self.waiting = tuple(rest)
            self._activate(first)
        return self.active

    def drop(self, flow: str, subject: str | None = None) -> None:
        """Forget a flow that has been overtaken, active or waiting; of any subject if None."""
        if self.active and _is(self.active, flow, subject):
            self.end()
        for one in self.waiting:
            if _is(one, flow, subject):
                self.changed[one.id] = altered(one, state="done", asked=None, changed_at=self.now)
        self.waiting = tuple(w for w in self.waiting if not _is(w, flow, subject))

    def clear(self) -> None:
        """Forget everything that was asked or waits."""
        for one in (self.active, *self.waiting):
            if one is not None:
                self.drop(one.flow, one.subject)

    def forget(self) -> None:
        """Nothing of it is to be kept: its owner has been erased."""
        self.active, self.waiting = None, ()
        self.changed.clear()

    def _activate(self, stored: Stored, **fields: Any) -> Stored:
        self.active = altered(stored, state="active", changed_at=self.now, **fields)
        self.changed[stored.id] = self.active
        return self.active

    def _new(
        self,
        flow: str,
        subject: str | None,
        answers: Mapping[str, Value],
        state: str,
        rank: int,
    ) -> Stored:
        return Stored(
            id=ids.new(self.now),
            contact_id=self.contact_id,
            flow=flow,
            subject=subject,
            answers=dict(answers),
            asked=None,
            state=state,
            rank=rank,
            created_at=self.now,
            changed_at=self.now,
        )


def _order(stored: Stored) -> tuple[int, datetime, UUID]:
    return -stored.rank, stored.created_at, stored.id


def _is(stored: Stored, flow: str, subject: str | None) -> bool:
    return stored.flow == flow and (subject is None or stored.subject == subject)
