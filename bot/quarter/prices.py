"""What messages cost: a table that whoever runs a trial may put in the place of ours."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from bot.usage import UsageError

OURS = Path(__file__).parent / "prices.toml"
CHANNELS = ("telegram", "whatsapp", "sms")


@dataclass(frozen=True)
class Price:
    """US dollars: to us for a message (on SMS a segment) out, one in, one by a template; to her
    for one that she writes, and for a kilobyte of what comes and goes."""

    out: float
    in_: float
    template: float
    hers_in: float
    hers_kilobyte: float


def read(path: str = "") -> Mapping[str, Price]:
    """The prices by channel. Raises UsageError for a table that is not whole."""
    try:
        table = tomllib.loads((Path(path) if path else OURS).read_text(encoding="utf-8"))
        return {channel: _price(table[channel]) for channel in CHANNELS}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise UsageError(f"{path} cannot be read as a table of prices: {wrong}") from None
    except (KeyError, TypeError, ValueError) as wrong:
        raise UsageError(f"{path} lacks a price or has one that is no number: {wrong}") from None


def _price(row: Mapping[str, object]) -> Price:
    return Price(**{f.name: float(str(row[f.name.rstrip("_")])) for f in fields(Price)})
