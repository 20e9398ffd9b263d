"""Words of people that coordinators explained, and those nobody has explained yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from matching.vocabulary import Vocabulary, standard
from matching.vocabulary.spelling import clauses
from storage import ids
from storage.conflicts import insert_all
from storage.tables import enterprises, learned_words

LATEST = 2000
"""So many workshops, those that changed last, are looked through for words nobody knows."""
LONGEST_WORD, MOST_WORDS = 40, 3
_KEPT: dict[UUID, tuple[Vocabulary, frozenset[str]]] = {}
MOST_KEPT = 8


@dataclass(frozen=True)
class Unheard:
    """A word that nobody knows, in the language of who wrote it, and the workshops that did."""

    language: str | None
    word: str = field(repr=False)
    enterprise_ids: tuple[UUID, ...]


async def vocabulary(db: AsyncConnection) -> Vocabulary:
    """The words that come with the programme, and those that were explained here."""
    return (await _known(db))[0]


async def _known(db: AsyncConnection) -> tuple[Vocabulary, frozenset[str]]:
    """The vocabulary, and the words that name nothing. What is only added to is known by its
    last row."""
    last = select(learned_words.c.id).order_by(learned_words.c.id.desc()).limit(1)
    newest = (await db.execute(last)).scalar()
    if newest is None:
        return standard(), frozenset()
    if newest not in _KEPT:
        rows = (await db.execute(select(learned_words).order_by(learned_words.c.id))).all()
        meant = {(row.language, row.word): row.thing for row in rows}
        taught = [(one or "en", word, thing) for (one, word), thing in meant.items() if thing]
        nothing = frozenset(word for (_, word), thing in meant.items() if not thing)
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[newest] = standard().grown(taught), nothing
    return _KEPT[newest]


async def explain(
    db: AsyncConnection, unheard: Unheard, thing: str | None, by: UUID, now: datetime
) -> None:
    """Write down what a word means; whoever wrote it is matched anew."""
    row = {
        "id": ids.new(now),
        "language": unheard.language,
        "word": unheard.word,
        "thing": thing,
        "by_id": by,
        "at": now,
    }
    await insert_all(db, learned_words, [row])
    wrote = enterprises.c.id.in_(unheard.enterprise_ids)
    await db.execute(update(enterprises).where(wrote).values(changed_at=now))


async def unheard(db: AsyncConnection) -> Sequence[Unheard]:
    """The words nobody knows in what workshops say they make, use and work with: those most of
    them wrote first."""
    known, nothing = await _known(db)
    query = (
        select(
            enterprises.c.id, enterprises.c.products, enterprises.c.profile, enterprises.c.languages
        )
        .where(enterprises.c.erased_at.is_(None))
        .order_by(enterprises.c.changed_at.desc(), enterprises.c.id)
        .limit(LATEST)
    )
    found: dict[tuple[str | None, str], list[UUID]] = {}
    for row in (await db.execute(query)).all():
        language = row.languages[0] if row.languages else None
        said = (row.products, row.profile.get("inputs"), row.profile.get("machines"))
        words = {
            word
            for text in said
            if isinstance(text, str)
            for clause in clauses(text)
            for word in known.heard(clause, language).unknown
        }
        for word in words - nothing:
            if len(word) <= LONGEST_WORD and len(word.split()) <= MOST_WORDS:
                found.setdefault((language, word), []).append(row.id)
    often = sorted(found.items(), key=lambda one: (-len(one[1]), one[0][1], one[0][0] or ""))
    return [Unheard(language, word, tuple(wrote)) for (language, word), wrote in often]
