"""Babel extractor for flow definitions: the same traversal as the translator, so that what is
extracted is what is looked up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from flows.library import FlowError, load

Message = tuple[int, str, tuple[str, str], list[str]]


def extract(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """The messages of one file as Babel wants them: line, function, (context, text), comments.

    Raises FlowError for a file that is no flow."""
    path = Path(file.name)
    flow, wrong = load(path)
    if flow is None:
        raise FlowError(wrong)
    texts: dict[tuple[str, str], None] = {}

    def noted(context: str, text: str) -> str:
        texts[context, text] = None
        return text

    flow.translated(noted)
    rows = path.read_text(encoding="utf-8").splitlines()
    for context, text in texts:
        yield _line(context, text, rows), "pgettext", (context, text), []


def _line(context: str, text: str, rows: list[str]) -> int:
    """Where a text stands: looked for from its step on, since others may say the same."""
    _, step, *_ = [*context.split("."), ""]
    start = next((n for n, row in enumerate(rows) if row.endswith(f'"{step}"')), 0)
    first = text.splitlines()[0]
    return next((n for n, row in enumerate(rows[start:], start + 1) if first in row), start + 1)
