"""Connections to PostgreSQL that are not used again: those of whom nobody waits for the answer any
more, those that have gone silent, and those to a server that takes no writes now."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext

READ_ONLY = "25006"
"""SQLSTATE of a write that a server refuses: its disk is full, or another has taken its place."""

ANSWERS = 300.0
"""Seconds in which every statement is answered but those of a migration: nobody else notices a
proxy that listens and hands nothing on."""

OPENS = 10.0
"""Seconds in which a connection is made."""

UNANSWERED = (asyncio.CancelledError, TimeoutError)

SOCKET = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 25_000,  # milliseconds
}
"""After how many seconds the system takes the far end for gone, where it knows the option."""


def is_lost(dialect: Dialect, problem: Any, connection: Any, cursor: Any) -> bool:
    """Whether the connection is not to be used again after a problem of the driver."""
    return _is_read_only(problem) or bool(dialect.is_disconnect(problem, connection, cursor))


def _is_read_only(problem: object) -> bool:
    return getattr(problem, "sqlstate", None) == READ_ONLY


def mind(engine: Engine) -> None:
    """Have no connection of this engine used again that is lost."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        _keep_alive(connection.driver_connection)

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if _is_read_only(context.original_exception):
            context.is_disconnect = True
        elif isinstance(context.original_exception, UNANSWERED) and context.connection is not None:
            context.is_disconnect = True
            # Without a farewell, for which a silent server would be waited for again.
            driver: Any = context.connection.connection.driver_connection
            driver.terminate()


def _keep_alive(driver: Any) -> None:
    """Have the system notice that the far end is gone: nobody else would."""
    wire = driver._transport.get_extra_info("socket")
    if wire is None or wire.family not in (socket.AF_INET, socket.AF_INET6):
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in SOCKET.items():
        if hasattr(socket, name):
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
