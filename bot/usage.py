"""What is said to somebody who typed a command that cannot be done."""

from __future__ import annotations


class UsageError(Exception):
    """Says in one plain sentence what to do instead; printed without a traceback, exit code 2."""


class Unreachable(UsageError):
    """What is needed is not there now, but may be in a moment."""


def unreachable(problem: Exception) -> Exception:
    """In plain words what keeps a database away; a bug stays what it is."""
    from asyncpg import PostgresError
    from sqlalchemy.exc import DBAPIError

    from bot.pipeline.passing import is_passing

    if isinstance(problem, DBAPIError):
        kind = Unreachable if is_passing(problem) else UsageError
        return kind(f"the database cannot be used: {problem.orig}")
    if isinstance(problem, OSError | PostgresError):
        return Unreachable(f"the database cannot be reached: {problem}")
    return problem
