"""What every table is made with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    TextClause,
    Uuid,
    text,
)

from storage.time import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")


def id_() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def ref(name: str, to: str, *, null: bool = False) -> Column[object]:
    return Column(name, Uuid, ForeignKey(f"{to}.id"), nullable=null)


def at(name: str, *, null: bool = True) -> Column[object]:
    return Column(name, Moment, nullable=null)


ROOM: dict[str, Any] = {"postgresql_with": {"fillfactor": 50}}
"""Of a table whose rows change with nearly every message: half of each page is left to their next
versions, which then need no new entry in any index. SQLite has no need of it."""


def partial_index(name: str, *columns: str | TextClause, where: str, unique: bool = False) -> Index:
    """An index of some rows only. A query uses it if it says `where` in the same literal words."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
