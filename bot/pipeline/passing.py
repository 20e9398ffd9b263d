"""Telling what will pass by itself from what will not."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

PASSING_STATES = ("08", "25006", "25P03", "40", "53", "55P03", "57", "58")
"""SQLSTATE classes: connection, no writes, silent for too long, serialization and deadlock,
resources, lock, operator, system."""

PASSING_WORDS = (
    "locked",
    "disk i/o error",
    "unable to open",
    "disk is full",
    "busy",
    "readonly database",
)


def is_passing(problem: BaseException) -> bool:
    """Whether the database was away or in the way, so that the same work may succeed later."""
    if isinstance(problem, OSError | TimeoutError | NoneFree):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    if problem.connection_invalidated:
        return True
    state = str(getattr(problem.orig, "sqlstate", "") or "")
    words = str(problem.orig).lower()
    return state.startswith(PASSING_STATES) or any(word in words for word in PASSING_WORDS)
