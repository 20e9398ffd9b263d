"""What SMS gateways bring becomes: cases in tests/payloads/gateway, one a line, and more."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.gateway_parsing import Malformed, each_of, fields_of, read
from bot.messages import Receipt, incoming_json
from tests.channels.gateway.conftest import gateway

CASES = Path(__file__).parents[2] / "payloads" / "gateway" / "cases.json"
SAME = {"channel": "sms", "urns": ["tel:+50499887766"], "look": "sms", "line": "gateway:tigo"}


def became(body: Any) -> Any:
    try:
        said = read(gateway(), fields_of(body), "token")
    except Malformed:
        return "malformed"
    if said is None:
        return None
    kept = asdict(said) if isinstance(said, Receipt) else incoming_json(said)
    return json.loads(json.dumps(kept))


@pytest.mark.parametrize("case", json.loads(CASES.read_text()), ids=lambda case: case["case"])
def test_what_is_brought_becomes(case: dict[str, Any]) -> None:
    body = case["json"] if "json" in case else [tuple(pair) for pair in case["fields"]]
    got, wanted = became(body), case["becomes"]
    if not isinstance(wanted, dict):
        assert got == wanted
    elif "state" in wanted:
        assert got == {"channel": "sms", "error": "", **wanted}
    else:
        assert got == {"external_id": got["external_id"], **SAME, **wanted}


def test_without_an_id_the_same_words_at_the_same_time_are_one_message() -> None:
    first = [("from", "+50499887766"), ("text", "hola"), ("timestamp", "1")]
    assert became(first)["external_id"] == became(first)["external_id"]
    assert became(first)["external_id"] != became([*first[:2], ("timestamp", "2")])["external_id"]


def test_names_of_its_own_are_read_where_the_settings_give_them() -> None:
    own = gateway(incoming={"from": "quien", "text": "que", "id": "n"})
    said = read(own, fields_of([("Quien", "+50499887766"), ("que", "hola"), ("n", "5")]), "token")
    assert said is not None and not isinstance(said, Receipt)
    assert (said.text, said.external_id) == ("hola", "tigo:5")


HALVES = st.sampled_from(["hola \ud83d", "\udcf1", "\ud800" * 200])
"""Texts with halves of characters, as where an emoji was cut in two."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | HALVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["from", "text", "id", "status", "payload", "to", "date"]) | st.text(),
            inner,
        )
    ),
)


@given(JSON)
@example({"from": "+50499887766", "text": "hola \ud83d", "date": "1"})
@example({"from": "+50499887766", "text": "hola \ud83d"})
@example({"from": "+50499887766", "text": "hola", "id": "\ud83d" * 200})
def test_whatever_comes_is_read_without_raising(body: Any) -> None:
    with contextlib.suppress(Malformed):
        for fields in each_of(body):
            read(gateway(), fields, "token")
