"""What is read of rows without being told the name of each cell."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import Table

from storage import contacts, inbox, sessions, tables, urns


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (contacts.Contact, tables.contacts),
        (urns.Urn, tables.urns),
        (inbox.Row, tables.inbox),
        (sessions.Stored, tables.sessions),
    ],
)
def test_the_fields_of_a_row_stand_in_the_order_of_its_columns(kind: Any, table: Table) -> None:
    assert [one.name for one in fields(kind)] == list(table.c.keys())
