"""Votes in networks and the voices given. Their states and how they are counted stand in
networks.votes; a voice is read for counting only, and nobody is told whose it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.machine import Refused
from networks.votes import VOTE
from storage import ids
from storage.conflicts import insert_all, put_anew
from storage.tables import ballots, votes


@dataclass(frozen=True)
class Vote:
    """`options` are ids of enterprises, or yes and no; `subject_id` the enterprise that may be put
    out or taken back, or the rule that may end; `words` those of a rule; `opened_by` a contact."""

    id: UUID
    network_id: UUID
    about: str
    words: str | None = field(repr=False)
    options: tuple[str, ...]
    subject_id: UUID | None
    state: str
    winner: str | None
    opened_by: UUID
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None


async def call(
    db: AsyncConnection,
    network_id: UUID,
    about: str,
    options: Sequence[str],
    by: UUID,
    now: datetime,
    ends_at: datetime,
    *,
    words: str | None = None,
    subject_id: UUID | None = None,
) -> Vote:
    """Open a vote in a locked network."""
    made = Vote(
        ids.new(now), network_id, about, words, tuple(options), subject_id, VOTE.first, None, by,
        now, ends_at, None,
    )  # fmt: skip
    await insert_all(db, votes, [{**vars(made), "options": list(options)}])
    return made


async def by_id(db: AsyncConnection, vote_id: UUID) -> Vote | None:
    return next(iter(await _read(db, select(votes).where(votes.c.id == vote_id))), None)


async def open_in(db: AsyncConnection, network_id: UUID, about: str | None = None) -> list[Vote]:
    """The votes of a network that are open, of all kinds or of one, oldest first."""
    which: list[ColumnElement[bool]] = [votes.c.network_id == network_id, votes.c.state == "open"]
    if about:
        which.append(votes.c.about == about)
    return await _read(db, select(votes).where(*which))


async def give(
    db: AsyncConnection, vote_id: UUID, enterprise_id: UUID, choice: str, now: datetime
) -> None:
    """Give a voice, or another one in its place, in a locked network."""
    row = {"vote_id": vote_id, "enterprise_id": enterprise_id, "choice": choice, "at": now}
    await put_anew(db, ballots, [row], by=("vote_id", "enterprise_id"))


async def given(db: AsyncConnection, vote_id: UUID) -> dict[str, str]:
    """The voices of a vote by enterprise: for counting."""
    rows = (await db.execute(select(ballots).where(ballots.c.vote_id == vote_id))).all()
    return {str(row.enterprise_id): row.choice for row in rows}


async def end(
    db: AsyncConnection, vote: Vote, deed: str, now: datetime, winner: str | None = None
) -> str | Refused:
    """Do a deed of networks.votes.VOTE to a vote of a locked network."""
    state = VOTE.after(vote.state, deed)
    if isinstance(state, Refused):
        return state
    ending = update(votes).where(votes.c.id == vote.id)
    await db.execute(ending.values(state=state, winner=winner, ended_at=now))
    return state


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Vote]:
    rows = (await db.execute(query.order_by(votes.c.opened_at, votes.c.id))).all()
    return [Vote(**{**row._mapping, "options": tuple(row.options)}) for row in rows]
