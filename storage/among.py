"""Asking about many at once by one statement, the same however many they are, so that it is built,
compiled and prepared once: an array on PostgreSQL, a JSON list on SQLite."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    String,
    TableValuedAlias,
    any_,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Listed(TypeDecorator[Any]):
    """Several values of a type as one JSON text."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        process = self.item.dialect_impl(dialect).bind_processor(dialect)
        return json.dumps([process(one) for one in value] if process else list(value))


def is_sqlite(db: AsyncConnection) -> bool:
    return db.dialect.name == "sqlite"


def among(one: ColumnElement[Any], name: str, sqlite: bool) -> ColumnElement[bool]:
    """The condition that a column is one of the values bound as `name`, a list."""
    if sqlite:
        listed = func.json_each(bindparam(name, type_=_Listed(one.type))).table_valued("value")
        return one.in_(select(listed.c.value))
    return one == any_(bindparam(name, type_=ARRAY(one.type, dimensions=1)))


def listed(name: str, kind: TypeEngine[Any], sqlite: bool) -> TableValuedAlias:
    """A row for each of the values bound as `name`, a list, in its column `value`."""
    if sqlite:
        values = func.json_each(bindparam(name, type_=_Listed(kind)))
        return values.table_valued(column("value", kind))
    values = func.unnest(bindparam(name, type_=ARRAY(kind, dimensions=1)))
    return values.table_valued(column("value", kind)).render_derived()


def unnested(types: dict[str, TypeEngine[Any]]) -> TableValuedAlias:
    """On PostgreSQL: rows of which each column is bound by its name, as a list."""
    arrays = [bindparam(name, type_=ARRAY(kind, dimensions=1)) for name, kind in types.items()]
    cells = func.unnest(*arrays).table_valued(*(column(n, kind) for n, kind in types.items()))
    return cells.render_derived()


def lists(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows turned round: the values of each column."""
    return {name: [row[name] for row in rows] for name in rows[0]}
