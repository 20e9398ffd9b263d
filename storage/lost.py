"""Connections to PostgreSQL that are not used again: those of whom nobody waits for the answer any
more, and those that have gone silent."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

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


def mind(engine: Engine) -> None:
    """Have no connection of this engine used again that is lost."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        _keep_alive(connection.driver_connection)

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, UNANSWERED) and context.connection is not None:
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
