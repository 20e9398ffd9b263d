"""Reports of errors to Sentry, where SENTRY_DSN is set: every error in the log, and no more of it
than stands there: what kind of problem arose where, and ids.

Nothing is looked for besides, in requests, variables or what happened before, and whatever Sentry's
library adds by itself is taken out before it is sent."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.logs import named
from bot.usage import UsageError

log = structlog.get_logger()

FLUSH = 2.0
"""Seconds at the end for what has not been reported yet."""

OPTIONS: Mapping[str, Any] = {
    "send_default_pii": False,
    "include_local_variables": False,
    "include_source_context": False,
    "max_breadcrumbs": 0,
    "max_request_body_size": "never",
    "default_integrations": False,
    "auto_enabling_integrations": False,
    "auto_session_tracking": False,
    "send_client_reports": False,
}
NOT_OURS = ("aiohttp.server", "sentry_sdk", "urllib3")
"""Loggers of what strangers send us, and of what does the reporting."""

KEPT = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "environment",
    "release",
    "transaction",
    "fingerprint",
    "extra",
)
FRAME = ("filename", "module", "function", "lineno")


@contextlib.contextmanager
def reporting(dsn: str) -> Iterator[Sequence[Processor]]:
    """What the log needs so that its errors are reported, for as long as the block runs; also the
    one by which it ends. Nothing where there is no address. Raises UsageError."""
    if not dsn:
        yield ()
        return
    try:
        sentry = importlib.import_module("sentry_sdk")
    except ImportError:
        raise UsageError(
            "SENTRY_DSN is set, but Sentry's library is not installed: say `make env-sentry`, "
            "or unset SENTRY_DSN"
        ) from None
    sentry.init(dsn=dsn, before_send=bare, **OPTIONS)

    def report(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
        if line.get("level") == "error" and not str(line.get("logger", "")).startswith(NOT_OURS):
            sentry.capture_event(event_of(line))
        return line

    try:
        yield (report,)
    except UsageError:
        raise
    except Exception as problem:
        log.error("process.failed", problem=named(problem))
        raise
    finally:
        sentry.flush(timeout=FLUSH)


def event_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the log as Sentry takes it; what is alike is counted together."""
    event, problem = str(line["event"]), str(line.get("problem", ""))
    kind, _, place = problem.partition(" ")
    filename, _, number = place.rpartition(":")
    value: dict[str, Any] = {"type": kind or event}
    if number.isdigit():
        value["stacktrace"] = {"frames": [{"filename": filename, "lineno": int(number)}]}
    return {
        "level": "error",
        "transaction": event,
        "fingerprint": [event, problem],
        "exception": {"values": [value]},
        "extra": {n: v for n, v in line.items() if n not in ("event", "level", "timestamp")},
    }


def bare(event: Mapping[str, Any], hint: object) -> dict[str, Any]:
    """Of what would be sent the kind of problem, its place, and what the log says of it."""
    values = (event.get("exception") or {}).get("values") or ()
    return {
        **{name: event[name] for name in KEPT if name in event},
        "exception": {"values": [_bare(value) for value in values]},
    }


def _bare(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or ()
    return {
        "type": value.get("type"),
        "stacktrace": {
            "frames": [{name: one[name] for name in FRAME if name in one} for one in frames]
        },
    }
