"""What an update becomes: cases in tests/payloads/telegram, one a line, and whatever may come."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update as Theirs

from bot.channels.telegram_parsing import Update, read
from bot.messages import incoming_json, read_incoming

PAYLOADS = Path(__file__).parents[2] / "payloads" / "telegram"
BOT = "123456"
ALWAYS = {"channel": "telegram", "look": "telegram"}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted(PAYLOADS.glob("*.json"))
        for case in json.loads(path.read_text())
    ]


def told(update: Update, expected: dict[str, Any]) -> dict[str, Any]:
    """What came of an update, as the tables tell it; when it was sent only where they ask."""
    found: dict[str, Any] = {}
    if update.incoming is not None:
        kept = incoming_json(update.incoming)
        assert {name: kept.pop(name) for name in ALWAYS} == ALWAYS
        if "sent_at" not in expected.get("incoming", {}):
            kept.pop("sent_at", None)
        found["incoming"] = json.loads(json.dumps(kept))
    if update.tapped is not None:
        found["tapped"] = [update.tapped.query, update.tapped.chat, update.tapped.message]
    if update.group:
        found |= {"group": update.group} | ({"hint": update.hint} if update.hint else {})
    return found | ({"ignored": update.ignored} if update.ignored else {})


@pytest.mark.parametrize("case", cases())
def test_an_update_becomes_what_its_line_says(case: dict[str, Any]) -> None:
    assert told(read(case["update"], BOT), case["becomes"]) == case["becomes"]


@pytest.mark.parametrize("case", cases())
def test_nothing_that_a_database_or_utf_8_refuses_gets_through(case: dict[str, Any]) -> None:
    incoming = read(case["update"], BOT).incoming
    if incoming is None:
        return
    kept = json.dumps(incoming_json(incoming), ensure_ascii=False)
    kept.encode("utf-8")
    assert "\\u0000" not in kept
    assert len(incoming.external_id) <= 140
    assert read_incoming(json.loads(kept)) == incoming


def test_a_wrong_field_anywhere_never_raises_and_never_hides_the_rest() -> None:
    for case in (one.values[0] for one in cases()):
        for broken in broken_copies(case["update"]):
            read(broken, BOT)


def broken_copies(value: Any) -> list[Any]:
    """The value with each of its fields in turn missing or of another type."""
    wrongs: tuple[Any, ...] = (None, True, -1, 1e308, "x", [], {}, [None], {"id": None})
    if isinstance(value, dict):
        copies = [{k: v for k, v in value.items() if k != gone} for gone in value]
        for name, inner in value.items():
            copies += [{**value, name: wrong} for wrong in (*wrongs, *broken_copies(inner))]
        return copies
    if isinstance(value, list):
        return [[wrong] for item in value[:1] for wrong in (*wrongs, *broken_copies(item))]
    return []


def names_in(value: Any) -> Iterator[str]:
    """The names of fields, however deep."""
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from names_in(inner)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
NAMES = st.sampled_from(sorted({name for one in cases() for name in names_in(one.values[0])}))
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=6) | ANYTHING)
def test_whatever_comes_is_read_without_raising(update: Any) -> None:
    found = read(update, BOT)
    assert found.incoming is not None or found.tapped or found.group or found.ignored
    if found.incoming is not None:
        assert found.incoming.external_id and found.incoming.urns[0].startswith("telegram:")
        json.dumps(incoming_json(found.incoming), ensure_ascii=False).encode("utf-8")


def theirs_of(update: dict[str, Any]) -> Theirs | None:
    """The update as the library reads it; None for what it refuses, which is why we read."""
    with contextlib.suppress(Exception):
        return Theirs.de_json(update, None)
    return None


def test_what_the_library_of_record_reads_we_read_alike() -> None:
    compared = 0
    for case in (one.values[0] for one in cases()):
        ours, theirs = read(case["update"], BOT).incoming, theirs_of(case["update"])
        if ours is None or theirs is None or theirs.effective_user is None:
            continue
        assert ours.urns == (f"telegram:{theirs.effective_user.id}",)
        if theirs.callback_query is not None:
            assert ours.tap == theirs.callback_query.data
        message = theirs.message
        if message is not None and message.location is not None:
            assert ours.pin == (message.location.latitude, message.location.longitude)
        compared += 1
    assert compared > 50
