"""What operators read: a JSON object a line on stderr, ids and kinds; never texts, names, numbers.

Libraries do not know this rule. Of what they say, and of warnings, it is written down who says it,
how bad it is, and what kind of problem arose where; not the words."""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import structlog
from structlog.typing import Processor

log = structlog.get_logger()


def configure_logs(least: int = logging.INFO, also: Sequence[Processor] = ()) -> None:
    """Have everything that is logged written so, from this level on; `also` sees it before."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *also,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[Discreet()])
    warnings.showwarning = _warned


class Discreet(logging.Handler):
    """Writes down that a library said something, and not what: neither the words, which may hold
    those of a request, nor what they are about."""

    def emit(self, record: logging.LogRecord) -> None:
        problem = record.exc_info[1] if record.exc_info else None
        said = {"logger": record.name, "at": _place(record.pathname, record.lineno)}
        if problem is not None:
            said["problem"] = named(problem)
        with contextlib.suppress(OSError, ValueError):  # nobody reads the log any more
            if record.levelno >= logging.ERROR:
                log.error("library.said", **said)
            else:
                log.warning("library.said", **said)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("library.warned", problem=category.__name__, at=_place(filename, lineno))


def named(problem: BaseException) -> str:
    """The kind of a problem and where it arose; never its words, which may be a person's."""
    at = problem.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f" {_place(at.tb_frame.f_code.co_filename, at.tb_lineno)}" if at else ""
    return f"{type(problem).__name__}{where}"


def _place(path: str, line: int) -> str:
    return f"{Path(path).name}:{line}"
