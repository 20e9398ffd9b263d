"""Every state machine there is, so that docs can be drawn from them and tests walk all edges."""

from __future__ import annotations

from collections.abc import Iterator

from networks import introductions
from networks.activities import ACTIVITY
from networks.joint_actions import JOINT_ACTION
from networks.machine import Machine
from networks.proposals import INVITATION, PROPOSAL
from networks.stages import MEMBERSHIP, NETWORK
from networks.votes import VOTE
from networks.workload import ALERT

INTRODUCTION = Machine("introduction", "proposed", {**introductions.TABLE})

MACHINES = (
    INTRODUCTION,
    PROPOSAL,
    INVITATION,
    NETWORK,
    MEMBERSHIP,
    VOTE,
    ACTIVITY,
    JOINT_ACTION,
    ALERT,
)

TITLE = """# States

Made by `./artisan states` from the tables in `networks/`: change those, not this.
"""


def page() -> Iterator[str]:
    """The lines of docs/states.md."""
    yield from TITLE.splitlines()
    for machine in MACHINES:
        yield ""
        yield f"## {machine.name.capitalize()}"
        yield ""
        yield "```mermaid"
        yield from machine.drawn()
        yield "```"
