"""Replies as people write them in each language, written before the tables that read them.

A line of `sets/<language>.jsonl` is a reply of one `kind` in one `country`, and its `value` as
`artisan read` prints it, or `unclear`; of a place its region and name are compared. `options`
names a file of `sets/options`. A wrong value is worse than asking again, so few may be asked
again and hardly any read wrong. `sets/kept` was kept from whoever
wrote the tables until these were finished, and is measured over all languages together. What
stands in `sets/once_wrong` was read wrong or not at all, and is read as told, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.places import gazetteers
from bot.reading import read_lines
from flows.understand import tables

SETS = Path(__file__).parent / "sets"
ONCE_WRONG = sorted((SETS / "once_wrong").glob("*.jsonl"))
PLACES = gazetteers(Path(__file__).parents[3] / "locales" / "places", "HN")
LEAST_RIGHT = 0.97
MOST_WRONG = 0.005
TODAY = date(2026, 11, 23)


class Read(NamedTuple):
    """A line of a set, and the value read; None for what is unclear."""

    line: dict[str, Any]
    value: object

    @property
    def right(self) -> bool:
        return self.value == self.line.get("value")

    @property
    def wrong(self) -> bool:
        """Another value than was meant, or one where the reply has none."""
        return self.value is not None and not self.right

    def __str__(self) -> str:
        return f"{self.line['kind']} {self.line['reply']!r} was read as {self.value!r}"


def sets(language: str) -> list[dict[str, Any]]:
    return lines_of(SETS / f"{language}.jsonl")


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def read(lines: list[dict[str, Any]]) -> Iterator[Read]:
    """The lines as `artisan read` reads them, those of one kind, country and options together."""

    def asked(line: dict[str, Any]) -> tuple[str, str, str]:
        return line["kind"], line["country"], line.get("options", "")

    for (kind, country, options), group in groupby(sorted(lines, key=asked), asked):
        told = list(group)
        printed = read_lines(
            kind,
            told[0]["language"],
            country,
            SETS / "options" / f"{options}.json" if options else None,
            [json.dumps(line["reply"]) for line in told],
            places=PLACES(country) if kind == "place" else (),
            today=TODAY,
        )
        for line, result in zip(told, printed, strict=True):
            yield Read(line, _value(kind, json.loads(result)))


def _value(kind: str, result: dict[str, Any]) -> object:
    value = result.get("value")
    if kind == "place" and value is not None:
        return {"region": value["region"], "place": value["place"]}
    return value


@pytest.mark.parametrize("language", tables.languages())
def test_replies_are_read_as_people_mean_them(language: str) -> None:
    results = list(read(sets(language)))
    missed = [str(result) for result in results if not result.right]
    right = 1 - len(missed) / len(results)
    wrong = sum(result.wrong for result in results) / len(results)
    told = f"{right:.1%} right, {wrong:.1%} wrong\n" + "\n".join(missed)
    assert right >= LEAST_RIGHT, told
    assert wrong <= MOST_WRONG, told


def test_replies_that_no_table_was_made_by_are_read_as_people_mean_them() -> None:
    results = [one for path in sorted(SETS.glob("kept/*.jsonl")) for one in read(lines_of(path))]
    right = sum(result.right for result in results) / len(results)
    wrong = sum(result.wrong for result in results) / len(results)
    assert right >= LEAST_RIGHT, f"{right:.1%} right"
    assert wrong <= MOST_WRONG, f"{wrong:.1%} wrong"


@pytest.mark.parametrize("path", ONCE_WRONG, ids=lambda path: path.stem)
def test_what_was_once_read_wrong_is_read_right(path: Path) -> None:
    assert not [str(result) for result in read(lines_of(path)) if not result.right]


@pytest.mark.parametrize("path", sorted(SETS.glob("**/*.jsonl")), ids=lambda path: path.stem)
def test_a_quarter_of_a_set_must_be_asked_again(path: Path) -> None:
    lines = lines_of(path)
    assert all(("value" in line) != ("unclear" in line) for line in lines)
    assert sum("unclear" in line for line in lines) >= len(lines) / 4
