"""Templates named by hand, in the file of TWILIO_TEMPLATES: for those made in Twilio's console.

[[templates]]
purpose = "introduction"     # announcement, introduction, decision, answer, reminder, message
language = "es"              # one of LANGUAGES
content = "HX…"              # the SID of the Content template
variables = ["programme"]    # what its {{1}}, {{2}} stand for: programme, text
state = "approved"           # as WhatsApp says; left out it is approved"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9]{2,8})?")
STATES = ("approved", "pending", "rejected", "paused", "disabled", "unsubmitted", "received")
VARIABLES = ("programme", "text")
FIELDS = {"purpose", "language", "content", "variables", "state"}


@dataclass(frozen=True)
class Named:
    """A template of the file. `variables` are the names of what stands in it, in order."""

    purpose: str
    language: str
    content: str
    variables: tuple[str, ...] = ("programme",)
    state: str = "approved"


def read_file(value: str) -> tuple[Named, ...]:
    """The templates in a file; none without one. Raises ValueError with every mistake in it."""
    if not value:
        return ()
    try:
        with Path(value).expanduser().open("rb") as file:
            told = tomllib.load(file)
    except OSError as problem:
        raise ValueError(f"names {value}, which cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ValueError(f"names {value}, which is no TOML: {problem}") from None
    rows = told.get("templates")
    if set(told) != {"templates"} or not isinstance(rows, list):
        raise ValueError(f"names {value}, which has to hold [[templates]] and nothing else")
    mistakes: list[str] = []
    found = [_named(row, number, mistakes) for number, row in enumerate(rows, 1)]
    kept = tuple(one for one in found if one is not None)
    keys = [(one.purpose, one.language) for one in kept]
    mistakes += [f"{' '.join(key)} is there twice" for key in set(keys) if keys.count(key) > 1]
    if mistakes:
        raise ValueError(f"names {value}, where {'; '.join(mistakes)}")
    return kept


def _named(row: Any, number: int, mistakes: list[str]) -> Named | None:
    from bot.openings import OCCASIONS

    where = f"template {number}"
    if not isinstance(row, dict):
        mistakes.append(f"{where} is no table")
        return None
    before = len(mistakes)
    unknown = sorted(set(row) - FIELDS)
    if unknown:
        mistakes.append(f"{where} has {', '.join(unknown)}, which is no field")
    if row.get("purpose") not in OCCASIONS:
        mistakes.append(f"{where} has no purpose of {', '.join(OCCASIONS)}")
    if not LANGUAGE.fullmatch(str(row.get("language", ""))):
        mistakes.append(f"{where} has no language such as es")
    if not CONTENT.fullmatch(str(row.get("content", ""))):
        mistakes.append(f"{where} has no content: copy the SID that begins with HX")
    variables = row.get("variables", ["programme"])
    if not isinstance(variables, list) or any(name not in VARIABLES for name in variables):
        mistakes.append(f"{where} has variables other than {', '.join(VARIABLES)}")
    if row.get("state", "approved") not in STATES:
        mistakes.append(f"{where} has no state of {', '.join(STATES)}")
    if len(mistakes) > before:
        return None
    return Named(
        row["purpose"],
        row["language"],
        row["content"],
        tuple(variables),
        row.get("state", "approved"),
    )
