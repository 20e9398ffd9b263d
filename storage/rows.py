"""Making frozen values of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def made(kind: type[Kind], names: Sequence[str], cells: Sequence[Any], **others: Any) -> Kind:
    """A value of a frozen dataclass of which every field is given: several times as fast as to
    set one field after the other, which counts where many rows are read for each message."""
    one = object.__new__(kind)
    one.__dict__.update(zip(names, cells, strict=True), **others)
    return one
