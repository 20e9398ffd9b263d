"""What firms did together after they met: bought, sold, made. The figure a programme stands on.

A firm says so when it is asked 30 and 90 days after the two were connected; a tenth of what is
said is confirmed by the broker, chosen by the id so that nobody can choose."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from networks.machine import Machine

JOINT_ACTION = Machine(
    "joint action",
    "reported",
    {
        ("reported", "agree"): "agreed",
        ("reported", "confirm"): "confirmed",
        ("reported", "doubt"): "doubted",
        ("agreed", "confirm"): "confirmed",
        ("agreed", "doubt"): "doubted",
    },
)
"""`agreed`: the other side says the same. `confirmed` and `doubted` are the broker's word."""

KINDS = ("bought", "sold", "made", "none")
"""What may be answered; permanent."""

SAFETY_AFTER = timedelta(days=7)
"""When each is asked in private whether anything was wrong."""

ASKED_AFTER = (timedelta(days=30), timedelta(days=90))
CHECKED_SHARE = 10
"""One in so many is confirmed by the broker."""


def is_checked(action_id: str) -> bool:
    """Whether a broker is to confirm this one: a tenth, evenly, the same whenever it is asked."""
    digest = hashlib.sha256(action_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") % CHECKED_SHARE == 0


def estimated(confirmed: int, doubted: int, reported: int) -> float:
    """How many of those reported are likely true, by those that were checked."""
    checked = confirmed + doubted
    return reported * (confirmed / checked) if checked else 0.0
