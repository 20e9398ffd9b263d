"""Every state machine: each edge leads where its table says, and nothing else may be done."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from networks.machine import Machine, Refused
from networks.machines import MACHINES, page

DRAWN = Path(__file__).parents[2] / "docs" / "states.md"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_deed_in_every_state_does_what_the_table_says_or_nothing(machine: Machine) -> None:
    for state, deed in product(machine.states, (*machine.deeds, "something else")):
        came = machine.after(state, deed)
        assert came == machine.table.get((state, deed), Refused(state))


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached_from_the_first(machine: Machine) -> None:
    reached, before = {machine.first}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in machine.table.items() if state in before}
    assert reached == set(machine.states)


def test_names_are_each_there_once() -> None:
    names = [machine.name for machine in MACHINES]
    assert len(set(names)) == len(names)


def test_docs_show_the_tables_as_they_are() -> None:
    assert DRAWN.read_text() == "\n".join(page()) + "\n", "run ./artisan states > docs/states.md"
