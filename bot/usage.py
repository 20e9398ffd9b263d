"""What is said to somebody who typed a command that cannot be done."""

from __future__ import annotations


class UsageError(Exception):
    """Says in one plain sentence what to do instead; printed without a traceback, exit code 2."""


class Unreachable(UsageError):
    """What is needed is not there now, but may be in a moment."""
